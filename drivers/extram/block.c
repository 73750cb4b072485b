// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks: who owns which range of a memory, and which of its bytes hold something.
 *
 * emalloc knows which ranges are taken; this file knows by whom. Each owner has a tree of its
 * own, so that nobody can see, hit or be slowed down by the blocks of another: a foreign range is
 * not in the tree, exactly as one that was never allocated.
 *
 * A block lives as long as its owner keeps it in the tree or a transfer holds it. Only the last
 * reference gives the range back to emalloc: a range is never handed out while an old transfer can
 * still touch it.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "block.h"
#include "compat.h"

#define EXTRAM_GRANULE		16
#define EXTRAM_NODES_FIRST	(512 * sizeof(u64))	/* book-keeping to start with */

/* Book-keeping memory that was handed to emalloc. */
struct extram_nodes {
	struct list_head list;
	size_t size;
	u64 mem[];
};

static struct extram_nodes *extram_nodes_alloc(size_t size)
{
	struct extram_nodes *nodes = kvmalloc(sizeof(*nodes) + size, GFP_KERNEL);

	if (nodes)
		nodes->size = size;
	return nodes;
}

/**
 * extram_space_init() - an empty memory
 * @space: what to set up
 * @size: bytes; what does not fill a granule is not used
 * @max_blocks: most blocks at a time
 *
 * Context: May sleep.
 * Return: 0, -ENOMEM, or -EINVAL when @size is less than a granule or more than emalloc manages.
 */
int extram_space_init(struct extram_space *space, u64 size, u32 max_blocks)
{
	struct extram_nodes *nodes = extram_nodes_alloc(EXTRAM_NODES_FIRST);
	struct emalloc_config cfg = {
		.size = size,
		.granule = EXTRAM_GRANULE,
		.nodes_size = EXTRAM_NODES_FIRST,
	};
	int err;

	if (!nodes)
		return -ENOMEM;

	cfg.nodes = nodes->mem;
	err = emalloc_pool_init(&space->pool, &cfg);
	if (err) {
		kvfree(nodes);
		return err;
	}

	spin_lock_init(&space->lock);
	mutex_init(&space->grow);
	INIT_LIST_HEAD(&space->nodes);
	list_add(&nodes->list, &space->nodes);
	space->granule = EXTRAM_GRANULE;
	space->blocks = 0;
	space->max_blocks = max_blocks;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_space_init);

/**
 * extram_space_exit() - free the book-keeping of a memory that nobody owns any part of
 * @space: the memory
 *
 * Context: May sleep.
 */
void extram_space_exit(struct extram_space *space)
{
	struct extram_nodes *nodes, *next;

	WARN_ON_ONCE(space->blocks);
	list_for_each_entry_safe(nodes, next, &space->nodes, list)
		kvfree(nodes);
	mutex_destroy(&space->grow);
}
EXPORT_SYMBOL_IF_KUNIT(extram_space_exit);

/* Doubles the book-keeping memory. */
static int extram_space_grow(struct extram_space *space)
{
	struct extram_nodes *nodes, *last;
	int err;

	lockdep_assert_held(&space->grow);
	last = list_first_entry(&space->nodes, struct extram_nodes, list);
	nodes = extram_nodes_alloc(2 * last->size);
	if (!nodes)
		return -ENOMEM;

	spin_lock(&space->lock);
	err = emalloc_pool_add_nodes(&space->pool, nodes->mem, nodes->size);
	spin_unlock(&space->lock);
	if (err) {
		kvfree(nodes);
		return err;
	}
	list_add(&nodes->list, &space->nodes);
	return 0;
}

/**
 * extram_space_usage() - how full a memory is
 * @space: the memory
 * @usage: where the answer goes
 *
 * Context: Process context; takes the lock of the space.
 */
void extram_space_usage(struct extram_space *space, struct extram_usage *usage)
{
	struct emalloc_stats stats;

	spin_lock(&space->lock);
	emalloc_pool_stats(&space->pool, &stats);
	usage->blocks = space->blocks;
	spin_unlock(&space->lock);

	usage->capacity = stats.size;
	usage->free_bytes = stats.size - stats.used;
	usage->largest_free = stats.largest_free;
	usage->granule = space->granule;
}
EXPORT_SYMBOL_IF_KUNIT(extram_space_usage);

/* The block of @owner that holds @offset, or else the next one above it, or NULL. */
static struct extram_block *extram_owner_find(struct extram_space *space,
					      struct extram_owner *owner, u64 offset)
{
	struct rb_node *node = owner->blocks.rb_node;
	struct extram_block *above = NULL;

	lockdep_assert_held(&space->lock);
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

static bool extram_block_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct extram_block, node)->offset <
	       rb_entry(b, struct extram_block, node)->offset;
}

/* The last reference is gone: nobody can reach the range any more. */
static void extram_block_release(struct extram_block *block)
{
	struct extram_space *space = block->space;
	int err;

	spin_lock(&space->lock);
	err = emalloc_pool_free(&space->pool, block->offset);
	space->blocks--;
	spin_unlock(&space->lock);
	WARN_ON_ONCE(err);
	kfree(block);
}

/**
 * extram_block_put() - a transfer does not need its block any more
 * @block: what extram_block_get() answered
 *
 * Context: Process context; may take the lock of the space.
 */
void extram_block_put(struct extram_block *block)
{
	if (refcount_dec_and_test(&block->refs))
		extram_block_release(block);
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_put);

