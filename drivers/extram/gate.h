/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate between users and the chip: shut while the chip sleeps, closed for good when it is gone.
 */
#ifndef _EXTRAM_GATE_H
#define _EXTRAM_GATE_H

#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>

struct extram;
struct extram_io;

/**
 * struct extram_gate - the gate of one memory
 * @sem: held for reading around each use of @io, and for writing to change one of the fields below
 * @io: the wire to the chip, NULL once the chip is gone
 * @asleep: the system is suspended: users wait
 * @unset: the chip must be set up again before its next use
 * @retry: jiffies from which on setting it up may be tried again, when it failed
 * @opened: users wait here for the chip to wake up or to go
 */
struct extram_gate {
	struct rw_semaphore sem;	/* io, asleep; unset and retry may be set without */
	struct extram_io *io;
	bool asleep;
	bool unset;
	unsigned long retry;
	wait_queue_head_t opened;
};

void extram_gate_init(struct extram_gate *gate, struct extram_io *io);
void extram_gate_sleep(struct extram *ram);
void extram_gate_wake(struct extram *ram);
void extram_gate_close(struct extram *ram);

struct extram_io *extram_enter(struct extram *ram);
void extram_leave(struct extram *ram);
int extram_gate_set_up(struct extram *ram);
bool extram_is_gone(struct extram *ram);

#endif /* _EXTRAM_GATE_H */
