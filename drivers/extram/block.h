/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks: who owns which range of a memory, and which of its bytes hold something.
 */
#ifndef _EXTRAM_BLOCK_H
#define _EXTRAM_BLOCK_H

#include <linux/emalloc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct extram_space - the memory of one device
 * @granule: offsets and lengths are multiples of this many bytes; constant
 * @max_blocks: most blocks at a time; constant
 * @lock: protects @pool, @blocks and the trees of all owners; held for one walk down a tree
 * @pool: which ranges are free
 * @blocks: blocks that somebody owns, or that a transfer still holds
 * @grow: one task at a time adds book-keeping memory; protects @nodes; taken before @lock
 * @nodes: what was added, to be freed at the end
 */
struct extram_space {
	u32 granule;
	u32 max_blocks;
	spinlock_t lock;	/* pool, blocks, owners' trees */
	struct emalloc_pool pool;
	u32 blocks;
	struct mutex grow;	/* nodes */
	struct list_head nodes;
};

/**
 * struct extram_owner - one holder of blocks: an open file
 * @blocks: its blocks by offset; protected by the lock of the space
 * @extend: held while a write makes the valid part of one of its blocks longer
 */
struct extram_owner {
	struct rb_root blocks;
	struct mutex extend;	/* extram_block.valid */
};

/**
 * struct extram_block - an allocated range
 * @node: place in the owner's tree; protected by the lock of the space
 * @refs: one for the tree, one for each transfer in flight; the range is free after the last
 * @space: the memory it lies in
 * @owner: whose it is
 * @offset: first byte of the device
 * @length: bytes
 * @valid: bytes from the start that hold what was written; those behind read as zeros. Grows only
 *	under owner->extend; whoever reads it without may see the smaller value, as if
 *	the write had not happened yet.
 */
struct extram_block {
	struct rb_node node;
	refcount_t refs;
	struct extram_space *space;
	struct extram_owner *owner;
	u64 offset;
	u64 length;
	unsigned long valid;
};

struct extram_usage {
	u64 capacity;
	u64 free_bytes;
	u64 largest_free;
	u32 granule;
	u32 blocks;
};

int extram_space_init(struct extram_space *space, u64 size, u32 max_blocks);
void extram_space_exit(struct extram_space *space);
void extram_space_usage(struct extram_space *space, struct extram_usage *usage);

void extram_owner_init(struct extram_owner *owner);
void extram_owner_exit(struct extram_space *space, struct extram_owner *owner);

int extram_block_alloc(struct extram_space *space, struct extram_owner *owner, u64 length,
		       u64 align, u64 *offset, u64 *given);
int extram_block_free(struct extram_space *space, struct extram_owner *owner, u64 offset);
int extram_block_query(struct extram_space *space, struct extram_owner *owner, u64 *offset,
		       u64 *length);
struct extram_block *extram_block_get(struct extram_space *space, struct extram_owner *owner,
				      u64 offset);
void extram_block_put(struct extram_block *block);

#endif /* _EXTRAM_BLOCK_H */
