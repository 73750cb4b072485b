// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that the tests run on: chips in sysfs, modules, the kernel's log, and the simulator's
 * files in debugfs.
 */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "extram_test.h"
#include "machine.h"

#define SPI_DEVICES	"/sys/bus/spi/devices"
#define SPI_DRIVER	"/sys/bus/spi/drivers/extram"
#define DEBUGFS		"/sys/kernel/debug"
#define SIM		DEBUGFS "/extram-sim"

int xt_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t ret;
	int error;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	if (ret < 0)
		return -error;
	return ret == (ssize_t)strlen(text) ? 0 : -EIO;
}

int xt_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t ret;
	int error;

	if (fd < 0)
		return -errno;
	ret = read(fd, text, size - 1);
	error = errno;
	close(fd);
	if (ret < 0)
		return -error;
	text[ret] = '\0';
	return 0;
}

/* Of the driver's module; @old, if not NULL, gets the value of before. */
void xt_set_parameter(const char *name, const char *value, char *old, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/module/extram/parameters/%s", name);
	if (old)
		xt_assert_ok(xt_read_file(path, old, size));
	xt_assert_ok(xt_write_file(path, value));
}

/* Whether the node of an SPI device is a chip of this compatible below this bus. */
static bool is_chip(const char *spi, const struct xt_chip *chip)
{
	char path[PATH_MAX], target[PATH_MAX], text[128], bus[64];
	const char *part;
	ssize_t len;

	snprintf(path, sizeof(path), SPI_DEVICES "/%s/of_node", spi);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	snprintf(bus, sizeof(bus), "/%s/", chip->bus);
	if (!strstr(target, bus))
		return false;
	if (chip->at)
		return !strcmp(strrchr(target, '@') + 1, chip->at);

	snprintf(path, sizeof(path), SPI_DEVICES "/%s/of_node/compatible", spi);
	if (xt_read_file(path, text, sizeof(text)))
		return false;
	part = strchr(text, ',');
	return part && !strcmp(part + 1, chip->name);
}

const char *xt_spi_name(const struct xt_chip *chip)
{
	static char name[NAME_MAX + 1];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	dir = opendir(SPI_DEVICES);
	assert_non_null(dir);
	while (!found && (entry = readdir(dir))) {
		found = is_chip(entry->d_name, chip);
		if (found)
			strcpy(name, entry->d_name);
	}
	closedir(dir);
	if (!found)
		fail_msg("no %s below %s in the device tree", chip->name, chip->bus);
	return name;
}

