// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads through an io_uring, without a library: one request at a time, by one thread.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "extram_test.h"
#include "ring.h"

static size_t sq_size(const struct xt_ring *ring)
{
	return ring->params.sq_off.array + ring->params.sq_entries * sizeof(uint32_t);
}

static size_t cq_size(const struct xt_ring *ring)
{
	return ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
}

static void *map(const struct xt_ring *ring, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, what);

	assert_true(at != MAP_FAILED);
	return at;
}

void xt_ring_open(struct xt_ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		fail_msg("io_uring_setup: %s", strerror(errno));
	ring->sq = map(ring, sq_size(ring), IORING_OFF_SQ_RING);
	ring->cq = map(ring, cq_size(ring), IORING_OFF_CQ_RING);
	ring->sqes = map(ring, ring->params.sq_entries * sizeof(struct io_uring_sqe),
			 IORING_OFF_SQES);
}

void xt_ring_close(struct xt_ring *ring)
{
	munmap(ring->sq, sq_size(ring));
	munmap(ring->cq, cq_size(ring));
	munmap(ring->sqes, ring->params.sq_entries * sizeof(struct io_uring_sqe));
	close(ring->fd);
	ring->fd = -1;
}

static int enter(const struct xt_ring *ring, unsigned int submit, unsigned int wait)
{
	long ret = syscall(SYS_io_uring_enter, ring->fd, submit, wait,
			   wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);

	return ret < 0 ? -errno : ret;
}

int xt_ring_read(struct xt_ring *ring, int fd, void *buf, size_t len, uint64_t offset)
{
	uint32_t *tail = ring->sq + ring->params.sq_off.tail;
	uint32_t *array = ring->sq + ring->params.sq_off.array;
	uint32_t at = *tail & *(uint32_t *)(ring->sq + ring->params.sq_off.ring_mask);
	int ret;

	ring->sqes[at] = (struct io_uring_sqe) {
		.opcode = IORING_OP_READ,
		.flags = IOSQE_ASYNC,
		.fd = fd,
		.off = offset,
		.addr = (uintptr_t)buf,
		.len = len,
	};
	array[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	do
		ret = enter(ring, 1, 0);
	while (ret == -EINTR || ret == -EAGAIN || !ret);
	return ret < 0 ? ret : 0;
}

bool xt_ring_has_ended(const struct xt_ring *ring)
{
	uint32_t *head = ring->cq + ring->params.cq_off.head;
	uint32_t *tail = ring->cq + ring->params.cq_off.tail;

	return __atomic_load_n(tail, __ATOMIC_ACQUIRE) != *head;
}

int xt_ring_wait(struct xt_ring *ring)
{
	const struct io_uring_cqe *cqes = ring->cq + ring->params.cq_off.cqes;
	uint32_t *head = ring->cq + ring->params.cq_off.head;
	uint32_t mask = *(uint32_t *)(ring->cq + ring->params.cq_off.ring_mask);
	int ret;

	while (!xt_ring_has_ended(ring)) {
		ret = enter(ring, 0, 1);
		if (ret < 0 && ret != -EINTR && ret != -EAGAIN)
			return ret;
	}
	ret = cqes[*head & mask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return ret;
}
