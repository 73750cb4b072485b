/* SPDX-License-Identifier: GPL-2.0-only */
/* The allocators that are compared, behind one interface. */
#ifndef EMALLOC_BENCH_PEERS_H
#define EMALLOC_BENCH_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

#define FAILED	UINT64_MAX

struct peer {
	const char *name;
	const char *kind;	/* "subject", "library", "model", "none" */
	bool pool;		/* works in a pool of its own and forgets everything at exit() */
	bool slow;		/* linear in the blocks: long traces are cut for it, and say so */
	bool (*init)(const struct trace *t, size_t nodes_size);	/* nodes_size 0: as the trace says */
	uint64_t (*alloc)(uint32_t size);
	void (*free)(uint64_t handle);
	void (*exit)(void);
	uint64_t (*usable)(uint64_t handle, uint32_t size);	/* bytes that the caller could use */
	double (*metadata)(uint32_t live);	/* bytes per live block now; negative: it does not say */
	uint32_t (*blocks)(void);		/* used and free; subject only */
	size_t node_bytes;			/* per block; subject only */
};

extern const struct peer *const peers[];
extern const unsigned int peer_count;
extern const struct peer peer_empty;

void peers_load(void);

#endif
