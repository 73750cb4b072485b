// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chips that the driver must refuse: no device node, and a line in the log with the bytes that the
 * chip sent and a plain cause.
 */
#include <dirent.h>
#include <unistd.h>

#include "extram_test.h"

/* The chips of the overlay extram-sim-faults, by chip select. */
static const struct xt_chip silent_sram = { "23lc1024", "spi-1", 0, false };
static const struct xt_chip wrong_fram = { "mb85rs1mt", "spi-1", 0, true };

/* The good one of the overlay extram-sim-parts. */
static const struct xt_chip described_mram = { "serial-ram", "spi-3", 0, true, "7" };

/* Lets the driver meet the chip on a chip select of the controller of another one once more. */
static void expect_refusal_beside(const struct xt_chip *other, unsigned int cs, int error,
				  const char *const *words, size_t nwords)
{
	char spi[64], path[128];
	int log = xt_log_open(), err;

	snprintf(spi, sizeof(spi), "%s", xt_spi_name(other));
	snprintf(strchr(spi, '.'), 8, ".%u", cs);

	err = xt_write_file("/sys/bus/spi/drivers/extram/bind", spi);
	if (err != -error)
		fail_msg("bind of %s: %s; wanted %s", spi, err ? strerror(-err) : "success",
			 strerror(error));

	snprintf(path, sizeof(path), "/sys/bus/spi/devices/%s/extram", spi);
	xt_assert_errno(ENOENT, access(path, F_OK));
	snprintf(path, sizeof(path), "/sys/bus/spi/devices/%s/driver", spi);
	xt_assert_errno(ENOENT, access(path, F_OK));
	if (!xt_log_has(log, words, nwords))
		fail_msg("the log has no line with \"%s\" and \"%s\"", words[0], words[nwords - 1]);
	close(log);
}

static void expect_refusal(unsigned int cs, int error, const char *const *words, size_t nwords)
{
	expect_refusal_beside(&silent_sram, cs, error, words, nwords);
}

static void a_chip_without_an_id_that_does_not_answer(void **state)
{
	static const char *const words[] = { "23lc1024", "reads ff", "stays high" };

	(void)state;
	expect_refusal(0, ENODEV, words, ARRAY_SIZE(words));
}

static void a_die_that_failed_its_makers_test(void **state)
{
	static const char *const words[] = { "aps6404l", "0d 55", "failed" };

	(void)state;
	expect_refusal(1, ENODEV, words, ARRAY_SIZE(words));
}

static void a_part_that_is_not_what_the_tree_says(void **state)
{
	static const char *const words[] = { "mb85rs1mt", "04 7f 48 03", "not the part" };

	(void)state;
	expect_refusal(2, ENODEV, words, ARRAY_SIZE(words));
}

static void a_clock_that_is_too_slow_for_the_chip(void **state)
{
	static const char *const words[] = { "aps6404l", "1000000 Hz", "are needed" };

	(void)state;
	expect_refusal(3, EINVAL, words, ARRAY_SIZE(words));
}

static void a_chip_with_an_id_that_does_not_answer(void **state)
{
	static const char *const words[] = { "aps6404l", "ID reads ff ff", "stays high" };

	(void)state;
	expect_refusal(4, ENODEV, words, ARRAY_SIZE(words));
}

static void an_id_of_a_maker_that_nobody_knows(void **state)
{
	static const char *const words[] = { "aps6404l", "ID reads 3e 5d", "not the part" };

	(void)state;
	expect_refusal(5, ENODEV, words, ARRAY_SIZE(words));
}

static void an_id_of_a_part_that_does_not_exist(void **state)
{
	static const char *const words[] = { "mb85rs1mt", "04 7f 3f 7e", "not the part" };

	(void)state;
	expect_refusal(6, ENODEV, words, ARRAY_SIZE(words));
}

static void a_line_that_is_held_low(void **state)
{
	static const char *const words[] = { "23lc512", "reads 00", "stays low" };

	(void)state;
	expect_refusal(7, ENODEV, words, ARRAY_SIZE(words));
}

static void a_size_that_the_address_cannot_reach(void **state)
{
	static const char *const words[] = { "property address-width", "too narrow" };

	(void)state;
	expect_refusal_beside(&described_mram, 0, EINVAL, words, ARRAY_SIZE(words));
}

static void a_memory_of_a_quarter_of_its_size(void **state)
{
	static const char *const words[] = { "fm25w256", "holds 8192 bytes instead of 32768" };

	(void)state;
	expect_refusal_beside(&described_mram, 1, ENODEV, words, ARRAY_SIZE(words));
}

static void an_address_of_another_width(void **state)
{
	static const char *const words[] = { "23lc1024", "takes 2 bytes of address instead of 3" };

	(void)state;
	expect_refusal_beside(&described_mram, 2, ENODEV, words, ARRAY_SIZE(words));
}

