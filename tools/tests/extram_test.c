// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixture around every test, and calls of the driver that judge the answer.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "extram_test.h"
#include "machine.h"

/* Seconds for one test, on an emulated machine, and on one that looks at every access besides. */
#define XT_TIMEOUT		180
#define XT_SANITIZED_TIMEOUT	900
#define XT_SLOW		3	/* seconds after which a test is worth a remark */

static const struct xt_chip simulated[] = {
	{ "23lc1024", "spi-0", 128 * 1024, false },
	{ "aps6404l", "spi-0", 8 * 1024 * 1024, false },
	{ "mb85rs1mt", "spi-0", 128 * 1024, true },
	{ "23k256", "spi-0", 32 * 1024, false },
	{ "23lc512", "spi-2", 64 * 1024, false },
	{ "aps6404l", "spi-2", 8 * 1024 * 1024, false },
	{ "mb85rs64v", "spi-2", 8 * 1024, true },
	{ "serial-ram", "spi-3", 32 * 1024, true, "7" },
};

/* Those of a board are behind its own controller, whose node xt_use_board() fills in. */
static struct xt_chip on_board[] = {
	{ "fm25w256", NULL, 32 * 1024, true, "0" },
	{ "serial-ram", NULL, 64 * 1024, true, "1" },
};

const struct xt_chip *xt_chips = simulated;
size_t xt_num_chips = ARRAY_SIZE(simulated);
const struct xt_chip *xt_sram = &simulated[0];
const struct xt_chip *xt_psram = &simulated[1];

static void xt_use_board(const char *bus)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(on_board); i++)
		on_board[i].bus = bus;
	xt_chips = on_board;
	xt_num_chips = ARRAY_SIZE(on_board);
	xt_sram = &on_board[0];
	xt_psram = &on_board[1];
}

bool xt_has_small_messages(const struct xt_chip *chip)
{
	return !strcmp(chip->bus, "spi-2");
}

int xt_info(int fd, struct extram_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(fd, EXTRAM_IOC_INFO, info) ? -errno : 0;
}

struct extram_info xt_get_info(int fd)
{
	struct extram_info info;

	xt_assert_ok(xt_info(fd, &info));
	return info;
}

int xt_try_alloc(int fd, uint64_t length, uint64_t align, uint64_t *offset, uint64_t *given)
{
	struct extram_alloc alloc = {
		.size = sizeof(alloc),
		.length = length,
		.align = align,
	};

	if (ioctl(fd, EXTRAM_IOC_ALLOC, &alloc))
		return -errno;
	*offset = alloc.offset;
	if (given)
		*given = alloc.length;
	return 0;
}

uint64_t xt_alloc(int fd, uint64_t length)
{
	uint64_t offset = 0;

	xt_assert_ok(xt_try_alloc(fd, length, 0, &offset, NULL));
	return offset;
}

int xt_free(int fd, uint64_t offset)
{
	struct extram_free args = { .size = sizeof(args), .offset = offset };

	return ioctl(fd, EXTRAM_IOC_FREE, &args) ? -errno : 0;
}

int xt_alloc_flags(int fd, uint32_t flags, uint64_t length, uint64_t *offset)
{
	struct extram_alloc alloc = {
		.size = sizeof(alloc),
		.flags = flags,
		.length = length,
		.offset = *offset,
	};

	if (ioctl(fd, EXTRAM_IOC_ALLOC, &alloc))
		return -errno;
	*offset = alloc.offset;
	return 0;
}

int xt_resize(int fd, uint32_t flags, uint64_t *offset, uint64_t *length)
{
	struct extram_resize resize = {
		.size = sizeof(resize),
		.flags = flags,
		.offset = *offset,
		.length = *length,
	};

	if (ioctl(fd, EXTRAM_IOC_RESIZE, &resize))
		return -errno;
	*offset = resize.offset;
	*length = resize.length;
	return 0;
}

int xt_query(int fd, uint64_t *offset, uint64_t *length)
{
	struct extram_query query = { .size = sizeof(query), .offset = *offset };

	if (ioctl(fd, EXTRAM_IOC_QUERY, &query))
		return -errno;
	*offset = query.offset;
	*length = query.length;
	return 0;
}

int xt_resize_at(int fd, uint32_t flags, uint64_t at, uint64_t length)
{
	uint64_t offset = at, given = length;
	int err = xt_resize(fd, flags, &offset, &given);

	assert_int_equal(given, err ? length : (length + XT_GRANULE - 1) / XT_GRANULE * XT_GRANULE);
	assert_int_equal(offset, at);
	return err;
}

void xt_expect_block(int fd, uint64_t offset, uint64_t length)
{
	uint64_t at = offset, got;

	xt_assert_ok(xt_query(fd, &at, &got));
	assert_int_equal(at, offset);
	assert_int_equal(got, length);
}

int xt_open(const struct xt_chip *chip, int flags)
{
	char path[64];
	int fd;

	xt_node(chip, path, sizeof(path));
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

void xt_fill(void *buf, size_t len, uint32_t salt)
{
	unsigned char *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		uint32_t x = (uint32_t)i * 0x9e3779b1u ^ salt * 0x85ebca77u;

		x ^= x >> 15;
		x *= 0x2c1b3c6du;
		bytes[i] = x >> 24;
	}
}

void xt_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	ssize_t ret = pwrite(fd, buf, len, offset);

	if (ret != (ssize_t)len)
		fail_msg("pwrite of %zu bytes at %#llx: %zd, %s", len, (unsigned long long)offset,
			 ret, ret < 0 ? strerror(errno) : "no error");
}

