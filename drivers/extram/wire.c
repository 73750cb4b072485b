// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from a memory to its chip: through the gate, with retries, counters, and one error for
 * users.
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

static const char * const extram_wire_names[] = {
	[EXTRAM_WIRE_READ] = "read",
	[EXTRAM_WIRE_WRITE] = "write",
	[EXTRAM_WIRE_ZERO] = "zero-fill",
};

static int extram_wire_try(struct extram_io *io, enum extram_wire_op op, u64 addr, void *buf,
			   size_t len)
{
	if (extram_fault_io(len))
		return -EIO;

	switch (op) {
	case EXTRAM_WIRE_READ:
		return extram_io_read(io, addr, buf, len);
	case EXTRAM_WIRE_WRITE:
		return extram_io_write(io, addr, buf, len);
	case EXTRAM_WIRE_ZERO:
		return extram_io_zero(io, addr, len);
	}
	return -EINVAL;
}

/*
 * Enters the gate for a transfer of bytes that belong to @epoch. A chip that lost its supply is set
 * up first.
 */
static struct extram_io *extram_wire_enter(struct extram *ram, u32 epoch)
{
	struct extram_io *io;
	int err;

	while ((io = extram_enter(ram))) {
		err = epoch == READ_ONCE(ram->space.epoch) ? 0 : -ESTALE;
		if (!err && !READ_ONCE(ram->gate.unset))
			return io;
		extram_leave(ram);
		if (!err)
			err = extram_gate_set_up(ram);
		if (err)
			return ERR_PTR(err);
	}
	return ERR_PTR(-ENODEV);
}

/* Leaves it. What went over the wire while the chip forgot everything is worth nothing. */
static int extram_wire_leave(struct extram *ram, u32 epoch)
{
	bool stale = epoch != READ_ONCE(ram->space.epoch);

	extram_leave(ram);
	return stale ? -ESTALE : 0;
}

static int extram_wire(struct extram *ram, enum extram_wire_op op, u32 epoch, u64 addr, void *buf,
		       size_t len)
{
	struct extram_wire_stats *stats = &ram->wire;
	struct extram_io *io = extram_wire_enter(ram, epoch);
	unsigned int tries = EXTRAM_WIRE_TRIES;
	int err, stale;

	if (IS_ERR(io))
		return PTR_ERR(io);

	trace_extram_io_start(ram->space.name, op, addr, len);
	for (;;) {
		err = extram_wire_try(io, op, addr, buf, len);
		if ((err != -EAGAIN && err != -ETIMEDOUT) || !--tries)
			break;
		atomic64_inc(&stats->retries);
	}
	trace_extram_io_end(ram->space.name, op, addr, len, err);
	stale = extram_wire_leave(ram, epoch);
	if (stale)
		return stale;

	if (!err) {
		atomic64_inc(&stats->transfers);
		atomic64_add(len, &stats->bytes);
		return 0;
	}
	atomic64_inc(&stats->errors);
	trace_extram_fault(ram->space.name, op, addr, len, err);
	dev_err_ratelimited(&ram->dev, "%s of %zu bytes at %#llx failed: %d\n",
			    extram_wire_names[op], len, addr, err);
	return -EIO;
}

/**
 * extram_wire_read() - read bytes from the chip of a memory
 * @ram: the memory
 * @epoch: how often it had forgotten everything when the caller looked at the block
 * @addr: offset of the memory, in bytes
 * @buf: where the bytes go, from the heap
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: 0; -ENODEV when the chip is gone; -ESTALE when it has forgotten everything since @epoch,
 * or meanwhile; -EIO for an error of the bus that stayed through all tries; @buf is then undefined.
 */
int extram_wire_read(struct extram *ram, u32 epoch, u64 addr, void *buf, size_t len)
{
	return extram_wire(ram, EXTRAM_WIRE_READ, epoch, addr, buf, len);
}

/**
 * extram_wire_write() - write bytes to the chip of a memory
 * @ram: the memory
 * @epoch: how often it had forgotten everything when the caller looked at the block
 * @addr: offset of the memory, in bytes
 * @buf: the bytes, from the heap; not changed
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: as extram_wire_read(); what the range holds is undefined after -EIO.
 */
int extram_wire_write(struct extram *ram, u32 epoch, u64 addr, const void *buf, size_t len)
{
	return extram_wire(ram, EXTRAM_WIRE_WRITE, epoch, addr, (void *)buf, len);
}

/**
 * extram_wire_zero() - write zeros to the chip of a memory
 * @ram: the memory
 * @epoch: how often it had forgotten everything when the caller looked at the block
 * @addr: offset of the memory, in bytes
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: as extram_wire_write().
 */
int extram_wire_zero(struct extram *ram, u32 epoch, u64 addr, size_t len)
{
	return extram_wire(ram, EXTRAM_WIRE_ZERO, epoch, addr, NULL, len);
}
