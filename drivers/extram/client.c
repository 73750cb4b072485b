// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a memory: moves bytes between its blocks and memory of the CPU.
 *
 * Transfers of any length go in chunks. Between two chunks nothing is held but the block, so that
 * other clients get their turn, signals are seen, and an unbind waits for one chunk at most. User
 * memory is never touched while the gate or the wire is held.
 *
 * What a block has never been given is not on the wire: bytes behind its valid part read as zeros
 * from here, and are zeroed on the chip only when a write leaves a gap before itself. What the chip
 * has forgotten since is not either: it reads as an error until it is written again.
 */
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"
#include "lost.h"
#include "wire.h"

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
	u32 max_blocks;
	u64 max_bytes;

	if (extram_is_gone(ram))
		return ERR_PTR(-ENODEV);

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);

	get_device(&ram->dev);
	client->ram = ram;
	extram_limits_file(&ram->limits, &max_blocks, &max_bytes);
	extram_owner_init(&client->owner, &ram->space, &ram->shared, max_blocks, max_bytes);
	client->epoch = READ_ONCE(ram->space.epoch);
	mutex_init(&client->lock);
	client->pid = task_tgid_nr(current);
	get_task_comm(client->comm, current->group_leader);

	mutex_lock(&ram->clients_lock);
	list_add_tail(&client->list, &ram->clients);
	mutex_unlock(&ram->clients_lock);
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
	mutex_lock(&client->ram->clients_lock);
	list_del(&client->list);
	mutex_unlock(&client->ram->clients_lock);
	extram_owner_exit(&client->owner);
	put_device(&client->ram->dev);
	mutex_destroy(&client->lock);
	kfree_sensitive(client->buf);
	kfree(client);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_destroy);

/**
 * extram_client_lock() - take the client's buffer
 * @client: the client
 *
 * Context: May sleep; on success client->lock is held and client->buf is there.
 * Return: 0, -ENOMEM or -ERESTARTSYS.
 */
int extram_client_lock(struct extram_client *client)
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
 * A chunk of a read: from the chip what is on it, zeros for what was never written. @at is an
 * offset in the block, which another thread may make shorter at any time.
 */
static ssize_t extram_client_read_chunk(struct extram_client *client, struct extram_block *block,
					u64 at, u64 len, struct iov_iter *to)
{
	bool zeros = false;
	ssize_t ret;
	int err;

	err = extram_client_lock(client);
	if (err)
		return err;

	len = min_t(u64, len, EXTRAM_IO_CHUNK);
	err = extram_content_share(block);
	if (err)
		goto unlock;
	if (at >= block->length) {
		err = -ENXIO;
	} else if (at < block->valid) {
		len = min(len, block->valid - at);
		err = extram_lost_check(block, at, &len);
		if (!err)
			err = extram_wire_read(client->ram, block->epoch, block->offset + at,
					       client->buf, len);
	} else {
		len = min(len, block->length - at);
		zeros = true;
		err = extram_is_gone(client->ram) ? -ENODEV : 0;
	}
	up_read(&block->content);

	if (!err) {
		if (zeros)
			ret = iov_iter_zero(len, to);
		else
			ret = copy_to_iter(client->buf, len, to);
		if (!ret)
			err = -EFAULT;
	}
unlock:
	mutex_unlock(&client->lock);
	return err ?: ret;
}

/* A write inside the valid part: others may be doing the same. */
static int extram_client_overwrite(struct extram_client *client, struct extram_block *block, u64 at,
				   size_t len, bool *extends)
{
	int err;

	err = extram_content_share(block);
	if (err)
		return err;
	*extends = at + len > block->valid;
	if (!*extends)
		err = extram_wire_write(client->ram, block->epoch, block->offset + at, client->buf,
					len) ?:
		      extram_lost_rewritten(block, at, len);
	up_read(&block->content);
	return err;
}

/* A chunk of zeros where a gap is left before @at, else the write itself: then @done. */
static int extram_client_extend_step(struct extram_client *client, struct extram_block *block,
				     u64 at, size_t *len, bool *done)
{
	u64 valid = block->valid;
	int err;

	lockdep_assert_held_write(&block->content);
	if (at >= block->length)
		return -ENXIO;

	if (valid < at) {
		size_t gap = min_t(u64, at - valid, EXTRAM_IO_CHUNK);

		err = extram_wire_zero(client->ram, block->epoch, block->offset + valid, gap) ?:
		      extram_lost_rewritten(block, valid, gap);
		if (!err)
			block->valid = valid + gap;
		return err;
	}

	*len = min_t(u64, *len, block->length - at);
	err = extram_wire_write(client->ram, block->epoch, block->offset + at, client->buf, *len) ?:
	      extram_lost_rewritten(block, at, *len);
	if (!err)
		block->valid = max(valid, at + *len);
	*done = true;
	return err;
}

/* A write that makes the valid part longer. Others get at the block between two chunks. */
static int extram_client_extend(struct extram_client *client, struct extram_block *block, u64 at,
				size_t *len)
{
	bool done = false;
	int err;

	for (;;) {
		err = extram_content_seize(block);
		if (err)
			return err;
		err = extram_client_extend_step(client, block, at, len, &done);
		up_write(&block->content);
		if (err || done)
			return err;
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
}

static ssize_t extram_client_write_chunk(struct extram_client *client, struct extram_block *block,
					 u64 at, u64 len, struct iov_iter *from)
{
	size_t copied, written;
	bool extends;
	int err;

	err = extram_client_lock(client);
	if (err)
		return err;

	copied = copy_from_iter(client->buf, min_t(u64, len, EXTRAM_IO_CHUNK), from);
	written = copied;
	if (!copied) {
		err = -EFAULT;
	} else {
		err = extram_client_overwrite(client, block, at, copied, &extends);
		if (!err && extends)
			err = extram_client_extend(client, block, at, &written);
	}
	mutex_unlock(&client->lock);

	if (err)
		written = 0;
	iov_iter_revert(from, copied - written);
	return err ?: written;
}

typedef ssize_t (*extram_chunk_fn)(struct extram_client *client, struct extram_block *block, u64 at,
				   u64 len, struct iov_iter *iter);

/* A transfer, chunk by chunk. The chunk behind the end of the block ends it, with nothing said. */
static ssize_t extram_client_transfer(struct extram_client *client, u64 pos, struct iov_iter *iter,
				      extram_chunk_fn chunk)
{
	struct extram_block *block;
	ssize_t done = 0, ret = 0;
	u64 at;

	if (extram_is_gone(client->ram))
		return -ENODEV;
	if (!iov_iter_count(iter))
		return 0;
	block = extram_block_get(&client->owner, pos, &at);
	if (!block)
		return -ENXIO;

	while (iov_iter_count(iter)) {
		ret = chunk(client, block, at + done, iov_iter_count(iter), iter);
		/* The chip has forgotten everything since the block was looked at. */
		if (ret == -ESTALE)
			continue;
		if (ret < 0)
			break;
		done += ret;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	extram_block_put(block);
	return done ?: ret;
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
 * error of the bus and for bytes that the chip has forgotten, -ENODEV when the chip is gone,
 * -ENOMEM, -ERESTARTSYS.
 */
ssize_t extram_client_read(struct extram_client *client, u64 pos, struct iov_iter *to)
{
	return extram_client_transfer(client, pos, to, extram_client_read_chunk);
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
	return extram_client_transfer(client, pos, from, extram_client_write_chunk);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_write);
