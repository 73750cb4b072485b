// SPDX-License-Identifier: GPL-2.0-only
/* Bad input: what can never be right is refused and changes nothing; overwritten book-keeping is found and survived. */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

#define SIZE	65536u

static uint64_t nodes[1536];
static struct emalloc_pool pool;

static int init(uint64_t size, uint32_t granule, uint32_t flags, void *mem, size_t nodes_size)
{
	struct emalloc_config cfg = {
		.size = size, .granule = granule, .flags = flags, .nodes = mem, .nodes_size = nodes_size,
	};

	return emalloc_pool_init(&pool, &cfg);
}

static void init_refuses(void **state)
{
	struct emalloc_config cfg = { .size = SIZE, .nodes = nodes, .nodes_size = sizeof(nodes) };
	uint32_t bit;

	(void)state;
	assert_int_equal(emalloc_pool_init(NULL, &cfg), EMALLOC_EINVAL);
	assert_int_equal(emalloc_pool_init(&pool, NULL), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 16, 0, NULL, sizeof(nodes)), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 16, 0, (uint8_t *)nodes + 4, 64), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 16, 0, nodes, 0), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 16, 0, nodes, 7), EMALLOC_EINVAL);
	assert_int_equal(init(0, 16, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(15, 16, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 1, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 2, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(SIZE, 24, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(UINT64_MAX, 0x80000001u, 0, nodes, 64), EMALLOC_EINVAL);
	for (bit = 1; bit < 32; bit++)
		assert_int_equal(init(SIZE, 16, 1u << bit, nodes, sizeof(nodes)), EMALLOC_EINVAL);
	assert_int_equal(init(((uint64_t)1 << 31) * 16 + 16, 16, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init(UINT64_MAX, 16, 0, nodes, 64), EMALLOC_EINVAL);
}

static void init_accepts_the_extremes(void **state)
{
	struct emalloc_stats s;

	(void)state;
	assert_int_equal(init(((uint64_t)1 << 31) * 16 + 15, 16, 0, nodes, 8), 0);
	emalloc_pool_stats(&pool, &s);
	assert_int_equal(s.size, (uint64_t)1 << 35);
	assert_int_equal(s.largest_free, (uint64_t)1 << 35);
	assert_int_equal(s.max_blocks, 1);
	assert_int_equal(init(UINT64_MAX, 0x80000000u, 0, nodes, 64), EMALLOC_EINVAL);
	assert_int_equal(init((uint64_t)1 << 62, 0x80000000u, 0, nodes, 64), 0);
	assert_int_equal(init(4, 4, 0, nodes, 8), 0);
	assert_int_equal(init(16, 0, 0, nodes, 8), 0);
	emalloc_pool_stats(&pool, &s);
	assert_int_equal(s.granule, 16);
}

/* A context is small, so that it may live anywhere. */
static void context_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct emalloc_pool) <= 512);
}

/* What is less than the granule is met by any place, what is more than the pool by the first one only. */
static void alignments(void **state)
{
	uint64_t offset, align;

	(void)state;
	assert_int_equal(init(SIZE, 16, 0, nodes, sizeof(nodes)), 0);
	for (align = 1; align <= 16; align *= 2) {
		assert_int_equal(emalloc_pool_alloc(&pool, 16, align, &offset), 0);
		assert_true(offset <= 64);
	}
	assert_int_equal(emalloc_pool_free(&pool, 0), 0);
	assert_int_equal(emalloc_pool_alloc(&pool, 16, (uint64_t)1 << 63, &offset), 0);
	assert_int_equal(offset, 0);
}

static void tail_is_not_handed_out(void **state)
{
	uint64_t offset, size;
	uint32_t n = 0;

	(void)state;
	for (size = 160; size < 176; size++) {
		assert_int_equal(init(size, 16, 0, nodes, sizeof(nodes)), 0);
		for (n = 0; !emalloc_pool_alloc(&pool, 16, 0, &offset); n++)
			assert_true(offset + 16 <= 160);
		assert_int_equal(n, 10);
		assert_int_equal(emalloc_pool_largest_free(&pool), 0);
	}
	assert_int_equal(init(175, 16, 0, nodes, sizeof(nodes)), 0);
	assert_int_equal(emalloc_pool_alloc(&pool, 161, 0, &offset), EMALLOC_EINVAL);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 160, 15), EMALLOC_EINVAL);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 144, 17), EMALLOC_EINVAL);
	assert_int_equal(emalloc_pool_free(&pool, 160), EMALLOC_ENOENT);
}

