// SPDX-License-Identifier: GPL-2.0-only
/*
 * Churn at 80 % full (traces c) and the fill-up that finds the utilisation at the first failure (trace d).
 *
 * Sizes are log-uniform from 16 to 4096 bytes: eight steps to the octave, even within a step, so that integers do.
 * Fullness counts requests rounded up to 16 bytes, which no allocator has a say in.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "trace.h"

void *trace_pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return p;
}

void trace_unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes);
}

uint32_t trace_log_uniform(uint32_t *state)
{
	/* 16 * 2^(i/8), in 1/64 */
	static const uint32_t step[9] = { 1024, 1117, 1218, 1328, 1448, 1579, 1722, 1878, 2048 };
	uint32_t r = trace_random(state), octave = r >> 29, i = r >> 26 & 7;
	uint32_t lo = step[i] << octave, hi = step[i + 1] << octave;

	return (lo + (trace_random(state) >> 4) % (hi - lo)) >> 6;
}

struct live {
	uint32_t slot;
	uint32_t size;
};

struct recorder {
	struct trace *t;
	struct live *live;
	size_t max;
	uint32_t n;		/* live */
	uint32_t spare;		/* slots that were freed, kept above live[n] */
	uint64_t used;
	uint32_t state;
};

static void record_alloc(struct recorder *r, uint32_t size)
{
	uint32_t slot = r->spare ? r->live[r->n].slot : r->t->slots++;

	if (r->spare)
		r->spare--;
	r->live[r->n++] = (struct live){ slot, (size + 15) & ~15u };
	r->used += (size + 15) & ~15u;
	r->t->ops[r->t->count++] = (struct op){ slot, size };
}

static void record_free(struct recorder *r)
{
	uint32_t k = trace_random(&r->state) % r->n;
	struct live gone = r->live[k];

	/* live[] is full up to n; what is freed goes to the top, where the next allocation takes its slot from */
	r->live[k] = r->live[--r->n];
	r->live[r->n] = gone;
	r->spare++;
	r->used -= gone.size;
	r->t->ops[r->t->count++] = (struct op){ gone.slot, 0 };
}

static void recorder_start(struct recorder *r, struct trace *t, uint32_t seed)
{
	r->t = t;
	r->max = t->pool / 16 + 16;
	r->live = trace_pages(r->max * sizeof(*r->live));
	r->state = seed;
	t->ops = trace_pages((r->max + 16) * 4 * sizeof(*t->ops));
}

static void recorder_stop(struct recorder *r)
{
	uint32_t blocks = 2 * r->t->slots + 1;

	trace_unmap(r->live, r->max * sizeof(*r->live));
	r->t->blocks = blocks < r->t->pool / 16 ? blocks : (uint32_t)(r->t->pool / 16);
}

/* One step holds the fill at target: allocate while the next size fits below it, free at random while not. */
static void step(struct recorder *r, uint64_t target)
{
	uint32_t size = trace_log_uniform(&r->state);

	while (r->n && r->used + size > target)
		record_free(r);
	record_alloc(r, size);
}

void trace_churn(uint64_t pool, size_t pairs, uint32_t seed, struct trace *t)
{
	uint64_t target = pool / 5 * 4;
	struct recorder r = { 0 };
	size_t i, most;

	*t = (struct trace){ .group = "churn", .name = "churn at 80 %", .pool = pool };
	recorder_start(&r, t, seed);
	while (r.used + 4096 <= target)
		record_alloc(&r, trace_log_uniform(&r.state));
	t->warm = t->count;
	most = (r.max + 16) * 4 - r.max;
	for (i = 0; i < pairs && t->count < most; i++)
		step(&r, target);
	recorder_stop(&r);
}

/* The target rises from 70 % to 100 % by 1/20000 of the pool after every 1/1000 of the live blocks was replaced. */
void trace_fill_up(uint64_t pool, uint32_t seed, struct trace *t)
{
	struct recorder r = { 0 };
	uint64_t target = pool / 10 * 7;
	uint32_t i;

	*t = (struct trace){ .group = "fill", .name = "fill up under churn", .pool = pool };
	recorder_start(&r, t, seed);
	while (r.used + 4096 <= target)
		record_alloc(&r, trace_log_uniform(&r.state));
	for (; target < pool; target += pool / 20000)
		for (i = 0; i < r.n / 1000 + 1; i++)
			step(&r, target);
	recorder_stop(&r);
}

void trace_release(struct trace *t)
{
	if (t->group[0] != 'r' && t->ops)
		trace_unmap(t->ops, (t->pool / 16 + 32) * 4 * sizeof(*t->ops));
	t->ops = NULL;
}
