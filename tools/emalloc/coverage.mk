# SPDX-License-Identifier: GPL-2.0-only
# Line and branch coverage of emalloc.c by the host tests and by the fuzz target's corpus and random inputs:
# `make -f coverage.mk` prints both, lists what was not reached, and fails below $(LINES) % and $(BRANCHES) %.
ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../..
BUILD ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/extram/coverage-emalloc
LINES := 100
BRANCHES := 98
RUNS ?= 8000
OPS ?=

here := $(ROOT)/tools/emalloc
engine := $(ROOT)/drivers/extram/emalloc.c
headers := $(ROOT)/include/linux/emalloc.h $(wildcard $(ROOT)/include/emalloc/*.h $(here)/tests/*.h) $(here)/fuzz/fuzz.h
tests := $(patsubst $(here)/tests/test_%.c,%,$(wildcard $(here)/tests/test_*.c))
# A test that includes emalloc.c, to build it with other options, is not about the object that is measured.
apart := $(patsubst $(here)/tests/test_%.c,%,$(shell grep -l 'include.*emalloc\.c"' $(wildcard $(here)/tests/test_*.c)))
tests := $(filter-out $(apart),$(tests))
common := $(filter-out $(here)/tests/test_%,$(wildcard $(here)/tests/*.c))
flags := -std=c11 -O0 -g -I$(ROOT)/include -I$(here)/tests -I$(here)/fuzz

.PHONY: coverage clean
coverage: $(tests:%=$(BUILD)/test-%) $(BUILD)/drive
	@find $(BUILD) -name '*.gcda' -delete
	@for t in $(tests); do $(if $(OPS),EMALLOC_OPS=$(OPS)) $(BUILD)/test-$$t >$(BUILD)/log 2>&1 || \
		{ tail -20 $(BUILD)/log; echo "test_$$t failed: no coverage"; exit 1; }; done
	@$(BUILD)/drive -n $(RUNS) $(here)/fuzz/corpus/* >$(BUILD)/log 2>&1 || { tail -3 $(BUILD)/log; exit 1; }
	@cd $(BUILD) && gcov -b -c emalloc.o >gcov.log
	@awk -v lines=$(LINES) -v branches=$(BRANCHES) -f $(here)/coverage.awk $(BUILD)/emalloc.c.gcov

# One object for all programs, so that their counts add up in one file; from a copy, which gcov then reads as it was.
$(BUILD)/emalloc.o: $(engine) $(headers) | $(BUILD)
	cp $< $(BUILD)/emalloc.c
	cd $(BUILD) && $(CC) $(flags) --coverage -c -o emalloc.o emalloc.c
$(tests:%=$(BUILD)/test-%): $(BUILD)/test-%: $(here)/tests/test_%.c $(common) $(headers) $(BUILD)/emalloc.o
	$(CC) $(flags) -o $@ $< $(common) $(BUILD)/emalloc.o --coverage -lcmocka
$(BUILD)/drive: $(here)/fuzz/fuzz.c $(here)/fuzz/drive.c $(headers) $(BUILD)/emalloc.o
	$(CC) $(flags) -o $@ $(filter %.c,$^) $(BUILD)/emalloc.o --coverage
$(BUILD):
	mkdir -p $@
clean:
	rm -rf $(BUILD)
