// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces (b): sequences that are bad for some allocator: the worst cases of the TLSF paper, and what hurts sorted
 * arrays, free lists, and balanced trees. The pool is 512 KiB; each trace prepares a state that is not measured.
 */
#include "trace.h"

#define POOL	(512u << 10)
#define ALL	(POOL / 16u)		/* granules */
#define MOST	(ALL - 4096u)		/* leaves room at the end */

static struct trace *t;

static void get(uint32_t slot, uint32_t size)
{
	t->ops[t->count++] = (struct op){ slot, size };
	if (slot >= t->slots)
		t->slots = slot + 1;
}

static void put(uint32_t slot)
{
	t->ops[t->count++] = (struct op){ slot, 0 };
}

static void fill(uint32_t n, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		get(i, size);
}

static void put_every(uint32_t from, uint32_t to, uint32_t stride)
{
	for (; from < to; from += stride)
		put(from);
}

static void measure(void)
{
	t->warm = t->count;
}

static void past_small_holes(void)
{
	uint32_t i;

	fill(MOST, 16);
	put_every(1, MOST, 2);
	measure();
	for (i = 0; i < 1024; i++)
		get(ALL + i, 32);
}

static void no_fit(void)
{
	uint32_t i;

	fill(ALL, 16);
	put_every(1, ALL, 2);
	measure();
	for (i = 0; i < 1024; i++)
		get(ALL + i, 32);
}

static void refill_holes(void)
{
	fill(ALL, 16);
	put_every(1, ALL, 2);
	measure();
	for (uint32_t i = 1; i < ALL; i += 2)
		get(i, 16);
}

static void middle_of_three(void)
{
	uint32_t i;

	fill(ALL, 16);
	put_every(0, ALL - 2, 3);
	put_every(2, ALL - 2, 3);
	measure();
	for (i = 1; i < ALL - 2; i += 3)
		put(i);
}

static void odd_then_even(int down)
{
	uint32_t i;

	fill(ALL, 16);
	measure();
	for (uint32_t odd = 2; odd-- > 0;)
		for (i = 0; i < ALL / 2; i++)
			put(2 * (down ? ALL / 2 - 1 - i : i) + odd);
}

static void sort_bomb(void)
{
	uint32_t i;

	fill(POOL / 128, 128);
	put_every(1, POOL / 128, 2);
	measure();
	for (i = 0; i < POOL / 128 / 2 * 8; i++)
		get(ALL + i, 16);
}

static void last_hole(void)
{
	uint32_t i, k;

	fill(ALL, 16);
	measure();
	for (i = 0; i < 4096; i++) {
		k = ALL - 1 - i;
		put(k);
		get(k, 16);
	}
}

static void toggle_first(void)
{
	fill(ALL, 16);
	measure();
	for (uint32_t i = 0; i < 4096; i++) {
		put(0);
		get(0, 16);
	}
}

static void toggle_random(void)
{
	uint32_t state = 88172645u, k;

	fill(ALL, 16);
	measure();
	for (uint32_t i = 0; i < 16384; i++) {
		k = trace_random(&state) % ALL;
		put(k);
		get(k, 16);
	}
}

static void growing_holes(void)
{
	uint32_t i, n = 250;		/* 16 * (1 + 2 + … + n) + 16 * n <= POOL */

	for (i = 0; i < n; i++) {
		get(2 * i, 16 * (i + 1));
		get(2 * i + 1, 16);
	}
	put_every(0, 2 * n, 2);
	measure();
	for (i = n; i-- > 0;)
		get(2 * i, 16 * (i + 1));
	for (i = 0; i < n; i++)
		put(2 * i);
}

/* Up and down by 80 blocks at every level: a tree that splits and merges at the same count does so all the time. */
static void saw(void)
{
	uint32_t level, i;

	measure();
	for (level = 0; level + 160 < ALL; level += 80) {
		for (i = 0; i < 160; i++)
			get(level + i, 16);
		for (i = 160; i-- > 80;)
			put(level + i);
	}
}

/* The same in the middle of a tree that is as full, then as empty, as it can be. */
static void thrash_middle(void)
{
	uint32_t i, round, mid = ALL / 2;

	fill(ALL, 16);
	measure();
	for (round = 1; round <= 64; round++) {
		for (i = 0; i < round * 2; i++)
			put(mid + 2 * i);
		for (i = 0; i < round * 2; i++)
			put(mid + 2 * i + 1);
		for (i = 0; i < round * 4; i++)
			get(mid + i, 16);
	}
}

static void random_free(void)
{
	static uint32_t order[ALL];
	uint32_t state = 2463534242u, i, k, swap;

	for (i = 0; i < ALL; i++)
		order[i] = i;
	for (i = ALL; i-- > 1;) {
		k = trace_random(&state) % (i + 1);
		swap = order[i];
		order[i] = order[k];
		order[k] = swap;
	}
	fill(ALL, 16);
	measure();
	for (i = 0; i < ALL; i++)
		put(order[i]);
}

/* One block in 64 stays: long runs merge, leaves empty out; then everything comes back. */
static void sparse(void)
{
	uint32_t i;

	fill(ALL, 16);
	measure();
	for (i = 0; i < ALL; i++)
		if (i % 64)
			put(i);
	for (i = 0; i < ALL; i++)
		if (i % 64)
			get(i, 16);
}

void trace_adversarial(unsigned int nr, struct trace *trace)
{
	static const char *const names[ADVERSARIAL_TRACES] = {
		"32 bytes past 16-byte holes", "32 bytes, no hole fits", "refill of holes", "free the middle of three",
		"free odd then even, up", "free odd then even, down", "sort bomb", "last hole", "first block to and fro",
		"random block to and fro", "growing holes, largest first", "saw", "thrash in the middle",
		"free in random order", "one in 64 stays",
	};

	t = trace;
	*t = (struct trace){ .group = "adversarial", .name = names[nr], .pool = POOL, .blocks = ALL };
	t->ops = trace_pages((ALL + 32) * 4 * sizeof(*t->ops));
	switch (nr) {
	case 0: past_small_holes(); break;
	case 1: no_fit(); break;
	case 2: refill_holes(); break;
	case 3: middle_of_three(); break;
	case 4: odd_then_even(0); break;
	case 5: odd_then_even(1); break;
	case 6: sort_bomb(); break;
	case 7: last_hole(); break;
	case 8: toggle_first(); break;
	case 9: toggle_random(); break;
	case 10: growing_holes(); break;
	case 11: saw(); break;
	case 12: thrash_middle(); break;
	case 13: random_free(); break;
	case 14: sparse(); break;
	}
}
