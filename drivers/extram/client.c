// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a memory: moves bytes between its blocks and memory of the CPU.
 *
 * Transfers of any length go in chunks. Between two chunks nothing is held but the block, so that
 * other clients get their turn, signals are seen, and an unbind waits for one chunk at most. User
 * memory is never touched while the gate or the wire is held.
 *
 * What a block has never been given is not on the wire: bytes behind its valid part read as zeros
 * from here, and are zeroed on the chip only when a write leaves a gap before itself.
 */
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"

/**
 * extram_client_create() - a new user of a memory
 * @ram: the memory
 *
 * Context: May sleep.
 * Return: the client, or ERR_PTR: -ENOMEM, -ENODEV when the chip is gone.
 */
struct extram_client *extram_client_create(struct extram *ram)
{
	struct extram_client *client;

	if (extram_is_gone(ram))
		return ERR_PTR(-ENODEV);

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);

	get_device(&ram->dev);
	client->ram = ram;
	extram_owner_init(&client->owner);
	mutex_init(&client->lock);
	return client;
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_create);

/**
 * extram_client_destroy() - give back all that a client has
 * @client: the client; nobody may be using it
 *
 * Context: May sleep.
 */
void extram_client_destroy(struct extram_client *client)
{
	extram_owner_exit(&client->ram->space, &client->owner);
	put_device(&client->ram->dev);
	mutex_destroy(&client->lock);
	kfree_sensitive(client->buf);
	kfree(client);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_destroy);

/* Takes the client's buffer. */
static int extram_client_lock(struct extram_client *client)
{
	if (mutex_lock_interruptible(&client->lock))
		return -ERESTARTSYS;
	if (client->buf)
		return 0;

	client->buf = kmalloc(EXTRAM_IO_CHUNK, GFP_KERNEL_ACCOUNT);
	if (client->buf)
		return 0;
	mutex_unlock(&client->lock);
	return -ENOMEM;
}

/*
 * The three ways to the wire. @at is an offset in the block. Users see one error for all that can
 * go wrong on a bus; the log has the other.
 */
static int extram_wire_result(struct extram *ram, const char *what, u64 addr, size_t len, int err)
{
	if (!err)
		return 0;
	dev_err_ratelimited(&ram->dev, "%s of %zu bytes at %#llx failed: %d\n", what, len,
			    addr, err);
	return -EIO;
}

static int extram_wire_read(struct extram_block *block, struct extram *ram, u64 at, void *buf,
			    size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_read(io, block->offset + at, buf, len);
	extram_leave(ram);
	return extram_wire_result(ram, "read", block->offset + at, len, err);
}

static int extram_wire_write(struct extram_block *block, struct extram *ram, u64 at,
			     const void *buf, size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_write(io, block->offset + at, buf, len);
	extram_leave(ram);
	return extram_wire_result(ram, "write", block->offset + at, len, err);
}

static int extram_wire_zero(struct extram_block *block, struct extram *ram, u64 at, size_t len)
{
	struct extram_io *io = extram_enter(ram);
	int err;

	if (!io)
		return -ENODEV;
	err = extram_io_zero(io, block->offset + at, len);
	extram_leave(ram);
	return extram_wire_result(ram, "zero-fill", block->offset + at, len, err);
}

/* Bytes that are on the chip. */
static ssize_t extram_client_read_chunk(struct extram_client *client, struct extram_block *block,
					u64 at, size_t len, struct iov_iter *to)
{
	size_t copied;
	int err;

	err = extram_client_lock(client);
	if (err)
		return err;

	len = min_t(size_t, len, EXTRAM_IO_CHUNK);
	err = extram_wire_read(block, client->ram, at, client->buf, len);
	copied = err ? 0 : copy_to_iter(client->buf, len, to);
	mutex_unlock(&client->lock);
	if (err)
		return err;
	return copied ?: -EFAULT;
}

/* Bytes that were never written. */
static ssize_t extram_client_read_zeros(struct extram_client *client, size_t len,
					struct iov_iter *to)
{
	if (extram_is_gone(client->ram))
		return -ENODEV;
	return iov_iter_zero(min_t(size_t, len, EXTRAM_IO_CHUNK), to) ?: -EFAULT;
}

/*
 * Writes [@at, @at + @len) and what zeros must be written before, and moves the end of the valid
 * part.
 */
