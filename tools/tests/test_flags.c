// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags of ALLOC: ranges that all share, ranges at a fixed offset, and ranges that show what the
 * memory holds.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extram_test.h"

#define SHARED	EXTRAM_ALLOC_SHARED
#define FIXED	EXTRAM_ALLOC_FIXED
#define KEEP	EXTRAM_ALLOC_KEEP

static unsigned char buf[4096];

static uint64_t alloc_shared(int fd, uint64_t length)
{
	uint64_t offset = 0;

	xt_assert_ok(xt_alloc_flags(fd, SHARED, length, &offset));
	return offset;
}

/* Answers 0 or -errno, and fails the test when it is another offset. */
static int alloc_at(int fd, uint32_t flags, uint64_t at, uint64_t length)
{
	uint64_t offset = at;
	int err = xt_alloc_flags(fd, FIXED | flags, length, &offset);

	assert_int_equal(offset, at);
	return err;
}

static uint32_t block_flags(int fd, uint64_t offset)
{
	struct extram_query query = { .size = sizeof(query), .offset = offset };

	assert_int_equal(ioctl(fd, EXTRAM_IOC_QUERY, &query), 0);
	assert_int_equal(query.offset, offset);
	return query.block_flags;
}

static void another_file_reads_and_writes_a_shared_block(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = alloc_shared(xt->fd, 64);

	xt_write(xt->fd, "from one", 8, offset);
	xt_expect(other, "from one", 8, offset);
	xt_write(other, "to other", 8, offset);
	xt_expect(xt->fd, "to other", 8, offset);
	close(other);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void another_process_uses_and_frees_a_shared_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = alloc_shared(xt->fd, 64);
	char path[64];
	int status;
	pid_t child;

	xt_write(xt->fd, "parent", 6, offset);
	xt_node(xt->chip, path, sizeof(path));
	child = fork();
	if (!child) {
		int fd = open(path, O_RDWR);

		if (fd < 0 || pread(fd, buf, 6, offset) != 6 || memcmp(buf, "parent", 6))
			_exit(1);
		if (pwrite(fd, "child!", 6, offset + 10) != 6)
			_exit(2);
		_exit(xt_free(fd, offset) ? 3 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 6, offset));
	xt_assert_fails(ENOENT, xt_free(xt->fd, offset));
}

static void a_shared_block_survives_close(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = alloc_shared(xt->fd, 64);

	xt_write(xt->fd, "still here", 10, offset);
	close(xt->fd);
	xt->fd = xt_open(xt->chip, O_RDWR);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	xt_expect(xt->fd, "still here", 10, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void a_shared_block_ends_with_unbind(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = alloc_shared(xt->fd, 64);

	xt_write(xt->fd, "data", 4, offset);
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_errno(ENODEV, pread(xt->fd, buf, 4, offset));
	close(xt->fd);
	xt_assert_ok(xt_bind(xt->chip));
	xt->fd = xt_open(xt->chip, O_RDWR);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 4, offset));
}

static void query_tells_shared_blocks_from_own_ones(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t own = xt_alloc(xt->fd, 64), shared = alloc_shared(xt->fd, 64), at = 0, length;

	assert_int_equal(block_flags(xt->fd, own), 0);
	assert_int_equal(block_flags(xt->fd, shared), EXTRAM_BLOCK_SHARED);
	assert_int_equal(block_flags(other, shared), EXTRAM_BLOCK_SHARED);
	/* The other file sees the shared one alone. */
	xt_assert_ok(xt_query(other, &at, &length));
	assert_int_equal(at, shared);
	close(other);
	xt_assert_ok(xt_free(xt->fd, shared));
}

static void query_walks_own_and_shared_blocks_in_order(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR), i;
	uint64_t want[20], at = 0, length;

	for (i = 0; i < 20; i++) {
		want[i] = i % 2 ? xt_alloc(xt->fd, 32) : alloc_shared(i % 4 ? xt->fd : other, 32);
		/* Foreign blocks between them are stepped over. */
		xt_alloc(other, 16);
	}
	for (i = 0; i < 20; i++) {
		xt_assert_ok(xt_query(xt->fd, &at, &length));
		assert_int_equal(at, want[i]);
		assert_int_equal(length, 32);
		at += length;
	}
	xt_assert_fails(ENOENT, xt_query(xt->fd, &at, &length));
	close(other);
	for (i = 0; i < 20; i += 2)
		xt_assert_ok(xt_free(xt->fd, want[i]));
}