/* Both kinds of book-keeping: memory for a map, and too little for one. */
static const size_t kinds[] = { 8192, 1024 };

static struct emalloc_range walked[128];

static uint32_t walk(void)
{
	struct emalloc_range r;
	uint32_t n = 0;

	emalloc_pool_for_each(&pool, r) {
		assert_true(n < 128);
		/* field by field: what lies between them is compared, too */
		walked[n].offset = r.offset;
		walked[n].size = r.size;
		walked[n].used = r.used;
		n++;
	}
	return n;
}

static void unchanged(uint32_t n, const struct emalloc_range *as)
{
	assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	assert_int_equal(walk(), n);
	assert_memory_equal(walked, as, n * sizeof(*as));
}

static void calls_refuse(void **state)
{
	static const uint64_t huge[] = {
		SIZE + 1, SIZE + 16, 0xfffffff1u, 0xffffffffu, 0x100000000u, 0x100000010u, 0x7fffffffffffffffu,
		0x8000000000000000u, 0xfffffffffffffff0u, 0xfffffffffffffff1u, 0xffffffffffffffffu,
	};
	static struct emalloc_range before[128];
	struct emalloc_range r;
	struct emalloc_stats s;
	uint64_t at[4], offset = 77, size = 77;
	uint32_t i, n, kind;

	(void)state;
	for (kind = 0; kind < 4; kind++) {
		memset(walked, 0, sizeof(walked));
		size = 77;
		assert_int_equal(init(SIZE, 16, kind / 2, nodes, kinds[kind % 2] * (2 + kind / 2) / 2), 0);
		assert_int_equal(pool.mapped, !(kind % 2));
		for (i = 0; i < 4; i++)
			assert_int_equal(emalloc_pool_alloc(&pool, 100, 0, &at[i]), 0);
		assert_int_equal(emalloc_pool_free(&pool, at[1]), 0);
		n = walk();
		memcpy(before, walked, sizeof(before));

		assert_int_equal(emalloc_pool_alloc(NULL, 16, 0, &offset), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, NULL), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 0, 0, &offset), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 3, &offset), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 48, &offset), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, UINT64_MAX, &offset), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, (uint64_t)1 << 63, &offset), EMALLOC_ENOSPC);
		assert_int_equal(emalloc_pool_alloc(&pool, 16, SIZE, &offset), EMALLOC_ENOSPC);
		assert_int_equal(emalloc_pool_alloc(&pool, SIZE, 0, &offset), EMALLOC_ENOSPC);
		assert_int_equal(emalloc_pool_free(NULL, 0), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_resize(NULL, 0, 16), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_resize(&pool, at[0], 0), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_resize(&pool, at[0] + 4, 16), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_resize(&pool, at[0] + 16, 16), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_resize(&pool, at[1], 16), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_resize(&pool, SIZE, 16), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_resize(&pool, at[2], 113), EMALLOC_ENOSPC);
		assert_int_equal(emalloc_pool_alloc_at(NULL, 0, 16), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc_at(&pool, at[1], 0), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc_at(&pool, at[1] + 8, 16), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_alloc_at(&pool, at[1], 113), EMALLOC_EEXIST);
		assert_int_equal(emalloc_pool_alloc_at(&pool, at[0], 16), EMALLOC_EEXIST);
		assert_int_equal(emalloc_pool_alloc_at(&pool, at[0] + 16, 16), EMALLOC_EEXIST);
		assert_int_equal(emalloc_pool_find(NULL, 0, &r), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_find(&pool, 0, NULL), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_find(&pool, SIZE, &r), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_check(NULL, NULL), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_largest_free(NULL), 0);
		emalloc_pool_stats(NULL, &s);
		emalloc_pool_stats(&pool, NULL);
		assert_int_equal(emalloc_pool_add_nodes(NULL, nodes, 256), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_add_nodes(&pool, NULL, 256), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_add_nodes(&pool, nodes, 255), EMALLOC_EINVAL);
		assert_int_equal(emalloc_pool_add_nodes(&pool, (uint8_t *)nodes + 2, 512), EMALLOC_EINVAL);

		for (i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
			assert_int_equal(emalloc_pool_alloc(&pool, huge[i], 0, &offset), EMALLOC_EINVAL);
			assert_int_equal(emalloc_pool_alloc_at(&pool, at[1], huge[i]), EMALLOC_EINVAL);
			assert_int_equal(emalloc_pool_alloc_at(&pool, huge[i], 16), EMALLOC_EINVAL);
			assert_int_equal(emalloc_pool_resize(&pool, at[0], huge[i]), EMALLOC_EINVAL);
			assert_int_equal(emalloc_pool_free(&pool, huge[i]),
					 huge[i] & 15 ? EMALLOC_EINVAL : EMALLOC_ENOENT);
			assert_int_equal(emalloc_pool_find(&pool, huge[i], &r), EMALLOC_ENOENT);
		}
		/* misaligned, inside, free already, never allocated */
		for (i = 1; i < 16; i++)
			assert_int_equal(emalloc_pool_free(&pool, at[0] + i), EMALLOC_EINVAL);
		for (i = 16; i < 112; i += 16)
			assert_int_equal(emalloc_pool_free(&pool, at[0] + i), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_free(&pool, at[1]), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_free_sized(&pool, at[1], &size), EMALLOC_ENOENT);
		assert_int_equal(emalloc_pool_free(&pool, SIZE - 16), EMALLOC_ENOENT);
		/* of all that, nothing is to be seen */
		assert_int_equal(offset, 77);
		assert_int_equal(size, 77);
		unchanged(n, before);
		assert_int_equal(emalloc_pool_free_sized(&pool, at[0], &size), 0);
		assert_int_equal(size, 112);
		assert_int_equal(emalloc_pool_alloc(&pool, 112, 0, &at[1]), 0);
		assert_int_equal(emalloc_pool_free_sized(&pool, at[1], NULL), 0);
		assert_int_equal(emalloc_pool_free(&pool, at[1]), EMALLOC_ENOENT);
	}
}

