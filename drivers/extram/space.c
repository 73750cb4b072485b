// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of one device: which ranges are taken, by whomever.
 *
 * emalloc under its spinlock, and the kernel memory that its book-keeping lives in, which grows by
 * doubling when emalloc asks for more.
 */
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/linux/extram.h>

#include "compat.h"
#include "space.h"

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

	space->size = round_down(size, EXTRAM_GRANULE);
	space->granule = EXTRAM_GRANULE;
	space->max_blocks = max_blocks;
	space->name = "";
	spin_lock_init(&space->lock);
	space->blocks = 0;
	space->epoch = 0;
	mutex_init(&space->lost_lock);
	mutex_init(&space->grow);
	INIT_LIST_HEAD(&space->nodes);
	list_add(&nodes->list, &space->nodes);
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
	mutex_destroy(&space->lost_lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_space_exit);

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

	usage->free_bytes = stats.size - stats.used;
	usage->largest_free = stats.largest_free;
}
EXPORT_SYMBOL_IF_KUNIT(extram_space_usage);

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

static int extram_space_locked(struct extram_space *space, extram_space_fn fn, void *arg)
{
	int err;

	spin_lock(&space->lock);
	err = fn(space, arg);
	spin_unlock(&space->lock);
	return err;
}

/**
 * extram_space_call() - change a memory, with more book-keeping memory where that takes it
 * @space: the memory
 * @fn: the change, called with the lock of the space held, once or more
 * @arg: for @fn
 *
 * Context: May sleep (kernel memory); takes the lock of the space.
 * Return: what @fn answers; -ENOMEM when there is no more memory for book-keeping.
 */
int extram_space_call(struct extram_space *space, extram_space_fn fn, void *arg)
{
	int err = extram_space_locked(space, fn, arg);

	if (err != -ENOMEM)
		return err;

	mutex_lock(&space->grow);
	while ((err = extram_space_locked(space, fn, arg)) == -ENOMEM) {
		err = extram_space_grow(space);
		if (err)
			break;
	}
	mutex_unlock(&space->grow);
	return err;
}

/**
 * extram_space_take() - take a range
 * @space: the memory
 * @range: what is wanted; becomes what was given, with the length rounded up to the granule
 *
 * Context: Holds the lock of the space, in extram_space_call(). O(log n) in all blocks.
 * Return: 0; -EINVAL for a zero length, an alignment that is no power of two, or a fixed offset
 * that is not a multiple of granule and alignment; -ENOSPC when no free range is large enough or
 * the fixed one ends behind the memory; -EEXIST when part of the fixed one is taken; -ENOMEM.
 * Then nothing has changed.
 */
int extram_space_take(struct extram_space *space, struct extram_range *range)
{
	struct extram_range want = *range;
	int err;

	lockdep_assert_held(&space->lock);
	if (!want.length || (want.align & (want.align - 1)))
		return -EINVAL;
	want.align = max_t(u64, want.align, space->granule);

	if (want.flags & EXTRAM_ALLOC_FIXED) {
		if (want.offset & (want.align - 1))
			return -EINVAL;
		if (want.length > space->size || want.offset > space->size - want.length)
			return -ENOSPC;
		want.length = round_up(want.length, space->granule);
		err = emalloc_pool_alloc_at(&space->pool, want.offset, want.length);
	} else {
		if (want.length > space->size)
			return -ENOSPC;
		want.length = round_up(want.length, space->granule);
		err = emalloc_pool_alloc(&space->pool, want.length, want.align, &want.offset);
	}
	if (!err)
		*range = want;
	return err;
}

/**
 * extram_space_stretch() - make a range longer or shorter where it is
 * @space: the memory
 * @range: what was given; its length becomes the new one
 * @length: bytes wanted, at least 1
 *
 * Context: Holds the lock of the space, in extram_space_call(). O(log n) in all blocks.
 * Return: 0; -EINVAL for a zero length; -ENOSPC when what follows the range is not free or not long
 * enough; -ENOMEM. Then nothing has changed.
 */
int extram_space_stretch(struct extram_space *space, struct extram_range *range, u64 length)
{
	int err;

	lockdep_assert_held(&space->lock);
	if (!length)
		return -EINVAL;
	if (length > space->size)
		return -ENOSPC;

	length = round_up(length, space->granule);
	err = emalloc_pool_resize(&space->pool, range->offset, length);
	if (!err)
		range->length = length;
	return err;
}

/**
 * extram_space_give() - give a range back
 * @space: the memory
 * @offset: where it starts
 *
 * Context: Holds the lock of the space. O(log n) in all blocks.
 */
void extram_space_give(struct extram_space *space, u64 offset)
{
	lockdep_assert_held(&space->lock);
	WARN_ON_ONCE(emalloc_pool_free(&space->pool, offset));
}