static void a_shared_block_keeps_to_the_mode_of_the_file(void **state)
{
	struct xt *xt = *state;
	int reader = xt_open(xt->chip, O_RDONLY);
	uint64_t offset = alloc_shared(xt->fd, 64);

	xt_write(xt->fd, "read only", 9, offset);
	xt_expect(reader, "read only", 9, offset);
	xt_assert_errno(EBADF, pwrite(reader, "x", 1, offset));
	close(reader);
	xt_assert_ok(xt_free(xt->fd, offset));
}

/* Who may only read changes nothing that others see, by no call; his own blocks are his. */
static void a_file_for_reading_changes_nothing_shared(void **state)
{
	struct xt *xt = *state;
	int reader = xt_open(xt->chip, O_RDONLY);
	uint64_t offset = alloc_shared(xt->fd, 64), length = 32, at = 0, own;
	struct extram_info before = xt_get_info(xt->fd), after;
	int pipefd[2];
	loff_t pos = offset;

	xt_assert_errno(EBADF, pwrite(reader, "x", 1, offset));
	assert_int_equal(pipe(pipefd), 0);
	assert_int_equal(write(pipefd[1], "x", 1), 1);
	xt_assert_errno(EBADF, splice(pipefd[0], NULL, reader, &pos, 1, 0));
	close(pipefd[0]);
	close(pipefd[1]);
	xt_assert_fails(EBADF, xt_free(reader, offset));
	at = offset;
	xt_assert_fails(EBADF, xt_resize(reader, 0, &at, &length));
	at = offset;
	length = 4096;
	xt_assert_fails(EBADF, xt_resize(reader, EXTRAM_RESIZE_MAY_MOVE, &at, &length));
	xt_assert_fails(EBADF, xt_alloc_flags(reader, SHARED, 64, &at));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect_block(reader, offset, 64);

	own = xt_alloc(reader, 64);
	length = 128;
	xt_assert_ok(xt_resize(reader, 0, &own, &length));
	xt_expect_zeros(reader, 128, own);
	xt_assert_errno(EBADF, pwrite(reader, "x", 1, own));
	xt_assert_ok(xt_free(reader, own));
	close(reader);
	xt_assert_ok(xt_free(xt->fd, offset));
}

