// SPDX-License-Identifier: GPL-2.0-only
/* A pool and the oracle side by side: see twin.h. */
#include <stdio.h>
#include <stdlib.h>

#include "twin.h"

#define differ(t, ...) do { \
	print_error("EMALLOC_SEED=%llu, call %llu: ", (unsigned long long)(t)->seed, (unsigned long long)(t)->op); \
	fail_msg(__VA_ARGS__); \
} while (0)

uint64_t twin_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t from_environment(const char *name, uint64_t given)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : given;
}

uint64_t twin_seed(uint64_t given)
{
	return from_environment("EMALLOC_SEED", given);
}

uint64_t twin_ops(uint64_t given)
{
	return from_environment("EMALLOC_OPS", given);
}

/* Whatever malloc left there must not matter: the memory is filled with a pattern. */
static void *nodes_of(size_t size)
{
	uint8_t *p = malloc(size);
	size_t i;

	assert_non_null(p);
	for (i = 0; i < size; i++)
		p[i] = (uint8_t)(0xa5 + i);
	return p;
}

void twin_init(struct twin *t, const struct twin_config *cfg)
{
	struct emalloc_config config = {
		.size = (uint64_t)cfg->size * cfg->granule + cfg->tail,
		.granule = cfg->granule,
		.flags = cfg->flags,
		.nodes = nodes_of(cfg->nodes_size),
		.nodes_size = cfg->nodes_size,
	};
	uint32_t each = cfg->flags & EMALLOC_BEST_FIT ? 12 : 8;

	*t = (struct twin){ .granule = cfg->granule, .seed = cfg->seed };
	t->sparsely = cfg->sparsely ? cfg->sparsely : 1;
	t->nodes[t->chunks++] = config.nodes;
	t->block = calloc(cfg->most + 3, sizeof(*t->block));
	assert_non_null(t->block);
	oracle_init(&t->oracle, cfg->size, (uint32_t)(cfg->nodes_size / each), t->block);
	t->oracle.best_fit = cfg->flags & EMALLOC_BEST_FIT;
	assert_int_equal(emalloc_pool_init(&t->pool, &config), 0);
	twin_compare(t);
}

void twin_exit(struct twin *t)
{
	twin_compare(t);
	free(t->block);
	while (t->chunks)
		free(t->nodes[--t->chunks]);
}

void twin_add_nodes(struct twin *t, size_t size)
{
	void *nodes = nodes_of(size);

	assert_int_equal(emalloc_pool_add_nodes(&t->pool, nodes, size), 0);
	t->nodes[t->chunks++] = nodes;
	t->oracle.max_blocks += (uint32_t)(size / EMALLOC_NODE_SIZE * EMALLOC_NODE_SIZE / (t->oracle.best_fit ? 12 : 8));
	twin_compare(t);
}

static void compare_blocks(struct twin *t)
{
	struct emalloc_range range;
	struct emalloc_fault fault;
	uint32_t i = 0;

	if (emalloc_pool_check(&t->pool, &fault))
		differ(t, "the validator: %s: %llu", fault.what, (unsigned long long)fault.where);
	emalloc_pool_for_each(&t->pool, range) {
		const struct oracle_block *b = &t->oracle.block[i];

		if (i == t->oracle.n || range.offset != (uint64_t)b->start * t->granule ||
		    range.size != (uint64_t)b->size * t->granule || range.used != b->used)
			differ(t, "block %u is at %llu, %llu bytes, used %d", i, (unsigned long long)range.offset,
			       (unsigned long long)range.size, range.used);
		i++;
	}
	if (i != t->oracle.n)
		differ(t, "%u blocks, not %u", i, t->oracle.n);
}

static void compare_totals(struct twin *t)
{
	struct emalloc_stats s;
	const struct oracle *o = &t->oracle;

	emalloc_pool_stats(&t->pool, &s);
	if (s.size != (uint64_t)o->size * t->granule || s.granule != t->granule)
		differ(t, "size %llu", (unsigned long long)s.size);
	if (s.used != (uint64_t)o->used * t->granule || s.used_blocks != o->used_blocks || s.blocks != o->n)
		differ(t, "used %llu in %u blocks of %u, not %u in %u of %u", (unsigned long long)s.used, s.used_blocks,
		       s.blocks, o->used, o->used_blocks, o->n);
	if (s.largest_free != (uint64_t)oracle_largest(o) * t->granule ||
	    emalloc_pool_largest_free(&t->pool) != s.largest_free)
		differ(t, "largest free %llu", (unsigned long long)s.largest_free);
	if (s.max_blocks != o->max_blocks)
		differ(t, "blocks at most %u, not %u", s.max_blocks, o->max_blocks);
}

void twin_compare(struct twin *t)
{
	compare_totals(t);
	compare_blocks(t);
}

static int answered(struct twin *t, const char *call, int got, int expected, uint64_t where, uint64_t where_expected)
{
	if (got != expected || (!got && where != where_expected))
		differ(t, "%s: %d at %llu, not %d at %llu", call, got, (unsigned long long)where, expected,
		       (unsigned long long)where_expected);
	compare_totals(t);
	if (++t->op % t->sparsely == 0)
		compare_blocks(t);
	return got;
}

int twin_alloc(struct twin *t, uint32_t n, uint32_t align, uint32_t *start)
{
	/* Sizes that are no multiple of the granule are rounded up: take off what is rounded away. */
	uint64_t bytes = (uint64_t)n * t->granule - t->op % t->granule;
	uint64_t offset = 0, expected;
	int err = emalloc_pool_alloc(&t->pool, bytes, (uint64_t)align * t->granule, &offset), right;

	if (t->chance && align > 1) {
		/* Not the lowest, perhaps, but a right one; and none only where no run is surely long enough. */
		if (err == EMALLOC_ENOSPC && oracle_largest(&t->oracle) >= n + align - 1)
			differ(t, "aligned alloc failed although a range is surely long enough");
		*start = (uint32_t)(offset / t->granule);
		right = err ? err : oracle_alloc_at(&t->oracle, *start, n);
		if (!err && offset % ((uint64_t)align * t->granule))
			differ(t, "misaligned");
		return answered(t, "aligned alloc", err, right, offset, offset);
	}
	right = oracle_alloc(&t->oracle, n, align, start);
	expected = (uint64_t)*start * t->granule;
	return answered(t, "alloc", err, right, offset, expected);
}

int twin_alloc_at(struct twin *t, uint32_t start, uint32_t n)
{
	int err = emalloc_pool_alloc_at(&t->pool, (uint64_t)start * t->granule, (uint64_t)n * t->granule);

	return answered(t, "alloc_at", err, oracle_alloc_at(&t->oracle, start, n), 0, 0);
}

int twin_free(struct twin *t, uint32_t start)
{
	uint64_t size = 0;
	uint32_t n = 0;
	int err = emalloc_pool_free_sized(&t->pool, (uint64_t)start * t->granule, &size);
	int right = oracle_free(&t->oracle, start, &n);

	return answered(t, "free", err, right, size, (uint64_t)n * t->granule);
}

int twin_resize(struct twin *t, uint32_t start, uint32_t n)
{
	int err = emalloc_pool_resize(&t->pool, (uint64_t)start * t->granule, (uint64_t)n * t->granule);

	return answered(t, "resize", err, oracle_resize(&t->oracle, start, n), 0, 0);
}