static void out_of_blocks_changes_nothing(void **state)
{
	static struct emalloc_range before[128];
	uint64_t offset, at[3];
	uint32_t n, i, blocks;

	(void)state;
	for (blocks = 4; blocks <= 10; blocks += 6) {
		memset(walked, 0, sizeof(walked));
		assert_int_equal(init(160, 16, 0, nodes, 8 * blocks), 0);
		if (blocks == 10)
			pool.max_blocks = 4;	/* the map has no other way to run out */
		for (i = 0; i < 3; i++)
			assert_int_equal(emalloc_pool_alloc(&pool, 32, 0, &at[i]), 0);
		n = walk();
		assert_int_equal(n, 4);
		memcpy(before, walked, sizeof(before));
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, &offset), EMALLOC_ENOMEM);
		assert_int_equal(emalloc_pool_alloc(&pool, 32, 64, &offset), EMALLOC_ENOMEM);
		assert_int_equal(emalloc_pool_alloc_at(&pool, 128, 16), EMALLOC_ENOMEM);
		assert_int_equal(emalloc_pool_alloc_at(&pool, 128, 32), EMALLOC_ENOMEM);
		assert_int_equal(emalloc_pool_resize(&pool, at[0], 16), EMALLOC_ENOMEM);
		assert_int_equal(emalloc_pool_alloc(&pool, 80, 0, &offset), EMALLOC_ENOSPC);
		unchanged(n, before);
		/* what needs no block more goes on */
		assert_int_equal(emalloc_pool_resize(&pool, at[2], 48), 0);
		assert_int_equal(emalloc_pool_alloc(&pool, 48, 0, &offset), 0);
		for (i = 0; i < 3; i++)
			assert_int_equal(emalloc_pool_free(&pool, at[i]), 0);
		assert_int_equal(emalloc_pool_free(&pool, offset), 0);
		assert_int_equal(emalloc_pool_check(&pool, NULL), 0);
	}
}

/* ---- overwritten book-keeping ---- */

struct victim {
	struct emalloc_pool pool;
	uint8_t *mem;
	uint8_t *copy;
	size_t size;
	uint64_t at[3000];
	uint32_t n;
};

