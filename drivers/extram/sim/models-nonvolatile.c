// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated memories that keep their contents: FRAM of Fujitsu and Cypress, MRAM of Everspin and
 * Avalanche, EERAM of Microchip.
 */
#include "internal.h"

#define KIB		1024
#define MHZ		1000000

#define STATUS_AND_LATCH		\
	{ 0x01, SIM_WRSR },		\
	{ 0x04, SIM_WRDI },		\
	{ 0x05, SIM_RDSR },		\
	{ 0x06, SIM_WREN }

/* Fujitsu MB85RS: fast read and sleep came with later parts. */
static const struct sim_op ops_mb85rs64v[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x9f, SIM_RDID },
	{ }
};

static const struct sim_op ops_mb85rs256b[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, .max_hz = 25 * MHZ },
	{ 0x0b, SIM_READ, .wait = { 8 } },
	{ 0x9f, SIM_RDID },
	{ }
};

static const struct sim_op ops_mb85rs_mt[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x0b, SIM_READ, .wait = { 8 }, .max_hz = 40 * MHZ },
	{ 0x9f, SIM_RDID },
	{ 0xb9, SIM_SLEEP, SIM_BY_SELECT, .wake_us = 400 },
	{ }
};

/* Six commands and no ID: the smaller Cypress parts, and Fujitsu's 256TY as far as it is known. */
static const struct sim_op ops_six[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ }
};

/* The same with one byte of address: bit 8 is in the opcode. */
static const struct sim_op ops_six_9bit[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x0a, SIM_WRITE, .base = 256 },
	{ 0x0b, SIM_READ, .base = 256 },
	{ }
};

/* Cypress FM25V and CY15B10xQ: B9 is sleep. */
static const struct sim_op ops_fm25v[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x0b, SIM_READ, .wait = { 8 } },
	{ 0x9f, SIM_RDID },
	{ 0xb9, SIM_SLEEP, SIM_BY_SELECT, .wake_us = 450 },
	{ }
};

/* CY15B10xQN and its sisters: BA is deep power-down, B9 is hibernation. */
static const struct sim_op ops_excelon[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x0b, SIM_READ, .wait = { 8 } },
	{ 0x9f, SIM_RDID },
	{ 0xb9, SIM_SLEEP, SIM_BY_SELECT, .wake_us = 450 },
	{ 0xba, SIM_SLEEP, SIM_BY_SELECT, .wake_us = 10 },
	{ }
};

/* Everspin MR25H: no ID and no fast read; asleep it takes AB and nothing else. */
static const struct sim_op ops_mr25h[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0xab, SIM_WAKE },
	{ 0xb9, SIM_SLEEP, .wake_us = 400 },
	{ }
};

/* Avalanche AS3xxx204: B9 is deep power-down that AB ends, BA is hibernation. */
static const struct sim_op ops_as3[] = {
	STATUS_AND_LATCH,
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0xab, SIM_WAKE },
	{ 0xb9, SIM_SLEEP, .wake_us = 400 },
	{ 0xba, SIM_SLEEP, SIM_BY_SELECT, .wake_us = 450 },
	{ }
};

/* The register keeps WPEN and the protected area. */
#define LATCHED(list, mhz, bytes, addr, extra, mask, tcph)	\
	.ops = (list),						\
	.addr_bytes = (addr),					\
	.flags = SIM_LATCH | (extra),				\
	.max_hz = (mhz) * MHZ,					\
	.idle = 0xff,						\
	.reg_mask = (mask),					\
	.size = (bytes),					\
	.tcph_ns = (tcph)

#define WPEN_AND_BP	(BIT(7) | SIM_SR_BP)

/* CE# high is 40 to 60 ns over the family. */
#define MB85(list, mhz, kib, bytes, extra, b2, b3)		\
	LATCHED(list, mhz, (kib) * KIB, bytes, extra, WPEN_AND_BP, 60),		\
	.id_len = 4, .id = { 0x04, 0x7f, b2, b3 }

#define FM25(list, mhz, kib, bytes)				\
	LATCHED(list, mhz, (kib) * KIB, bytes, 0, WPEN_AND_BP, 60)

#define FM25_9BIT(mhz)	LATCHED(ops_six_9bit, mhz, 512, 1, 0, WPEN_AND_BP, 60)

#define FM25V(list, mhz, kib, bytes, b7, b8)			\
	FM25(list, mhz, kib, bytes),				\
	.id_len = 9, .id = { 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0xc2, b7, b8 }

/* Last byte first. */
#define EXCELON(mhz, kib, density, kind)			\
	FM25(ops_excelon, mhz, kib, 3),				\
	.id_len = 9, .id = { kind, density, 0xc2, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f }

#define MR25(mhz, kib, bytes)					\
	LATCHED(ops_mr25h, mhz, (kib) * KIB, bytes, SIM_LATCH_STICKS | SIM_WHOLE_WRITES,	\
		WPEN_AND_BP, 40)

