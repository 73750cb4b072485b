// SPDX-License-Identifier: GPL-2.0-only
/*
 * Aligned requests in pools with more misfits than emalloc_pool_alloc() looks at one by one: no place is lost in which
 * there is surely room, and a place is right where it is found.
 */
#include <stdlib.h>

#include "twin.h"

/*
 * Four granules each: taken, free, free, taken. A request of two granules that begins at a multiple of four fits in none
 * of the free runs. A leaf has at most 56 blocks, a segment at least 32 granules: 4000 are more than 64 of either.
 */
#define MISFITS	4000u

static struct emalloc_pool pool;

static int alloc(uint64_t n, uint64_t align, uint64_t *at)
{
	uint64_t offset = 0;
	int err = emalloc_pool_alloc(&pool, 16 * n, 16 * align, &offset);

	*at = offset / 16;
	return err;
}

static void *misfits(uint64_t granules, uint32_t flags, bool mapped)
{
	struct emalloc_config cfg = {
		.size = 16 * granules, .flags = flags, .nodes_size = (flags ? 12 : 8) * (3 * MISFITS + 16),
	};
	void *nodes = malloc(cfg.nodes_size);
	uint32_t i;

	assert_non_null(nodes);
	cfg.nodes = nodes;
	assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
	assert_int_equal(pool.mapped, mapped);
	for (i = 0; i < MISFITS; i++) {
		assert_int_equal(emalloc_pool_alloc_at(&pool, 64 * i, 16), 0);
		assert_int_equal(emalloc_pool_alloc_at(&pool, 64 * i + 48, 16), 0);
	}
	/* the rest of the pool is one allocation */
	assert_int_equal(emalloc_pool_alloc_at(&pool, 64 * MISFITS, 16 * granules - 64 * MISFITS), 0);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	return nodes;
}

static void past_the_bound(uint64_t granules, uint32_t flags, bool mapped)
{
	void *nodes = misfits(granules, flags, mapped);
	uint64_t at;

	assert_int_equal(alloc(2, 4, &at), EMALLOC_ENOSPC);
	assert_int_equal(emalloc_pool_resize(&pool, 64 * MISFITS, 16 * 3), 0);
	/* a longer run, in which a place is certain, behind all of them */
	assert_int_equal(alloc(2, 4, &at), 0);
	assert_int_equal(at, 4 * MISFITS + 4);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	assert_int_equal(emalloc_pool_free(&pool, 16 * at), 0);
	/* one that is long enough and has a place, but not for certain: found, or refused, and nothing breaks */
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * (4 * MISFITS + 6), 16 * (granules - 4 * MISFITS - 6)), 0);
	if (!alloc(2, 4, &at)) {
		assert_int_equal(at, 4 * MISFITS + 4);
		assert_int_equal(emalloc_pool_free(&pool, 16 * at), 0);
	}
	/* without an alignment the first fits, and with the one that they have, too */
	assert_int_equal(alloc(2, 1, &at), 0);
	assert_int_equal(at, 1);
	assert_int_equal(alloc(1, 2, &at), 0);
	assert_int_equal(at, 6);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	free(nodes);
}

static void map_first_fit(void **state)
{
	(void)state;
	past_the_bound(4 * MISFITS + 64, 0, true);
}

static void tree_first_fit(void **state)
{
	(void)state;
	past_the_bound(1u << 24, 0, false);
}

static void map_best_fit(void **state)
{
	(void)state;
	past_the_bound(4 * MISFITS + 64, EMALLOC_BEST_FIT, true);
}

static void tree_best_fit(void **state)
{
	(void)state;
	past_the_bound(1u << 24, EMALLOC_BEST_FIT, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_first_fit),
		cmocka_unit_test(tree_first_fit),
		cmocka_unit_test(map_best_fit),
		cmocka_unit_test(tree_best_fit),
	};

	return cmocka_run_group_tests_name("emalloc alignment", tests, NULL, NULL);
}
