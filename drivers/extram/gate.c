// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate between users and the chip: shut while the chip sleeps, closed for good when it is gone.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/poll.h>

#include "compat.h"
#include "core.h"
#include "gate.h"
#include "io.h"
#include "power.h"

#define EXTRAM_GATE_RETRY	HZ	/* between two tries to set up a silent chip */

/**
 * extram_gate_init() - an open gate
 * @gate: what to set up
 * @io: the wire behind it
 *
 * Context: Any.
 */
void extram_gate_init(struct extram_gate *gate, struct extram_io *io)
{
	init_rwsem(&gate->sem);
	init_waitqueue_head(&gate->opened);
	spin_lock_init(&gate->lock);
	gate->io = io;
}

/**
 * extram_enter() - use the wire to the chip
 * @ram: the memory
 *
 * Keeps the chip from being taken away or put to sleep until extram_leave(). Nothing in between may
 * wait for user space, or a user could hold up an unbind: no copy from or to user memory. While the
 * system is suspended, the call waits for it to resume: user space is frozen then, so that this
 * concerns threads of the kernel.
 *
 * Context: May sleep; on success the gate is held for reading.
 * Return: the wire, or NULL when the chip is gone; then extram_leave() must not be called.
 */
struct extram_io *extram_enter(struct extram *ram)
{
	struct extram_gate *gate = &ram->gate;

	for (;;) {
		if (!down_read_trylock(&gate->sem))
			down_read(&gate->sem);
		if (gate->io && !gate->asleep)
			return gate->io;
		up_read(&gate->sem);
		if (extram_is_gone(ram))
			return NULL;
		wait_event(gate->opened, !READ_ONCE(gate->asleep) || extram_is_gone(ram));
	}
}

/**
 * extram_leave() - done with the wire
 * @ram: the memory
 *
 * What has been submitted to the wire may still be on its way: who shuts the gate waits for it.
 *
 * Context: After extram_enter().
 */
void extram_leave(struct extram *ram)
{
	up_read(&ram->gate.sem);
}

/**
 * extram_is_gone() - whether the chip has been taken away
 * @ram: the memory
 *
 * A chip never comes back to the same struct extram, so that true is final.
 *
 * Context: Any; takes no lock.
 * Return: true when every later use will fail with -ENODEV.
 */
bool extram_is_gone(struct extram *ram)
{
	return !READ_ONCE(ram->gate.io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_is_gone);

/* Takes the gate for writing, and waits for what went through it and is on the wire. */
static void extram_gate_seize(struct extram_gate *gate)
{
	down_write(&gate->sem);
	if (gate->io)
		extram_io_drain(gate->io);
}

/**
 * extram_gate_cut() - the chip has lost its supply, or is about to
 * @ram: the memory
 * @hold: jiffies that have to pass before it is set up again
 *
 * What a chip holds that forgets is lost, and what is on the wire is worth nothing.
 *
 * Context: Process context; takes the lock of the space. Waits for no transfer.
 */
void extram_gate_cut(struct extram *ram, unsigned long hold)
{
	struct extram_gate *gate = &ram->gate;

	spin_lock(&gate->lock);
	gate->retry = get_jiffies_64() + hold;
	WRITE_ONCE(gate->cuts, gate->cuts + 1);
	/*
	 * Pairs with extram_wire_enter(): who knows that the contents are lost, and writes them
	 * again, must not take the supply for the one from before.
	 */
	smp_wmb();
	extram_contents_lost(ram);
	spin_unlock(&gate->lock);
}

/**
 * extram_gate_unhold() - the supply does not go after all: the chip may be set up now
 * @ram: the memory
 *
 * Context: Process context.
 */
void extram_gate_unhold(struct extram *ram)
{
	spin_lock(&ram->gate.lock);
	ram->gate.retry = get_jiffies_64();
	spin_unlock(&ram->gate.lock);
}

/**
 * extram_gate_cuts() - how often the supply was seen to go
 * @ram: the memory
 *
 * Context: Process context.
 * Return: the count; the contents have been counted as lost for all of them.
 */
u32 extram_gate_cuts(struct extram *ram)
{
	u32 cuts;

	spin_lock(&ram->gate.lock);
	cuts = ram->gate.cuts;
	spin_unlock(&ram->gate.lock);
	return cuts;
}

/* Sets the chip up, unless it is too early, or leaves it for a while. */
static int extram_gate_try(struct extram *ram)
{
	struct extram_gate *gate = &ram->gate;
	bool early;
	u32 cuts;

	spin_lock(&gate->lock);
	cuts = gate->cuts;
	early = time_before64(get_jiffies_64(), gate->retry);
	spin_unlock(&gate->lock);
	if (early)
		return -EIO;
	if (!extram_power_set_up(ram)) {
		/* For the supply that there was at the begin: it may have gone again since. */
		WRITE_ONCE(gate->set, cuts);
		return 0;
	}
	spin_lock(&gate->lock);
	/* Who has told meanwhile that the supply goes may have asked for a longer time. */
	gate->retry = max(gate->retry, get_jiffies_64() + EXTRAM_GATE_RETRY);
	spin_unlock(&gate->lock);
	return -EIO;
}

/**
 * extram_gate_set_up() - set a chip up again that may have lost its supply
 * @ram: the memory
 *
 * A chip that does not answer is asked once a second at most, however many users want something.
 *
 * Context: May sleep; takes the gate for writing.
 * Return: 0 when there is nothing to do or it worked, also when the chip is gone; -EIO.
 */
int extram_gate_set_up(struct extram *ram)
{
	struct extram_gate *gate = &ram->gate;
	int err = 0;

	extram_gate_seize(gate);
	if (gate->io && !gate->asleep && extram_gate_is_unset(gate))
		err = extram_gate_try(ram);
	up_write(&gate->sem);
	return err;
}

/**
 * extram_gate_sleep() - shut the gate
 * @ram: the memory
 *
 * Waits for what is on the wire. The caller has the wire for itself
 * until extram_gate_wake().
 *
 * Context: May sleep.
 */
void extram_gate_sleep(struct extram *ram)
{
	extram_gate_seize(&ram->gate);
	WRITE_ONCE(ram->gate.asleep, true);
	up_write(&ram->gate.sem);
}

/**
 * extram_gate_wake() - open it again
 * @ram: the memory
 *
 * Context: May sleep.
 */
void extram_gate_wake(struct extram *ram)
{
	down_write(&ram->gate.sem);
	WRITE_ONCE(ram->gate.asleep, false);
	up_write(&ram->gate.sem);
	wake_up_all(&ram->gate.opened);
}

/**
 * extram_gate_close() - take the chip away
 * @ram: the memory
 *
 * Waits for what is on the wire, and wakes who waits for the chip or
 * polls. The wire can be taken down when this returns.
 *
 * Context: May sleep.
 */
void extram_gate_close(struct extram *ram)
{
	extram_gate_seize(&ram->gate);
	WRITE_ONCE(ram->gate.io, NULL);
	up_write(&ram->gate.sem);

	wake_up_all(&ram->gate.opened);
	wake_up_poll(&ram->unplugged, EPOLLHUP | EPOLLERR);
}
