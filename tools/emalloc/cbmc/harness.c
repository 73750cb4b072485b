// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CBMC proves. The pool has GRANULES granules and book-keeping memory for BLOCKS blocks; it is brought into STATE, a
 * letter for each granule (f free, a an allocation begins, c it continues). check runs this for every state that there is.
 * Then come OPS operations, each of any kind and with any argument at all, and for all of them together:
 *  - there is no undefined behaviour in emalloc.c;
 *  - the result is the right one: success exactly when some free run is long enough and there is memory for the blocks;
 *  - an allocation is the lowest place that was free, inside the pool: first fit, no overlap;
 *  - a free succeeds exactly where an allocation begins, and gives all of it back: nothing is lost;
 *  - afterwards the counts are right, the longest free run is the longest, and the validator finds no fault.
 * With OPERATION all of them are of this kind. A bit for each granule is the oracle. With TAMPER the oracle is wrong on purpose: CBMC has to find that out.
 */
#include <linux/emalloc.h>

#ifndef GRANULES
#define GRANULES 4
#endif
#ifndef OPS
#define OPS 1
#endif
#ifndef BLOCKS
#define BLOCKS GRANULES
#endif
#ifndef STATE
#define STATE "ffff"
#endif

_Bool nondet_bool(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);

static _Alignas(8) uint32_t nodes[2 * BLOCKS];
emalloc_word harness_root[72];
static emalloc_half tree[4];
static emalloc_half sizes[64];
static uint32_t map[4];
static uint32_t used;			/* a bit for each granule */
static uint32_t first;			/* a bit for each granule that an allocation begins with */

#define CHECK(x, text)	__CPROVER_assert(x, text)

void harness_parts(struct emalloc_pool *pool)
{
	uint8_t *part = (uint8_t *)nodes;

	CHECK((uint8_t *)pool->map.tree == part, "the tree of maxima comes first");
	part += sizeof(tree);
	CHECK((uint8_t *)pool->map.longs == part && !pool->map.stretches, "so few granules have no long runs");
#if HARNESS_SIZES
	CHECK((uint8_t *)pool->map.sizes == part, "then come the sizes");
	part += sizeof(sizes);
	pool->map.sizes = sizes;
#elif !defined(__OPTIMIZE_SIZE__)
	CHECK(!pool->map.sizes, "there are no sizes where there is no memory for them");
#endif
	CHECK((uint8_t *)pool->map.map == part, "the bitmaps come last");
	CHECK(part + sizeof(map) <= (uint8_t *)(nodes + 2 * BLOCKS), "the map has room");
	pool->map.tree = tree;
	pool->map.map = map;
}

static uint32_t run(uint32_t n)
{
	return ((uint32_t)1 << n) - 1;
}

/* A block begins at each allocation, and at each free granule that follows none. */
static uint32_t count_blocks(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < GRANULES; i++)
		if (first >> i & 1 || (!(used >> i & 1) && (!i || used >> (i - 1) & 1)))
			n++;
	return n;
}

static uint32_t longest_run(void)
{
	uint32_t i, here = 0, most = 0;

	for (i = 0; i < GRANULES; i++) {
		here = used >> i & 1 ? 0 : here + 1;
		most = here > most ? here : most;
	}
	return most;
}

static void try_alloc(struct emalloc_pool *pool)
{
	uint64_t size = nondet_u64(), offset = 77;
	uint32_t i, n, at = GRANULES, was_used = used, was_first = first;
	int ret = emalloc_pool_alloc(pool, size, 0, &offset);

	if (!size || size > GRANULES * 16) {
		CHECK(ret == EMALLOC_EINVAL, "a size of 0 or more than all is refused");
		CHECK(offset == 77, "a failed call stores nothing");
		return;
	}
	n = (uint32_t)(size + 15) >> 4;
	for (i = GRANULES; i-- > 0;)
		if (i + n <= GRANULES && !(used >> i & run(n)))
			at = i;
	if (at == GRANULES) {
		CHECK(ret == EMALLOC_ENOSPC, "no room is told as no room");
		return;
	}
	used |= run(n) << at;
	first |= (uint32_t)1 << at;
	if (count_blocks() > BLOCKS) {
		CHECK(ret == EMALLOC_ENOMEM, "no memory for a block is told as that");
		used = was_used;
		first = was_first;
		return;
	}
#ifdef TAMPER
	at += n == 2;
#endif
	CHECK(ret == 0, "what fits is allocated");
	CHECK(offset == (uint64_t)at * 16, "first fit, exactly");
}

static void try_free(struct emalloc_pool *pool)
{
	uint64_t offset = nondet_u64(), size = 0;
	uint32_t at, end;
	int ret = emalloc_pool_free_sized(pool, offset, &size);

	if (offset & 15) {
		CHECK(ret == EMALLOC_EINVAL, "a misaligned free is refused");
		return;
	}
	if (offset >= GRANULES * 16 || !(first >> (offset >> 4) & 1)) {
		CHECK(ret == EMALLOC_ENOENT, "a free of what is not the start of an allocation is refused");
		return;
	}
	at = (uint32_t)(offset >> 4);
	for (end = at + 1; end < GRANULES && used >> end & 1 && !(first >> end & 1); end++)
		;
	CHECK(ret == 0, "an allocation can be freed");
	CHECK(size == (uint64_t)(end - at) * 16, "all of it comes back");
	used &= ~(run(end - at) << at);
	first &= ~((uint32_t)1 << at);
}

void harness(void)
{
	struct emalloc_config cfg = {
		.size = GRANULES * 16 + 7, .nodes = nodes, .nodes_size = sizeof(nodes),
	};
	struct emalloc_pool pool;
	struct emalloc_stats stats;
	struct emalloc_fault fault;
	uint32_t i, k, n;
	int ret = emalloc_pool_init(&pool, &cfg);

	CHECK(ret == 0, "init");
	for (i = 0; i < GRANULES; i++) {
		if (STATE[i] != 'a')
			continue;
		for (n = 1; i + n < GRANULES && STATE[i + n] == 'c'; n++)
			;
		CHECK(emalloc_pool_alloc_at(&pool, i * 16, n * 16) == 0, "the state can be reached");
		used |= run(n) << i;
		first |= (uint32_t)1 << i;
	}
	for (k = 0; k < OPS; k++) {
#ifdef OPERATION
		OPERATION(&pool);
#else
		if (nondet_bool())
			try_alloc(&pool);
		else
			try_free(&pool);
#endif
		CHECK(emalloc_pool_check(&pool, &fault) == 0, "the validator agrees");
		emalloc_pool_stats(&pool, &stats);
		for (i = 0, n = 0; i < GRANULES; i++)
			n += used >> i & 1;
		CHECK(stats.used == (uint64_t)n * 16, "bytes in use");
		CHECK(stats.blocks == count_blocks(), "blocks");
		CHECK(stats.largest_free == (uint64_t)longest_run() * 16, "longest free run");
	}
}
