/* SPDX-License-Identifier: GPL-2.0-only */
/* How a replay is measured: by the clock, or in instructions. */
#ifndef EMALLOC_BENCH_MEASURE_H
#define EMALLOC_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peers.h"
#include "trace.h"

struct replay {
	size_t done;		/* operations of the measured part that were replayed; fewer when cut */
	size_t allocs;		/* of these */
	size_t failed;		/* allocations without an answer */
	double ns;		/* wall time of the measured part */
	double metadata;	/* bytes per live block at the end; negative: unknown */
	double rounding;	/* bytes per live block at the end that were not asked for */
	uint32_t live;		/* most at a time */
	uint32_t blocks;	/* most at a time, when asked for */
};

enum counter { COUNT_NONE, COUNT_PERF, COUNT_CALLGRIND, COUNT_QEMU };

/* Replays t on p. ticks, when given, gets the time of each operation: the least of all replays that it was given to. */
bool replay_time(const struct peer *p, const struct trace *t, size_t nodes_size, uint32_t *ticks, double budget,
		 bool watch, struct replay *out);

/* Replays t on p, counting instructions. Only COUNT_PERF fills insns; the others report from outside. */
bool replay_count(const struct peer *p, const struct trace *t, enum counter how, unsigned int id, size_t limit,
		  uint32_t *insns, struct replay *out);

bool counter_open(enum counter how);
double ns_per_tick(void);
double now_ns(void);

uint64_t bench_alloc(const struct peer *p, uint32_t size);
void bench_free(const struct peer *p, uint64_t handle);

#endif
