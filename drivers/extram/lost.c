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
 * All that is lost of a block is between two offsets. Whoever writes it again from either end only
 * moves these, which costs nothing. Only a write in between makes a bitmap, of a bit for each byte
 * between them, so that each byte that is written again can be read again, in whatever order that
 * happens. It takes an eighth of the block at most, charged to who writes, and is freed when
 * nothing is lost any more. Bytes behind the valid part were never on the chip, and go on reading
 * as zeros.
 *
 * Those who share the content of a block write lost bytes again at the same time. While they do,
 * lost bytes become fewer, never more: the offsets move towards each other, and who looks at them
 * without a lock finds, at worst, bytes lost that have just been written.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

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

/* Between these two, and where the map says so if there is one, bytes are lost from now on. */
static void extram_lost_set(struct extram_block *block, u32 from, u32 to)
{
	if (block->lost_map && from < to)
		from = block->lost_base + find_next_bit(block->lost_map, to - block->lost_base,
							from - block->lost_base);
	if (block->lost_map && from < to)
		to = block->lost_base + find_last_bit(block->lost_map, to - block->lost_base) + 1;
	if (from >= to) {
		kvfree(block->lost_map);
		block->lost_map = NULL;
	}
	WRITE_ONCE(block->lost_from, from);
	WRITE_ONCE(block->lost_to, to);
}

/* Brings a block up to date. */
static void extram_block_update(struct extram_block *block)
{
	u32 epoch = READ_ONCE(block->owner->space->epoch);

	lockdep_assert_held_write(&block->content);
	kvfree(block->lost_map);
	block->lost_map = NULL;
	extram_lost_set(block, 0, block->valid);
	/* Who sees that it is up to date sees what is lost; see extram_lost_any(). */
	smp_store_release(&block->epoch, epoch);
}

/**
 * extram_content_seize() - hold the content of a block alone, up to date
 * @block: the block
 *
 * Context: May sleep; on success block->content is held for writing.
 * Return: 0, or -ERESTARTSYS when the task is killed.
 */
int extram_content_seize(struct extram_block *block)
{
	if (down_write_killable(&block->content))
		return -ERESTARTSYS;
	if (extram_block_is_outdated(block))
		extram_block_update(block);
	return 0;
}

/**
 * extram_content_share() - hold the content of a block with others, up to date
 * @block: the block
 *
 * Context: May sleep; on success block->content is held for reading.
 * Return: 0 or -ERESTARTSYS.
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
 * @block: the block; it need not be held
 *
 * A byte that is lost is never overlooked. As long as the lock of the space is held its count stays
 * as it is. A block with an older one has lost its whole valid part, which never becomes empty
 * again. One with the same has been brought up to date, and will not be for another loss: the
 * offsets are those of that moment or later ones. From there on they only move towards each other,
 * and never past a byte that is lost: one that is so all the time is at or behind @lost_from and
 * before @lost_to, whenever each of them is looked at.
 *
 * Context: The lock of the space is held. Without the content held the answer may be old when it
 * arrives.
 * Return: true when reading the whole block would fail.
 */
bool extram_lost_any(const struct extram_block *block)
{
	struct extram_space *space = block->owner->space;

	lockdep_assert_held(&space->lock);
	/* Pairs with extram_block_update(). */
	if (smp_load_acquire(&block->epoch) != READ_ONCE(space->epoch))
		return READ_ONCE(block->valid);
	return READ_ONCE(block->lost_from) < READ_ONCE(block->lost_to);
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
	return READ_ONCE(block->lost_from) >= READ_ONCE(block->lost_to);
}

/* The first byte that is lost of those from @at to before @end, or else @end. */
static u64 extram_lost_next(const struct extram_block *block, u64 at, u64 end)
{
	u64 from = max_t(u64, at, block->lost_from), to = min_t(u64, end, block->lost_to);

	lockdep_assert_held(&block->owner->space->lost_lock);
	if (block->lost_map && from < to)
		from = block->lost_base + find_next_bit(block->lost_map, to - block->lost_base,
							from - block->lost_base);
	return from < to ? from : end;
}

