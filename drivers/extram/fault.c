// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors on the wire on purpose, for kernels with CONFIG_FAULT_INJECTION.
 */
#include <linux/fault-inject.h>

#include "fault.h"

static DECLARE_FAULT_ATTR(extram_fail_io);

/**
 * extram_fault_init() - make the knobs
 * @dir: the driver's folder in debugfs
 *
 * Context: Module initialisation.
 */
void extram_fault_init(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_io", dir, &extram_fail_io);
}

/**
 * extram_fault_io() - whether this chunk is to fail
 * @len: its bytes
 *
 * Context: Any.
 * Return: true when it is.
 */
bool extram_fault_io(size_t len)
{
	return should_fail(&extram_fail_io, len);
}
