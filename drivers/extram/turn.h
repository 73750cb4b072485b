/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a wire, for those who set it up and those who take turns on it.
 */
#ifndef _EXTRAM_TURN_H
#define _EXTRAM_TURN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "io.h"
#include "plan.h"

enum extram_io_state {
	EXTRAM_IO_FREE,
	EXTRAM_IO_TAKEN,	/* nobody waits: whoever has it gives it back without the lock */
	EXTRAM_IO_WANTED,	/* whoever has it turns it over under the lock */
};

/**
 * struct extram_io - the wire to one chip
 * @plan: how the chip is reached; constant once the wire has started
 * @zeros: EXTRAM_IO_CHUNK bytes for zero-fill
 * @scratch: a few bytes for what is short
 * @entered: the chip listens on plan.lines
 * @work: runs jobs through spi-mem for those who do not wait
 * @queue: where
 * @looked: when it was seen that the chip has its bus for itself, in jiffies
 * @sole: whether it had
 * @state: who takes it out of EXTRAM_IO_FREE has the wire; see enum extram_io_state
 * @current_job: the job on the wire; belongs to whoever has that
 * @lock: protects the fields below, and the way of @state from EXTRAM_IO_WANTED to EXTRAM_IO_FREE
 * @next_job: one that stands behind it in the SPI core already, so that the wire does not rest
 * @ready: jobs that wait for their turn
 * @now: the wire's own time: where the share of the current job began
 * @turns: how often a job ended
 * @turned: waits for that
 * @sync_lock: protects @sync, and what it points to
 * @sync: the job of extram_io_read() and its like
 * @flow: its share
 */
struct extram_io {
	struct extram_plan plan;
	u8 *zeros;
	u8 *scratch;
	bool entered;
	struct work_struct work;
	struct workqueue_struct *queue;
	unsigned long looked;
	bool sole;
	atomic_t state;
	struct extram_job *current_job;

	spinlock_t lock;	/* next_job to turns */
	struct extram_job *next_job;
	struct list_head ready;
	u64 now;
	unsigned long turns;
	wait_queue_head_t turned;

	struct mutex sync_lock;	/* sync */
	struct extram_job sync;
	struct extram_flow flow;
};

void extram_turn_init(struct extram_io *io);
unsigned int extram_io_us(bool alone);

static inline const struct extram_cmd *extram_io_cmd(const struct extram_io *io, bool write)
{
	return write ? &io->plan.write : &io->plan.read;
}

#endif /* _EXTRAM_TURN_H */
