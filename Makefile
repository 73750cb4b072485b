# SPDX-License-Identifier: GPL-2.0-only
#
# Commands of the extram project; "make help" lists them. In a kernel tree Kbuild is read, not this file.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
ARCH ?= arm64
MODULES := drivers/extram/extram.ko drivers/extram/sim/extram-sim.ko

# The targets run one after another: each uses all processors by itself.
.NOTPARALLEL:

.PHONY: all
all: ## build extram.ko and extram-sim.ko for the running kernel, or for the headers in KDIR=
	@test -e "$(KDIR)/Makefile" || { \
		echo "No kernel headers in $(KDIR). Install them (Debian: apt-get install linux-headers-\$$(uname -r))"; \
		echo "or name others by KDIR=. Without hardware and headers, \"make demo\" brings all it needs."; exit 1; }
	+$(MAKE) -C "$(KDIR)" M="$(CURDIR)" CONFIG_EXTRAM=m CONFIG_EXTRAM_SIM=m $(KARCH) modules

# An ARCH that the user names is meant for the kernel too; our own default is not.
KARCH = $(if $(filter command% environment%,$(origin ARCH)),ARCH=$(ARCH))

.PHONY: modules_install
modules_install: all ## install the modules that "make" built (as root)
	+$(MAKE) -C "$(KDIR)" M="$(CURDIR)" CONFIG_EXTRAM=m CONFIG_EXTRAM_SIM=m $(KARCH) modules_install

.PHONY: dtbos
dtbos: ## compile the device tree overlays into build/dtbos
	@scripts/setup dtbos
	@scripts/dtbos

.PHONY: demo
demo: ## boot Debian's kernel (KERNEL=6.1, 6.12, 7.x) in QEMU, load the modules, run the sample program
	@scripts/guest-run --kernel $(KERNEL) demo

.PHONY: shell
shell: ## the demo's machine with a prompt
	@scripts/guest-run --kernel $(KERNEL) --timeout 0 shell

.PHONY: kunit
kunit: ## run the KUnit suites under QEMU (ARCH=arm64, arm, riscv, s390, x86_64; KERNEL=6.1, 6.12, 7.x; FILTER=suite*)
	@scripts/kunit --arch $(ARCH) --kernel $(KERNEL) $(if $(FILTER),--filter '$(FILTER)')

.PHONY: guest-tests
guest-tests: ## run the user-space tests in the demo's machine (KERNEL=6.1, 6.12, 7.x)
	@scripts/guest-tests $(KERNEL)

.PHONY: boards
boards: ## run the driver on boards that others modelled in QEMU (BOARDS=imx8mp-evk:6.12; default all)
	@scripts/boards $(BOARDS)

.PHONY: wild
wild: ## run the driver among late modules, supplies and other drivers in the demo's machine (KERNEL=6.1, 6.12, 7.x)
	@scripts/guest-wild $(KERNEL)

.PHONY: emalloc-tests
emalloc-tests: ## run the allocator's tests on this machine
	@scripts/emalloc-tests

.PHONY: tools
tools: ## build library, command, examples and manual pages for this machine into build/tools
	@scripts/setup tools
	+@$(MAKE) --no-print-directory -C tools

.PHONY: install
install: tools ## install them, and the udev rule (DESTDIR=, PREFIX=/usr/local, LIBDIR=, UDEVDIR=)
	+@$(MAKE) --no-print-directory -C tools install
	+@$(MAKE) --no-print-directory -C packaging install

.PHONY: dkms-deb
dkms-deb: ## build the Debian packages, the module's for DKMS among them, into build/packages
	@scripts/dkms-deb

.PHONY: test-packages
test-packages: ## install the packages in fresh Debians, run them there and in a machine with simulated chips
	@scripts/test-packages

.PHONY: tools-tests
tools-tests: ## run those of their tests that need no device
	@tools/host-tests

.PHONY: test
test: ## run every test: allocator, KUnit, demo, user space; ends with "N passed, N failed"
	@scripts/test

.PHONY: test-all
test-all: ## run the tests on every kernel, architecture and board and print the matrix (hours; CELLS= for some)
	@scripts/test-all $(CELLS)

.PHONY: torture
torture: ## everything of torture, hours (PART=churn, fuzz, …, SHORT=1, SEED=N; see scripts/torture)
	@scripts/torture --kernel $(KERNEL) $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED)) $(PART)

.PHONY: check
check: ## compiler and sparse warnings, checkpatch, kernel-doc, overlays, bindings, pages, shell scripts: all silent
	@scripts/check

.PHONY: dt-check
dt-check: ## bindings and overlays by the kernel's rules (dt_binding_check, yamllint, all schemas)
	@scripts/dt-check

.PHONY: analyse
analyse: ## other compilers and static analysers: gcc 14, clang, its analyser, coccinelle, smatch (ANALYSERS= for some)
	@scripts/analyse $(ANALYSERS)

.PHONY: coccicheck
coccicheck: ## the kernel's semantic patches over driver, simulator and suites
	@scripts/analyse coccinelle

.PHONY: patches
patches: ## write the project as a series for the newest packaged kernel into build/patches, and try it
	@scripts/patches

.PHONY: htmldocs
htmldocs: ## build the pages of Documentation as HTML into build/htmldocs
	@scripts/htmldocs

.PHONY: bench-emalloc
bench-emalloc: ## measure the allocator against others on this machine
	@scripts/setup bench-emalloc
	+@$(MAKE) --no-print-directory -C tools/emalloc/bench

.PHONY: bench-io
bench-io: ## measure wires and CPU beside mainline's drivers (PUBLISH=1 renews Documentation/io)
	@scripts/bench-io $(if $(PUBLISH),--publish)

.PHONY: bench-m0
bench-m0: ## count the allocator's instructions on an emulated Cortex-M0+
	@scripts/setup bench-m0
	+@$(MAKE) --no-print-directory -C tools/emalloc/m0

.PHONY: fuzz-emalloc
fuzz-emalloc: ## fuzz the allocator
	@scripts/setup fuzz-emalloc
	+@$(MAKE) --no-print-directory -C tools/emalloc/fuzz

.PHONY: prove-emalloc
prove-emalloc: ## prove the allocator on small pools with a model checker (long; KINDS= for some)
	@scripts/setup prove-emalloc
	+@$(MAKE) --no-print-directory -C tools/emalloc/cbmc

.PHONY: coverage
coverage: ## which lines the KUnit suites and the allocator's tests reach
	@scripts/coverage

.PHONY: clean
clean: ## remove what was built here; the cache in ~/.cache/extram stays
	@find Kbuild drivers kunit \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name '*.dtbo' -o -name 'modules.order' -o -name '*.a' \) -type f -delete
	@rm -rf build Module.symvers modules.order .Module.symvers.cmd .modules.order.cmd .tmp_versions

.PHONY: clean-cache
clean-cache: ## remove the cache too: kernel sources, headers, KUnit builds
	@scripts/clean-cache

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z_0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | \
		while IFS="$$(printf '\t')" read -r target text; do printf '  %-16s %s\n' "$$target" "$$text"; done
