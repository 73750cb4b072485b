// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node as a file: where a transfer may start and where it ends, and the file position.
 */
#include <fcntl.h>
#include <unistd.h>

#include "extram_test.h"

static unsigned char buf[16384];

/* A value that the compiler must not know, or it warns of what the test is about. */
static __attribute__((noipa)) void *from_afar(uintptr_t value)
{
	return (void *)value;
}

static void reading_where_nothing_is_allocated_is_enxio(void **state)
{
	struct xt *xt = *state;

	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, 0));
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 4096, 5000));
}

static void writing_where_nothing_is_allocated_is_enxio(void **state)
{
	struct xt *xt = *state;

	xt_assert_errno(ENXIO, pwrite(xt->fd, buf, 1, 0));
	xt_assert_errno(ENXIO, pwrite(xt->fd, buf, 4096, 5000));
}

static void offsets_outside_of_the_memory_are_enxio(void **state)
{
	struct xt *xt = *state;
	const off_t at[] = { xt->base.capacity, xt->base.capacity + 1, 1ll << 32, 1ll << 36,
			     1ll << 62, INT64_MAX - 16 };
	size_t i;

	xt_alloc(xt->fd, xt->base.capacity);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, at[i]));
		xt_assert_errno(ENXIO, pwrite(xt->fd, buf, 1, at[i]));
	}
}

static void negative_offsets_are_einval(void **state)
{
	struct xt *xt = *state;

	xt_alloc(xt->fd, 64);
	xt_assert_errno(EINVAL, pread(xt->fd, buf, 1, -1));
	xt_assert_errno(EINVAL, pwrite(xt->fd, buf, 1, INT64_MIN));
}

static void the_byte_behind_a_block_is_enxio(void **state)
{
	struct xt *xt = *state;
	uint64_t end = xt_alloc(xt->fd, 64) + 64;

	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, end));
	xt_assert_errno(ENXIO, pwrite(xt->fd, buf, 1, end));
}

static void a_freed_range_is_enxio(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	xt_write(xt->fd, buf, 64, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 64, offset));
	xt_assert_errno(ENXIO, pwrite(xt->fd, buf, 64, offset));
}

static void the_rounded_part_of_a_block_belongs_to_it(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 17);

	xt_assert_count(32, pwrite(xt->fd, buf, 32, offset));
	xt_assert_count(32, pread(xt->fd, buf, 32, offset));
}

static void a_read_is_cut_at_the_end_of_its_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 96);

	xt_assert_count(96, pread(xt->fd, buf, sizeof(buf), offset));
	xt_assert_count(1, pread(xt->fd, buf, sizeof(buf), offset + 95));
}

static void a_write_is_cut_at_the_end_of_its_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 96);

	xt_fill(buf, sizeof(buf), 1);
	xt_assert_count(96, pwrite(xt->fd, buf, sizeof(buf), offset));
	xt_expect(xt->fd, buf, 96, offset);
	xt_assert_count(1, pwrite(xt->fd, buf, sizeof(buf), offset + 95));
}

static void a_transfer_does_not_run_into_the_next_block_of_the_same_file(void **state)
{
	struct xt *xt = *state;
	uint64_t first = xt_alloc(xt->fd, 64), second = xt_alloc(xt->fd, 64);
	unsigned char mine[64];

	assert_int_equal(second, first + 64);
	xt_fill(mine, sizeof(mine), 2);
	xt_write(xt->fd, mine, sizeof(mine), second);
	xt_fill(buf, sizeof(buf), 3);
	xt_assert_count(64, pwrite(xt->fd, buf, 128, first));
	xt_assert_count(14, pwrite(xt->fd, buf + 50, 78, first + 50));
	xt_assert_count(64, pread(xt->fd, buf, 128, first));
	xt_expect(xt->fd, mine, sizeof(mine), second);
}

static void a_long_transfer_is_cut_at_the_end_of_its_block(void **state)
{
	struct xt *xt = *state;
	size_t length = xt->base.capacity > sizeof(buf) ? 3 * 4096 + 16 : xt->base.capacity - 16;
	uint64_t offset = xt_alloc(xt->fd, length);

	xt_fill(buf, sizeof(buf), 4);
	xt_assert_count(length, pwrite(xt->fd, buf, sizeof(buf), offset));
	xt_expect(xt->fd, buf, length, offset);
	xt_assert_count(length - 5, pread(xt->fd, buf, sizeof(buf), offset + 5));
}

static void zero_bytes_are_zero(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	xt_write(xt->fd, "0123456789", 10, offset);
	xt_assert_count(0, pread(xt->fd, buf, 0, offset));
	xt_assert_count(0, pwrite(xt->fd, buf, 0, offset));
	xt_assert_count(0, pread(xt->fd, NULL, 0, offset + 5));
	xt_assert_count(0, pwrite(xt->fd, NULL, 0, offset + 5));
	xt_expect(xt->fd, "0123456789", 10, offset);
}

static void a_new_file_is_at_position_zero(void **state)
{
	struct xt *xt = *state;

	xt_assert_count(0, lseek(xt->fd, 0, SEEK_CUR));
}

static void lseek_from_the_start(void **state)
{
	struct xt *xt = *state;

	xt_assert_count(12345, lseek(xt->fd, 12345, SEEK_SET));
	xt_assert_count(12345, lseek(xt->fd, 0, SEEK_CUR));
	xt_assert_count(0, lseek(xt->fd, 0, SEEK_SET));
	xt_assert_count(xt->base.capacity, lseek(xt->fd, xt->base.capacity, SEEK_SET));
}

