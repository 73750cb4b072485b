// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * emalloc: exact first fit, or best fit, with separate metadata, 8 or 12 bytes a block, O(log n).
 *
 * Model. The memory is a row of granules. Blocks tile it: each granule belongs to one block, an
 * allocated range or a free run, and no two free runs meet. An allocation gets the lowest place at
 * which it fits, or with best fit the beginning of the smallest run in which it does, of such the
 * lowest; a freed range becomes one with the free runs beside it. Nothing is ever stored in the
 * memory itself. Nothing here recurses, divides in a loop, or asks a library; the stack is a
 * path of a few words. Calls on one pool must not overlap; no call sleeps.
 *
 * The book-keeping is one of two, chosen at init from the pool's size and the memory handed in.
 *
 * THE MAP, if there are bytes for it: two bits for each granule and a tree of maxima, of half a
 * word an entry, over segments of 2^k granules, k from 5 or 6 to 8, the smallest for which there is
 * memory. An entry has FAN children, 4, 8 or 16, as many as the machine looks at best. With k = 8 a
 * granule costs at most 2 + 16/256 * 4/3 = 2.08 bits, and a hundredth of one for long runs, so that
 * n nodes of 8 bytes make a map for about 30 n granules. Nothing is ever balanced. - Invariants:
 * the first bit of a granule says that a block begins there; the second one, the mark, is at the
 * first and at the last granule of each free run and nowhere else. The value of a segment is 0 if
 * no block begins in it, else 1 + its longest free run, counted where the run begins, as far as
 * half a word goes: a run of 2^15 - 2 granules or more, a long one, counts as one of 2^15 - 2. An
 * entry is the maximum of its children. A long run reaches beyond the 2^14 granules in which it
 * begins, so in each such stretch there is one at most; its size is in a second tree of maxima,
 * with two children to an entry. The tail, the free run that reaches the pool's end, is in no value
 * and in no tree, but in the code that is to be small: the context knows where it begins. It is the
 * last place for which to look, and what most allocations in a pool that fills come from; a change
 * of it costs no way up. - A small pool, of less than 2^15 - 2 granules and 4 GiB, has SIZES
 * besides, if there is memory for another 16 bits a granule, about one block to three granules: the
 * size of each block at its first granule, and of each free run at its last one instead of the mark
 * there. Segments are words then. What is beside a block that is freed, and how long a run is, is
 * read; without, it is found by bits, which a small machine has no instructions for. The bits of
 * starts stay: whatever granule is asked for, its block is found by them. With best fit, and in the
 * code that is to be small, there are no sizes. - Bounds: the tree over S segments has ceil(log4 S)
 * levels at most. A search looks at FAN entries a level, and so does a change of a value, which
 * goes up as long as it changes the maximum; the root may have twice as many. The end of a block is
 * found in at most ten words of a bitmap and one way up and down the tree, as a value above 0 says
 * where a block begins; whether the block before is free is one bit. An operation changes at most
 * three values and three long runs. With S at most 30 n / 32, that is O(log n) in the number of
 * blocks for which there is memory, whatever their number at the time. Any number of blocks up to
 * that of granules fits, so a map can never be out of nodes; the limit of one block for 8 bytes is
 * kept all the same.
 *
 * THE TREE else: a B+ tree over all blocks, keyed by granule, in nodes of 256 bytes. As blocks
 * tile, a leaf's entry is one word and a bit: the first granule, free or not; the size is the next
 * start less this one. A child's entry in an inner node is its first granule, its longest free run,
 * and which node it is. The root lives in the context. - Invariants: a leaf ends where the next one
 * begins. Entries ascend. What a parent says of a child is exact. A leaf has 35 to 56 entries and
 * an inner node 12 to 20, except the root, and the children of a root that has two. - Height: each
 * level below the root's children has at least 12 times the nodes of the one above, so 2^31 blocks,
 * in at most 2^31 / 35 leaves, need a height of at most 9. - Nodes touched: one path down, and
 * where a node is full or too empty, per level the node and two siblings: room for one entry is
 * made by evening out with a sibling or by making three of two full siblings, a gap is closed by
 * evening out or by making two of three. Each such step moves at most 120 entries, and at most two
 * steps a level happen in one operation. After each the path is sought again. - Memory, for every
 * n: up to 63 blocks are in the root and need no node, and n = 64 is the first with 8 n / 256 = 2.
 * Let k leaves hold b blocks. A node is asked for only where two siblings have 55 and 51 entries at
 * least and all other leaves 35, that is with b >= 35 (k - 2) + 106, so that there are at least (35
 * k + 37) / 32 nodes for n > b. One leaf more and i inner nodes (counted afterwards) fit if 3 k + 5
 * >= 32 i. With no inner node below the root that is so for each k. The root is split in two at k =
 * 20: i = 2. After that i <= k / 12.3 for a level of inner nodes of at least 12 children (two of
 * which have 37 when a third is made of them), and a twelfth of that for the next one: 36 j + 44 >=
 * 32 (j + 3) for j >= 13 nodes, and each further level adds less than the slack of 4 j that is
 * left. Two leaves only, however full: 106 > 95, what n < 96 allows. What went away needs no node,
 * and nodes that were there at a higher n are there still. - In each node the longest run of each
 * group of 16 entries or 7 children is kept, so that a change costs a look at a group.
 *
 * THE INDEX, for best fit only, in 12 bytes a block: a B+ tree of the same nodes over the free runs
 * by size and place, beside the map or tree, which finds by place. A leaf's entry is one word,
 * where the run begins; its size is asked of the map or tree, in six steps a leaf. - Invariants:
 * entries ascend by size, then place. All free runs are in it and nothing else is. What a parent
 * says of a child's first run is exact. Counts are those of the tree. - Memory: n blocks have at
 * most (n + 1) / 2 free runs. A pool with memory for fewer than 256 blocks has no index: its 128
 * runs at most are looked at. From there on: m leaves hold f runs only if m <= (f - 2) / 35, as a
 * third is made of 55 and 51 entries; with the tree's k <= (n - 2) / 35 that is at most 3 n / 70 -
 * 3 / 35 leaves, and one root more. Inner nodes below the roots are less than an eleventh of them,
 * which a count for each n up to 200000 confirmed, in 12 n / 256 nodes; no new ones of a level come
 * before twelve times the nodes of the level above. Over a map the index needs no more than f / 32
 * + 3 nodes, and so much is set aside before the map gets its memory. - Time: an operation takes at
 * most two runs out and puts two in: each is one path down, six or seven sizes, and what one entry
 * costs in the tree.
 *
 * With EMALLOC_ONLY_MAP there is no code for the tree: a pool without memory for a map is refused.
 * With that, or with EMALLOC_NO_BEST_FIT, there is none for the index: best fit is refused.
 *
 * OVERWRITTEN BOOK-KEEPING is survived: what is read from it is checked before it leads anywhere,
 * and loops are bounded by what the context says, which is trusted. The answer is EMALLOC_EIO at
 * best; emalloc_pool_check() tells what is wrong, and where.
 */
#include <linux/emalloc.h>

#ifdef __KERNEL__
#include <linux/bug.h>
#include <linux/export.h>
#include <kunit/test-bug.h>
#include "compat.h"
#define EMALLOC_FAULT_HOOK	emalloc_complain
#endif

#ifndef EMALLOC_INTERNAL_CHECKS
#define EMALLOC_INTERNAL_CHECKS 0
#endif
#ifndef EMALLOC_USE_ASSERT
#define EMALLOC_USE_ASSERT 0
#endif
#if EMALLOC_USE_ASSERT && !defined(EMALLOC_FAULT_HOOK)
#include <assert.h>
#define EMALLOC_FAULT_HOOK(fault)	((void)(fault), assert(!"emalloc is in order"))
#endif
#ifndef EMALLOC_FAULT_HOOK
#define EMALLOC_FAULT_HOOK(fault) ((void)(fault), __builtin_trap())
#endif

/* EMALLOC_NO_BEST_FIT and EMALLOC_ONLY_MAP leave code out of a program that is to be small. */
#if defined(EMALLOC_NO_BEST_FIT) || defined(EMALLOC_ONLY_MAP)
#define BEST_FIT	0
#else
#define BEST_FIT	1
#endif

/* Whether the machine works on 64 bits at once. */
#ifdef __KERNEL__
#define WIDE	(BITS_PER_LONG == 64)
#else
#define WIDE	(UINTPTR_MAX > 0xffffffffu)
#endif

#ifndef __KERNEL__
typedef int16_t s16;
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#ifdef __GNUC__
#define noinline	__attribute__((__noinline__))
#else
#define noinline
#endif
#define EXPORT_SYMBOL_IF_KUNIT(symbol)	struct emalloc_pool
#endif

typedef emalloc_word word;
typedef emalloc_half half;

/* Part of a call where one more of them is dear; where not, apart, so as to cost others nothing. */
#if WIDE
#define SHORT	static noinline
#else
#define SHORT	static inline
#endif

/* Copied to where it is used, and a short way beside the one for all, unless it is to be small. */
#ifdef __OPTIMIZE_SIZE__
#define HOT	static
#define HURRY	0
#else
#define HOT	static inline
#define HURRY	1
#endif

/* The free run that reaches the pool's end is kept apart, where that is worth the code. */
#define TAIL	HURRY

/* The sizes of the blocks of a small pool are at hand, where that is worth the code. */
#define SIZES	HURRY

/* Beside the short way of a small machine, which is not to save registers for it. */
#if SIZES && !WIDE
#define FOR_ALL	static noinline
#else
#define FOR_ALL	static inline
#endif

#define MAX_SIZE	0x80000000u	/* granules */
#define NONE		0xffffffffu

#define NODE_WORDS	(EMALLOC_NODE_SIZE / 4)
#define MAX_HEIGHT	9
#define MOST_STEPS	(2 * MAX_HEIGHT)	/* that make room for one entry */

/*
 * A leaf: COUNT, a bit for each block that is free, the longest free run among each 16 blocks, the
 * blocks' first granules, the end of the last one, and NONE in the rest.
 */
#define COUNT		0
#define FREE		1
#define LONGEST_OF_16	3
#define START		7
#define LEAF_CAP	56u
#define LEAF_MIN	35u
#define LEAF_RICH	39u
#define LEAF_FULL	51u
#define ROOT_LEAF_CAP	63u
#define ROOT_LEAF_BACK	40u
#define GROUP		16u

/*
 * An inner node: COUNT, the longest free run below each 7 children, and for each child its first
 * granule, the longest free run below it, and where it is. Children that are not there begin at
 * NONE and have no run.
 */
#define LONGEST_OF_7	1
#define SEVEN		7u
#define KEY		4
#define LONGEST		24
#define CHILD		44
#define INNER_CAP	20u
#define INNER_MIN	12u
#define INNER_RICH	14u
#define INNER_FULL	17u
#define ROOT_INNER_BACK	15u

/* A pool with memory for fewer blocks has no index; bytes of it beyond a third of all memory. */
#define INDEXED		256u
#define INDEX_SPARE	776u

#define CHUNK_SHIFT	28
#define MAP_MAX_K	8

#define ALIGN_TRIES	EMALLOC_ALIGN_TRIES

struct path {
	word *node[MAX_HEIGHT + 1];
	u32 at[MAX_HEIGHT + 1];
};

/*
 * Keeps the compiler from turning a loop into a call of a library function, and from reading two
 * words at once one of which may just have been written.
 */
#ifdef __GNUC__
#define plain(x)	__asm__("" : "+r" (x))
#else
#define plain(x)	((void)(x))
#endif

/* The widest thing that can be moved from and to any address. */
#if defined(__GNUC__) && defined(__SSE2__)
typedef u32 chunk __attribute__((__vector_size__(16), __may_alias__, __aligned__(4)));
#define plain_chunk(x)	__asm__("" : "+x" (x))
#elif defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
typedef u64 __attribute__((__may_alias__, __aligned__(4))) chunk;
#define plain_chunk(x)	plain(x)
#else
typedef word chunk;
#define plain_chunk(x)	plain(x)
#endif
#define CHUNK_WORDS	((u32)(sizeof(chunk) / sizeof(word)))

HOT void words_up(word *to, const word *from, u32 n)	/* to below from, or apart */
{
	for (; n >= CHUNK_WORDS; n -= CHUNK_WORDS) {
		chunk x = *(const chunk *)from;

		plain_chunk(x);
		*(chunk *)to = x;
		from += CHUNK_WORDS;
		to += CHUNK_WORDS;
	}
	if (CHUNK_WORDS > 1) {
		for (; n; n--) {
			u32 x = *from++;

			plain(x);
			*to++ = x;
		}
	}
}

HOT void words_down(word *to, const word *from, u32 n)	/* to above from, or apart */
{
	to += n;
	from += n;
	for (; n >= CHUNK_WORDS; n -= CHUNK_WORDS) {
		chunk x;

		from -= CHUNK_WORDS;
		to -= CHUNK_WORDS;
		x = *(const chunk *)from;
		plain_chunk(x);
		*(chunk *)to = x;
	}
	if (CHUNK_WORDS > 1) {
		for (; n; n--) {
			u32 x = *--from;

			plain(x);
			*--to = x;
		}
	}
}

/* Where a machine has no instruction for it, a product tells bits apart; no library is asked. */
#if defined(__GNUC__) && !(defined(__arm__) && !defined(__ARM_FEATURE_CLZ))
static inline u32 lowest(u32 mask)
{
	return (u32)__builtin_ctz(mask);
}

static inline u32 highest(u32 mask)
{
	return 31u ^ (u32)__builtin_clz(mask);
}
#else
static const u8 bit_of_product[32] = {
	0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8,
	31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9
};

static inline u32 lowest(u32 mask)
{
	return bit_of_product[(mask & -mask) * 0x077cb531u >> 27];
}

HOT u32 highest(u32 mask)
{
	mask |= mask >> 1;
	mask |= mask >> 2;
	mask |= mask >> 4;
	mask |= mask >> 8;
	mask |= mask >> 16;
	return lowest(mask ^ mask >> 1);
}
#endif

/* Shifts of 64 bits by 0 to 63, without the help of a library on a machine of 32 bits. */
HOT u64 up(u64 x, u32 n)
{
#if WIDE
	return x << n;
#else
	u32 low = (u32)x, high = (u32)(x >> 32);

	if (n & 32) {
		high = low;
		low = 0;
	}
	n &= 31;
	if (n) {
		high = high << n | low >> (32 - n);
		low <<= n;
	}
	return (u64)high << 32 | low;
#endif
}

HOT u64 down(u64 x, u32 n)
{
#if WIDE
	return x >> n;
#else
	u32 low = (u32)x, high = (u32)(x >> 32);

	if (n & 32) {
		low = high;
		high = 0;
	}
	n &= 31;
	if (n) {
		low = low >> n | high << (32 - n);
		high >>= n;
	}
	return (u64)high << 32 | low;
#endif
}

HOT u64 below(u32 n)
{
	return up(1, n) - 1;
}

HOT u64 to_bytes(const struct emalloc_pool *p, u32 n)
{
#if WIDE
	return (u64)n << p->shift;
#else
	return (u64)(n >> (32 - p->shift)) << 32 | n << p->shift;
#endif
}

/* x / 3, without a division: not every machine has one. */
static size_t third(size_t x)
{
	size_t q = (x >> 2) + (x >> 4);

	q += q >> 4;
	q += q >> 8;
	q += q >> 16;
	if (WIDE)
		q += q >> 16 >> 16;
	/* What is left is below 20, and a third of that in 32nds is exact. */
	x -= 3 * q;
	return q + (11 * x >> 5);
}

static inline bool best_fit(const struct emalloc_pool *p)
{
	return BEST_FIT && p->flags & EMALLOC_BEST_FIT;
}

/* ---- nodes ---- */

HOT word *node_at(const struct emalloc_pool *p, u32 ref)
{
	u32 chunk, i;

	if (ref < p->chunk_nodes[0])
		return p->chunk[0] + (size_t)ref * NODE_WORDS;
	chunk = ref >> CHUNK_SHIFT;
	i = ref & (((u32)1 << CHUNK_SHIFT) - 1);
	if (chunk >= EMALLOC_CHUNKS || i >= p->chunk_nodes[chunk])
		return NULL;
	return p->chunk[chunk] + (size_t)i * NODE_WORDS;
}

static u32 node_take(struct emalloc_pool *p)
{
	u32 ref = p->spare;
	word *w;

	if (p->spares) {
		w = node_at(p, ref);
		if (!w)
			return NONE;
		p->spare = w[COUNT];
		p->spares--;
		return ref;
	}
	ref = p->fresh;
	if (!node_at(p, ref)) {
		ref = ((ref >> CHUNK_SHIFT) + 1) << CHUNK_SHIFT;
		if (ref >> CHUNK_SHIFT >= p->chunks || !node_at(p, ref))
			return NONE;
	}
	p->fresh = ref + 1;
	return ref;
}

/* A node that was reached. */
static void node_give(struct emalloc_pool *p, u32 ref)
{
	node_at(p, ref)[COUNT] = p->spare;
	p->spare = ref;
	p->spares++;
}

