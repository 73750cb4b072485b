// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cannot happen as long as the book-keeping is sound: nodes that are missing although there are fewer blocks than
 * memory was handed in for, and memory of absurd size. Calls fail, and with first fit nothing has changed then.
 */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

#define LIVE	4000u
#define MOST	22000u

static struct emalloc_pool pool;
static uint64_t at[MOST];
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

/* The first index of a pool that got its memory in pieces. */
static void index_that_cannot_be_built(void **state)
{
	static uint64_t more[32];
	uint64_t random = twin_seed(23);
	void *nodes = start(1u << 20, 12 * 250, EMALLOC_BEST_FIT);

	(void)state;
	pool.fresh = 2u << 28;		/* beyond every piece */
	assert_int_equal(emalloc_pool_add_nodes(&pool, more, sizeof(more)), EMALLOC_ENOMEM);
	free(nodes);
	/* a node of the tree that leads nowhere */
	nodes = start(1u << 20, 12 * 250, EMALLOC_BEST_FIT);
	while (n < 90) {
		at[n] = twin_random(&random) % 2000 * 16;
		n += !emalloc_pool_alloc_at(&pool, at[n], 16);
	}
	assert_int_equal(pool.height, 1);
	pool.root[44 + 1] = 12345;
	assert_int_equal(emalloc_pool_add_nodes(&pool, more, sizeof(more)), EMALLOC_EIO);
	free(nodes);
}

/* The list of nodes that were given back leads nowhere. */
static void broken_list_of_spare_nodes(void **state)
{
	void *nodes = start(1u << 24, 8 * 3 * LIVE, 0);
	uint64_t random = twin_seed(25);

	(void)state;
	assert_int_equal(fill(0, &random), 0);
	while (n > 8)
		assert_int_equal(emalloc_pool_free(&pool, at[--n]), 0);
	assert_true(pool.spares > 3);
	pool.chunk[0][64 * pool.spare] = 0x7fffffff;
	assert_int_equal(fill(0, &random), EMALLOC_ENOMEM);
	pool.spare = 0;
	free(nodes);
}

/* Blocks of one granule with gaps of three, in a tree of two levels below its root. */
static uint32_t *high_tree(uint32_t flags)
{
	uint32_t *nodes = start(1u << 24, 12 * 3 * LIVE, flags), i;

	for (i = 0; i < LIVE; i++)
		assert_int_equal(emalloc_pool_alloc_at(&pool, 64 * i, 16), 0);
	assert_int_equal(pool.height, 2);
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	return nodes;
}

/* Words of a node: its count, an inner node's first child, a leaf's first entry. */
#define COUNT	0
#define CHILD	44
#define START	7

static uint32_t *node(uint32_t ref)
{
	return pool.chunk[0] + 64 * ref;
}

static void node_that_leads_nowhere(void **state)
{
	uint32_t *nodes = high_tree(0);
	uint64_t offset;

	(void)state;
	pool.root[CHILD] = 0x7fffffff;
	assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, &offset), EMALLOC_EIO);
	assert_int_equal(emalloc_pool_free(&pool, 64), EMALLOC_EIO);
	assert_int_equal(emalloc_pool_check(&pool, NULL), EMALLOC_EIO);
	free(nodes);
}

/* A node says that it has one child: its leaf, once it is full, has nobody beside it. */
static void leaf_without_siblings(void **state)
{
	uint32_t *nodes = high_tree(0), i;
	int err = 0;

	(void)state;
	node(pool.root[CHILD])[COUNT] = 1;
	for (i = 0; i < 40 && !err; i++)
		err = emalloc_pool_alloc_at(&pool, 64 * i + 32, 16);
	assert_int_equal(err, EMALLOC_EIO);
	assert_int_equal(emalloc_pool_check(&pool, NULL), EMALLOC_EIO);
	free(nodes);
}

/* A node that is not the root says that it has two children: they do not go back into it. */
static void two_leaves_below_a_node(void **state)
{
	uint32_t *nodes = high_tree(0), i;

	(void)state;
	node(pool.root[CHILD])[COUNT] = 2;
	for (i = 0; i < 20; i++)
		assert_int_equal(emalloc_pool_free(&pool, 64 * i), 0);
	assert_int_equal(pool.height, 2);
	assert_int_equal(emalloc_pool_check(&pool, NULL), EMALLOC_EIO);
	free(nodes);
}

/* The last leaf of a node wants to be joined with the two before it, one of which is not there. */
static void leaf_that_cannot_be_joined(void **state)
{
	uint32_t *nodes = high_tree(0), *inner = node(pool.root[CHILD]), i, last;

	(void)state;
	last = node(inner[CHILD + inner[COUNT] - 1])[START] / 4;
	inner[CHILD + inner[COUNT] - 3] = 0x7fffffff;
	for (i = 0; i < 17; i++)
		assert_int_equal(emalloc_pool_free(&pool, 64 * (last + 15 - i)), 0);
	assert_int_equal(emalloc_pool_check(&pool, NULL), EMALLOC_EIO);
	free(nodes);
}

/* The index of best fit: a leaf that says that it has one run, and wrong first runs above. */
static void broken_index(void **state)
{
	uint32_t *nodes = high_tree(EMALLOC_BEST_FIT), *root = node(pool.index), *w = root, i;
	struct emalloc_fault fault;

	(void)state;
	assert_true(pool.index_height >= 2);
	for (i = 4; i <= 24; i += 20) {
		root[i]++;
		assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
		assert_string_equal(fault.what, "node: wrong first run in its parent");
		root[i]--;
	}
	assert_int_equal(emalloc_pool_check(&pool, &fault), 0);
	for (i = 0; i < pool.index_height; i++)
		w = node(w[CHILD]);
	w[COUNT] = 1;
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * w[START], 16), EMALLOC_EIO);
	free(nodes);
}