static void lseek_from_the_position(void **state)
{
	struct xt *xt = *state;

	xt_assert_count(100, lseek(xt->fd, 100, SEEK_CUR));
	xt_assert_count(90, lseek(xt->fd, -10, SEEK_CUR));
	xt_assert_errno(EINVAL, lseek(xt->fd, -91, SEEK_CUR));
	xt_assert_count(90, lseek(xt->fd, 0, SEEK_CUR));
}

static void lseek_from_the_end_counts_from_the_capacity(void **state)
{
	struct xt *xt = *state;

	xt_assert_count(xt->base.capacity, lseek(xt->fd, 0, SEEK_END));
	xt_assert_count(xt->base.capacity - 16, lseek(xt->fd, -16, SEEK_END));
	xt_assert_errno(EINVAL, lseek(xt->fd, -(off_t)xt->base.capacity - 1, SEEK_END));
}

static void lseek_out_of_the_memory_is_einval(void **state)
{
	struct xt *xt = *state;

	xt_assert_errno(EINVAL, lseek(xt->fd, xt->base.capacity + 1, SEEK_SET));
	xt_assert_errno(EINVAL, lseek(xt->fd, 1, SEEK_END));
	xt_assert_errno(EINVAL, lseek(xt->fd, -1, SEEK_SET));
	xt_assert_errno(EINVAL, lseek(xt->fd, INT64_MAX, SEEK_SET));
	xt_assert_errno(EINVAL, lseek(xt->fd, 0, 77));
}

static void read_and_write_move_the_position(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	xt_alloc(xt->fd, 64);
	offset = xt_alloc(xt->fd, 64);
	xt_assert_count(offset, lseek(xt->fd, offset, SEEK_SET));
	xt_assert_count(10, write(xt->fd, "abcdefghij", 10));
	xt_assert_count(offset + 10, lseek(xt->fd, 0, SEEK_CUR));
	xt_assert_count(3, write(xt->fd, "klm", 3));
	xt_assert_count(offset, lseek(xt->fd, offset, SEEK_SET));
	xt_assert_count(5, read(xt->fd, buf, 5));
	assert_memory_equal(buf, "abcde", 5);
	xt_assert_count(8, read(xt->fd, buf, 8));
	assert_memory_equal(buf, "fghijklm", 8);
	xt_assert_count(offset + 13, lseek(xt->fd, 0, SEEK_CUR));
}

static void a_short_transfer_moves_the_position_by_its_count(void **state)
{
	struct xt *xt = *state;

	xt_alloc(xt->fd, 64);
	xt_assert_count(60, lseek(xt->fd, 60, SEEK_SET));
	xt_assert_count(4, read(xt->fd, buf, 100));
	xt_assert_count(64, lseek(xt->fd, 0, SEEK_CUR));
}

static void a_failed_transfer_does_not_move_the_position(void **state)
{
	struct xt *xt = *state;

	xt_alloc(xt->fd, 64);
	xt_assert_count(64, lseek(xt->fd, 64, SEEK_SET));
	xt_assert_errno(ENXIO, read(xt->fd, buf, 1));
	xt_assert_errno(ENXIO, write(xt->fd, buf, 1));
	xt_assert_count(64, lseek(xt->fd, 0, SEEK_CUR));
}

static void pread_and_pwrite_do_not_move_the_position(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	lseek(xt->fd, 33, SEEK_SET);
	xt_assert_count(64, pwrite(xt->fd, buf, 64, offset));
	xt_assert_count(64, pread(xt->fd, buf, 64, offset));
	xt_assert_count(33, lseek(xt->fd, 0, SEEK_CUR));
}

/* The kernel takes no more than 2 GiB at a time, and the block is shorter still. */
static void a_transfer_of_4_gib_is_cut_at_the_end_of_its_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	xt_assert_count(64, pread(xt->fd, buf, (size_t)from_afar(UINT32_MAX), offset));
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(reading_where_nothing_is_allocated_is_enxio),
		XT(writing_where_nothing_is_allocated_is_enxio),
		XT(offsets_outside_of_the_memory_are_enxio),
		XT(negative_offsets_are_einval),
		XT(the_byte_behind_a_block_is_enxio),
		XT(a_freed_range_is_enxio),
		XT(the_rounded_part_of_a_block_belongs_to_it),
		XT(a_read_is_cut_at_the_end_of_its_block),
		XT(a_write_is_cut_at_the_end_of_its_block),
		XT(a_transfer_does_not_run_into_the_next_block_of_the_same_file),
		XT_ALL(a_long_transfer_is_cut_at_the_end_of_its_block),
		XT(zero_bytes_are_zero),
		XT(a_new_file_is_at_position_zero),
		XT(lseek_from_the_start),
		XT(lseek_from_the_position),
		XT_ALL(lseek_from_the_end_counts_from_the_capacity),
		XT(lseek_out_of_the_memory_is_einval),
		XT(read_and_write_move_the_position),
		XT(a_short_transfer_moves_the_position_by_its_count),
		XT(a_failed_transfer_does_not_move_the_position),
		XT(pread_and_pwrite_do_not_move_the_position),
		XT(a_transfer_of_4_gib_is_cut_at_the_end_of_its_block),
	};

	return xt_run("file", argc, argv, cases, ARRAY_SIZE(cases));
}
