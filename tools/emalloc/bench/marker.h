/* SPDX-License-Identifier: GPL-2.0-only */
/* The system call by which a replay tells the QEMU plugin where an operation begins and ends. No kernel has it. */
#ifndef EMALLOC_BENCH_MARKER_H
#define EMALLOC_BENCH_MARKER_H

#define MARKER_SYSCALL	0x6d61726b
#define MARKER_BEGIN	0
#define MARKER_ALLOC	1	/* an allocation ended */
#define MARKER_FREE	2	/* a free ended */
#define MARKER_IDS	4096u	/* the second argument: one id for every trace and allocator */

#endif
