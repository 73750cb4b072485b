// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much may be taken, of one memory and by one client: parameters of the module for all
 * memories, which properties in the device tree replace for one.
 */
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/property.h>

#include "limits.h"

static unsigned int max_blocks = 65536;
module_param(max_blocks, uint, 0644);
MODULE_PARM_DESC(max_blocks,
		 "most blocks that users may allocate in one memory, for memories that appear from now on (65536)");

static unsigned int max_shared_blocks = UINT_MAX;
module_param(max_shared_blocks, uint, 0644);
MODULE_PARM_DESC(max_shared_blocks,
		 "most shared blocks in one memory, for memories that appear from now on (no limit)");

static unsigned long max_shared_bytes = ULONG_MAX;
module_param(max_shared_bytes, ulong, 0644);
MODULE_PARM_DESC(max_shared_bytes,
		 "most shared bytes in one memory, for memories that appear from now on (no limit)");

static unsigned int max_file_blocks = UINT_MAX;
module_param(max_file_blocks, uint, 0644);
MODULE_PARM_DESC(max_file_blocks, "most blocks of one file, for files opened from now on (no limit)");

static unsigned long max_file_bytes = ULONG_MAX;
module_param(max_file_bytes, ulong, 0644);
MODULE_PARM_DESC(max_file_bytes, "most bytes of one file, for files opened from now on (no limit)");

/**
 * extram_limits_get() - the limits of a memory that appears
 * @dev: the device of the chip
 * @limits: filled in
 *
 * Context: May sleep; the device is being probed.
 */
void extram_limits_get(struct device *dev, struct extram_limits *limits)
{
	*limits = (struct extram_limits) {
		.blocks = READ_ONCE(max_blocks),
		.shared_blocks = READ_ONCE(max_shared_blocks),
		.shared_bytes = READ_ONCE(max_shared_bytes),
	};
	/* What is not there stays as it is. */
	device_property_read_u32(dev, "extram,max-blocks", &limits->blocks);
	device_property_read_u32(dev, "extram,max-shared-blocks", &limits->shared_blocks);
	device_property_read_u64(dev, "extram,max-shared-bytes", &limits->shared_bytes);
	limits->own_file_blocks = !device_property_read_u32(dev, "extram,max-file-blocks",
							    &limits->file_blocks);
	limits->own_file_bytes = !device_property_read_u64(dev, "extram,max-file-bytes",
							   &limits->file_bytes);
}

/**
 * extram_limits_file() - the limits of a client that appears
 * @limits: those of the memory
 * @blocks: most blocks goes here
 * @bytes: most bytes goes here
 *
 * Context: Any.
 */
void extram_limits_file(const struct extram_limits *limits, u32 *blocks, u64 *bytes)
{
	*blocks = limits->own_file_blocks ? limits->file_blocks : READ_ONCE(max_file_blocks);
	*bytes = limits->own_file_bytes ? limits->file_bytes : READ_ONCE(max_file_bytes);
}
