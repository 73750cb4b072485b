/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: what emalloc must answer, from a sorted array of blocks that is searched from end to end.
 *
 * Positions and lengths are granules. No policy but first fit in address order, no bound, nothing clever.
 */
#ifndef EMALLOC_TESTS_ORACLE_H
#define EMALLOC_TESTS_ORACLE_H

#include <linux/emalloc.h>

struct oracle_block {
	uint32_t start;
	uint32_t size;
	bool used;
};

struct oracle {
	uint32_t size;
	uint32_t max_blocks;
	uint32_t n;
	uint32_t used;
	uint32_t used_blocks;
	bool best_fit;
	struct oracle_block *block;
};

void oracle_init(struct oracle *o, uint32_t size, uint32_t max_blocks, struct oracle_block *block);
int oracle_alloc(struct oracle *o, uint32_t n, uint32_t align, uint32_t *start);
int oracle_alloc_at(struct oracle *o, uint32_t start, uint32_t n);
int oracle_free(struct oracle *o, uint32_t start, uint32_t *n);
int oracle_resize(struct oracle *o, uint32_t start, uint32_t n);
const struct oracle_block *oracle_find(const struct oracle *o, uint32_t at);
uint32_t oracle_largest(const struct oracle *o);

#endif
