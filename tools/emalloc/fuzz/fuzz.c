// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream of bytes is a pool and operations on it; every answer is compared with an oracle that has one cell per granule
 * and nothing else. libFuzzer calls LLVMFuzzerTestOneInput(); drive.c calls it without libFuzzer, on any machine.
 *
 * Pools have at most MAX granules, so that aligned requests too have to be exact: see emalloc_pool_alloc().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/emalloc.h>

#include "fuzz.h"

#define MAX	2048u

struct input {
	const uint8_t *at, *end;
};

static uint32_t byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Short numbers are what matters most; every eighth one is long. */
static uint32_t number(struct input *in)
{
	uint32_t b = byte(in);

	return b < 224 ? b & 31 : (b & 31) << 8 | byte(in);
}

/* cell[i] is 0 when granule i is free, else 1 + the first granule of the allocation that has it. */
static struct {
	uint16_t cell[MAX];
	uint32_t size;		/* granules */
	uint32_t max_blocks;
	uint32_t shift;
	bool best_fit;
} oracle;

static struct emalloc_pool pool;
static const char *doing;
static unsigned long calls;

static _Noreturn void differ(const char *what, long long got, long long want)
{
	fprintf(stderr, "call %lu, %s: %s is %lld, should be %lld\n", calls, doing, what, got, want);
	abort();
}

static void same(const char *what, long long got, long long want)
{
	if (got != want)
		differ(what, got, want);
}

/* The end of the block that begins at i. */
static uint32_t block_end(uint32_t i)
{
	uint32_t j = i;

	while (j < oracle.size && oracle.cell[j] == oracle.cell[i])
		j++;
	return j;
}

static uint32_t blocks(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < oracle.size; i = block_end(i))
		n++;
	return n;
}

static void fill(uint32_t from, uint32_t to, uint32_t value)
{
	for (; from < to; from++)
		oracle.cell[from] = (uint16_t)value;
}

/* Takes the range, unless that makes more blocks than there is memory for. */
static int take(uint32_t at, uint32_t n)
{
	fill(at, at + n, at + 1);
	if (blocks() <= oracle.max_blocks)
		return 0;
	fill(at, at + n, 0);
	return EMALLOC_ENOMEM;
}

static int oracle_alloc(uint32_t n, uint32_t align, uint32_t *at)
{
	uint32_t i, end, from, best = UINT32_MAX, best_size = UINT32_MAX;

	for (i = 0; i < oracle.size; i = end) {
		end = block_end(i);
		from = (i + align - 1) & ~(align - 1);
		if (oracle.cell[i] || from + n > end)
			continue;
		if (best == UINT32_MAX || (oracle.best_fit && end - i < best_size)) {
			best = from;
			best_size = end - i;
		}
	}
	if (best == UINT32_MAX)
		return EMALLOC_ENOSPC;
	*at = best;
	return take(best, n);
}

static int oracle_alloc_at(uint32_t at, uint32_t n)
{
	uint32_t i;

	for (i = at; i < at + n; i++)
		if (oracle.cell[i])
			return EMALLOC_EEXIST;
	return take(at, n);
}

static bool starts(uint32_t at)
{
	return at < oracle.size && oracle.cell[at] == at + 1;
}

static int oracle_resize(uint32_t at, uint32_t n)
{
	uint32_t end, i;

	if (!starts(at))
		return EMALLOC_ENOENT;
	end = block_end(at);
	if (n > end - at) {
		for (i = end; i < at + n; i++)
			if (i >= oracle.size || oracle.cell[i])
				return EMALLOC_ENOSPC;
		fill(end, at + n, at + 1);
		return 0;
	}
	fill(at + n, end, 0);
	if (blocks() <= oracle.max_blocks)
		return 0;
	fill(at + n, end, at + 1);
	return EMALLOC_ENOMEM;
}

