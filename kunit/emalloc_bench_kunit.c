// SPDX-License-Identifier: GPL-2.0-only
/*
 * emalloc beside the kernel's own range allocators, on one recorded trace: churn at 80 % of 8 MiB,
 * sizes log-uniform from 16 to 4096 bytes. Prints times and ratios and never judges them; what it
 * does judge is the places: all four are exact first fit, so all four have to choose the same.
 */
#include <drm/drm_mm.h>
#include <kunit/test.h>
#include <linux/emalloc.h>
#include <linux/genalloc.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "compat.h"

#define POOL	(8u << 20)
#define GRANULE	16u
#define FILL	(POOL / 5 * 4)
#define PAIRS	20000u
#define SLOTS	16384u
#define OPS	(SLOTS + 4 * PAIRS)
#define NOWHERE	U64_MAX
#define BASE	0x40000000ul	/* genalloc answers 0 for no room */
#define TURNS	3

struct op {
	u32 slot;
	u32 size;		/* bytes; 0: free the slot */
};

/* A range allocator under test. Offsets are bytes from the start of the pool. */
struct contender {
	const char *name;
	int (*start)(struct kunit *test);
	u64 (*alloc)(u32 slot, u32 size);
	void (*free)(u32 slot, u64 offset, u32 size);
	void (*stop)(void);
};

static struct emalloc_pool emalloc;
static void *emalloc_nodes;

static int emalloc_start(struct kunit *test)
{
	struct emalloc_config cfg = {
		.size = POOL,
		.granule = GRANULE,
		.nodes_size = (2 * SLOTS + 1) * 8,
	};

	emalloc_nodes = kvzalloc(cfg.nodes_size, GFP_KERNEL);
	if (!emalloc_nodes)
		return -ENOMEM;
	cfg.nodes = emalloc_nodes;
	return emalloc_pool_init(&emalloc, &cfg);
}

static u64 emalloc_get(u32 slot, u32 size)
{
	u64 offset;

	return emalloc_pool_alloc(&emalloc, size, 0, &offset) ? NOWHERE : offset;
}

static void emalloc_put(u32 slot, u64 offset, u32 size)
{
	emalloc_pool_free(&emalloc, offset);
}

static void emalloc_stop(void)
{
	kvfree(emalloc_nodes);
}

#if IS_REACHABLE(CONFIG_DRM)
static struct drm_mm mm;
static struct drm_mm_node *mm_node;

static int mm_start(struct kunit *test)
{
	mm_node = kvcalloc(SLOTS, sizeof(*mm_node), GFP_KERNEL);
	if (!mm_node)
		return -ENOMEM;
	drm_mm_init(&mm, 0, POOL);
	return 0;
}

static u64 mm_get(u32 slot, u32 size)
{
	struct drm_mm_node *node = &mm_node[slot];

	if (drm_mm_insert_node_in_range(&mm, node, round_up(size, GRANULE), 0, 0, 0, U64_MAX,
					DRM_MM_INSERT_LOW))
		return NOWHERE;
	return node->start;
}

static void mm_put(u32 slot, u64 offset, u32 size)
{
	drm_mm_remove_node(&mm_node[slot]);
	memset(&mm_node[slot], 0, sizeof(mm_node[slot]));
}

static void mm_stop(void)
{
	drm_mm_takedown(&mm);
	kvfree(mm_node);
}
#endif

static struct gen_pool *gen_pool;

static int gen_start(struct kunit *test)
{
	int ret;

	gen_pool = gen_pool_create(ilog2(GRANULE), NUMA_NO_NODE);
	if (!gen_pool)
		return -ENOMEM;
	gen_pool_set_algo(gen_pool, gen_pool_first_fit, NULL);
	ret = gen_pool_add(gen_pool, BASE, POOL, NUMA_NO_NODE);
	if (ret)
		gen_pool_destroy(gen_pool);
	return ret;
}

