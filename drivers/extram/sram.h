/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rows of serial SRAM have in common.
 */
#ifndef _EXTRAM_SRAM_H
#define _EXTRAM_SRAM_H

#include "chips.h"

#define SRAM_OP_ENTER_DUAL	0x3b
#define SRAM_OP_ENTER_QUAD	0x38
#define SRAM_OP_LEAVE		0xff

/* CS high at least 25 ns (TCSD of Microchip); a power-up wait is not given, 1 ms is ours. */
#define EXTRAM_SRAM_COMMON				\
	.flags = EXTRAM_CHIP_VOLATILE,			\
	.tcph_ns = 25,					\
	.power_up_us = 1000

/* One line. */
#define EXTRAM_SRAM(hz)					\
	.ops = &extram_sram_ops,			\
	EXTRAM_SRAM_COMMON,				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, hz }),		\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz })

/*
 * One line, of a part that has more but whose reads there want clocks that nobody knows. It is
 * brought back when another system left it there.
 */
#define EXTRAM_NARROW_SRAM(hz)				\
	EXTRAM_SRAM(hz),				\
	.enter_two = SRAM_OP_ENTER_DUAL,		\
	.enter_four = SRAM_OP_ENTER_QUAD,		\
	.leave = SRAM_OP_LEAVE

/* Two lines; a dummy byte before what is read on more than one. */
#define EXTRAM_DUAL_SRAM(hz)				\
	.ops = &extram_wide_sram_ops,			\
	EXTRAM_SRAM_COMMON,				\
	.enter_two = SRAM_OP_ENTER_DUAL,		\
	.leave = SRAM_OP_LEAVE,				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, hz },		\
			    { EXTRAM_OP_READ, 0x222, 4, hz }),		\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz },		\
			     { EXTRAM_OP_WRITE, 0x222, 0, hz })

/* Four lines, with @latency clocks of one line before all that is read. */
#define EXTRAM_SLOW_QUAD_SRAM(hz, one, two, four)	\
	.ops = &extram_wide_sram_ops,			\
	EXTRAM_SRAM_COMMON,				\
	.enter_two = SRAM_OP_ENTER_DUAL,		\
	.enter_four = SRAM_OP_ENTER_QUAD,		\
	.leave = SRAM_OP_LEAVE,				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, one, hz },		\
			    { EXTRAM_OP_READ, 0x222, two, hz },		\
			    { EXTRAM_OP_READ, 0x444, four, hz }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz },		\
			     { EXTRAM_OP_WRITE, 0x222, 0, hz },		\
			     { EXTRAM_OP_WRITE, 0x444, 0, hz })

#define EXTRAM_QUAD_SRAM(hz)	EXTRAM_SLOW_QUAD_SRAM(hz, 0, 4, 2)

#endif /* _EXTRAM_SRAM_H */
