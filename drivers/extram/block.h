/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks: who owns which range of a memory, and which of its bytes hold something.
 */
#ifndef _EXTRAM_BLOCK_H
#define _EXTRAM_BLOCK_H

#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "space.h"

/**
 * struct extram_owner - one holder of blocks: an open file, or the device for what is shared
 *
 * What is not constant is protected by the lock of the space.
 *
 * @space: the memory; constant
 * @shared: the owner of what belongs to the device, NULL for that one itself; constant
 * @max_blocks: most blocks; constant
 * @max_bytes: most bytes; constant
 * @reads_only: may not change what is shared: a file opened for reading; constant
 * @tree: its blocks by offset
 * @blocks: how many it is charged for: those too that only a transfer holds any more
 * @bytes: their bytes
 * @peak: most bytes that there ever were
 */
struct extram_owner {
	struct extram_space *space;
	struct extram_owner *shared;
	u32 max_blocks;
	u64 max_bytes;
	bool reads_only;
	struct rb_root tree;
	u32 blocks;
	u64 bytes;
	u64 peak;
};

/**
 * struct extram_block - an allocated range
 * @node: place in the owner's tree, empty once freed; protected by the lock of the space
 * @refs: one for the tree, one for each transfer in flight; the range is free after the last
 * @owner: whose it is; constant
 * @align: alignment that was asked for; constant
 * @content: held for reading while bytes of the valid part move, for writing to change one of the
 *	fields below; taken before the gate of the memory
 * @offset: first byte of the device; changed under the lock of the space too
 * @length: bytes; changed under the lock of the space too
 * @valid: bytes from the start that hold what was written; those behind read as zeros
 * @epoch: how often the memory had forgotten everything when what follows was brought up to date
 * @lost_from: the bytes from here to before @lost_to are all that were forgotten and not written
 *	since, and valid; protected as the next two by the lock of what is lost where @content is
 *	held for reading only; may be read without
 * @lost_to: not above @lost_from when nothing is lost
 * @lost_base: the byte of the first bit of @lost_map
 * @lost_map: which of them are lost, a bit for each; NULL when all are
 */
struct extram_block {
	struct rb_node node;
	refcount_t refs;
	struct extram_owner *owner;
	u64 align;
	struct rw_semaphore content;
	u64 offset;
	u64 length;
	u64 valid;
	u32 epoch;
	u32 lost_from;
	u32 lost_to;
	u32 lost_base;
	unsigned long *lost_map;
};

struct extram_holdings {
	u32 blocks;
	u64 bytes;
	u64 peak;
};

void extram_owner_init(struct extram_owner *owner, struct extram_space *space,
		       struct extram_owner *shared, u32 max_blocks, u64 max_bytes);
void extram_owner_exit(struct extram_owner *owner);
void extram_owner_holdings(struct extram_owner *owner, struct extram_holdings *holdings);

int extram_owner_next(struct extram_owner *owner, struct extram_range *range);

int extram_block_reserve(struct extram_owner *owner, struct extram_range *range,
			 struct extram_block **block);
void extram_block_publish(struct extram_block *block);
void extram_block_withdraw(struct extram_block *block);
int extram_block_alloc(struct extram_owner *owner, struct extram_range *range);
int extram_block_free(struct extram_owner *owner, u64 offset);
int extram_block_query(struct extram_owner *owner, struct extram_range *range);
struct extram_block *extram_block_get(struct extram_owner *owner, u64 offset, u64 *at);
void extram_block_put(struct extram_block *block);
bool extram_block_may_change(const struct extram_block *block, const struct extram_owner *owner);

int extram_block_stretch(struct extram_block *block, u64 length);
int extram_block_move_begin(struct extram_block *block, u64 length, struct extram_range *to);
void extram_block_move_cancel(struct extram_block *block, const struct extram_range *to);
int extram_block_move_end(struct extram_block *block, const struct extram_range *to);

#endif /* _EXTRAM_BLOCK_H */