/* The driver's class device below the SPI device has the name of the device node. */
static bool find_node(const struct xt_chip *chip, char *node, size_t size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), SPI_DEVICES "/%s/extram", xt_spi_name(chip));
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		found = entry->d_name[0] != '.';
		if (found)
			snprintf(node, size, "/dev/%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

bool xt_has_node(const struct xt_chip *chip)
{
	char node[64];

	return find_node(chip, node, sizeof(node));
}

void xt_node(const struct xt_chip *chip, char *path, size_t size)
{
	if (!find_node(chip, path, size))
		fail_msg("%s below %s has no device node", chip->name, chip->bus);
}

unsigned long long xt_sysfs(const struct xt_chip *chip, const char *name)
{
	char path[PATH_MAX], node[64], text[64], *end;
	unsigned long long value;

	xt_node(chip, node, sizeof(node));
	snprintf(path, sizeof(path), "/sys/class/extram/%s/%s", strrchr(node, '/') + 1, name);
	xt_assert_ok(xt_read_file(path, text, sizeof(text)));
	value = strtoull(text, &end, 10);
	if (end == text)
		fail_msg("%s: no number: %s", path, text);
	return value;
}

bool xt_allocator_is_valid(const struct xt_chip *chip)
{
	char path[PATH_MAX], node[64], text[1024];

	xt_node(chip, node, sizeof(node));
	snprintf(path, sizeof(path), DEBUGFS "/extram/%s/allocator", strrchr(node, '/') + 1);
	xt_assert_ok(xt_read_file(path, text, sizeof(text)));
	if (strstr(text, "valid: yes"))
		return true;
	printf("# %s: %s\n", path, text);
	return false;
}

int xt_bind(const struct xt_chip *chip)
{
	return xt_write_file(SPI_DRIVER "/bind", xt_spi_name(chip));
}

int xt_unbind(const struct xt_chip *chip)
{
	return xt_write_file(SPI_DRIVER "/unbind", xt_spi_name(chip));
}

int xt_insmod(const char *name)
{
	const char *folder = getenv("EXTRAM_MODULES") ?: "/modules";
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

int xt_rmmod(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

bool xt_has_simulator(void)
{
	return !getenv("EXTRAM_BOARD_BUS");
}

/* The simulator names its folders for the controllers: spi0. */
static void set_failures(const struct xt_chip *chip, unsigned int nth, unsigned int count, int error)
{
	char path[PATH_MAX], text[64], controller[NAME_MAX + 1];
	int err;

	strcpy(controller, xt_spi_name(chip));
	*strchrnul(controller, '.') = '\0';
	snprintf(path, sizeof(path), SIM "/%s/fail", controller);
	snprintf(text, sizeof(text), "%u %u %d", nth, count, error);
	err = xt_write_file(path, text);
	if (err)
		fail_msg("%s: %s", path, strerror(-err));
}

void xt_fail_bus(const struct xt_chip *chip, unsigned int nth, unsigned int count, int error)
{
	if (!xt_has_simulator())
		fail_msg("errors of the bus need the simulator: a case for XT_SIM()");
	set_failures(chip, nth, count, error);
}

void xt_heal_bus(const struct xt_chip *chip)
{
	if (xt_has_simulator())
		set_failures(chip, 1, 0, EIO);
}

/* Below the folder of the controller: spi0/cs1. */
void xt_sim_path(const struct xt_chip *chip, const char *name, char *path, size_t size)
{
	const char *spi = xt_spi_name(chip), *dot = strchr(spi, '.');

	assert_non_null(dot);
	snprintf(path, size, SIM "/%.*s/cs%s/%s", (int)(dot - spi), spi, dot + 1, name);
}

void xt_mount_debugfs(void)
{
	if (access(DEBUGFS "/extram", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
}

/* The file has a line "kind: number" for each kind; answers the sum. */
static unsigned long chip_violations(const char *path, bool tell)
{
	char text[2048], *line, *save, *end;
	unsigned long sum = 0, one;
	unsigned int kinds = 0;
	int err = xt_read_file(path, text, sizeof(text));

	if (err)
		fail_msg("%s: %s", path, strerror(-err));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *number = strstr(line, ": ");

		if (!number)
			fail_msg("%s: no number in \"%s\"", path, line);
		one = strtoul(number + 2, &end, 10);
		if (*end || end == number + 2)
			fail_msg("%s: no number in \"%s\"", path, line);
		if (one && tell)
			printf("# %s: %s\n", path, line);
		sum += one;
		kinds++;
	}
	if (!kinds)
		fail_msg("%s is empty", path);
	return sum;
}

static void print_last_violation(const char *violations)
{
	char path[PATH_MAX], text[256];

	snprintf(path, sizeof(path), "%.*s/last_violation",
		 (int)(strrchr(violations, '/') - violations), violations);
	if (!xt_read_file(path, text, sizeof(text)))
		printf("# %s", text);
}

static unsigned long count_violations(bool tell)
{
	unsigned long sum = 0, one;
	glob_t files;
	size_t i;

	/* Without counters the tests would prove less than they say. */
	if (glob(SIM "/*/cs*/violations", 0, NULL, &files))
		fail_msg("no counters of violations below " SIM);
	for (i = 0; i < files.gl_pathc; i++) {
		one = chip_violations(files.gl_pathv[i], tell);
		if (one && tell)
			print_last_violation(files.gl_pathv[i]);
		sum += one;
	}
	globfree(&files);
	return sum;
}

unsigned long xt_all_violations(void)
{
	return count_violations(true);
}

unsigned long xt_new_violations(void)
{
	static unsigned long known;
	static bool started;
	unsigned long before = known;

	if (!xt_has_simulator())
		return 0;
	known = count_violations(false);
	if (!started) {
		started = true;
		return 0;
	}
	/* Counters start again when the simulator is loaded again. */
	if (known <= before)
		return 0;
	count_violations(true);
	return known - before;
}

int xt_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0)
		fail_msg("/dev/kmsg: %s", strerror(errno));
	assert_int_not_equal(lseek(log, 0, SEEK_END), -1);
	return log;
}

/* Whether one line that was logged since has all the words. Reads the log up to its end. */
bool xt_log_has(int log, const char *const *words, size_t nwords)
{
	char line[8192];
	ssize_t len;
	size_t i;

	while ((len = read(log, line, sizeof(line) - 1)) > 0 || (len < 0 && errno == EPIPE)) {
		if (len < 0)
			continue;
		line[len] = '\0';
		for (i = 0; i < nwords && strstr(line, words[i]); i++)
			;
		if (i == nwords)
			return true;
	}
	return false;
}
