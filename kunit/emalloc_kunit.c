// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of emalloc inside the kernel: the allocator's promises on the machine and with the compiler
 * that it runs with. The host tests in tools/emalloc go deeper.
 */
#include <kunit/test.h>
#include <linux/emalloc.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "compat.h"

#define GRANULE		16
#define GRANULES	3000	/* of the pools that random operations work on */
#define LIVE		600
#define BYTES		(GRANULES * GRANULE)

/*
 * Two pools of the same size: one with memory for a map of its granules, one with so little that
 * the book-keeping is a tree over its blocks.
 */
enum { MAP, TREE, KINDS };

struct emalloc_fixture {
	struct emalloc_pool pool[KINDS];
	u64 *nodes[KINDS];
	u8 *owner;		/* the oracle: a byte a granule, 0 or its allocation's length */
	u32 at[LIVE];
	u32 n;
};

static const size_t nodes_size[KINDS] = { 8 * 2048, 8 * 100 };

static int emalloc_test_init(struct kunit *test)
{
	struct emalloc_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int kind;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->owner = kunit_kzalloc(test, GRANULES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->owner);
	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_config cfg = {
			.size = BYTES,
			.nodes_size = nodes_size[kind],
		};

		f->nodes[kind] = kunit_kzalloc(test, nodes_size[kind], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->nodes[kind]);
		cfg.nodes = f->nodes[kind];
		KUNIT_ASSERT_EQ(test, emalloc_pool_init(&f->pool[kind], &cfg), 0);
		KUNIT_ASSERT_EQ(test, f->pool[kind].mapped, kind == MAP);
	}
	test->priv = f;
	return 0;
}

static void expect_sound(struct kunit *test, const struct emalloc_pool *pool)
{
	struct emalloc_fault fault = {};

	KUNIT_EXPECT_EQ_MSG(test, emalloc_pool_check(pool, &fault), 0, "%s %llu", fault.what,
			    fault.where);
}

/* The lowest place wins, whatever was freed last. */
static void emalloc_first_fit(struct kunit *test)
{
	struct emalloc_fixture *f = test->priv;
	u64 at[8], got;
	int kind, i;

	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_pool *pool = &f->pool[kind];

		for (i = 0; i < 8; i++) {
			KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, 100, 0, &at[i]), 0);
			KUNIT_EXPECT_EQ(test, at[i], i * 112);
		}
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at[5]), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at[1]), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 1, 0, &got), 0);
		KUNIT_EXPECT_EQ(test, got, at[1]);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 112, 0, &got), 0);
		KUNIT_EXPECT_EQ(test, got, at[5]);
		expect_sound(test, pool);
	}
}

/* Both neighbours of a freed range are merged with it: all is one range again. */
static void emalloc_merges(struct kunit *test)
{
	static const u8 order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct emalloc_fixture *f = test->priv;
	struct emalloc_stats stats;
	u64 at[3];
	int kind, i, k;

	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_pool *pool = &f->pool[kind];

		for (i = 0; i < 6; i++) {
			for (k = 0; k < 3; k++)
				KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, 48, 0, &at[k]), 0);
			for (k = 0; k < 3; k++)
				KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at[order[i][k]]), 0);
			emalloc_pool_stats(pool, &stats);
			KUNIT_EXPECT_EQ(test, stats.blocks, 1);
			KUNIT_EXPECT_EQ(test, stats.used, 0);
			KUNIT_EXPECT_EQ(test, stats.largest_free, BYTES);
			expect_sound(test, pool);
		}
	}
}