static void victim_init(struct victim *v, uint64_t size, size_t nodes_size, uint32_t live, uint32_t flags)
{
	struct emalloc_config cfg = { .size = size, .nodes_size = nodes_size, .flags = flags };
	uint64_t random = 5;
	uint32_t i, k;

	v->size = nodes_size;
	v->mem = malloc(nodes_size);
	v->copy = malloc(nodes_size);
	assert_non_null(v->mem);
	assert_non_null(v->copy);
	memset(v->mem, 0, nodes_size);
	cfg.nodes = v->mem;
	assert_int_equal(emalloc_pool_init(&v->pool, &cfg), 0);
	for (v->n = 0; v->n < live; v->n++)
		assert_int_equal(emalloc_pool_alloc(&v->pool, 16 + twin_random(&random) % 48, 0, &v->at[v->n]), 0);
	for (i = 0; i < live / 3; i++) {
		k = (uint32_t)(twin_random(&random) % v->n);
		assert_int_equal(emalloc_pool_free(&v->pool, v->at[k]), 0);
		v->at[k] = v->at[--v->n];
	}
	assert_int_equal(emalloc_pool_check(&v->pool, NULL), 0);
	memcpy(v->copy, v->mem, nodes_size);
}

/* Whatever the answers are, the calls come back, and ASan sees no access outside of the memory. */
static void every_call(struct victim *v, uint64_t random)
{
	struct emalloc_pool p = v->pool;
	struct emalloc_fault fault;
	struct emalloc_range r;
	uint64_t offset;
	uint32_t i;

	emalloc_pool_check(&p, &fault);
	for (i = 0; i < 24; i++) {
		uint64_t at = v->at[twin_random(&random) % v->n], size = 1 + twin_random(&random) % 400;

		switch (i % 6) {
		case 0:
			emalloc_pool_alloc(&p, size, 0, &offset);
			break;
		case 1:
			emalloc_pool_free(&p, at);
			break;
		case 2:
			emalloc_pool_alloc(&p, size, 64 << i % 4, &offset);
			break;
		case 3:
			emalloc_pool_resize(&p, at, size);
			break;
		case 4:
			emalloc_pool_alloc_at(&p, at + size / 16 * 16, size);
			break;
		default:
			emalloc_pool_find(&p, at + 8, &r);
		}
	}
	emalloc_pool_check(&p, &fault);
}

static void overwrite(uint64_t size, size_t nodes_size, uint32_t live, bool mapped, uint32_t step, uint32_t flags)
{
	static struct victim v;
	uint64_t random = 99;
	uint32_t found = 0, made = 0, what;
	struct emalloc_fault fault;
	size_t i;

	victim_init(&v, size, nodes_size, live, flags);
	assert_int_equal(v.pool.mapped, mapped);
	for (i = 0; i + 4 <= v.size; i += 4 * step) {
		for (what = 0; what < 6; what++) {
			uint32_t word, was;

			memcpy(&word, v.mem + i, 4);
			was = word;
			switch (what) {
			case 0:
				word = 0;
				break;
			case 1:
				word = UINT32_MAX;
				break;
			case 2:
				word++;
				break;
			case 3:
				word ^= 1u << twin_random(&random) % 32;
				break;
			case 4:
				word = (uint32_t)twin_random(&random);
				break;
			default:
				word = (uint32_t)(twin_random(&random) % 64);
			}
			if (word == was)
				continue;
			memcpy(v.mem + i, &word, 4);
			made++;
			fault.what = NULL;
			if (emalloc_pool_check(&v.pool, &fault)) {
				assert_non_null(fault.what);
				found++;
			}
			every_call(&v, random);
			memcpy(v.mem, v.copy, v.size);
		}
	}
	/* Some words are not in use, and a border between two allocated blocks may move unseen. */
	print_message("# %u of %u overwritten words found\n", found, made);
	assert_true(found > made / (flags ? 8 : 4));
	/* all of it at once */
	for (what = 0; what < 200; what++) {
		for (i = 0; i < v.size; i++)
			v.mem[i] = what == 0 ? 0 : what == 1 ? 0xff : (uint8_t)twin_random(&random);
		assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
		every_call(&v, random);
	}
	free(v.mem);
	free(v.copy);
}

static void overwritten_map(void **state)
{
	(void)state;
	overwrite(65536, 8 * 175, 100, true, 1, 0);
	overwrite(16 * 20000, 8 * 730, 500, true, 1, 0);
	overwrite(16 * 20000, 8 * 660, 500, true, 1, 0);	/* segments of four words */
	overwrite(16 * 100000, 8 * 3400, 100, true, 7, 0);	/* long runs */
	overwrite(16 * 40, 8 * 11, 8, true, 1, 0);
	overwrite(16 * 300, 8 * 130, 90, true, 1, 0);	/* sizes of blocks */
	overwrite(16 * 1000, 8 * 420, 300, true, 1, 0);
}

