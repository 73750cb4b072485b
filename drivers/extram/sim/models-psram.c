// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated PSRAM: AP Memory and the parts that follow it, ISSI.
 *
 * A die that passed its maker's test answers 5d, one that failed 55. The upper three bits of the
 * byte behind it are the capacity, in codes of the maker.
 */
#include "internal.h"

#define KIB		1024
#define MIB		(1024 * KIB)
#define MHZ		1000000

/*
 * APS6404L-3SQR, revision 2.3, at 3.3 V: 109 MHz in wrapped bursts, 84 MHz in linear ones. QPI has
 * no 03, and 0B only up to 66 MHz.
 */
static const struct sim_op ops_aps[] = {
	{ 0x02, SIM_WRITE, .max_hz = 84 * MHZ, .wrap_hz = 109 * MHZ },
	{ 0x03, SIM_READ, SIM_ON_1, .max_hz = 33 * MHZ },
	{ 0x0b, SIM_READ, .wait = { 8, 0, 4 }, .max_hz = 84 * MHZ, .wrap_hz = 109 * MHZ,
	  .wide_hz = 66 * MHZ },
	{ 0x35, SIM_BUS, SIM_ON_1, .bus = 4 },
	{ 0x38, SIM_WRITE, .addr_lines = 4, .data_lines = 4, .max_hz = 84 * MHZ,
	  .wrap_hz = 109 * MHZ },
	{ 0x66, SIM_RESET_ENABLE },
	{ 0x99, SIM_RESET },
	{ 0x9f, SIM_RDID, SIM_ON_1, .addr_bytes = 3, .max_hz = 33 * MHZ },
	{ 0xc0, SIM_WRAP },
	{ 0xeb, SIM_READ, .addr_lines = 4, .data_lines = 4, .wait = { 6, 0, 6 },
	  .max_hz = 84 * MHZ, .wrap_hz = 109 * MHZ },
	{ 0xf5, SIM_BUS, SIM_ON_4, .bus = 1 },
	{ }
};

/* The kinds for 1.8 V: C0 is not what it is above, so that nobody may send it. */
static const struct sim_op ops_aps_1v8[] = {
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, SIM_ON_1, .max_hz = 33 * MHZ },
	{ 0x0b, SIM_READ, .wait = { 8, 0, 4 }, .wide_hz = 66 * MHZ },
	{ 0x35, SIM_BUS, SIM_ON_1, .bus = 4 },
	{ 0x38, SIM_WRITE, .addr_lines = 4, .data_lines = 4 },
	{ 0x66, SIM_RESET_ENABLE },
	{ 0x99, SIM_RESET },
	{ 0x9f, SIM_RDID, SIM_ON_1, .addr_bytes = 3, .max_hz = 33 * MHZ },
	{ 0xeb, SIM_READ, .addr_lines = 4, .data_lines = 4, .wait = { 6, 0, 6 } },
	{ 0xf5, SIM_BUS, SIM_ON_4, .bus = 1 },
	{ }
};

/* IPS6404L-SQ: QPI has no 0B. */
static const struct sim_op ops_ips[] = {
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, SIM_ON_1, .max_hz = 33 * MHZ },
	{ 0x0b, SIM_READ, SIM_ON_1, .wait = { 8 } },
	{ 0x35, SIM_BUS, SIM_ON_1, .bus = 4 },
	{ 0x38, SIM_WRITE, .addr_lines = 4, .data_lines = 4 },
	{ 0x66, SIM_RESET_ENABLE },
	{ 0x99, SIM_RESET },
	{ 0x9f, SIM_RDID, SIM_ON_1, .addr_bytes = 3, .max_hz = 33 * MHZ },
	{ 0xc0, SIM_WRAP },
	{ 0xeb, SIM_READ, .addr_lines = 4, .data_lines = 4, .wait = { 6, 0, 6 } },
	{ 0xf5, SIM_BUS, SIM_ON_4, .bus = 1 },
	{ }
};

/* IS66WVS and IS67WVS: B9 is a sleep that loses the contents; the ID can be read in QPI too. */
static const struct sim_op ops_is66[] = {
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, SIM_ON_1, .max_hz = 33 * MHZ },
	{ 0x0b, SIM_READ, SIM_ON_1, .wait = { 8 } },
	{ 0x35, SIM_BUS, SIM_ON_1, .bus = 4 },
	{ 0x38, SIM_WRITE, .addr_lines = 4, .data_lines = 4 },
	{ 0x66, SIM_RESET_ENABLE },
	{ 0x99, SIM_RESET },
	{ 0x9f, SIM_RDID, .addr_bytes = 3, .max_hz = 33 * MHZ },
	{ 0xb9, SIM_SLEEP, SIM_BY_SELECT | SIM_FORGETS, .wake_us = 150 },
	{ 0xc0, SIM_WRAP },
	{ 0xeb, SIM_READ, .addr_lines = 4, .data_lines = 4, .wait = { 6, 0, 6 } },
	{ 0xf5, SIM_BUS, SIM_ON_4, .bus = 1 },
	{ }
};

