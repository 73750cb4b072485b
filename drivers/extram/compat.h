/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that this driver supports, 6.1 and later. Nothing else may ask
 * for a version.
 */
#ifndef _EXTRAM_COMPAT_H
#define _EXTRAM_COMPAT_H

#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/version.h>

#define EXTRAM_KERNEL_FROM(major, minor) \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

/*
 * Internal functions that KUnit suites call are exported to them alone. On 6.1, which has no such
 * export, to everybody, but only in kernels with KUnit.
 */
#if EXTRAM_KERNEL_FROM(6, 2)
#include <kunit/visibility.h>
#elif IS_ENABLED(CONFIG_KUNIT)
#define EXPORT_SYMBOL_IF_KUNIT(symbol)	EXPORT_SYMBOL_GPL(symbol)
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* A suite in a module of its own says with this that it may use them. */
#if EXTRAM_KERNEL_FROM(6, 13)
#define EXTRAM_IMPORT_FOR_KUNIT		MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#elif EXTRAM_KERNEL_FROM(6, 2)
#define EXTRAM_IMPORT_FOR_KUNIT		MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define EXTRAM_IMPORT_FOR_KUNIT
#endif

/* What generates the parameters of a case got the running test as its first argument in 6.18. */
#if EXTRAM_KERNEL_FROM(6, 18)
#define EXTRAM_KUNIT_GENERATOR(name) \
	const void *name(struct kunit *test, const void *prev, char *desc)
#else
#define EXTRAM_KUNIT_GENERATOR(name)	const void *name(const void *prev, char *desc)
#endif

/* The splice that goes through read_iter was renamed in 6.5. */
#if EXTRAM_KERNEL_FROM(6, 5)
#define extram_splice_read	copy_splice_read
#else
#define extram_splice_read	generic_file_splice_read
#endif

/* Applying an overlay got a fourth argument in 6.6, the node to apply it to. */
#if EXTRAM_KERNEL_FROM(6, 6)
#define extram_of_overlay_apply(fdt, size, id)	of_overlay_fdt_apply(fdt, size, id, NULL)
#else
#define extram_of_overlay_apply(fdt, size, id)	of_overlay_fdt_apply(fdt, size, id)
#endif

/* Operations of spi-mem have a clock of their own since 6.14. */
#if EXTRAM_KERNEL_FROM(6, 14)
#define EXTRAM_HAS_MEM_OP_HZ		true
#define EXTRAM_MEM_CAPS			{ .per_op_freq = true }
#define extram_mem_op_hz(op, hz)	((op)->max_freq = (hz))
#define extram_mem_op_hz_of(op, spi)	min_not_zero((op)->max_freq, (spi)->max_speed_hz)
#else
#define EXTRAM_HAS_MEM_OP_HZ		false
#define EXTRAM_MEM_CAPS			{ }
#define extram_mem_op_hz(op, hz)	((void)(hz))
#define extram_mem_op_hz_of(op, spi)	((spi)->max_speed_hz)
#endif

/* A direct map of spi-mem has two commands to choose from, not one, since 7.1. */
#if EXTRAM_KERNEL_FROM(7, 1)
#define extram_window_op(info)		(&(info)->primary_op_tmpl)
#else
#define extram_window_op(info)		(&(info)->op_tmpl)
#endif

/* The string of a tracepoint is named once since 6.10. */
#if EXTRAM_KERNEL_FROM(6, 10)
#define extram_assign_str(field, string)	__assign_str(field)
#else
#define extram_assign_str(field, string)	__assign_str(field, string)
#endif

#endif /* _EXTRAM_COMPAT_H */
