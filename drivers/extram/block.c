// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks: who owns which range of a memory, and which of its bytes hold something.
 *
 * The space knows which ranges are taken; this file knows by whom. Each owner has a tree of its
 * own, so that nobody can see, hit or be slowed down by the blocks of another: a foreign range is
 * not in the tree, exactly as one that was never allocated. What is shared is in the tree of the
 * device.
 *
 * A block lives as long as its owner keeps it in the tree or a transfer holds it. Only the last
 * reference gives the range back: a range is never handed out while an old transfer can still touch
 * it.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/extram.h>

#include "block.h"
#include "compat.h"
#include "lost.h"
#include "trace.h"

/**
 * extram_owner_init() - a new owner of nothing
 * @owner: what to set up
 * @space: the memory
 * @shared: the owner of what belongs to the device, NULL when @owner is that one
 * @max_blocks: most blocks that it may own
 * @max_bytes: most bytes that it may own
 *
 * Context: Any.
 */
void extram_owner_init(struct extram_owner *owner, struct extram_space *space,
		       struct extram_owner *shared, u32 max_blocks, u64 max_bytes)
{
	*owner = (struct extram_owner) {
		.space = space,
		.shared = shared,
		.max_blocks = max_blocks,
		.max_bytes = max_bytes,
		.tree = RB_ROOT,
	};
}
EXPORT_SYMBOL_IF_KUNIT(extram_owner_init);

/**
 * extram_owner_exit() - give back all that an owner has
 * @owner: the owner; nobody may be using it, nor hold one of its blocks
 *
 * Context: May sleep; takes the lock of the space.
 */
void extram_owner_exit(struct extram_owner *owner)
{
	struct extram_block *block, *next;

	rbtree_postorder_for_each_entry_safe(block, next, &owner->tree, node) {
		trace_extram_free(owner->space->name, block->offset, 0);
		extram_block_put(block);
		cond_resched();
	}
	owner->tree = RB_ROOT;
}
EXPORT_SYMBOL_IF_KUNIT(extram_owner_exit);

/**
 * extram_owner_holdings() - what an owner has
 * @owner: the owner
 * @holdings: where the answer goes
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_owner_holdings(struct extram_owner *owner, struct extram_holdings *holdings)
{
	spin_lock(&owner->space->lock);
	holdings->blocks = owner->blocks;
	holdings->bytes = owner->bytes;
	holdings->peak = owner->peak;
	spin_unlock(&owner->space->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_owner_holdings);

/* Charges an owner and the device for one more block, or for the growth of one. */
static int extram_owner_charge(struct extram_owner *owner, u32 blocks, u64 bytes)
{
	struct extram_space *space = owner->space;
	int err = 0;

	/* Above any memory there is: whether there is room for it, the space will say. */
	bytes = min(bytes, space->size);

	spin_lock(&space->lock);
	if (blocks > space->max_blocks - min(space->blocks, space->max_blocks) ||
	    blocks > owner->max_blocks - min(owner->blocks, owner->max_blocks) ||
	    bytes > owner->max_bytes - min(owner->bytes, owner->max_bytes)) {
		err = -EDQUOT;
	} else {
		space->blocks += blocks;
		owner->blocks += blocks;
		owner->bytes += bytes;
		owner->peak = max(owner->peak, owner->bytes);
	}
	spin_unlock(&space->lock);
	return err;
}

static void extram_owner_refund(struct extram_owner *owner, u32 blocks, u64 bytes)
{
	struct extram_space *space = owner->space;

	spin_lock(&space->lock);
	space->blocks -= blocks;
	owner->blocks -= blocks;
	owner->bytes -= min(bytes, space->size);
	spin_unlock(&space->lock);
}

/* The block of @owner that holds @offset, or else the next one above it, or NULL. */
static struct extram_block *extram_owner_find(struct extram_owner *owner, u64 offset)
{
	struct rb_node *node = owner->tree.rb_node;
	struct extram_block *above = NULL;

	lockdep_assert_held(&owner->space->lock);
	while (node) {
		struct extram_block *block = rb_entry(node, struct extram_block, node);

		if (offset >= block->offset + block->length) {
			node = node->rb_right;
		} else {
			above = block;
			node = node->rb_left;
		}
	}
	return above;
}