HOT u64 leaf_free(const word *w)
{
	return w[FREE] | (u64)w[FREE + 1] << 32;
}

HOT void leaf_set_free(word *w, u64 mask)
{
	w[FREE] = (u32)mask;
	w[FREE + 1] = (u32)(mask >> 32);
}

HOT bool leaf_is_free(const word *w, u32 i)
{
	return w[FREE + (i >> 5)] >> (i & 31) & 1;
}

static inline u32 leaf_size(const word *w, u32 i)
{
	return w[START + i + 1] - w[START + i];
}

/* What is said of both trees: of the blocks by place, and of the free runs by size. */
HOT u32 height_of(const struct emalloc_pool *p, bool by_size)
{
	return BEST_FIT && by_size ? p->index_height : p->height;
}

HOT word *root_of(const struct emalloc_pool *p, bool by_size)
{
	return BEST_FIT && by_size ? node_at(p, p->index) : (word *)p->root;
}

HOT u32 node_cap(const struct emalloc_pool *p, bool by_size, u32 level)
{
	if (level < height_of(p, by_size))
		return INNER_CAP;
	return level || by_size ? LEAF_CAP : ROOT_LEAF_CAP;
}

/* The free blocks of one group of a leaf; bit 0 is the first of the group. */
HOT u32 group_free(const word *w, u32 group)
{
	return w[FREE + (group >> 1)] >> ((group & 1) * GROUP) & 0xffff;
}

HOT void measure_group(word *w, u32 group)
{
	const word *start = w + START + group * GROUP;
	u32 best = 0, i, runs;

	for (runs = group_free(w, group); runs; runs &= runs - 1) {
		i = lowest(runs);
		if (start[i + 1] - start[i] > best)
			best = start[i + 1] - start[i];
	}
	w[LONGEST_OF_16 + group] = best;
}

static inline u32 most(u32 a, u32 b)
{
	return a > b ? a : b;
}

HOT u32 leaf_longest(const word *w)
{
	return most(most(w[LONGEST_OF_16], w[LONGEST_OF_16 + 1]),
		    most(w[LONGEST_OF_16 + 2], w[LONGEST_OF_16 + 3]));
}

HOT u32 inner_longest(const word *w)
{
	return most(most(w[LONGEST_OF_7], w[LONGEST_OF_7 + 1]), w[LONGEST_OF_7 + 2]);
}

HOT void measure_seven(word *w, u32 group)
{
	u32 i = group * SEVEN, end = group < 2 ? i + SEVEN : INNER_CAP, best = 0;

	for (; i < end; i++)
		best = most(best, w[LONGEST + i]);
	w[LONGEST_OF_7 + group] = best;
}

static u32 longest_of(const struct emalloc_pool *p, const word *w, u32 level)
{
	return level < p->height ? inner_longest(w) : leaf_longest(w);
}

static void fill(word *to, u32 n, u32 value)
{
	for (; n; n--) {
		u32 x = value;

		plain(x);
		*to++ = x;
	}
}

/* What follows from the entries of a node. */
static void seal(const struct emalloc_pool *p, bool by_size, word *w, u32 level)
{
	u32 n = w[COUNT], i;

	if (by_size)
		return;
	if (level == p->height) {
		fill(w + START + n + 1, node_cap(p, false, level) - n, NONE);
		for (i = 0; i < 4; i++)
			measure_group(w, i);
	} else {
		fill(w + KEY + n, INNER_CAP - n, NONE);
		fill(w + LONGEST + n, INNER_CAP - n, 0);
		for (i = 0; i < 3; i++)
			measure_seven(w, i);
	}
}

/* The child; NULL if it is none or if what it says of itself leads out of it. */
HOT word *child(const struct emalloc_pool *p, bool by_size, const word *parent, u32 i, u32 level)
{
	word *w = node_at(p, parent[CHILD + i]);

	if (!w || w[COUNT] - 1 >= node_cap(p, by_size, level))
		return NULL;
	if (level == height_of(p, by_size) && w[FREE + 1] >> (LEAF_CAP - 32))
		return NULL;
	return w;
}

/* ---- down the tree ---- */

/*
 * Searches are stages of compares that do not wait for each other and make no jumps: a jump that
 * cannot be foretold costs more than all of them.
 */

/* The last child that does not begin above g. */
HOT u32 inner_find(const word *w, u32 g)
{
	const word *key = w + KEY;
	u32 i;

	i = (u32)(key[4] <= g) + (key[8] <= g) + (key[12] <= g) + (key[16] <= g);
	i *= 4;
	key += i;
	return i + (key[1] <= g) + (key[2] <= g) + (key[3] <= g);
}

/* The last entry that does not begin above g. */
HOT u32 leaf_find(const word *w, u32 g)
{
	const word *start = w + START;
	u32 i, k;

	i = (u32)(start[14] <= g) + (start[28] <= g) + (start[42] <= g);
	i *= 14;
	start += i;
	k = (u32)(start[5] <= g) + (start[10] <= g);
	k *= 5;
	start += k;
	return i + k + (start[1] <= g) + (start[2] <= g) + (start[3] <= g) + (start[4] <= g);
}

/* The root may have more entries as a leaf than any other leaf. */
static u32 root_find(const word *w, u32 g)
{
	u32 i = 0, n, half;

	for (n = w[COUNT]; n > 1; n -= half) {
		half = n >> 1;
		if (w[START + i + half] <= g)
			i += half;
	}
	return i;
}

/* The first child with a run of n granules; INNER_CAP: none. */
HOT u32 inner_fit(const word *w, u32 n)
{
	u32 i, end;

	i = w[LONGEST_OF_7] < n;
	i += i & (w[LONGEST_OF_7 + 1] < n);
	i *= SEVEN;
	end = i < 2 * SEVEN ? i + SEVEN : INNER_CAP;
	while (w[LONGEST + i] < n)
		if (++i == end)
			return INNER_CAP;
	return i;
}

/* A leaf that leads out of itself is none. */
HOT word *leaf_at(const struct emalloc_pool *p, u32 ref)
{
	word *w = node_at(p, ref);

	if (!w || w[COUNT] - 1 >= LEAF_CAP || w[FREE + 1] >> (LEAF_CAP - 32))
		return NULL;
	return w;
}

/* The leaf and entry of the block that covers granule g. Every seek begins at the root. */
HOT word *seek(const struct emalloc_pool *p, u32 g, struct path *path)
{
	word *w = (word *)p->root;
	u32 level = 0, i, height = p->height;

	if (!height) {
		path->node[0] = w;
		path->at[0] = root_find(w, g);
		return w;
	}
	for (;;) {
		i = inner_find(w, g);
		path->node[level] = w;
		path->at[level] = i;
		if (++level == height)
			break;
		w = node_at(p, w[CHILD + i]);
		if (!w)
			return NULL;
	}
	w = leaf_at(p, w[CHILD + i]);
	if (!w)
		return NULL;
	i = leaf_find(w, g);
	if (i >= w[COUNT])
		return NULL;
	path->node[level] = w;
	path->at[level] = i;
	return w;
}

/* The first leaf that has a free run of n granules or more, if any has. */
HOT word *first_leaf(const struct emalloc_pool *p, u32 n, struct path *path)
{
	word *w = (word *)p->root;
	u32 level = 0, i, height = p->height;

	path->node[0] = w;
	if (!height)
		return w;
	for (;;) {
		i = w ? inner_fit(w, n) : INNER_CAP;
		if (i == INNER_CAP)
			return NULL;
		path->node[level] = w;
		path->at[level] = i;
		if (++level == height)
			break;
		w = node_at(p, w[CHILD + i]);
	}
	w = leaf_at(p, w[CHILD + i]);
	path->node[level] = w;
	return w;
}

/* The leaf after the one of the path that has a free run of n granules or more. NULL: none. */
static word *next_leaf(const struct emalloc_pool *p, u32 n, struct path *path)
{
	u32 level = p->height, i;
	word *w;

	do {
		if (!level)
			return NULL;
		w = path->node[--level];
		for (i = path->at[level] + 1; i < w[COUNT]; i++)
			if (w[LONGEST + i] >= n)
				break;
	} while (i == w[COUNT]);
	for (;;) {
		path->at[level] = i;
		w = child(p, false, w, i, ++level);
		if (!w)
			return NULL;
		path->node[level] = w;
		if (level == p->height)
			return w;
		for (i = 0; w[LONGEST + i] < n; i++)
			if (i + 1 == w[COUNT])
				return NULL;
	}
}

/* The lowest place in a leaf for n granules; mask is the alignment - 1. */
HOT bool leaf_fit(const word *w, u32 n, u32 mask, u32 *at, u32 *start)
{
	const word *run;
	u32 group, runs, from;

	for (group = 0; group < 4; group++) {
		if (w[LONGEST_OF_16 + group] < n)
			continue;
		for (runs = group_free(w, group); runs; runs &= runs - 1) {
			run = w + START + group * GROUP + lowest(runs);
			from = (run[0] + mask) & ~mask;
			if (from < run[1] && run[1] - from >= n) {
				*at = (u32)(run - w) - START;
				*start = from;
				return true;
			}
		}
	}
	return false;
}

static int fit(const struct emalloc_pool *p, u32 n, u32 mask, struct path *path, u32 *start)
{
	word *w = first_leaf(p, n, path);
	u32 tries;

	for (tries = 0; w; tries++) {
		if (leaf_fit(w, n, mask, &path->at[p->height], start))
			return 0;
		if (!mask || tries > ALIGN_TRIES)
			return EMALLOC_EIO;
		if (tries < ALIGN_TRIES) {
			w = next_leaf(p, n, path);
		} else {
			/* From here on only a run in which an aligned place is certain. */
			if (p->largest - n < mask)
				return EMALLOC_ENOSPC;
			w = first_leaf(p, n + mask, path);
		}
	}
	return mask ? EMALLOC_ENOSPC : EMALLOC_EIO;
}

/* ---- up the tree ---- */

/* The longest run in the node at a level is value. */
HOT void set_longest(struct emalloc_pool *p, const struct path *path, u32 level, u32 value)
{
	u32 old, i, group;
	word *w;

	while (level--) {
		w = path->node[level];
		i = path->at[level];
		old = w[LONGEST + i];
		if (old == value)
			return;
		w[LONGEST + i] = value;
		group = (u32)(i >= SEVEN) + (i >= 2 * SEVEN);
		if (value >= w[LONGEST_OF_7 + group])
			w[LONGEST_OF_7 + group] = value;
		else if (old == w[LONGEST_OF_7 + group])
			measure_seven(w, group);
		else
			return;
		value = inner_longest(w);
	}
	p->largest = value;
}

/* The first granule of the node at a level changed. */
static void set_first(const struct path *path, u32 level, u32 value)
{
	while (level--) {
		path->node[level][KEY + path->at[level]] = value;
		if (path->at[level])
			return;
	}
}

/* All that follows from the entries of a leaf from i on. */
static void measure_leaf(struct emalloc_pool *p, const struct path *path, u32 i)
{
	word *w = path->node[p->height];
	u32 group;

	for (group = i / GROUP; group < 4; group++)
		measure_group(w, group);
	set_longest(p, path, p->height, leaf_longest(w));
}

/*
 * One entry more in a group before this one: each group got the last one of the group before it,
 * and lost its own.
 */
HOT void groups_grew(word *w, u32 group)
{
	const word *start = w + START + group * GROUP;
	word *longest = w + LONGEST_OF_16 + group;
	u64 runs;

	for (; group * GROUP < w[COUNT]; group++, start += GROUP, longest++) {
		runs = down(leaf_free(w), group * GROUP);
		if (runs >> GROUP & 1 && start[GROUP + 1] - start[GROUP] >= *longest)
			measure_group(w, group);
		else if (runs & 1)
			*longest = most(*longest, start[1] - start[0]);
	}
}

/* One entry less in a group before this one. */
HOT void groups_shrank(word *w, u32 group)
{
	const word *start = w + START + group * GROUP;
	word *longest = w + LONGEST_OF_16 + group;
	u64 runs;

	for (; group * GROUP <= w[COUNT]; group++, start += GROUP, longest++) {
		runs = down(leaf_free(w), group * GROUP - 1);
		if (runs & 1 && start[0] - start[-1] >= *longest)
			measure_group(w, group);
		else if (runs >> GROUP & 1)
			*longest = most(*longest, start[GROUP] - start[GROUP - 1]);
	}
}

/* ---- moving entries between nodes of one level ---- */

static u32 least(u32 a, u32 b)
{
	return a < b ? a : b;
}

/* Entries from the front of b go to the end of a, its left neighbour. */
static void pull(bool leaf, word *a, word *b, u32 n)
{
	u32 na = a[COUNT], nb = b[COUNT], base;
	u64 mask;

	n = least(n, nb);
	if (leaf) {
		mask = leaf_free(b);
		leaf_set_free(a, leaf_free(a) | up(mask & below(n), na));
		leaf_set_free(b, down(mask, n));
		words_up(a + START + na, b + START, n + 1);
		words_up(b + START, b + START + n, nb - n + 1);
	} else {
		for (base = KEY; base <= CHILD; base += INNER_CAP) {
			words_up(a + base + na, b + base, n);
			words_up(b + base, b + base + n, nb - n);
		}
	}
	a[COUNT] = na + n;
	b[COUNT] = nb - n;
}

/* Entries from the end of a go to the front of b, its right neighbour. */
static void push(bool leaf, word *a, word *b, u32 n)
{
	u32 na = a[COUNT], nb = b[COUNT], base;
	u64 mask;

	n = least(n, na);
	na -= n;
	if (leaf) {
		mask = leaf_free(a);
		leaf_set_free(b, up(leaf_free(b), n) | down(mask, na));
		leaf_set_free(a, mask & below(na));
		words_down(b + START + n, b + START, nb + 1);
		words_up(b + START, a + START + na, n);
	} else {
		for (base = KEY; base <= CHILD; base += INNER_CAP) {
			words_down(b + base + n, b + base, nb);
			words_up(b + base, a + base + na, n);
		}
	}
	a[COUNT] = na;
	b[COUNT] = nb + n;
}

#if BEST_FIT
static void index_refresh(const struct emalloc_pool *p, word *parent, u32 i, const word *w,
			  u32 level);
#endif

/* What the parent says of its child i. */
static void refresh(const struct emalloc_pool *p, bool by_size, word *parent, u32 i, word *w,
		    u32 level)
{
#if BEST_FIT
	if (by_size) {
		index_refresh(p, parent, i, w, level);
		return;
	}
#else
	(void)by_size;
#endif
	seal(p, false, w, level);
	parent[KEY + i] = w[level == p->height ? START : KEY];
	parent[LONGEST + i] = longest_of(p, w, level);
}

/* Gives the siblings a and b, the children i and i + 1, half of their entries each. */
static void even(const struct emalloc_pool *p, bool by_size, word *parent, u32 i, word *a, word *b,
		 u32 level)
{
	u32 half = (a[COUNT] + b[COUNT]) >> 1;
	bool leaf = level == height_of(p, by_size);

	if (a[COUNT] > half)
		push(leaf, a, b, a[COUNT] - half);
	else
		pull(leaf, a, b, half - a[COUNT]);
	refresh(p, by_size, parent, i, a, level);
	refresh(p, by_size, parent, i + 1, b, level);
	seal(p, by_size, parent, level - 1);
}

/* An empty node; if it is to be a leaf, end is where its right neighbour begins. */
static word *empty_node(const struct emalloc_pool *p, u32 ref, u32 end)
{
	word *w = node_at(p, ref);

	w[COUNT] = 0;
	leaf_set_free(w, 0);
	w[START] = end;
	return w;
}

/* ---- room for new entries ---- */

/* The root's content moves into two new nodes below it. */
static int grow(struct emalloc_pool *p, bool by_size)
{
	word *a, *b, *root = root_of(p, by_size);
	u32 n = root[COUNT], height = height_of(p, by_size), left, right;
	bool leaf = !height;

	if (height == MAX_HEIGHT)
		return EMALLOC_EIO;
	left = node_take(p);
	if (left == NONE)
		return EMALLOC_ENOMEM;
	right = node_take(p);
	if (right == NONE) {
		node_give(p, left);
		return EMALLOC_ENOMEM;
	}
	a = empty_node(p, left, 0);
	b = empty_node(p, right, root[START + n]);
	push(leaf, root, b, n - (n >> 1));
	pull(leaf, a, root, n);
	root[COUNT] = 2;
	root[CHILD] = left;
	root[CHILD + 1] = right;
	if (by_size)
		p->index_height++;
	else
		p->height++;
	refresh(p, by_size, root, 0, a, 1);
	refresh(p, by_size, root, 1, b, 1);
	seal(p, by_size, root, 0);
	return 0;
}

