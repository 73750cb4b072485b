// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much may be allocated: the limits of a memory and of an open file, which are parameters of
 * the module, and what fdinfo tells.
 */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "extram_test.h"

#define MAX_BLOCKS	"/sys/module/extram/parameters/max_blocks"

/* Opens a file that keeps to a limit. Files that are open, or are opened later, do not. */
static int open_limited(struct xt *xt, const char *parameter, const char *limit)
{
	char old[32];
	int fd;

	xt_set_parameter(parameter, limit, old, sizeof(old));
	fd = xt_open(xt->chip, O_RDWR);
	xt_set_parameter(parameter, old, NULL, 0);
	return fd;
}

/* A number behind a key in fdinfo. */
static unsigned long file_has(int fd, const char *key)
{
	char path[64], text[1024], *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	xt_assert_ok(xt_read_file(path, text, sizeof(text)));
	at = strstr(text, key);
	if (!at)
		fail_msg("fdinfo has no %s: %s", key, text);
	return strtoul(at + strlen(key), NULL, 10);
}

static void by_default_there_is_no_limit_of_a_file(void **state)
{
	struct xt *xt = *state;

	assert_int_equal(xt->base.max_file_blocks, UINT32_MAX);
	assert_true(xt->base.max_file_bytes >= UINT32_MAX);
}

static void info_tells_the_limits_of_the_file(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_blocks", "7");

	assert_int_equal(xt_get_info(fd).max_file_blocks, 7);
	assert_int_equal(xt_get_info(xt->fd).max_file_blocks, UINT32_MAX);
	close(fd);
	fd = open_limited(xt, "max_file_bytes", "4096");
	assert_int_equal(xt_get_info(fd).max_file_bytes, 4096);
	close(fd);
}

static void more_blocks_than_a_file_may_have_is_edquot(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_blocks", "5"), i;
	struct extram_info before, after;
	uint64_t offset[5], any;

	for (i = 0; i < 5; i++)
		offset[i] = xt_alloc(fd, 16);
	before = xt_get_info(fd);
	xt_assert_fails(EDQUOT, xt_try_alloc(fd, 16, 0, &any, NULL));
	after = xt_get_info(fd);
	xt_expect_unchanged(&before, &after);
	/* Others are not concerned, and room for one is room for one. */
	xt_alloc(xt->fd, 16);
	xt_assert_ok(xt_free(fd, offset[2]));
	assert_int_equal(xt_alloc(fd, 16), offset[2]);
	xt_assert_fails(EDQUOT, xt_try_alloc(fd, 16, 0, &any, NULL));
	close(fd);
}

static void more_bytes_than_a_file_may_have_is_edquot(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_bytes", "1000");
	struct extram_info before, after;
	uint64_t first = xt_alloc(fd, 500), any;

	before = xt_get_info(fd);
	/* 512 and 496 are more than 1000; 512 and 480 are not. */
	xt_assert_fails(EDQUOT, xt_try_alloc(fd, 481, 0, &any, NULL));
	after = xt_get_info(fd);
	xt_expect_unchanged(&before, &after);
	xt_alloc(fd, 480);
	xt_assert_fails(EDQUOT, xt_try_alloc(fd, 1, 0, &any, NULL));
	xt_alloc(xt->fd, 2000);
	xt_assert_ok(xt_free(fd, first));
	xt_alloc(fd, 512);
	close(fd);
}