static int extram_client_extend(struct extram_client *client, struct extram_block *block,
				unsigned long at, size_t len)
{
	struct extram *ram = client->ram;
	int err = 0;

	if (mutex_lock_interruptible(&block->owner->extend))
		return -ERESTARTSYS;

	while (!err && block->valid < at) {
		size_t gap = min_t(unsigned long, at - block->valid, EXTRAM_IO_CHUNK);

		err = extram_wire_zero(block, ram, block->valid, gap);
		if (!err)
			WRITE_ONCE(block->valid, block->valid + gap);
		if (!err && signal_pending(current))
			err = -ERESTARTSYS;
	}
	if (!err)
		err = extram_wire_write(block, ram, at, client->buf, len);
	if (!err)
		WRITE_ONCE(block->valid, max_t(unsigned long, block->valid, at + len));

	mutex_unlock(&block->owner->extend);
	return err;
}

static ssize_t extram_client_write_chunk(struct extram_client *client, struct extram_block *block,
					 u64 at, size_t len, struct iov_iter *from)
{
	ssize_t ret;
	int err;

	err = extram_client_lock(client);
	if (err)
		return err;

	ret = copy_from_iter(client->buf, min_t(size_t, len, EXTRAM_IO_CHUNK), from);
	if (!ret)
		err = -EFAULT;
	else if (at + ret <= READ_ONCE(block->valid))
		err = extram_wire_write(block, client->ram, at, client->buf, ret);
	else
		err = extram_client_extend(client, block, at, ret);
	mutex_unlock(&client->lock);

	if (err && ret)
		iov_iter_revert(from, ret);
	return err ?: ret;
}

/* The block at @pos for a transfer, and where in it. NULL with the answer to give in @ret. */
static struct extram_block *extram_client_begin(struct extram_client *client, u64 pos,
						const struct iov_iter *iter, u64 *at, u64 *left,
						ssize_t *ret)
{
	struct extram_block *block = NULL;

	if (extram_is_gone(client->ram)) {
		*ret = -ENODEV;
	} else if (!iov_iter_count(iter)) {
		*ret = 0;
	} else {
		block = extram_block_get(&client->ram->space, &client->owner, pos);
		*ret = -ENXIO;
	}
	if (block) {
		*at = pos - block->offset;
		*left = min_t(u64, iov_iter_count(iter), block->length - *at);
	}
	return block;
}

/**
 * extram_client_read() - read from a block
 * @client: whose block it must be
 * @pos: offset of the memory, in bytes
 * @to: where the bytes go, and how many are wanted
 *
 * Context: May sleep, for as long as user memory makes it wait too.
 * Return: bytes read: fewer than wanted where the block ends, a signal came or an error followed.
 * Before the first byte: -ENXIO when no block of the client holds @pos, -EFAULT, -EIO for an
 * error of the bus, -ENODEV when the chip is gone, -ENOMEM, -ERESTARTSYS.
 */
ssize_t extram_client_read(struct extram_client *client, u64 pos, struct iov_iter *to)
{
	struct extram_block *block;
	ssize_t done = 0, ret;
	u64 at, left;

	block = extram_client_begin(client, pos, to, &at, &left, &ret);
	if (!block)
		return ret;

	while (left) {
		unsigned long valid = READ_ONCE(block->valid);

		if (at < valid)
			ret = extram_client_read_chunk(client, block, at,
						       min_t(u64, left, valid - at), to);
		else
			ret = extram_client_read_zeros(client, left, to);
		if (ret < 0)
			break;
		done += ret;
		at += ret;
		left -= ret;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	extram_block_put(block);
	return done ?: ret;
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_read);

/**
 * extram_client_write() - write to a block
 * @client: whose block it must be
 * @pos: offset of the memory, in bytes
 * @from: the bytes
 *
 * The bytes are on the chip when this returns.
 *
 * Context: May sleep, for as long as user memory makes it wait too.
 * Return: bytes written, as for extram_client_read(), and the same errors.
 */
ssize_t extram_client_write(struct extram_client *client, u64 pos, struct iov_iter *from)
{
	struct extram_block *block;
	ssize_t done = 0, ret;
	u64 at, left;

	block = extram_client_begin(client, pos, from, &at, &left, &ret);
	if (!block)
		return ret;

	while (left) {
		ret = extram_client_write_chunk(client, block, at, left, from);
		if (ret < 0)
			break;
		done += ret;
		at += ret;
		left -= ret;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	extram_block_put(block);
	return done ?: ret;
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_write);
