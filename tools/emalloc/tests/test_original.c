// SPDX-License-Identifier: GPL-2.0-only
/*
 * The original's interface, as a program written for it uses it: names, fields, values of errors, statistics and options.
 */
#define EMALLOC_STATISTICS 1
#define EMALLOC_USE_ASSERT 1
#include <emalloc/emalloc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define RAM_SIZE	4096
#define MAX_NODES	(RAM_SIZE / 16)

static uint64_t nodes_poll[MAX_NODES];
static sEMALLOC_ctx ctx;

static int setup(void **state)
{
	sEMALLOC_cfg cfg;

	(void)state;
	cfg.nodes_poll = nodes_poll;
	cfg.nodes_poll_length = MAX_NODES;
	cfg.external_memory_size_bytes = RAM_SIZE;
	return emalloc_init(&ctx, &cfg) != EMALLOC_OK;
}

static void values(void **state)
{
	assert_int_equal(EMALLOC_OK, 0);
	assert_int_equal(EMALLOC_ERR_NO_EXTERNAL_MEMORY, 0xFFFFFFFF);
	assert_int_equal(EMALLOC_ERR_NO_MORE_FREE_NODES, 0xFFFFFFFE);
	assert_int_equal(EMALLOC_ERR_INVALID_PARAMETER, 0xFFFFFFFD);
	assert_int_equal(EMALLOC_ERR_ZERO_REQUESTED, 0xFFFFFFFC);
	assert_int_equal(EMALLOC_ERR_OFFSET_NOT_FOUND, 0xFFFFFFFB);
	assert_int_equal(EMALLOC_ERR_MASK, 0x0F);
	assert_int_equal(sizeof(((sEMALLOC_cfg *)0)->nodes_poll[0]), 8);
}

static void init_refuses(void **state)
{
	sEMALLOC_cfg cfg = { nodes_poll, MAX_NODES, RAM_SIZE };

	assert_int_equal(emalloc_init(NULL, NULL), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_init(&ctx, NULL), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_init(NULL, &cfg), EMALLOC_ERR_INVALID_PARAMETER);
	cfg.nodes_poll = NULL;
	assert_int_equal(emalloc_init(&ctx, &cfg), EMALLOC_ERR_INVALID_PARAMETER);
	cfg.nodes_poll = nodes_poll;
	cfg.nodes_poll_length = 0;
	assert_int_equal(emalloc_init(&ctx, &cfg), EMALLOC_ERR_INVALID_PARAMETER);
	cfg.nodes_poll_length = 1;
	cfg.external_memory_size_bytes = 15;
	assert_int_equal(emalloc_init(&ctx, &cfg), EMALLOC_ERR_INVALID_PARAMETER);
	cfg.external_memory_size_bytes = 16;
	assert_int_equal(emalloc_init(&ctx, &cfg), EMALLOC_OK);
}

static void fields(void **state)
{
	assert_int_equal(ctx.external_memory_size_bytes, RAM_SIZE);
	assert_int_equal(ctx.external_allocated_bytes, 0);
	assert_int_equal(ctx.node_count, 1);
	assert_int_equal(ctx.node_free_count, 1);
	assert_int_equal(emalloc_alloc(&ctx, 100), 0);
	assert_int_equal(emalloc_alloc(&ctx, 1), 112);
	assert_int_equal(ctx.external_allocated_bytes, 128);
	assert_int_equal(emalloc_get_allocated_size_bytes(&ctx), 128);
	assert_int_equal(emalloc_get_allocated_size_bytes(NULL), 0);
	assert_int_equal(ctx.node_count, 3);
	assert_int_equal(ctx.node_free_count, 1);
	assert_int_equal(emalloc_free(&ctx, 0), EMALLOC_OK);
	assert_int_equal(ctx.node_count, 3);
	assert_int_equal(ctx.node_free_count, 2);
	assert_int_equal(emalloc_free(&ctx, 112), EMALLOC_OK);
	assert_int_equal(ctx.node_count, 1);
	assert_int_equal(ctx.node_free_count, 1);
	assert_int_equal(ctx.external_allocated_bytes, 0);
}