/* The same among the blocks of @owner and the shared ones. */
static struct extram_block *extram_block_find(struct extram_owner *owner, u64 offset)
{
	struct extram_block *mine = extram_owner_find(owner, offset);
	struct extram_block *ours = NULL;

	if (owner->shared)
		ours = extram_owner_find(owner->shared, offset);
	if (!mine || (ours && ours->offset < mine->offset))
		return ours;
	return mine;
}

static bool extram_block_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct extram_block, node)->offset <
	       rb_entry(b, struct extram_block, node)->offset;
}

/**
 * extram_block_may_change() - whether an owner may free or resize a block
 * @block: the block
 * @owner: who wants to
 *
 * Context: Any.
 * Return: true for its own blocks, and for shared ones unless it only reads.
 */
bool extram_block_may_change(const struct extram_block *block, const struct extram_owner *owner)
{
	return block->owner == owner || !owner->reads_only;
}

/**
 * extram_block_put() - a transfer does not need its block any more
 * @block: what extram_block_get() answered
 *
 * Context: Process context; may take the lock of the space.
 */
void extram_block_put(struct extram_block *block)
{
	if (!refcount_dec_and_test(&block->refs))
		return;

	/* Nobody can reach the range any more. */
	extram_space_give(block->owner->space, block->offset);
	extram_owner_refund(block->owner, 1, block->length);
	mtree_destroy(&block->lost);
	kfree(block);
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_put);

/**
 * extram_block_get() - hold the block at an offset for a transfer
 * @owner: whose block it must be, if it is not shared
 * @offset: any byte of it
 * @at: where that byte is in the block goes here; a move of the block does not change it
 *
 * The caller gives it back with extram_block_put(); until then its range is handed to nobody else,
 * even if the owner frees it.
 *
 * Context: Process context; takes the lock of the space. O(log n) in the blocks of the owner and
 * the shared ones.
 * Return: the block, or NULL when none of @owner and no shared one holds @offset.
 */
struct extram_block *extram_block_get(struct extram_owner *owner, u64 offset, u64 *at)
{
	struct extram_block *block;

	spin_lock(&owner->space->lock);
	block = extram_block_find(owner, offset);
	if (block && block->offset > offset)
		block = NULL;
	if (block) {
		refcount_inc(&block->refs);
		*at = offset - block->offset;
	}
	spin_unlock(&owner->space->lock);
	return block;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_get);

static int extram_block_take(struct extram_owner *owner, struct extram_range *range,
			     struct extram_block **taken)
{
	struct extram_space *space = owner->space;
	struct extram_block *block;
	u64 charged;
	int err;

	if (range->flags & EXTRAM_ALLOC_SHARED) {
		if (owner->reads_only)
			return -EBADF;
		owner = owner->shared;
	}
	if (!range->length)
		return -EINVAL;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;

	charged = round_up(min(range->length, space->size), space->granule);
	err = extram_owner_charge(owner, 1, charged);
	if (err)
		goto free_block;
	err = extram_space_take(space, range);
	if (err)
		goto refund;

	refcount_set(&block->refs, 1);
	RB_CLEAR_NODE(&block->node);
	init_rwsem(&block->content);
	block->owner = owner;
	block->align = range->align;
	block->offset = range->offset;
	block->length = range->length;
	block->valid = range->flags & EXTRAM_ALLOC_KEEP ? range->length : 0;
	block->epoch = READ_ONCE(space->epoch);
	mt_init(&block->lost);
	*taken = block;
	return 0;

refund:
	extram_owner_refund(owner, 1, charged);
free_block:
	kfree(block);
	return err;
}

/**
 * extram_block_reserve() - take a range that nobody can see yet
 * @owner: who is to own it; the device does in its place with EXTRAM_ALLOC_SHARED
 * @range: what is wanted; becomes what was given
 * @block: the block goes here, for extram_block_publish() or extram_block_put()
 *
 * Context: May sleep (kernel memory); takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EBADF when an owner that only reads wants to share; -EDQUOT when the owner or the
 * device holds as much as it may; or as extram_space_take(). Then nothing has changed.
 */
int extram_block_reserve(struct extram_owner *owner, struct extram_range *range,
			 struct extram_block **block)
{
	struct extram_range want = *range;
	int err = extram_block_take(owner, range, block);

