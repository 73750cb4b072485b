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

/* Whether an owner, and the device, may have so much more. */
static int extram_owner_may(const struct extram_owner *owner, u32 blocks, u64 bytes)
{
	const struct extram_space *space = owner->space;

	lockdep_assert_held(&space->lock);
	/* Above any memory there is: whether there is room for it, the space will say. */
	bytes = round_up(min(bytes, space->size), space->granule);
	if (blocks > space->max_blocks - min(space->blocks, space->max_blocks) ||
	    blocks > owner->max_blocks - min(owner->blocks, owner->max_blocks) ||
	    bytes > owner->max_bytes - min(owner->bytes, owner->max_bytes))
		return -EDQUOT;
	return 0;
}

/* Charges an owner and the device for one more block, or for the growth of one. */
static void extram_owner_charge(struct extram_owner *owner, u32 blocks, u64 bytes)
{
	lockdep_assert_held(&owner->space->lock);
	owner->space->blocks += blocks;
	owner->blocks += blocks;
	owner->bytes += bytes;
	owner->peak = max(owner->peak, owner->bytes);
}

static void extram_owner_refund(struct extram_owner *owner, u32 blocks, u64 bytes)
{
	lockdep_assert_held(&owner->space->lock);
	owner->space->blocks -= blocks;
	owner->blocks -= blocks;
	owner->bytes -= bytes;
}

/* What an owner wants of the space. It gets it and is charged for it at once, or neither. */
struct extram_claim {
	struct extram_owner *owner;
	struct extram_range *range;
	u32 blocks;
	/* Of a range that it has already: */
	struct extram_block *block;
	u64 length;
};

static int extram_claim_take(struct extram_space *space, void *arg)
{
	struct extram_claim *claim = arg;
	int err = extram_owner_may(claim->owner, claim->blocks, claim->range->length) ?:
		  extram_space_take(space, claim->range);

	if (!err)
		extram_owner_charge(claim->owner, claim->blocks, claim->range->length);
	return err;
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
 * Context: May sleep; may take the lock of the space.
 */
void extram_block_put(struct extram_block *block)
{
	struct extram_space *space = block->owner->space;

	if (!refcount_dec_and_test(&block->refs))
		return;

	/* Nobody can reach the range any more. */
	spin_lock(&space->lock);
	extram_space_give(space, block->offset);
	extram_owner_refund(block->owner, 1, block->length);
	spin_unlock(&space->lock);
	extram_lost_exit(block);
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
	struct extram_claim claim = { .range = range, .blocks = 1 };
	struct extram_space *space = owner->space;
	struct extram_block *block;
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

	claim.owner = owner;
	err = extram_space_call(space, extram_claim_take, &claim);
	if (err) {
		kfree(block);
		return err;
	}

	refcount_set(&block->refs, 1);
	RB_CLEAR_NODE(&block->node);
	init_rwsem(&block->content);
	block->owner = owner;
	block->align = range->align;
	block->offset = range->offset;
	block->length = range->length;
	block->valid = range->flags & EXTRAM_ALLOC_KEEP ? range->length : 0;
	block->epoch = READ_ONCE(space->epoch);
	*taken = block;
	return 0;
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
 * Context: May sleep; takes the lock of the space.
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
 * Context: May sleep; takes the lock of the space. O(log n) in all blocks.
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

/* Makes the range of a block as long as the claim says, and the block with it. */
static int extram_claim_stretch(struct extram_space *space, void *arg)
{
	struct extram_claim *claim = arg;
	u64 old = claim->range->length;
	int err = 0;

	if (claim->length > old)
		err = extram_owner_may(claim->owner, 0, claim->length - old);
	if (!err)
		err = extram_space_stretch(space, claim->range, claim->length);
	if (err)
		return err;
	if (claim->range->length > old)
		extram_owner_charge(claim->owner, 0, claim->range->length - old);
	else
		extram_owner_refund(claim->owner, 0, old - claim->range->length);
	claim->block->length = claim->range->length;
	return 0;
}

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
	struct extram_range range = { .offset = block->offset, .length = block->length };
	struct extram_claim claim = {
		.owner = block->owner, .range = &range, .block = block, .length = length,
	};
	struct extram_space *space = block->owner->space;
	u64 old = block->length;
	int err;

	lockdep_assert_held_write(&block->content);
	if (!length)
		return -EINVAL;
	if (length > space->size)
		return -ENOSPC;
	err = extram_space_call(space, extram_claim_stretch, &claim);
	if (err)
		return err;
	block->valid = min(block->valid, block->length);
	extram_lost_cut_off(block);
	trace_extram_resize(space->name, block->offset, old, block->offset, block->length);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_stretch);

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
	struct extram_claim claim = { .owner = block->owner, .range = to };
	struct extram_space *space = block->owner->space;

	lockdep_assert_held_write(&block->content);
	if (length > space->size)
		return -ENOSPC;
	*to = (struct extram_range) { .length = length, .align = block->align };
	return extram_space_call(space, extram_claim_take, &claim);
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
	struct extram_space *space = block->owner->space;

	spin_lock(&space->lock);
	extram_space_give(space, to->offset);
	extram_owner_refund(block->owner, 0, to->length);
	spin_unlock(&space->lock);
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
		extram_space_give(owner->space, old);
		extram_owner_refund(owner, 0, length);
	}
	spin_unlock(&owner->space->lock);

	if (freed) {
		extram_block_move_cancel(block, to);
		return -ENOENT;
	}
	trace_extram_resize(owner->space->name, old, length, to->offset, to->length);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_move_end);