static u64 gen_get(u32 slot, u32 size)
{
	unsigned long addr = gen_pool_alloc(gen_pool, size);

	return addr ? addr - BASE : NOWHERE;
}

static void gen_put(u32 slot, u64 offset, u32 size)
{
	gen_pool_free(gen_pool, BASE + offset, size);
}

static void gen_stop(void)
{
	gen_pool_destroy(gen_pool);
}

static struct maple_tree maple;

static int maple_start(struct kunit *test)
{
	mt_init_flags(&maple, MT_FLAGS_ALLOC_RANGE);
	return 0;
}

/* Indexes are granules. */
static u64 maple_get(u32 slot, u32 size)
{
	unsigned long n = DIV_ROUND_UP(size, GRANULE);
	u64 offset = NOWHERE;

	MA_STATE(mas, &maple, 0, 0);

	mas_lock(&mas);
	if (!mas_empty_area(&mas, 0, POOL / GRANULE - 1, n)) {
		offset = (u64)mas.index * GRANULE;
		if (mas_store_gfp(&mas, xa_mk_value(slot), GFP_KERNEL))
			offset = NOWHERE;
	}
	mas_unlock(&mas);
	return offset;
}

static void maple_put(u32 slot, u64 offset, u32 size)
{
	mtree_erase(&maple, offset / GRANULE);
}

static void maple_stop(void)
{
	mtree_destroy(&maple);
}

static const struct contender contenders[] = {
	{ "emalloc", emalloc_start, emalloc_get, emalloc_put, emalloc_stop },
#if IS_REACHABLE(CONFIG_DRM)
	{ "drm_mm", mm_start, mm_get, mm_put, mm_stop },
#endif
	{ "gen_pool, first fit", gen_start, gen_get, gen_put, gen_stop },
	{ "maple tree", maple_start, maple_get, maple_put, maple_stop },
};

