/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded traces: a trace is an array of operations that is made once, from a fixed seed and without asking any
 * allocator, and then replayed on every allocator. An operation names a slot: an allocation fills it, a free empties it.
 */
#ifndef EMALLOC_BENCH_TRACE_H
#define EMALLOC_BENCH_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct op {
	uint32_t slot;
	uint32_t size;		/* bytes; 0: free the slot */
};

struct trace {
	const char *group;	/* "rp2040", "adversarial", "churn", "fill" */
	const char *name;
	uint64_t pool;		/* bytes of external memory */
	uint32_t blocks;	/* blocks for which book-keeping is handed in */
	uint32_t slots;
	size_t warm;		/* operations before this one prepare the state and are not measured */
	size_t count;
	struct op *ops;
};

#define RP2040_POOL	(64u << 10)
#define RP2040_BLOCKS	2048u
#define RP2040_TRACES	15u
#define RP2040_MAX_OPS	(2u * 4096u)

/* Both need no library, so that the same traces run on the emulated microcontroller. */
uint32_t trace_random(uint32_t *state);
void trace_rp2040(unsigned int nr, struct trace *t, struct op *ops);

/* Host only: these get their memory from mmap(), so that the heap under test is left alone. */
#define ADVERSARIAL_TRACES	15u
void trace_adversarial(unsigned int nr, struct trace *t);
uint32_t trace_log_uniform(uint32_t *state);
void trace_churn(uint64_t pool, size_t pairs, uint32_t seed, struct trace *t);
void trace_fill_up(uint64_t pool, uint32_t seed, struct trace *t);
void trace_release(struct trace *t);
void *trace_pages(size_t bytes);
void trace_unmap(void *p, size_t bytes);

#endif