/* A third node between the children i and i + 1, which are both full or nearly so. */
static int add_third(struct emalloc_pool *p, bool by_size, word *parent, u32 i, word *a, word *b,
		     u32 level)
{
	bool leaf = level == height_of(p, by_size);
	u32 third = (a[COUNT] + b[COUNT]) * 171 >> 9, ref = node_take(p), n = parent[COUNT], base;
	word *w;

	if (ref == NONE)
		return EMALLOC_ENOMEM;
	w = empty_node(p, ref, b[START]);
	push(leaf, a, w, a[COUNT] - third);
	pull(leaf, w, b, b[COUNT] - third);
	for (base = KEY; base <= CHILD; base += INNER_CAP)
		words_down(parent + base + i + 2, parent + base + i + 1, n - i - 1);
	parent[CHILD + i + 1] = ref;
	parent[COUNT] = n + 1;
	refresh(p, by_size, parent, i, a, level);
	refresh(p, by_size, parent, i + 1, w, level);
	refresh(p, by_size, parent, i + 2, b, level);
	seal(p, by_size, parent, level - 1);
	return 0;
}

/* The children beside the one of the path at a level; NULL where there is none. */
static int siblings(const struct emalloc_pool *p, bool by_size, const struct path *path, u32 level,
		    word **left, word **right)
{
	word *parent = path->node[level - 1];
	u32 i = path->at[level - 1];

	*left = NULL;
	*right = NULL;
	if (parent[COUNT] > INNER_CAP || i >= parent[COUNT] ||
	    path->node[level][COUNT] - 1 >= node_cap(p, by_size, level))
		return EMALLOC_EIO;
	if (i) {
		*left = child(p, by_size, parent, i - 1, level);
		if (!*left)
			return EMALLOC_EIO;
	}
	if (i + 1 < parent[COUNT]) {
		*right = child(p, by_size, parent, i + 1, level);
		if (!*right)
			return EMALLOC_EIO;
	}
	return *left || *right ? 0 : EMALLOC_EIO;
}

/*
 * One step towards room in the leaf of the path: entries go to a sibling, or two siblings become
 * three; where the parent is full, it is the one that gets room. The path is stale afterwards.
 */
static int make_room(struct emalloc_pool *p, bool by_size, const struct path *path)
{
	u32 level, i, full, height = height_of(p, by_size);
	word *parent, *left, *right, *w;
	int err;

	for (level = height; level; level--) {
		parent = path->node[level - 1];
		w = path->node[level];
		i = path->at[level - 1];
		err = siblings(p, by_size, path, level, &left, &right);
		if (err)
			return err;
		full = level == height ? LEAF_FULL : INNER_FULL;
		if (left && left[COUNT] < full) {
			even(p, by_size, parent, i - 1, left, w, level);
			return 0;
		}
		if (right && right[COUNT] < full) {
			even(p, by_size, parent, i, w, right, level);
			return 0;
		}
		if (parent[COUNT] < INNER_CAP)
			return left ? add_third(p, by_size, parent, i - 1, left, w, level) :
				      add_third(p, by_size, parent, i, w, right, level);
	}
	return grow(p, by_size);
}

/* ---- after entries went away ---- */

static void remove_child(struct emalloc_pool *p, word *parent, u32 i)
{
	u32 n = parent[COUNT] - 1, base;

	node_give(p, parent[CHILD + i]);
	for (base = KEY; base <= CHILD; base += INNER_CAP)
		words_up(parent + base + i, parent + base + i + 1, n - i);
	parent[COUNT] = n;
}

/* The root's two children go back into the root. */
static void collapse(struct emalloc_pool *p, bool by_size, word *a, word *b)
{
	word *root = root_of(p, by_size);
	u32 left = root[CHILD], right = root[CHILD + 1];
	bool leaf = height_of(p, by_size) == 1;

	root[COUNT] = 0;
	leaf_set_free(root, 0);
	pull(leaf, root, a, a[COUNT]);
	pull(leaf, root, b, b[COUNT]);
	node_give(p, right);
	node_give(p, left);
	if (by_size)
		p->index_height--;
	else
		p->height--;
	seal(p, by_size, root, 0);
}

/*
 * Brings the node of the path at a level back to its least count. Return: whether the parent lost a
 * child.
 */
static bool refill(struct emalloc_pool *p, bool by_size, const struct path *path, u32 level)
{
	bool leaf = level == height_of(p, by_size);
	u32 min = leaf ? LEAF_MIN : INNER_MIN, rich = leaf ? LEAF_RICH : INNER_RICH;
	u32 i = path->at[level - 1], half;
	word *parent = path->node[level - 1], *w = path->node[level], *a, *b, *c, *left, *right;

	if (w[COUNT] >= min || siblings(p, by_size, path, level, &left, &right))
		return false;
	if (parent[COUNT] == 2) {
		a = left ? left : w;
		b = left ? w : right;
		if (level == 1 && a[COUNT] + b[COUNT] <= (leaf ? ROOT_LEAF_BACK : ROOT_INNER_BACK))
			collapse(p, by_size, a, b);
		else if (w[COUNT] < min / 2)
			even(p, by_size, parent, 0, a, b, level);
		return false;
	}
	if (left && left[COUNT] >= rich) {
		even(p, by_size, parent, i - 1, left, w, level);
		return false;
	}
	if (right && right[COUNT] >= rich) {
		even(p, by_size, parent, i, w, right, level);
		return false;
	}
	/* At either end the third is a sibling's sibling, and may be rich. */
	i = !left ? 0 : right ? i - 1 : i - 2;
	a = child(p, by_size, parent, i, level);
	b = !left ? right : right ? w : left;
	c = child(p, by_size, parent, i + 2, level);
	if (!a || !c)
		return false;
	if (a[COUNT] >= rich) {
		even(p, by_size, parent, i, a, b, level);
		even(p, by_size, parent, i + 1, b, c, level);
		return false;
	}
	if (c[COUNT] >= rich) {
		even(p, by_size, parent, i + 1, b, c, level);
		even(p, by_size, parent, i, a, b, level);
		return false;
	}
	half = (a[COUNT] + b[COUNT] + c[COUNT]) >> 1;
	pull(leaf, a, b, half - a[COUNT]);
	push(leaf, b, c, b[COUNT]);
	refresh(p, by_size, parent, i, a, level);
	refresh(p, by_size, parent, i + 2, c, level);
	remove_child(p, parent, i + 1);
	seal(p, by_size, parent, level - 1);
	return true;
}

/* The leaf at granule g lost entries. */
static void settle(struct emalloc_pool *p, u32 g)
{
	struct path path;
	u32 level;

	for (level = p->height; level; level--)
		if (!seek(p, g, &path) || !refill(p, false, &path, level))
			break;
}

/* ---- operations of the tree; n, at and the like are granules ---- */

/* Entries from..from+k-1 of a leaf go away. */
static void leaf_remove(word *w, u32 from, u32 k)
{
	u64 mask = leaf_free(w);

	leaf_set_free(w, (mask & below(from)) | up(down(mask, from + k), from));
	words_up(w + START + from, w + START + from + k, w[COUNT] + 1 - from - k);
	w[START + w[COUNT]] = NONE;
	w[COUNT] -= k;
	w[START + w[COUNT] + 1] = NONE;
}

/* Makes room for k entries at i; their words and bits are the caller's. */
static void leaf_insert(word *w, u32 i, u32 k)
{
	u64 mask = leaf_free(w);

	leaf_set_free(w, (mask & below(i)) | up(down(mask, i), i + k));
	words_down(w + START + i + k, w + START + i, w[COUNT] + 1 - i);
	w[COUNT] += k;
}

/* The leaf that ends at granule to from now on. */
static int end_leaf(struct emalloc_pool *p, u32 g, u32 to)
{
	struct path path;
	word *w = seek(p, g, &path);

	if (w) {
		w[START + w[COUNT]] = to;
		measure_leaf(p, &path, w[COUNT] - 1);
	}
	return w ? 0 : EMALLOC_EIO;
}

/*
 * The block of the path, which starts at g, but not at 0, becomes the end of the one before it,
 * whose kind it takes.
 */
static int absorb(struct emalloc_pool *p, u32 g, struct path *path)
{
	word *w = path->node[p->height];
	u32 i = path->at[p->height], first;
	int err = 0;

	if (w[START + i] != g || w[COUNT] < 2)
		return EMALLOC_EIO;
	leaf_remove(w, i, 1);
	first = w[START];
	measure_leaf(p, path, i ? i - 1 : 0);
	p->blocks--;
	if (!i) {
		set_first(path, p->height, first);
		err = end_leaf(p, g - 1, first);
		settle(p, first);
	}
	settle(p, g - 1);
	return err;
}

/* The block of the path, which starts at g, but not at 0, starts at to from now on. */
static int shift_start(struct emalloc_pool *p, u32 g, u32 to, struct path *path)
{
	u32 i = path->at[p->height];

	path->node[p->height][START + i] = to;
	measure_leaf(p, path, i ? i - 1 : 0);
	if (i)
		return 0;
	set_first(path, p->height, to);
	return end_leaf(p, (g < to ? g : to) - 1, to);
}

/*
 * Takes n granules from start on out of a free run; the run is the one at start, or with find set
 * the first that fits.
 */
static int tree_alloc(struct emalloc_pool *p, bool find, u32 n, u32 mask, u32 *start)
{
	struct path path;
	u32 i, from, end, front, extra, steps = 0;
	word *w;
	int err;

	for (;;) {
		if (find) {
			if (n > p->largest)
				return EMALLOC_ENOSPC;
			err = fit(p, n, mask, &path, start);
			if (err)
				return err;
		} else if (!seek(p, *start, &path)) {
			return EMALLOC_EIO;
		}
		w = path.node[p->height];
		i = path.at[p->height];
		from = w[START + i];
		end = w[START + i + 1];
		if (i >= w[COUNT])
			return EMALLOC_EIO;
		if (!leaf_is_free(w, i) || end - *start < n)
			return EMALLOC_EEXIST;
		front = from < *start;
		extra = front + (*start + n < end);
		if (extra > p->max_blocks - p->blocks)
			return EMALLOC_ENOMEM;
		if (w[COUNT] + extra <= node_cap(p, false, p->height))
			break;
		err = steps++ < MOST_STEPS ? make_room(p, false, &path) : EMALLOC_EIO;
		if (err)
			return err;
	}
	w[FREE + (i >> 5)] &= ~((u32)1 << (i & 31));
	if (extra) {
		u64 bits = up(front, i);

		leaf_insert(w, i + 1, extra);
		w[START + i + front] = *start;
		if (*start + n < end) {
			w[START + i + extra] = *start + n;
			bits |= up(1, i + extra);
		}
		leaf_set_free(w, leaf_free(w) | bits);
	}
	p->blocks += extra;
	p->used_blocks++;
	p->used += n;
	if (extra > 1) {
		measure_leaf(p, &path, i);
		return 0;
	}
	measure_group(w, i / GROUP);
	if (extra)
		groups_grew(w, i / GROUP + 1);
	set_longest(p, &path, p->height, leaf_longest(w));
	return 0;
}

/* Merging where a neighbour may be in another leaf. */
static int release_across(struct emalloc_pool *p, u32 g, u32 end)
{
	struct path path;
	bool before = false;
	word *w;
	int err;

	if (end < p->size) {
		w = seek(p, end, &path);
		if (!w)
			return EMALLOC_EIO;
		if (leaf_is_free(w, path.at[p->height])) {
			err = absorb(p, end, &path);
			if (err)
				return err;
		}
	}
	if (g) {
		w = seek(p, g - 1, &path);
		if (!w)
			return EMALLOC_EIO;
		before = leaf_is_free(w, path.at[p->height]);
	}
	w = seek(p, g, &path);
	if (!w || before)
		return w ? absorb(p, g, &path) : EMALLOC_EIO;
	leaf_set_free(w, leaf_free(w) | up(1, path.at[p->height]));
	measure_leaf(p, &path, path.at[p->height]);
	return 0;
}

static int tree_release(struct emalloc_pool *p, u32 g)
{
	struct path path;
	word *w = seek(p, g, &path), *longest;
	u32 i, before, after, size, end, group;
	int err;

	if (!w)
		return EMALLOC_EIO;
	i = path.at[p->height];
	if (w[START + i] != g || leaf_is_free(w, i))
		return EMALLOC_ENOENT;
	end = w[START + i + 1];
	size = end - g;
	if ((!i && g) || (i + 1 == w[COUNT] && end < p->size)) {
		err = release_across(p, g, end);
		if (err)
			return err;
	} else {
		before = i && leaf_is_free(w, i - 1);
		after = i + 1 < w[COUNT] && leaf_is_free(w, i + 1);
		leaf_set_free(w, leaf_free(w) | up(1, i));
		if (before + after)
			leaf_remove(w, i + 1 - before, before + after);
		p->blocks -= before + after;
		i -= before;
		group = i / GROUP;
		if (before + after > 1 || (before + after && (i + 1) / GROUP != group)) {
			measure_leaf(p, &path, i);
		} else {
			longest = w + LONGEST_OF_16 + group;
			*longest = most(*longest, leaf_size(w, i));
			if (before + after) {
				i = group * GROUP + GROUP - 1;
				if (leaf_is_free(w, i))
					*longest = most(*longest, leaf_size(w, i));
				groups_shrank(w, group + 1);
			}
			set_longest(p, &path, p->height, leaf_longest(w));
		}
		if (p->height && w[COUNT] < LEAF_MIN)
			settle(p, g);
	}
	p->used -= size;
	p->used_blocks--;
	return 0;
}

/* Cuts the used block that covers g into a used part that ends at g and a free one. */
static int cut(struct emalloc_pool *p, u32 g)
{
	struct path path;
	u32 i, steps = 0;
	word *w;
	int err;

	if (p->blocks == p->max_blocks)
		return EMALLOC_ENOMEM;
	for (;;) {
		w = seek(p, g, &path);
		if (!w)
			return EMALLOC_EIO;
		if (w[COUNT] < node_cap(p, false, p->height))
			break;
		err = steps++ < MOST_STEPS ? make_room(p, false, &path) : EMALLOC_EIO;
		if (err)
			return err;
	}
	i = path.at[p->height] + 1;
	leaf_insert(w, i, 1);
	w[START + i] = g;
	leaf_set_free(w, leaf_free(w) | up(1, i));
	p->blocks++;
	measure_leaf(p, &path, i);
	return 0;
}

static int tree_resize(struct emalloc_pool *p, u32 g, u32 n)
{
	struct path path;
	word *w = seek(p, g, &path);
	u32 size, end, room = 0;
	int err;

	if (!w)
		return EMALLOC_EIO;
	if (w[START + path.at[p->height]] != g || leaf_is_free(w, path.at[p->height]))
		return EMALLOC_ENOENT;
	size = leaf_size(w, path.at[p->height]);
	end = g + size;
	if (n == size)
		return 0;
	if (end < p->size) {
		w = seek(p, end, &path);
		if (!w)
			return EMALLOC_EIO;
		if (leaf_is_free(w, path.at[p->height]))
			room = leaf_size(w, path.at[p->height]);
	}
	if (n > size && n - size > room)
		return EMALLOC_ENOSPC;
	if (n < size && !room)
		err = cut(p, g + n);
	else if (n > size && n - size == room)
		err = absorb(p, end, &path);
	else
		err = shift_start(p, end, g + n, &path);
	if (!err)
		p->used += n - size;
	return err;
}

static int tree_find(const struct emalloc_pool *p, u32 g, u32 *start, u32 *size, bool *used)
{
	struct path path;
	const word *w = seek(p, g, &path);
	u32 i;

	if (!w)
		return EMALLOC_EIO;
	i = path.at[p->height];
	*start = w[START + i];
	*size = leaf_size(w, i);
	*used = !leaf_is_free(w, i);
	return 0;
}

/*
 * ---- the map: for pools whose book-keeping memory has two bits and some for each granule ----
 *
 * Two bitmaps, words of both in turn: where blocks begin, and the marks, which are at the first and
 * at the last granule of each free run. So a mark where a block begins says that the block is free,
 * and a mark in front of a block that the one before it is. Behind the last words are two more that
 * are always 0, so that one can look on. Above them the tree of maxima over the segments, 2^k
 * granules each. The value of a segment is 0 if no block begins in it, else 1 more than the longest
 * free run that begins in it; a long run counts as LONG_RUN.
 */

#if WIDE
typedef u64 bits;
#define LOG_BITS	6
#else
typedef u32 bits;
#define LOG_BITS	5
#endif
#define BITS		((u32)sizeof(bits) * 8)
#define NEARBY		(8 * BITS)	/* looked through word by word; not less than a segment */

static inline u32 low_bit(bits x)
{
	return LOG_BITS == 6 ? (u32)__builtin_ctzll(x) : lowest((u32)x);
}

static inline u32 high_bit(bits x)
{
	return LOG_BITS == 6 ? 63u ^ (u32)__builtin_clzll(x) : highest((u32)x);
}

#if HURRY
/* Which bit this is. */
static inline u32 number_of(bits bit)
{
#if !WIDE && defined(__arm__) && !defined(__ARM_FEATURE_CLZ)
	return bit_of_product[(u32)bit * 0x077cb531u >> 27];
#else
	return low_bit(bit);
#endif
}
#endif

/* The words of both bitmaps in which a granule has its bits: [0] starts, [1] marks. */
static inline bits *map_word(const struct emalloc_pool *p, u32 g)
{
	return (bits *)p->map.map + 2 * (size_t)(g >> LOG_BITS);
}

