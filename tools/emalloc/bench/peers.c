// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocators that are compared.
 *
 * jemalloc, mimalloc and tcmalloc are loaded with dlopen(RTLD_LOCAL): their malloc() then stays out of everybody else's
 * symbol look-up, so that glibc's remains the process's own and each can be called by the address that dlsym() gives.
 * jemalloc and tcmalloc use static TLS, for which the process starts itself anew with more room (main.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/emalloc.h>

#include "models.h"
#include "peers.h"

static void *arena;
static size_t arena_size;

/*
 * An allocator with headers in the memory itself gets room for them, else it would fail long before the others: 48
 * bytes for every block that the trace may have. The fill-up trace asks how much fits, so there it gets the pool alone.
 */
static void arena_get(const struct trace *t)
{
	arena_size = t->group[0] == 'f' ? t->pool : t->pool + 48 * (size_t)t->blocks;
	arena = trace_pages(arena_size);
	memset(arena, 0, arena_size);	/* no page fault is measured */
}

static void arena_put(void)
{
	trace_unmap(arena, arena_size);
	arena = NULL;
}

static uint64_t usable_16(uint64_t handle, uint32_t size)
{
	(void)handle;
	return (size + 15) & ~15u;
}

static uint64_t usable_tlsf(uint64_t handle, uint32_t size)
{
	(void)handle;
	return size <= 24 ? 24 : ((size + 8 + 15) & ~15u) - 8;
}

/* --- emalloc --- */

static struct emalloc_pool pool;
static void *nodes;
static size_t nodes_size;

static bool emalloc_start(const struct trace *t, size_t size, uint32_t flags, size_t per_block)
{
	struct emalloc_config cfg = {
		.size = t->pool,
		.flags = flags,
	};
	int ret;

	nodes_size = size ? size : t->blocks * per_block;
	nodes = trace_pages(nodes_size);
	memset(nodes, 0, nodes_size);
	cfg.nodes = nodes;
	cfg.nodes_size = nodes_size;
	ret = emalloc_pool_init(&pool, &cfg);
	if (ret)
		trace_unmap(nodes, nodes_size);
	return !ret;
}

static bool first_fit_init(const struct trace *t, size_t size)
{
	return emalloc_start(t, size, 0, 8);
}

static bool best_fit_init(const struct trace *t, size_t size)
{
	return emalloc_start(t, size, EMALLOC_BEST_FIT, 12);
}

static uint64_t subject_alloc(uint32_t size)
{
	uint64_t offset;

	return emalloc_pool_alloc(&pool, size, 0, &offset) ? FAILED : offset;
}

static void subject_free(uint64_t offset)
{
	emalloc_pool_free(&pool, offset);
}

static void subject_exit(void)
{
	trace_unmap(nodes, nodes_size);
}

static uint32_t subject_blocks(void)
{
	struct emalloc_stats stats;

	emalloc_pool_stats(&pool, &stats);
	return stats.blocks;
}

/* --- an empty one, for what the measurement itself costs --- */

static bool nothing_init(const struct trace *t, size_t size)
{
	(void)t;
	(void)size;
	return true;
}

static uint64_t nothing_alloc(uint32_t size)
{
	return size;
}

static void nothing_free(uint64_t handle)
{
	(void)handle;
}

static void nothing_exit(void)
{
}

/* --- general-purpose libraries --- */

static uint64_t glibc_alloc(uint32_t size)
{
	void *p = malloc(size);

	return p ? (uint64_t)(uintptr_t)p : FAILED;
}

static void glibc_free(uint64_t handle)
{
	free((void *)(uintptr_t)handle);
}

static uint64_t glibc_usable(uint64_t handle, uint32_t size)
{
	(void)size;
	return malloc_usable_size((void *)(uintptr_t)handle);
}

static double glibc_metadata(uint32_t live)
{
	(void)live;
	return 8;
}

static double unknown_metadata(uint32_t live)
{
	(void)live;
	return -1;
}

/* The addresses are found once, before any measurement; each call is then as direct as glibc's through its GOT. */
#define LIBRARY(id)							\
static void *(*id##_malloc)(size_t size);				\
static void (*id##_release)(void *p);					\
static size_t (*id##_size)(void *p);					\
static bool id##_init(const struct trace *t, size_t size)		\
{									\
	(void)t;							\
	(void)size;							\
	return id##_malloc && id##_release && id##_size;		\
}									\
static uint64_t id##_alloc(uint32_t size)				\
{									\
	void *p = id##_malloc(size);					\
									\
	return p ? (uint64_t)(uintptr_t)p : FAILED;			\
}									\
static void id##_free(uint64_t handle)					\
{									\
	id##_release((void *)(uintptr_t)handle);			\
}									\
static uint64_t id##_usable(uint64_t handle, uint32_t size)		\
{									\
	(void)size;							\
	return id##_size((void *)(uintptr_t)handle);			\
}

LIBRARY(jemalloc)
LIBRARY(mimalloc)
LIBRARY(tcmalloc)

static int (*jemalloc_ctl)(const char *name, void *old, size_t *old_len, void *new, size_t new_len);

static double jemalloc_metadata(uint32_t live)
{
	uint64_t epoch = 1;
	size_t len = sizeof(epoch), metadata;

	if (!jemalloc_ctl || jemalloc_ctl("epoch", &epoch, &len, &epoch, len))
		return -1;
	len = sizeof(metadata);
	if (jemalloc_ctl("stats.metadata", &metadata, &len, NULL, 0))
		return -1;
	return (double)metadata / live;
}

static void *symbol(void *lib, const char *name)
{
	return lib ? dlsym(lib, name) : NULL;
}

void peers_load(void)
{
	void *je = dlopen("libjemalloc.so.2", RTLD_NOW | RTLD_LOCAL);
	void *mi = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);
	void *tc = dlopen("libtcmalloc_minimal.so.4", RTLD_NOW | RTLD_LOCAL);

	*(void **)&jemalloc_malloc = symbol(je, "malloc");
	*(void **)&jemalloc_release = symbol(je, "free");
	*(void **)&jemalloc_size = symbol(je, "malloc_usable_size");
	*(void **)&jemalloc_ctl = symbol(je, "mallctl");
	*(void **)&mimalloc_malloc = symbol(mi, "mi_malloc");
	*(void **)&mimalloc_release = symbol(mi, "mi_free");
	*(void **)&mimalloc_size = symbol(mi, "mi_usable_size");
	*(void **)&tcmalloc_malloc = symbol(tc, "tc_malloc");
	*(void **)&tcmalloc_release = symbol(tc, "tc_free");
	*(void **)&tcmalloc_size = symbol(tc, "tc_malloc_size");
}

/* --- models --- */

static bool tlsf_init(const struct trace *t, size_t size)
{
	(void)size;
	arena_get(t);
	model_tlsf_init(arena, arena_size);
	return true;
}

static uint64_t tlsf_alloc(uint32_t size)
{
	void *p = model_tlsf_alloc(size);

	return p ? (uint64_t)(uintptr_t)p : FAILED;
}

static void tlsf_free(uint64_t handle)
{
	model_tlsf_free((void *)(uintptr_t)handle);
}

static bool heap4_init(const struct trace *t, size_t size)
{
	(void)size;
	arena_get(t);
	model_heap4_init(arena, arena_size);
	return true;
}

static uint64_t heap4_alloc(uint32_t size)
{
	void *p = model_heap4_alloc(size);

	return p ? (uint64_t)(uintptr_t)p : FAILED;
}

static void heap4_free(uint64_t handle)
{
	model_heap4_free((void *)(uintptr_t)handle);
}

static double heap4_metadata(uint32_t live)
{
	(void)live;
	return 16;
}

static bool array_init(const struct trace *t, size_t size)
{
	arena_size = 8 * (size_t)t->blocks;
	arena = trace_pages(arena_size);
	memset(arena, 0, arena_size);
	if (t->pool > UINT32_MAX)
		return false;
	(void)size;
	model_array_init(arena, t->blocks, (uint32_t)t->pool);
	return true;
}

static uint64_t array_alloc(uint32_t size)
{
	uint32_t offset = model_array_alloc(size);

	return offset == MODEL_ARRAY_FULL ? FAILED : offset;
}

static void array_free(uint64_t handle)
{
	model_array_free((uint32_t)handle);
}

const struct peer peer_empty = {
	.name = "nothing", .kind = "none", .pool = true,
	.init = nothing_init, .alloc = nothing_alloc, .free = nothing_free, .exit = nothing_exit,
};

static const struct peer first_fit = {
	.name = "emalloc", .kind = "subject", .pool = true, .node_bytes = 8,
	.init = first_fit_init, .alloc = subject_alloc, .free = subject_free, .exit = subject_exit,
	.usable = usable_16, .blocks = subject_blocks,
};

static const struct peer best_fit = {
	.name = "emalloc best fit", .kind = "subject", .pool = true, .node_bytes = 12,
	.init = best_fit_init, .alloc = subject_alloc, .free = subject_free, .exit = subject_exit,
	.usable = usable_16, .blocks = subject_blocks,
};

static const struct peer glibc = {
	.name = "glibc", .kind = "library",
	.init = nothing_init, .alloc = glibc_alloc, .free = glibc_free, .exit = nothing_exit,
	.usable = glibc_usable, .metadata = glibc_metadata,
};

static const struct peer jemalloc = {
	.name = "jemalloc", .kind = "library",
	.init = jemalloc_init, .alloc = jemalloc_alloc, .free = jemalloc_free, .exit = nothing_exit,
	.usable = jemalloc_usable, .metadata = jemalloc_metadata,
};

static const struct peer mimalloc = {
	.name = "mimalloc", .kind = "library",
	.init = mimalloc_init, .alloc = mimalloc_alloc, .free = mimalloc_free, .exit = nothing_exit,
	.usable = mimalloc_usable, .metadata = unknown_metadata,
};

static const struct peer tcmalloc = {
	.name = "tcmalloc", .kind = "library",
	.init = tcmalloc_init, .alloc = tcmalloc_alloc, .free = tcmalloc_free, .exit = nothing_exit,
	.usable = tcmalloc_usable, .metadata = unknown_metadata,
};

static const struct peer tlsf = {
	.name = "TLSF (model)", .kind = "model", .pool = true,
	.init = tlsf_init, .alloc = tlsf_alloc, .free = tlsf_free, .exit = arena_put,
	.usable = usable_tlsf, .metadata = glibc_metadata,
};

static const struct peer heap4 = {
	.name = "heap_4 (model)", .kind = "model", .pool = true, .slow = true,
	.init = heap4_init, .alloc = heap4_alloc, .free = heap4_free, .exit = arena_put,
	.usable = usable_16, .metadata = heap4_metadata,
};

static const struct peer array = {
	.name = "original's array (model)", .kind = "model", .pool = true, .slow = true,
	.init = array_init, .alloc = array_alloc, .free = array_free, .exit = arena_put,
	.usable = usable_16, .metadata = unknown_metadata,
};

const struct peer *const peers[] = {
	&first_fit, &best_fit, &glibc, &jemalloc, &mimalloc, &tcmalloc, &tlsf, &heap4, &array,
};
const unsigned int peer_count = sizeof(peers) / sizeof(*peers);