/**
 * extram_lost_check() - how far a block can be read
 * @block: the block; its content is held
 * @at: from here, inside its valid part
 * @len: bytes wanted; becomes shorter where lost ones follow
 *
 * Context: May sleep; takes the lock of what is lost when the block has lost bytes.
 * Return: 0, or -EIO when the byte at @at is lost.
 */
int extram_lost_check(struct extram_block *block, u64 at, u64 *len)
{
	struct extram_space *space = block->owner->space;
	u64 next;

	if (extram_lost_none(block))
		return 0;

	mutex_lock(&space->lost_lock);
	next = extram_lost_next(block, at, at + *len);
	mutex_unlock(&space->lost_lock);
	if (next == at)
		return -EIO;
	*len = next - at;
	return 0;
}

/* Whether lost bytes stay on both sides of these, which two offsets alone cannot say. */
static bool extram_lost_needs_map(const struct extram_block *block, u64 at, u64 end)
{
	lockdep_assert_held(&block->owner->space->lost_lock);
	return !block->lost_map && at > block->lost_from && end < block->lost_to;
}

/* Takes the bytes from @at to before @end out of what is lost. */
static void extram_lost_strike(struct extram_block *block, u64 at, u64 end)
{
	u32 from = block->lost_from, to = block->lost_to;

	lockdep_assert_held(&block->owner->space->lost_lock);
	at = max_t(u64, at, from);
	end = min_t(u64, end, to);
	if (at >= end)
		return;
	if (block->lost_map)
		bitmap_clear(block->lost_map, at - block->lost_base, end - at);
	extram_lost_set(block, at == from ? end : from, end == to ? at : to);
}

/**
 * extram_lost_rewritten() - bytes are on the chip again
 * @block: the block; its content is held
 * @at: the first of them
 * @len: how many
 *
 * Context: May sleep (kernel memory); takes the lock of what is lost when the block has lost bytes.
 * Return: 0, or -ENOMEM; then the bytes are still counted as lost.
 */
int extram_lost_rewritten(struct extram_block *block, u64 at, u64 len)
{
	struct extram_space *space = block->owner->space;
	unsigned long *map = NULL;
	u32 bits;

	if (extram_lost_none(block))
		return 0;

	mutex_lock(&space->lost_lock);
	if (extram_lost_needs_map(block, at, at + len)) {
		bits = block->lost_to - block->lost_from;
		mutex_unlock(&space->lost_lock);
		/* Others do not wait for it. That there is none the writer is told, not the log. */
		map = kvmalloc_array(BITS_TO_LONGS(bits), sizeof(*map),
				     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!map)
			return -ENOMEM;
		bitmap_fill(map, bits);
		mutex_lock(&space->lost_lock);
		/* Meanwhile there may be another one, or less is lost. */
		if (extram_lost_needs_map(block, at, at + len)) {
			block->lost_base = block->lost_from;
			swap(block->lost_map, map);
		}
	}
	extram_lost_strike(block, at, at + len);
	mutex_unlock(&space->lost_lock);
	kvfree(map);
	return 0;
}

/**
 * extram_lost_cut_off() - a block has become shorter: what is not valid any more is not lost
 * @block: the block; its content is held for writing
 *
 * Context: May sleep.
 */
void extram_lost_cut_off(struct extram_block *block)
{
	lockdep_assert_held_write(&block->content);
	extram_lost_set(block, block->lost_from, min_t(u64, block->lost_to, block->valid));
}

/**
 * extram_lost_exit() - free what a block needed to know which bytes are lost
 * @block: the block; nobody else can reach it
 *
 * Context: May sleep.
 */
void extram_lost_exit(struct extram_block *block)
{
	kvfree(block->lost_map);
}
