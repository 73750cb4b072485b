// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver among others: a controller that comes later than it, a supply that comes later than the
 * chip, other drivers that want the same chip, drivers that are put on it by hand, and a chip that
 * nobody may write to.
 *
 * Run as root on a machine whose device tree has tools/tests/extram-wild.dtso, before any module of
 * this project is loaded; EXTRAM_LATE_MODULES is the folder with the kernel's own. The tests build on
 * one another, in this order.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extram_test.h"
#include "machine.h"

#define SPI	"/sys/bus/spi"

static const struct xt_chip late_sram = { "23lc1024", "spi-3", 128 * 1024, false, "0" };
static const struct xt_chip wanted_fram = { "mb85rs1mt", "spi-3", 128 * 1024, true, "1" };
static const struct xt_chip wanted_sram = { "23lc1024", "spi-3", 128 * 1024, false, "2" };
static const struct xt_chip foreign_sram = { "dh2228fv", "spi-3", 0, false, "3" };
static const struct xt_chip plain_sram = { "23k256", "spi-3", 32 * 1024, false, "4" };
static const struct xt_chip others_fram = { "mb85rs64v", "spi-3", 8 * 1024, true, "5" };

static int insmod_late(const char *name)
{
	const char *ours = getenv("EXTRAM_MODULES");
	int err;

	setenv("EXTRAM_MODULES", getenv("EXTRAM_LATE_MODULES") ?: "/late", 1);
	err = xt_insmod(name);
	if (ours)
		setenv("EXTRAM_MODULES", ours, 1);
	else
		unsetenv("EXTRAM_MODULES");
	return err;
}

/* Devices are probed in the background; five seconds are plenty. */
static bool gets_node(const struct xt_chip *chip)
{
	int tries;

	for (tries = 0; tries < 100 && !xt_has_node(chip); tries++)
		usleep(50000);
	return xt_has_node(chip);
}

/* The name of the driver that has the chip, or "" */
static const char *driver_of(const struct xt_chip *chip)
{
	static char target[PATH_MAX];
	char path[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), SPI "/devices/%s/driver", xt_spi_name(chip));
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return "";
	target[len] = '\0';
	return strrchr(target, '/') + 1;
}

static int driver_does(const char *driver, const char *what, const struct xt_chip *chip)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SPI "/drivers/%s/%s", driver, what);
	return xt_write_file(path, xt_spi_name(chip));
}

static void override(const struct xt_chip *chip, const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SPI "/devices/%s/driver_override", xt_spi_name(chip));
	xt_assert_ok(xt_write_file(path, driver));
}

static void use(const struct xt_chip *chip)
{
	int fd = xt_open(chip, O_RDWR);
	unsigned char buf[5000];
	uint64_t offset = xt_alloc(fd, sizeof(buf));

	xt_fill(buf, sizeof(buf), 1);
	xt_write(fd, buf, sizeof(buf), offset);
	xt_expect(fd, buf, sizeof(buf), offset);
	close(fd);
}

static void a_controller_that_comes_after_the_driver(void **state)
{
	(void)state;
	xt_assert_ok(xt_insmod("extram"));
	xt_assert_errno(ENOENT, access("/dev/extram", F_OK));
	xt_assert_ok(xt_insmod("extram-sim"));
	assert_true(gets_node(&plain_sram));
	use(&plain_sram);
}

/* Not an error, so there is no message either. */
static void a_chip_waits_for_its_supply(void **state)
{
	static const char *const words[] = { "extram" };
	static char waiting[4096];
	int log;

	(void)state;
	assert_false(xt_has_node(&late_sram));
	assert_string_equal(driver_of(&late_sram), "");
	xt_assert_ok(xt_read_file("/sys/kernel/debug/devices_deferred", waiting, sizeof(waiting)));
	if (!strstr(waiting, xt_spi_name(&late_sram)))
		fail_msg("%s is not among those that wait: %s", xt_spi_name(&late_sram), waiting);

	log = xt_log_open();
	xt_assert_fails(EAGAIN, driver_does("extram", "bind", &late_sram));
	assert_false(xt_log_has(log, words, ARRAY_SIZE(words)));
	close(log);
}

static void a_chip_whose_supply_has_come_is_there(void **state)
{
	(void)state;
	xt_assert_ok(insmod_late("fixed"));
	assert_true(gets_node(&late_sram));
	use(&late_sram);
}