static void growing_over_the_limit_is_edquot(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_bytes", "1024");
	uint64_t offset = xt_alloc(fd, 512), length = 1025;

	xt_assert_fails(EDQUOT, xt_resize(fd, 0, &offset, &length));
	xt_assert_fails(EDQUOT, xt_resize(fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	length = 1024;
	xt_assert_ok(xt_resize(fd, 0, &offset, &length));
	/* What a block gives up can be used again. */
	length = 16;
	xt_assert_ok(xt_resize(fd, 0, &offset, &length));
	xt_alloc(fd, 1008);
	close(fd);
}

/* While it moves, a block is in both places, and no file may have more than its limit then either. */
static void a_move_counts_both_places(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_bytes", "1024");
	uint64_t offset = xt_alloc(fd, 512), length = 528;

	xt_alloc(xt->fd, 16);	/* in the way */
	xt_assert_fails(EDQUOT, xt_resize(fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	assert_int_equal(file_has(fd, "extram-bytes:"), 512);
	close(fd);

	fd = open_limited(xt, "max_file_bytes", "1552");
	offset = xt_alloc(fd, 512);
	xt_alloc(xt->fd, 16);
	length = 1024;
	xt_assert_ok(xt_resize(fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	assert_int_equal(file_has(fd, "extram-bytes:"), 1024);
	assert_int_equal(file_has(fd, "extram-peak:"), 512 + 1024);
	close(fd);
}

static void shared_blocks_do_not_count_for_a_file(void **state)
{
	struct xt *xt = *state;
	int fd = open_limited(xt, "max_file_blocks", "1");
	uint64_t shared[3] = { 0 }, own = xt_alloc(fd, 16), any;
	int i;

	for (i = 0; i < 3; i++)
		xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_SHARED, 16, &shared[i]));
	xt_assert_fails(EDQUOT, xt_try_alloc(fd, 16, 0, &any, NULL));
	for (i = 0; i < 3; i++)
		xt_assert_ok(xt_free(fd, shared[i]));
	xt_assert_ok(xt_free(fd, own));
	xt_alloc(fd, 16);
	close(fd);
}

static void a_request_that_never_fits_is_enospc_without_a_limit(void **state)
{
	struct xt *xt = *state;
	uint64_t any;

	xt_alloc(xt->fd, 16);
	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, UINT64_MAX, 0, &any, NULL));
	assert_int_equal(file_has(xt->fd, "extram-bytes:"), 16);
}

static void fdinfo_tells_what_the_file_has(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t a, shared = 0;

	assert_int_equal(file_has(xt->fd, "extram-ranges:"), 0);
	assert_int_equal(file_has(xt->fd, "extram-bytes:"), 0);
	a = xt_alloc(xt->fd, 100);
	xt_alloc(xt->fd, 200);
	xt_alloc(other, 300);
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 64, &shared));
	assert_int_equal(file_has(xt->fd, "extram-ranges:"), 2);
	assert_int_equal(file_has(xt->fd, "extram-bytes:"), 112 + 208);
	assert_int_equal(file_has(other, "extram-ranges:"), 1);
	xt_assert_ok(xt_free(xt->fd, a));
	assert_int_equal(file_has(xt->fd, "extram-ranges:"), 1);
	assert_int_equal(file_has(xt->fd, "extram-bytes:"), 208);
	assert_int_equal(file_has(xt->fd, "extram-peak:"), 112 + 208);
	xt_assert_ok(xt_free(xt->fd, shared));
	close(other);
}

/* Binds the chip again with another limit, and opens it. */
static void with_limit(struct xt *xt, const char *limit)
{
	close(xt->fd);
	xt->fd = -1;
	xt_assert_ok(xt_write_file(MAX_BLOCKS, limit));
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_ok(xt_bind(xt->chip));
	xt->fd = xt_open(xt->chip, O_RDWR);
}

/*
 * 65536 blocks want book-keeping memory that grows several times. Where the allocator looks at all
 * of them after each call, few of these have to do.
 */
