// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on pools of many shapes, each compared with the oracle. EMALLOC_SEED=n repeats a run, EMALLOC_OPS=n
 * sets the calls per pool.
 */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

struct mix {
	uint32_t live;		/* allocations that the run holds at most */
	uint32_t longest;	/* granules of a request */
	uint32_t align;		/* log2 of the largest alignment, in granules; 0: none */
	bool waves;		/* fills up and empties in turn */
	bool others;		/* alloc_at, resize, and calls that must fail */
};

static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((twin_random(state) >> 32) * n >> 32);
}

static void one(struct twin *t, const struct mix *mix, uint64_t *state, uint32_t *held, uint32_t *n, bool filling)
{
	uint32_t what = below(state, 100), size = 1 + below(state, 1 + below(state, mix->longest)), start = 0, k;
	uint32_t align = mix->align && what & 1 ? 1u << below(state, mix->align + 1) : 1;

	if (mix->others && what < 6) {
		/* anything anywhere: mostly no block starts there */
		start = below(state, t->oracle.size + t->oracle.size / 8 + 1);
		for (k = 0; k < *n && held[k] != start; k++)
			;
		if (!twin_free(t, start)) {
			assert_true(k < *n);
			held[k] = held[--*n];
		}
	} else if (mix->others && what < 14 && *n < mix->live) {
		start = below(state, t->oracle.size);
		if (size <= t->oracle.size - start && !twin_alloc_at(t, start, size))
			held[(*n)++] = start;
	} else if (mix->others && what < 24 && *n) {
		twin_resize(t, held[below(state, *n)], size);
	} else if (*n < mix->live && what < (filling ? 70u : 40u)) {
		if (!twin_alloc(t, size, align, &start))
			held[(*n)++] = start;
	} else if (*n) {
		k = below(state, *n);
		assert_int_equal(twin_free(t, held[k]), 0);
		held[k] = held[--*n];
	}
}

static void run(struct twin *t, const struct mix *mix, uint64_t ops)
{
	uint32_t *held = calloc(mix->live, sizeof(*held)), n = 0;
	uint64_t state = t->seed, i;
	bool filling = true;

	assert_non_null(held);
	for (i = 0; i < ops; i++) {
		if (mix->waves && (n == mix->live || t->oracle.n == t->oracle.max_blocks))
			filling = false;
		if (n == 0 || (!mix->waves && i % 1024 == 0))
			filling = true;
		one(t, mix, &state, held, &n, filling);
	}
	while (n)
		assert_int_equal(twin_free(t, held[--n]), 0);
	assert_int_equal(t->oracle.n, 1);
	free(held);
}

/* With either policy, for as many blocks. */
static void pool_of(uint32_t size, uint32_t granule, size_t nodes_size, uint32_t sparsely, uint64_t seed,
		    const struct mix *mix, uint64_t ops)
{
	struct twin_config cfg = {
		.size = size, .granule = granule, .tail = granule - 1, .nodes_size = nodes_size,
		.most = (uint32_t)(nodes_size / 8), .seed = twin_seed(seed), .sparsely = sparsely,
	};
	struct twin t;

	for (;;) {
		twin_init(&t, &cfg);
		t.chance = cfg.most > 1000;
		run(&t, mix, twin_ops(ops));
		twin_exit(&t);
		if (cfg.flags)
			break;
		cfg.flags = EMALLOC_BEST_FIT;
		cfg.nodes_size = cfg.most * 12 + nodes_size % 8;
	}
}

/* Every number of blocks from 1 on: the book-keeping is 8 bytes each and not one more. */
static void every_n_in_a_map(void **state)
{
	struct mix mix = { .longest = 3, .waves = true, .others = true };
	uint32_t n;

	(void)state;
	for (n = 1; n <= 300; n++) {
		mix.live = n;
		mix.align = n % 3;
		pool_of(2 * n + 1, 16, 8 * n + n % 8, 1 + n / 16, n, &mix, 20 * n);
	}
}

static void every_n_in_a_tree(void **state)
{
	struct mix mix = { .longest = 3, .waves = true, .others = true };
	uint32_t n;

	(void)state;
	for (n = 1; n <= 1500; n += n < 200 ? 1 : 31) {
		mix.live = n;
		mix.align = n % 3;
		pool_of(64 * n + 64, 16, 8 * n + n % 8, 1 + n / 8, n, &mix, n < 200 ? 20 * n : 5 * n);
	}
}

/*
 * Nodes as empty as they may be, then as many blocks as there is memory for, all in one place: no node may be missing.
 * The oracle knows the number of blocks only, so a refusal is a difference.
 */
