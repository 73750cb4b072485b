/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Concurrency torture: what its processes share, all of it in memory that they share too.
 */
#ifndef _EXTRAM_TORTURE_CHURN_H
#define _EXTRAM_TORTURE_CHURN_H

#include "common.h"

#define CH_WORKERS	64	/* at most */
#define CH_HELD		4	/* files that a worker has at a time */
#define CH_FILES	(CH_WORKERS * (CH_HELD + 4))
#define CH_BLOCKS	6	/* of a file */
#define CH_LONGEST	6000	/* bytes of a block: two chunks on the wire */

/**
 * struct ch_block - a block that a file has
 * @offset: where it is
 * @length: 0 when there is none
 * @serial: of the block in its file
 * @generation: of the last write
 * @written: for each byte the generation of the write that it is of, 0 if never
 */
struct ch_block {
	uint64_t offset;
	uint64_t length;
	uint32_t serial;
	uint16_t generation;
	uint16_t written[CH_LONGEST + TT_GRANULE];
};

/**
 * struct ch_file - an open file and all that is known of its blocks
 *
 * Whoever holds it is the only one that uses it: a worker, then perhaps its child, then the worker
 * that it was sent to.
 *
 * @taken: 0 while it is free
 * @id: its number, the owner in the content
 * @fd: in the process that holds it
 * @node: which memory
 * @serial: of its last block
 * @block: what it has
 */
struct ch_file {
	int taken;
	uint32_t id;
	int fd;
	unsigned int node;
	uint32_t serial;
	struct ch_block block[CH_BLOCKS];
};

#define CS_BLOCKS	4	/* shared blocks of a memory */
#define CS_LEAST	65536	/* bytes of a memory that has some; see do_intrude() for those below */

/**
 * struct cs_block - a shared block, which all processes use at once
 * @taken: 1 while somebody changes it
 * @version: odd while it is changed, and another one afterwards
 * @life: of the memory, when it was allocated; in another one it is not there
 * @length: 0 when there is none
 * @written: for each byte the version in which it was written last
 */
struct cs_block {
	int taken;
	unsigned int version;
	unsigned int life;
	uint64_t length;
	unsigned int written[CH_LONGEST + TT_GRANULE];
};

enum ch_count {
	CH_OPEN, CH_CLOSE, CH_ALLOC, CH_FREE, CH_RESIZE, CH_READ, CH_WRITE, CH_LSEEK, CH_QUERY,
	CH_INTRUDE, CH_FORK, CH_PASS, CH_COMMON, CH_GONE, CH_UNBIND, CH_BYTES, CH_WRONG, CH_ODD, CH_COUNTS,
};

struct ch_shared {
	unsigned long long count[CH_COUNTS];
	int stop;
	unsigned int life[TT_MAX_NODES];	/* how often each memory has gone */
	struct cs_block common[TT_MAX_NODES][CS_BLOCKS];
	struct ch_file file[CH_FILES];
};

extern struct ch_shared *ch_shared;

static inline void ch_add(enum ch_count what, unsigned long long n)
{
	__atomic_add_fetch(&ch_shared->count[what], n, __ATOMIC_RELAXED);
}

/* One random operation on a file. False when its memory has gone: then it must be closed. */
bool ch_step(struct ch_file *file, uint64_t *seed);

/* Reads every byte that the file has. */
bool ch_look_at_all(struct ch_file *file);

/* The shared blocks: one random operation of a worker on one of them, and what frees them all. */
void cs_init(void);
void cs_step(const struct tt_node *nodes, size_t num, unsigned int worker, uint64_t *seed);
void cs_exit(const struct tt_node *nodes, size_t num);

#endif /* _EXTRAM_TORTURE_CHURN_H */
