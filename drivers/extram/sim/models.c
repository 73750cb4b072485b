// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts that can be simulated, a row each, written from the datasheets alone and not shared
 * with the driver: where the driver's table is wrong, this one must not be wrong with it.
 *
 * Clocks are those for a supply of 3.3 V. Behaviour that a datasheet leaves open is chosen so that
 * a driver that relies on it gets wrong data.
 */
#include <linux/kernel.h>
#include <linux/string.h>

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

/* DS25155A, DS20005142C: sequential mode after power-up; two and four lines. */
static const struct sim_op ops_23lc[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x05, SIM_RDSR },
	{ 0x38, SIM_WIDEN },
	{ 0x3b, SIM_WIDEN },
	{ 0xff, SIM_NOTHING },
	{ }
};

#define MICROCHIP(list, kib, bytes, mask, power_up)		\
	.ops = (list),						\
	.addr_bytes = (bytes),					\
	.flags = SIM_VOLATILE | SIM_MODE_REGISTER,		\
	.max_hz = 20 * MHZ,					\
	.idle = 0xff,						\
	.reg_mask = (mask),					\
	.reg_power_up = (power_up),				\
	.size = (kib) * KIB,					\
	.window = 32,						\
	.tcph_ns = 25

/*
 * APS6404L-3SQR, revision 2.3: a die that passed its test answers 5d, one that failed 55. At 3.3 V
 * 109 MHz in wrapped bursts, 84 MHz in linear ones.
 */
static const struct sim_op ops_aps[] = {
	{ 0x02, SIM_WRITE, .max_hz = 84 * MHZ, .wrap_hz = 109 * MHZ },
	{ 0x03, SIM_READ, .max_hz = 33 * MHZ },
	{ 0x0b, SIM_READ, .dummy = 1, .max_hz = 84 * MHZ, .wrap_hz = 109 * MHZ },
	{ 0x35, SIM_WIDEN },
	{ 0x38, SIM_WIDE },
	{ 0x66, SIM_RESET_ENABLE },
	{ 0x99, SIM_RESET },
	{ 0x9f, SIM_RDID, .dummy = 3, .max_hz = 33 * MHZ },
	{ 0xc0, SIM_WRAP },
	{ 0xeb, SIM_WIDE },
	{ }
};

#define APS6404L						\
	.ops = ops_aps,						\
	.addr_bytes = 3,					\
	.flags = SIM_VOLATILE | SIM_NEEDS_RESET,		\
	.max_hz = 109 * MHZ,					\
	.idle = 0xff,						\
	.id_len = 8,						\
	.size = 8 * KIB * KIB,					\
	.window = 32,						\
	.page = 1 * KIB,					\
	.cross_hz = 84 * MHZ,					\
	.tcem_ns = 8000,					\
	.tcph_ns = 18,						\
	.trst_ns = 50

/* Fujitsu MB85RS: fast read and sleep came with later parts. */
static const struct sim_op ops_mb85rs64v[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x04, SIM_WRDI },
	{ 0x05, SIM_RDSR },
	{ 0x06, SIM_WREN },
	{ 0x9f, SIM_RDID },
	{ }
};

static const struct sim_op ops_mb85rs256b[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ, .max_hz = 25 * MHZ },
	{ 0x04, SIM_WRDI },
	{ 0x05, SIM_RDSR },
	{ 0x06, SIM_WREN },
	{ 0x0b, SIM_READ, .dummy = 1 },
	{ 0x9f, SIM_RDID },
	{ }
};

static const struct sim_op ops_mb85rs_mt[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x04, SIM_WRDI },
	{ 0x05, SIM_RDSR },
	{ 0x06, SIM_WREN },
	{ 0x0b, SIM_READ, .dummy = 1, .max_hz = 40 * MHZ },
	{ 0x9f, SIM_RDID },
	{ 0xb9, SIM_SLEEP },
	{ }
};

/* CE# high is 40 to 60 ns over the family; the register keeps WPEN and the protected area. */
#define MB85(list, mhz, kib, bytes, extra)			\
	.ops = (list),						\
	.addr_bytes = (bytes),					\
	.flags = SIM_LATCH | SIM_WAKE_BY_SELECT | (extra),	\
	.max_hz = (mhz) * MHZ,					\
	.idle = 0xff,						\
	.id_len = 4,						\
	.reg_mask = BIT(7) | SIM_SR_BP,				\
	.size = (kib) * KIB,					\
	.tcph_ns = 60,						\
	.wake_us = 400

/* Everspin MR25H: no ID and no fast read; asleep it takes AB and nothing else. */
static const struct sim_op ops_mr25h[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x04, SIM_WRDI },
	{ 0x05, SIM_RDSR },
	{ 0x06, SIM_WREN },
	{ 0xab, SIM_WAKE },
	{ 0xb9, SIM_SLEEP },
	{ }
};