static void errors(void **state)
{
	uint32_t i;

	assert_int_equal(emalloc_alloc(NULL, 16), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_alloc(&ctx, 0), EMALLOC_ERR_ZERO_REQUESTED);
	assert_int_equal(emalloc_alloc(&ctx, RAM_SIZE + 1), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_alloc(&ctx, 0xFFFFFFFF), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_alloc(&ctx, 16), 0);
	assert_int_equal(emalloc_alloc(&ctx, RAM_SIZE), EMALLOC_ERR_NO_EXTERNAL_MEMORY);
	assert_int_equal(emalloc_free(NULL, 0), EMALLOC_ERR_INVALID_PARAMETER);
	for (i = 1; i < 16; i++)
		assert_int_equal(emalloc_free(&ctx, i), EMALLOC_ERR_INVALID_PARAMETER);
	assert_int_equal(emalloc_free(&ctx, 16), EMALLOC_ERR_OFFSET_NOT_FOUND);
	assert_int_equal(emalloc_free(&ctx, RAM_SIZE), EMALLOC_ERR_OFFSET_NOT_FOUND);
	assert_int_equal(emalloc_free(&ctx, 0xFFFFFFF0), EMALLOC_ERR_OFFSET_NOT_FOUND);
	assert_int_equal(emalloc_free(&ctx, 0), EMALLOC_OK);
	assert_int_equal(emalloc_free(&ctx, 0), EMALLOC_ERR_OFFSET_NOT_FOUND);
	assert_int_equal(ctx.node_count, 1);
}

/* N nodes are N blocks, for each N; when they are used up, that is the error. */
static void every_number_of_nodes(void **state)
{
	sEMALLOC_cfg cfg = { nodes_poll, 0, RAM_SIZE };
	uint32_t n, i;

	for (n = 1; n <= MAX_NODES; n++) {
		cfg.nodes_poll_length = n;
		assert_int_equal(emalloc_init(&ctx, &cfg), EMALLOC_OK);
		for (i = 0; i + 1 < n; i++)
			assert_int_equal(emalloc_alloc(&ctx, 9), 16 * i);
		assert_int_equal(ctx.node_count, n);
		if (n < MAX_NODES)
			assert_int_equal(emalloc_alloc(&ctx, 16), EMALLOC_ERR_NO_MORE_FREE_NODES);
		/* the rest, whatever its size, needs no further node */
		assert_int_equal(emalloc_alloc(&ctx, RAM_SIZE - 16 * i), 16 * i);
		assert_int_equal(ctx.node_free_count, 0);
		assert_int_equal(ctx.external_allocated_bytes, RAM_SIZE);
		assert_int_equal(emalloc_alloc(&ctx, 16), EMALLOC_ERR_NO_EXTERNAL_MEMORY);
		for (i = n; i--;)
			assert_int_equal(emalloc_free(&ctx, 16 * i), EMALLOC_OK);
		assert_int_equal(ctx.node_count, 1);
	}
}

/* 16 blocks of 256 bytes, every other one freed, and the holes filled again from the lowest on. */
static void checkerboard(void **state)
{
	uint32_t i;

	for (i = 0; i < 16; i++)
		assert_int_equal(emalloc_alloc(&ctx, 256), 256 * i);
	for (i = 0; i < 16; i += 2)
		assert_int_equal(emalloc_free(&ctx, 256 * i), EMALLOC_OK);
	assert_int_equal(emalloc_alloc(&ctx, 257), EMALLOC_ERR_NO_EXTERNAL_MEMORY);
	for (i = 0; i < 16; i += 2)
		assert_int_equal(emalloc_alloc(&ctx, 256), 256 * i);
}

static void statistics(void **state)
{
	sEMALLOC_statistics stats;

	emalloc_reset_statistics();
	emalloc_alloc(&ctx, 16);
	emalloc_alloc(&ctx, 16);
	emalloc_alloc(&ctx, 0);
	emalloc_free(&ctx, 0);
	emalloc_get_statistics(&stats);
	assert_int_equal(stats.alloc.n_calls, 3);
	assert_int_equal(stats.free.n_calls, 1);
	emalloc_reset_statistics();
	emalloc_get_statistics(&stats);
	assert_int_equal(stats.alloc.n_calls + stats.free.n_calls, 0);
	emalloc_get_statistics(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(init_refuses),
		cmocka_unit_test_setup(fields, setup),
		cmocka_unit_test_setup(errors, setup),
		cmocka_unit_test(every_number_of_nodes),
		cmocka_unit_test_setup(checkerboard, setup),
		cmocka_unit_test_setup(statistics, setup),
	};

	return cmocka_run_group_tests_name("the original's interface", tests, NULL, NULL);
}