static void crowded(uint32_t flags)
{
	uint32_t n, round, i, k, held, at, *used;

	for (n = 64; n <= 3200; n = n * 5 / 4 + 1) {
		struct twin_config cfg = { .size = 200 * n, .granule = 16, .nodes_size = (flags ? 12 : 8) * n, .most = n,
					   .sparsely = n, .seed = twin_seed(n), .flags = flags };
		uint64_t random = cfg.seed;
		struct twin t;

		twin_init(&t, &cfg);
		assert_false(t.pool.mapped);
		used = calloc(n, sizeof(*used));
		assert_non_null(used);
		for (round = held = 0; round < 5; round++) {
			at = below(&random, cfg.size - 2 * n);
			for (i = 0; i < n; i++, at += round & 1 ? 2 : 1)
				if (!twin_alloc_at(&t, at, 1))
					used[held++] = at;
			assert_true(t.oracle.n + 2 >= t.oracle.max_blocks || round & 1 || held >= n / 2);
			/* every so manieth goes, up or down, so that each node loses as much */
			for (i = 0, k = 0; i < held; i++) {
				if (i % 5 < (round == 4 ? 5u : 2u))
					assert_int_equal(twin_free(&t, used[i]), 0);
				else
					used[k++] = used[i];
			}
			held = k;
		}
		assert_int_equal(t.oracle.n, 1);
		free(used);
		twin_exit(&t);
	}
}

static void crowded_after_thinned(void **state)
{
	(void)state;
	crowded(0);
	crowded(EMALLOC_BEST_FIT);
}

static void small_pools(void **state)
{
	struct mix mix = { .live = 40, .longest = 20, .align = 4, .others = true };
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 20; seed++)
		pool_of(100 + (uint32_t)seed * 31, 4u << seed % 5, 8 * (30 + seed), 1, seed, &mix, 10000);
}

static void medium_pools(void **state)
{
	struct mix mix = { .live = 700, .longest = 32, .align = 5, .waves = true, .others = true };
	uint64_t seed;

	(void)state;
	for (seed = 100; seed < 106; seed++) {
		mix.others = seed & 1;
		pool_of(seed & 2 ? 4096 : 40000, 16, 8 * 900, 32, seed, &mix, 40000);
	}
}

/* The least book-keeping memory for a map with segments of 2^k granules. */
static size_t memory_for(uint32_t size, uint32_t k)
{
	static uint64_t nodes[16384];
	struct emalloc_config cfg = { .size = (uint64_t)size * 16, .nodes = nodes, .nodes_size = size / 32 * 8 };
	struct emalloc_pool pool;

	do {
		cfg.nodes_size += 8;
		assert_true(cfg.nodes_size <= sizeof(nodes));
		assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
	} while (!pool.mapped || pool.k > k);
	assert_int_equal(pool.k, k);
	return cfg.nodes_size;
}

/* Segments of several words, and free runs that begin and end anywhere in them. */
static void long_segments(void **state)
{
	struct mix mix = { .live = 300, .longest = 300, .align = 3, .waves = true, .others = true };
	struct mix many = { .live = 1000, .longest = 4, .waves = true };
	uint32_t k;

	(void)state;
	for (k = 6; k <= 8; k++) {
		pool_of(20000, 16, memory_for(20000, k), 16, 12, &mix, 12000);
		pool_of(20000, 16, memory_for(20000, k), 64, 13, &many, 8000);
	}
}

/* As many segments as a level of the map's tree has room for, and about as many; and twice that, in the root. */
static void full_levels(void **state)
{
	static const uint32_t segments[] = { 15, 16, 17, 24, 31, 32, 33, 255, 256, 257, 400, 511, 512, 513 };
	struct mix mix = { .live = 60, .longest = 90, .align = 3, .waves = true, .others = true };
	struct mix few = { .live = 12, .align = 3, .waves = true, .others = true };
	uint32_t i, size;

	(void)state;
	for (i = 0; i < sizeof(segments) / sizeof(*segments); i++) {
		size = segments[i] * 64 - i;
		mix.live = size / 40;
		few.longest = size / 3;
		pool_of(size, 16, memory_for(size, 6), 8, 60 + i, &mix, 3000);
		pool_of(size, 16, memory_for(size, 6), 8, 80 + i, &few, 1500);
	}
}

/* Runs, and requests, that are longer than the tree of the map can say; some begin or end where a stretch does. */
static void long_runs(void **state)
{
	struct mix mix = { .live = 40, .longest = 70000, .align = 4, .waves = true, .others = true };
	uint32_t k;

	(void)state;
	for (k = 6; k <= 8; k++) {
		mix.align = k == 7 ? 17 : 4;
		pool_of(400000, 16, memory_for(400000, k), 8, 40 + k, &mix, 10000);
	}
	/* not one, or one only */
	mix.longest = 20000;
	for (k = 6; k <= 8; k++)
		pool_of(32759 + k, 16, memory_for(32759 + k, k), 8, 50 + k, &mix, 3000);
}

