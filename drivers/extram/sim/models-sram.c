// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated SRAM: Microchip, onsemi, ISSI. Each list of commands names the datasheet that it is
 * from.
 */
#include "internal.h"

#define KIB		1024
#define MHZ		1000000

/* DS22100F, DS22126E: four commands, 20 MHz, byte mode after power-up, bit 0 switches HOLD off. */
static const struct sim_op ops_23k[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x05, SIM_RDSR },
	{ }
};

/*
 * DS25155A, DS20005142C: sequential mode after power-up. On two and on four lines, where a dummy
 * byte stands between the address and what is read.
 */
static const struct sim_op ops_23lc[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, .wait = { 0, 4, 2 } },
	{ 0x05, SIM_RDSR },
	{ 0x38, SIM_BUS, .bus = 4 },
	{ 0x3b, SIM_BUS, .bus = 2 },
	{ 0xff, SIM_BUS, .bus = 1 },
	{ }
};

/* DS20005156B: the pin of the fourth line is that of the battery. */
static const struct sim_op ops_23lcv[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, .wait = { 0, 4 } },
	{ 0x05, SIM_RDSR },
	{ 0x3b, SIM_BUS, .bus = 2 },
	{ 0xff, SIM_BUS, .bus = 1 },
	{ }
};

/* 23AA02M, 23AA04M: a register of two bytes, and a fast read. Other lines are not known well. */
static const struct sim_op ops_23aa[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x05, SIM_RDSR },
	{ 0x0b, SIM_READ, .wait = { 8 }, .max_hz = 143 * MHZ },
	{ }
};

/* IS62WVS2568GALL: eight clocks of latency in every read, four and two on more lines. */
static const struct sim_op ops_is62_fast[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, .wait = { 8, 4, 2 } },
	{ 0x05, SIM_RDSR },
	{ 0x38, SIM_BUS, .bus = 4 },
	{ 0x3b, SIM_BUS, .bus = 2 },
	{ 0xff, SIM_BUS, .bus = 1 },
	{ }
};

/*
 * No part, but all that a part may have: every mix of lines, with the opcodes that flash memories
 * have made common, and bus modes of two and of four lines.
 */
static const struct sim_op ops_mixed[] = {
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, SIM_ON_1 },
	{ 0x0b, SIM_READ, .wait = { 8, 4, 2 } },
	{ 0x12, SIM_WRITE, SIM_ON_1, .addr_lines = 4, .data_lines = 4 },
	{ 0x32, SIM_WRITE, SIM_ON_1, .data_lines = 4 },
	{ 0x35, SIM_BUS, SIM_ON_1, .bus = 4 },
	{ 0x37, SIM_BUS, SIM_ON_1, .bus = 2 },
	{ 0x3b, SIM_READ, SIM_ON_1, .data_lines = 2, .wait = { 8 } },
	{ 0x6b, SIM_READ, SIM_ON_1, .data_lines = 4, .wait = { 8 } },
	{ 0xa2, SIM_WRITE, SIM_ON_1, .data_lines = 2 },
	{ 0xbb, SIM_READ, SIM_ON_1, .addr_lines = 2, .data_lines = 2, .wait = { 4 } },
	{ 0xd2, SIM_WRITE, SIM_ON_1, .addr_lines = 2, .data_lines = 2 },
	{ 0xeb, SIM_READ, SIM_ON_1, .addr_lines = 4, .data_lines = 4, .wait = { 6 } },
	{ 0xff, SIM_BUS, .bus = 1 },
	{ }
};

#define SRAM(...)	SRAM_WITH(0, __VA_ARGS__)
#define SRAM_WITH(extra, list, mhz, kib, bytes, mask, power_up)	\
	.ops = (list),						\
	.addr_bytes = (bytes),					\
	.flags = SIM_VOLATILE | SIM_MODE_REGISTER | (extra),	\
	.max_hz = (mhz) * MHZ,					\
	.idle = 0xff,						\
	.reg_mask = (mask),					\
	.reg_power_up = (power_up),				\
	.size = (kib) * KIB,					\
	.window = 32,						\
	.tcph_ns = 25

const struct sim_model sim_srams[] = {
	{ .name = "23k640", SRAM(ops_23k, 20, 8, 2, 0xc1, 0x00) },
	{ .name = "23k256", SRAM(ops_23k, 20, 32, 2, 0xc1, 0x00) },
	{ .name = "23lc512", SRAM(ops_23lc, 20, 64, 2, 0xc0, 0x40) },
	{ .name = "23lc1024", SRAM(ops_23lc, 20, 128, 3, 0xc0, 0x40) },
	{ .name = "23lcv512", SRAM(ops_23lcv, 20, 64, 2, 0xc0, 0x40) },
	{ .name = "23lcv1024", SRAM(ops_23lcv, 20, 128, 3, 0xc0, 0x40) },
	{ .name = "23aa02m", SRAM(ops_23aa, 20, 256, 3, 0xc0, 0x40), .reg_bytes = 2 },
	{ .name = "23aa04m", SRAM(ops_23aa, 20, 512, 3, 0xc0, 0x40), .reg_bytes = 2 },
	{	/* behind wires that are too long for more than 10 MHz */
		.name = "23lc1024-long-wires", .part = "23lc1024",
		SRAM(ops_23lc, 20, 128, 3, 0xc0, 0x40), .clean_hz = 10 * MHZ,
	},
	{	/* a worn part: its registers are as fast as they should be */
		.name = "23lc1024-slow-array", .part = "23lc1024",
		SRAM_WITH(SIM_SLOW_ARRAY, ops_23lc, 20, 128, 3, 0xc0, 0x40), .clean_hz = 10 * MHZ,
	},
	/* onsemi: word mode, which is byte mode, is taken for that of power-up. */
	{ .name = "n01s830ha", SRAM(ops_23lc, 20, 128, 3, 0xc1, 0x00) },
	{ .name = "n01s830ba", SRAM(ops_23lcv, 20, 128, 3, 0xc1, 0x00) },
	{ .name = "n01s818ha", SRAM(ops_23lc, 20, 128, 3, 0xc1, 0x00) },
	{ .name = "n25s830ha", SRAM(ops_23k, 20, 32, 2, 0xc1, 0x00) },
	{ .name = "n25s818ha", SRAM(ops_23k, 16, 32, 2, 0xc1, 0x00) },
	{ .name = "n64s830ha", SRAM(ops_23k, 16, 8, 2, 0xc1, 0x00) },
	{ .name = "n64s818ha", SRAM(ops_23k, 16, 8, 2, 0xc1, 0x00) },
	/* ISSI */
	{ .name = "is62wvs0648", SRAM(ops_23lc, 16, 64, 3, 0xc0, 0x00) },
	{ .name = "is62wvs1288f", SRAM(ops_23lc, 16, 128, 3, 0xc0, 0x00) },
	{ .name = "is62wvs2568f", SRAM(ops_23lc, 16, 256, 3, 0xc0, 0x00) },
	{ .name = "is62wvs2568g", SRAM(ops_is62_fast, 30, 256, 3, 0xc0, 0x00) },
	{
		.name = "mixed-lines", .part = "serial-ram",
		SRAM(ops_mixed, 50, 64, 3, 0xc0, 0x40),
	},
	{	/* two dies: a burst that reaches the end of one starts there again */
		.name = "is62wvs5128", SRAM(ops_23lc, 16, 512, 3, 0xc0, 0x00), .ring = 256 * KIB,
	},
	{ }
};