/* Several words are wrong at once, and then come many calls: all of them come back, and touch nothing outside. */
static void storm(uint64_t granules, size_t nodes_size, uint32_t live, uint32_t longest, uint32_t flags, uint32_t rounds)
{
	uint64_t random = twin_seed(24), offset;
	uint32_t *nodes = start(granules, nodes_size, flags), *copy = malloc(nodes_size), i, k;
	struct emalloc_fault fault;
	struct emalloc_range range;
	struct emalloc_pool was;

	assert_non_null(copy);
	while (n < live) {
		if (!emalloc_pool_alloc(&pool, 1 + twin_random(&random) % longest, 0, &at[n]))
			n++;
		if (n > 5 && twin_random(&random) % 3 == 0) {
			k = (uint32_t)(twin_random(&random) % n);
			assert_int_equal(emalloc_pool_free(&pool, at[k]), 0);
			at[k] = at[--n];
		}
	}
	assert_int_equal(emalloc_pool_check(&pool, &fault), 0);
	was = pool;
	memcpy(copy, nodes, nodes_size);
	while (rounds--) {
		for (k = 1 + (uint32_t)(twin_random(&random) % 9); k; k--) {
			uint32_t *word = &nodes[twin_random(&random) % (nodes_size / 4)];

			switch (twin_random(&random) % 6) {
			case 0:
				*word = (uint32_t)(twin_random(&random) % 64);
				break;
			case 1:
				*word = (uint32_t)(twin_random(&random) % (pool.fresh + 2));
				break;
			case 2:
				*word = nodes[twin_random(&random) % (nodes_size / 4)];
				break;
			case 3:
				*word += (uint32_t)(twin_random(&random) % 5) - 2;
				break;
			case 4:
				*word = (uint32_t)(twin_random(&random) % granules);
				break;
			default:
				*word = (uint32_t)twin_random(&random);
			}
		}
		for (i = 0; i < 40; i++) {
			offset = at[twin_random(&random) % n];
			switch (twin_random(&random) % 6) {
			case 0:
			case 1:
				emalloc_pool_free(&pool, offset);
				break;
			case 2:
				emalloc_pool_alloc(&pool, 1 + twin_random(&random) % 200, 16 << i % 6, &offset);
				break;
			case 3:
				emalloc_pool_resize(&pool, offset, 1 + twin_random(&random) % 160);
				break;
			case 4:
				emalloc_pool_alloc_at(&pool, offset + 16 * (twin_random(&random) % 9), 1 + 16 * (i % 3));
				break;
			default:
				emalloc_pool_find(&pool, offset + twin_random(&random) % longest, &range);
			}
		}
		emalloc_pool_check(&pool, &fault);
		pool = was;
		memcpy(nodes, copy, nodes_size);
	}
	free(copy);
	free(nodes);
}

static void storms(void **state)
{
	(void)state;
	storm(100000, 8 * 1700, 1500, 80, 0, 4000);
	storm(100000, 8 * 140, 120, 80, 0, 3000);
	storm(1u << 24, 8 * MOST, 20000, 20, 0, 1500);
	storm(30000, 8 * 1700, 1500, 80, 0, 2000);
	storm(1500, 8 * 100, 80, 25, 0, 3000);
	storm(2000, 8 * 600, 120, 20, 0, 3000);
	storm(60000, 8 * 2400, 12, 60000, 0, 4000);
	storm(6000, 12 * 1700, 1500, 20, EMALLOC_BEST_FIT, 2000);
	storm(100000, 12 * 1700, 1500, 80, EMALLOC_BEST_FIT, 4000);
	storm(1u << 24, 12 * MOST, 20000, 20, EMALLOC_BEST_FIT, 200);
	storm(100000, 12 * 140, 120, 80, EMALLOC_BEST_FIT, 3000);
}

/* As high as a tree can be, and full all the way: no more of it. */
static void tree_as_high_as_can_be(void **state)
{
	uint32_t *nodes = start(1u << 24, 256 * 16, 0), level, i;
	struct emalloc_fault fault;

	(void)state;
	assert_false(pool.mapped);
	pool.chunk[0] = nodes;
	pool.chunk_nodes[0] = 16;
	pool.height = 9;
	for (level = 0; level <= 9; level++) {
		uint32_t *w = level ? nodes + 64 * (level - 1) : pool.root;

		memset(w, 0, 256);
		w[0] = level < 9 ? 20 : 56;
		for (i = 0; i < (level < 9 ? 20u : 56u); i++) {
			if (level < 9) {
				w[4 + i] = i ? 1u << 23 : 0;
				w[24 + i] = 2;
				w[44 + i] = level;
				w[1] = 2;
			} else {
				w[7 + i] = 4 * i;
				w[1] |= i & 1 && i < 32 ? 1u << i : 0;
			}
		}
		if (level == 9)
			w[7 + 56] = 4 * 56;
	}
	pool.blocks = 2;
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * 4, 16), EMALLOC_EIO);
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	free(nodes);
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
		cmocka_unit_test(index_that_cannot_be_built),
		cmocka_unit_test(broken_list_of_spare_nodes),
		cmocka_unit_test(node_that_leads_nowhere),
		cmocka_unit_test(leaf_without_siblings),
		cmocka_unit_test(two_leaves_below_a_node),
		cmocka_unit_test(leaf_that_cannot_be_joined),
		cmocka_unit_test(broken_index),
		cmocka_unit_test(storms),
		cmocka_unit_test(tree_as_high_as_can_be),
		cmocka_unit_test(absurd_sizes),
	};

	return cmocka_run_group_tests_name("emalloc without nodes", tests, NULL, NULL);
}
