// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator sees: sysfs, debugfs and tracepoints, and never what the bytes are.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extram_test.h"

#define TRACING	"/sys/kernel/tracing"

static const char *const files[] = {
	"chip", "volatile", "clock", "burst", "size", "used", "free", "largest_free", "blocks",
	"transfers", "bytes", "errors", "retries",
};

static void sysfs_path(const struct xt_chip *chip, const char *name, char *path, size_t size)
{
	char node[64];

	xt_node(chip, node, sizeof(node));
	snprintf(path, size, "/sys/class/extram/%s/%s", strrchr(node, '/') + 1, name);
}

static void read_sysfs(const struct xt_chip *chip, const char *name, char *text, size_t size)
{
	char path[256];

	sysfs_path(chip, name, path, sizeof(path));
	xt_assert_ok(xt_read_file(path, text, size));
}

/* Reads a file of debugfs into memory that the caller frees. */
static char *read_debugfs(const struct xt_chip *chip, const char *name)
{
	char path[256], node[64], *text = malloc(65536);

	assert_non_null(text);
	xt_node(chip, node, sizeof(node));
	snprintf(path, sizeof(path), "/sys/kernel/debug/extram/%s/%s", strrchr(node, '/') + 1,
		 name);
	xt_assert_ok(xt_read_file(path, text, 65536));
	return text;
}

static void sysfs_tells_the_chip(void **state)
{
	struct xt *xt = *state;
	char text[64], want[64];

	read_sysfs(xt->chip, "chip", text, sizeof(text));
	snprintf(want, sizeof(want), "%s\n", xt->chip->name);
	assert_string_equal(text, want);
	assert_int_equal(xt_sysfs(xt->chip, "volatile"), !xt->chip->keeps);
	assert_int_equal(xt_sysfs(xt->chip, "size"), xt->chip->capacity);
}

/* Not above what the datasheets allow, and what the tree says. */
static void sysfs_tells_clocks_that_the_chip_allows(void **state)
{
	struct xt *xt = *state;
	unsigned int read_hz, write_hz, most = 20000000;
	char text[64];

	if (!strcmp(xt->chip->name, "aps6404l"))
		most = 33000000;
	if (!strcmp(xt->chip->name, "mb85rs1mt"))
		most = 25000000;
	read_sysfs(xt->chip, "clock", text, sizeof(text));
	assert_int_equal(sscanf(text, "%u %u\n", &read_hz, &write_hz), 2);
	assert_int_equal(read_hz, most);
	assert_int_equal(write_hz, most);
}

static void sysfs_tells_bursts_that_chip_and_controller_allow(void **state)
{
	struct xt *xt = *state;
	unsigned int read_burst, write_burst, most = xt->chip->capacity;
	char text[64];

	/* The controller takes 64 bytes at once, of which some are command and address. */
	if (!strcmp(xt->chip->bus, "spi-2"))
		most = 61;
	/* 8 us at 33 MHz are 264 clocks, 32 of them for command and address. */
	if (!strcmp(xt->chip->name, "aps6404l"))
		most = 29;
	read_sysfs(xt->chip, "burst", text, sizeof(text));
	assert_int_equal(sscanf(text, "%u %u\n", &read_burst, &write_burst), 2);
	assert_in_range(read_burst, 1, most);
	assert_in_range(write_burst, 1, most);
}

static void sysfs_follows_what_is_allocated(void **state)
{
	struct xt *xt = *state;
	uint64_t first;

	assert_int_equal(xt_sysfs(xt->chip, "used"), 0);
	first = xt_alloc(xt->fd, 100);
	xt_alloc(xt->fd, 1000);
	assert_int_equal(xt_sysfs(xt->chip, "used"), 112 + 1008);
	assert_int_equal(xt_sysfs(xt->chip, "free"), xt->base.capacity - 112 - 1008);
	assert_int_equal(xt_sysfs(xt->chip, "blocks"), 2);
	xt_assert_ok(xt_free(xt->fd, first));
	assert_int_equal(xt_sysfs(xt->chip, "used"), 1008);
	assert_int_equal(xt_sysfs(xt->chip, "free"), xt->base.capacity - 1008);
	assert_int_equal(xt_sysfs(xt->chip, "largest_free"), xt->base.capacity - 1120);
	assert_int_equal(xt_sysfs(xt->chip, "blocks"), 1);
}