static inline bits map_bit(u32 g)
{
	return (bits)1 << (g & (BITS - 1));
}

HOT bool map_is_start(const struct emalloc_pool *p, u32 g)
{
	return map_word(p, g)[0] >> (g & (BITS - 1)) & 1;
}

HOT bool map_is_marked(const struct emalloc_pool *p, u32 g)
{
	return map_word(p, g)[1] >> (g & (BITS - 1)) & 1;
}

static inline void map_mark(struct emalloc_pool *p, u32 g)
{
	map_word(p, g)[1] |= map_bit(g);
}

static inline void map_unmark(struct emalloc_pool *p, u32 g)
{
	map_word(p, g)[1] &= ~map_bit(g);
}

/*
 * ---- sizes ----
 *
 * If there is memory, a small pool has half a word for each granule, too: at the first granule of
 * an allocated block its size, negative; at the first and at the last one of a free run its size;
 * and 0 at all others and in the tail. Then the last granules of free runs have no mark: what is
 * beside a block is seen without a search. The entry of granule g is the one after entry g, so that
 * there is one before the first.
 */
static inline bool sized(const struct emalloc_pool *p)
{
	return SIZES && p->map.sizes;
}

/* The mark at the last granule of a free run. */
HOT void map_mark_end(struct emalloc_pool *p, u32 g)
{
	if (!sized(p))
		map_mark(p, g);
}

HOT void map_unmark_end(struct emalloc_pool *p, u32 g)
{
	if (!sized(p))
		map_unmark(p, g);
}

/* What is said of granule g. */
static inline half *size_at(const struct emalloc_pool *p, u32 g)
{
	return p->map.sizes + g + 1;
}

#if SIZES
/* The granules from g to end are a free run, if there are any. */
static inline void note_free(struct emalloc_pool *p, u32 g, u32 end)
{
	if (g < end) {
		*size_at(p, g) = (half)(end - g);
		*size_at(p, end - 1) = (half)(end - g);
	}
}

/* What was free from run to end is so up to at and from next on; between them is a block. */
static noinline void note_sizes(struct emalloc_pool *p, u32 run, u32 at, u32 next, u32 end)
{
	*size_at(p, run) = 0;
	*size_at(p, end - 1) = 0;
	note_free(p, run, at);
	*size_at(p, at) = (half)(at - next);
	if (end < p->size)
		note_free(p, next, end);
}
#endif

/* A free run begins here; its last mark is there already, or the caller's to make. */
HOT void map_begin_run(struct emalloc_pool *p, u32 g)
{
	bits *w = map_word(p, g), bit = map_bit(g);

	w[0] |= bit;
	plain(w);
	w[1] |= bit;
}

/* No block begins here any more. */
HOT void map_clear(struct emalloc_pool *p, u32 g)
{
	bits *w = map_word(p, g), bit = map_bit(g);

	w[0] &= ~bit;
	plain(w);
	w[1] &= ~bit;
}

/*
 * ---- the tree of maxima ----
 *
 * Its entries are in groups of FAN. The children of the root are the last ones of group 0, or of
 * groups 0 and 1 if that saves a level and a look at two groups costs less than one; those of entry
 * s are group s - skew; so the parent of the entries of group j is entry j + skew. The root's value
 * is map.top. A group is as well aligned as the memory, and only the root's and the ends of levels
 * have entries that stand for nothing; these are 0.
 */

/* The widest group that can be looked at without a loop. */
#if defined(__SSE2__) && defined(__clang__)
#define LANES	__has_builtin(__builtin_elementwise_max)
#elif defined(__SSE2__) && defined(__GNUC__)
#define LANES	1
#else
#define LANES	0
#endif
#if LANES
#define LOG_FAN	4
#elif WIDE
#define LOG_FAN	3
#else
#define LOG_FAN	2
#endif
#define FAN	((u32)1 << LOG_FAN)

/* So many groups are the root's children. */
#define MOST_ROOTS	(LANES ? 2u : 1u)

static inline u32 root_groups(const struct emalloc_pool *p)
{
	return MOST_ROOTS > 1 ? p->map.roots : 1;
}

/* A longer run counts as this long; how long it is, is in map.longs. */
#define LONG_RUN	0x7ffeu
#define MOST_VALUE	(LONG_RUN + 1)
/* A granule of a pool in which at most one long run begins in so many granules. */
#define LOG_LONG	14

/* The value for a run. */
static inline u32 value_of(u32 size)
{
	return (size < LONG_RUN ? size : LONG_RUN) + 1;
}

#if LANES
typedef short lanes __attribute__((__vector_size__(16)));
typedef short loose __attribute__((__vector_size__(16), __may_alias__, __aligned__(2)));

/* The entries of a group that have at least a value: a bit for each. */
HOT u32 reaching(const half *t, u32 value)
{
	typedef char bytes __attribute__((__vector_size__(16)));
	const loose *v = (const loose *)t;
	short x = (short)(value - 1);
	lanes limit = { x, x, x, x, x, x, x, x };
	bytes both = (bytes)__builtin_ia32_packsswb128(v[0] > limit, v[1] > limit);

	return (u32)__builtin_ia32_pmovmskb128(both);
}

/* The first entry of a group that has at least a value; FAN: none. */
HOT u32 first_of(const half *t, u32 value)
{
	return lowest(reaching(t, value) | (u32)1 << FAN);
}

static inline lanes lanes_most(lanes a, lanes b)
{
#ifdef __clang__
	return __builtin_elementwise_max(a, b);
#else
	return __builtin_ia32_pmaxsw128(a, b);
#endif
}

/* The maximum of what is in all lanes. */
HOT u32 across(lanes x)
{
	typedef int wide __attribute__((__vector_size__(16)));

	x = lanes_most(x, (lanes)__builtin_ia32_pshufd((wide)x, 0x4e));
	x = lanes_most(x, (lanes)__builtin_ia32_pshufd((wide)x, 0xb1));
	x = lanes_most(x, __builtin_ia32_pshuflw(x, 0xb1));
	return (u16)x[0];
}

/* The maximum of a group. */
HOT u32 most_of(const half *t)
{
	const loose *v = (const loose *)t;

	return across(lanes_most(v[0], v[1]));
}

/* From any of the first FAN on all bits of FAN entries but those of one. */
#define FIVE	0xffff, 0xffff, 0xffff, 0xffff, 0xffff
static const u16 but_one[2 * FAN - 1] = { FIVE, FIVE, FIVE, 0, FIVE, FIVE, FIVE };

/*
 * Entry s gets a value. Return: the maximum of its group. The entry is written after the group was
 * read: a wide read of what was just written in part has to wait.
 */
HOT u32 replace(half *t, u32 s, u32 value)
{
	const loose *v = (const loose *)(t + (s & ~(FAN - 1))), *but;
	const u16 *masks = but_one;
	lanes x;

	plain(masks);	/* found again each time, for want of a register to keep it in */
	but = (const loose *)&masks[~s & (FAN - 1)];
	x = lanes_most(v[0] & but[0], v[1] & but[1]);
	t[s] = (half)value;
	return most(value, across(x));
}
#else
HOT u32 reaching(const half *t, u32 value)
{
	u32 mask = 0, i;

	for (i = FAN; i--;)
		mask += mask + (u32)(t[i] >= value);
	return mask;
}

/* If none but the last one may have the value, it is the last one, or this is found out. */
HOT u32 first_of(const half *t, u32 value)
{
	u32 i;

	if (t[0] >= value)
		return 0;
	if (t[1] >= value)
		return 1;
	if (t[2] >= value)
		return 2;
	for (i = 3; i < FAN - 1; i++)
		if (t[i] >= value)
			break;
	return i;
}

/* The maximum of a group. */
HOT u32 most_of(const half *t)
{
	u32 value = most(most(t[0], t[1]), most(t[2], t[3]));

	if (FAN == 4)
		return value;
	return most(value, most(most(t[4], t[5]), most(t[6], t[7])));
}

/* Entry s gets a value. Return: the maximum of its group. */
HOT u32 replace(half *t, u32 s, u32 value)
{
	t[s] = (half)value;
	return most_of(t + (s & ~(FAN - 1)));
}
#endif

/* The first entry of two groups that has at least a value; if none has, the last one. */
HOT u32 first_of_both(const half *t, u32 value)
{
	u32 mask = reaching(t, value) | reaching(t + FAN, value) << FAN;

	return lowest(mask | (u32)1 << (2 * FAN - 1));
}

/* The entry of the first segment below an entry, if that one has at least the value. */
static inline u32 entry_below(const struct emalloc_pool *p, u32 s, u32 value)
{
	const half *t = p->map.tree;
	u32 inner = p->map.inner, skew = p->map.skew;

	while (s < inner) {
		s = (s - skew) << LOG_FAN;
		s += first_of(t + s, value);
	}
	return s;
}

/*
 * The entry of the first segment with at least a certain value, where one has it; one that is no
 * segment's, or one with less: the tree was overwritten.
 */
HOT u32 first_entry(const struct emalloc_pool *p, u32 value)
{
	const half *t = p->map.tree;
	u32 s = root_groups(p) > 1 ? first_of_both(t, value) : first_of(t, value);

	/* Entries that stand for nothing have no children. */
	if (s < p->map.first)
		return 0;
	return entry_below(p, s, value);
}

/* That segment; one beyond the end, or with less: the tree was overwritten. */
static u32 segment_with(const struct emalloc_pool *p, u32 value)
{
	return first_entry(p, value) - p->map.leaves;
}

/* The first segment after this one with at least a certain value; NONE: none. */
static u32 next_segment(const struct emalloc_pool *p, u32 i, u32 value)
{
	const half *t = p->map.tree;
	u32 s = p->map.leaves + i, mask, parent;

	for (;;) {
		mask = reaching(t + (s & ~(FAN - 1)), value) >> (s & (FAN - 1)) >> 1;
		if (mask)
			break;
		parent = s >> LOG_FAN;
		if (parent < root_groups(p)) {
			if (parent + 1 == root_groups(p))
				return NONE;
			/* The group beside it. */
			s = FAN - 1;
			mask = reaching(t + FAN, value);
			if (!mask)
				return NONE;
			break;
		}
		s = parent + p->map.skew;
	}
	return entry_below(p, s + lowest(mask) + 1, value) - p->map.leaves;
}

/* The last entry of a group, of those before one, that is not 0; FAN: none. */
HOT u32 last_of(const half *t, u32 before)
{
#if LANES
	u32 mask = reaching(t, 1) & (((u32)1 << before) - 1);

	return mask ? highest(mask) : FAN;
#else
	while (before--)
		if (t[before])
			return before;
	return FAN;
#endif
}

/* The last segment before this one in which a block begins; one beyond the end: none. */
static u32 segment_before(const struct emalloc_pool *p, u32 i)
{
	const half *t = p->map.tree;
	u32 s = p->map.leaves + i, at, parent;

	for (;;) {
		at = last_of(t + (s & ~(FAN - 1)), s & (FAN - 1));
		if (at < FAN)
			break;
		parent = s >> LOG_FAN;
		if (parent < root_groups(p)) {
			at = parent ? last_of(t, FAN) : FAN;
			if (at == FAN)
				return NONE;
			s = 0;
			break;
		}
		s = parent + p->map.skew;
	}
	s = (s & ~(FAN - 1)) + at;
	if (s < p->map.first)
		return NONE;
	while (s < p->map.inner) {
		s = (s - p->map.skew) << LOG_FAN;
		at = last_of(t + s, FAN);
		if (at == FAN)
			return NONE;
		s += at;
	}
	return s - p->map.leaves;
}

static inline u32 segment_is(const struct emalloc_pool *p, u32 i)
{
	return p->map.tree[p->map.leaves + i];
}

/* The tail: the free run that reaches the pool's end. If there is none, it begins at that end. */
static inline bool is_tail(const struct emalloc_pool *p, u32 g)
{
	return TAIL && g == p->map.tail;
}

/* The longest run in the trees, and of all. */
HOT u32 longest_counted(const struct emalloc_pool *p)
{
	return p->map.top < MOST_VALUE ? p->map.top - 1 : p->map.longs[1];
}

HOT u32 longest_run(const struct emalloc_pool *p)
{
	return TAIL ? most(longest_counted(p), p->size - p->map.tail) : longest_counted(p);
}

static inline void set_top(struct emalloc_pool *p, u32 value)
{
	p->map.top = value;
	p->largest = longest_run(p);
}

/* A segment has a start, or a run, that it had not: its value is at least this. */
HOT void raise_segment(struct emalloc_pool *p, u32 i, u32 value)
{
	half *t = p->map.tree;
	u32 s = p->map.leaves + i;

	/* One level without a jump, which could not be foretold. */
	if (HURRY && WIDE && s >= MOST_ROOTS * FAN) {
		t[s] = (half)most(t[s], value);
		s = (s >> LOG_FAN) + p->map.skew;
	}
	while (t[s] < value) {
		t[s] = (half)value;
		s >>= LOG_FAN;
		if (s < root_groups(p)) {
			if (p->map.top < value) {
				p->map.top = value;
				p->largest = most(TAIL ? p->largest : 0, longest_counted(p));
			}
			break;
		}
		s += p->map.skew;
	}
}

/* A segment's value is less than it was. Return: 0, for calls at the end of another function. */
static noinline int lower_segment(struct emalloc_pool *p, u32 i, u32 value)
{
	half *t = p->map.tree;
	u32 s = p->map.leaves + i, old = t[s], parent;

	for (;;) {
		parent = s >> LOG_FAN;
		if (parent < root_groups(p))
			break;
		parent += p->map.skew;
		if (t[parent] > old) {
			t[s] = (half)value;
			return 0;
		}
		value = replace(t, s, value);
		if (value == old)
			return 0;
		s = parent;
	}
	if (p->map.top != old) {
		t[s] = (half)value;
		return 0;
	}
	value = replace(t, s, value);
	if (root_groups(p) > 1)
		value = most(value, most_of(t + (~s & FAN)));
	set_top(p, value);
	return 0;
}

/*
 * The long runs: a tree of maxima of two children each, entry 1 the root, over stretches of
 * 2^LOG_LONG granules. A long run reaches beyond the stretch in which it begins, so there is one in
 * each at most. A run comes in or leaves before the segments' values change.
 */

/* The free run that begins at g has this size; 0: none that is long does. */
static noinline void set_long(struct emalloc_pool *p, u32 g, u32 size)
{
	word *t = p->map.longs;
	u32 i = p->map.stretches + (g >> LOG_LONG);

	t[i] = size;
	while (i >>= 1)
		t[i] = most(t[2 * i], t[2 * i + 1]);
	if (t[1])
		p->largest = longest_run(p);
}

/* The first segment from a stretch on with a run of n granules, and n is long; NONE: none. */
static noinline u32 long_segment(const struct emalloc_pool *p, u32 stretch, u32 n)
{
	const word *t = p->map.longs;
	u32 i = p->map.stretches + stretch;

	while (t[i] < n) {
		while (i & 1)
			i >>= 1;
		if (!i)
			return NONE;
		i++;
	}
	while (i < p->map.stretches) {
		i *= 2;
		i += t[i] < n;
	}
	i = least((i - p->map.stretches) << (LOG_LONG - p->k), p->map.last);
	return segment_is(p, i) == MOST_VALUE ? i : next_segment(p, i, MOST_VALUE);
}

/* The first segment with a run of n granules; one beyond the end: none. */
static u32 first_segment(const struct emalloc_pool *p, u32 n)
{
	if (TAIL && n >= p->map.top && n <= LONG_RUN)
		return NONE;
	return n <= LONG_RUN ? segment_with(p, n + 1) : long_segment(p, 0, n);
}

/* The first one after this. */
static u32 segment_after(const struct emalloc_pool *p, u32 i, u32 n)
{
	return n <= LONG_RUN ? next_segment(p, i, n + 1) :
			       long_segment(p, (i >> (LOG_LONG - p->k)) + 1, n);
}

/* Where the first block after the word of granule at begins; the pool's end if none does. */
static noinline u32 next_start_far(const struct emalloc_pool *p, u32 at)
{
	const bits *w = map_word(p, at);
	u32 i;

	at &= ~(BITS - 1);
	do {
		at += BITS;
		w += 2;
		if (at >= p->size)
			return p->size;
		if (!(at & (NEARBY - 1))) {
			i = next_segment(p, (at - 1) >> p->k, 1);
			if (i == NONE)
				return p->size;
			at = i << p->k;
			if (at >= p->size)
				return p->size;
			w = map_word(p, at);
		}
	} while (!w[0]);
	at += low_bit(w[0]);
	return at < p->size ? at : p->size;
}

/* The starts after g in its word, or else in the next one; at becomes the granule of the lowest. */
HOT bits near_starts(const struct emalloc_pool *p, u32 g, u32 *at)
{
	const bits *w = map_word(p, g);
	bits x = w[0] >> (g & (BITS - 1)) >> 1, next;

	/* Without a jump, which could not be foretold. Behind the last word there is one more. */
	*at = g + 1;
	if (HURRY && (WIDE || !x)) {
		next = w[2];
		*at = x ? *at : (g | (BITS - 1)) + 1;
		x = x ? x : next;
	}
	return x;
}

