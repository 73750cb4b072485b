// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes that were lost: which ones of a block, and holding its content in the knowledge of it.
 *
 * A chip without power forgets everything at once, but nobody can walk all blocks at that moment:
 * the space only counts how often it happened. A block that has an older count than the space is
 * out of date: what it held, its valid part, is lost from then on. Whoever takes the content of a
 * block brings it up to date first. The wire compares the count once more before each transfer, and
 * behind it how often the supply has gone.
 *
 * Lost bytes are kept as ranges, so that each byte that is written again can be read again, in
 * whatever order that happens. Bytes behind the valid part were never on the chip, and go on
 * reading as zeros.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/maple_tree.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

#include "block.h"
#include "lost.h"

/**
 * extram_space_forget() - the chip has forgotten everything
 * @space: the memory
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_space_forget(struct extram_space *space)
{
	spin_lock(&space->lock);
	WRITE_ONCE(space->epoch, space->epoch + 1);
	spin_unlock(&space->lock);
}

static bool extram_block_is_outdated(const struct extram_block *block)
{
	return block->epoch != READ_ONCE(block->owner->space->epoch);
}

/* Brings a block up to date. */
static int extram_block_update(struct extram_block *block)
{
	u32 epoch = READ_ONCE(block->owner->space->epoch);
	int err = 0;

	lockdep_assert_held_write(&block->content);
	if (block->valid)
		err = mtree_store_range(&block->lost, 0, block->valid - 1, xa_mk_value(1),
					GFP_KERNEL_ACCOUNT);
	if (!err)
		WRITE_ONCE(block->epoch, epoch);
	return err;
}

/**
 * extram_content_seize() - hold the content of a block alone, up to date
 * @block: the block
 *
 * Context: May sleep; on success block->content is held for writing.
 * Return: 0, -ENOMEM, or -ERESTARTSYS when the task is killed.
 */
int extram_content_seize(struct extram_block *block)
{
	int err;

	if (down_write_killable(&block->content))
		return -ERESTARTSYS;
	if (!extram_block_is_outdated(block))
		return 0;
	err = extram_block_update(block);
	if (err)
		up_write(&block->content);
	return err;
}

/**
 * extram_content_share() - hold the content of a block with others, up to date
 * @block: the block
 *
 * Context: May sleep; on success block->content is held for reading.
 * Return: 0, -ENOMEM, -ERESTARTSYS.
 */
int extram_content_share(struct extram_block *block)
{
	int err;

	for (;;) {
		if (!down_read_trylock(&block->content) &&
		    down_read_interruptible(&block->content))
			return -ERESTARTSYS;
		if (!extram_block_is_outdated(block))
			return 0;
		up_read(&block->content);

		err = extram_content_seize(block);
		if (err)
			return err;
		up_write(&block->content);
	}
}

/**
 * extram_lost_any() - whether a block holds lost bytes
 * @block: the block
 *
 * Context: Any but interrupts; takes the lock of the tree. Without the content held the answer may
 * be old when it arrives.
 * Return: true when reading the whole block would fail.
 */
bool extram_lost_any(struct extram_block *block)
{
	MA_STATE(mas, &block->lost, 0, 0);
	u64 valid = READ_ONCE(block->valid);
	bool any;

	if (!valid)
		return false;
	if (READ_ONCE(block->epoch) != READ_ONCE(block->owner->space->epoch))
		return true;
	mas_lock(&mas);
	any = mas_find(&mas, valid - 1);
	mas_unlock(&mas);
	return any;
}

/**
 * extram_lost_none() - whether all that a block holds can be read
 * @block: the block; its content is held
 *
 * Others who hold the content may write lost bytes again meanwhile: they become fewer, never more.
 *
 * Context: Any.
 * Return: true when no byte is lost.
 */
bool extram_lost_none(const struct extram_block *block)
{
	lockdep_assert_held(&block->content);
	return !rcu_access_pointer(block->lost.ma_root);
}

/**
 * extram_lost_check() - how far a block can be read
 * @block: the block; its content is held
 * @at: from here, inside its valid part
 * @len: bytes wanted; becomes shorter where lost ones follow
 *
 * Context: May sleep.
 * Return: 0, or -EIO when the byte at @at is lost.
 */
int extram_lost_check(struct extram_block *block, u64 at, u64 *len)
{
	MA_STATE(mas, &block->lost, at, at);
	int err = 0;

	lockdep_assert_held(&block->content);
	if (extram_lost_none(block))
		return 0;

	mas_lock(&mas);
	if (mas_find(&mas, at + *len - 1)) {
		if (mas.index <= at)
			err = -EIO;
		else
			*len = mas.index - at;
	}
	mas_unlock(&mas);
	return err;
}

/**
 * extram_lost_rewritten() - bytes are on the chip again
 * @block: the block; its content is held
 * @at: the first of them
 * @len: how many
 *
 * Context: May sleep (kernel memory).
 * Return: 0, or -ENOMEM; then the bytes are still counted as lost.
 */
int extram_lost_rewritten(struct extram_block *block, u64 at, u64 len)
{
	lockdep_assert_held(&block->content);
	if (extram_lost_none(block))
		return 0;
	return mtree_store_range(&block->lost, at, at + len - 1, NULL, GFP_KERNEL_ACCOUNT);
}
