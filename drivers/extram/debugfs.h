/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of a memory in debugfs.
 */
#ifndef _EXTRAM_DEBUGFS_H
#define _EXTRAM_DEBUGFS_H

struct extram;

void extram_debugfs_init(void);
void extram_debugfs_exit(void);
void extram_debugfs_add(struct extram *ram);
void extram_debugfs_remove(struct extram *ram);

#endif /* _EXTRAM_DEBUGFS_H */
