// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory test on memories with known faults: each has to be found, and called by its name.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "memtest.h"

#define SIZE	(64 * 1024)

enum fault {
	NO_FAULT, DEAD_ONES, DEAD_ZEROS, ADDRESS_BIT, TWO_ADDRESS_BITS, BAD_CELL, COUPLED_CELL,
	STUCK_BIT_HIGH, STUCK_BIT_LOW, SHIFTED_LATE, SHIFTED_EARLY, UNSTABLE, READ_ERROR,
	WRITE_ERROR,
};

struct fake {
	enum fault fault;
	uint8_t bytes[SIZE];
	uint64_t moved;
	uint32_t noise;
	unsigned int outside;	/* accesses that no area covers */
	const struct mt_area *areas;
	size_t nareas;
};

static uint64_t place(const struct fake *fake, uint64_t offset)
{
	if (fake->fault == ADDRESS_BIT)
		return offset & ~0x2000ull;
	if (fake->fault == TWO_ADDRESS_BITS)
		return offset & ~0x8100ull;
	return offset;
}

static void note_outside(struct fake *fake, uint64_t offset, size_t length)
{
	size_t i;

	for (i = 0; i < fake->nareas; i++)
		if (offset >= fake->areas[i].offset &&
		    offset + length <= fake->areas[i].offset + fake->areas[i].length)
			return;
	fake->outside++;
}

static int fake_write(void *arg, uint64_t offset, const void *buf, size_t length)
{
	const uint8_t *bytes = buf;
	struct fake *fake = arg;
	size_t i;

	note_outside(fake, offset, length);
	fake->moved += length;
	if (fake->fault == WRITE_ERROR && offset >= SIZE / 2)
		return -EIO;
	for (i = 0; i < length; i++) {
		fake->bytes[place(fake, offset + i)] = bytes[i];
		/* A write to one cell changes another, far away. */
		if (fake->fault == COUPLED_CELL && offset + i == 0x1234)
			fake->bytes[0x9234] ^= 0x10;
	}
	if (fake->fault == BAD_CELL)
		fake->bytes[0x4321] &= ~0x04;
	return 0;
}

static uint32_t noise(struct fake *fake)
{
	return fake->noise = fake->noise * 1664525u + 1013904223u;
}

static int fake_read(void *arg, uint64_t offset, void *buf, size_t length)
{
	uint8_t *bytes = buf, before = 0, now, next;
	struct fake *fake = arg;
	size_t i;

	note_outside(fake, offset, length);
	fake->moved += length;
	if (fake->fault == READ_ERROR && offset >= SIZE / 2)
		return -ETIMEDOUT;
	for (i = 0; i < length; i++) {
		now = fake->bytes[place(fake, offset + i)];
		next = i + 1 < length ? fake->bytes[place(fake, offset + i + 1)] : 0;
		switch (fake->fault) {
		case DEAD_ONES:
			bytes[i] = 0xff;
			break;
		case DEAD_ZEROS:
			bytes[i] = 0;
			break;
		case STUCK_BIT_HIGH:
			bytes[i] = now | 0x20;
			break;
		case STUCK_BIT_LOW:
			bytes[i] = now & ~0x80;
			break;
		case SHIFTED_LATE:
			bytes[i] = before << 7 | now >> 1;
			break;
		case SHIFTED_EARLY:
			bytes[i] = now << 1 | next >> 7;
			break;
		case UNSTABLE:
			bytes[i] = noise(fake) >> 24 < 8 ? now ^ 1u << (noise(fake) >> 29) : now;
			break;
		default:
			bytes[i] = now;
		}
		before = now;
	}
	return 0;
}

static const struct mt_area whole = { 0, SIZE };

/* Runs one test, or all; answers its error. */
static int run_on(struct fake *fake, const struct mt_area *areas, size_t nareas, const char *name,
		  struct mt_report *sum)
{
	struct mt_memory memory = {
		.areas = areas, .nareas = nareas, .read = fake_read, .write = fake_write,
		.arg = fake,
	};
	struct mt_report report;
	size_t i;
	int err;

	fake->areas = areas;
	fake->nareas = nareas;
	fake->noise = 1;
	mt_report_init(sum);
	for (i = 0; i < mt_ntests; i++) {
		if (name && strcmp(mt_tests[i].name, name))
			continue;
		mt_report_init(&report);
		err = mt_tests[i].run(&memory, 42, &report);
		if (err)
			return err;
		mt_report_add(sum, &report);
	}
	return 0;
}

static struct mt_report expect_cause(enum fault fault, const char *cause)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mt_report report;
	char text[256];

	assert_non_null(fake);
	fake->fault = fault;
	assert_int_equal(run_on(fake, &whole, 1, NULL, &report), 0);
	assert_int_not_equal(report.bad, 0);
	mt_diagnose(&report, text, sizeof(text));
	if (!strstr(text, cause)) {
		print_message("# said: %s\n", text);
		fail();
	}
	free(fake);
	return report;
}

static void a_good_memory_passes_all_tests(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mt_report report;
	size_t i;

	(void)state;
	for (i = 0; i < mt_ntests; i++) {
		fake->moved = 0;
		assert_int_equal(run_on(fake, &whole, 1, mt_tests[i].name, &report), 0);
		assert_int_equal(report.bad, 0);
		assert_true(report.checked >= SIZE);
		/* What the bar is told is what is moved. */
		assert_int_equal(fake->moved, (uint64_t)SIZE * mt_tests[i].moves);
		assert_int_equal(fake->outside, 0);
	}
	free(fake);
}

