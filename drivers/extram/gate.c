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
	gate->io = io;
	gate->retry = jiffies;
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
	if (gate->io && !gate->asleep && READ_ONCE(gate->unset)) {
		/* Before anything else: the supply may go again at any time. */
		WRITE_ONCE(gate->unset, false);
		/* If it did until now, this sees from when on it may be tried. */
		smp_mb();
		if (time_before(jiffies, READ_ONCE(gate->retry))) {
			err = -EIO;
		} else if (extram_power_set_up(ram)) {
			WRITE_ONCE(gate->retry, jiffies + EXTRAM_GATE_RETRY);
			err = -EIO;
		}
		if (err)
			WRITE_ONCE(gate->unset, true);
	}
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
