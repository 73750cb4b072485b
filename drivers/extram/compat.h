/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that this driver supports, 6.1 and later. Nothing else may ask for a version.
 */
#ifndef _EXTRAM_COMPAT_H
#define _EXTRAM_COMPAT_H

#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/version.h>

/* Internal functions that a KUnit suite in a module of its own calls; EXPORT_SYMBOL_IF_KUNIT came with 6.2. */
#if IS_ENABLED(CONFIG_KUNIT)
#define EXTRAM_EXPORT_FOR_KUNIT(sym)	EXPORT_SYMBOL_GPL(sym)
#else
#define EXTRAM_EXPORT_FOR_KUNIT(sym)
#endif

/* The splice that goes through read_iter was renamed in 6.5. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define extram_splice_read	generic_file_splice_read
#else
#define extram_splice_read	copy_splice_read
#endif

#endif /* _EXTRAM_COMPAT_H */
