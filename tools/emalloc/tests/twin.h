/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A twin: a pool and the oracle, side by side. Every call goes to both and the answers are compared; so is every block
 * after it, and the validator has its say. A difference fails the running test and prints how to replay it.
 */
#ifndef EMALLOC_TESTS_TWIN_H
#define EMALLOC_TESTS_TWIN_H

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "oracle.h"

struct twin {
	struct emalloc_pool pool;
	struct oracle oracle;
	uint32_t granule;
	uint64_t seed;
	uint64_t op;		/* calls so far */
	uint32_t sparsely;	/* all blocks are compared after one call in so many; the validator likewise */
	bool chance;		/* too many blocks for an aligned request to be first fit to the byte */
	void *nodes[EMALLOC_CHUNKS];
	unsigned int chunks;
	struct oracle_block *block;
};

struct twin_config {
	uint32_t size;		/* granules */
	uint32_t granule;
	uint32_t tail;		/* bytes more, less than a granule */
	size_t nodes_size;
	uint32_t most;		/* blocks that the oracle has room for */
	uint32_t flags;
	uint64_t seed;
	uint32_t sparsely;
};

void twin_init(struct twin *t, const struct twin_config *cfg);
void twin_exit(struct twin *t);
void twin_add_nodes(struct twin *t, size_t size);
int twin_alloc(struct twin *t, uint32_t n, uint32_t align, uint32_t *start);
int twin_alloc_at(struct twin *t, uint32_t start, uint32_t n);
int twin_free(struct twin *t, uint32_t start);
int twin_resize(struct twin *t, uint32_t start, uint32_t n);
void twin_compare(struct twin *t);

/* Deterministic: the same seed gives the same numbers everywhere. */
uint64_t twin_random(uint64_t *state);

/* The seed of a test: EMALLOC_SEED if it is set, else the one given. Printed when the test fails. */
uint64_t twin_seed(uint64_t given);
/* EMALLOC_OPS if it is set, else given */
uint64_t twin_ops(uint64_t given);

#endif