/* Wrong frees are refused and change nothing. */
static void emalloc_refuses(struct kunit *test)
{
	struct emalloc_fixture *f = test->priv;
	struct emalloc_stats stats;
	u64 at;
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_pool *pool = &f->pool[kind];

		KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, 64, 0, &at), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at + 8), -EINVAL);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at + 16), -ENOENT);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at + 64), -ENOENT);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, BYTES), -ENOENT);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, ~0xfULL), -ENOENT);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 0, 0, &at), -EINVAL);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, ~0ULL, 0, &at), -EINVAL);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 16, 24, &at), -EINVAL);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, BYTES, 0, &at), -ENOSPC);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc_at(pool, at, 16), -EEXIST);
		emalloc_pool_stats(pool, &stats);
		KUNIT_EXPECT_EQ(test, stats.blocks, 2);
		KUNIT_EXPECT_EQ(test, stats.used, 64);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_free(pool, at), -ENOENT);
		expect_sound(test, pool);
	}
}

/* A fixed place, an alignment, a new size. */
static void emalloc_places(struct kunit *test)
{
	struct emalloc_fixture *f = test->priv;
	struct emalloc_range range;
	u64 at;
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_pool *pool = &f->pool[kind];

		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc_at(pool, 1024, 32), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc_at(pool, 1040, 32), -EEXIST);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 1024, 4096, &at), 0);
		KUNIT_EXPECT_EQ(test, at, 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 16, 4096, &at), 0);
		KUNIT_EXPECT_EQ(test, at, 4096);
		KUNIT_EXPECT_EQ(test, emalloc_pool_resize(pool, 1024, 3072), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_resize(pool, 1024, 3073), -ENOSPC);
		KUNIT_EXPECT_EQ(test, emalloc_pool_find(pool, 4095, &range), 0);
		KUNIT_EXPECT_EQ(test, range.offset, 1024);
		KUNIT_EXPECT_EQ(test, range.size, 3072);
		KUNIT_EXPECT_TRUE(test, range.used);
		KUNIT_EXPECT_EQ(test, emalloc_pool_resize(pool, 1024, 16), 0);
		KUNIT_EXPECT_EQ(test, emalloc_pool_find(pool, 1040, &range), 0);
		KUNIT_EXPECT_EQ(test, range.size, 3056);
		KUNIT_EXPECT_FALSE(test, range.used);
		expect_sound(test, pool);
	}
}

/* Out of book-keeping memory: refused, until more is handed in. */
static void emalloc_more_nodes(struct kunit *test)
{
	struct emalloc_config cfg = { .size = 1 << 20 };
	struct emalloc_pool *pool = kunit_kzalloc(test, sizeof(*pool), GFP_KERNEL);
	u64 *nodes = kunit_kzalloc(test, 16, GFP_KERNEL);
	u64 *more, at;
	size_t size;
	int piece, i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_ASSERT_NOT_NULL(test, nodes);
	cfg.nodes = nodes;
	cfg.nodes_size = 16;
	KUNIT_ASSERT_EQ(test, emalloc_pool_init(pool, &cfg), 0);
	KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 16, 0, &at), 0);
	for (piece = 0; piece < 5; piece++) {
		KUNIT_EXPECT_EQ(test, emalloc_pool_alloc(pool, 16, 0, &at), -ENOMEM);
		size = EMALLOC_NODE_SIZE << piece;
		more = kunit_kzalloc(test, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, more);
		KUNIT_ASSERT_EQ(test, emalloc_pool_add_nodes(pool, more, size), 0);
		for (i = 0; i < size / 8; i++)
			KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, 16, 0, &at), 0);
		expect_sound(test, pool);
	}
}

/* The first place at which n granules are free, from a map of bytes, one per granule. */
static u32 first_fit(const u8 *owner, u32 n)
{
	u32 i, run = 0;

	for (i = 0; i < GRANULES; i++) {
		run = owner[i] ? 0 : run + 1;
		if (run == n)
			return i + 1 - n;
	}
	return GRANULES;
}

