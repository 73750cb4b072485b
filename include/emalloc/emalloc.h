/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The interface of the original emalloc, over the engine of linux/emalloc.h.
 *
 * A program that was written for the original is compiled with this header and linked with
 * emalloc.c. Each node of 8 bytes is enough for one block, allocated or free.
 */
#ifndef EMALLOC_EMALLOC_H
#define EMALLOC_EMALLOC_H

#include <stdbool.h>
#include <stdint.h>

#include "../linux/emalloc.h"

#ifndef EMALLOC_STATISTICS
#define EMALLOC_STATISTICS 0
#endif

/* EMALLOC_INTERNAL_CHECKS and EMALLOC_USE_ASSERT are for the compilation of emalloc.c, too. */
#ifndef EMALLOC_USE_ASSERT
#define EMALLOC_USE_ASSERT 0
#endif
#if EMALLOC_USE_ASSERT
#include <assert.h>
#define EMALLOC_ASSERT(a)	assert(a)
#else
#define EMALLOC_ASSERT(a)	((void)0)
#endif

#define EMALLOC_OK			UINT32_C(0)
#define EMALLOC_ERR_NO_EXTERNAL_MEMORY	UINT32_C(0xFFFFFFFF)
#define EMALLOC_ERR_NO_MORE_FREE_NODES	UINT32_C(0xFFFFFFFE)
#define EMALLOC_ERR_INVALID_PARAMETER	UINT32_C(0xFFFFFFFD)
#define EMALLOC_ERR_ZERO_REQUESTED	UINT32_C(0xFFFFFFFC)
#define EMALLOC_ERR_OFFSET_NOT_FOUND	UINT32_C(0xFFFFFFFB)

/* Offsets are multiples of 16: any of these bits says that an answer is an error. */
#define EMALLOC_ERR_MASK		UINT32_C(0x0000000F)

typedef uint32_t eEMALLOC_err;

typedef struct s_emalloc_config {
	uint64_t *nodes_poll;
	uint32_t nodes_poll_length;		/* nodes, not bytes */
	uint32_t external_memory_size_bytes;
} sEMALLOC_cfg;

typedef struct s_emalloc_state {
	uint64_t *nodes_poll;
	uint32_t nodes_poll_length;
	uint32_t external_memory_size_bytes;
	uint32_t external_allocated_bytes;
	uint32_t node_count;			/* blocks, allocated and free */
	uint32_t node_free_count;		/* blocks that are free */
	struct emalloc_pool pool;		/* private */
} sEMALLOC_ctx;

#if EMALLOC_STATISTICS
/* Only calls are counted. The other numbers told of work on the original's array: they are 0. */
typedef struct s_emalloc_operation_stats {
	uint32_t n_calls;
	uint64_t n_ifs;
	uint64_t n_loops;
	uint64_t n_nodes_rd_wr;
} sEMALLOC_operation_stats;

typedef struct s_emalloc_stats {
	sEMALLOC_operation_stats alloc;
	sEMALLOC_operation_stats free;
} sEMALLOC_statistics;

/* One for the program, however many of its files include this. */
__attribute__((__weak__)) sEMALLOC_statistics emalloc_statistics_of_all;

#define EMALLOC_COUNT_CALL(what)	(emalloc_statistics_of_all.what.n_calls++)

static inline void emalloc_reset_statistics(void)
{
	emalloc_statistics_of_all.alloc.n_calls = 0;
	emalloc_statistics_of_all.free.n_calls = 0;
}

static inline void emalloc_get_statistics(sEMALLOC_statistics *out)
{
	if (out)
		*out = emalloc_statistics_of_all;
}
#else
#define EMALLOC_COUNT_CALL(what)	((void)0)
#endif

static inline void emalloc_tell(sEMALLOC_ctx *ctx)
{
	ctx->external_allocated_bytes = ctx->pool.used << ctx->pool.shift;
	ctx->node_count = ctx->pool.blocks;
	ctx->node_free_count = ctx->pool.blocks - ctx->pool.used_blocks;
	EMALLOC_ASSERT(ctx->external_allocated_bytes <= ctx->external_memory_size_bytes);
	EMALLOC_ASSERT(ctx->node_count <= ctx->nodes_poll_length);
}

