/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of a memory: what one open file may do with it, free of files.
 */
#ifndef _EXTRAM_CLIENT_H
#define _EXTRAM_CLIENT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "block.h"

struct device;
struct extram;
struct iov_iter;

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
 * @lock: protects @buf and what is in it; may be held while user memory is copied, so that a client
 *	with slow user memory waits for nobody but itself. Taken before the content of a block, the
 *	gate of the memory and the lock of the wire, in this order.
 * @buf: EXTRAM_IO_CHUNK bytes between user memory and the wire, from the first transfer on
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
	struct mutex lock;	/* buf */
	void *buf;
};

struct extram_client *extram_client_create(struct extram *ram);
void extram_client_destroy(struct extram_client *client);
ssize_t extram_client_read(struct extram_client *client, u64 pos, struct iov_iter *to);
ssize_t extram_client_write(struct extram_client *client, u64 pos, struct iov_iter *from);
int extram_client_lock(struct extram_client *client);
int extram_client_resize(struct extram_client *client, struct extram_range *range, bool may_move);

#endif /* _EXTRAM_CLIENT_H */
