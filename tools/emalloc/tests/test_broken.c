// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cannot happen as long as the book-keeping is sound: nodes that are missing although there are fewer blocks than
 * memory was handed in for, and memory of absurd size. Calls fail, and with first fit nothing has changed then.
 */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

#define LIVE	4000u

static struct emalloc_pool pool;
static uint64_t at[LIVE];
static uint32_t n;

static void *start(uint64_t granules, size_t nodes_size, uint32_t flags)
{
	struct emalloc_config cfg = { .size = 16 * granules, .nodes_size = nodes_size, .flags = flags };

	cfg.nodes = calloc(1, nodes_size);
	assert_non_null(cfg.nodes);
	assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
	n = 0;
	return cfg.nodes;
}

/* From now on no node that was never used is there. */
static void no_more_nodes(uint32_t but)
{
	pool.chunk_nodes[0] = pool.fresh + but;
}

/* Blocks of one granule with gaps of one, from the front, the back, or anywhere. */
static int fill(uint32_t how, uint64_t *random)
{
	uint64_t offset;
	int err = 0;

	while (n < LIVE) {
		offset = how == 0 ? 32 * n : how == 1 ? 32 * (LIVE - n) : twin_random(random) % (2 * LIVE) * 16;
		err = emalloc_pool_alloc_at(&pool, offset, 16);
		if (err == EMALLOC_EEXIST)
			continue;
		if (err)
			break;
		at[n++] = offset;
	}
	return err;
}

static void tree_without_nodes(void **state)
{
	uint32_t how, but;
	uint64_t offset, random = twin_seed(21);

	(void)state;
	for (how = 0; how < 3; how++) {
		for (but = 0; but < 60; but += but < 4 ? 1 : 7) {
			void *nodes = start(1u << 24, 8 * 3 * LIVE, 0);

			assert_false(pool.mapped);
			no_more_nodes(but);
			assert_int_equal(fill(how, &random), EMALLOC_ENOMEM);
			assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
			while (n)
				assert_int_equal(emalloc_pool_free(&pool, at[--n]), 0);
			assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
			assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, &offset), 0);
			free(nodes);
		}
	}
}

/* A cut, by a resize, in a leaf that is full. */
static void cut_without_nodes(void **state)
{
	void *nodes = start(1u << 24, 8 * 3 * LIVE, 0);
	uint32_t i;
	int err = 0;

	(void)state;
	no_more_nodes(2);
	for (i = 0; i < LIVE && !err; i++)
		err = emalloc_pool_alloc_at(&pool, 64 * i, 64);
	assert_int_equal(err, EMALLOC_ENOMEM);
	for (i = 0, err = 0; i < LIVE && !err; i++)
		err = emalloc_pool_resize(&pool, 64 * i, 32);
	assert_int_equal(err, EMALLOC_ENOMEM);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	free(nodes);
}

/* With best fit a run may be missing in the index afterwards; the validator says so, and calls come back. */
static void index_without_nodes(void **state)
{
	static const struct { uint64_t granules; bool mapped; } kind[] = { { 3 * LIVE, true }, { 1u << 24, false } };
	uint64_t offset, random = twin_seed(22);
	uint32_t k, how, but, i;
	int err;

	(void)state;
	for (k = 0; k < 2; k++) {
		for (how = 0; how < 3; how++) {
			for (but = 0; but < 80; but += but < 8 ? 1 : 9) {
				void *nodes = start(kind[k].granules, 12 * 3 * LIVE, EMALLOC_BEST_FIT);

				assert_int_equal(pool.mapped, kind[k].mapped);
				no_more_nodes(but);
				err = fill(how, &random);
				assert_true((!err && but > 8) || err == EMALLOC_ENOMEM || err == EMALLOC_EIO);
				for (i = 0; i < 200; i++) {
					err = emalloc_pool_alloc(&pool, 16 + twin_random(&random) % 64, 32u << i % 3, &offset);
					assert_true(!err || err == EMALLOC_ENOMEM || err == EMALLOC_EIO || err == EMALLOC_ENOSPC);
				}
				while (n) {
					err = emalloc_pool_free(&pool, at[--n]);
					assert_true(!err || err == EMALLOC_ENOMEM || err == EMALLOC_EIO);
				}
				free(nodes);
			}
		}
	}
}

/* Nobody has so much; the counts stay in what they are kept in, and memory that is not there is not touched. */
static void absurd_sizes(void **state)
{
	static uint64_t some[512];
	struct emalloc_config cfg = { .size = 1024, .nodes = some, .nodes_size = (size_t)1 << 40 };
	struct emalloc_stats stats;
	uint64_t offset;

	(void)state;
	for (cfg.flags = 0; cfg.flags <= EMALLOC_BEST_FIT; cfg.flags++) {
		cfg.size = 1024;
		assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
		emalloc_pool_stats(&pool, &stats);
		assert_int_equal(stats.max_blocks, (uint32_t)1 << 31);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, &offset), 0);
		assert_int_equal(emalloc_pool_add_nodes(&pool, some, (size_t)1 << 40), 0);
		emalloc_pool_stats(&pool, &stats);
		assert_int_equal(stats.max_blocks, (uint32_t)1 << 31);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_without_nodes),
		cmocka_unit_test(cut_without_nodes),
		cmocka_unit_test(index_without_nodes),
		cmocka_unit_test(absurd_sizes),
	};

	return cmocka_run_group_tests_name("emalloc without nodes", tests, NULL, NULL);
}