/**
 * extram_block_get() - hold the block at an offset for a transfer
 * @space: the memory
 * @owner: whose block it must be
 * @offset: any byte of it
 *
 * The caller gives it back with extram_block_put(); until then its range is handed to nobody else,
 * even if the owner frees it.
 *
 * Context: Process context; takes the lock of the space. O(log n) in the owner's blocks.
 * Return: the block, or NULL when no block of @owner holds @offset.
 */
struct extram_block *extram_block_get(struct extram_space *space, struct extram_owner *owner,
				      u64 offset)
{
	struct extram_block *block;

	spin_lock(&space->lock);
	block = extram_owner_find(space, owner, offset);
	if (block && block->offset > offset)
		block = NULL;
	if (block)
		refcount_inc(&block->refs);
	spin_unlock(&space->lock);
	return block;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_get);

/*
 * One try with the book-keeping memory that is there. Once in the tree, the block may be freed by
 * another thread of the owner as soon as the lock is dropped.
 */
static int extram_block_insert(struct extram_block *block, u64 align, u64 *offset, u64 *given)
{
	struct extram_space *space = block->space;
	int err;

	spin_lock(&space->lock);
	if (space->blocks < space->max_blocks)
		err = emalloc_pool_alloc(&space->pool, block->length, align, &block->offset);
	else
		err = -EDQUOT;
	if (!err) {
		block->length = round_up(block->length, space->granule);
		*offset = block->offset;
		*given = block->length;
		rb_add(&block->node, &block->owner->blocks, extram_block_less);
		space->blocks++;
	}
	spin_unlock(&space->lock);
	return err;
}

/**
 * extram_block_alloc() - take the lowest free range that fits
 * @space: the memory
 * @owner: who is to own it
 * @length: bytes wanted, at least 1
 * @align: alignment of the offset in bytes, a power of two; 0 for the granule
 * @offset: where the first byte of the range goes
 * @given: where the length goes, rounded up to the granule
 *
 * Context: May sleep (kernel memory); takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EINVAL for a zero length or an alignment that is no power of two; -ENOSPC when no
 * free range is large enough; -EDQUOT when the memory holds as many blocks as it may; -ENOMEM.
 */
int extram_block_alloc(struct extram_space *space, struct extram_owner *owner, u64 length,
		       u64 align, u64 *offset, u64 *given)
{
	struct extram_block *block;
	int err;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;

	refcount_set(&block->refs, 1);
	block->space = space;
	block->owner = owner;
	block->length = length;

	err = extram_block_insert(block, align, offset, given);
	if (err == -ENOMEM) {
		mutex_lock(&space->grow);
		while ((err = extram_block_insert(block, align, offset, given)) == -ENOMEM) {
			err = extram_space_grow(space);
			if (err)
				break;
		}
		mutex_unlock(&space->grow);
	}
	if (err)
		kfree(block);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_alloc);

/**
 * extram_block_free() - give a range back
 * @space: the memory
 * @owner: whose it is
 * @offset: its first byte
 *
 * Does not wait for transfers in flight; the last of them releases the range.
 *
 * Context: Process context; takes the lock of the space. O(log n) in all blocks.
 * Return: 0; -EINVAL when @offset is not a multiple of the granule; -ENOENT when no block of @owner
 * starts there.
 */
int extram_block_free(struct extram_space *space, struct extram_owner *owner, u64 offset)
{
	struct extram_block *block;

	if (offset & (space->granule - 1))
		return -EINVAL;

	spin_lock(&space->lock);
	block = extram_owner_find(space, owner, offset);
	if (block && block->offset == offset)
		rb_erase(&block->node, &owner->blocks);
	else
		block = NULL;
	spin_unlock(&space->lock);

	if (!block)
		return -ENOENT;
	extram_block_put(block);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_free);

/**
 * extram_block_query() - find a block of an owner
 * @space: the memory
 * @owner: whose blocks to look at
 * @offset: any offset; becomes the start of the block that holds it, or else of the next one above
 * @length: where the length of that block goes
 *
 * Context: Process context; takes the lock of the space. O(log n) in the owner's blocks.
 * Return: 0, or -ENOENT when @owner has no block there or above.
 */
int extram_block_query(struct extram_space *space, struct extram_owner *owner, u64 *offset,
		       u64 *length)
{
	struct extram_block *block;

	spin_lock(&space->lock);
	block = extram_owner_find(space, owner, *offset);
	if (block) {
		*offset = block->offset;
		*length = block->length;
	}
	spin_unlock(&space->lock);
	return block ? 0 : -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(extram_block_query);

/**
 * extram_owner_init() - a new owner of nothing
 * @owner: what to set up
 *
 * Context: Any.
 */
void extram_owner_init(struct extram_owner *owner)
{
	owner->blocks = RB_ROOT;
	mutex_init(&owner->extend);
}
EXPORT_SYMBOL_IF_KUNIT(extram_owner_init);

/**
 * extram_owner_exit() - give back all that an owner has
 * @space: the memory
 * @owner: the owner; nobody may be using it, nor hold one of its blocks
 *
 * Context: May sleep; takes the lock of the space.
 */
void extram_owner_exit(struct extram_space *space, struct extram_owner *owner)
{
	struct extram_block *block, *next;

	rbtree_postorder_for_each_entry_safe(block, next, &owner->blocks, node) {
		extram_block_put(block);
		cond_resched();
	}
	owner->blocks = RB_ROOT;
	mutex_destroy(&owner->extend);
}
EXPORT_SYMBOL_IF_KUNIT(extram_owner_exit);
