/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate between users and the chip: shut while the chip sleeps, closed for good when it is gone.
 */
#ifndef _EXTRAM_GATE_H
#define _EXTRAM_GATE_H

#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct extram;
struct extram_io;

/**
 * struct extram_gate - the gate of one memory
 * @sem: held for reading around each use of @io, and for writing to change @io, @asleep or @set
 * @io: the wire to the chip, NULL once the chip is gone
 * @asleep: the system is suspended: users wait
 * @set: the count of @cuts for which the chip has been set up: while it is another one, the chip
 *	must be set up before its next use. Who has put the chip to sleep changes it without @sem
 * @lock: protects @cuts and @retry, and lets nobody see one more cut before the contents have been
 *	counted as lost; taken before the lock of the space
 * @cuts: how often the supply was seen to go, whatever the chip forgets then; may be read without
 *	@lock
 * @retry: jiffies, of 64 bits, from which on setting the chip up may be tried
 * @opened: users wait here for the chip to wake up or to go
 */
struct extram_gate {
	struct rw_semaphore sem;	/* io, asleep, set */
	struct extram_io *io;
	bool asleep;
	u32 set;
	spinlock_t lock;		/* cuts, retry */
	u32 cuts;
	u64 retry;
	wait_queue_head_t opened;
};

/* Whether the supply has gone since the chip was set up; exact while the gate is held. */
static inline bool extram_gate_is_unset(const struct extram_gate *gate)
{
	return READ_ONCE(gate->cuts) != READ_ONCE(gate->set);
}

void extram_gate_init(struct extram_gate *gate, struct extram_io *io);
void extram_gate_sleep(struct extram *ram);
void extram_gate_wake(struct extram *ram);
void extram_gate_close(struct extram *ram);

struct extram_io *extram_enter(struct extram *ram);
void extram_leave(struct extram *ram);
int extram_gate_set_up(struct extram *ram);
u32 extram_gate_cuts(struct extram *ram);
void extram_gate_cut(struct extram *ram, unsigned long hold);
void extram_gate_unhold(struct extram *ram);
bool extram_is_gone(struct extram *ram);

#endif /* _EXTRAM_GATE_H */