/* Who may only write reads nothing, by no call. */
static void a_file_for_writing_reads_nothing(void **state)
{
	struct xt *xt = *state;
	int writer = xt_open(xt->chip, O_WRONLY);
	uint64_t offset = alloc_shared(writer, 64), length = 96, own = xt_alloc(writer, 64);
	int pipefd[2];
	loff_t pos = offset;

	xt_write(writer, "written", 7, offset);
	xt_assert_errno(EBADF, pread(writer, buf, 7, offset));
	assert_int_equal(pipe(pipefd), 0);
	xt_assert_errno(EBADF, splice(writer, &pos, pipefd[1], NULL, 7, 0));
	close(pipefd[0]);
	close(pipefd[1]);
	xt_expect(xt->fd, "written", 7, offset);
	xt_write(writer, "own", 3, own);
	xt_assert_errno(EBADF, pread(writer, buf, 3, own));
	/* A move reads and writes for him, and shows him nothing. */
	xt_assert_ok(xt_resize(writer, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	xt_expect(xt->fd, "written", 7, offset);
	xt_assert_ok(xt_free(writer, offset));
	close(writer);
}

static void a_shared_block_reads_as_zeros_before_it_is_written(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = xt_alloc(xt->fd, 2000);

	memset(buf, 0xa5, sizeof(buf));
	xt_write(xt->fd, buf, 2000, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
	assert_int_equal(alloc_shared(xt->fd, 2000), offset);
	xt_expect_zeros(other, 2000, offset);
	/* A gap that one file leaves is filled for all. */
	xt_write(other, "x", 1, offset + 1000);
	xt_expect_zeros(xt->fd, 1000, offset);
	xt_expect(xt->fd, "x", 1, offset + 1000);
	close(other);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void a_fixed_block_is_where_it_was_asked_for(void **state)
{
	struct xt *xt = *state;

	xt_assert_ok(alloc_at(xt->fd, 0, 4096, 64));
	xt_write(xt->fd, "there", 5, 4096);
	xt_expect(xt->fd, "there", 5, 4096);
	/* Room before and behind it is as free as before. */
	assert_int_equal(xt_alloc(xt->fd, 4096), 0);
	xt_assert_ok(alloc_at(xt->fd, 0, 4160, 16));
}

static void a_fixed_block_at_both_ends_of_the_memory(void **state)
{
	struct xt *xt = *state;

	xt_assert_ok(alloc_at(xt->fd, 0, 0, 16));
	xt_assert_ok(alloc_at(xt->fd, 0, xt->base.capacity - 16, 16));
	assert_int_equal(xt_get_info(xt->fd).largest_free, xt->base.capacity - 32);
}

static void the_whole_memory_as_a_fixed_block(void **state)
{
	struct xt *xt = *state;

	xt_assert_ok(alloc_at(xt->fd, 0, 0, xt->base.capacity));
}

static void a_taken_range_is_eexist(void **state)
{
	struct xt *xt = *state;
	struct extram_info before, after;

	xt_assert_ok(alloc_at(xt->fd, 0, 1024, 64));
	before = xt_get_info(xt->fd);
	/* The same, inside, over the start, over the end, around, and by one granule. */
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 1024, 64));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 1040, 16));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 960, 128));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 1072, 128));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 0, 8192));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 1008, 17));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_assert_ok(alloc_at(xt->fd, 0, 1008, 16));
	xt_assert_ok(alloc_at(xt->fd, 0, 1088, 16));
}

static void a_range_that_another_file_has_is_eexist(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);

	xt_alloc(other, 64);
	xt_assert_fails(EEXIST, alloc_at(xt->fd, 0, 0, 64));
	xt_assert_fails(EEXIST, alloc_at(xt->fd, SHARED, 48, 64));
	close(other);
	xt_assert_ok(alloc_at(xt->fd, 0, 0, 64));
}

static void a_misaligned_fixed_offset_is_einval(void **state)
{
	struct xt *xt = *state;
	struct extram_alloc alloc = {
		.size = sizeof(alloc), .flags = FIXED, .length = 16, .align = 256, .offset = 128,
	};
	uint64_t i;

	for (i = 1; i < XT_GRANULE; i++)
		xt_assert_fails(EINVAL, alloc_at(xt->fd, 0, 64 + i, 16));
	xt_assert_fails(EINVAL, alloc_at(xt->fd, 0, UINT64_MAX, 16));
	xt_assert_errno(EINVAL, ioctl(xt->fd, EXTRAM_IOC_ALLOC, &alloc));
	alloc.offset = 256;
	assert_int_equal(ioctl(xt->fd, EXTRAM_IOC_ALLOC, &alloc), 0);
	assert_int_equal(alloc.offset, 256);
}

static void a_fixed_block_of_no_length_is_einval(void **state)
{
	struct xt *xt = *state;

	xt_assert_fails(EINVAL, alloc_at(xt->fd, 0, 64, 0));
}

static void a_fixed_range_beyond_the_memory_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t end = xt->base.capacity;

	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, end, 16));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, end - 16, 17));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 16, end));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 1ull << 32, 16));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 1ull << 36, 16));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 1ull << 63, 16));
	/* Offset and length together run over. */
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, UINT64_MAX - 15, 16));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, UINT64_MAX - 15, 32));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 16, UINT64_MAX));
	xt_assert_fails(ENOSPC, alloc_at(xt->fd, 0, 16, UINT64_MAX - 15));
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity);
}

static void a_fixed_and_shared_block_is_found_by_all(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);

	xt_assert_ok(alloc_at(xt->fd, SHARED, 2048, 64));
	xt_write(xt->fd, "board data", 10, 2048);
	xt_expect(other, "board data", 10, 2048);
	xt_assert_ok(xt_free(other, 2048));
	close(other);
}

