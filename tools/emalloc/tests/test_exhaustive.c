// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every sequence of calls on tiny pools, to a depth: every size and alignment, every place, for every number of granules
 * and every number of blocks for which there is memory. Each call is compared with the oracle.
 */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

#define MOST	9		/* granules */

static uint64_t calls;

struct state {
	struct emalloc_pool pool;
	struct oracle oracle;
	struct oracle_block block[MOST + 4];
	uint8_t nodes[12 * (MOST + 2)];
};

static void keep(const struct twin *t, size_t nodes_size, struct state *s)
{
	s->pool = t->pool;
	s->oracle = t->oracle;
	memcpy(s->block, t->block, (t->oracle.n + 1) * sizeof(*s->block));
	memcpy(s->nodes, t->nodes[0], nodes_size);
}

static void back(struct twin *t, size_t nodes_size, const struct state *s)
{
	t->pool = s->pool;
	t->oracle = s->oracle;
	memcpy(t->block, s->block, (s->oracle.n + 1) * sizeof(*s->block));
	memcpy(t->nodes[0], s->nodes, nodes_size);
}

static void all(struct twin *t, size_t nodes_size, unsigned int depth)
{
	uint32_t size = t->oracle.size, n, at, start;
	struct state s;

	keep(t, nodes_size, &s);
	for (n = 1; n <= size; n++) {
		for (at = 1; at <= 4; at *= 2) {
			calls++;
			if (!twin_alloc(t, n, at, &start)) {
				if (depth > 1)
					all(t, nodes_size, depth - 1);
				back(t, nodes_size, &s);
			}
		}
	}
	for (at = 0; at <= size; at++) {
		calls++;
		if (!twin_free(t, at)) {
			if (depth > 1)
				all(t, nodes_size, depth - 1);
			back(t, nodes_size, &s);
		}
		for (n = 1; at < size && n <= size; n++) {
			calls += 2;
			if (n <= size - at && !twin_alloc_at(t, at, n)) {
				if (depth > 1)
					all(t, nodes_size, depth - 1);
				back(t, nodes_size, &s);
			}
			if (!twin_resize(t, at, n)) {
				if (depth > 1)
					all(t, nodes_size, depth - 1);
				back(t, nodes_size, &s);
			}
		}
	}
}

static void pools(uint32_t from, uint32_t to, unsigned int depth)
{
	uint32_t size, blocks, policy;

	for (size = from; size <= to; size++) {
		for (blocks = 2; blocks <= 2 * size + 5; blocks++) {
			struct twin_config cfg = { .size = size, .granule = 16, .most = MOST };
			struct twin t;

			policy = blocks & 1;
			cfg.flags = policy ? EMALLOC_BEST_FIT : 0;
			cfg.nodes_size = (policy ? 12 : 8) * (blocks / 2);

			twin_init(&t, &cfg);
			all(&t, cfg.nodes_size, depth);
			twin_exit(&t);
		}
	}
}

static void one_granule_six_calls(void **state)
{
	(void)state;
	pools(1, 1, 6);
}

static void two_and_three_granules_five_calls(void **state)
{
	(void)state;
	pools(2, 3, 5);
}

static void four_and_five_granules_four_calls(void **state)
{
	(void)state;
	pools(4, 5, 4);
}

static void six_to_nine_granules_three_calls(void **state)
{
	(void)state;
	pools(6, MOST, 3);
	assert_true(calls > 1000000);
}

/* Every order in which seven blocks can be freed, and after each free every request. */
static void orders_of_seven(struct twin *t, uint32_t left)
{
	struct state s;
	uint32_t at, start;

	keep(t, 72, &s);
	for (at = 0; at < 7; at++) {
		if (left >> at & 1) {
			assert_int_equal(twin_free(t, at), 0);
			for (start = 0; start < 7; start++) {
				uint32_t got;
				struct state here;

				keep(t, 72, &here);
				twin_alloc(t, start + 1, 1, &got);
				back(t, 72, &here);
			}
			orders_of_seven(t, left & ~(1u << at));
			back(t, 72, &s);
		}
	}
}

static void every_order_of_frees(void **state)
{
	struct twin_config cfg = { .size = 7, .granule = 16, .nodes_size = 56, .most = MOST };
	uint32_t blocks, at, start;
	struct twin t;

	(void)state;
	for (blocks = 7; blocks <= 9; blocks += 2) {
		cfg.nodes_size = 8 * blocks;
		twin_init(&t, &cfg);
		t.nodes[0] = realloc(t.nodes[0], 72);
		assert_non_null(t.nodes[0]);
		assert_int_equal(emalloc_pool_init(&t.pool, &(struct emalloc_config){ .size = 112, .nodes = t.nodes[0],
				 .nodes_size = cfg.nodes_size }), 0);
		for (at = 0; at < 7; at++)
			assert_int_equal(twin_alloc(&t, 1, 1, &start), 0);
		orders_of_seven(&t, 127);
		twin_exit(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_granule_six_calls),
		cmocka_unit_test(two_and_three_granules_five_calls),
		cmocka_unit_test(four_and_five_granules_four_calls),
		cmocka_unit_test(six_to_nine_granules_three_calls),
		cmocka_unit_test(every_order_of_frees),
	};

	return cmocka_run_group_tests_name("emalloc exhaustive", tests, NULL, NULL);
}