static int users_of_the_supply(void)
{
	char text[64];

	xt_assert_ok(xt_read_file("/sys/kernel/debug/regulator/late/use_count", text, sizeof(text)));
	return atoi(text);
}

/* The kernel itself counts as a user of a regulator that it cannot switch. */
static void the_supply_is_on_while_the_chip_is_bound(void **state)
{
	int bound = users_of_the_supply();

	(void)state;
	xt_assert_fails(EWOULDBLOCK, xt_rmmod("fixed"));
	xt_assert_ok(xt_unbind(&late_sram));
	assert_int_equal(users_of_the_supply(), bound - 1);
	xt_assert_ok(xt_bind(&late_sram));
	assert_int_equal(users_of_the_supply(), bound);
	use(&late_sram);
}

/* spidev is built into Debian's kernels and knows the node's second name, so it was there first. */
static void a_chip_that_spidev_has_is_left_alone(void **state)
{
	(void)state;
	assert_string_equal(driver_of(&wanted_sram), "spidev");
	xt_assert_fails(EBUSY, xt_bind(&wanted_sram));
	assert_string_equal(driver_of(&wanted_sram), "spidev");
	assert_false(xt_has_node(&wanted_sram));
}

static void driver_override_takes_a_chip_from_spidev(void **state)
{
	(void)state;
	xt_assert_ok(driver_does("spidev", "unbind", &wanted_sram));
	override(&wanted_sram, "extram");
	xt_assert_fails(ENODEV, driver_does("spidev", "bind", &wanted_sram));
	xt_assert_ok(xt_write_file(SPI "/drivers_probe", xt_spi_name(&wanted_sram)));
	assert_string_equal(driver_of(&wanted_sram), "extram");
	use(&wanted_sram);
}

static void driver_override_gives_it_back(void **state)
{
	(void)state;
	xt_assert_ok(xt_unbind(&wanted_sram));
	override(&wanted_sram, "spidev");
	xt_assert_fails(ENODEV, xt_bind(&wanted_sram));
	xt_assert_ok(xt_write_file(SPI "/drivers_probe", xt_spi_name(&wanted_sram)));
	assert_string_equal(driver_of(&wanted_sram), "spidev");
	assert_false(xt_has_node(&wanted_sram));
}

/* The driver cannot know which part that is: it says so, and the chip is free for others. */
static void driver_override_onto_a_name_that_is_no_part(void **state)
{
	static const char *const words[] = { "extram", "dh2228fv" };
	int log = xt_log_open();

	(void)state;
	assert_string_equal(driver_of(&foreign_sram), "spidev");
	xt_assert_ok(driver_does("spidev", "unbind", &foreign_sram));
	override(&foreign_sram, "extram");
	xt_assert_fails(ENODEV, xt_bind(&foreign_sram));
	assert_true(xt_log_has(log, words, ARRAY_SIZE(words)));
	close(log);
	assert_string_equal(driver_of(&foreign_sram), "");
	/* A newline empties it. */
	override(&foreign_sram, "\n");
	xt_assert_ok(driver_does("spidev", "bind", &foreign_sram));
}

static void eeprom_of(const struct xt_chip *chip, char *path, size_t size)
{
	snprintf(path, size, SPI "/devices/%s/eeprom", xt_spi_name(chip));
}

/* What at25 wrote is found by extram, and the other way round. */
static void a_fram_that_at25_has_is_left_alone(void **state)
{
	char path[PATH_MAX];
	int fd;

	(void)state;
	assert_string_equal(driver_of(&wanted_fram), "extram");
	xt_assert_ok(xt_unbind(&wanted_fram));
	xt_assert_ok(insmod_late("at25"));
	if (!strcmp(driver_of(&wanted_fram), ""))
		xt_assert_ok(driver_does("at25", "bind", &wanted_fram));
	assert_string_equal(driver_of(&wanted_fram), "at25");
	xt_assert_fails(EBUSY, xt_bind(&wanted_fram));

	eeprom_of(&wanted_fram, path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "written by at25", 15, 4096), 15);
	close(fd);

	/* A driver that is loaded later does not take it away either. */
	xt_assert_ok(xt_rmmod("extram"));
	xt_assert_ok(xt_insmod("extram"));
	assert_true(gets_node(&plain_sram));
	assert_string_equal(driver_of(&wanted_fram), "at25");
}