/* xorshift, from a fixed seed: every run on every kernel replays the same operations. */
static u32 next_random(u32 *state)
{
	u32 x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

/* Eight steps to the octave, even within a step; 16 * 2^(i/8) in 1/64. */
static u32 log_uniform(u32 *state)
{
	static const u32 step[9] = { 1024, 1117, 1218, 1328, 1448, 1579, 1722, 1878, 2048 };
	u32 r = next_random(state), octave = r >> 29, i = r >> 26 & 7;
	u32 lo = step[i] << octave, hi = step[i + 1] << octave;

	return (lo + (next_random(state) >> 4) % (hi - lo)) >> 6;
}

struct record {
	struct op *ops;
	u32 count;
	u32 warm;		/* operations that fill the pool: not timed */
	u32 pairs;		/* allocations after that */
};

static void record_trace(struct kunit *test, struct record *r)
{
	struct op *live = kunit_kmalloc_array(test, SLOTS, sizeof(*live), GFP_KERNEL);
	u32 n = 0, top = 0, used = 0, state = 12345, size, k;

	KUNIT_ASSERT_NOT_NULL(test, live);
	r->ops = kunit_kmalloc_array(test, OPS, sizeof(*r->ops), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r->ops);
	r->count = 0;
	r->warm = 0;
	r->pairs = 0;
	while (r->pairs < PAIRS) {
		size = log_uniform(&state);
		while (n && used + size > FILL) {
			struct op gone;

			if (!r->warm)
				r->warm = r->count;
			k = next_random(&state) % n;
			gone = live[k];
			live[k] = live[--n];
			live[n] = gone;
			used -= round_up(gone.size, GRANULE);
			KUNIT_ASSERT_LT(test, r->count, OPS);
			r->ops[r->count++] = (struct op){ gone.slot, 0 };
		}
		if (n == top) {
			KUNIT_ASSERT_LT(test, top, SLOTS);
			live[top].slot = top;
			top++;
		}
		live[n].size = size;
		KUNIT_ASSERT_LT(test, r->count, OPS);
		r->ops[r->count++] = (struct op){ live[n].slot, size };
		used += round_up(size, GRANULE);
		n++;
		r->pairs += !!r->warm;
	}
	kunit_info(test, "%u operations fill the pool, %u are timed, %u ranges live\n", r->warm,
		   r->count - r->warm, n);
}

struct held {
	u64 offset;
	u32 size;
};

/* Replays on one contender. Return: the nanoseconds of the timed part; places gets a hash. */
static u64 replay(struct kunit *test, const struct contender *c, const struct record *r,
		  struct held *held, u32 *places)
{
	u32 i, lost = 0, hash = 0;
	u64 start = 0, end;

	KUNIT_ASSERT_EQ_MSG(test, c->start(test), 0, "%s", c->name);
	for (i = 0; i < SLOTS; i++)
		held[i].offset = NOWHERE;
	for (i = 0; i < r->count; i++) {
		const struct op *op = &r->ops[i];
		struct held *h = &held[op->slot];

		if (i == r->warm) {
			cond_resched();
			start = ktime_get_ns();
		}
		if (op->size) {
			h->offset = c->alloc(op->slot, op->size);
			h->size = op->size;
			hash = jhash_2words((u32)h->offset, op->slot, hash);
			lost += h->offset == NOWHERE;
		} else if (h->offset != NOWHERE) {
			c->free(op->slot, h->offset, h->size);
			h->offset = NOWHERE;
		}
	}
	end = ktime_get_ns();
	for (i = 0; i < SLOTS; i++)
		if (held[i].offset != NOWHERE)
			c->free(i, held[i].offset, held[i].size);
	c->stop();
	KUNIT_EXPECT_EQ_MSG(test, lost, 0, "%s", c->name);
	*places = hash;
	return end - start;
}

/* All contenders choose the same places; their times and the ratios to emalloc's are printed. */
static void emalloc_bench_churn(struct kunit *test)
{
	u64 best[ARRAY_SIZE(contenders)];
	u32 places[ARRAY_SIZE(contenders)] = { 0 };
	struct record r;
	struct held *held;
	unsigned int i, turn;
	u64 pair, ratio;

	if (IS_ENABLED(CONFIG_EXTRAM_DEBUG))
		kunit_skip(test, "EXTRAM_DEBUG validates after every call: no use timing");
	record_trace(test, &r);
	held = kunit_kmalloc_array(test, SLOTS, sizeof(*held), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held);
	for (turn = 0; turn < TURNS; turn++) {
		for (i = 0; i < ARRAY_SIZE(contenders); i++) {
			u64 ns = replay(test, &contenders[i], &r, held, &places[i]);

			if (!turn || ns < best[i])
				best[i] = ns;
			cond_resched();
		}
	}
	for (i = 0; i < ARRAY_SIZE(contenders); i++) {
		pair = div_u64(best[i], r.pairs);
		ratio = div64_u64(best[i] * 100, max_t(u64, best[0], 1));
		kunit_info(test, "%-20s %6llu ns per alloc + free, %llu.%02llu times emalloc's\n",
			   contenders[i].name, pair, div_u64(ratio, 100),
			   ratio - div_u64(ratio, 100) * 100);
		KUNIT_EXPECT_EQ_MSG(test, places[i], places[0], "%s chose other places",
				    contenders[i].name);
	}
}

static struct kunit_case emalloc_bench_cases[] = {
#ifdef KUNIT_CASE_SLOW		/* from 6.8 */
	KUNIT_CASE_SLOW(emalloc_bench_churn),
#else
	KUNIT_CASE(emalloc_bench_churn),
#endif
	{}
};

static struct kunit_suite emalloc_bench_suite = {
	.name = "emalloc_bench",
	.test_cases = emalloc_bench_cases,
};

kunit_test_suites(&emalloc_bench_suite);

MODULE_DESCRIPTION("emalloc beside the kernel's range allocators");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