	trace_extram_alloc(owner->space->name, want.length, want.align, want.flags, range->offset,
			   err);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_reserve);

/**
 * extram_block_publish() - let the owner use a block
 * @block: what extram_block_reserve() made; the caller's no longer
 *
 * From here on another thread of the owner may free it.
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_block_publish(struct extram_block *block)
{
	struct extram_owner *owner = block->owner;

	spin_lock(&owner->space->lock);
	rb_add(&block->node, &owner->tree, extram_block_less);
	spin_unlock(&owner->space->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_publish);

/**
 * extram_block_withdraw() - give a range back that nobody has seen
 * @block: what extram_block_reserve() made; the caller's no longer
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_block_withdraw(struct extram_block *block)
{
	trace_extram_free(block->owner->space->name, block->offset, 0);
	extram_block_put(block);
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_withdraw);

/**
 * extram_block_alloc() - take a range
 * @owner: who is to own it; the device does in its place with EXTRAM_ALLOC_SHARED
 * @range: what is wanted; becomes what was given
 *
 * Context: May sleep (kernel memory); takes the lock of the space. O(log n) in all blocks.
 * Return: as extram_block_reserve().
 */
int extram_block_alloc(struct extram_owner *owner, struct extram_range *range)
{
	struct extram_block *block;
	int err = extram_block_reserve(owner, range, &block);

	if (!err)
		extram_block_publish(block);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_alloc);

/**
 * extram_block_free() - give a range back
 * @owner: whose it is, if it is not shared
 * @offset: its first byte
 *
 * Does not wait for transfers in flight; the last of them releases the range.
 *
 * Context: Process context; takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EINVAL when @offset is not a multiple of the granule; -ENOENT when no block of @owner
 * and no shared one starts there; -EBADF when the block is shared and @owner only reads.
 */
int extram_block_free(struct extram_owner *owner, u64 offset)
{
	struct extram_space *space = owner->space;
	struct extram_block *block;
	int err = 0;

	if (offset & (space->granule - 1))
		return -EINVAL;

	spin_lock(&space->lock);
	block = extram_block_find(owner, offset);
	if (!block || block->offset != offset) {
		err = -ENOENT;
	} else if (!extram_block_may_change(block, owner)) {
		err = -EBADF;
	} else {
		rb_erase(&block->node, &block->owner->tree);
		RB_CLEAR_NODE(&block->node);
	}
	spin_unlock(&space->lock);

	trace_extram_free(space->name, offset, err);
	if (!err)
		extram_block_put(block);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_free);

/**
 * extram_owner_next() - find a block of an owner, the shared ones left out
 * @owner: whose blocks to look at
 * @range: its offset says where to start; becomes the block that holds it, or else the next above
 *
 * Context: Process context; takes the lock of the space. O(log n) in the blocks of the owner.
 * Return: 0, or -ENOENT when there is no such block there or above.
 */
int extram_owner_next(struct extram_owner *owner, struct extram_range *range)
{
	struct extram_block *block;

	spin_lock(&owner->space->lock);
	block = extram_owner_find(owner, range->offset);
	if (block) {
		range->offset = block->offset;
		range->length = block->length;
	}
	spin_unlock(&owner->space->lock);
	return block ? 0 : -ENOENT;
}

/**
 * extram_block_query() - find a block that an owner may use
 * @owner: whose blocks to look at, beside the shared ones
 * @range: its offset says where to start; becomes the block that holds it, or else the next above
 *
 * Context: Process context; takes the lock of the space. O(log n) in the blocks of the owner and
 * the shared ones.
 * Return: 0, or -ENOENT when there is no such block there or above.
 */
int extram_block_query(struct extram_owner *owner, struct extram_range *range)
{
	struct extram_block *block;

	spin_lock(&owner->space->lock);
	block = extram_block_find(owner, range->offset);
	if (block) {
		range->offset = block->offset;
		range->length = block->length;
		range->align = block->align;
		range->flags = block->owner == owner ? 0 : EXTRAM_ALLOC_SHARED;
		range->lost = extram_lost_any(block);
	}
	spin_unlock(&owner->space->lock);
	return block ? 0 : -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_query);

/*
 * What a block covers never is more than what it has in the space: grow behind, shrink ahead of
 * it.
 */
