// SPDX-License-Identifier: GPL-2.0-only
/*
 * EMALLOC_INTERNAL_CHECKS: the engine validates itself after every call that changes something. It is included here, so
 * that a test can be told of a fault where a program would end.
 */
static unsigned int faults;
static const char *what;

#define EMALLOC_INTERNAL_CHECKS 1
#define EMALLOC_FAULT_HOOK(fault) (faults++, what = (fault)->what)
#include "../../../drivers/extram/emalloc.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static uint64_t nodes[512];
static struct emalloc_pool pool;

static void start(uint64_t size)
{
	struct emalloc_config cfg = { .size = size, .nodes = nodes, .nodes_size = sizeof(nodes) };

	faults = 0;
	assert_int_equal(emalloc_pool_init(&pool, &cfg), 0);
}

static void silent_while_all_is_well(void **state)
{
	uint64_t offset;
	uint32_t i, kind;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		start(kind ? 1 << 24 : 1 << 14);
		for (i = 0; i < 300; i++)
			assert_int_equal(emalloc_pool_alloc(&pool, 1 + i % 40, 0, &offset), 0);
		assert_int_equal(emalloc_pool_resize(&pool, 0, 1), 0);
		assert_int_equal(emalloc_pool_free(&pool, 0), 0);
		assert_int_equal(emalloc_pool_alloc_at(&pool, 0, 1), 0);
		assert_int_equal(faults, 0);
	}
}

static void every_call_tells(void **state)
{
	uint64_t offset;
	uint32_t kind;

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		start(kind ? 1 << 24 : 1 << 14);
		assert_int_equal(emalloc_pool_alloc(&pool, 64, 0, &offset), 0);
		pool.used++;
		assert_int_equal(emalloc_pool_alloc(&pool, 16, 0, &offset), 0);
		assert_int_equal(faults, 1);
		assert_string_equal(what, "bytes: counted so many in use");
		emalloc_pool_free(&pool, offset);
		assert_int_equal(faults, 2);
		emalloc_pool_alloc_at(&pool, 640, 16);
		assert_int_equal(faults, 3);
		emalloc_pool_resize(&pool, 0, 16);
		assert_int_equal(faults, 4);
		emalloc_pool_alloc(&pool, 1 << 14, 0, &offset);
		assert_int_equal(faults, 5);
		pool.used--;
		emalloc_pool_resize(&pool, 0, 32);
		assert_int_equal(faults, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silent_while_all_is_well),
		cmocka_unit_test(every_call_tells),
	};

	return cmocka_run_group_tests_name("emalloc internal checks", tests, NULL, NULL);
}
