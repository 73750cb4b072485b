/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes that were lost: which ones of a block, and holding its content in the knowledge of it.
 */
#ifndef _EXTRAM_LOST_H
#define _EXTRAM_LOST_H

#include <linux/types.h>

struct extram_block;
struct extram_space;

void extram_space_forget(struct extram_space *space);

int extram_content_share(struct extram_block *block);
int extram_content_seize(struct extram_block *block);
bool extram_lost_any(const struct extram_block *block);
bool extram_lost_none(const struct extram_block *block);
int extram_lost_check(struct extram_block *block, u64 at, u64 *len);
int extram_lost_rewritten(struct extram_block *block, u64 at, u64 len);
void extram_lost_cut_off(struct extram_block *block);
void extram_lost_exit(struct extram_block *block);

#endif /* _EXTRAM_LOST_H */
