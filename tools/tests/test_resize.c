// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that become longer or shorter, where they are or by a move, with what they hold.
 */
#include <fcntl.h>
#include <unistd.h>

#include "extram_test.h"

#define MOVE	EXTRAM_RESIZE_MAY_MOVE

static unsigned char buf[8192];

/* A block of @length bytes, all written. */
static uint64_t filled(int fd, size_t length)
{
	uint64_t offset = xt_alloc(fd, length);

	xt_fill(buf, length, 1);
	xt_write(fd, buf, length, offset);
	return offset;
}

/* Memory that would show when zeros are forgotten. */
static void soil(struct xt *xt, size_t length)
{
	uint64_t offset = xt_alloc(xt->fd, length);

	memset(buf, 0xa5, length);
	xt_write(xt->fd, buf, length, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void growing_in_place_keeps_the_content(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	soil(xt, 4000);
	offset = filled(xt->fd, 992);
	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 2000));
	xt_expect_block(xt->fd, offset, 2000);
	xt_expect(xt->fd, buf, 992, offset);
	xt_expect_zeros(xt->fd, 2000 - 992, offset + 992);
	xt_write(xt->fd, "end", 3, offset + 1997);
	xt_expect(xt->fd, "end", 3, offset + 1997);
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity - 2000);
}

static void shrinking_keeps_what_fits(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 2000);

	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 100));
	xt_expect_block(xt->fd, offset, 112);
	xt_expect(xt->fd, buf, 112, offset);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, offset + 112));
	xt_assert_count(112, pread(xt->fd, buf, 2000, offset));
	assert_int_equal(xt_alloc(xt->fd, 16), offset + 112);
}

static void regrown_bytes_read_as_zeros(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 2000);

	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 512));
	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 2000));
	xt_expect(xt->fd, buf, 512, offset);
	xt_expect_zeros(xt->fd, 2000 - 512, offset + 512);
}

static void the_same_length_changes_nothing(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 160), length;
	struct extram_info before = xt_get_info(xt->fd), after;

	for (length = 145; length <= 160; length++)
		xt_assert_ok(xt_resize_at(xt->fd, MOVE, offset, length));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect(xt->fd, buf, 160, offset);
}

static void growing_into_a_neighbour_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 512), next = xt_alloc(xt->fd, 16);
	struct extram_info before = xt_get_info(xt->fd), after;

	xt_assert_fails(ENOSPC, xt_resize_at(xt->fd, 0, offset, 513));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect_block(xt->fd, offset, 512);
	xt_expect(xt->fd, buf, 512, offset);
	/* With room behind, though not enough. */
	xt_assert_ok(xt_free(xt->fd, next));
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_FIXED, 16, &(uint64_t){ 528 }));
	xt_assert_fails(ENOSPC, xt_resize_at(xt->fd, 0, offset, 529));
	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 528));
}

static void growing_with_a_move_takes_the_content_along(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length = 3000, old;

	soil(xt, 4096);
	old = filled(xt->fd, 2000);
	offset = old;
	xt_alloc(xt->fd, 16);	/* in the way */
	xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &length));
	assert_int_equal(offset, 2016);
	assert_int_equal(length, 3008);
	xt_expect(xt->fd, buf, 2000, offset);
	xt_expect_zeros(xt->fd, 1008, offset + 2000);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, old));
	xt_assert_fails(ENOENT, xt_free(xt->fd, old));
	assert_int_equal(xt_get_info(xt->fd).blocks, 2);
	assert_int_equal(xt_alloc(xt->fd, 2000), old);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void what_fits_in_place_does_not_move(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, hole = xt_alloc(xt->fd, 4096);

	offset = filled(xt->fd, 512);
	xt_assert_ok(xt_free(xt->fd, hole));
	xt_assert_ok(xt_resize_at(xt->fd, MOVE, offset, 1024));
	xt_assert_ok(xt_resize_at(xt->fd, MOVE, offset, 16));
	xt_expect(xt->fd, buf, 16, offset);
}

static void a_move_keeps_the_alignment(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length = 600;

	xt_alloc(xt->fd, 16);
	xt_assert_ok(xt_try_alloc(xt->fd, 512, 1024, &offset, NULL));
	assert_int_equal(offset, 1024);
	xt_alloc(xt->fd, 1008);				/* in front */
	assert_int_equal(xt_alloc(xt->fd, 16), 1536);	/* in the way */
	xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &length));
	assert_int_equal(offset, 2048);
}

