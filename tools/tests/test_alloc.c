// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking ranges and giving them back: where they lie, and what happens when the memory is full.
 */
#include <fcntl.h>
#include <unistd.h>

#include "extram_test.h"

static uint64_t alloc_aligned(struct xt *xt, uint64_t length, uint64_t align)
{
	uint64_t offset;

	xt_assert_ok(xt_try_alloc(xt->fd, length, align, &offset, NULL));
	return offset;
}

static void zero_length_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	xt_assert_fails(EINVAL, xt_try_alloc(xt->fd, 0, 0, &offset, NULL));
}

static void alignment_that_is_no_power_of_two_is_einval(void **state)
{
	static const uint64_t bad[] = {
		3, 5, 6, 7, 9, 12, 15, 17, 24, 48, 4095, 4097, 6144, (1ull << 32) + 1,
		(1ull << 63) + 16, UINT64_MAX - 1, UINT64_MAX,
	};
	struct xt *xt = *state;
	uint64_t offset;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		xt_assert_fails(EINVAL, xt_try_alloc(xt->fd, 16, bad[i], &offset, NULL));
}

static void length_above_the_capacity_is_enospc(void **state)
{
	static const uint64_t big[] = {
		1ull << 31, (1ull << 32) - 16, 1ull << 32, (1ull << 32) + 16, 1ull << 35,
		(1ull << 35) + 16, 1ull << 62, 1ull << 63, UINT64_MAX - 15, UINT64_MAX - 14,
		UINT64_MAX,
	};
	struct xt *xt = *state;
	uint64_t offset;
	size_t i;

	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, xt->base.capacity + 1, 0, &offset, NULL));
	for (i = 0; i < ARRAY_SIZE(big); i++)
		xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, big[i], 0, &offset, NULL));
}

static void the_whole_capacity_can_be_one_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, given;
	struct extram_info info;

	xt_assert_ok(xt_try_alloc(xt->fd, xt->base.capacity, 0, &offset, &given));
	assert_int_equal(offset, 0);
	assert_int_equal(given, xt->base.capacity);
	info = xt_get_info(xt->fd);
	assert_int_equal(info.free_bytes, 0);
	assert_int_equal(info.largest_free, 0);
}

static void length_is_rounded_up_to_the_granule(void **state)
{
	struct xt *xt = *state;
	uint64_t length, offset, given;

	for (length = 1; length <= 100; length++) {
		xt_assert_ok(xt_try_alloc(xt->fd, length, 0, &offset, &given));
		assert_int_equal(given, (length + 15) / 16 * 16);
		xt_assert_ok(xt_free(xt->fd, offset));
	}
}

static void blocks_follow_each_other_without_a_gap(void **state)
{
	struct xt *xt = *state;
	uint64_t next = 0, length;

	for (length = 1; length <= 200; length++) {
		assert_int_equal(xt_alloc(xt->fd, length), next);
		next += (length + 15) / 16 * 16;
	}
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity - next);
}

static void every_alignment_is_kept(void **state)
{
	struct xt *xt = *state;
	uint64_t align, offset;

	/* Something in the way, so that alignment has to skip bytes. */
	xt_alloc(xt->fd, 16);
	for (align = 1; align < xt->base.capacity; align *= 2) {
		offset = alloc_aligned(xt, 16, align);
		assert_int_equal(offset % align, 0);
		assert_int_equal(offset % XT_GRANULE, 0);
		xt_assert_ok(xt_free(xt->fd, offset));
	}
}

static void bytes_skipped_for_alignment_stay_free(void **state)
{
	struct xt *xt = *state;

	xt_alloc(xt->fd, 16);
	assert_int_equal(alloc_aligned(xt, 16, 4096), 4096);
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity - 32);
	assert_int_equal(xt_alloc(xt->fd, 4096 - 16), 16);
}

static void an_alignment_above_the_capacity_fits_at_zero_only(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	assert_int_equal(alloc_aligned(xt, 16, 1ull << 63), 0);
	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, 16, 1ull << 63, &offset, NULL));
	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, 16, xt->base.capacity, &offset, NULL));
}

static void the_lowest_range_that_fits_is_taken(void **state)
{
	struct xt *xt = *state;
	uint64_t a = xt_alloc(xt->fd, 64), b = xt_alloc(xt->fd, 256), c = xt_alloc(xt->fd, 16);
	uint64_t d = xt_alloc(xt->fd, 128), e = xt_alloc(xt->fd, 16);

	xt_assert_ok(xt_free(xt->fd, d));
	xt_assert_ok(xt_free(xt->fd, b));
	xt_assert_ok(xt_free(xt->fd, a));
	/* Free are now a + b (320 bytes), d (128 bytes) and what is behind e. */
	assert_int_equal(xt_alloc(xt->fd, 320), a);
	assert_int_equal(xt_alloc(xt->fd, 112), d);
	assert_int_equal(xt_alloc(xt->fd, 32), e + 16);
	assert_int_equal(xt_alloc(xt->fd, 16), d + 112);
	assert_true(c < d);
}