#define MR25(mhz, kib, bytes)					\
	.ops = ops_mr25h,					\
	.addr_bytes = (bytes),					\
	.flags = SIM_LATCH | SIM_LATCH_STICKS | SIM_WHOLE_WRITES,	\
	.max_hz = (mhz) * MHZ,					\
	.idle = 0xff,						\
	.reg_mask = BIT(7) | SIM_SR_BP,				\
	.size = (kib) * KIB,					\
	.tcph_ns = 40,						\
	.wake_us = 400

/* Cypress FM25L16B and FM25W256: six commands, no ID, no sleep; a write clears the latch. */
static const struct sim_op ops_fm25[] = {
	{ 0x01, SIM_WRSR },
	{ 0x02, SIM_WRITE },
	{ 0x03, SIM_READ },
	{ 0x04, SIM_WRDI },
	{ 0x05, SIM_RDSR },
	{ 0x06, SIM_WREN },
	{ }
};

#define FM25(kib)						\
	.ops = ops_fm25,					\
	.addr_bytes = 2,					\
	.flags = SIM_LATCH,					\
	.max_hz = 20 * MHZ,					\
	.idle = 0xff,						\
	.reg_mask = BIT(7) | SIM_SR_BP,				\
	.size = (kib) * KIB,					\
	.tcph_ns = 60

static const struct sim_model sim_models[] = {
	{ .name = "23k640", MICROCHIP(ops_23k, 8, 2, 0xc1, 0x00) },
	{ .name = "23k256", MICROCHIP(ops_23k, 32, 2, 0xc1, 0x00) },
	{ .name = "23lc512", MICROCHIP(ops_23lc, 64, 2, 0xc0, 0x40) },
	{ .name = "23lc1024", MICROCHIP(ops_23lc, 128, 3, 0xc0, 0x40) },
	{
		.name = "aps6404l", APS6404L,
		.id = { 0x0d, 0x5d, 0x46, 0xa1, 0x52, 0x37, 0x94, 0x0c },
	},
	{
		.name = "aps6404l-bad-kgd", .part = "aps6404l", APS6404L,
		.id = { 0x0d, 0x55, 0x46, 0xa1, 0x52, 0x37, 0x94, 0x0c },
	},
	{	/* a maker that nobody has heard of */
		.name = "aps6404l-bad-id", .part = "aps6404l", APS6404L,
		.id = { 0x3e, 0x5d, 0x46, 0xa1, 0x52, 0x37, 0x94, 0x0c },
	},
	{
		.name = "mb85rs64v", MB85(ops_mb85rs64v, 20, 8, 2, 0),
		.id = { 0x04, 0x7f, 0x03, 0x02 },
	},
	{
		.name = "mb85rs256b", MB85(ops_mb85rs256b, 33, 32, 2, 0),
		.id = { 0x04, 0x7f, 0x05, 0x09 },
	},
	{
		.name = "mb85rs1mt", MB85(ops_mb85rs_mt, 30, 128, 3, 0),
		.id = { 0x04, 0x7f, 0x27, 0x03 },
	},
	{	/* the right maker, a part that does not exist */
		.name = "mb85rs1mt-bad-id", .part = "mb85rs1mt",
		MB85(ops_mb85rs_mt, 30, 128, 3, 0),
		.id = { 0x04, 0x7f, 0x3f, 0x7e },
	},
	{
		.name = "mb85rs2mta", MB85(ops_mb85rs_mt, 40, 256, 3, SIM_LATCH_STICKS),
		.id = { 0x04, 0x7f, 0x48, 0x03 },
	},
	{ .name = "fm25l16b", FM25(2) },
	{ .name = "fm25w256", FM25(32) },
	{ .name = "mr25h128", MR25(40, 16, 2) },
	{ .name = "mr25h256", MR25(40, 32, 2) },
	{ .name = "mr25h10", MR25(40, 128, 3) },
	{ .name = "mr25h40", MR25(40, 512, 3) },
	{ .name = "mr20h40", MR25(50, 512, 3) },
	/* What a board does that lost its chip: a line that is held low, a line with a pull-up. */
	{ .name = "dead-00", .flags = SIM_DEAD, .idle = 0x00 },
	{ .name = "dead-ff", .flags = SIM_DEAD, .idle = 0xff },
};

/* A chip select that leads nowhere; MISO has a pull-up. */
const struct sim_model sim_model_none = { .name = "none", .flags = SIM_DEAD, .idle = 0xff };

/**
 * sim_model_find() - the model of a name
 * @name: as in the device tree's extram,sim-model; NULL means "none"
 *
 * Context: Any.
 * Return: the model, or NULL when there is none of that name.
 */
const struct sim_model *sim_model_find(const char *name)
{
	unsigned int i;

	if (!name || !strcmp(name, sim_model_none.name))
		return &sim_model_none;
	for (i = 0; i < ARRAY_SIZE(sim_models); i++)
		if (!strcmp(name, sim_models[i].name))
			return &sim_models[i];
	return NULL;
}
