/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors on the wire on purpose: Documentation/fault-injection/fault-injection.rst has the knobs,
 * in /sys/kernel/debug/extram/fail_io/.
 */
#ifndef _EXTRAM_FAULT_H
#define _EXTRAM_FAULT_H

#include <linux/types.h>

struct dentry;

#ifdef CONFIG_FAULT_INJECTION
void extram_fault_init(struct dentry *dir);
bool extram_fault_io(size_t len);
#else
static inline void extram_fault_init(struct dentry *dir)
{
}

static inline bool extram_fault_io(size_t len)
{
	return false;
}
#endif

#endif /* _EXTRAM_FAULT_H */