static void as_many_blocks_as_the_limit_says(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, end;
	uint32_t i, most;
	char old[32] = "";

	if (getenv("EXTRAM_VALIDATES")) {
		xt_assert_ok(xt_read_file(MAX_BLOCKS, old, sizeof(old)));
		with_limit(xt, "1024");
		xt_assert_ok(xt_write_file(MAX_BLOCKS, old));
	}
	most = xt_get_info(xt->fd).max_blocks;
	for (i = 0; i < most; i++)
		assert_int_equal(xt_alloc(xt->fd, 1), (uint64_t)i * XT_GRANULE);
	assert_int_equal(xt_get_info(xt->fd).blocks, most);
	xt_assert_fails(EDQUOT, xt_try_alloc(xt->fd, 1, 0, &offset, NULL));
	/* Holes between all blocks: the most book-keeping there can be. */
	for (i = 0; i < most; i += 2)
		xt_assert_ok(xt_free(xt->fd, (uint64_t)i * XT_GRANULE));
	end = (uint64_t)most * XT_GRANULE;
	for (i = 0; i < most / 2; i++, end += 2 * XT_GRANULE)
		assert_int_equal(xt_alloc(xt->fd, 17), end);
	xt_assert_fails(EDQUOT, xt_try_alloc(xt->fd, 1, 0, &offset, NULL));
	if (*old)
		with_limit(xt, old);
}

static void more_blocks_than_the_limit_is_edquot_and_recovers(void **state)
{
	struct xt *xt = *state;
	struct extram_info info;
	uint64_t offset;
	char old[32];
	int i;

	xt_assert_ok(xt_read_file(MAX_BLOCKS, old, sizeof(old)));
	with_limit(xt, "100");
	/* Any assertion may end the test from here; the parameter is for memories to come. */
	xt_assert_ok(xt_write_file(MAX_BLOCKS, old));
	assert_int_equal(xt_get_info(xt->fd).max_blocks, 100);
	for (i = 0; i < 100; i++)
		xt_alloc(xt->fd, 16);
	xt_assert_fails(EDQUOT, xt_try_alloc(xt->fd, 16, 0, &offset, NULL));
	info = xt_get_info(xt->fd);
	assert_int_equal(info.blocks, 100);
	assert_int_equal(info.free_bytes, info.capacity - 1600);

	xt_assert_ok(xt_free(xt->fd, 16 * 40));
	assert_int_equal(xt_alloc(xt->fd, 16), 16 * 40);
	xt_assert_fails(EDQUOT, xt_try_alloc(xt->fd, 16, 0, &offset, NULL));
	with_limit(xt, old);
	assert_int_equal(xt_get_info(xt->fd).max_blocks, xt->base.max_blocks);
}

static void the_limit_counts_the_blocks_of_all_files(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;
	char old[32];
	int i, other;

	xt_assert_ok(xt_read_file(MAX_BLOCKS, old, sizeof(old)));
	with_limit(xt, "10");
	xt_assert_ok(xt_write_file(MAX_BLOCKS, old));
	other = xt_open(xt->chip, O_RDWR);
	for (i = 0; i < 10; i++)
		xt_alloc(i % 2 ? xt->fd : other, 16);
	xt_assert_fails(EDQUOT, xt_try_alloc(xt->fd, 16, 0, &offset, NULL));
	xt_assert_fails(EDQUOT, xt_try_alloc(other, 16, 0, &offset, NULL));
	close(other);
	xt_assert_ok(xt_try_alloc(xt->fd, 16, 0, &offset, NULL));
	with_limit(xt, old);
}

/* The memory appears again under a limit of what is shared; the parameter is as before then. */
static void with_shared_limit(struct xt *xt, const char *parameter, const char *limit)
{
	char old[32];

	close(xt->fd);
	xt->fd = -1;
	xt_set_parameter(parameter, limit, old, sizeof(old));
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_ok(xt_bind(xt->chip));
	xt_set_parameter(parameter, old, NULL, 0);
	xt->fd = xt_open(xt->chip, O_RDWR);
}

