// SPDX-License-Identifier: GPL-2.0-only
/*
 * ISSI serial memories: IS62/65WVS SRAM and IS66/67WVS PSRAM. The odd numbers of both are the
 * automotive grades.
 *
 * Facts of the SRAM from the datasheets of the IS62WVS1288F and the IS62WVS2568G; those of the
 * PSRAM from notes on its datasheet. 1.65 to 2.2 V (ALL) or 2.7 to 3.6 V (BLL).
 */
#include <linux/sizes.h>

#include "chips.h"
#include "compat.h"
#include "psram.h"
#include "sram.h"

/* Known by analogy to its larger sisters: address, clock and supply were not verified. */
const struct extram_chip extram_chip_is62wvs0648 = {
	.name = "is62wvs0648",
	.size = SZ_64K,
	.addr_bytes = 3,
	EXTRAM_NARROW_SRAM(16000000),
};

/*
 * 16 or 20 MHz by grade. More lines are there, but what they want before what is read was not
 * verified.
 */
const struct extram_chip extram_chip_is62wvs1288f = {
	.name = "is62wvs1288f",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_NARROW_SRAM(16000000),
};

const struct extram_chip extram_chip_is62wvs2568f = {
	.name = "is62wvs2568f",
	.size = SZ_256K,
	.addr_bytes = 3,
	EXTRAM_NARROW_SRAM(16000000),
};

/* The fast kind, 30 or 45 MHz by grade: READ itself waits, 8, 4 or 2 clocks. */
const struct extram_chip extram_chip_is62wvs2568g = {
	.name = "is62wvs2568g",
	.size = SZ_256K,
	.addr_bytes = 3,
	EXTRAM_SLOW_QUAD_SRAM(30000000, 8, 4, 2),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_is62wvs2568g);

/* Said to be two dies that no burst may connect; clock and whether READ waits were not verified. */
const struct extram_chip extram_chip_is62wvs5128 = {
	.name = "is62wvs5128",
	.size = SZ_512K,
	.addr_bytes = 3,
	.page = SZ_256K,
	EXTRAM_NARROW_SRAM(16000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_is62wvs5128);

/*
 * Bursts stay in their 1 KiB. 4 us of tCEM are those of the grade up to 85 degrees; that up to 105
 * has 1 us, which extram,tcem-ns must say. CE# rests one clock at least, here at 33 MHz.
 */
#define IS66(eid)					\
	EXTRAM_PSRAM(EXTRAM_CHIP_SLEEPS, PSRAM_MF_ISSI, eid),	\
	.page = SZ_1K,					\
	.tcem_ns = 4000,				\
	.tcph_ns = 31,					\
	EXTRAM_PSRAM_READS(104000000),			\
	EXTRAM_PSRAM_WRITES(104000000)

const struct extram_chip extram_chip_is66wvs1m8 = {
	.name = "is66wvs1m8",
	.size = SZ_1M,
	IS66(0x00),
};

const struct extram_chip extram_chip_is66wvs2m8 = {
	.name = "is66wvs2m8",
	.size = SZ_2M,
	IS66(0x20),
};

const struct extram_chip extram_chip_is66wvs4m8 = {
	.name = "is66wvs4m8",
	.size = SZ_4M,
	IS66(0x40),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_is66wvs4m8);

const struct extram_chip extram_chip_is66wvs8m8 = {
	.name = "is66wvs8m8",
	.size = SZ_8M,
	IS66(0x60),
};

const struct extram_chip extram_chip_is66wvs16m8 = {
	.name = "is66wvs16m8",
	.size = SZ_16M,
	IS66(0x80),
};
