/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer's calls and its view of what they reach.
 */
#ifndef _EXTRAM_TORTURE_FUZZ_H
#define _EXTRAM_TORTURE_FUZZ_H

#include "common.h"

#define FZ_CALLS	16	/* in a sequence, at most */
#define FZ_SLOTS	6	/* files that a sequence has open */
#define FZ_OFFSETS	8	/* last offsets that the driver answered */
#define FZ_VALUES	4	/* numbers of a call */

enum fz_what {
	FZ_OPEN, FZ_CLOSE, FZ_DUP, FZ_INFO, FZ_ALLOC, FZ_FREE, FZ_QUERY, FZ_RESIZE, FZ_IOCTL,
	FZ_PREAD, FZ_PWRITE, FZ_READ, FZ_WRITE, FZ_PREADV, FZ_PWRITEV, FZ_LSEEK, FZ_POLL, FZ_FSYNC,
	FZ_SPLICE, FZ_MMAP, FZ_FCNTL, FZ_WHATS,
};

/**
 * struct fz_value - a number of a call
 * @offset: 0: the number is @number; n: it is the nth last offset that was answered, plus @number
 * @number: see @offset
 */
struct fz_value {
	uint32_t offset;
	uint64_t number;
};

/**
 * struct fz_call - a system call
 * @what: enum fz_what
 * @slot: of the file
 * @size: which size a structure claims to have, see fz_size()
 * @pointer: which kind of pointer it gets, see fz_pointer()
 * @value: its numbers, in the order of the structure's fields or of the call's arguments
 */
struct fz_call {
	uint8_t what;
	uint8_t slot;
	uint8_t size;
	uint8_t pointer;
	struct fz_value value[FZ_VALUES];
};

struct fz_sequence {
	uint32_t count;
	struct fz_call call[FZ_CALLS];
};

/**
 * struct fz_world - what a running sequence has
 * @nodes: the memories
 * @num_nodes: how many
 * @fd: its files, -1 where there is none
 * @offset: the last ones that the driver answered, the newest first
 * @calls: how many have been made
 * @odd: how many answered an errno that no documentation has
 */
struct fz_world {
	const struct tt_node *nodes;
	size_t num_nodes;
	int fd[FZ_SLOTS];
	uint64_t offset[FZ_OFFSETS];
	unsigned long long calls;
	unsigned long long odd;
};

void fz_call_init(void);
void fz_begin(struct fz_world *world, unsigned int node);
void fz_run(struct fz_world *world, const struct fz_call *call);
void fz_end(struct fz_world *world);
void fz_random_call(struct fz_call *call, uint64_t *seed);
void fz_mutate_call(struct fz_call *call, uint64_t *seed);
void fz_print(const struct fz_call *call);

#define FZ_EDGES	65536

/* Coverage of this thread; false when the kernel has no kcov. */
bool fz_kcov_open(void);
void fz_kcov_start(void);
/* Adds what was reached since to @edges, a byte for each; answers how many of them are new there. */
unsigned int fz_kcov_collect(unsigned char *edges);

#endif /* _EXTRAM_TORTURE_FUZZ_H */
