// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from a memory to its chip: through the gate, with counters, and one error for users.
 *
 * Users see -EIO for all that can go wrong on a bus; the log and the tracepoint have what the
 * controller's driver said.
 */
#include <linux/device.h>
#include <linux/err.h>

#include "core.h"
#include "fault.h"
#include "io.h"
#include "trace.h"
#include "wire.h"

#define EXTRAM_WIRE_FEW	64	/* bytes that keep nobody waiting */

static const char * const extram_wire_names[] = {
	[EXTRAM_WIRE_READ] = "read",
	[EXTRAM_WIRE_WRITE] = "write",
	[EXTRAM_WIRE_ZERO] = "zero-fill",
};

static enum extram_wire_op extram_wire_op(const struct extram_job *job)
{
	if (!job->write)
		return EXTRAM_WIRE_READ;
	return job->zero ? EXTRAM_WIRE_ZERO : EXTRAM_WIRE_WRITE;
}

/*
 * Enters the gate for a transfer of bytes that belong to @epoch. A chip that lost its supply is set
 * up first.
 */
static struct extram_io *extram_wire_enter(struct extram *ram, u32 epoch, struct extram_job *job)
{
	struct extram_io *io;
	int err;

	while ((io = extram_enter(ram))) {
		err = epoch == READ_ONCE(ram->space.epoch) ? 0 : -ESTALE;
		/* Pairs with extram_gate_cut(), which counts the two the other way round. */
		smp_rmb();
		job->cuts = READ_ONCE(ram->gate.cuts);
		if (!err && job->cuts == READ_ONCE(ram->gate.set))
			return io;
		extram_leave(ram);
		if (!err)
			err = extram_gate_set_up(ram);
		if (err)
			return ERR_PTR(err);
	}
	return ERR_PTR(-ENODEV);
}

/**
 * extram_wire_is_cut() - whether what a job did is worth nothing
 * @ram: the memory
 * @job: the job, which is through
 *
 * A chip whose supply goes says anything, and what it is told may get lost.
 *
 * Context: Any.
 * Return: true when the supply has gone since the job was begun.
 */
bool extram_wire_is_cut(const struct extram *ram, const struct extram_job *job)
{
	return job->cuts != READ_ONCE(ram->gate.cuts);
}

static void extram_wire_failed(struct extram *ram, const struct extram_job *job, int err)
{
	atomic64_inc(&ram->wire.errors);
	trace_extram_fault(ram->space.name, extram_wire_op(job), job->addr, job->len, err);
}

/* Counts a job that is through, and makes the one error of all that can go wrong. */
static int extram_wire_end(struct extram *ram, struct extram_job *job, int err)
{
	struct extram_wire_stats *stats = &ram->wire;
	enum extram_wire_op op = extram_wire_op(job);

	trace_extram_io_end(ram->space.name, op, job->addr, job->len, err);
	if (job->tries > 1)
		atomic64_add(job->tries - 1, &stats->retries);
	if (extram_wire_is_cut(ram, job))
		return -ESTALE;
	if (!err) {
		atomic64_inc(&stats->transfers);
		atomic64_add(job->len, &stats->bytes);
		return 0;
	}
	extram_wire_failed(ram, job, err);
	dev_err_ratelimited(&ram->dev, "%s of %zu bytes at %#llx failed: %d\n",
			    extram_wire_names[op], job->len, (u64)job->addr, err);
	return err == -ENOMEM ? err : -EIO;
}

/**
 * extram_wire_add_user() - from now on one more uses the wire
 * @ram: the memory
 *
 * A single user's messages may be longer than others would want to wait for. Who comes second waits
 * here for the last one of these, and has never to do so again.
 *
 * Context: May sleep; holds the gate of the memory.
 */
void extram_wire_add_user(struct extram *ram)
{
	struct extram_io *io;

	if (atomic_inc_return(&ram->wire.users) != 2)
		return;
	io = extram_enter(ram);
	if (!io)
		return;
	extram_io_pass(io);
	extram_leave(ram);
}

/**
 * extram_wire_drop_user() - undo extram_wire_add_user()
 * @ram: the memory
 *
 * Context: Any.
 */
void extram_wire_drop_user(struct extram *ram)
{
	atomic_dec(&ram->wire.users);
}

/* What is left of a job is what one message takes. */
static void extram_wire_cut(struct extram *ram, struct extram_io *io, struct extram_job *job)
{
	bool alone = job->len > EXTRAM_WIRE_FEW && atomic_read(&ram->wire.users) == 1 &&
		     extram_io_is_sole(io);

	job->alone = alone;
	job->len = extram_io_fit(io, job->write, job->addr, job->len, alone);
}

/* On success the gate is held, and the job cut and told of. */
static struct extram_io *extram_wire_begin(struct extram *ram, u32 epoch, struct extram_job *job)
{
	struct extram_io *io = extram_wire_enter(ram, epoch, job);

	if (IS_ERR(io)) {
		/* Of a chip that cannot be set up, its init hook has told the log. */
		if (io == ERR_PTR(-EIO))
			extram_wire_failed(ram, job, -EIO);
		return io;
	}

	extram_wire_cut(ram, io, job);
	trace_extram_io_start(ram->space.name, extram_wire_op(job), job->addr, job->len);
	job->tries = 0;
	return io;
}

/**
 * extram_wire_run() - move the bytes of a job between its buffer and the chip of a memory
 * @ram: the memory
 * @epoch: how often it had forgotten everything when the caller looked at the block
 * @job: the job, its address an offset of the memory; cut to what one message takes
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: 0; -ENODEV when the chip is gone; -ESTALE when it has forgotten everything since @epoch,
 * or its supply has gone meanwhile; -ENOMEM; -EIO for an error of the bus that stayed through all
 * tries: then, and with -ESTALE, the buffer of a read, or what the range of a write holds, is
 * undefined.
 */
int extram_wire_run(struct extram *ram, u32 epoch, struct extram_job *job)
{
	struct extram_io *io = extram_wire_begin(ram, epoch, job);
	int err;

	if (IS_ERR(io))
		return PTR_ERR(io);

	err = extram_fault_io(job->len) ? -EIO : extram_io_run(io, job);
	extram_leave(ram);
	return extram_wire_end(ram, job, err);
}

/**
 * extram_wire_submit() - let the bytes of a job be moved
 * @ram: the memory
 * @epoch: how often it had forgotten everything when the caller looked at the block
 * @job: the job, as for extram_wire_run(); it must be waited for
 *
 * Context: May sleep; holds the gate of the memory meanwhile. Who takes the wire away waits for the
 * job, too.
 * Return: 0 when it is on its way; else as extram_wire_run().
 */
int extram_wire_submit(struct extram *ram, u32 epoch, struct extram_job *job)
{
	struct extram_io *io = extram_wire_begin(ram, epoch, job);
	int err;

	if (IS_ERR(io))
		return PTR_ERR(io);

	err = extram_fault_io(job->len) ? -EIO : extram_io_submit(io, job);
	extram_leave(ram);
	return err ? extram_wire_end(ram, job, err) : 0;
}

/**
 * extram_wire_wait() - wait for a job that is on its way
 * @ram: the memory
 * @job: the job
 *
 * Context: May sleep; holds nothing.
 * Return: as extram_wire_run().
 */
int extram_wire_wait(struct extram *ram, struct extram_job *job)
{
	extram_job_wait(job);
	return extram_wire_end(ram, job, job->status);
}
