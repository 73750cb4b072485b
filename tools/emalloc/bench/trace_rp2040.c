// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fifteen traces of the RP2040 profile: a pool of 64 KiB, at most 2048 blocks.
 *
 * Three fill the pool with 2048 x 16 bytes and free the odd and the even ones in turn, up or down. Twelve go in rounds,
 * "allocate 5, free 3 at random" or "allocate 6, free 2", with sizes of 8 + random % {16, 32, 64, 128, 256, 512}
 * bytes, until the memory or the blocks run out; then everything is freed in random order. "Runs out" is decided by
 * exact first fit over a byte per granule, the simplest allocator there is.
 */
#include "trace.h"

#define GRANULES	(RP2040_POOL / 16u)

uint32_t trace_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

/* A byte per granule: 0 free, 1 inside an allocation, 2 its first granule. */
static uint8_t map[GRANULES];
static uint16_t live[GRANULES];		/* slots in use, in no order */
static uint16_t start[GRANULES];	/* by slot */
static uint16_t length[GRANULES];	/* by slot, granules */

static void mark(uint32_t at, uint32_t len, int used)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		map[at + i] = (uint8_t)(used ? (i ? 1 : 2) : 0);
}

static uint32_t first_fit(uint32_t len)
{
	uint32_t i, run = 0;

	for (i = 0; i < GRANULES; i++) {
		run = map[i] ? 0 : run + 1;
		if (run == len)
			return i + 1 - len;
	}
	return GRANULES;
}

static uint32_t count_blocks(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < GRANULES; i++)
		n += map[i] == 2 || (!map[i] && (!i || map[i - 1]));
	return n;
}

static void odd_even(unsigned int nr, struct trace *t)
{
	static const char *const names[] = { "odd up, even up", "odd down, even down", "even up, odd down" };
	uint32_t half, i;

	t->name = names[nr];
	for (i = 0; i < RP2040_BLOCKS; i++)
		t->ops[t->count++] = (struct op){ i, 16 };
	for (half = 0; half < 2; half++) {
		uint32_t parity = (half == 0) ^ (nr == 2);
		int down = nr == 1 || (nr == 2 && half == 1);

		for (i = 0; i < RP2040_BLOCKS / 2; i++) {
			uint32_t k = down ? RP2040_BLOCKS / 2 - 1 - i : i;

			t->ops[t->count++] = (struct op){ 2 * k + parity, 0 };
		}
	}
	t->slots = RP2040_BLOCKS;
	t->blocks = RP2040_BLOCKS + 1;	/* the rest of the pool is a block too */
}

static void rounds(unsigned int nr, struct trace *t)
{
	static const char *const names[] = {
		"+5 -3, 8..23", "+5 -3, 8..39", "+5 -3, 8..71", "+5 -3, 8..135", "+5 -3, 8..263", "+5 -3, 8..519",
		"+6 -2, 8..23", "+6 -2, 8..39", "+6 -2, 8..71", "+6 -2, 8..135", "+6 -2, 8..263", "+6 -2, 8..519",
	};
	uint32_t spread = 16u << nr % 6, gets = nr < 6 ? 5 : 6, puts = nr < 6 ? 3 : 2;
	uint32_t state = 0x9e3779b9u + nr, n = 0, next = 0, i, k, at, len;

	t->name = names[nr];
	mark(0, GRANULES, 0);
	for (;;) {
		for (i = 0; i < gets; i++) {
			uint32_t size = 8 + trace_random(&state) % spread;

			len = (size + 15) / 16;
			at = first_fit(len);
			if (at == GRANULES || next == GRANULES || count_blocks() + 2 > RP2040_BLOCKS)
				goto full;
			mark(at, len, 1);
			start[next] = (uint16_t)at;
			length[next] = (uint16_t)len;
			live[n++] = (uint16_t)next;
			t->ops[t->count++] = (struct op){ next++, size };
		}
		for (i = 0; i < puts && n; i++) {
			k = trace_random(&state) % n;
			mark(start[live[k]], length[live[k]], 0);
			t->ops[t->count++] = (struct op){ live[k], 0 };
			live[k] = live[--n];
		}
	}
full:
	while (n) {
		k = trace_random(&state) % n;
		t->ops[t->count++] = (struct op){ live[k], 0 };
		live[k] = live[--n];
	}
	t->slots = next;
}

void trace_rp2040(unsigned int nr, struct trace *t, struct op *ops)
{
	*t = (struct trace){ .group = "rp2040", .pool = RP2040_POOL, .blocks = RP2040_BLOCKS, .ops = ops };
	if (nr < 3)
		odd_even(nr, t);
	else
		rounds(nr - 3, t);
}