/* Random operations, compared with that map; the seed is in the log. */
static void emalloc_random(struct kunit *test)
{
	struct emalloc_fixture *f = test->priv;
	u32 seed = get_random_u32(), i, n, k, expected;
	struct rnd_state rnd;
	u64 at;
	int kind, err;

	kunit_info(test, "seed %u\n", seed);
	for (kind = 0; kind < KINDS; kind++) {
		struct emalloc_pool *pool = &f->pool[kind];

		prandom_seed_state(&rnd, seed);
		memset(f->owner, 0, GRANULES);
		f->n = 0;
		for (i = 0; i < 20000; i++) {
			if (f->n < LIVE && prandom_u32_state(&rnd) % 100 < 55) {
				n = 1 + prandom_u32_state(&rnd) % 40;
				expected = first_fit(f->owner, n);
				err = emalloc_pool_alloc(pool, n * GRANULE, 0, &at);
				if (kind == TREE && err == -ENOMEM)
					continue;
				KUNIT_ASSERT_EQ(test, err, expected < GRANULES ? 0 : -ENOSPC);
				if (err)
					continue;
				KUNIT_ASSERT_EQ(test, at, expected * GRANULE);
				memset(f->owner + expected, n, n);
				f->at[f->n++] = expected;
			} else if (f->n) {
				k = prandom_u32_state(&rnd) % f->n;
				err = emalloc_pool_free(pool, f->at[k] * GRANULE);
				KUNIT_ASSERT_EQ(test, err, 0);
				memset(f->owner + f->at[k], 0, f->owner[f->at[k]]);
				f->at[k] = f->at[--f->n];
			}
			if (i % 64 == 0)
				expect_sound(test, pool);
		}
	}
}

/* Where best fit has to put size bytes, from a walk over all blocks. */
static u64 smallest_hole(struct emalloc_pool *pool, u64 size)
{
	struct emalloc_range range, best = { .size = U64_MAX };

	emalloc_pool_for_each(pool, range)
		if (!range.used && range.size >= size && range.size < best.size)
			best = range;
	return best.offset;
}

/* The smallest free range that fits, of such the lowest: over a map, and over a tree. */
static void emalloc_best_fit(struct kunit *test)
{
	static const u64 bytes[KINDS] = { BYTES, 1 << 24 };
	struct emalloc_pool *pool = kunit_kzalloc(test, sizeof(*pool), GFP_KERNEL);
	struct emalloc_config cfg = { .flags = EMALLOC_BEST_FIT, .nodes_size = 12 * 1000 };
	u64 *at = kunit_kcalloc(test, LIVE, sizeof(*at), GFP_KERNEL), got, expected, size;
	int kind, i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_ASSERT_NOT_NULL(test, at);
	cfg.nodes = kunit_kzalloc(test, cfg.nodes_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg.nodes);
	for (kind = 0; kind < KINDS; kind++) {
		cfg.size = bytes[kind];
		KUNIT_ASSERT_EQ(test, emalloc_pool_init(pool, &cfg), 0);
		KUNIT_ASSERT_EQ(test, pool->mapped, kind == MAP);
		for (i = 0; i < LIVE; i++) {
			size = 16 + i * 37 % 96;
			KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, size, 0, &at[i]), 0);
		}
		for (i = 0; i < LIVE; i += 2)
			KUNIT_ASSERT_EQ(test, emalloc_pool_free(pool, at[i]), 0);
		expect_sound(test, pool);
		for (i = 0; i < 300; i++) {
			size = 1 + i * 29 % 96;
			expected = smallest_hole(pool, size);
			KUNIT_ASSERT_EQ(test, emalloc_pool_alloc(pool, size, 0, &got), 0);
			KUNIT_ASSERT_EQ(test, got, expected);
		}
		expect_sound(test, pool);
	}
}

static struct kunit_case emalloc_cases[] = {
	KUNIT_CASE(emalloc_first_fit),
	KUNIT_CASE(emalloc_merges),
	KUNIT_CASE(emalloc_refuses),
	KUNIT_CASE(emalloc_places),
	KUNIT_CASE(emalloc_more_nodes),
	KUNIT_CASE(emalloc_random),
	KUNIT_CASE(emalloc_best_fit),
	{}
};

static struct kunit_suite emalloc_suite = {
	.name = "emalloc",
	.init = emalloc_test_init,
	.test_cases = emalloc_cases,
};

kunit_test_suite(emalloc_suite);

MODULE_DESCRIPTION("KUnit tests of emalloc");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