static void no_room_to_move_to_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t half = xt->base.capacity / 2, offset = filled(xt->fd, 4096);
	struct extram_info before, after;

	xt_alloc(xt->fd, half);
	before = xt_get_info(xt->fd);
	xt_assert_fails(ENOSPC, xt_resize_at(xt->fd, MOVE, offset, half));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect(xt->fd, buf, 4096, offset);
}

static void lengths_above_the_capacity_are_enospc(void **state)
{
	struct xt *xt = *state;
	const uint64_t big[] = {
		xt->base.capacity + 1, 1ull << 32, (1ull << 32) + 16, 1ull << 36, 1ull << 63,
		UINT64_MAX - 15, UINT64_MAX - 14, UINT64_MAX,
	};
	uint64_t offset = filled(xt->fd, 64);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(big); i++) {
		uint64_t at = offset, length = big[i];

		xt_assert_fails(ENOSPC, xt_resize(xt->fd, 0, &at, &length));
		xt_assert_fails(ENOSPC, xt_resize(xt->fd, MOVE, &at, &length));
	}
	xt_expect_block(xt->fd, offset, 64);
	xt_assert_ok(xt_resize_at(xt->fd, 0, offset, xt->base.capacity));
}

static void zero_length_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(EINVAL, xt_resize_at(xt->fd, 0, offset, 0));
	xt_assert_fails(EINVAL, xt_resize_at(xt->fd, MOVE, offset, 0));
	xt_expect_block(xt->fd, offset, 64);
}

static void a_misaligned_offset_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64), i;

	for (i = 1; i < XT_GRANULE; i++)
		xt_assert_fails(EINVAL, xt_resize_at(xt->fd, 0, offset + i, 32));
	xt_assert_fails(EINVAL, xt_resize_at(xt->fd, 0, UINT64_MAX, 32));
	xt_expect_block(xt->fd, offset, 64);
}

static void where_no_block_starts_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, offset + 16, 32));
	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, offset + 64, 32));
	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, xt->base.capacity, 32));
	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, 1ull << 36, 32));
	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, UINT64_MAX - 15, 32));
	xt_assert_ok(xt_free(xt->fd, offset));
	xt_assert_fails(ENOENT, xt_resize_at(xt->fd, 0, offset, 32));
}

static void a_foreign_block_is_enoent(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(ENOENT, xt_resize_at(other, 0, offset, 16));
	xt_assert_fails(ENOENT, xt_resize_at(other, MOVE, offset, 128));
	xt_expect_block(xt->fd, offset, 64);
	close(other);
}

static void anybody_may_resize_a_shared_block(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = 0, length = 3000;

	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 1008, &offset));
	xt_fill(buf, 1008, 2);
	xt_write(xt->fd, buf, 1008, offset);
	xt_alloc(xt->fd, 16);	/* in the way */
	xt_assert_ok(xt_resize(other, MOVE, &offset, &length));
	close(other);
	xt_expect(xt->fd, buf, 1008, offset);
	xt_expect_zeros(xt->fd, 3008 - 1008, offset + 1008);
	xt_assert_ok(xt_free(xt->fd, offset));
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(growing_in_place_keeps_the_content),
		XT_ALL(shrinking_keeps_what_fits),
		XT_ALL(regrown_bytes_read_as_zeros),
		XT(the_same_length_changes_nothing),
		XT(growing_into_a_neighbour_is_enospc),
		XT_ALL(growing_with_a_move_takes_the_content_along),
		XT(what_fits_in_place_does_not_move),
		XT(a_move_keeps_the_alignment),
		XT(no_room_to_move_to_is_enospc),
		XT(lengths_above_the_capacity_are_enospc),
		XT(zero_length_is_einval),
		XT(a_misaligned_offset_is_einval),
		XT(where_no_block_starts_is_enoent),
		XT(a_foreign_block_is_enoent),
		XT(anybody_may_resize_a_shared_block),
	};

	return xt_run("resize", argc, argv, cases, ARRAY_SIZE(cases));
}
