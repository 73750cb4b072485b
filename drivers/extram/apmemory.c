// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serial PSRAM of AP Memory and of those who sell its kind: Espressif, Lyontek, IPUS, Vilsion.
 *
 * The ID of all of them has the maker byte of AP Memory. Where nobody could verify a figure, it is
 * the worst of the family: 4 us of tCEM, 50 ns of rest, no burst over the edge of a page. The
 * device tree's extram,tcem-ns says it better for a part of another temperature grade.
 */
#include <linux/sizes.h>

#include "chips.h"
#include "compat.h"
#include "psram.h"

#define AP(eid)		EXTRAM_PSRAM(0, PSRAM_MF_AP, eid)
#define COMMANDS(hz)	EXTRAM_PSRAM_READS(hz), EXTRAM_PSRAM_WRITES(hz)

/* Codes of the capacity. */
#define AP_2M		0x00
#define AP_4M		0x20
#define AP_8M		0x40

/*
 * APS6404L-3SQR, revision 2.3: 8 us are those of the standard temperature grade. Linear bursts end
 * at 84 MHz, where one page edge may be crossed; the 133 MHz of wrapped bursts are of no use for
 * ranges of any length. 2.7 to 3.6 V.
 */
const struct extram_chip extram_chip_aps6404l = {
	.name = "aps6404l",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.page_cross_hz = 84000000,
	.tcem_ns = 8000,
	.tcph_ns = 18,
	COMMANDS(84000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_aps6404l);

/*
 * APS6404L-SQR, -SQH, -SQN for 1.8 V: bursts stay in their 1 KiB. Rated for 144 MHz; tCEM, rest
 * and power-up not verified.
 */
const struct extram_chip extram_chip_aps6404l_sq = {
	.name = "aps6404l-sq",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/*
 * APS1604M-SQR, revision 2.4, 1.62 to 1.98 V: pages of 512 bytes, which a linear burst may leave up
 * to 84 MHz within tCEM; tCEM and rest not verified.
 */
const struct extram_chip extram_chip_aps1604m = {
	.name = "aps1604m",
	.size = SZ_2M,
	AP(AP_2M),
	.page = 512,
	.page_cross_hz = 84000000,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* ESP-PSRAM64 is for 1.8 V, ESP-PSRAM64H for 3.3 V. By notes on the datasheets, not by those. */
const struct extram_chip extram_chip_esp_psram64 = {
	.name = "esp-psram64",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.page_cross_hz = 84000000,
	.tcem_ns = 8000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* Only their IDs are known, from ESP-IDF. */
const struct extram_chip extram_chip_esp_psram32 = {
	.name = "esp-psram32",
	.size = SZ_4M,
	AP(AP_4M),
	.page = 512,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

const struct extram_chip extram_chip_esp_psram16h = {
	.name = "esp-psram16h",
	.size = SZ_2M,
	AP(AP_2M),
	.page = 512,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* LY68L6400: 100 MHz are in use in the field, 8 us of tCEM are what users keep to. */
const struct extram_chip extram_chip_ly68l6400 = {
	.name = "ly68l6400",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.tcem_ns = 8000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* LY68S3200: known by name alone. */
const struct extram_chip extram_chip_ly68s3200 = {
	.name = "ly68s3200",
	.size = SZ_4M,
	AP(AP_4M),
	.page = 512,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* IPS6404L-SQ: 104 MHz at 3.3 V, 84 MHz across a page. */
const struct extram_chip extram_chip_ips6404l = {
	.name = "ips6404l",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.page_cross_hz = 84000000,
	.tcem_ns = 8000,
	.tcph_ns = 18,
	COMMANDS(104000000),
};

/* VTI7064: rated for 104 MHz, the rest not verified. */
const struct extram_chip extram_chip_vti7064 = {
	.name = "vti7064",
	.size = SZ_8M,
	AP(AP_8M),
	.page = 1024,
	.tcem_ns = 4000,
	.tcph_ns = 50,
	COMMANDS(84000000),
};

/* Eight lines at double data rate and nothing else: no commands that this driver could send. */
const struct extram_chip extram_chip_aps6408l = { .name = "aps6408l", .size = SZ_8M };
const struct extram_chip extram_chip_aps12808l = { .name = "aps12808l", .size = SZ_16M };
const struct extram_chip extram_chip_aps256xxn = { .name = "aps256xxn", .size = SZ_32M };
