// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cypress (Ramtron, now Infineon) FM25 serial FRAM without an ID.
 *
 * Facts from the datasheets of the FM25L16B and the FM25W256. Writes take no time; each clears the
 * write enable latch.
 */
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

static const struct extram_chip_ops fm25_ops = {
	.init = extram_chip_check_latch,
};

/* 20 MHz for every command; chip select high 40 to 60 ns over the family. */
#define FM25_FRAM				\
	.ops = &fm25_ops,			\
	.addr_bytes = 2,			\
	.flags = EXTRAM_CHIP_WREN,		\
	.tcph_ns = 60,				\
	.power_up_us = 1000,			\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 20000000 }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 20000000 })

const struct extram_chip extram_chip_fm25l16b = {
	.name = "fm25l16b",
	.size = 2 * 1024,
	FM25_FRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25l16b);

/* The power-up time is that of the FM25L16B, 1 ms: the other one's is not known. */
const struct extram_chip extram_chip_fm25w256 = {
	.name = "fm25w256",
	.size = 32 * 1024,
	FM25_FRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25w256);