static void overwritten_tree(void **state)
{
	(void)state;
	overwrite(16 * 100000, 8 * 150, 140, false, 1, 0);
	overwrite(16 * 100000, 8 * 1500, 1400, false, 1, 0);
	overwrite(16 * 200000, 8 * 3100, 3000, false, 3, 0);
}

static void overwritten_index(void **state)
{
	(void)state;
	overwrite(16 * 2000, 12 * 500, 400, true, 1, EMALLOC_BEST_FIT);
	overwrite(16 * 100000, 12 * 700, 600, false, 1, EMALLOC_BEST_FIT);
	overwrite(16 * 200000, 12 * 3100, 3000, false, 7, EMALLOC_BEST_FIT);
	overwrite(16 * 100000, 12 * 140, 130, false, 1, EMALLOC_BEST_FIT);
}

/* A block's end is looked for in a segment that the pool does not have. */
static void segment_beyond_the_end(void **state)
{
	static uint64_t many_nodes[730];
	struct emalloc_range range;
	uint64_t offset;
	uint32_t last, entry;

	(void)state;
	assert_int_equal(init(16 * 20000, 16, 0, many_nodes, sizeof(many_nodes)), 0);
	assert_true(pool.mapped);
	last = pool.map.last;
	assert_int_equal(emalloc_pool_alloc(&pool, 16 * ((last << pool.k) + 1), 0, &offset), 0);
	entry = pool.map.leaves + last;
	assert_int_not_equal((entry + 1) % 4, 0);
	assert_int_equal(pool.map.tree[entry], 1);
	pool.map.tree[entry] = 0;
	pool.map.tree[entry + 1] = 1;
	assert_int_equal(emalloc_pool_find(&pool, 0, &range), 0);
	assert_int_equal(range.size, 16 * 20000);
}

/* No sizes of blocks are kept where an offset may have more than 32 bits. */
static void large_granules(void **state)
{
	uint64_t offset;

	(void)state;
	assert_int_equal(init((uint64_t)8 << 30, 1u << 30, 0, nodes, 800), 0);
	assert_null(pool.map.sizes);
	assert_int_equal(emalloc_pool_alloc_at(&pool, (uint64_t)5 << 30, 1), 0);
	assert_int_equal(emalloc_pool_alloc(&pool, (uint64_t)5 << 30, 0, &offset), 0);
	assert_int_equal(emalloc_pool_alloc(&pool, (uint64_t)2 << 30, 0, &offset), 0);
	assert_int_equal(offset, (uint64_t)6 << 30);
	assert_int_equal(emalloc_pool_free(&pool, (uint64_t)5 << 30), 0);
	assert_int_equal(emalloc_pool_free(&pool, (uint64_t)5 << 30), EMALLOC_ENOENT);
	assert_int_equal(emalloc_pool_free(&pool, offset), 0);
	assert_int_equal(init((uint64_t)2 << 30, 1u << 29, 0, nodes, 800), 0);
	assert_non_null(pool.map.sizes);
	assert_int_equal(emalloc_pool_alloc(&pool, (uint64_t)3 << 29, 0, &offset), 0);
	assert_int_equal(emalloc_pool_free(&pool, (uint64_t)1 << 32), EMALLOC_ENOENT);
	assert_int_equal(emalloc_pool_free(&pool, offset + 1), EMALLOC_EINVAL);
	assert_int_equal(emalloc_pool_free(&pool, offset), 0);
}

