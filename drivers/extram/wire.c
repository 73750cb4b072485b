// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from a memory to its chip: through the gate, with one error for users.
 *
 * Users see -EIO for all that can go wrong on a bus; the log has what the controller's driver said.
 */
#include <linux/device.h>

#include "core.h"
#include "io.h"
#include "wire.h"

static int extram_wire_result(struct extram *ram, const char *what, u64 addr, size_t len, int err)
{
	if (!err)
		return 0;
	dev_err_ratelimited(&ram->dev, "%s of %zu bytes at %#llx failed: %d\n", what, len, addr,
			    err);
	return -EIO;
}

/**
 * extram_wire_read() - read bytes from the chip of a memory
 * @ram: the memory
 * @addr: offset of the memory, in bytes
 * @buf: where the bytes go, from the heap
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: 0, -ENODEV when the chip is gone, -EIO for an error of the bus; @buf is then undefined.
 */
int extram_wire_read(struct extram *ram, u64 addr, void *buf, size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_read(io, addr, buf, len);
	extram_leave(ram);
	return extram_wire_result(ram, "read", addr, len, err);
}

/**
 * extram_wire_write() - write bytes to the chip of a memory
 * @ram: the memory
 * @addr: offset of the memory, in bytes
 * @buf: the bytes, from the heap
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: as extram_wire_read(); what the range holds is undefined after -EIO.
 */
int extram_wire_write(struct extram *ram, u64 addr, const void *buf, size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_write(io, addr, buf, len);
	extram_leave(ram);
	return extram_wire_result(ram, "write", addr, len, err);
}

/**
 * extram_wire_zero() - write zeros to the chip of a memory
 * @ram: the memory
 * @addr: offset of the memory, in bytes
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; holds the gate of the memory.
 * Return: as extram_wire_write().
 */
int extram_wire_zero(struct extram *ram, u64 addr, size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_zero(io, addr, len);
	extram_leave(ram);
	return extram_wire_result(ram, "zero-fill", addr, len, err);
}