/* Reads into memory that holds the opposite of what is wanted, so that bytes left out show. */
void xt_expect(int fd, const void *want, size_t len, uint64_t offset)
{
	const unsigned char *w = want;
	unsigned char *got = malloc(len);
	ssize_t ret;
	size_t i;

	assert_non_null(got);
	for (i = 0; i < len; i++)
		got[i] = ~w[i];
	ret = pread(fd, got, len, offset);
	for (i = 0; ret == (ssize_t)len && i < len && got[i] == w[i]; i++)
		;
	if (ret != (ssize_t)len) {
		free(got);
		fail_msg("pread of %zu bytes at %#llx: %zd, %s", len, (unsigned long long)offset,
			 ret, ret < 0 ? strerror(errno) : "no error");
	}
	if (i < len) {
		unsigned char bad = got[i];

		free(got);
		fail_msg("%zu bytes at %#llx: byte %zu reads %02x, wanted %02x", len,
			 (unsigned long long)offset, i, bad, w[i]);
	}
	free(got);
}

void xt_expect_zeros(int fd, size_t len, uint64_t offset)
{
	void *zeros = calloc(1, len);

	assert_non_null(zeros);
	xt_expect(fd, zeros, len, offset);
	free(zeros);
}

void xt_expect_unchanged(const struct extram_info *a, const struct extram_info *b)
{
	assert_int_equal(a->free_bytes, b->free_bytes);
	assert_int_equal(a->largest_free, b->largest_free);
	assert_int_equal(a->blocks, b->blocks);
}

uint64_t xt_seed(void)
{
	const char *text = getenv("EXTRAM_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = text ? strtoull(text, NULL, 0) : (uint64_t)now.tv_sec * 1000000007u + now.tv_nsec;
	printf("# EXTRAM_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

uint32_t xt_random(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (x ^ x >> 31) >> 32;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Shared blocks outlive a test that failed before it freed them. */
static void free_shared_blocks(int fd)
{
	uint64_t offset = 0, length = 0;

	while (!xt_query(fd, &offset, &length)) {
		xt_free(fd, offset);
		offset += length;
	}
}

/* Opens the chip and makes sure that nothing is left over in it, nor on its bus. */
static int xt_setup(void **state)
{
	struct xt *xt = calloc(1, sizeof(*xt));

	assert_non_null(xt);
	xt->start = now();
	alarm(getenv("EXTRAM_VALIDATES") ? XT_SANITIZED_TIMEOUT : XT_TIMEOUT);
	xt->chip = *state;
	xt_heal_bus(xt->chip);
	xt->fd = xt_open(xt->chip, O_RDWR);
	xt->base = xt_get_info(xt->fd);
	assert_string_equal((char *)xt->base.chip, xt->chip->name);
	assert_int_equal(xt->base.blocks, 0);
	assert_int_equal(xt->base.free_bytes, xt->base.capacity);
	/* What the chips saw before is no fault of this test; the last of the group counts it. */
	xt_new_violations();
	*state = xt;
	return 0;
}

/* Nothing may be left allocated when the test's files are closed. */
static int xt_teardown(void **state)
{
	struct xt *xt = *state;
	struct extram_info info;
	time_t took = now() - xt->start;

	if (xt->fd >= 0)
		close(xt->fd);
	xt->fd = xt_open(xt->chip, O_RDWR);
	info = xt_get_info(xt->fd);
	free_shared_blocks(xt->fd);
	close(xt->fd);
	assert_int_equal(info.blocks, 0);
	assert_int_equal(info.free_bytes, info.capacity);
	assert_int_equal(info.largest_free, info.capacity);
	assert_true(xt_allocator_is_valid(xt->chip));
	free(xt);
	alarm(0);
	if (took >= XT_SLOW)
		printf("# took %ld s\n", (long)took);
	return xt_new_violations() ? -1 : 0;
}

static void no_chip_saw_a_protocol_violation(void **state)
{
	(void)state;
	assert_int_equal(xt_all_violations(), 0);
}

static bool runs_on(const struct xt_case *test, const struct xt_chip *chip)
{
	if (test->simulator && !xt_has_simulator())
		return false;
	return test->on == XT_ON_ALL || (test->on == XT_ON_SRAM && chip == xt_sram) ||
	       (test->on == XT_ON_PSRAM && chip == xt_psram);
}

int xt_run(const char *group, int argc, char **argv, const struct xt_case *cases, size_t ncases)
{
	struct CMUnitTest *tests, *test;
	size_t c, i;

	if (!xt_has_simulator())
		xt_use_board(getenv("EXTRAM_BOARD_BUS"));
	tests = calloc(ncases * xt_num_chips + 1, sizeof(*tests));
	test = tests;
	if (!tests)
		return EXIT_FAILURE;
	for (c = 0; c < xt_num_chips; c++) {
		const struct xt_chip *chip = &xt_chips[c];

		for (i = 0; i < ncases; i++) {
			char *name;

			if (!runs_on(&cases[i], chip))
				continue;
			if (asprintf(&name, "%s/%s %s", chip->bus, chip->name, cases[i].name) < 0)
				return EXIT_FAILURE;
			test->name = name;
			test->test_func = cases[i].run;
			test->setup_func = xt_setup;
			test->teardown_func = xt_teardown;
			test->initial_state = (void *)chip;
			test++;
		}
	}
	if (xt_has_simulator()) {
		test->name = "no_chip_saw_a_protocol_violation";
		test->test_func = no_chip_saw_a_protocol_violation;
		test++;
	}

	xt_mount_debugfs();
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests(group, tests, test - tests, NULL, NULL) ? EXIT_FAILURE :
										 EXIT_SUCCESS;
}