static void wires_that_are_too_long(void **state)
{
	static const char *const words[] = { "23lc1024", "answers otherwise at 10000000 Hz" };

	(void)state;
	expect_refusal_beside(&described_mram, 3, ENODEV, words, ARRAY_SIZE(words));
}

static void a_memory_that_is_too_slow(void **state)
{
	static const char *const words[] = { "23lc1024", "at 20000000 Hz, 10000000 Hz works" };

	(void)state;
	expect_refusal_beside(&described_mram, 4, EIO, words, ARRAY_SIZE(words));
}

static void a_part_of_eight_lines(void **state)
{
	static const char *const words[] = { "aps6408l", "eight lines" };

	(void)state;
	expect_refusal_beside(&described_mram, 5, EOPNOTSUPP, words, ARRAY_SIZE(words));
}

static void commands_that_nobody_can_get_to(void **state)
{
	static const char *const words[] = { "property extram,read-commands", "0x222" };

	(void)state;
	expect_refusal_beside(&described_mram, 6, EINVAL, words, ARRAY_SIZE(words));
}

static void refused_chips_have_no_device_node(void **state)
{
	(void)state;
	assert_false(xt_has_node(&silent_sram));
	assert_false(xt_has_node(&wrong_fram));
}

static void every_good_chip_has_a_device_node(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < xt_num_chips; i++)
		assert_true(xt_has_node(&xt_chips[i]));
}

static void the_first_memory_is_called_extram(void **state)
{
	(void)state;
	assert_int_equal(access("/dev/extram", R_OK | W_OK), 0);
}

/*
 * A number that the device tree fixes is kept free while its memory is away, and is that memory's
 * again when it comes back, although a file of the old one is still open.
 */
static void an_aliased_number_comes_back(void **state)
{
	struct xt *xt = *state;
	char other[64], path[64];

	/* The overlay extram-sim-limits has it. */
	assert_int_equal(access("/proc/device-tree/aliases/extram0", F_OK), 0);
	xt_node(xt->chip, path, sizeof(path));
	assert_string_equal(path, "/dev/extram");
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_ok(xt_unbind(xt_psram));
	xt_assert_ok(xt_bind(xt_psram));
	xt_node(xt_psram, other, sizeof(other));
	assert_string_not_equal(other, "/dev/extram");
	xt_assert_ok(xt_bind(xt->chip));
	xt_node(xt->chip, path, sizeof(path));
	assert_string_equal(path, "/dev/extram");
	xt_assert_fails(ENODEV, xt_info(xt->fd, &xt->base));
}

static void there_are_as_many_nodes_as_good_chips(void **state)
{
	struct dirent *entry;
	size_t nodes = 0;
	DIR *dir = opendir("/sys/class/extram");

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		nodes += entry->d_name[0] != '.';
	closedir(dir);
	assert_int_equal(nodes, xt_num_chips);
}

/* An error of the bus at each step of the probe: refused, and the next try works. */
static void a_probe_with_an_error_at_every_place(void **state)
{
	struct xt *xt = *state;
	unsigned int nth, refused = 0;

	close(xt->fd);
	xt->fd = -1;
	for (nth = 1; nth < 100; nth++) {
		int err;

		xt_assert_ok(xt_unbind(xt->chip));
		xt_fail_bus(xt->chip, nth, 1, EIO);
		err = xt_bind(xt->chip);
		xt_heal_bus(xt->chip);
		if (!err)
			break;
		refused++;
		assert_int_equal(err, -EIO);
		assert_false(xt_has_node(xt->chip));
		xt_assert_ok(xt_bind(xt->chip));
	}
	assert_true(xt_has_node(xt->chip));
	assert_int_not_equal(refused, 0);
	assert_in_range(nth, 2, 99);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(a_chip_without_an_id_that_does_not_answer),
		XT(a_die_that_failed_its_makers_test),
		XT(a_part_that_is_not_what_the_tree_says),
		XT(a_clock_that_is_too_slow_for_the_chip),
		XT(a_chip_with_an_id_that_does_not_answer),
		XT(an_id_of_a_maker_that_nobody_knows),
		XT(an_id_of_a_part_that_does_not_exist),
		XT(a_line_that_is_held_low),
		XT(a_size_that_the_address_cannot_reach),
		XT(a_memory_of_a_quarter_of_its_size),
		XT(an_address_of_another_width),
		XT(wires_that_are_too_long),
		XT(a_memory_that_is_too_slow),
		XT(a_part_of_eight_lines),
		XT(commands_that_nobody_can_get_to),
		XT(refused_chips_have_no_device_node),
		XT(every_good_chip_has_a_device_node),
		XT(the_first_memory_is_called_extram),
		XT_SIM(an_aliased_number_comes_back),
		XT(there_are_as_many_nodes_as_good_chips),
		XT_ALL(a_probe_with_an_error_at_every_place),
	};

	return xt_run("probe", argc, argv, cases, ARRAY_SIZE(cases));
}
