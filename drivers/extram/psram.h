/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rows of serial PSRAM have in common.
 */
#ifndef _EXTRAM_PSRAM_H
#define _EXTRAM_PSRAM_H

#include "chips.h"

#define PSRAM_ID_ADDR		3	/* address bytes that RDID wants and ignores */
#define PSRAM_ID_LEN		3	/* maker, known good die, first byte of the EID */
#define PSRAM_MF_AP		0x0d	/* AP Memory, and all that follow it */
#define PSRAM_MF_ISSI		0x9d

#define PSRAM_OP_QUAD_READ	0xeb
#define PSRAM_OP_QUAD_WRITE	0x38
#define PSRAM_OP_ENTER_QPI	0x35
#define PSRAM_OP_LEAVE_QPI	0xf5

/* 150 us of power-up on all parts whose datasheet says. */
#define EXTRAM_PSRAM(extra, maker, eid)				\
	.ops = &extram_psram_ops,				\
	.addr_bytes = 3,					\
	.id_len = PSRAM_ID_LEN,					\
	.id = { maker, 0x5d, eid },				\
	.flags = EXTRAM_CHIP_VOLATILE | (extra),		\
	.power_up_us = 150,					\
	.setup_bytes = 1 + PSRAM_ID_ADDR + PSRAM_ID_LEN,	\
	.enter_four = PSRAM_OP_ENTER_QPI,			\
	.leave = PSRAM_OP_LEAVE_QPI

/* READ to 33 MHz, all else to @hz; in QPI only the quad commands are the same on all parts. */
#define EXTRAM_PSRAM_READS(hz)					\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 33000000 },	\
			    { EXTRAM_OP_FAST_READ, 0x111, 8, hz },	\
			    { PSRAM_OP_QUAD_READ, 0x144, 6, hz },	\
			    { PSRAM_OP_QUAD_READ, 0x444, 6, hz })
#define EXTRAM_PSRAM_WRITES(hz)					\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz },		\
			     { PSRAM_OP_QUAD_WRITE, 0x144, 0, hz },	\
			     { PSRAM_OP_QUAD_WRITE, 0x444, 0, hz })

#endif /* _EXTRAM_PSRAM_H */