static void compare(bool walk)
{
	struct emalloc_fault fault = { "", 0 };
	struct emalloc_stats stats;
	struct emalloc_range range;
	uint32_t i, end, used = 0, longest = 0, n = 0, allocations = 0;

	if (emalloc_pool_check(&pool, &fault)) {
		fprintf(stderr, "call %lu, %s: the validator says: %s at %llu\n", calls, doing, fault.what,
			(unsigned long long)fault.where);
		abort();
	}
	for (i = 0; i < oracle.size; i = end) {
		end = block_end(i);
		n++;
		if (oracle.cell[i]) {
			allocations++;
			used += end - i;
		} else if (end - i > longest) {
			longest = end - i;
		}
		if (!walk)
			continue;
		same("find", emalloc_pool_find(&pool, (uint64_t)(end - 1) << oracle.shift, &range), 0);
		same("a block's offset", (long long)(range.offset >> oracle.shift), i);
		same("a block's size", (long long)(range.size >> oracle.shift), end - i);
		same("a block's use", range.used, oracle.cell[i] != 0);
	}
	emalloc_pool_stats(&pool, &stats);
	same("stats.size", (long long)(stats.size >> oracle.shift), oracle.size);
	same("stats.used", (long long)(stats.used >> oracle.shift), used);
	same("stats.blocks", stats.blocks, n);
	same("stats.used_blocks", stats.used_blocks, allocations);
	same("stats.max_blocks", stats.max_blocks, oracle.max_blocks);
	same("stats.largest_free", (long long)(stats.largest_free >> oracle.shift), longest);
	same("largest_free", (long long)(emalloc_pool_largest_free(&pool) >> oracle.shift), longest);
}

static uint32_t some_start(struct input *in, uint32_t among)
{
	uint32_t k = number(in), i, seen = 0;

	if (!among)
		return k;
	k %= among;
	for (i = 0; i < oracle.size; i = block_end(i))
		if (oracle.cell[i] && seen++ == k)
			return i;
	return 0;
}

/* Bytes that need exactly n granules. */
static uint64_t bytes(struct input *in, uint32_t n)
{
	uint32_t granule = (uint32_t)1 << oracle.shift, less = n ? byte(in) & (granule - 1) : 0;

	return ((uint64_t)n << oracle.shift) - less;
}

static void refused(struct input *in)
{
	uint32_t granule = (uint32_t)1 << oracle.shift, which = byte(in) % 9;
	uint64_t offset = 0, all = (uint64_t)oracle.size << oracle.shift;
	struct emalloc_range range;

	doing = "a call that must be refused";
	switch (which) {
	case 0:
		same("alloc(0)", emalloc_pool_alloc(&pool, 0, 0, &offset), EMALLOC_EINVAL);
		break;
	case 1:
		same("alloc(all + 1)", emalloc_pool_alloc(&pool, all + 1, 0, &offset), EMALLOC_EINVAL);
		break;
	case 2:
		same("alloc(2^64 - 1)", emalloc_pool_alloc(&pool, UINT64_MAX, 0, &offset), EMALLOC_EINVAL);
		break;
	case 3:
		same("alloc(align 3)", emalloc_pool_alloc(&pool, 1, 3, &offset), EMALLOC_EINVAL);
		break;
	case 4:
		same("free(misaligned)", emalloc_pool_free(&pool, all / 2 | (granule / 2)), EMALLOC_EINVAL);
		break;
	case 5:
		same("free(beyond)", emalloc_pool_free(&pool, all), EMALLOC_ENOENT);
		break;
	case 6:
		same("alloc_at(beyond)", emalloc_pool_alloc_at(&pool, all, 1), EMALLOC_EINVAL);
		break;
	case 7:
		same("alloc_at(runs out)", emalloc_pool_alloc_at(&pool, all - granule, granule + 1), EMALLOC_EINVAL);
		break;
	case 8:
		same("find(beyond)", emalloc_pool_find(&pool, all, &range), EMALLOC_ENOENT);
		break;
	}
}

