// SPDX-License-Identifier: GPL-2.0-only
/*
 * onsemi N01S, N25S and N64S serial SRAM.
 *
 * Facts from the datasheets of the N01S830HA and N01S818HA; those of the N25S and N64S as far as
 * their overviews go, with the commands of Microchip's 23K parts, whose modes they have. Which mode
 * they wake up in was not verified; it is always set. CS high and power-up time are Microchip's.
 */
#include <linux/sizes.h>

#include "chips.h"
#include "compat.h"
#include "sram.h"

/* 1, 2 and 4 lines; 2.5 to 5.5 V. */
const struct extram_chip extram_chip_n01s830ha = {
	.name = "n01s830ha",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_QUAD_SRAM(20000000),
};

/* A pin for a battery in the place of the fourth line. */
const struct extram_chip extram_chip_n01s830ba = {
	.name = "n01s830ba",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_DUAL_SRAM(20000000),
};

/* 1.7 to 2.2 V. */
const struct extram_chip extram_chip_n01s818ha = {
	.name = "n01s818ha",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_QUAD_SRAM(20000000),
};

/* 2.7 to 3.6 V; address and clock not verified. */
const struct extram_chip extram_chip_n25s830ha = {
	.name = "n25s830ha",
	.size = SZ_32K,
	.addr_bytes = 2,
	EXTRAM_SRAM(16000000),
};

/* 1.7 to 1.95 V; address and clock not verified. */
const struct extram_chip extram_chip_n25s818ha = {
	.name = "n25s818ha",
	.size = SZ_32K,
	.addr_bytes = 2,
	EXTRAM_SRAM(16000000),
};

/* Address and clock not verified. */
const struct extram_chip extram_chip_n64s830ha = {
	.name = "n64s830ha",
	.size = SZ_8K,
	.addr_bytes = 2,
	EXTRAM_SRAM(16000000),
};

/* 1.7 to 1.95 V, 16 MHz; address not verified. */
const struct extram_chip extram_chip_n64s818ha = {
	.name = "n64s818ha",
	.size = SZ_8K,
	.addr_bytes = 2,
	EXTRAM_SRAM(16000000),
};
