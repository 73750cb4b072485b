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

#endif /* _EXTRAM_COMPAT_H */