#define PSRAM(list, mhz, mib, tcem, tcph, extra)		\
	.ops = (list),						\
	.addr_bytes = 3,					\
	.flags = SIM_VOLATILE | SIM_NEEDS_RESET | (extra),	\
	.max_hz = (mhz) * MHZ,					\
	.idle = 0xff,						\
	.id_len = 8,						\
	.size = (mib) * MIB,					\
	.window = 32,						\
	.tcem_ns = (tcem),					\
	.tcph_ns = (tcph),					\
	.trst_ns = 50

#define ID(maker, die, code)					\
	.id = { maker, die, code, 0xa1, 0x52, 0x37, 0x94, 0x0c }
#define AP(code)	ID(0x0d, 0x5d, code)

/* Linear bursts run over one edge of a page, up to 84 MHz. */
#define CROSSES(bytes)	.page = (bytes), .cross_hz = 84 * MHZ

#define IS66(mib, code)						\
	PSRAM(ops_is66, 104, mib, 4000, 31, 0),			\
	ID(0x9d, 0x5d, code),					\
	.ring = 1 * KIB

const struct sim_model sim_psrams[] = {
	{ .name = "aps6404l", PSRAM(ops_aps, 109, 8, 8000, 18, 0), AP(0x46), CROSSES(1 * KIB) },
	{
		.name = "aps6404l-bad-kgd", .part = "aps6404l",
		PSRAM(ops_aps, 109, 8, 8000, 18, 0), CROSSES(1 * KIB),
		ID(0x0d, 0x55, 0x46),
	},
	{	/* a maker that nobody has heard of */
		.name = "aps6404l-bad-id", .part = "aps6404l",
		PSRAM(ops_aps, 109, 8, 8000, 18, 0), CROSSES(1 * KIB),
		ID(0x3e, 0x5d, 0x46),
	},
	{
		.name = "aps6404l-sq", PSRAM(ops_aps_1v8, 144, 8, 4000, 50, 0), AP(0x40),
		.ring = 1 * KIB,
	},
	{
		.name = "aps1604m", PSRAM(ops_aps, 84, 2, 4000, 50, SIM_SHY), AP(0x00),
		CROSSES(512),
	},
	{ .name = "esp-psram64", PSRAM(ops_aps, 84, 8, 8000, 50, 0), AP(0x53), CROSSES(1 * KIB) },
	{ .name = "esp-psram64h", PSRAM(ops_aps, 84, 8, 8000, 50, 0), AP(0x53), CROSSES(1 * KIB) },
	{ .name = "esp-psram32", PSRAM(ops_aps_1v8, 84, 4, 4000, 50, 0), AP(0x2a), .ring = 512 },
	{	/* the first kind; what it wants behind a command is not asked for here */
		.name = "esp-psram32-v0", .part = "esp-psram32",
		PSRAM(ops_aps_1v8, 84, 4, 4000, 50, 0), AP(0x20), .ring = 512,
	},
	{
		.name = "esp-psram32-trial", .part = "esp-psram32",
		PSRAM(ops_aps_1v8, 84, 4, 4000, 50, 0), AP(0x26), .ring = 512,
	},
	{
		.name = "esp-psram16h", PSRAM(ops_aps_1v8, 84, 2, 4000, 50, SIM_SHY), AP(0x00),
		.ring = 512,
	},
	{ .name = "ly68l6400", PSRAM(ops_aps_1v8, 100, 8, 8000, 50, 0), AP(0x53), .ring = 1 * KIB },
	{ .name = "ly68s3200", PSRAM(ops_aps_1v8, 84, 4, 4000, 50, 0), AP(0x2a), .ring = 512 },
	{ .name = "ips6404l", PSRAM(ops_ips, 104, 8, 8000, 18, 0), AP(0x40), CROSSES(1 * KIB) },
	{ .name = "vti7064", PSRAM(ops_aps_1v8, 104, 8, 4000, 50, 0), AP(0x40), .ring = 1 * KIB },
	{ .name = "is66wvs1m8", IS66(1, 0x00) },
	{ .name = "is66wvs2m8", IS66(2, 0x20) },
	{ .name = "is66wvs4m8", IS66(4, 0x40) },
	{ .name = "is66wvs8m8", IS66(8, 0x60) },
	{ .name = "is66wvs16m8", IS66(16, 0x80) },
	{ }
};