static void extram_block_set_length(struct extram_block *block, u64 length)
{
	struct extram_space *space = block->owner->space;

	lockdep_assert_held_write(&block->content);
	spin_lock(&space->lock);
	block->length = length;
	spin_unlock(&space->lock);
	block->valid = min(block->valid, length);
}

static int extram_block_try_stretch(struct extram_block *block, u64 length)
{
	struct extram_range range = { .offset = block->offset, .length = block->length };
	struct extram_owner *owner = block->owner;
	u64 old = block->length, valid = block->valid, more;
	int err;

	lockdep_assert_held_write(&block->content);
	if (!length)
		return -EINVAL;
	if (length > owner->space->size)
		return -ENOSPC;
	length = round_up(length, owner->space->granule);

	if (length <= old) {
		extram_block_set_length(block, length);
		err = extram_space_stretch(owner->space, &range, length);
		if (err) {
			extram_block_set_length(block, old);
			block->valid = valid;
		} else {
			extram_owner_refund(owner, 0, old - length);
		}
		return err;
	}

	more = length - old;
	err = extram_owner_charge(owner, 0, more);
	if (err)
		return err;
	err = extram_space_stretch(owner->space, &range, length);
	if (err)
		extram_owner_refund(owner, 0, more);
	else
		extram_block_set_length(block, length);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_stretch);

/**
 * extram_block_stretch() - make a block longer or shorter where it is
 * @block: the block; its content is held for writing
 * @length: bytes wanted, at least 1
 *
 * Context: May sleep (kernel memory); takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EDQUOT when the owner may not have so much; or as extram_space_stretch(). Then
 * nothing has changed.
 */
int extram_block_stretch(struct extram_block *block, u64 length)
{
	u64 old = block->length;
	int err = extram_block_try_stretch(block, length);

	if (!err)
		trace_extram_resize(block->owner->space->name, block->offset, old, block->offset,
				    block->length);
	return err;
}

/**
 * extram_block_move_begin() - take a longer range to move a block to
 * @block: the block; its content is held for writing until the move has ended or was cancelled
 * @length: bytes wanted, more than the block has
 * @to: where the answer goes
 *
 * Until the move has ended the owner has both ranges, and is charged for both.
 *
 * Context: May sleep (kernel memory); takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EDQUOT when the owner may not have so much; or as extram_space_take().
 */
int extram_block_move_begin(struct extram_block *block, u64 length, struct extram_range *to)
{
	struct extram_owner *owner = block->owner;
	int err;

	lockdep_assert_held_write(&block->content);
	if (length > owner->space->size)
		return -ENOSPC;
	length = round_up(length, owner->space->granule);
	err = extram_owner_charge(owner, 0, length);
	if (err)
		return err;

	*to = (struct extram_range) { .length = length, .align = block->align };
	err = extram_space_take(owner->space, to);
	if (err)
		extram_owner_refund(owner, 0, length);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_move_begin);

/**
 * extram_block_move_cancel() - stay where it was
 * @block: the block
 * @to: what extram_block_move_begin() answered
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_block_move_cancel(struct extram_block *block, const struct extram_range *to)
{
	extram_space_give(block->owner->space, to->offset);
	extram_owner_refund(block->owner, 0, to->length);
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_move_cancel);

/**
 * extram_block_move_end() - the content has been copied: the block is there now
 * @block: the block
 * @to: what extram_block_move_begin() answered
 *
 * Context: Process context; takes the lock of the space.
 * Return: 0, or -ENOENT when the block was freed meanwhile; then the move is cancelled.
 */
int extram_block_move_end(struct extram_block *block, const struct extram_range *to)
{
	struct extram_owner *owner = block->owner;
	u64 old = block->offset, length = block->length;
	bool freed;

	lockdep_assert_held_write(&block->content);
	spin_lock(&owner->space->lock);
	freed = RB_EMPTY_NODE(&block->node);
	if (!freed) {
		rb_erase(&block->node, &owner->tree);
		block->offset = to->offset;
		block->length = to->length;
		rb_add(&block->node, &owner->tree, extram_block_less);
	}
	spin_unlock(&owner->space->lock);

	if (freed) {
		extram_block_move_cancel(block, to);
		return -ENOENT;
	}
	extram_space_give(owner->space, old);
	extram_owner_refund(owner, 0, length);
	trace_extram_resize(owner->space->name, old, length, to->offset, to->length);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_move_end);
