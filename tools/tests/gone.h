/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to an open file whose chip has been taken away.
 */
#ifndef _EXTRAM_TEST_GONE_H
#define _EXTRAM_TEST_GONE_H

#include <stdbool.h>
#include <stdint.h>

/* Allocates 8192 bytes at offset 0 and writes "before" there. */
void xt_use(int fd);

/* Every call on a file that was used. */
void xt_expect_all_enodev(int fd);

/**
 * struct xt_worker - a thread that transfers until that fails
 * @fd: its file
 * @offset: of 64 KiB
 * @reads: pread, else pwrite
 * @calls: out: how many were made
 * @error: out: what the last one answered
 */
struct xt_worker {
	int fd;
	uint64_t offset;
	bool reads;
	long calls;
	int error;
};

/* For pthread_create(); the argument is a struct xt_worker. */
void *xt_transfer_until_it_fails(void *arg);

#endif /* _EXTRAM_TEST_GONE_H */