/**
 * emalloc_init() - an empty memory
 * @ctx: what to set up
 * @cfg: nodes and size; need not be kept
 *
 * Return: EMALLOC_OK, or EMALLOC_ERR_INVALID_PARAMETER for a null pointer, no nodes, or less than
 * 16 bytes of external memory.
 */
static inline uint32_t emalloc_init(sEMALLOC_ctx *ctx, const sEMALLOC_cfg *cfg)
{
	struct emalloc_config config;

	if (!ctx || !cfg || !cfg->nodes_poll || !cfg->nodes_poll_length)
		return EMALLOC_ERR_INVALID_PARAMETER;
	config.size = cfg->external_memory_size_bytes;
	config.granule = 16;
	config.flags = 0;
	config.nodes = cfg->nodes_poll;
	config.nodes_size = (size_t)cfg->nodes_poll_length * sizeof(uint64_t);
	if (emalloc_pool_init(&ctx->pool, &config))
		return EMALLOC_ERR_INVALID_PARAMETER;
	ctx->nodes_poll = cfg->nodes_poll;
	ctx->nodes_poll_length = cfg->nodes_poll_length;
	ctx->external_memory_size_bytes = cfg->external_memory_size_bytes;
	emalloc_tell(ctx);
	return EMALLOC_OK;
}

/**
 * emalloc_alloc() - allocate the lowest range that is large enough
 * @ctx: the memory
 * @size: bytes; rounded up to 16
 *
 * Return: the offset, 0 or more, or with a bit of EMALLOC_ERR_MASK set
 * EMALLOC_ERR_ZERO_REQUESTED, EMALLOC_ERR_INVALID_PARAMETER for a null pointer or more than the
 * whole memory, EMALLOC_ERR_NO_EXTERNAL_MEMORY, or EMALLOC_ERR_NO_MORE_FREE_NODES.
 */
static inline uint32_t emalloc_alloc(sEMALLOC_ctx *ctx, uint32_t size)
{
	uint64_t offset = 0;
	int err;

	EMALLOC_COUNT_CALL(alloc);
	if (!ctx)
		return EMALLOC_ERR_INVALID_PARAMETER;
	if (!size)
		return EMALLOC_ERR_ZERO_REQUESTED;
	err = emalloc_pool_alloc(&ctx->pool, size, 0, &offset);
	EMALLOC_ASSERT(err != EMALLOC_EIO);
	if (err == EMALLOC_EINVAL)
		return EMALLOC_ERR_INVALID_PARAMETER;
	if (err == EMALLOC_ENOMEM)
		return EMALLOC_ERR_NO_MORE_FREE_NODES;
	if (err)
		return EMALLOC_ERR_NO_EXTERNAL_MEMORY;
	emalloc_tell(ctx);
	return (uint32_t)offset;
}

/**
 * emalloc_free() - give an allocated range back
 * @ctx: the memory
 * @offset: what emalloc_alloc() answered
 *
 * Return: EMALLOC_OK, EMALLOC_ERR_INVALID_PARAMETER for a null pointer or a misaligned offset, or
 * EMALLOC_ERR_OFFSET_NOT_FOUND where no allocated range starts.
 */
static inline uint32_t emalloc_free(sEMALLOC_ctx *ctx, uint32_t offset)
{
	int err;

	EMALLOC_COUNT_CALL(free);
	if (!ctx)
		return EMALLOC_ERR_INVALID_PARAMETER;
	err = emalloc_pool_free(&ctx->pool, offset);
	EMALLOC_ASSERT(err != EMALLOC_EIO);
	if (err == EMALLOC_EINVAL)
		return EMALLOC_ERR_INVALID_PARAMETER;
	if (err)
		return EMALLOC_ERR_OFFSET_NOT_FOUND;
	emalloc_tell(ctx);
	return EMALLOC_OK;
}

/**
 * emalloc_get_allocated_size_bytes() - how much is allocated
 * @ctx: the memory
 *
 * Return: bytes, each range rounded up to 16; 0 for a null pointer.
 */
static inline uint32_t emalloc_get_allocated_size_bytes(const sEMALLOC_ctx *ctx)
{
	return ctx ? ctx->external_allocated_bytes : 0;
}

#endif /* EMALLOC_EMALLOC_H */