static void without_keep_a_fixed_block_shows_nothing_old(void **state)
{
	struct xt *xt = *state;

	xt_assert_ok(alloc_at(xt->fd, 0, 512, 64));
	xt_write(xt->fd, "secret", 6, 512);
	xt_assert_ok(xt_free(xt->fd, 512));
	xt_assert_ok(alloc_at(xt->fd, 0, 512, 64));
	xt_expect_zeros(xt->fd, 64, 512);
}

static void keep_shows_what_the_memory_holds(void **state)
{
	struct xt *xt = *state;

	xt_fill(buf, 2000, 1);
	xt_assert_ok(alloc_at(xt->fd, 0, 512, 2000));
	xt_write(xt->fd, buf, 2000, 512);
	xt_assert_ok(xt_free(xt->fd, 512));
	xt_assert_ok(alloc_at(xt->fd, KEEP, 512, 2000));
	xt_expect(xt->fd, buf, 2000, 512);
	/* A write into it changes what it covers and nothing else. */
	memcpy(buf + 1000, "new", 3);
	xt_write(xt->fd, "new", 3, 512 + 1000);
	xt_expect(xt->fd, buf, 2000, 512);
}

static void keep_finds_a_region_again_after_the_driver_was_away(void **state)
{
	struct xt *xt = *state;

	xt_fill(buf, 1000, 2);
	xt_assert_ok(alloc_at(xt->fd, SHARED, 1024, 1000));
	xt_write(xt->fd, buf, 1000, 1024);
	close(xt->fd);
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_ok(xt_bind(xt->chip));
	xt->fd = xt_open(xt->chip, O_RDWR);
	xt_assert_ok(alloc_at(xt->fd, KEEP, 1024, 1000));
	xt_expect(xt->fd, buf, 1000, 1024);
}

static void keep_without_the_capability_is_eperm(void **state)
{
	struct xt *xt = *state;
	int status;
	pid_t child = fork();

	if (!child) {
		uint64_t offset = 0;

		if (setresuid(65534, 65534, 65534))
			_exit(1);
		if (xt_alloc_flags(xt->fd, KEEP, 64, &offset) != -EPERM)
			_exit(2);
		if (xt_alloc_flags(xt->fd, KEEP | FIXED, 64, &offset) != -EPERM)
			_exit(3);
		if (xt_alloc_flags(xt->fd, KEEP | SHARED, 64, &offset) != -EPERM)
			_exit(4);
		/* All else works without. */
		if (xt_alloc_flags(xt->fd, 0, 64, &offset))
			_exit(5);
		_exit(xt_free(xt->fd, offset) ? 6 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(another_file_reads_and_writes_a_shared_block),
		XT(another_process_uses_and_frees_a_shared_block),
		XT(a_shared_block_survives_close),
		XT(a_shared_block_ends_with_unbind),
		XT(query_tells_shared_blocks_from_own_ones),
		XT(query_walks_own_and_shared_blocks_in_order),
		XT(a_shared_block_keeps_to_the_mode_of_the_file),
		XT(a_file_for_reading_changes_nothing_shared),
		XT(a_file_for_writing_reads_nothing),
		XT(a_shared_block_reads_as_zeros_before_it_is_written),
		XT(a_fixed_block_is_where_it_was_asked_for),
		XT(a_fixed_block_at_both_ends_of_the_memory),
		XT(the_whole_memory_as_a_fixed_block),
		XT(a_taken_range_is_eexist),
		XT(a_range_that_another_file_has_is_eexist),
		XT(a_misaligned_fixed_offset_is_einval),
		XT(a_fixed_block_of_no_length_is_einval),
		XT(a_fixed_range_beyond_the_memory_is_enospc),
		XT(a_fixed_and_shared_block_is_found_by_all),
		XT_ALL(without_keep_a_fixed_block_shows_nothing_old),
		XT_ALL(keep_shows_what_the_memory_holds),
		XT_ALL(keep_finds_a_region_again_after_the_driver_was_away),
		XT(keep_without_the_capability_is_eperm),
	};

	return xt_run("flags", argc, argv, cases, ARRAY_SIZE(cases));
}