/* Where the first block after g begins; the end of the pool if none does. */
HOT u32 next_start(const struct emalloc_pool *p, u32 g)
{
	u32 at;
	bits x = near_starts(p, g, &at);

	if (!x)
		return next_start_far(p, HURRY ? g + BITS : g);
	at += low_bit(x);
	return at < p->size ? at : p->size;
}

/*
 * Where the free run ends that begins at g and is counted in its segment's value. If it leaves the
 * segment, no other run from there is longer than g is behind the segment's beginning; so it is the
 * run of the value, or short.
 */
static noinline u32 run_end_far(const struct emalloc_pool *p, u32 g)
{
	u32 at = g & ~(BITS - 1), below = ((u32)1 << p->k) - 1, size;

	if (is_tail(p, g))
		return p->size;
	while (((at += BITS) & below))
		if (map_word(p, at)[0])
			return next_start_far(p, at - 1);
	size = segment_is(p, g >> p->k) - 1;
	if (size <= (g & below) || size == LONG_RUN)
		return next_start_far(p, at - 1);
	return size < p->size - g ? g + size : p->size;
}

HOT u32 run_end(const struct emalloc_pool *p, u32 g)
{
	u32 at;
	bits x;

	if (!HURRY)
		return next_start(p, g);
	x = near_starts(p, g, &at);
	if (!x)
		return run_end_far(p, g);
	at += low_bit(x);
	return at < p->size ? at : p->size;
}

/* Where the block that covers g begins. */
HOT u32 this_start(const struct emalloc_pool *p, u32 g)
{
	const bits *w = map_word(p, g);
	bits x = w[0] & ~(bits)0 >> (~g & (BITS - 1));
	u32 at = g & ~(BITS - 1), i;

	while (!x) {
		if (!at)
			return 0;
		if (!(at & (NEARBY - 1))) {
			i = segment_before(p, at >> p->k);
			if (i > p->map.last)
				return 0;
			at = (i << p->k) + ((u32)1 << p->k);
			w = map_word(p, at);
		}
		at -= BITS;
		w -= 2;
		x = w[0];
	}
	return at + high_bit(x);
}

/* The same of a run that leaves its word. */
static noinline u32 run_length_far(const struct emalloc_pool *p, u32 g)
{
	return is_tail(p, g) ? 0 : next_start_far(p, g) - g;
}

/* What the free run that begins at bit from of the word at granule at counts: the tail nothing. */
HOT u32 run_length(const struct emalloc_pool *p, const bits *w, u32 at, u32 from)
{
	bits rest = w[0] >> from >> 1;

	return rest ? low_bit(rest) + 1 : run_length_far(p, at + from);
}

/* The value of a segment, from the bitmaps; no more than enough is asked for. */
static u32 segment_value(const struct emalloc_pool *p, u32 i, u32 enough)
{
	u32 at = i << p->k, end = at + ((u32)1 << p->k), best = 0;
	const bits *w = map_word(p, at);
	bits runs, any = 0;

	for (; at < end; at += BITS, w += 2) {
		any |= w[0];
		for (runs = w[0] & w[1]; runs; runs &= runs - 1) {
			best = most(best, run_length(p, w, at, low_bit(runs)));
			if (best + 1 >= enough)
				return enough;
		}
	}
	return any ? value_of(best) : 0;
}

#if SIZES
/* The most of best and some runs in the word of g; no more than enough is asked for. */
HOT u32 longest_in(const struct emalloc_pool *p, u32 g, bits runs, u32 best, u32 enough)
{
	const half *sizes = size_at(p, g & ~(BITS - 1));
	bits bit;

	for (; runs && best < enough; runs ^= bit) {
		bit = runs & -runs;
		best = most(best, sizes[number_of(bit)]);
	}
	return best;
}
#endif

/* A start or a run in the segment of g went away. */
static noinline int measure_segment(struct emalloc_pool *p, u32 g)
{
	const bits *w = map_word(p, g);
	u32 i = g >> p->k, value;

	if (HURRY && p->k == LOG_BITS && !(w[0] & w[1]))
		value = w[0] != 0;
	else
		value = segment_value(p, i, segment_is(p, i));
	return value < segment_is(p, i) ? lower_segment(p, i, value) : 0;
}

/* The first run that begins in a segment and has n granules from an aligned place on. */
static bool segment_fit(const struct emalloc_pool *p, u32 i, u32 n, u32 mask, u32 *run,
			u32 *run_end, u32 *start)
{
	u32 at = i << p->k, end = at + ((u32)1 << p->k), from, to, place;
	const bits *w = map_word(p, at);
	bits runs;

	for (; at < end; at += BITS, w += 2) {
		for (runs = w[0] & w[1]; runs; runs &= runs - 1) {
			from = low_bit(runs);
			to = at + from + run_length(p, w, at, from);
			from += at;
			place = (from + mask) & ~mask;
			if (place < to && to - place >= n) {
				*run = from;
				*run_end = to;
				*start = place;
				return true;
			}
		}
	}
	return false;
}

static int map_fit(const struct emalloc_pool *p, u32 n, u32 mask, u32 *run, u32 *end, u32 *start)
{
	u32 i = first_segment(p, n), tries;

	for (tries = 0; i <= p->map.last; tries++) {
		if (segment_fit(p, i, n, mask, run, end, start))
			return 0;
		if (!mask || tries > ALIGN_TRIES)
			return EMALLOC_EIO;
		if (tries < ALIGN_TRIES) {
			i = segment_after(p, i, n);
		} else {
			/* From here on only a run in which an aligned place is certain. */
			if (p->largest - n < mask)
				return EMALLOC_ENOSPC;
			i = first_segment(p, n + mask);
		}
	}
	if (TAIL && i == NONE && n <= p->size - p->map.tail) {
		*run = p->map.tail;
		*end = p->size;
		*start = (*run + mask) & ~mask;
		if (*start < *end && *end - *start >= n)
			return 0;
	}
	return mask && i == NONE ? EMALLOC_ENOSPC : EMALLOC_EIO;
}

/*
 * What map_alloc() with find and without an alignment does, in one pass over the segment. The last
 * run of the segment is the longest, or the search had ended before: its length is the value's.
 * Long runs are left to map_alloc().
 */
static u32 map_first_fit(struct emalloc_pool *p, u32 n)
{
	u32 i, at, end, from, run, size, best = 0, k = p->k, value, skip, rest;
	bits *w, runs;

	if (!TAIL && n >= p->map.top)
		return NONE;
	i = segment_with(p, n + 1);
	if (i > p->map.last)
		return NONE;
	value = segment_is(p, i);
	at = i << k;
	end = at + ((u32)1 << k);
	w = map_word(p, at);
	/* Over the first word, if there is nothing in it, without a jump. */
	skip = HURRY && !(w[0] & w[1]);
	w += 2 * skip;
	at += skip << LOG_BITS;
	runs = w[0] & w[1];
	for (;;) {
		while (!runs) {
			at += BITS;
			if (at >= end)
				return NONE;
			w += 2;
			runs = w[0] & w[1];
		}
		from = low_bit(runs);
		runs &= runs - 1;
		if (!runs && at + BITS >= end)
			size = value - 1;
		else
			size = run_length(p, w, at, from);
		if (size >= n)
			break;
		best = most(best, size);
	}
	run = at + from;
	if (size >= LONG_RUN || size > p->size - run)
		return NONE;
	rest = size - n;
	if (!rest) {
		map_unmark(p, run + n - 1);
	} else {
		if (p->blocks >= p->max_blocks)
			return NONE;
		p->blocks++;
		map_begin_run(p, run + n);
		if ((run + n) >> k == i)
			best = most(best, rest);
		else
			raise_segment(p, (run + n) >> k, rest + 1);
	}
	w[1] &= ~map_bit(from);
	p->used_blocks++;
	p->used += n;
	if (value > size + 1)
		return run;
	for (;;) {
		for (; runs; runs &= runs - 1)
			best = most(best, run_length(p, w, at, low_bit(runs)));
		at += BITS;
		if (at >= end)
			break;
		w += 2;
		runs = w[0] & w[1];
	}
	if (best + 1 != value)
		lower_segment(p, i, best + 1);
	return run;
}

static int map_alloc(struct emalloc_pool *p, bool find, u32 n, u32 mask, u32 *start)
{
	u32 run, end, at, k = p->k, extra;
	int err;

	if (find) {
		if (n > p->largest)
			return EMALLOC_ENOSPC;
		err = map_fit(p, n, mask, &run, &end, start);
		if (err)
			return err;
		at = *start;
	} else {
		at = *start;
		run = this_start(p, at);
		if (!map_is_marked(p, run))
			return EMALLOC_EEXIST;
		end = run_end(p, run);
		if (end - at < n)
			return EMALLOC_EEXIST;
	}
	extra = (u32)(at > run) + (at + n < end);
	if (extra > p->max_blocks - p->blocks)
		return EMALLOC_ENOMEM;
	if (is_tail(p, run)) {
		p->map.tail = at + n;
		if (at - run >= LONG_RUN)
			set_long(p, run, at - run);
	} else if (end - run >= LONG_RUN) {
		set_long(p, run, at - run >= LONG_RUN ? at - run : 0);
		if (end - at - n >= LONG_RUN)
			set_long(p, at + n, end - at - n);
	}
	if (at + n < end)
		map_begin_run(p, at + n);
	else
		map_unmark_end(p, end - 1);
	if (at > run) {
		map_word(p, at)[0] |= map_bit(at);
		map_mark_end(p, at - 1);
	} else {
		map_unmark(p, run);
	}
#if SIZES
	if (sized(p))
		note_sizes(p, run, at, at + n, end);
#endif
	/* From the end to the front: the length of a run is found by the values behind it. */
	if (at + n < end && (at + n) >> k != run >> k)
		raise_segment(p, (at + n) >> k, is_tail(p, at + n) ? 1 : value_of(end - at - n));
	if (at >> k != run >> k)
		raise_segment(p, at >> k, 1);
	if (TAIL && end == p->size) {
		raise_segment(p, run >> k, value_of(at - run));
		p->largest = longest_run(p);
	} else if (segment_is(p, run >> k) <= value_of(end - run)) {
		measure_segment(p, run);
	}
	p->blocks += extra;
	p->used_blocks++;
	p->used += n;
	return 0;
}

/* The tail begins at from now: the run from there to g, if it is one, leaves the trees. */
static noinline int release_tail(struct emalloc_pool *p, u32 g, u32 from, u32 end)
{
	u32 k = p->k;

	p->map.tail = from;
	if (g - from >= LONG_RUN)
		set_long(p, from, 0);
	if (from != g && segment_is(p, from >> k) == value_of(g - from))
		measure_segment(p, from);
	/* Starts that are gone. */
	if (end < p->size && end >> k != from >> k && segment_is(p, end >> k) == 1)
		measure_segment(p, end);
	if (g >> k != from >> k && segment_is(p, g >> k) == 1)
		measure_segment(p, g);
	p->largest = longest_run(p);
	return 0;
}

static noinline int map_release(struct emalloc_pool *p, u32 g)
{
	bits *map = p->map.map, *w = map + 2 * (size_t)(g >> LOG_BITS), *there;
	bits bit = map_bit(g), one, x;
	u32 end, to, from = g, k = p->k, n;

	if (!(w[0] & ~w[1] & bit))
		return EMALLOC_ENOENT;
	end = next_start(p, g);
	to = end;
	p->used -= end - g;
	p->used_blocks--;
	if (end < p->size) {
		there = map + 2 * (size_t)(end >> LOG_BITS);
		one = map_bit(end);
		if (there[1] & one) {
			to = run_end(p, end);
			there[0] &= ~one;
			plain(there);
			there[1] &= ~one;
			p->blocks--;
			if (!is_tail(p, end) && to - end >= LONG_RUN)
				set_long(p, end, 0);
		}
	}
	if (g) {
		there = map + 2 * (size_t)((g - 1) >> LOG_BITS);
		one = map_bit(g - 1);
		if (there[1] & one) {
			x = there[0] & (one | (one - 1));
			from = x ? ((g - 1) & ~(BITS - 1)) + high_bit(x) : this_start(p, g - 1);
			w[0] &= ~bit;
			plain(there);
			there[1] &= ~one;
			bit = map_bit(from);
			w = map + 2 * (size_t)(from >> LOG_BITS);
			p->blocks--;
		}
	}
	plain(w);
	w[1] |= bit;
	there = map + 2 * (size_t)((to - 1) >> LOG_BITS);
	there[1] |= map_bit(to - 1);
	if (TAIL && to == p->size)
		return release_tail(p, g, from, end);
	n = to - from;
	if (n >= LONG_RUN) {
		set_long(p, from, n);
		n = LONG_RUN;
	}
	raise_segment(p, from >> k, n + 1);
	/* Starts that are gone: a value stays unless it was theirs. */
	if (end >> k == from >> k)
		return 0;
	if (to != end && segment_is(p, end >> k) == value_of(to - end))
		measure_segment(p, end);
	return g >> k != from >> k && segment_is(p, g >> k) == 1 ? measure_segment(p, g) : 0;
}

static int map_resize(struct emalloc_pool *p, u32 g, u32 n)
{
	u32 end, to, size;

	if (!map_is_start(p, g) || map_is_marked(p, g))
		return EMALLOC_ENOENT;
	end = next_start(p, g);
	size = end - g;
	to = end < p->size && map_is_marked(p, end) ? run_end(p, end) : end;
	if (n == size)
		return 0;
	if (n > size && n - size > to - end)
		return EMALLOC_ENOSPC;
	if (n < size && to == end) {
		if (p->blocks == p->max_blocks)
			return EMALLOC_ENOMEM;
		p->blocks++;
	}
	if (to != end)
		map_clear(p, end);
#if SIZES
	if (sized(p)) {
		if (to != end)
			*size_at(p, end) = 0;
		note_sizes(p, g, g, g + n, to);
	}
#endif
	if (TAIL && to == p->size) {
		p->map.tail = g + n;
	} else {
		if (to - end >= LONG_RUN)
			set_long(p, end, 0);
		if (to - g - n >= LONG_RUN)
			set_long(p, g + n, to - g - n);
	}
	if (g + n < to) {
		map_begin_run(p, g + n);
		map_mark_end(p, to - 1);
		raise_segment(p, (g + n) >> p->k, is_tail(p, g + n) ? 1 : value_of(to - g - n));
	} else {
		map_unmark_end(p, to - 1);
		p->blocks--;
	}
	if (to != end)
		measure_segment(p, end);
	if (TAIL && to == p->size)
		p->largest = longest_run(p);
	p->used += n - size;
	return 0;
}

static void map_find(const struct emalloc_pool *p, u32 g, u32 *start, u32 *size, bool *used)
{
	*start = this_start(p, g);
	*used = !map_is_marked(p, *start);
	*size = (*used ? next_start(p, *start) : run_end(p, *start)) - *start;
}

/* How many bytes a map takes, with sizes or not; its parts are entered in the pool. */
HOT u64 map_lay_out(struct emalloc_pool *p, u8 *memory, u32 k, bool sizes)
{
	u32 n = ((p->size - 1) >> k) + 1, top, roots, levels = 0, stretches = 0;
	size_t bytes;

	/* So many levels between root and leaves; the root has top children. */
	for (top = n; top > MOST_ROOTS * FAN; top = ((top - 1) >> LOG_FAN) + 1)
		levels++;
	roots = top > FAN ? MOST_ROOTS : 1;
	p->k = (u8)k;
	p->map.last = n - 1;
	p->map.roots = roots;
	p->map.first = roots * FAN - top;
	p->map.skew = p->map.first - roots;
	p->map.leaves = p->map.first;
	for (; levels; levels--)
		p->map.leaves = (p->map.leaves - p->map.skew) << LOG_FAN;
	p->map.groups = (p->map.leaves + n - 1) >> LOG_FAN;
	p->map.inner = p->map.groups ? p->map.groups + p->map.skew + 1 : 0;
	if (p->size >= LONG_RUN)
		for (stretches = 1; stretches <= (p->size - 1) >> LOG_LONG; stretches *= 2)
			;
	p->map.stretches = stretches;
	bytes = ((size_t)p->map.groups + 1) * FAN * sizeof(half);
	p->map.tree = (half *)memory;
	p->map.longs = (word *)(memory + bytes);
	bytes += (size_t)stretches * 2 * sizeof(word);
	if (SIZES) {
		p->map.sizes = sizes ? (half *)(memory + bytes) : NULL;
		if (sizes)	/* for whole words, and a word more */
			bytes += ((size_t)n + 1) * BITS * sizeof(half);
	}
	p->map.map = memory + bytes;
	return bytes + (up(n, k - LOG_BITS) + 1) * 2 * sizeof(bits);
}

/*
 * Sets up a map if there is memory for one, with the least segments for which there is. What is
 * left are nodes.
 */
