// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of other allocators, each as a test by name: those of the original emalloc, which kept its nodes in an array that
 * it sorted now and then, and those of OffsetAllocator, which rounds to bins.
 */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

static uint64_t nodes[70000];
static uint64_t before[70000];
static struct emalloc_pool pool;

static void init(uint64_t size, uint32_t granule, size_t nodes_size)
{
	struct emalloc_config cfg = { .size = size, .granule = granule, .nodes = nodes, .nodes_size = nodes_size };

	assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
}

static uint64_t get(uint64_t size)
{
	uint64_t offset = UINT64_MAX;

	assert_int_equal(emalloc_pool_alloc(&pool, size, 0, &offset), 0);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	return offset;
}

static void put(uint64_t offset)
{
	assert_int_equal(emalloc_pool_free(&pool, offset), 0);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
}

/* The shortest sequence after which the original hands out overlapping memory. */
static void original_overlap(void **state)
{
	static const size_t memory[] = { 8 * 4, 8 * 7, 8 * 100 };	/* a tree, a map, more than enough */
	uint64_t offset;
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		init(112, 16, memory[i]);
		assert_int_equal(get(32), 0);
		assert_int_equal(get(16), 32);
		put(0);
		put(32);
		assert_int_equal(get(48), 0);
		assert_int_equal(get(16), 48);
		put(48);
		assert_int_equal(get(48), 48);
		assert_int_equal(emalloc_pool_alloc(&pool, 48, 0, &offset), EMALLOC_ENOSPC);
		assert_int_equal(get(16), 96);
	}
}

/* The original refused some allocations although a hole was there: here none is, in half a million. */
static void original_refusals(void **state)
{
	static uint32_t held[4096];
	struct twin_config cfg = { .size = 4096, .granule = 16, .nodes_size = 8 * 2048, .most = 2048, .sparsely = 5000 };
	uint64_t random = 467344;
	uint32_t n = 0, i, k, start = 0, refused = 0;
	struct twin t;

	(void)state;
	for (k = 0; k < 2; k++) {
		cfg.size = k ? 50000 : 4096;		/* a tree, a map */
		twin_init(&t, &cfg);
		for (i = 0; i < 100000; i++) {
			if (n < 4096 && twin_random(&random) % 100 < 55) {
				/* the oracle decides whether a refusal is right */
				if (!twin_alloc(&t, 1 + twin_random(&random) % (k ? 60 : 32), 1, &start))
					held[n++] = start;
				else
					refused++;
			} else if (n) {
				uint32_t j = (uint32_t)(twin_random(&random) % n);

				assert_int_equal(twin_free(&t, held[j]), 0);
				held[j] = held[--n];
			}
		}
		while (n)
			assert_int_equal(twin_free(&t, held[--n]), 0);
		twin_exit(&t);
	}
	assert_true(refused > 1000);
}

/* An aligned free of what was never allocated made the original read beyond its array: ASan watches. */
static void original_free_out_of_bounds(void **state)
{
	struct twin_config cfg = { .granule = 16, .most = 2000 };
	uint32_t i, kind, start = 0;
	struct twin t;

	(void)state;
	for (kind = 0; kind < 3; kind++) {
		cfg.size = kind == 1 ? 100000 : 256;
		cfg.nodes_size = kind == 2 ? 8 * 2 : 8 * 256;
		twin_init(&t, &cfg);
		for (i = 0; i < 200; i++)
			twin_alloc(&t, 1, 1, &start);
		for (i = 0; i < 70000; i += i < 300 ? 1 : 997)
			if (i >= 200 || kind == 2)
				twin_free(&t, i + (kind == 2));
		assert_int_equal(emalloc_pool_free(&t.pool, 0xfffffff0u), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_free(&t.pool, 0xfffffffffffffff0u), EMALLOC_ENOENT);
		twin_exit(&t);
	}
}

/* How many words of the book-keeping memory an operation changed. */
static uint32_t changed(size_t size)
{
	uint32_t i, n = 0;

	for (i = 0; i < size / 8; i++) {
		n += nodes[i] != before[i];
		before[i] = nodes[i];
	}
	return n;
}

