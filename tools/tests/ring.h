/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads through an io_uring, without a library: one request at a time, by one thread.
 */
#ifndef _EXTRAM_TEST_RING_H
#define _EXTRAM_TEST_RING_H

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct xt_ring - an io_uring
 * @fd: of the ring
 * @sq: its submission ring
 * @cq: its completion ring
 * @sqes: its entries
 * @params: where things are in the rings
 */
struct xt_ring {
	int fd;
	void *sq;
	void *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

void xt_ring_open(struct xt_ring *ring);
void xt_ring_close(struct xt_ring *ring);

/* Hands a read to a worker of the kernel, so that it is pending. 0 or -errno. */
int xt_ring_read(struct xt_ring *ring, int fd, void *buf, size_t len, uint64_t offset);

/* Whether it has ended; waits for that; its result. */
bool xt_ring_has_ended(const struct xt_ring *ring);
int xt_ring_wait(struct xt_ring *ring);

#endif /* _EXTRAM_TEST_RING_H */