static bool map_init(struct emalloc_pool *p, u8 *memory, size_t size)
{
	size_t slip = -(uintptr_t)memory & 63, i, all = size;
	bool sizes = SIZES && !best_fit(p) && p->size < LONG_RUN && p->size < NONE >> p->shift;
	u64 need = 0;
	u32 k;

	/* With best fit so much is kept for the index: see there. */
	if (best_fit(p)) {
		if (third(size) < INDEX_SPARE)
			return false;
		size -= third(size) + INDEX_SPARE;
	}

	if (p->size >= MAX_SIZE - 1)
		return false;
	for (k = LOG_BITS; k <= MAP_MAX_K; k += !sizes, sizes = false) {
		need = map_lay_out(p, memory, k, sizes);
		if (need <= size)
			break;
	}
	if (k > MAP_MAX_K)
		return false;
	if (slip > size - need)
		slip = 0;
	map_lay_out(p, memory + slip, k, sizes);
	p->chunk[0] = (word *)(memory + slip + (size_t)need);
	all = (all - slip - (size_t)need) / EMALLOC_NODE_SIZE;
	p->chunk_nodes[0] = all < (size_t)1 << CHUNK_SHIFT ? (u32)all : (u32)1 << CHUNK_SHIFT;
	for (i = 0; i < need / sizeof(word); i++) {
		word *w = (word *)p->map.tree + i;

		plain(w);
		*w = 0;
	}
	map_begin_run(p, 0);
	map_mark_end(p, p->size - 1);
	p->map.top = 0;
	if (TAIL)
		p->map.tail = 0;
	else if (p->size >= LONG_RUN)
		set_long(p, 0, p->size);
	raise_segment(p, 0, TAIL ? 1 : value_of(p->size));
	return true;
}

/* The book-keeping is a map, not a tree. With EMALLOC_ONLY_MAP there is no code for the tree. */
static inline bool mapped(const struct emalloc_pool *p)
{
#ifdef EMALLOC_ONLY_MAP
	(void)p;
	return true;
#else
	return p->mapped;
#endif
}

#if BEST_FIT
/*
 * ---- the index: the free runs by size, for best fit; over a map or a tree, which stay as they are
 * ----
 *
 * Free runs in the order of their size, runs of one size in the order of their places: a B+ tree of
 * the same nodes as the tree of blocks, moved and balanced by the same code. An entry of a leaf is
 * where a run begins; how long it is the map or the tree knows. In an inner node KEY is the size
 * and PLACE the beginning of a child's first run. The root is a node, too. A pool with memory for
 * fewer than INDEXED blocks has no index: all of its runs are looked at.
 *
 * A run leaves the index before the map or the tree changes, and comes into it after that, so that
 * all runs in the index have at any time the size under which they are there.
 */

#define PLACE		LONGEST

/* The block that covers granule g. */
static int block_at(const struct emalloc_pool *p, u32 g, u32 *start, u32 *size, bool *used)
{
	if (!mapped(p))
		return tree_find(p, g, start, size, used);
	map_find(p, g, start, size, used);
	return 0;
}

/* The size of the free run that begins at g; 0 if the book-keeping was overwritten. */
static u32 run_size(const struct emalloc_pool *p, u32 g)
{
	u32 start, size;
	bool used;

	if (g >= p->size)
		return 0;
	if (mapped(p))
		return map_is_start(p, g) && map_is_marked(p, g) ? run_end(p, g) - g : 0;
	return tree_find(p, g, &start, &size, &used) || start != g || used ? 0 : size;
}

static void index_refresh(const struct emalloc_pool *p, word *parent, u32 i, const word *w,
			  u32 level)
{
	bool leaf = level == p->index_height;

	parent[PLACE + i] = leaf ? w[START] : w[PLACE];
	parent[KEY + i] = leaf ? run_size(p, w[START]) : w[KEY];
}

static inline bool before(u32 size, u32 g, u32 size_too, u32 g_too)
{
	return size < size_too || (size == size_too && g < g_too);
}