static void no_more_shared_blocks_than_their_limit(void **state)
{
	struct xt *xt = *state;
	uint64_t offset[4] = { 0 };
	int other, i;

	with_shared_limit(xt, "max_shared_blocks", "3");
	other = xt_open(xt->chip, O_RDWR);
	for (i = 0; i < 3; i++)
		xt_assert_ok(xt_alloc_flags(i % 2 ? xt->fd : other, EXTRAM_ALLOC_SHARED, 16,
					    &offset[i]));
	xt_assert_fails(EDQUOT, xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 16, &offset[3]));
	xt_assert_fails(EDQUOT, xt_alloc_flags(other, EXTRAM_ALLOC_SHARED, 16, &offset[3]));
	xt_alloc(other, 16);
	/* They outlive the file, and still count. */
	close(other);
	xt_assert_fails(EDQUOT, xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 16, &offset[3]));
	xt_assert_ok(xt_free(xt->fd, offset[1]));
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 16, &offset[1]));
	with_shared_limit(xt, "max_shared_blocks", "4294967295");
}

static void no_more_shared_bytes_than_their_limit(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = 0, length = 4096, any = 0;

	with_shared_limit(xt, "max_shared_bytes", "4096");
	xt_assert_fails(EDQUOT, xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 4097, &any));
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 4080, &offset));
	xt_assert_fails(EDQUOT, xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 17, &any));
	xt_assert_ok(xt_resize(xt->fd, 0, &offset, &length));
	length = 4097;
	xt_assert_fails(EDQUOT, xt_resize(xt->fd, 0, &offset, &length));
	xt_alloc(xt->fd, 16384);
	with_shared_limit(xt, "max_shared_bytes", "18446744073709551615");
}

/* For one memory, the device tree has the last word. */
static void the_device_tree_limits_one_memory(void **state)
{
	const struct xt_chip *limited = NULL;
	uint64_t offset[4] = { 0 };
	struct extram_info info;
	char path[PATH_MAX];
	char old[32];
	int fd, i;

	(void)state;
	/* The overlay extram-sim-limits has it for one of them. */
	for (i = 0; i < (int)xt_num_chips && !limited; i++) {
		snprintf(path, sizeof(path), "/sys/bus/spi/devices/%s/of_node/extram,max-blocks",
			 xt_spi_name(&xt_chips[i]));
		if (!access(path, F_OK))
			limited = &xt_chips[i];
	}
	assert_non_null(limited);
	xt_set_parameter("max_file_blocks", "1", old, sizeof(old));
	fd = xt_open(limited, O_RDWR);
	xt_set_parameter("max_file_blocks", old, NULL, 0);
	info = xt_get_info(fd);
	assert_int_equal(info.max_blocks, 1000);
	assert_int_equal(info.max_file_blocks, 900);
	assert_int_equal(info.max_file_bytes, 65536);
	xt_alloc(fd, 16);
	xt_alloc(fd, 16);
	for (i = 0; i < 3; i++)
		xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_SHARED, 16, &offset[i]));
	xt_assert_fails(EDQUOT, xt_alloc_flags(fd, EXTRAM_ALLOC_SHARED, 16, &offset[3]));
	xt_assert_ok(xt_free(fd, offset[0]));
	xt_assert_fails(EDQUOT, xt_alloc_flags(fd, EXTRAM_ALLOC_SHARED, 4080, &offset[0]));
	for (i = 1; i < 3; i++)
		xt_assert_ok(xt_free(fd, offset[i]));
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_PSRAM(as_many_blocks_as_the_limit_says),
		XT(more_blocks_than_the_limit_is_edquot_and_recovers),
		XT(the_limit_counts_the_blocks_of_all_files),
		XT(by_default_there_is_no_limit_of_a_file),
		XT(info_tells_the_limits_of_the_file),
		XT(more_blocks_than_a_file_may_have_is_edquot),
		XT(more_bytes_than_a_file_may_have_is_edquot),
		XT(growing_over_the_limit_is_edquot),
		XT(a_move_counts_both_places),
		XT(shared_blocks_do_not_count_for_a_file),
		XT(a_request_that_never_fits_is_enospc_without_a_limit),
		XT(fdinfo_tells_what_the_file_has),
		XT(no_more_shared_blocks_than_their_limit),
		XT(no_more_shared_bytes_than_their_limit),
		XT_SIM(the_device_tree_limits_one_memory),
	};

	return xt_run("limits", argc, argv, cases, ARRAY_SIZE(cases));
}