/* What and where: one fault of each kind, by name. */
static void validator_names_the_fault(void **state)
{
	static struct victim v;
	struct emalloc_fault fault = { 0 };
	static uint64_t many_nodes[12000];
	struct emalloc_pool was;
	uint64_t size = 7;
	uint32_t count, *long_run;

	(void)state;
	victim_init(&v, 65536, 16384, 500, 0);
	was = v.pool;
	v.pool.used++;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "bytes: counted so many in use");
	assert_int_equal(fault.where, (uint64_t)was.used * 16);
	v.pool = was;
	v.pool.blocks--;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "blocks: counted so many");
	assert_int_equal(fault.where, was.blocks);
	v.pool = was;
	v.pool.used_blocks++;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "used blocks: counted so many");
	v.pool = was;
	v.pool.largest--;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "bytes: not the largest free range");
	v.pool = was;
	v.pool.max_blocks = 10;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "blocks: counted so many");
	v.pool = was;
	assert_int_equal(emalloc_pool_check(&v.pool, NULL), 0);
	free(v.mem);
	free(v.copy);

	/* the last word of 100 granules has room for more */
	assert_int_equal(init(16 * 100, 16, 0, nodes, 800), 0);
	assert_true(pool.mapped);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * 98, 32), 0);
	((uint8_t *)pool.map.map)[sizeof(size_t) > 4 ? 16 + 5 : 24 + 1] |= 1;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: a block begins beyond the end, after");

	/* the last free block is known, and what is beside it is as long as it is */
	assert_int_equal(init(16 * 100, 16, 0, nodes, 800), 0);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * 50, 16), 0);
	pool.map.tail++;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: not the last free block");
	assert_int_equal(fault.where, 16 * 52);

	/* the sizes of the blocks of a small pool */
	assert_int_equal(init(16 * 100, 16, 0, nodes, 800), 0);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * 50, 32), 0);
	assert_non_null(pool.map.sizes);
	pool.map.sizes[1 + 50]--;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: not the size of the block");
	assert_int_equal(fault.where, 16 * 50);
	pool.map.sizes[1 + 50]++;
	pool.map.sizes[1 + 49]--;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: not the size of the free block");
	assert_int_equal(fault.where, 0);
	pool.map.sizes[1 + 49]++;
	pool.map.sizes[1 + 51] = 1;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "sizes of blocks: so many too few, modulo 2^32");
	assert_int_equal(emalloc_pool_free(&pool, 16 * 51), EMALLOC_ENOENT);
	assert_int_equal(emalloc_pool_free_sized(&pool, 16 * 51, &size), EMALLOC_ENOENT);
	assert_int_equal(size, 7);
	pool.map.sizes[1 + 51] = 0;
	assert_int_equal(emalloc_pool_check(&pool, &fault), 0);

	/* 299999 free granules are a long run, and there is no other */
	assert_int_equal(init(16 * 300000, 16, 0, many_nodes, sizeof(many_nodes)), 0);
	assert_true(pool.mapped);
	assert_int_equal(emalloc_pool_alloc_at(&pool, 16 * 299999, 16), 0);
	long_run = &pool.map.longs[pool.map.stretches];
	long_run[2] = 1;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "word of the long runs: not the longest one");
	long_run[2] = 0;
	/* the one beside the only one has no part in a maximum */
	long_run[1] = 1;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "long free blocks: so many too few, modulo 2^32");
	long_run[1] = 0;
	for (count = 1; count < pool.map.stretches; count++)
		pool.map.longs[count] = 0;
	long_run[0] = 0;
	pool.largest = 0;
	assert_int_equal(emalloc_pool_check(&pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: long free block not known");

	victim_init(&v, 16 * 100000, 8 * 1500, 1400, 0);
	/* the second start of the first leaf goes below the first */
	memset((uint8_t *)v.pool.chunk[0] + 4 * 8, 0, 4);
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "offset: blocks out of order after this one");
	memcpy(v.mem, v.copy, v.size);
	was = v.pool;
	v.pool.spares++;
	assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
	assert_string_equal(fault.what, "node: lost, or in use twice, of so many");
	v.pool = was;
	for (count = 0; count < 22; count += count == 1 ? 20 : 1) {
		v.pool.root[0] = count;
		assert_int_equal(emalloc_pool_check(&v.pool, &fault), EMALLOC_EIO);
		assert_string_equal(fault.what, "count of the root: out of range");
	}
	v.pool = was;
	free(v.mem);
	free(v.copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_refuses),
		cmocka_unit_test(init_accepts_the_extremes),
		cmocka_unit_test(context_is_small),
		cmocka_unit_test(alignments),
		cmocka_unit_test(tail_is_not_handed_out),
		cmocka_unit_test(calls_refuse),
		cmocka_unit_test(out_of_blocks_changes_nothing),
		cmocka_unit_test(overwritten_map),
		cmocka_unit_test(overwritten_tree),
		cmocka_unit_test(overwritten_index),
		cmocka_unit_test(segment_beyond_the_end),
		cmocka_unit_test(large_granules),
		cmocka_unit_test(validator_names_the_fault),
	};

	return cmocka_run_group_tests_name("emalloc bad input", tests, NULL, NULL);
}