/* The leaf of a run, and the first entry that is not before it; that may be behind the last one. */
static word *index_seek(const struct emalloc_pool *p, u32 size, u32 g, struct path *path)
{
	word *w = root_of(p, true);
	u32 level, i, n, half, other;

	for (level = 0; w && level < p->index_height; level++) {
		n = least(w[COUNT], INNER_CAP);
		for (i = 1; i < n && !before(size, g, w[KEY + i], w[PLACE + i]); i++)
			;
		path->node[level] = w;
		path->at[level] = i - 1;
		w = child(p, true, w, i - 1, level + 1);
	}
	if (!w || w[COUNT] > LEAF_CAP)
		return NULL;
	for (i = 0, n = w[COUNT]; n;) {
		half = n >> 1;
		other = w[START + i + half];
		if (before(run_size(p, other), other, size, g)) {
			i += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	path->node[level] = w;
	path->at[level] = i;
	return w;
}

/* The leaf after the one of the path. */
static word *index_next(const struct emalloc_pool *p, struct path *path)
{
	u32 level = p->index_height, i;
	word *w;

	do {
		if (!level)
			return NULL;
		w = path->node[--level];
		i = path->at[level] + 1;
	} while (i >= w[COUNT]);
	while (w && level < p->index_height) {
		path->at[level] = i;
		w = child(p, true, w, i, level + 1);
		path->node[++level] = w;
		i = 0;
	}
	path->at[level] = 0;
	return w;
}

/* The leaf of the path begins with another run. */
static void index_set_first(const struct emalloc_pool *p, const struct path *path)
{
	u32 level = p->index_height, g = path->node[level][START], size = run_size(p, g);

	while (level--) {
		path->node[level][KEY + path->at[level]] = size;
		path->node[level][PLACE + path->at[level]] = g;
		if (path->at[level])
			break;
	}
}

static int index_insert(struct emalloc_pool *p, u32 g, u32 size)
{
	struct path path;
	u32 i, steps = 0;
	word *w;
	int err;

	if (p->index == NONE)
		return 0;
	for (;;) {
		w = index_seek(p, size, g, &path);
		if (!w)
			return EMALLOC_EIO;
		if (w[COUNT] < LEAF_CAP)
			break;
		err = steps++ < MOST_STEPS ? make_room(p, true, &path) : EMALLOC_EIO;
		if (err)
			return err;
	}
	i = path.at[p->index_height];
	words_down(w + START + i + 1, w + START + i, w[COUNT] - i);
	w[START + i] = g;
	w[COUNT]++;
	if (!i)
		index_set_first(p, &path);
	return 0;
}

static int index_remove(struct emalloc_pool *p, u32 g, u32 size)
{
	struct path path;
	u32 i, level;
	word *w;

	if (p->index == NONE)
		return 0;
	w = index_seek(p, size, g, &path);
	level = p->index_height;
	if (!w || path.at[level] >= w[COUNT] || w[START + path.at[level]] != g)
		return EMALLOC_EIO;
	i = path.at[level];
	w[COUNT]--;
	words_up(w + START + i, w + START + i + 1, w[COUNT] - i);
	if (!w[COUNT])
		return level ? EMALLOC_EIO : 0;
	if (!i)
		index_set_first(p, &path);
	if (w[COUNT] >= LEAF_MIN)
		return 0;
	g = w[START];
	size = run_size(p, g);
	for (; level; level--)
		if (!index_seek(p, size, g, &path) || !refill(p, true, &path, level))
			break;
	return 0;
}

struct hole {
	u32 run;
	u32 size;
	u32 start;		/* the first place in it that is aligned */
};

static bool hole_fits(struct hole *hole, u32 n, u32 mask)
{
	u32 skip;

	hole->start = (hole->run + mask) & ~mask;
	skip = hole->start - hole->run;
	return skip < hole->size && hole->size - skip >= n;
}

/* The smallest run, of such the lowest, that has n granules from an aligned place on. */
static int index_fit(const struct emalloc_pool *p, u32 n, u32 mask, struct hole *hole)
{
	struct path path;
	word *w = index_seek(p, n, 0, &path);
	u32 tries = 0, i;

	while (w) {
		for (i = path.at[p->index_height]; i < w[COUNT]; i++) {
			hole->run = w[START + i];
			hole->size = run_size(p, hole->run);
			if (hole_fits(hole, n, mask))
				return 0;
		}
		if (++tries > (mask ? ALIGN_TRIES + 1 : 1))
			return EMALLOC_EIO;
		/* In the end only a run in which an aligned place is certain. */
		if (tries == ALIGN_TRIES)
			w = index_seek(p, n + mask, 0, &path);
		else
			w = index_next(p, &path);
	}
	return mask ? EMALLOC_ENOSPC : EMALLOC_EIO;
}

/* The same where there is no index. */
static int smallest_fit(const struct emalloc_pool *p, u32 n, u32 mask, struct hole *best)
{
	struct path path;
	struct hole hole;
	const word *w;
	const bits *x;
	bits runs;
	u32 i, at;

	best->size = NONE;
	if (mapped(p)) {
		i = first_segment(p, n);
		for (; i <= p->map.last; i = segment_after(p, i, n)) {
			at = i << p->k;
			x = map_word(p, at);
			for (; at >> p->k == i; at += BITS, x += 2) {
				for (runs = x[0] & x[1]; runs; runs &= runs - 1) {
					hole.run = at + low_bit(runs);
					hole.size = run_length(p, x, at, low_bit(runs));
					if (hole_fits(&hole, n, mask) && hole.size < best->size)
						*best = hole;
				}
			}
		}
		hole.run = p->map.tail;
		hole.size = p->size - hole.run;
		if (TAIL && hole_fits(&hole, n, mask) && hole.size < best->size)
			*best = hole;
	} else {
		for (w = first_leaf(p, n, &path); w; w = next_leaf(p, n, &path)) {
			for (i = 0; i < w[COUNT]; i++) {
				hole.run = w[START + i];
				hole.size = leaf_size(w, i);
				if (leaf_is_free(w, i) && hole_fits(&hole, n, mask) &&
				    hole.size < best->size)
					*best = hole;
			}
		}
	}
	return best->size == NONE ? EMALLOC_ENOSPC : 0;
}

/* ---- operations of a pool with best fit ---- */

static int best_alloc(struct emalloc_pool *p, bool find, u32 n, u32 mask, u32 *start)
{
	struct hole hole;
	bool used;
	int err;

	if (find) {
		if (n > p->largest)
			return EMALLOC_ENOSPC;
		err = p->index == NONE ? smallest_fit(p, n, mask, &hole) :
					 index_fit(p, n, mask, &hole);
		if (err)
			return err;
		*start = hole.start;
	} else {
		err = block_at(p, *start, &hole.run, &hole.size, &used);
		if (err)
			return err;
		if (used || hole.size - (*start - hole.run) < n)
			return EMALLOC_EEXIST;
	}
	err = index_remove(p, hole.run, hole.size);
	if (err)
		return err;
	err = mapped(p) ? map_alloc(p, false, n, 0, start) : tree_alloc(p, false, n, 0, start);
	if (err) {
		index_insert(p, hole.run, hole.size);
		return err;
	}
	if (*start > hole.run)
		err = index_insert(p, hole.run, *start - hole.run);
	if (!err && hole.size - (*start - hole.run) > n)
		err = index_insert(p, *start + n, hole.size - (*start - hole.run) - n);
	return err;
}

/* The free run at granule g, if there is one, leaves the index. */
static int best_forget(struct emalloc_pool *p, u32 g, u32 *start, u32 *size)
{
	bool used = true;
	int err = block_at(p, g, start, size, &used);

	if (!err && used)
		*size = 0;
	return err || used ? err : index_remove(p, *start, *size);
}

/* Before the release of an allocation: the free runs beside it leave the index. */
static int best_release(struct emalloc_pool *p, u32 g, u32 *left, u32 *size, u32 *right)
{
	u32 start;
	bool used;
	int err = block_at(p, g, &start, size, &used);

	if (err)
		return err;
	if (start != g || !used)
		return EMALLOC_ENOENT;
	if (p->size - g > *size)
		err = best_forget(p, g + *size, &start, right);
	if (!err && g)
		err = best_forget(p, g - 1, &start, left);
	return err;
}

static int best_resize(struct emalloc_pool *p, u32 g, u32 n)
{
	u32 start, size, right = 0, end;
	bool used;
	int err = block_at(p, g, &start, &size, &used);

	if (err)
		return err;
	if (start != g || !used)
		return EMALLOC_ENOENT;
	end = g + size;
	if (p->size > end)
		err = best_forget(p, end, &start, &right);
	if (err)
		return err;
	err = mapped(p) ? map_resize(p, g, n) : tree_resize(p, g, n);
	right += end;		/* where the free run ends, or would */
	end = err ? end : g + n;
	if (right > end && index_insert(p, end, right - end))
		return EMALLOC_EIO;
	return err;
}

/* An index of the free runs that there are. */
static int index_build(struct emalloc_pool *p)
{
	u32 g, start, size = 0;
	bool used;
	int err;

	p->index = node_take(p);
	p->index_height = 0;
	if (p->index == NONE)
		return EMALLOC_ENOMEM;
	empty_node(p, p->index, 0);
	for (g = 0; g < p->size; g = start + size) {
		err = block_at(p, g, &start, &size, &used);
		if (!err && !used)
			err = index_insert(p, start, size);
		if (err)
			return err;
	}
	return 0;
}

#endif

/* ---- the validator ---- */

struct audit {
	const struct emalloc_pool *p;
	struct emalloc_fault *fault;
	u32 blocks;
	u32 used_blocks;
	u32 used;
	u32 nodes;
	bool before_free;	/* the block before was free */
};

static int wrong(const struct audit *a, const char *what, u64 where)
{
	a->fault->what = what;
	a->fault->where = where;
	return EMALLOC_EIO;
}

static int wrong_at(const struct audit *a, const char *what, u32 g)
{
	return wrong(a, what, to_bytes(a->p, g));
}

/*
 * The nodes below a node, or the blocks in it, reach from its first granule to end without a gap.
 */
static int audit_node(struct audit *a, const word *w, u32 level, u32 first, u32 end)
{
	bool leaf = level == a->p->height;
	const word *key = w + (leaf ? START : KEY);
	u32 n = w[COUNT], i;

	if (key[0] != first)
		return wrong_at(a, "offset: a node does not begin where its parent says", first);
	for (i = 0; i < n; i++)
		if (key[i] >= (i + 1 < n ? key[i + 1] : end))
			return wrong_at(a, "offset: blocks out of order after this one", key[i]);
	for (i = n + leaf; i < (leaf ? node_cap(a->p, false, level) + 1 : INNER_CAP); i++)
		if (key[i] != NONE || (!leaf && w[LONGEST + i]))
			return wrong_at(a, "offset: a node has something behind its end", first);
	for (i = 0; !leaf && i < 3; i++) {
		u32 k, best = 0;

		for (k = i * SEVEN; k < INNER_CAP && k < (i + 1) * SEVEN; k++)
			best = most(best, w[LONGEST + k]);
		if (best != w[LONGEST_OF_7 + i])
			return wrong_at(a, "offset: a node has a wrong longest run", first);
	}
	if (!leaf)
		return 0;
	if (key[n] != end)
		return wrong_at(a, "offset: a leaf does not end where the next one begins", end);
	if (down(leaf_free(w), n))
		return wrong_at(a, "offset: a leaf marks blocks that it does not have", first);
	for (i = 0; i < 4; i++) {
		u32 runs, best = 0;

		for (runs = group_free(w, i); runs; runs &= runs - 1)
			best = most(best, leaf_size(w, i * GROUP + lowest(runs)));
		if (best != w[LONGEST_OF_16 + i])
			return wrong_at(a, "offset: a leaf has a wrong longest run", first);
	}
	for (i = 0; i < n; i++) {
		if (!leaf_is_free(w, i)) {
			a->used += leaf_size(w, i);
			a->used_blocks++;
		} else if (a->before_free) {
			return wrong_at(a, "offset: two free blocks meet", key[i]);
		}
		a->before_free = leaf_is_free(w, i);
	}
	a->blocks += n;
	return 0;
}

static int audit_tree(struct audit *a)
{
	const struct emalloc_pool *p = a->p;
	u32 level = 0, i, end[MAX_HEIGHT + 1], min;
	const word *w = p->root, *parent;
	struct path path;
	int err;

	if (!w[COUNT] || w[COUNT] > node_cap(p, false, 0) || (p->height && w[COUNT] < 2))
		return wrong(a, "count of the root: out of range", w[COUNT]);
	if (longest_of(p, w, 0) != p->largest)
		return wrong_at(a, "bytes: not the largest free range", p->largest);
	err = audit_node(a, w, 0, 0, p->size);
	if (err)
		return err;
	path.node[0] = (word *)w;
	path.at[0] = 0;
	end[0] = p->size;
	while (p->height) {
		parent = path.node[level];
		i = path.at[level];
		if (i == parent[COUNT]) {
			if (!level)
				break;
			path.at[--level]++;
			continue;
		}
		level++;
		w = node_at(p, parent[CHILD + i]);
		if (!w)
			return wrong(a, "node: no such node", parent[CHILD + i]);
		min = parent[COUNT] == 2 ? 1 : level == p->height ? LEAF_MIN : INNER_MIN;
		if (w[COUNT] < min || w[COUNT] > node_cap(p, false, level))
			return wrong(a, "node: count out of range", parent[CHILD + i]);
		a->nodes++;
		end[level] = i + 1 < parent[COUNT] ? parent[KEY + i + 1] : end[level - 1];
		err = audit_node(a, w, level, parent[KEY + i], end[level]);
		if (err)
			return err;
		if (longest_of(p, w, level) != parent[LONGEST + i])
			return wrong(a, "node: wrong longest run in its parent", parent[CHILD + i]);
		if (level == p->height) {
			path.at[--level]++;
		} else {
			path.node[level] = (word *)w;
			path.at[level] = 0;
		}
	}
	return 0;
}

#if BEST_FIT
/* The runs in the index are all that there are, in order, and what is said of them is right. */
static int audit_index(struct audit *a)
{
	const struct emalloc_pool *p = a->p;
	u32 level = 0, i, min, size, n = 0, last = 0, last_size = 0;
	const word *w = root_of(p, true), *parent;
	struct path path;

	a->nodes++;
	if (w[COUNT] > node_cap(p, true, 0) || (p->index_height && w[COUNT] < 2))
		return wrong(a, "node: count of the index's root out of range", p->index);
	path.node[0] = (word *)w;
	path.at[0] = 0;
	for (;;) {
		if (level == p->index_height) {
			for (i = 0; i < w[COUNT]; i++, n++) {
				size = run_size(p, w[START + i]);
				if (!size)
					return wrong_at(a, "offset: in the index, but not free",
							w[START + i]);
				if (n && !before(last_size, last, size, w[START + i]))
					return wrong_at(a, "offset: out of order in the index",
							w[START + i]);
				last = w[START + i];
				last_size = size;
			}
			if (!level)
				break;
			path.at[--level]++;
		}
		while (path.at[level] == path.node[level][COUNT]) {
			if (!level)
				goto counted;
			path.at[--level]++;
		}
		parent = path.node[level];
		i = path.at[level];
		w = child(p, true, parent, i, ++level);
		min = parent[COUNT] == 2 ? 1 : level == p->index_height ? LEAF_MIN : INNER_MIN;
		if (!w || w[COUNT] < min)
			return wrong(a, "node: none of the index", parent[CHILD + i]);
		a->nodes++;
		if (level == p->index_height ?
		    parent[PLACE + i] != w[START] || parent[KEY + i] != run_size(p, w[START]) :
		    parent[PLACE + i] != w[PLACE] || parent[KEY + i] != w[KEY])
			return wrong(a, "node: wrong first run in its parent", parent[CHILD + i]);
		path.node[level] = (word *)w;
		path.at[level] = 0;
	}
counted:
	if (n != p->blocks - p->used_blocks)
		return wrong(a, "index: free blocks", n);
	return 0;
}
#endif

static int audit_nodes(struct audit *a)
{
	const struct emalloc_pool *p = a->p;
	u32 i, ref = p->spare, fresh = p->fresh & (((u32)1 << CHUNK_SHIFT) - 1);
	const word *w;

	for (i = 0; i < p->fresh >> CHUNK_SHIFT; i++)
		fresh += p->chunk_nodes[i];
	if (a->nodes + p->spares != fresh)
		return wrong(a, "node: lost, or in use twice, of so many", fresh);
	for (i = 0; i < p->spares; i++) {
		w = node_at(p, ref);
		if (!w)
			return wrong(a, "node: no such node in the list of spare ones", ref);
		ref = w[COUNT];
	}
	return 0;
}

static int audit_map(struct audit *a)
{
	const struct emalloc_pool *p = a->p;
	const half *t = p->map.tree;
	const word *longs = p->map.longs;
	u32 i, g, end, n = p->map.last + 1, value, marks = 0, long_runs = 0, tail = p->size;
	u32 entries = 0;
	bits x;

	for (i = 0; i < (p->map.groups + 1) << LOG_FAN; i++) {
		value = 0;
		g = i - p->map.skew;
		if (g >= root_groups(p) && g <= p->map.groups)
			value = most_of(t + (g << LOG_FAN));
		else if (i >= p->map.leaves && i - p->map.leaves < n)
			value = segment_value(p, i - p->map.leaves, NONE);
		if (t[i] != value)
			return wrong(a, "word of the tree: not the longest free run", i);
	}
	for (i = 1; i < p->map.stretches; i++)
		if (longs[i] != most(longs[2 * i], longs[2 * i + 1]))
			return wrong(a, "word of the long runs: not the longest one", i);
	value = most_of(t);
	if (root_groups(p) > 1)
		value = most(value, most_of(t + FAN));
	if (value != p->map.top || p->largest != longest_run(p))
		return wrong_at(a, "bytes: not the largest free range", p->largest);
	if (!map_is_start(p, 0))
		return wrong_at(a, "offset: no block begins at", 0);
	for (g = 0; g < p->size; g = end) {
		bool is_free = map_is_marked(p, g);

		end = next_start(p, g);
		if (sized(p)) {
			value = is_free ? end < p->size ? end - g : 0 : (half)(g - end);
			if (*size_at(p, g) != value)
				return wrong_at(a, "offset: not the size of the block", g);
			if (is_free && *size_at(p, end - 1) != value)
				return wrong_at(a, "offset: not the size of the free block", g);
			entries += (value != 0) + (u32)(is_free && value > 1);
		}
		if (is_free) {
			if (!sized(p) && !map_is_marked(p, end - 1))
				return wrong_at(a, "offset: no mark at the end of a free block", g);
			marks += 1 + (u32)(!sized(p) && end - g > 1);
			if (TAIL && end == p->size) {
				tail = g;
			} else if (end - g >= LONG_RUN) {
				long_runs++;
				if (longs[p->map.stretches + (g >> LOG_LONG)] != end - g)
					return wrong_at(a, "offset: long free block not known", g);
			}
		}
		if (is_free && a->before_free)
			return wrong_at(a, "offset: two free blocks meet", g);
		a->before_free = is_free;
		a->blocks++;
		if (!is_free) {
			a->used_blocks++;
			a->used += end - g;
		}
	}
	for (g = 0; sized(p) && g < p->size; g++)
		entries -= *size_at(p, g) != 0;
	if (entries)
		return wrong(a, "sizes of blocks: so many too few, modulo 2^32", entries);
	if (TAIL && tail != p->map.tail)
		return wrong_at(a, "offset: not the last free block", p->map.tail);
	for (i = 0; i < n << p->k; i += BITS) {
		if (i + BITS > p->size && map_word(p, i)[0] >> 1 >> ((p->size - 1) & (BITS - 1)))
			return wrong_at(a, "offset: a block begins beyond the end, after", i);
		for (x = map_word(p, i)[1]; x; x &= x - 1)
			marks--;
	}
	for (i = 0; i < p->map.stretches; i++)
		long_runs -= longs[p->map.stretches + i] != 0;
	if (long_runs)
		return wrong(a, "long free blocks: so many too few, modulo 2^32", long_runs);
	if (marks)
		return wrong(a, "marks of free blocks: so many too few, modulo 2^32", marks);
	return 0;
}

/**
 * emalloc_pool_check() - look at all book-keeping for anything that is not as it must be
 * @pool: the pool
 * @fault: gets what is wrong and where, if anything is; may be NULL
 *
 * Survives any content of the book-keeping memory. O(n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EIO when something is wrong, or EMALLOC_EINVAL when @pool is NULL.
 */
int emalloc_pool_check(const struct emalloc_pool *pool, struct emalloc_fault *fault)
{
	struct emalloc_fault own;
	struct audit a;
	int err;

	if (!pool)
		return EMALLOC_EINVAL;
	a.p = pool;
	a.fault = fault ? fault : &own;
	a.blocks = 0;
	a.used_blocks = 0;
	a.used = 0;
	a.nodes = 0;
	a.before_free = false;
	err = mapped(pool) ? audit_map(&a) : audit_tree(&a);
#if BEST_FIT
	if (!err && pool->index != NONE)
		err = audit_index(&a);
#endif
	if (!err && (!mapped(pool) || pool->index != NONE))
		err = audit_nodes(&a);
	if (err)
		return err;
	if (a.blocks != pool->blocks || a.blocks > pool->max_blocks)
		return wrong(&a, "blocks: counted so many", a.blocks);
	if (a.used_blocks != pool->used_blocks)
		return wrong(&a, "used blocks: counted so many", a.used_blocks);
	if (a.used != pool->used)
		return wrong_at(&a, "bytes: counted so many in use", a.used);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_check);

/* ---- the interface: bytes to granules, and what can never be right ---- */

#if defined(__KERNEL__) && EMALLOC_INTERNAL_CHECKS
static void emalloc_complain(const struct emalloc_fault *fault)
{
	kunit_fail_current_test("emalloc: %s at %llu", fault->what, fault->where);
	WARN_ONCE(1, "emalloc: %s at %llu\n", fault->what, fault->where);
}
#endif

static inline int done(const struct emalloc_pool *p, int err)
{
#if EMALLOC_INTERNAL_CHECKS
	struct emalloc_fault fault;

	if (emalloc_pool_check(p, &fault) == EMALLOC_EIO)
		EMALLOC_FAULT_HOOK(&fault);
#else
	(void)p;
#endif
	return err;
}

/* The granule that a byte lies in; NONE: beyond the end. */
static inline u32 to_granule(const struct emalloc_pool *p, u64 byte)
{
	u64 g;

	if (!WIDE && !(byte >> 32)) {
		u32 low = (u32)byte >> p->shift;

		return low < p->size ? low : NONE;
	}
	g = down(byte, p->shift);
	return g < p->size ? (u32)g : NONE;
}

/* Bytes to granules, rounded up; 0 for what cannot be had, also for no bytes. */
static inline u32 granules(const struct emalloc_pool *p, u64 bytes)
{
	return to_granule(p, bytes - 1) + 1;
}

static inline bool aligned(const struct emalloc_pool *p, u64 bytes)
{
	return (u32)bytes >> p->shift << p->shift == (u32)bytes;
}

static int index_if_due(struct emalloc_pool *p)
{
#if BEST_FIT
	if (best_fit(p) && p->index == NONE && p->max_blocks >= INDEXED)
		return index_build(p);
#else
	(void)p;
#endif
	return 0;
}

/**
 * emalloc_pool_init() - an empty pool
 * @pool: what to set up
 * @cfg: size, granule, policy and book-keeping memory
 *
 * The book-keeping memory belongs to the pool until nobody uses the pool any more. It need not be
 * cleared. O(1).
 *
 * Context: Any.
 * Return: 0, or EMALLOC_EINVAL when a pointer is NULL, when @cfg->size is less than a granule or
 * more than 2^31 of them, when the granule is not a power of two from 4 up, when a flag is unknown
 * or was left out at compile time, or when the book-keeping memory is misaligned or too small for
 * one block, or for a map where there is nothing else.
 */
int emalloc_pool_init(struct emalloc_pool *pool, const struct emalloc_config *cfg)
{
	u32 granule, shift = 2, i;
	size_t nodes, slip;
	u64 size;

	if (!pool || !cfg || !cfg->nodes || cfg->flags & ~(BEST_FIT ? EMALLOC_BEST_FIT : 0))
		return EMALLOC_EINVAL;
	granule = cfg->granule ? cfg->granule : 16;
	if (granule < 4 || granule & (granule - 1))
		return EMALLOC_EINVAL;
	while (granule >> shift != 1)
		shift++;
	size = down(cfg->size, shift);
	if (!size || size > MAX_SIZE)
		return EMALLOC_EINVAL;
	if (cfg->nodes_size < (cfg->flags ? 12 : 8) || (uintptr_t)cfg->nodes & 7)
		return EMALLOC_EINVAL;

	nodes = cfg->nodes_size / EMALLOC_NODE_SIZE;
	if (nodes > (size_t)1 << CHUNK_SHIFT)
		nodes = (size_t)1 << CHUNK_SHIFT;
	/* Cache lines are not split where that costs no node. */
	slip = -(uintptr_t)cfg->nodes & 63;
	if (slip > cfg->nodes_size - nodes * EMALLOC_NODE_SIZE)
		slip = 0;

	pool->chunk_nodes[0] = (u32)nodes;
	pool->chunk[0] = (word *)((u8 *)cfg->nodes + slip);
	for (i = 1; i < EMALLOC_CHUNKS; i++) {
		pool->chunk_nodes[i] = 0;
		pool->chunk[i] = NULL;
	}
	pool->size = (u32)size;
	pool->used = 0;
	pool->largest = pool->size;
	pool->blocks = 1;
	pool->used_blocks = 0;
	nodes = cfg->flags ? third(cfg->nodes_size >> 2) : cfg->nodes_size >> 3;
	pool->max_blocks = nodes > MAX_SIZE ? MAX_SIZE : (u32)nodes;
	pool->shift = (u8)shift;
	pool->flags = (u8)cfg->flags;
	pool->chunks = 1;
	pool->height = 0;
	pool->fresh = 0;
	pool->spare = 0;
	pool->spares = 0;
	pool->index = NONE;
	pool->index_height = 0;
	pool->mapped = map_init(pool, cfg->nodes, cfg->nodes_size);
	if (!pool->mapped) {
#ifdef EMALLOC_ONLY_MAP
		return EMALLOC_EINVAL;
#endif
		pool->root[COUNT] = 1;
		leaf_set_free(pool->root, 1);
		pool->root[START] = 0;
		pool->root[START + 1] = pool->size;
		seal(pool, false, pool->root, 0);
	}
	pool->sized = pool->mapped && sized(pool);
	pool->direct = 0;
	if (pool->mapped && !pool->sized && !best_fit(pool))
		pool->direct = 1 + (pool->k == LOG_BITS);
	return done(pool, index_if_due(pool));
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_init);

/**
 * emalloc_pool_add_nodes() - more book-keeping memory
 * @pool: the pool
 * @nodes: memory, aligned for uint64_t; belongs to the pool from now on
 * @size: its bytes; what does not fill EMALLOC_NODE_SIZE is not used
 *
 * Each EMALLOC_NODE_SIZE bytes are enough for EMALLOC_NODE_SIZE / 8 further blocks, with best fit
 * for EMALLOC_NODE_SIZE / 12. O(1), but when best fit has memory for 256 blocks the first time, the
 * free runs that there are, at most 128, are put into its index.
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EINVAL when a pointer is NULL, @nodes is misaligned or @size is less than one
 * node, EMALLOC_ENOSPC when memory came in EMALLOC_CHUNKS pieces already, or EMALLOC_EIO when the
 * book-keeping memory was overwritten.
 */
int emalloc_pool_add_nodes(struct emalloc_pool *pool, void *nodes, size_t size)
{
	size_t n = size / EMALLOC_NODE_SIZE;
	u32 room;

	if (!pool || !nodes || (uintptr_t)nodes & 7 || !n)
		return EMALLOC_EINVAL;
	if (pool->chunks == EMALLOC_CHUNKS)
		return EMALLOC_ENOSPC;
	if (n > (size_t)1 << CHUNK_SHIFT)
		n = (size_t)1 << CHUNK_SHIFT;
	pool->chunk[pool->chunks] = nodes;
	pool->chunk_nodes[pool->chunks] = (u32)n;
	pool->chunks++;
	room = (MAX_SIZE - pool->max_blocks) / (EMALLOC_NODE_SIZE / 8);
	n = (n < room ? n : room) * (EMALLOC_NODE_SIZE / 8);
	pool->max_blocks += (u32)(best_fit(pool) ? third(2 * n) : n);
	return done(pool, index_if_due(pool));
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_add_nodes);

/* Each of these takes the way of the policy and of the representation. */

static int take(struct emalloc_pool *p, bool find, u32 n, u32 mask, u32 *start)
{
#if BEST_FIT
	if (best_fit(p))
		return best_alloc(p, find, n, mask, start);
#endif
	return mapped(p) ? map_alloc(p, find, n, mask, start) :
			   tree_alloc(p, find, n, mask, start);
}

static noinline int release(struct emalloc_pool *p, u32 g)
{
	int err;
#if BEST_FIT
	u32 left = 0, n = 0, right = 0;

	if (best_fit(p)) {
		err = best_release(p, g, &left, &n, &right);
		if (err)
			return err;
	}
#endif
	err = mapped(p) ? map_release(p, g) : tree_release(p, g);
#if BEST_FIT
	if (!err && best_fit(p))
		err = index_insert(p, g - left, left + n + right);
#endif
	return err;
}

static inline int resize(struct emalloc_pool *p, u32 g, u32 n)
{
#if BEST_FIT
	if (best_fit(p))
		return best_resize(p, g, n);
#endif
	return mapped(p) ? map_resize(p, g, n) : tree_resize(p, g, n);
}

/*
 * ---- the ways that are short: first fit in a map, no alignment, all that is looked at near ----
 *
 * What is not as it is nearly always is left to the functions above, before anything is changed.
 * Calls at the end, so that nothing has to be kept over one.
 */

/* Any allocation; mask is the alignment - 1. */
static noinline int alloc_otherwise(struct emalloc_pool *p, u32 n, u32 mask, u64 *offset)
{
	u32 start = 0;
	int err = take(p, true, n, mask, &start);

	if (!err)
		*offset = to_bytes(p, start);
	return done(p, err);
}

static noinline int segment_alloc(struct emalloc_pool *p, u32 n, u64 *offset)
{
	u32 start = map_first_fit(p, n);

	if (start == NONE)
		return alloc_otherwise(p, n, 0, offset);
	*offset = to_bytes(p, start);
	return done(p, 0);
}

#if HURRY
/* The longest run of a segment is this, or the one that begins at g and leaves its word. */
static noinline int lower_to(struct emalloc_pool *p, u32 i, u32 best, u32 g)
{
	best = most(best, run_length_far(p, g));
	return best + 1 < segment_is(p, i) ? lower_segment(p, i, best + 1) : 0;
}

/* The same where a segment is a word: a run ends in it, or is the last and longest one. */
static noinline int word_alloc(struct emalloc_pool *p, u32 n, u64 *offset)
{
	u32 i, from, run, size, best = 0, value, rest;
	bits *w, starts, runs, bit;

	i = first_entry(p, n + 1);
	value = p->map.tree[i];
	i -= p->map.leaves;
	if (i > p->map.last)
		goto otherwise;
	w = (bits *)p->map.map + 2 * (size_t)i;
	starts = w[0];
	runs = starts & w[1];
	if (!runs)
		goto otherwise;
	for (;;) {
		bit = runs & -runs;
		runs ^= bit;
		from = number_of(bit);
		if (!runs) {
			size = value - 1;
			break;
		}
		size = low_bit(starts & -(bit << 1)) - from;
		if (size >= n)
			break;
		best = most(best, size);
	}
	run = (i << LOG_BITS) + from;
	rest = size - n;
	if (size < n || size >= LONG_RUN || size > p->size - run || p->blocks >= p->max_blocks)
		goto otherwise;
	*offset = to_bytes(p, run);
	w[1] ^= bit;
	p->used_blocks++;
	p->used += n;
	run += n;
	if (rest) {
		p->blocks++;
		map_begin_run(p, run);
		if (from + n < BITS)
			best = most(best, rest);
		else
			raise_segment(p, run >> LOG_BITS, rest + 1);
	} else {
		map_unmark(p, run - 1);
	}
	for (; runs; runs ^= bit) {
		bit = runs & -runs;
		starts &= -(bit << 1);
		if (!starts)
			return done(p, lower_to(p, i, best, (i << LOG_BITS) + number_of(bit)));
		best = most(best, low_bit(starts) - number_of(bit));
	}
	return done(p, best + 1 != value ? lower_segment(p, i, best + 1) : 0);
otherwise:
	return alloc_otherwise(p, n, 0, offset);
}
#endif

#if HURRY
#if SIZES
/*
 * The same with sizes, where a segment is a word, too. All sizes are checked before anything is
 * changed. The tail has none, 0.
 */
static noinline int sized_alloc(struct emalloc_pool *p, u32 n, u64 *offset)
{
	u32 i = first_entry(p, n + 1), value = p->map.tree[i], size, best = 0, run;
	bits *w, runs, bit;
	half *at;

	i -= p->map.leaves;
	if (i > p->map.last)
		goto otherwise;
	run = i << LOG_BITS;
	w = map_word(p, run);
	runs = w[0] & w[1];
	for (;;) {
		if (!runs)
			goto otherwise;
		bit = runs & -runs;
		runs ^= bit;
		at = p->map.sizes + run + number_of(bit);
		size = at[1];
		if (size >= n)
			break;
		best = most(best, size);
	}
	run = (u32)(at - p->map.sizes);
	if (run + size > p->size || p->blocks >= p->max_blocks)
		goto otherwise;
	*offset = to_bytes(p, run);
	w[1] ^= bit;
	p->used_blocks++;
	p->used += n;
	if (size == n) {
		at[n] = 0;
		at[1] = (half)-n;
	} else {
		at[size] = (half)(size - n);
		at[1] = (half)-n;
		at[n + 1] = (half)(size - n);
		size -= n;
		p->blocks++;
		map_begin_run(p, run + n);
		if ((run + n) >> LOG_BITS == i)
			best = most(best, size);
		else
			raise_segment(p, (run + n) >> LOG_BITS, size + 1);
	}
	best = longest_in(p, run, runs, best, value - 1);
	return done(p, best + 1 != value ? lower_segment(p, i, best + 1) : 0);
otherwise:
	return alloc_otherwise(p, n, 0, offset);
}

/* A segment of this value may have less. */
static noinline void lower_word(struct emalloc_pool *p, u32 i, u32 value)
{
	const bits *w = map_word(p, i << LOG_BITS);
	u32 best = 0;

	if (w[0])
		best = longest_in(p, i << LOG_BITS, w[0] & w[1], 0, value - 1) + 1;
	if (best < value)
		lower_segment(p, i, best);
}

/* At g a run of n granules is no more, or no run but a start. */
static noinline void lower_at(struct emalloc_pool *p, u32 g, u32 n)
{
	u32 i = g >> LOG_BITS, value = segment_is(p, i);

	if (value == 1 || value == n + 1)
		lower_word(p, i, value);
}

/* The block from g to the tail is free: the tail begins there, or where the run before it did. */
static noinline int sized_join_tail(struct emalloc_pool *p, u32 g)
{
	u32 end = p->map.tail, left = p->map.sizes[g];

	*size_at(p, g) = 0;
	p->map.tail = g;
	if (end < p->size) {
		map_clear(p, end);
		p->blocks--;
		if ((end ^ g) >> LOG_BITS)
			lower_at(p, end, 0);
	}
	if (left - 1 < g) {
		p->map.sizes[g] = 0;
		*size_at(p, g - left) = 0;
		p->map.tail = g - left;
		map_word(p, g)[0] &= ~map_bit(g);
		p->blocks--;
		if ((g ^ (g - left)) >> LOG_BITS)
			lower_at(p, g, 0);
		lower_at(p, g - left, left);
	} else {
		map_mark(p, g);
	}
	p->largest = longest_run(p);
	return 0;
}

/*
 * A free with sizes. A size that leads out of the pool is found out before it is used, but the one
 * of the run behind the block only when the block is free already.
 */
SHORT int sized_release(struct emalloc_pool *p, u32 g)
{
	half *at = p->map.sizes + g;
	u32 n = (u32)-(s16)at[1], end, near;
	bits *w, bit;

	if ((s16)at[1] >= 0)
		return EMALLOC_ENOENT;
	end = g + n;
	if (end > p->size)
		return EMALLOC_EIO;
	p->used_blocks--;
	p->used -= n;
	if (end == p->map.tail)
		return sized_join_tail(p, g);
	near = at[0];
	w = map_word(p, g);
	bit = map_bit(g);
	/* A free run is before it: sizes of others are negative, or 0, and less 1 far above g. */
	if (near - 1 < g) {
		at[0] = 0;
		at[1] = 0;
		w[0] ^= bit;
		p->blocks--;
		n += near;
		near = g - near;
		if ((near ^ g) >> LOG_BITS)
			lower_at(p, g, 0);
		g = near;
	} else {
		w[1] |= bit;
	}
	near = (u32)(s16)*size_at(p, end);
	if ((int)near > 0) {
		if (near > p->size - end)
			return EMALLOC_EIO;
		plain(end);
		*size_at(p, end) = 0;
		n += near;
		map_clear(p, end);
		p->blocks--;
		if ((end ^ g) >> LOG_BITS)
			lower_at(p, end, near);
	}
	at = p->map.sizes + g;
	at[1] = (half)n;
	at[n] = (half)n;
	raise_segment(p, g >> LOG_BITS, n + 1);
	return 0;
}
#endif

/* No run in the tree is long enough: the tail, if that is. */
static noinline int tail_alloc(struct emalloc_pool *p, u32 n, u64 *offset)
{
	u32 start = p->map.tail, rest = p->size - start, top = p->map.top;

	if (rest < n || top >= MOST_VALUE || p->blocks >= p->max_blocks)
		return alloc_otherwise(p, n, 0, offset);
	rest -= n;
	*offset = to_bytes(p, start);
	map_unmark(p, start);
	if (sized(p))
		*size_at(p, start) = (half)-n;
	n += start;
	if (rest) {
		p->blocks++;
		map_begin_run(p, n);
		if ((start ^ n) >> p->k)
			raise_segment(p, n >> p->k, 1);
	} else {
		map_unmark(p, n - 1);
	}
	p->map.tail = n;
	p->used_blocks++;
	p->used += n - start;
	p->largest = most(rest, top - 1);
	return done(p, 0);
}
#endif

static inline int alloc_anywhere(struct emalloc_pool *p, u32 n, u64 *offset)
{
#if HURRY
	if (!WIDE && p->sized)
		return n < p->map.top ? sized_alloc(p, n, offset) : tail_alloc(p, n, offset);
	if (p->direct && n >= p->map.top)
		return tail_alloc(p, n, offset);
	if (p->direct > 1)
		return word_alloc(p, n, offset);
	if (WIDE && p->sized)
		return n < p->map.top ? sized_alloc(p, n, offset) : tail_alloc(p, n, offset);
#endif
	return p->direct ? segment_alloc(p, n, offset) : alloc_otherwise(p, n, 0, offset);
}

static noinline int alloc_aligned(struct emalloc_pool *p, u32 n, u64 align, u64 *offset)
{
	u32 mask;

	if (align & (align - 1))
		return EMALLOC_EINVAL;
	/* Only offset 0 is a multiple of more than the pool has. */
	mask = to_granule(p, align);
	mask = (mask == NONE ? MAX_SIZE : mask ? mask : 1) - 1;
	return mask ? alloc_otherwise(p, n, mask, offset) : alloc_anywhere(p, n, offset);
}

/**
 * emalloc_pool_alloc() - allocate a range
 * @pool: the pool
 * @size: bytes; rounded up to granules
 * @align: bytes, a power of two, or 0; the granule is the least
 * @offset: gets the first byte
 *
 * The lowest offset at which @size bytes fit; with best fit the first one in the smallest free
 * range in which they do, of such the lowest. With @align above the granule that is so among the
 * ranges in the first EMALLOC_ALIGN_TRIES leaves or segments that hold a long enough one, and if
 * there is none, among those that are long enough wherever they begin; so the time is bounded.
 * O(log n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EINVAL when a pointer is NULL, @size is 0 or more than the pool has, or @align
 * is not a power of two, EMALLOC_ENOSPC when no free range is large enough, EMALLOC_ENOMEM when
 * there is one but no book-keeping memory, or EMALLOC_EIO when that was overwritten.
 */
int emalloc_pool_alloc(struct emalloc_pool *pool, u64 size, u64 align, u64 *offset)
{
	u32 n;

	if (!pool || !offset)
		return EMALLOC_EINVAL;
	n = granules(pool, size);
	if (!n)
		return EMALLOC_EINVAL;
	return align ? alloc_aligned(pool, n, align, offset) : alloc_anywhere(pool, n, offset);
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_alloc);

/**
 * emalloc_pool_alloc_at() - allocate one certain range
 * @pool: the pool
 * @offset: its first byte
 * @size: its bytes; rounded up to granules
 *
 * O(log n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EINVAL when @pool is NULL, @offset is misaligned, @size is 0 or the range
 * leaves the pool, EMALLOC_EEXIST when it is not free, EMALLOC_ENOMEM without book-keeping memory,
 * or EMALLOC_EIO when that was overwritten.
 */
int emalloc_pool_alloc_at(struct emalloc_pool *pool, u64 offset, u64 size)
{
	u32 n, start;

	if (!pool || !aligned(pool, offset))
		return EMALLOC_EINVAL;
	start = to_granule(pool, offset);
	n = granules(pool, size);
	if (start == NONE || !n || n > pool->size - start)
		return EMALLOC_EINVAL;
	return done(pool, take(pool, false, n, 0, &start));
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_alloc_at);

/* Any free. */
FOR_ALL int free_anywhere(struct emalloc_pool *p, u64 offset)
{
	u32 g;

	if (!p || !aligned(p, offset))
		return EMALLOC_EINVAL;
	g = to_granule(p, offset);
	if (g == NONE)
		return EMALLOC_ENOENT;
	if (p->direct)
		return done(p, map_release(p, g));
#if SIZES && WIDE
	if (p->sized)
		return done(p, sized_release(p, g));
#endif
	return done(p, release(p, g));
}

/**
 * emalloc_pool_free() - give an allocated range back
 * @pool: the pool
 * @offset: its first byte
 *
 * Never needs book-keeping memory. O(log n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EINVAL when @pool is NULL or @offset is misaligned, EMALLOC_ENOENT when no
 * allocated range starts there, or EMALLOC_EIO when the book-keeping memory was overwritten.
 */
int emalloc_pool_free(struct emalloc_pool *pool, u64 offset)
{
#if SIZES && !WIDE
	if (pool && pool->sized) {
		u32 g = (u32)offset >> pool->shift;

		if (g << pool->shift != (u32)offset)
			return EMALLOC_EINVAL;
		/* A pool with sizes has less than 4 GiB. */
		if (offset >> 32 || g >= pool->size)
			return EMALLOC_ENOENT;
		return done(pool, sized_release(pool, g));
	}
#endif
	return free_anywhere(pool, offset);
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_free);

/**
 * emalloc_pool_resize() - make an allocated range longer or shorter where it is
 * @pool: the pool
 * @offset: its first byte
 * @size: its bytes from now on; rounded up to granules
 *
 * O(log n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: 0, EMALLOC_EINVAL when @pool is NULL, @offset is misaligned or @size is 0 or more than
 * the pool has, EMALLOC_ENOENT when no allocated range starts there, EMALLOC_ENOSPC when there is
 * too little free room behind it, EMALLOC_ENOMEM when the part cut off needs book-keeping memory
 * that is not there, or EMALLOC_EIO when that was overwritten.
 */
int emalloc_pool_resize(struct emalloc_pool *pool, u64 offset, u64 size)
{
	u32 n, g;

	if (!pool || !aligned(pool, offset))
		return EMALLOC_EINVAL;
	n = granules(pool, size);
	if (!n)
		return EMALLOC_EINVAL;
	g = to_granule(pool, offset);
	if (g == NONE)
		return EMALLOC_ENOENT;
	return done(pool, resize(pool, g, n));
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_resize);

/**
 * emalloc_pool_find() - the block that an offset lies in, allocated or free
 * @pool: the pool
 * @offset: any byte
 * @range: gets the block
 *
 * O(log n).
 *
 * Context: The caller keeps calls that change @pool out.
 * Return: 0, EMALLOC_EINVAL when a pointer is NULL, EMALLOC_ENOENT when @offset is beyond the end,
 * or EMALLOC_EIO when the book-keeping memory was overwritten.
 */
int emalloc_pool_find(const struct emalloc_pool *pool, u64 offset, struct emalloc_range *range)
{
	u32 start, n, g;
	bool used;
	int err;

	if (!pool || !range)
		return EMALLOC_EINVAL;
	g = to_granule(pool, offset);
	if (g == NONE)
		return EMALLOC_ENOENT;
	if (mapped(pool)) {
		map_find(pool, g, &start, &n, &used);
	} else {
		err = tree_find(pool, g, &start, &n, &used);
		if (err)
			return err;
	}
	range->offset = to_bytes(pool, start);
	range->size = to_bytes(pool, n);
	range->used = used;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_find);

/**
 * emalloc_pool_free_sized() - give an allocated range back, and learn its size
 * @pool: the pool
 * @offset: its first byte
 * @size: gets its bytes, rounded up as they were, unless the call fails; may be NULL
 *
 * O(log n).
 *
 * Context: The caller keeps other calls on @pool out.
 * Return: As emalloc_pool_free().
 */
int emalloc_pool_free_sized(struct emalloc_pool *pool, u64 offset, u64 *size)
{
	struct emalloc_range range = { .size = 0 };
	int err;

	emalloc_pool_find(pool, offset, &range);
	err = emalloc_pool_free(pool, offset);
	if (!err && size)
		*size = range.size;
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_free_sized);

/**
 * emalloc_pool_largest_free() - the size of the longest free range
 * @pool: the pool
 *
 * O(1).
 *
 * Context: The caller keeps calls that change @pool out.
 * Return: bytes.
 */
u64 emalloc_pool_largest_free(const struct emalloc_pool *pool)
{
	return pool ? to_bytes(pool, pool->largest) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_largest_free);

/**
 * emalloc_pool_stats() - how full a pool is
 * @pool: the pool
 * @stats: gets the answer
 *
 * O(1).
 *
 * Context: The caller keeps calls that change @pool out.
 */
void emalloc_pool_stats(const struct emalloc_pool *pool, struct emalloc_stats *stats)
{
	if (!pool || !stats)
		return;
	stats->size = to_bytes(pool, pool->size);
	stats->used = to_bytes(pool, pool->used);
	stats->largest_free = to_bytes(pool, pool->largest);
	stats->granule = (u32)1 << pool->shift;
	stats->blocks = pool->blocks;
	stats->used_blocks = pool->used_blocks;
	stats->max_blocks = pool->max_blocks;
}
EXPORT_SYMBOL_IF_KUNIT(emalloc_pool_stats);