static void sysfs_counts_what_goes_over_the_wire(void **state)
{
	struct xt *xt = *state;
	unsigned long long transfers = xt_sysfs(xt->chip, "transfers");
	unsigned long long bytes = xt_sysfs(xt->chip, "bytes");
	uint64_t offset = xt_alloc(xt->fd, 5000);
	unsigned char *data = calloc(1, 5000);
	unsigned long long piece;
	char us[32];

	assert_non_null(data);
	/* Never written: not on the wire. */
	xt_expect_zeros(xt->fd, 5000, offset);
	assert_int_equal(xt_sysfs(xt->chip, "transfers"), transfers);
	assert_int_equal(xt_sysfs(xt->chip, "bytes"), bytes);
	xt_write(xt->fd, data, 5000, offset);
	assert_int_equal(xt_sysfs(xt->chip, "bytes"), bytes + 5000);
	xt_expect(xt->fd, data, 5000, offset);
	assert_int_equal(xt_sysfs(xt->chip, "bytes"), bytes + 10000);
	transfers = xt_sysfs(xt->chip, "transfers") - transfers;
	/*
	 * There and back in pieces of the time that one user may have the wire, for others may want it:
	 * each a command of four bytes and its data.
	 */
	xt_assert_ok(xt_read_file("/sys/module/extram/parameters/message_us", us, sizeof(us)));
	piece = strtoull(us, NULL, 10) * xt_sysfs(xt->chip, "clock") / 1000000 / 8 - 4;
	if (xt_has_simulator())
		assert_int_equal(transfers, 2 * ((5000 + piece - 1) / piece));
	assert_in_range(transfers, 4, 40);
	free(data);
}

static void sysfs_files_cannot_be_written(void **state)
{
	struct xt *xt = *state;
	char path[256];
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		sysfs_path(xt->chip, files[i], path, sizeof(path));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0444);
	}
}

static void an_open_sysfs_file_is_enodev_after_unbind(void **state)
{
	struct xt *xt = *state;
	char path[256], text[64];
	int fd[ARRAY_SIZE(files)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		sysfs_path(xt->chip, files[i], path, sizeof(path));
		fd[i] = open(path, O_RDONLY);
		assert_true(fd[i] >= 0);
	}
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_errno(ENOENT, access(path, F_OK));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		xt_assert_errno(ENODEV, read(fd[i], text, sizeof(text)));
		close(fd[i]);
	}
	xt_assert_ok(xt_bind(xt->chip));
}

static void debugfs_lists_blocks_with_their_owners(void **state)
{
	struct xt *xt = *state;
	uint64_t own = xt_alloc(xt->fd, 100), shared = 0;
	char line[128], *text;

	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 64, &shared));
	text = read_debugfs(xt->chip, "blocks");
	snprintf(line, sizeof(line), "\n%llu 112 %d test_show\n", (unsigned long long)own,
		 getpid());
	if (!strstr(text, line))
		fail_msg("no line \"%s\" in: %s", line, text);
	snprintf(line, sizeof(line), "\n%llu 64 0 (shared)\n", (unsigned long long)shared);
	if (!strstr(text, line))
		fail_msg("no line \"%s\" in: %s", line, text);
	free(text);
	xt_assert_ok(xt_free(xt->fd, shared));
}

static void debugfs_lists_no_block_of_an_empty_memory(void **state)
{
	struct xt *xt = *state;
	char *text = read_debugfs(xt->chip, "blocks");

	assert_string_equal(text, "offset length pid comm\n");
	free(text);
}

static void debugfs_is_for_root_alone(void **state)
{
	static const char *const names[] = { "blocks", "allocator", "wire" };
	struct xt *xt = *state;
	char path[256], node[64];
	struct stat st;
	size_t i;

	xt_node(xt->chip, node, sizeof(node));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/extram/%s/%s",
			 strrchr(node, '/') + 1, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0400);
	}
}

/* As the kernel makes it; where udev runs, its rule gives it to a group. */
static void the_node_is_for_root_or_a_group(void **state)
{
	struct xt *xt = *state;
	struct stat st;
	char node[64];

	xt_node(xt->chip, node, sizeof(node));
	assert_int_equal(stat(node, &st), 0);
	assert_int_equal(st.st_mode & 0111, 0);
	assert_int_equal(st.st_mode & 0007, 0);
	assert_int_equal(st.st_uid, 0);
}

static void debugfs_finds_the_allocator_in_order(void **state)
{
	struct xt *xt = *state;
	char *text, line[64];
	int i;

	for (i = 0; i < 100; i++)
		xt_alloc(xt->fd, 16 * (1 + i % 7));
	for (i = 0; i < 100; i += 3) {
		uint64_t at = 1000 + 16 * i, length;

		xt_assert_ok(xt_query(xt->fd, &at, &length));
		xt_assert_ok(xt_free(xt->fd, at));
	}
	text = read_debugfs(xt->chip, "allocator");
	snprintf(line, sizeof(line), "used_blocks: %u\n", xt_get_info(xt->fd).blocks);
	assert_non_null(strstr(text, line));
	assert_non_null(strstr(text, "valid: yes\n"));
	free(text);
}

static void debugfs_counts_what_goes_over_the_wire(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 1000);
	unsigned long long before, after;
	char *text, bytes[1000] = { 1 };

	text = read_debugfs(xt->chip, "wire");
	assert_int_equal(sscanf(strstr(text, "bytes: "), "bytes: %llu", &before), 1);
	free(text);
	assert_int_equal(pwrite(xt->fd, bytes, sizeof(bytes), offset), sizeof(bytes));
	text = read_debugfs(xt->chip, "wire");
	assert_int_equal(sscanf(strstr(text, "bytes: "), "bytes: %llu", &after), 1);
	assert_non_null(strstr(text, "errors: "));
	assert_non_null(strstr(text, "retries: "));
	free(text);
	assert_int_equal(after - before, sizeof(bytes));
}

