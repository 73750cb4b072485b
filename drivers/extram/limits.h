/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much may be taken, of one memory and by one client.
 */
#ifndef _EXTRAM_LIMITS_H
#define _EXTRAM_LIMITS_H

#include <linux/types.h>

struct device;

/**
 * struct extram_limits - how much may be taken
 * @blocks: most blocks of all users
 * @shared_blocks: most shared blocks
 * @file_blocks: most blocks of one client, if @own_file_blocks
 * @own_file_blocks: the device tree says so
 * @own_file_bytes: the same for @file_bytes
 * @shared_bytes: most shared bytes
 * @file_bytes: most bytes of one client, if @own_file_bytes
 */
struct extram_limits {
	u32 blocks;
	u32 shared_blocks;
	u32 file_blocks;
	bool own_file_blocks;
	bool own_file_bytes;
	u64 shared_bytes;
	u64 file_bytes;
};

void extram_limits_get(struct device *dev, struct extram_limits *limits);
void extram_limits_file(const struct extram_limits *limits, u32 *blocks, u64 *bytes);

#endif /* _EXTRAM_LIMITS_H */
