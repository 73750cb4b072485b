/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of one device: which ranges are taken, by whomever.
 */
#ifndef _EXTRAM_SPACE_H
#define _EXTRAM_SPACE_H

#include <linux/emalloc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct extram_space - the memory of one device
 * @size: bytes that can be handed out; constant
 * @granule: offsets and lengths are multiples of this many bytes; constant
 * @max_blocks: most blocks at a time; constant
 * @name: in traces, empty for a memory without a device; constant
 * @lock: protects @pool, @blocks, @epoch, and all owners and their trees; held for one walk down a
 *	tree
 * @pool: which ranges are free
 * @blocks: blocks that somebody owns, or that a transfer still holds
 * @epoch: how often the chip has forgotten what it held; may be read without the lock
 * @lost_lock: protects which bytes of a block are lost, where its content is shared; taken after
 *	the content, nothing under it
 * @grow: one task at a time adds book-keeping memory; protects @nodes; taken before @lock
 * @nodes: what was added, to be freed at the end
 */
struct extram_space {
	u64 size;
	u32 granule;
	u32 max_blocks;
	const char *name;
	spinlock_t lock;	/* pool, blocks, epoch, owners */
	struct emalloc_pool pool;
	u32 blocks;
	u32 epoch;
	struct mutex lost_lock;	/* lost_* of blocks */
	struct mutex grow;	/* nodes */
	struct list_head nodes;
};

/**
 * struct extram_range - a range that is wanted, or that was given
 * @offset: where it starts
 * @length: bytes
 * @align: alignment of @offset, a power of two, or 0 for the granule
 * @flags: EXTRAM_ALLOC_*
 * @lost: some of what was written to it was lost
 */
struct extram_range {
	u64 offset;
	u64 length;
	u64 align;
	u32 flags;
	bool lost;
};

struct extram_usage {
	u64 free_bytes;
	u64 largest_free;
	u32 blocks;
};

int extram_space_init(struct extram_space *space, u64 size, u32 max_blocks);
void extram_space_exit(struct extram_space *space);
void extram_space_usage(struct extram_space *space, struct extram_usage *usage);

/*
 * What is done in one go under the lock of a space: -ENOMEM when emalloc needs more book-keeping
 * memory, and then nothing has changed.
 */
typedef int (*extram_space_fn)(struct extram_space *space, void *arg);

int extram_space_call(struct extram_space *space, extram_space_fn fn, void *arg);
int extram_space_take(struct extram_space *space, struct extram_range *range);
int extram_space_stretch(struct extram_space *space, struct extram_range *range, u64 length);
void extram_space_give(struct extram_space *space, u64 offset);

#endif /* _EXTRAM_SPACE_H */