/* Every transfer is in the trace, with its place and length, and without its bytes. */
static void tracepoints_tell_places_and_no_content(void **state)
{
	static const char secret[] = "SECRETSECRETSECRET";
	struct xt *xt = *state;
	char *text = malloc(65536), got[sizeof(secret)];
	uint64_t offset;
	int err;

	assert_non_null(text);
	if (access(TRACING "/events", F_OK))
		assert_int_equal(mount("tracefs", TRACING, "tracefs", 0, NULL), 0);
	xt_alloc(xt->fd, 4096);
	offset = xt_alloc(xt->fd, 64);
	xt_assert_ok(xt_write_file(TRACING "/trace", "\n"));
	xt_assert_ok(xt_write_file(TRACING "/events/extram/enable", "1"));
	xt_write(xt->fd, secret, sizeof(secret), offset);
	xt_assert_count(sizeof(got), pread(xt->fd, got, sizeof(got), offset));
	xt_assert_ok(xt_write_file(TRACING "/events/extram/enable", "0"));
	err = xt_read_file(TRACING "/trace", text, 65536);
	xt_assert_ok(err);
	assert_int_equal(offset, 0x1000);
	assert_non_null(strstr(text, "extram_io_start"));
	assert_non_null(strstr(text, "write addr=0x1000 len=19"));
	assert_non_null(strstr(text, "read addr=0x1000 len=19"));
	assert_null(strstr(text, "SECRET"));
	assert_null(strcasestr(text, "53454352"));
	assert_null(strcasestr(text, "53 45 43 52"));
	free(text);
}

static void expect_traced(const char *text, const char *format, ...)
{
	char line[160];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!strstr(text, line))
		fail_msg("not traced: %s", line);
}

/* By whatever call it happens, closing a file among them; under the name of the node. */
static void tracepoints_see_all_that_is_taken_and_given(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t first, second, length = 128, any;
	char *text = malloc(65536), path[64];
	const char *name;
	int err;

	assert_non_null(text);
	xt_node(xt->chip, path, sizeof(path));
	name = strrchr(path, '/') + 1;
	if (access(TRACING "/events", F_OK))
		assert_int_equal(mount("tracefs", TRACING, "tracefs", 0, NULL), 0);
	xt_assert_ok(xt_write_file(TRACING "/trace", "\n"));
	xt_assert_ok(xt_write_file(TRACING "/events/extram/enable", "1"));
	first = xt_alloc(xt->fd, 64);
	second = xt_alloc(other, 48);
	any = first;
	xt_try_alloc(xt->fd, xt->base.capacity, 0, &any, NULL);
	any = first;
	xt_resize(xt->fd, EXTRAM_RESIZE_MAY_MOVE, &any, &length);
	close(other);
	xt_free(xt->fd, any);
	xt_free(xt->fd, any);
	xt_assert_ok(xt_write_file(TRACING "/events/extram/enable", "0"));
	err = xt_read_file(TRACING "/trace", text, 65536);
	xt_assert_ok(err);

	expect_traced(text, "extram_alloc: %s length=64 align=0 flags=0x0 offset=0x%llx err=0", name,
		      (unsigned long long)first);
	expect_traced(text, "extram_alloc: %s length=%llu align=0 flags=0x0 offset=0x0 err=-28",
		      name, (unsigned long long)xt->base.capacity);
	expect_traced(text, "extram_resize: %s offset=0x%llx length=64 to=0x%llx length=128", name,
		      (unsigned long long)first, (unsigned long long)any);
	expect_traced(text, "extram_free: %s offset=0x%llx err=0", name, (unsigned long long)second);
	expect_traced(text, "extram_free: %s offset=0x%llx err=0", name, (unsigned long long)any);
	expect_traced(text, "extram_free: %s offset=0x%llx err=-2", name, (unsigned long long)any);
	free(text);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(sysfs_tells_the_chip),
		XT_ALL(sysfs_tells_clocks_that_the_chip_allows),
		XT_ALL(sysfs_tells_bursts_that_chip_and_controller_allow),
		XT(sysfs_follows_what_is_allocated),
		XT(sysfs_counts_what_goes_over_the_wire),
		XT(sysfs_files_cannot_be_written),
		XT(an_open_sysfs_file_is_enodev_after_unbind),
		XT(debugfs_lists_blocks_with_their_owners),
		XT(debugfs_lists_no_block_of_an_empty_memory),
		XT(debugfs_is_for_root_alone),
		XT(the_node_is_for_root_or_a_group),
		XT(debugfs_finds_the_allocator_in_order),
		XT(debugfs_counts_what_goes_over_the_wire),
		XT(tracepoints_tell_places_and_no_content),
		XT(tracepoints_see_all_that_is_taken_and_given),
	};

	return xt_run("show", argc, argv, cases, ARRAY_SIZE(cases));
}