/* Microchip 48L: PRO keeps a burst in its page, ASE saves the contents when power fails. */
#define EERAM(kib, bytes)					\
	LATCHED(ops_six, 66, (kib) * KIB, 2, SIM_EERAM,		\
		SIM_SR_BP | BIT(4) | SIM_SR_PRO | SIM_SR_ASE, 60),	\
	.reg_power_up = SIM_SR_ASE,				\
	.window = (bytes),					\
	.busy_us = 1000

const struct sim_model sim_nonvolatiles[] = {
	{ .name = "mb85rs16n", MB85(ops_mb85rs64v, 20, 2, 2, 0, 0x01, 0x01) },
	{ .name = "mb85rs64v", MB85(ops_mb85rs64v, 20, 8, 2, 0, 0x03, 0x02) },
	{ .name = "mb85rs128b", MB85(ops_mb85rs256b, 33, 16, 2, 0, 0x04, 0x09) },
	{ .name = "mb85rs256b", MB85(ops_mb85rs256b, 33, 32, 2, 0, 0x05, 0x09) },
	{ .name = "mb85rs256ty", FM25(ops_six, 40, 32, 2) },
	{ .name = "mb85rs512t", MB85(ops_mb85rs_mt, 30, 64, 2, 0, 0x26, 0x03) },
	{ .name = "mb85rs1mt", MB85(ops_mb85rs_mt, 30, 128, 3, 0, 0x27, 0x03) },
	{	/* the right maker, a part that does not exist */
		.name = "mb85rs1mt-bad-id", .part = "mb85rs1mt",
		MB85(ops_mb85rs_mt, 30, 128, 3, 0, 0x3f, 0x7e),
	},
	{ .name = "mb85rs2mt", MB85(ops_mb85rs_mt, 25, 256, 3, 0, 0x28, 0x03) },
	{ .name = "mb85rs2mta", MB85(ops_mb85rs_mt, 40, 256, 3, SIM_LATCH_STICKS, 0x48, 0x03) },
	{ .name = "mb85rs4mt", MB85(ops_mb85rs_mt, 40, 512, 3, SIM_LATCH_STICKS, 0x49, 0x03) },

	{ .name = "cy15b004q", FM25_9BIT(16) },
	{ .name = "fm25l04b", FM25_9BIT(20) },
	{ .name = "fm25040b", FM25_9BIT(10) },
	{ .name = "fm25l16b", FM25(ops_six, 20, 2, 2) },
	{ .name = "fm25c160b", FM25(ops_six, 10, 2, 2) },
	{ .name = "fm25cl64b", FM25(ops_six, 10, 8, 2) },
	{ .name = "fm25640b", FM25(ops_six, 10, 8, 2) },
	{ .name = "fm25w256", FM25(ops_six, 20, 32, 2) },
	{ .name = "fm25h20", FM25(ops_six, 10, 256, 3) },
	{ .name = "fm25v01", FM25V(ops_fm25v, 20, 16, 2, 0x21, 0x00) },
	{ .name = "fm25v02", FM25V(ops_fm25v, 20, 32, 2, 0x22, 0x00) },
	{ .name = "fm25v05", FM25V(ops_fm25v, 20, 64, 2, 0x23, 0x00) },
	{ .name = "fm25v10", FM25V(ops_fm25v, 40, 128, 3, 0x24, 0x00) },
	{ .name = "cy15b102q", FM25V(ops_fm25v, 20, 256, 3, 0x25, 0x00) },
	{ .name = "cy15b102qm", EXCELON(50, 256, 0x2a, 0x01) },
	{ .name = "cy15b104q", FM25V(ops_fm25v, 40, 512, 3, 0x26, 0x00) },
	{ .name = "cy15b104qi", EXCELON(20, 512, 0x2c, 0x01) },
	{ .name = "cy15b104qn", EXCELON(50, 512, 0x2c, 0x01) },
	{ .name = "cy15b108qn", EXCELON(40, 1024, 0x2e, 0x03) },

	{ .name = "mr25h128", MR25(40, 16, 2) },
	{ .name = "mr25h256", MR25(40, 32, 2) },
	{ .name = "mr25h10", MR25(40, 128, 3) },
	{ .name = "mr25h40", MR25(40, 512, 3) },
	{ .name = "mr20h40", MR25(50, 512, 3) },

	{ .name = "as3001204", FM25(ops_as3, 20, 128, 3) },
	{ .name = "as3004204", FM25(ops_as3, 20, 512, 3) },
	{ .name = "as3008204", FM25(ops_as3, 20, 1024, 3) },
	{ .name = "as3016204", FM25(ops_as3, 20, 2048, 3) },

	{ .name = "48l640", EERAM(8, 32) },
	{ .name = "48l256", EERAM(32, 64) },
	{ .name = "48l512", EERAM(64, 32) },
	{ }
};
