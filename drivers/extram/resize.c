// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a block of a client longer or shorter, in place or by moving it with its content.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>

#include "chips.h"
#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"
#include "lost.h"
#include "wire.h"

/* Copies what the block holds to where it is going to be. Lost bytes stay lost. */
static int extram_copy_content(struct extram_client *client, struct extram_block *block, u64 to)
{
	struct extram_slot *slot = client->slots;
	struct extram_job *job = &slot->job;
	u64 done = 0;
	int err = 0;

	lockdep_assert_held(&client->lock);
	lockdep_assert_held_write(&block->content);
	if (block->valid && client->ram->chip->flags & EXTRAM_CHIP_READ_ONLY)
		return -EROFS;
	job->done = NULL;
	job->zero = false;
	job->buf = slot->base;
	job->room = 0;
	while (!err && done < block->valid) {
		/* The wire may take less, to read or to write. */
		job->len = min_t(u64, block->valid - done, slot->size);
		job->write = false;
		job->addr = block->offset + done;
		err = extram_wire_run(client->ram, block->epoch, job);
		if (!err) {
			job->write = true;
			job->addr = to + done;
			err = extram_wire_run(client->ram, block->epoch, job);
		}
		done += job->len;
		/* To be restarted by a timer's signal again and again would never end. */
		if (!err && done < block->valid && signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static int extram_move(struct extram_client *client, struct extram_block *block, u64 length)
{
	struct extram_range to;
	int err;

	err = extram_block_move_begin(block, length, &to);
	if (err)
		return err;

	err = extram_copy_content(client, block, to.offset);
	if (err) {
		extram_block_move_cancel(block, &to);
		return err;
	}
	return extram_block_move_end(block, &to);
}

/**
 * extram_client_resize() - make a block longer or shorter
 * @client: whose block it must be, if it is not shared
 * @range: where it starts and how long it is to be; becomes where it is and how long
 * @may_move: take it to another offset when it cannot grow where it is
 *
 * Waits for transfers in flight on this block. What it holds is kept as far as it fits.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL for a zero length or an offset that is not a multiple of the granule; -ENOENT
 * when no block of the client and no shared one starts there; -ENOSPC when there is no room, or
 * none in place and @may_move is not set; -EBADF when the block is shared and the client only
 * reads; -EDQUOT; -ENOMEM; -EIO and -ENODEV from the wire while moving; -EROFS when it would have
 * to be moved with its content, and nobody writes to the chip; -EINTR when a signal came meanwhile;
 * -ERESTARTSYS before it began. Then nothing has changed.
 */
int extram_client_resize(struct extram_client *client, struct extram_range *range, bool may_move)
{
	struct extram_space *space = &client->ram->space;
	struct extram_block *block;
	u64 at;
	int err;

	if (!range->length || range->offset & (space->granule - 1))
		return -EINVAL;

	block = extram_block_get(&client->owner, range->offset, &at);
	if (!block)
		return -ENOENT;

	err = extram_client_lock(client, range->length);
	if (err)
		goto put;
again:
	err = extram_content_seize(block);
	if (err)
		goto unlock;

	/* It may have been moved before its content could be held. */
	if (at || block->offset != range->offset)
		err = -ENOENT;
	else if (!extram_block_may_change(block, &client->owner))
		err = -EBADF;
	else
		err = extram_block_stretch(block, range->length);
	if (err == -ENOSPC && may_move)
		err = extram_move(client, block, range->length);
	if (!err) {
		range->offset = block->offset;
		range->length = block->length;
	}
	up_write(&block->content);
	/* The supply of the chip went while the content was being copied. */
	if (err == -ESTALE)
		goto again;
unlock:
	extram_client_unlock(client);
put:
	extram_block_put(block);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_resize);
