/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of a memory: what one open file may do with it, free of files.
 */
#ifndef _EXTRAM_CLIENT_H
#define _EXTRAM_CLIENT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "block.h"
#include "io.h"

struct device;
struct extram;
struct iov_iter;

/*
 * A client has a small buffer, and from the first long transfer on one of up to so many bytes; a
 * second one when one is copied while the other one is on the wire.
 */
#define EXTRAM_CLIENT_BUFFER	(64 * 1024)

/* Whether a piece of a transfer is copied while the next one, or the one before, is on the wire. */
enum extram_overlap {
	EXTRAM_OVERLAP_AUTO,	/* where it pays */
	EXTRAM_OVERLAP_ALWAYS,
	EXTRAM_OVERLAP_NEVER,
};

/**
 * struct extram_slot - a piece of a transfer
 * @job: its way over the wire
 * @base: the buffer, in which job.buf is
 * @size: bytes that it takes, @base has room for a header more
 * @block: the block; constant while a piece is on its way, as all below but @holds
 * @at: offset in the block
 * @len: bytes
 * @zeros: nothing of a read is on the wire, all bytes are zero
 * @extends: a write makes the valid part longer
 * @flying: its job is on its way and must be waited for
 * @holds: its job holds the content of the block until it is through
 * @err: how it ended, unless it is on its way
 */
struct extram_slot {
	struct extram_job job;
	u8 *base;
	size_t size;
	struct extram_block *block;
	u64 at;
	size_t len;
	bool zeros;
	bool extends;
	bool flying;
	bool holds;
	int err;
};

/**
 * struct extram_client - one user of a memory
 * @ram: the memory; a reference is held
 * @list: place in the list of the memory
 * @pid: process that opened it, as the first namespace numbers it; 0 for a driver
 * @comm: its name then; of a driver the name of its device
 * @owner: the blocks
 * @epoch: how often the memory had forgotten everything when the client came
 * @user: device of the driver that it belongs to, NULL for an open file
 * @chip: what @user is linked to, to be suspended before it
 * @lock: protects @slots and their buffers; may be held while user memory is copied, so a client
 *	with slow user memory waits for nobody but itself. Taken before the content of a block and
 *	the gate of the memory, in this order.
 * @waiting: how many want @lock
 * @slots: two pieces of the transfer that is going on
 * @overlap: whether they overlap
 * @flow: the client's share of the wire
 */
struct extram_client {
	struct extram *ram;
	struct list_head list;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct extram_owner owner;
	u32 epoch;
	struct device *user;
	struct device *chip;
	struct mutex lock;	/* slots */
	atomic_t waiting;
	struct extram_slot slots[2];
	enum extram_overlap overlap;
	struct extram_flow flow;
};

struct extram_client *extram_client_create(struct extram *ram);
void extram_client_destroy(struct extram_client *client);
ssize_t extram_client_read(struct extram_client *client, u64 pos, struct iov_iter *to);
ssize_t extram_client_write(struct extram_client *client, u64 pos, struct iov_iter *from);
int extram_client_lock(struct extram_client *client, size_t len);
void extram_client_unlock(struct extram_client *client);
bool extram_client_two(struct extram_client *client);
int extram_client_resize(struct extram_client *client, struct extram_range *range, bool may_move);

#endif /* _EXTRAM_CLIENT_H */