/* Three levels of nodes, as few granules to a block as can be. */
static void many_blocks(void **state)
{
	struct mix mix = { .live = 12000, .longest = 2, .align = 2, .waves = true };

	(void)state;
	pool_of(18000, 16, 8 * 14000, 4000, 7, &mix, 40000);
	pool_of(500000, 16, 8 * 14000, 4000, 7, &mix, 40000);
	mix.others = true;
	pool_of(500000, 16, 8 * 14000, 4000, 8, &mix, 40000);
}

/* As large as a pool can be. */
static void largest_pool(void **state)
{
	struct mix mix = { .live = 900, .longest = 1u << 23, .align = 31, .waves = true, .others = true };

	(void)state;
	mix.align = 0;
	pool_of(1u << 31, 4, 8 * 1000, 16, 9, &mix, 40000);
	mix.align = 20;
	pool_of((1u << 31) - 1, 16, 8 * 1000, 16, 10, &mix, 40000);
}

/* Starts with memory for one block; whenever they are used up, more comes, in pieces that fit together badly. */
static void pieces(uint32_t flags)
{
	struct twin_config cfg = {
		.size = 40000, .granule = 16, .nodes_size = flags ? 12 : 8, .most = 4000, .seed = twin_seed(11),
		.flags = flags,
	};
	static const size_t piece[] = { 256, 511, 776, 1024, 256, 2048, 300, 4096, 256, 5000, 1024 };
	uint64_t random = cfg.seed;
	uint32_t held[2500], n = 0, i, start = 0;
	struct twin t;

	cfg.sparsely = 32;
	twin_init(&t, &cfg);
	t.chance = true;
	for (i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		while (n < 2500) {
			int err = twin_alloc(&t, 1 + below(&random, 2), 1, &start);

			if (err == EMALLOC_ENOMEM)
				break;
			assert_int_equal(err, 0);
			held[n++] = start;
			if (n > 3 && below(&random, 10) < 4) {
				uint32_t k = below(&random, n);

				assert_int_equal(twin_free(&t, held[k]), 0);
				held[k] = held[--n];
			}
		}
		assert_true(n < 2500);
		twin_add_nodes(&t, piece[i]);
	}
	assert_int_equal(emalloc_pool_add_nodes(&t.pool, held, sizeof(held)), EMALLOC_ENOSPC);
	while (n)
		assert_int_equal(twin_free(&t, held[--n]), 0);
	twin_exit(&t);
}

static void memory_in_pieces(void **state)
{
	(void)state;
	pieces(0);
	pieces(EMALLOC_BEST_FIT);
}

/* Orders that push nodes to their least and most: up, down, every other one, inside out, pair by pair. */
static void orders(void **state)
{
	enum { BLOCKS = 2000 };
	struct twin_config cfg = { .granule = 16, .nodes_size = 8 * BLOCKS + 8, .most = BLOCKS + 1, .sparsely = 97 };
	uint32_t order, i, k, start = 0, step = 0;
	struct twin t;

	(void)state;
	for (order = 0; order < 16; order++) {
		cfg.size = order & 8 ? 100 * BLOCKS : BLOCKS;	/* a tree, a map */
		twin_init(&t, &cfg);
		for (i = 0; i < BLOCKS; i++)
			if (order & 1)
				assert_int_equal(twin_alloc_at(&t, BLOCKS - 1 - i, 1), 0);
			else
				assert_int_equal(twin_alloc(&t, 1, 1, &start), 0);
		for (i = 0; i < BLOCKS; i++) {
			if ((order & 7) < 2)
				k = i;
			else if ((order & 7) < 4)
				k = BLOCKS - 1 - i;
			else if ((order & 7) < 6)
				k = i < BLOCKS / 2 ? 2 * i : 2 * (BLOCKS - 1 - i) + 1;
			else
				k = i & 1 ? BLOCKS / 2 + i / 2 : BLOCKS / 2 - 1 - i / 2;
			assert_int_equal(twin_free(&t, k), 0);
			/* now and then a hole is filled again */
			if (order & 4 && ++step % 5 == 0) {
				assert_int_equal(twin_alloc_at(&t, k, 1), 0);
				assert_int_equal(twin_free(&t, k), 0);
			}
		}
		assert_int_equal(t.oracle.n, 1);
		twin_exit(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_n_in_a_map),
		cmocka_unit_test(every_n_in_a_tree),
		cmocka_unit_test(crowded_after_thinned),
		cmocka_unit_test(small_pools),
		cmocka_unit_test(medium_pools),
		cmocka_unit_test(long_segments),
		cmocka_unit_test(full_levels),
		cmocka_unit_test(long_runs),
		cmocka_unit_test(many_blocks),
		cmocka_unit_test(largest_pool),
		cmocka_unit_test(memory_in_pieces),
		cmocka_unit_test(orders),
	};

	return cmocka_run_group_tests_name("emalloc random", tests, NULL, NULL);
}