static void what_at25_wrote_is_found_again(void **state)
{
	uint64_t offset = 4096;
	char path[PATH_MAX], text[16] = "";
	int fd;

	(void)state;
	xt_assert_ok(driver_does("at25", "unbind", &wanted_fram));
	xt_assert_ok(xt_bind(&wanted_fram));
	fd = xt_open(&wanted_fram, O_RDWR);
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, 4096, &offset));
	xt_expect(fd, "written by at25", 15, 4096);
	xt_write(fd, "and by extram", 13, 4500);
	close(fd);

	xt_assert_ok(xt_unbind(&wanted_fram));
	xt_assert_ok(driver_does("at25", "bind", &wanted_fram));
	eeprom_of(&wanted_fram, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, 13, 4500), 13);
	close(fd);
	assert_string_equal(text, "and by extram");
}

/* No call changes it, and the calls say why. */
static void a_chip_that_is_read_only(void **state)
{
	int fd = xt_open(&others_fram, O_RDWR), plain = xt_open(&plain_sram, O_RDWR), pipefd[2];
	struct iovec vec = { (void *)"x", 1 };
	uint64_t offset = 4096, at, length;
	char before[4096], after[4096];
	loff_t pos = offset;

	(void)state;
	assert_true(xt_get_info(fd).flags & EXTRAM_INFO_READ_ONLY);
	assert_false(xt_get_info(plain).flags & EXTRAM_INFO_READ_ONLY);
	close(plain);
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, 2048, &offset));
	assert_int_equal(pread(fd, before, sizeof(before), offset), 2048);

	xt_assert_errno(EROFS, pwrite(fd, "x", 1, offset));
	xt_assert_errno(EROFS, pwritev(fd, &vec, 1, offset));
	xt_assert_errno(EROFS, pwrite(fd, before, 2048, offset));
	assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
	xt_assert_errno(EROFS, write(fd, "x", 1));
	assert_int_equal(pipe(pipefd), 0);
	assert_int_equal(write(pipefd[1], "x", 1), 1);
	xt_assert_errno(EROFS, splice(pipefd[0], NULL, fd, &pos, 1, 0));
	close(pipefd[0]);
	close(pipefd[1]);

	/* What follows is taken, so that it would have to be moved. */
	at = offset + 2048;
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED, 16, &at));
	at = offset;
	length = 4096;
	xt_assert_fails(EROFS, xt_resize(fd, EXTRAM_RESIZE_MAY_MOVE, &at, &length));

	assert_int_equal(pread(fd, after, sizeof(after), offset), 2048);
	assert_memory_equal(before, after, 2048);
	close(fd);
}

/* Only this program's tests load and unload at will, so nothing is left that holds a module. */
static void all_modules_can_be_removed(void **state)
{
	(void)state;
	assert_int_equal(xt_all_violations(), 0);
	xt_assert_ok(xt_rmmod("at25"));
	xt_assert_ok(xt_rmmod("extram"));
	xt_assert_ok(xt_rmmod("fixed"));
	xt_assert_ok(xt_rmmod("extram_sim"));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_that_comes_after_the_driver),
		cmocka_unit_test(a_chip_waits_for_its_supply),
		cmocka_unit_test(a_chip_whose_supply_has_come_is_there),
		cmocka_unit_test(the_supply_is_on_while_the_chip_is_bound),
		cmocka_unit_test(a_chip_that_spidev_has_is_left_alone),
		cmocka_unit_test(driver_override_takes_a_chip_from_spidev),
		cmocka_unit_test(driver_override_gives_it_back),
		cmocka_unit_test(driver_override_onto_a_name_that_is_no_part),
		cmocka_unit_test(a_fram_that_at25_has_is_left_alone),
		cmocka_unit_test(what_at25_wrote_is_found_again),
		cmocka_unit_test(a_chip_that_is_read_only),
		cmocka_unit_test(all_modules_can_be_removed),
	};

	(void)argc;
	(void)argv;
	xt_mount_debugfs();
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wild", tests, NULL, NULL) ? EXIT_FAILURE : EXIT_SUCCESS;
}