static void one(struct input *in, void **more, unsigned int *pieces)
{
	uint32_t what = byte(in), n, at = 0, align;
	uint64_t offset = 0;
	struct emalloc_stats stats;
	int want;

	emalloc_pool_stats(&pool, &stats);
	switch (what & 15) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		doing = "alloc";
		n = number(in) + 1;
		align = what & 32 ? 1u << ((what >> 6 & 3) + 1) : 1;
		if (n > oracle.size)
			break;
		want = oracle_alloc(n, align, &at);
		same("alloc", emalloc_pool_alloc(&pool, bytes(in, n), what & 16 ? (uint64_t)align << oracle.shift :
						 align > 1 ? (uint64_t)align << oracle.shift : 0, &offset), want);
		if (!want)
			same("the offset", (long long)(offset >> oracle.shift), at);
		break;
	case 6: case 7: case 8: case 9: case 10:
		doing = "free of an allocation";
		if (!stats.used_blocks)
			break;
		at = some_start(in, stats.used_blocks);
		fill(at, block_end(at), 0);
		same("free", emalloc_pool_free(&pool, (uint64_t)at << oracle.shift), 0);
		break;
	case 11:
		doing = "free of any offset";
		at = number(in);
		want = starts(at) ? 0 : EMALLOC_ENOENT;
		if (!want)
			fill(at, block_end(at), 0);
		same("free", emalloc_pool_free(&pool, (uint64_t)at << oracle.shift), want);
		break;
	case 12:
		doing = "alloc_at";
		at = number(in);
		n = number(in) + 1;
		if (at >= oracle.size || n > oracle.size - at)
			break;
		want = oracle_alloc_at(at, n);
		same("alloc_at", emalloc_pool_alloc_at(&pool, (uint64_t)at << oracle.shift, bytes(in, n)), want);
		break;
	case 13:
		doing = "resize";
		at = what & 16 ? number(in) : some_start(in, stats.used_blocks);
		n = number(in) + 1;
		if (n > oracle.size)
			break;
		want = oracle_resize(at, n);
		same("resize", emalloc_pool_resize(&pool, (uint64_t)at << oracle.shift, bytes(in, n)), want);
		break;
	case 14:
		doing = "add_nodes";
		if (*pieces == EMALLOC_CHUNKS - 1)
			break;
		n = 1 + (what >> 4 & 3);
		more[*pieces] = malloc(n * EMALLOC_NODE_SIZE);
		if (!more[*pieces])
			break;
		same("add_nodes", emalloc_pool_add_nodes(&pool, more[*pieces], n * EMALLOC_NODE_SIZE), 0);
		++*pieces;
		oracle.max_blocks += n * EMALLOC_NODE_SIZE / (oracle.best_fit ? 12 : 8);
		break;
	case 15:
		refused(in);
		break;
	}
}

/* Bulk: what a fuzzer takes long to find by itself, namely enough blocks for a tree of some height. */
static void comb(struct input *in)
{
	uint32_t n = number(in), stride = 1 + (byte(in) & 3), i, at = 0;
	uint64_t offset;

	doing = "comb";
	if (stride > oracle.size)
		return;
	for (i = 0; i < n; i++) {
		int want = oracle_alloc(stride, 1, &at);

		same("alloc", emalloc_pool_alloc(&pool, (uint64_t)stride << oracle.shift, 0, &offset), want);
		if (want)
			break;
		same("the offset", (long long)(offset >> oracle.shift), at);
	}
	if (byte(in) & 1)
		return;
	for (i = 0; i < oracle.size; i += stride * 2) {
		if (!starts(i))
			continue;
		fill(i, block_end(i), 0);
		same("free", emalloc_pool_free(&pool, (uint64_t)i << oracle.shift), 0);
		calls++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t sizes[8] = { 1, 2, 3, 16, 100, 256, 700, MAX };
	struct input in = { data, data + size };
	uint32_t kind = byte(&in), room = number(&in) + 1, per_block = kind & 128 ? 12 : 8;
	struct emalloc_config cfg = { 0 };
	void *more[EMALLOC_CHUNKS];
	unsigned int pieces = 0;
	void *nodes;

	memset(&oracle, 0, sizeof(oracle));
	oracle.size = sizes[kind & 7];
	oracle.shift = 2 + (kind >> 3 & 3);
	oracle.best_fit = kind & 128;
	if (kind & 32)		/* mostly enough, sometimes not */
		room = oracle.size;
	oracle.max_blocks = room;
	nodes = malloc((size_t)room * per_block);	/* exactly, so that ASan sees a word too many */
	if (!nodes)
		return 0;
	cfg.size = ((uint64_t)oracle.size << oracle.shift) + (kind & 64 ? 3 : 0);
	cfg.granule = (uint32_t)1 << oracle.shift;
	cfg.flags = oracle.best_fit ? EMALLOC_BEST_FIT : 0;
	cfg.nodes = nodes;
	cfg.nodes_size = (size_t)room * per_block;
	calls = 0;
	doing = "init";
	memset(&pool, 0xa5, sizeof(pool));
	same("init", emalloc_pool_init(&pool, &cfg), 0);
	while (in.at < in.end) {
		calls++;
		if ((*in.at & 0xf7) == 0x07) {
			byte(&in);
			comb(&in);
		} else {
			one(&in, more, &pieces);
		}
		compare(!(calls & 7) || in.at == in.end);
	}
	free(nodes);
	while (pieces)
		free(more[--pieces]);
	return 0;
}