/*
 * The sort bomb: every other block of 128 bytes is free, then 16 bytes are put into each hole. The original sorted its
 * whole array in one of these calls. No call here changes more than a few nodes.
 */
static void original_sort_bomb(void **state)
{
	uint32_t i, n, most, kind;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		size_t size = kind ? 8 * 4096 : 8 * 8200;

		memset(nodes, 0, sizeof(nodes));
		memset(before, 0, sizeof(before));
		init(kind ? 1 << 23 : 1 << 18, 16, size);
		assert_int_equal(pool.mapped, !kind);
		most = 0;
		for (i = 0; i < 2048; i++)
			get(128);
		for (i = 0; i < 2048; i += 2)
			put(128 * i);
		changed(size);
		for (i = 0; i < 1024; i++) {
			get(16);
			n = changed(size);
			most = n > most ? n : most;
		}
		/* A map: two words and a path. A tree: three leaves and three inner nodes on each of two levels. */
		assert_true(most <= (kind ? 9 * 32 : 12));
		assert_true(most > 0);
	}
}

static uint64_t units(uint64_t n)
{
	return 4 * n;
}

/* 664908 of 699050 are free, in one piece, and 664908 are wanted. */
static void offset_allocator_refuses_what_fits(void **state)
{
	static const uint32_t cases[][2] = { { 699050, 664908 }, { 69, 67 } };
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		init(units(cases[i][0]), 4, sizeof(nodes));
		assert_int_equal(get(units(cases[i][0] - cases[i][1])), 0);
		assert_int_equal(emalloc_pool_largest_free(&pool), units(cases[i][1]));
		assert_int_equal(get(units(cases[i][1])), units(cases[i][0] - cases[i][1]));
		assert_int_equal(emalloc_pool_largest_free(&pool), 0);
		init(units(cases[i][0]), 4, 8 * 3);
		assert_int_equal(get(units(cases[i][0] - cases[i][1])), 0);
		assert_int_equal(get(units(cases[i][1])), units(cases[i][0] - cases[i][1]));
	}
}

/* Every hole from 1 to 200 takes a request of exactly its size. */
static void offset_allocator_exact_hole_not_reused(void **state)
{
	uint64_t hole;
	uint32_t n;

	(void)state;
	for (n = 1; n <= 200; n++) {
		init(units(1000), 4, 8 * (n & 1 ? 1000 : 5));
		get(units(10));
		hole = get(units(n));
		get(units(10));
		put(hole);
		assert_int_equal(get(units(n)), hole);
	}
}

static void offset_allocator_first_allocation_with_two_nodes(void **state)
{
	(void)state;
	init(1024, 16, 16);
	assert_int_equal(get(16), 0);
	put(0);
	assert_int_equal(get(1024), 0);
	put(0);
	init(1024, 16, 8);
	assert_int_equal(get(1024), 0);
}

static void offset_allocator_zero_size_aliases_the_next(void **state)
{
	uint64_t offset = 5;

	(void)state;
	init(1024, 16, 512);
	assert_int_equal(emalloc_pool_alloc(&pool, 0, 0, &offset), EMALLOC_EINVAL);
	assert_int_equal(offset, 5);
	assert_int_equal(get(16), 0);
}

static void offset_allocator_largest_free_under_reported(void **state)
{
	uint32_t n;

	(void)state;
	for (n = 1; n < 3000; n += n < 300 ? 1 : 37) {
		init(units(n), 4, 8 * 700);
		assert_int_equal(emalloc_pool_largest_free(&pool), units(n));
		assert_int_equal(get(emalloc_pool_largest_free(&pool)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(original_overlap),
		cmocka_unit_test(original_refusals),
		cmocka_unit_test(original_free_out_of_bounds),
		cmocka_unit_test(original_sort_bomb),
		cmocka_unit_test(offset_allocator_refuses_what_fits),
		cmocka_unit_test(offset_allocator_exact_hole_not_reused),
		cmocka_unit_test(offset_allocator_first_allocation_with_two_nodes),
		cmocka_unit_test(offset_allocator_zero_size_aliases_the_next),
		cmocka_unit_test(offset_allocator_largest_free_under_reported),
	};

	return cmocka_run_group_tests_name("emalloc regressions", tests, NULL, NULL);
}
