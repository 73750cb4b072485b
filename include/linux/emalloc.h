/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * emalloc: an allocator for memory that the CPU cannot address.
 *
 * All book-keeping is in the CPU's own RAM, handed in by the caller. See emalloc.c for the model
 * and the bounds. Nothing here locks: calls on one pool must not overlap.
 */
#ifndef _LINUX_EMALLOC_H
#define _LINUX_EMALLOC_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

/* Results. The values are those of errno-base.h: a kernel caller can return them as they are. */
#define EMALLOC_ENOENT	(-2)	/* no allocation starts (or lies) there */
#define EMALLOC_EIO	(-5)	/* the book-keeping memory was overwritten by somebody */
#define EMALLOC_ENOMEM	(-12)	/* out of book-keeping memory: more can be added */
#define EMALLOC_EEXIST	(-17)	/* the fixed range is not free */
#define EMALLOC_EINVAL	(-22)	/* a parameter can never be right */
#define EMALLOC_ENOSPC	(-28)	/* no free range is large enough */

#define EMALLOC_BEST_FIT	(1u << 0)	/* the smallest range, of such the lowest */

#define EMALLOC_NODE_SIZE	256u	/* add_nodes() counts in multiples of this many bytes */
#define EMALLOC_ALIGN_TRIES	64	/* see emalloc_pool_alloc() */
#define EMALLOC_CHUNKS		12	/* memory for nodes may come in so many pieces */

struct emalloc_config {
	uint64_t size;		/* bytes of external memory; a part of a granule is not used */
	uint32_t granule;	/* bytes, power of two >= 4; 0: 16 */
	uint32_t flags;		/* 0, or EMALLOC_BEST_FIT */
	void *nodes;		/* book-keeping memory, aligned for uint64_t */
	size_t nodes_size;	/* its bytes: 8 for every block, 12 with EMALLOC_BEST_FIT */
};

struct emalloc_range {
	uint64_t offset;	/* bytes */
	uint64_t size;		/* bytes */
	bool used;		/* allocated, or free */
};

struct emalloc_stats {
	uint64_t size;		/* bytes under management */
	uint64_t used;		/* bytes allocated */
	uint64_t largest_free;	/* bytes */
	uint32_t granule;
	uint32_t blocks;	/* allocated ranges and maximal free ranges */
	uint32_t used_blocks;
	uint32_t max_blocks;	/* for which the book-keeping memory is enough */
};

struct emalloc_fault {		/* what the validator found */
	const char *what;
	uint64_t where;		/* byte offset in external memory, or node index, as what says */
};

#if defined(__GNUC__)
typedef uint32_t __attribute__((__may_alias__)) emalloc_word;
typedef uint16_t __attribute__((__may_alias__)) emalloc_half;
#else
typedef uint32_t emalloc_word;
typedef uint16_t emalloc_half;
#endif

struct emalloc_map {		/* private */
	void *map;
	emalloc_half *tree;	/* the longest runs in each segment, and above them the maxima */
	emalloc_word *longs;	/* runs that are too long for half a word */
	emalloc_half *sizes;	/* of blocks, by granule, if there is memory for them */
	uint32_t leaves;	/* the first of them in the tree */
	uint32_t first;		/* the first of the root's children there */
	uint32_t roots;		/* groups of these */
	uint32_t skew;		/* an entry less this is the group of its children */
	uint32_t groups;	/* the last one */
	uint32_t inner;		/* the first entry that has no children */
	uint32_t top;		/* the tree's root */
	uint32_t tail;		/* the free run at the pool's end begins here */
	uint32_t last;		/* the last segment */
	uint32_t stretches;	/* over which there are long runs; the first of them in longs */
};

/* Private; granules where nothing else is said. What is used most is where it is cheap to reach. */
struct emalloc_pool {
	uint32_t size;
	uint32_t used;
	uint32_t largest;	/* longest free run */
	uint32_t blocks;
	uint32_t used_blocks;
	uint32_t max_blocks;
	uint8_t shift;		/* log2 of the granule */
	uint8_t k;		/* log2 of the granules in a segment of the map */
	uint8_t height;		/* of the tree: 0 when its root is a leaf */
	bool mapped;		/* what the book-keeping is: a map, or a tree */
	uint8_t direct;		/* a map, and first fit: 1, or 2 where a segment is a word */
	uint8_t flags;
	uint8_t chunks;
	uint8_t index_height;
	bool sized;		/* a map, and first fit, and the sizes of the blocks */
	uint32_t index;		/* the root of the free runs by size, or none */
	union {
		emalloc_word root[72];
		struct emalloc_map map;
	};
	uint32_t fresh;		/* next node that was never used */
	uint32_t spare;		/* nodes that were given back, a list */
	uint32_t spares;
	uint32_t chunk_nodes[EMALLOC_CHUNKS];
	emalloc_word *chunk[EMALLOC_CHUNKS];
};

#ifdef __cplusplus
extern "C" {
#endif

int emalloc_pool_init(struct emalloc_pool *pool, const struct emalloc_config *cfg);
int emalloc_pool_add_nodes(struct emalloc_pool *pool, void *nodes, size_t size);
int emalloc_pool_alloc(struct emalloc_pool *pool, uint64_t size, uint64_t align, uint64_t *offset);
int emalloc_pool_alloc_at(struct emalloc_pool *pool, uint64_t offset, uint64_t size);
int emalloc_pool_free(struct emalloc_pool *pool, uint64_t offset);
int emalloc_pool_free_sized(struct emalloc_pool *pool, uint64_t offset, uint64_t *size);
int emalloc_pool_resize(struct emalloc_pool *pool, uint64_t offset, uint64_t size);
int emalloc_pool_find(const struct emalloc_pool *pool, uint64_t offset,
		      struct emalloc_range *range);
uint64_t emalloc_pool_largest_free(const struct emalloc_pool *pool);
void emalloc_pool_stats(const struct emalloc_pool *pool, struct emalloc_stats *stats);
int emalloc_pool_check(const struct emalloc_pool *pool, struct emalloc_fault *fault);

#ifdef __cplusplus
}
#endif

/*
 * Walks over all blocks, used and free, in address order. O(log n) a step. The body must not change
 * the pool.
 * @pos: a struct emalloc_range
 */
#define emalloc_pool_for_each(pool, pos) \
	for ((pos).offset = 0, (pos).size = 0; \
	     !emalloc_pool_find((pool), (pos).offset + (pos).size, &(pos));)

#endif /* _LINUX_EMALLOC_H */