static void freed_neighbours_merge(void **state)
{
	/* Every order in which three neighbours can be freed. */
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct xt *xt = *state;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		uint64_t offset[3], fence;

		for (j = 0; j < 3; j++)
			offset[j] = xt_alloc(xt->fd, 1000);
		fence = xt_alloc(xt->fd, 16);
		for (j = 0; j < 3; j++)
			xt_assert_ok(xt_free(xt->fd, offset[orders[i][j]]));
		assert_int_equal(xt_alloc(xt->fd, 3 * 1008), offset[0]);
		xt_assert_ok(xt_free(xt->fd, offset[0]));
		xt_assert_ok(xt_free(xt->fd, fence));
		assert_int_equal(xt_get_info(xt->fd).largest_free, xt->base.capacity);
	}
}

static void free_of_a_misaligned_offset_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64), i;

	for (i = 1; i < XT_GRANULE; i++)
		xt_assert_fails(EINVAL, xt_free(xt->fd, offset + i));
	xt_assert_fails(EINVAL, xt_free(xt->fd, UINT64_MAX));
	xt_assert_fails(EINVAL, xt_free(xt->fd, xt->base.capacity + 1));
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

static void free_of_what_was_never_allocated_is_enoent(void **state)
{
	struct xt *xt = *state;

	xt_assert_fails(ENOENT, xt_free(xt->fd, 0));
	xt_alloc(xt->fd, 64);
	xt_assert_fails(ENOENT, xt_free(xt->fd, 64));
}

static void free_inside_a_block_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 256), i;

	for (i = XT_GRANULE; i < 256; i += XT_GRANULE)
		xt_assert_fails(ENOENT, xt_free(xt->fd, offset + i));
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

static void second_free_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t a = xt_alloc(xt->fd, 64), b = xt_alloc(xt->fd, 64);

	xt_assert_ok(xt_free(xt->fd, a));
	xt_assert_fails(ENOENT, xt_free(xt->fd, a));
	xt_assert_ok(xt_free(xt->fd, b));
	xt_assert_fails(ENOENT, xt_free(xt->fd, b));
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity);
}

static void free_beyond_the_end_is_enoent(void **state)
{
	struct xt *xt = *state;

	/* One that wraps to offset 0 where there is a block. */
	xt_alloc(xt->fd, 64);
	xt_assert_fails(ENOENT, xt_free(xt->fd, xt->base.capacity));
	xt_assert_fails(ENOENT, xt_free(xt->fd, 1ull << 32));
	xt_assert_fails(ENOENT, xt_free(xt->fd, 1ull << 36));
	xt_assert_fails(ENOENT, xt_free(xt->fd, 1ull << 63));
	xt_assert_fails(ENOENT, xt_free(xt->fd, UINT64_MAX - 15));
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

static void query_of_a_file_without_blocks_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = 0, length;

	xt_assert_fails(ENOENT, xt_query(xt->fd, &offset, &length));
}

static void query_finds_the_block_that_holds_an_offset(void **state)
{
	struct xt *xt = *state;
	uint64_t at, block, length;

	xt_alloc(xt->fd, 32);
	xt_alloc(xt->fd, 100);
	for (at = 32; at < 32 + 112; at++) {
		block = at;
		xt_assert_ok(xt_query(xt->fd, &block, &length));
		assert_int_equal(block, 32);
		assert_int_equal(length, 112);
	}
}

static void query_in_a_gap_finds_the_next_block(void **state)
{
	struct xt *xt = *state;
	uint64_t gap = xt_alloc(xt->fd, 32), next = xt_alloc(xt->fd, 64), at, block, length;

	xt_assert_ok(xt_free(xt->fd, gap));
	for (at = gap; at < next; at++) {
		block = at;
		xt_assert_ok(xt_query(xt->fd, &block, &length));
		assert_int_equal(block, next);
		assert_int_equal(length, 64);
	}
}

static void query_above_the_last_block_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t length, at[] = { 64, 65, xt->base.capacity, 1ull << 32, UINT64_MAX };
	size_t i;

	xt_alloc(xt->fd, 64);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		xt_assert_fails(ENOENT, xt_query(xt->fd, &at[i], &length));
}

static void query_walks_every_block_in_order(void **state)
{
	struct xt *xt = *state;
	uint64_t offset[50], at = 0, length;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offset); i++)
		offset[i] = xt_alloc(xt->fd, 16 * (i + 1));
	for (i = 0; i < ARRAY_SIZE(offset); i += 3)
		xt_assert_ok(xt_free(xt->fd, offset[i]));
	for (i = 0; i < ARRAY_SIZE(offset); i++) {
		if (i % 3 == 0)
			continue;
		xt_assert_ok(xt_query(xt->fd, &at, &length));
		assert_int_equal(at, offset[i]);
		assert_int_equal(length, 16 * (i + 1));
		at += length;
	}
	xt_assert_fails(ENOENT, xt_query(xt->fd, &at, &length));
}