static void only_the_areas_are_touched(void **state)
{
	static const struct mt_area areas[] = { { 16, 48 }, { 0x1000, 0x2008 }, { 0xfff8, 8 } };
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mt_report report;
	uint64_t i;

	(void)state;
	memset(fake->bytes, 0xee, SIZE);
	assert_int_equal(run_on(fake, areas, 3, NULL, &report), 0);
	assert_int_equal(report.bad, 0);
	assert_int_equal(fake->outside, 0);
	for (i = 0; i < SIZE; i++)
		if (i < 16 || (i >= 64 && i < 0x1000) || (i >= 0x3008 && i < 0xfff8))
			assert_int_equal(fake->bytes[i], 0xee);
	free(fake);
}

static void every_test_finds_a_bad_cell(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mt_report report;
	size_t i;

	(void)state;
	fake->fault = BAD_CELL;
	for (i = 0; i < mt_ntests; i++) {
		assert_int_equal(run_on(fake, &whole, 1, mt_tests[i].name, &report), 0);
		/* The random and the address test have that bit at 0 now and then. */
		if (!strcmp(mt_tests[i].name, "walking") || !strcmp(mt_tests[i].name, "march"))
			assert_int_not_equal(report.bad, 0);
		if (!report.bad)
			continue;
		assert_int_equal(report.first, 0x4321);
		assert_int_equal(report.last, 0x4321);
		assert_int_equal(report.low, 0x04);
		assert_int_equal(report.high, 0);
		assert_int_equal(report.unstable, 0);
		assert_int_equal(report.samples[0].offset, 0x4321);
		assert_int_equal(report.samples[0].wanted & ~0x04, report.samples[0].got);
	}
	free(fake);
}

static void a_bad_cell_is_called_so(void **state)
{
	struct mt_report report = expect_cause(BAD_CELL,
					       "defective cells from offset 17185 to 17185");

	(void)state;
	assert_int_equal(report.aliases, 0);
}

static void a_coupled_cell_is_called_so(void **state)
{
	struct mt_report report = expect_cause(COUPLED_CELL, "defective cells");

	(void)state;
	assert_int_equal(report.first, 0x9234);
	assert_int_equal(report.last, 0x9234);
}

static void silence_is_called_so(void **state)
{
	(void)state;
	expect_cause(DEAD_ONES, "reads as ones: nothing answers");
	expect_cause(DEAD_ZEROS, "reads as zeros: nothing answers");
}

static void a_dead_address_bit_is_called_so(void **state)
{
	struct mt_report report = expect_cause(ADDRESS_BIT, "address bit 13 makes no difference");

	(void)state;
	assert_int_equal(report.alias_or, 0x2000);
	assert_int_equal(report.alias_and, 0x2000);
}

static void two_dead_address_bits_are_called_so(void **state)
{
	(void)state;
	expect_cause(TWO_ADDRESS_BITS, "address bits 0x8100 make no difference");
}

static void a_stuck_bit_is_called_so(void **state)
{
	(void)state;
	expect_cause(STUCK_BIT_HIGH, "bit 5 of every byte reads as 1");
	expect_cause(STUCK_BIT_LOW, "bit 7 of every byte reads as 0");
}

static void a_shift_is_called_so(void **state)
{
	(void)state;
	expect_cause(SHIFTED_LATE, "a bit too early or too late");
	expect_cause(SHIFTED_EARLY, "a bit too early or too late");
}

static void noise_is_called_so(void **state)
{
	struct mt_report report = expect_cause(UNSTABLE, "differently each time");

	(void)state;
	assert_true(report.unstable > report.bad / 2);
}

static void an_error_of_the_bus_ends_the_test(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct mt_report report;

	(void)state;
	fake->fault = READ_ERROR;
	assert_int_equal(run_on(fake, &whole, 1, NULL, &report), -ETIMEDOUT);
	fake->fault = WRITE_ERROR;
	assert_int_equal(run_on(fake, &whole, 1, NULL, &report), -EIO);
	free(fake);
}

static void the_tool_names_of_tests_are_all(void **state)
{
	(void)state;
	/* Those that the messages of "extramctl test" list. */
	assert_int_equal(mt_ntests, 4);
	assert_string_equal(mt_tests[0].name, "walking");
	assert_string_equal(mt_tests[1].name, "address");
	assert_string_equal(mt_tests[2].name, "random");
	assert_string_equal(mt_tests[3].name, "march");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_memory_passes_all_tests),
		cmocka_unit_test(only_the_areas_are_touched),
		cmocka_unit_test(every_test_finds_a_bad_cell),
		cmocka_unit_test(a_bad_cell_is_called_so),
		cmocka_unit_test(a_coupled_cell_is_called_so),
		cmocka_unit_test(silence_is_called_so),
		cmocka_unit_test(a_dead_address_bit_is_called_so),
		cmocka_unit_test(two_dead_address_bits_are_called_so),
		cmocka_unit_test(a_stuck_bit_is_called_so),
		cmocka_unit_test(a_shift_is_called_so),
		cmocka_unit_test(noise_is_called_so),
		cmocka_unit_test(an_error_of_the_bus_ends_the_test),
		cmocka_unit_test(the_tool_names_of_tests_are_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("memtest", tests, NULL, NULL) ? 1 : 0;
}