static void full_memory_is_enospc_and_recovers(void **state)
{
	struct xt *xt = *state;
	uint64_t length = xt->base.capacity / 8, offset, first = xt_alloc(xt->fd, length);
	int i;

	for (i = 1; i < 8; i++)
		xt_alloc(xt->fd, length);
	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, 1, 0, &offset, NULL));
	assert_int_equal(xt_get_info(xt->fd).free_bytes, 0);
	xt_assert_ok(xt_free(xt->fd, first));
	assert_int_equal(xt_alloc(xt->fd, length), first);
}

static void a_request_larger_than_the_largest_hole_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t offset[8], length = xt->base.capacity / 8, any;
	struct extram_info info;
	size_t i;

	for (i = 0; i < 8; i++)
		offset[i] = xt_alloc(xt->fd, length);
	for (i = 0; i < 8; i += 2)
		xt_assert_ok(xt_free(xt->fd, offset[i]));
	info = xt_get_info(xt->fd);
	assert_int_equal(info.free_bytes, 4 * length);
	assert_int_equal(info.largest_free, length);
	xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, length + 1, 0, &any, NULL));
	assert_int_equal(xt_alloc(xt->fd, length), offset[0]);
}

static void the_largest_free_range_can_always_be_had(void **state)
{
	struct xt *xt = *state;
	uint64_t seed = xt_seed(), offset[64] = { 0 }, any;
	bool used[64] = { false };
	int i;

	for (i = 0; i < 2000; i++) {
		struct extram_info info;
		size_t n = xt_random(&seed) % 64;

		if (used[n])
			xt_assert_ok(xt_free(xt->fd, offset[n]));
		used[n] = !used[n] && !xt_try_alloc(xt->fd, 1 + xt_random(&seed) % 5000, 0,
						    &offset[n], NULL);
		info = xt_get_info(xt->fd);
		xt_assert_fails(ENOSPC, xt_try_alloc(xt->fd, info.largest_free + 1, 0, &any, NULL));
		if (!info.largest_free)
			continue;
		xt_assert_ok(xt_try_alloc(xt->fd, info.largest_free, 0, &any, NULL));
		xt_assert_ok(xt_free(xt->fd, any));
	}
}

/* Every granule belongs to one block at most, over a long random run. */
static void blocks_never_overlap(void **state)
{
	struct xt *xt = *state;
	size_t granules = xt->base.capacity / XT_GRANULE, n, g;
	uint64_t seed = xt_seed();
	struct { uint64_t offset, length; } block[300] = { 0 };
	unsigned char *taken = calloc(1, granules);
	size_t used = 0;
	int i;

	assert_non_null(taken);
	for (i = 0; i < 20000; i++) {
		n = xt_random(&seed) % ARRAY_SIZE(block);
		if (block[n].length) {
			xt_assert_ok(xt_free(xt->fd, block[n].offset));
			for (g = 0; g < block[n].length / XT_GRANULE; g++)
				taken[block[n].offset / XT_GRANULE + g] = 0;
			used -= block[n].length;
			block[n].length = 0;
		} else if (!xt_try_alloc(xt->fd, 1 + xt_random(&seed) % 2000,
					 16 << xt_random(&seed) % 5, &block[n].offset,
					 &block[n].length)) {
			assert_true(block[n].offset + block[n].length <= xt->base.capacity);
			for (g = 0; g < block[n].length / XT_GRANULE; g++)
				assert_int_equal(taken[block[n].offset / XT_GRANULE + g]++, 0);
			used += block[n].length;
		}
	}
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity - used);
	free(taken);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(zero_length_is_einval),
		XT(alignment_that_is_no_power_of_two_is_einval),
		XT(length_above_the_capacity_is_enospc),
		XT_ALL(the_whole_capacity_can_be_one_block),
		XT(length_is_rounded_up_to_the_granule),
		XT(blocks_follow_each_other_without_a_gap),
		XT(every_alignment_is_kept),
		XT(bytes_skipped_for_alignment_stay_free),
		XT(an_alignment_above_the_capacity_fits_at_zero_only),
		XT(the_lowest_range_that_fits_is_taken),
		XT(freed_neighbours_merge),
		XT(free_of_a_misaligned_offset_is_einval),
		XT(free_of_what_was_never_allocated_is_enoent),
		XT(free_inside_a_block_is_enoent),
		XT(second_free_is_enoent),
		XT(free_beyond_the_end_is_enoent),
		XT(query_of_a_file_without_blocks_is_enoent),
		XT(query_finds_the_block_that_holds_an_offset),
		XT(query_in_a_gap_finds_the_next_block),
		XT(query_above_the_last_block_is_enoent),
		XT(query_walks_every_block_in_order),
		XT(full_memory_is_enospc_and_recovers),
		XT(a_request_larger_than_the_largest_hole_is_enospc),
		XT(the_largest_free_range_can_always_be_had),
		XT(blocks_never_overlap),
	};

	return xt_run("alloc", argc, argv, cases, ARRAY_SIZE(cases));
}
