// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulated FRAM, MRAM and EERAM: write enable latch, protection, ID, sleep, half a
 * byte. Numbers are written out here and not taken from the simulator.
 */
#include <linux/delay.h>

#include "compat.h"
#include "extram_sim_bench.h"

#define WEL	0x02
#define BP	0x0c
#define WAKE_US	400

struct fram {
	const char *name;
	u32 size;
	u8 addr_bytes;
	bool sticks;	/* WREN is good for more than one write */
	bool whole;	/* drops a write that ends inside a byte */
	u8 id[9];	/* zeros when it has none */
	u8 factory;	/* the status register at first */
	u8 more;	/* bits of it that can be written, beside those that protect */
	bool busy;	/* for a millisecond after power-up */
};

#define CYPRESS(product, kind)	{ 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0xc2, product, kind }
#define SYPERC(product, kind)	{ kind, product, 0xc2, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f }

static const struct fram frams[] = {
	{ "mb85rs16n", 2 * KIB, 2, false, false, { 0x04, 0x7f, 0x01, 0x01 } },
	{ "mb85rs64v", 8 * KIB, 2, false, false, { 0x04, 0x7f, 0x03, 0x02 } },
	{ "mb85rs128b", 16 * KIB, 2, false, false, { 0x04, 0x7f, 0x04, 0x09 } },
	{ "mb85rs256ty", 32 * KIB, 2 },
	{ "mb85rs512t", 64 * KIB, 2, false, false, { 0x04, 0x7f, 0x26, 0x03 } },
	{ "mb85rs2mt", 256 * KIB, 3, false, false, { 0x04, 0x7f, 0x28, 0x03 } },
	{ "mb85rs4mt", 512 * KIB, 3, true, false, { 0x04, 0x7f, 0x49, 0x03 } },
	{ "mb85rs256b", 32 * KIB, 2, false, false, { 0x04, 0x7f, 0x05, 0x09 } },
	{ "mb85rs1mt", 128 * KIB, 3, false, false, { 0x04, 0x7f, 0x27, 0x03 } },
	{ "mb85rs2mta", 256 * KIB, 3, true, false, { 0x04, 0x7f, 0x48, 0x03 } },
	{ "fm25l16b", 2 * KIB, 2 },
	{ "fm25w256", 32 * KIB, 2 },
	{ "cy15b004q", 512, 1 },
	{ "fm25l04b", 512, 1 },
	{ "fm25040b", 512, 1 },
	{ "fm25c160b", 2 * KIB, 2 },
	{ "fm25cl64b", 8 * KIB, 2 },
	{ "fm25640b", 8 * KIB, 2 },
	{ "fm25h20", 256 * KIB, 3 },
	{ "fm25v01", 16 * KIB, 2, false, false, CYPRESS(0x21, 0x00) },
	{ "fm25v02", 32 * KIB, 2, false, false, CYPRESS(0x22, 0x00) },
	{ "fm25v05", 64 * KIB, 2, false, false, CYPRESS(0x23, 0x00) },
	{ "fm25v10", 128 * KIB, 3, false, false, CYPRESS(0x24, 0x00) },
	{ "cy15b102q", 256 * KIB, 3, false, false, CYPRESS(0x25, 0x00) },
	{ "cy15b102qm", 256 * KIB, 3, false, false, SYPERC(0x2a, 0x01) },
	{ "cy15b104q", 512 * KIB, 3, false, false, CYPRESS(0x26, 0x00) },
	{ "cy15b104qi", 512 * KIB, 3, false, false, SYPERC(0x2c, 0x01) },
	{ "cy15b104qn", 512 * KIB, 3, false, false, SYPERC(0x2c, 0x01) },
	{ "cy15b108qn", 1024 * KIB, 3, false, false, SYPERC(0x2e, 0x03) },
	{ "as3001204", 128 * KIB, 3 },
	{ "as3004204", 512 * KIB, 3 },
	{ "as3008204", 1024 * KIB, 3 },
	{ "as3016204", 2048 * KIB, 3 },
	{ "mr25h128", 16 * KIB, 2, true, true },
	{ "mr25h256", 32 * KIB, 2, true, true },
	{ "mr25h10", 128 * KIB, 3, true, true },
	{ "mr25h40", 512 * KIB, 3, true, true },
	{ "mr20h40", 512 * KIB, 3, true, true },
	{ "48l640", 8 * KIB, 2, .factory = 0x40, .more = 0x70, .busy = true },
	{ "48l256", 32 * KIB, 2, .factory = 0x40, .more = 0x70, .busy = true },
	{ "48l512", 64 * KIB, 2, .factory = 0x40, .more = 0x70, .busy = true },
};

static void fram_name(const struct fram *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fram, frams, fram_name);

static void fram_put(struct kunit *test, const struct fram *f)
{
	bench_put(test, f->name, NULL, 10 * MHZ);
	if (f->busy)
		usleep_range(1100, 1500);
}

static void fram_power_cycle(struct kunit *test, const struct fram *f)
{
	struct bench *b = test->priv;

	extram_sim_power_cycle(b->sim, 0);
	if (f->busy)
		usleep_range(1100, 1500);
}

static void fram_write(struct kunit *test, const struct fram *f, u32 addr, u8 byte)
{
	if (f->addr_bytes == 3)
		CMD(test, 0x02, addr >> 16, addr >> 8, addr, byte);
	else if (f->addr_bytes == 2)
		CMD(test, 0x02, addr >> 8, addr, byte);
	else
		CMD(test, addr & 0x100 ? 0x0a : 0x02, addr, byte);
}

static void fram_write_needs_wren(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	bench_poke(test, 9, 0x21);
	fram_write(test, f, 9, 0x43);
	bench_expect_violation(test, EXTRAM_SIM_WREN);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 9), 0x21);
	CMD(test, 0x06);
	fram_write(test, f, 9, 0x43);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 9), 0x43);
}

static void fram_latch_is_in_the_status(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory);
	CMD(test, 0x06);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory | WEL);
	CMD(test, 0x04);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory);
	CMD(test, 0x06);
	fram_power_cycle(test, f);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory);
}

/* On most parts a write clears the latch; on the 2MTA and on MRAM it does not. */
static void fram_latch_behind_a_write(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	CMD(test, 0x06);
	fram_write(test, f, 1, 0x11);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory | (f->sticks ? WEL : 0));
	bench_poke(test, 2, 0x33);
	fram_write(test, f, 2, 0x22);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 2), f->sticks ? 0x22 : 0x33);
	if (!f->sticks)
		bench_expect_violation(test, EXTRAM_SIM_WREN);
}

static void fram_status_needs_wren(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	CMD(test, 0x01, 0x04);
	bench_expect_violation(test, EXTRAM_SIM_WREN);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05) & BP, 0);
	CMD(test, 0x06);
	CMD(test, 0x01, 0x04);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->sticks ? 0x04 | WEL : 0x04);
}

/* The latch cannot be set by writing the register. */
static void fram_latch_is_not_written(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	CMD(test, 0x06);
	CMD(test, 0x01, 0x73);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->more | (f->sticks ? WEL : 0));
}

/* 01 protects the upper quarter, 10 the upper half, 11 all of it. */
static void fram_protection(struct kunit *test)
{
	const struct fram *f = test->param_value;
	const u32 first[] = { f->size, f->size / 4 * 3, f->size / 2, 0 };
	unsigned int bp;

	fram_put(test, f);
	for (bp = 1; bp < 4; bp++) {
		CMD(test, 0x06);
		CMD(test, 0x01, bp << 2);

		bench_poke(test, first[bp], 0x21);
		CMD(test, 0x06);
		fram_write(test, f, first[bp], 0x43);
		bench_expect_violation(test, EXTRAM_SIM_PROTECTED);
		KUNIT_EXPECT_EQ(test, bench_peek(test, first[bp]), 0x21);

		if (!first[bp])
			continue;
		CMD(test, 0x06);
		fram_write(test, f, first[bp] - 1, 0x43);
		KUNIT_EXPECT_EQ(test, bench_peek(test, first[bp] - 1), 0x43);
	}
}

/* Into the protected area: what lies before it is written. */
static void fram_burst_into_protection(struct kunit *test)
{
	const struct fram *f = test->param_value;
	u32 edge = f->size / 2;
	u8 cmd[6] = { 0x02 };

	fram_put(test, f);
	CMD(test, 0x06);
	CMD(test, 0x01, 0x08);
	bench_poke(test, edge, 0x21);

	if (f->addr_bytes == 3)
		cmd[1] = (edge - 1) >> 16;
	if (f->addr_bytes >= 2)
		cmd[f->addr_bytes - 1] = (edge - 1) >> 8;
	cmd[f->addr_bytes] = edge - 1;
	cmd[f->addr_bytes + 1] = 0x43;
	cmd[f->addr_bytes + 2] = 0x65;
	CMD(test, 0x06);
	bench_cmd(test, cmd, f->addr_bytes + 3, 0);
	bench_expect_violation(test, EXTRAM_SIM_PROTECTED);
	KUNIT_EXPECT_EQ(test, bench_peek(test, edge - 1), 0x43);
	KUNIT_EXPECT_EQ(test, bench_peek(test, edge), 0x21);
}

static void fram_protection_is_kept(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	CMD(test, 0x06);
	CMD(test, 0x01, 0x0c);
	fram_power_cycle(test, f);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x0c);
}

/* More clocks than WREN has: it is not carried out. */
static void fram_wren_is_one_byte(struct kunit *test)
{
	const struct fram *f = test->param_value;

	fram_put(test, f);
	CMD(test, 0x06, 0x00);
	bench_expect_violation(test, EXTRAM_SIM_EXTRA);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), f->factory);
}

static void fram_id(struct kunit *test)
{
	static const u8 rdid = 0x9f;
	const struct fram *f = test->param_value;

	fram_put(test, f);
	if (f->id[0]) {
		size_t len = f->id[0] == 0x04 ? 4 : 9;

		KUNIT_EXPECT_EQ(test, memcmp(bench_cmd(test, &rdid, 1, len), f->id, len), 0);
		return;
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(bench_cmd(test, &rdid, 1, 4), 0xff, 4));
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

static void fram_bad_id(struct kunit *test)
{
	static const u8 rdid = 0x9f;
	u8 *id;

	bench_put(test, "mb85rs1mt-bad-id", NULL, 20 * MHZ);
	id = bench_cmd(test, &rdid, 1, 4);
	KUNIT_EXPECT_EQ(test, id[0], 0x04);
	KUNIT_EXPECT_EQ(test, id[1], 0x7f);
	KUNIT_EXPECT_NE(test, id[2], 0x27);
}

static void fram_fast_read_has_a_dummy_byte(struct kunit *test)
{
	bench_put(test, "mb85rs256b", NULL, 33 * MHZ);
	bench_poke(test, 0x1234, 0x77);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x0b, 0x12, 0x34, 0xff), 0x77);
	bench_exit(test);

	bench_put(test, "mb85rs1mt", NULL, 40 * MHZ);
	bench_poke(test, 0x11234, 0x78);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x0b, 0x01, 0x12, 0x34, 0xff), 0x78);
}

/* Two bytes and a half: MRAM drops the write, FRAM the half. */
static void fram_write_ends_inside_a_byte(struct kunit *test)
{
	const struct fram *f = test->param_value;
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{ .tx_buf = b->tx, .len = 1 + f->addr_bytes + 2 },
		{ .tx_buf = b->tx + 16, .len = 1, .bits_per_word = 4 },
	};
	unsigned int i;

	fram_put(test, f);
	for (i = 0; i < 3; i++)
		bench_poke(test, i, 0x21);
	CMD(test, 0x06);
	memset(b->tx, 0, 32);
	b->tx[0] = 0x02;
	b->tx[1 + f->addr_bytes] = 0x43;
	b->tx[2 + f->addr_bytes] = 0x65;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0), f->whole ? 0x21 : 0x43);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 1), f->whole ? 0x21 : 0x65);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 2), 0x21);
}

/* A write that went round the whole memory is dropped as a whole too. */
static void fram_long_write_is_dropped(struct kunit *test)
{
	struct bench *b = test->priv;
	u8 *data = kunit_kzalloc(test, 32 * KIB + 64, GFP_KERNEL);
	u8 *was = kunit_kzalloc(test, 32 * KIB, GFP_KERNEL);
	u8 *is = kunit_kzalloc(test, 32 * KIB, GFP_KERNEL);
	struct spi_transfer xfers[2] = {
		{ .tx_buf = data, .len = 32 * KIB + 64 },
		{ .tx_buf = b->tx, .len = 1, .bits_per_word = 1 },
	};

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_NOT_NULL(test, was);
	KUNIT_ASSERT_NOT_NULL(test, is);
	bench_put(test, "mr25h256", NULL, 20 * MHZ);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 0, was, 32 * KIB), 0);
	CMD(test, 0x06);
	data[0] = 0x02;
	data[1] = 0x70;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 0, is, 32 * KIB), 0);
	KUNIT_EXPECT_EQ(test, memcmp(was, is, 32 * KIB), 0);

	/* The same, ended well. */
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 1), 0);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, 0, is, 32 * KIB), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(is, 0, 32 * KIB));
}

/* Any chip select wakes it; what comes with it is lost, and it wants 400 us of rest. */
static void fram_sleep_of_fujitsu(struct kunit *test)
{
	bench_put(test, "mb85rs1mt", NULL, 20 * MHZ);
	bench_poke(test, 0, 0x5e);
	CMD(test, 0x06);
	CMD(test, 0xb9);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
	bench_expect_clean(test);
	usleep_range(WAKE_US, 2 * WAKE_US);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
}

static void fram_read_of_a_sleeping_fujitsu(struct kunit *test)
{
	bench_put(test, "mb85rs2mta", NULL, 20 * MHZ);
	CMD(test, 0xb9);
	bench_poke(test, 0, 0x5e);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0xff);
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
	usleep_range(WAKE_US, 2 * WAKE_US);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
}

/* A busy machine may need longer between the two commands than the chip does: tried often. */
static bool fram_too_early(struct kunit *test, u8 sleep, u8 wake)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{
			.tx_buf = b->tx, .len = 1, .cs_change = 1,
			.cs_change_delay = { 100, SPI_DELAY_UNIT_NSECS },
		},
		{ .tx_buf = b->tx + 1, .rx_buf = b->rx, .len = 2 },
	};
	unsigned int try;

	for (try = 0; try < 50; try++) {
		CMD(test, sleep);
		b->tx[0] = wake;
		b->tx[1] = 0x05;
		KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
		usleep_range(WAKE_US, 2 * WAKE_US);
		if (extram_sim_violations(b->sim, 0, EXTRAM_SIM_ASLEEP))
			return true;
	}
	return false;
}

static void fram_woken_fujitsu_wants_time(struct kunit *test)
{
	struct bench *b = test->priv;

	bench_put(test, "mb85rs1mt", NULL, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, fram_too_early(test, 0xb9, 0x05));
	KUNIT_EXPECT_EQ(test, b->rx[1], 0xff);
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
}

/* Cypress: any chip select ends sleep and hibernation, but each in a time of its own. */
static void fram_sleeps_of_cypress(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 opcode;
		unsigned int us;
	} sleeps[] = {
		{ "fm25v10", 0xb9, 450 },
		{ "cy15b104q", 0xb9, 450 },
		{ "cy15b104qn", 0xb9, 450 },
		{ "cy15b108qn", 0xba, 10 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sleeps); i++) {
		bench_put(test, sleeps[i].name, NULL, 20 * MHZ);
		bench_poke(test, 0, 0x5e);
		CMD(test, sleeps[i].opcode);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
		usleep_range(sleeps[i].us, 2 * sleeps[i].us);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
		bench_exit(test);
	}
}

/* Avalanche: AB ends what B9 began and nothing else does, any chip select what BA began. */
static void fram_sleeps_of_avalanche(struct kunit *test)
{
	bench_put(test, "as3004204", NULL, 20 * MHZ);
	bench_poke(test, 0, 0x5e);
	CMD(test, 0xb9);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
	CMD(test, 0xab);
	usleep_range(400, 800);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
	CMD(test, 0xba);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
	usleep_range(450, 900);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
}

/* EERAM recalls its content after power-up, says so in bit 0, and can do nothing else meanwhile. */
static void fram_eeram_is_busy_at_first(struct kunit *test)
{
	struct bench *b = test->priv;
	unsigned int try;

	bench_put(test, "48l640", NULL, 66 * MHZ);
	/* A busy machine may come too late: tried often. */
	for (try = 0; try < 50; try++) {
		extram_sim_power_cycle(b->sim, 0);
		if (ASK(test, 0x05) & 1) {
			CMD(test, 0x03, 0, 0, 0);
			if (extram_sim_violations(b->sim, 0, EXTRAM_SIM_BUSY))
				break;
		}
	}
	KUNIT_ASSERT_LT(test, try, 50);
	bench_expect_violation(test, EXTRAM_SIM_BUSY);
	usleep_range(1100, 1500);
	bench_poke(test, 0, 0x5e);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05) & 1, 0);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0), 0x5e);
}

/* A write that takes its time, or does not end: both bits say so. The bytes are there at once. */
static void fram_eeram_writes_slowly(struct kunit *test)
{
	struct bench *b = test->priv;

	bench_put(test, "48l640", NULL, 66 * MHZ);
	usleep_range(1100, 1500);
	CMD(test, 0x06);
	CMD(test, 0x02, 0, 7, 0x21);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);

	extram_sim_slow_writes(b->sim, 0, EXTRAM_SIM_FOR_EVER);
	CMD(test, 0x06);
	CMD(test, 0x02, 0, 7, 0x43);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 7), 0x43);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40 | WEL | 1);
	usleep_range(1100, 1500);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40 | WEL | 1);
	CMD(test, 0x06);
	bench_expect_violation(test, EXTRAM_SIM_BUSY);

	extram_sim_power_cycle(b->sim, 0);
	usleep_range(1100, 1500);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
	extram_sim_slow_writes(b->sim, 0, 1000);
	CMD(test, 0x06);
	CMD(test, 0x02, 0, 7, 0x65);
	usleep_range(1100, 1500);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 7), 0x65);

	/* What was no write keeps nobody waiting. */
	extram_sim_slow_writes(b->sim, 0, EXTRAM_SIM_FOR_EVER);
	CMD(test, 0x02, 0, 7, 0x87);
	bench_expect_violation(test, EXTRAM_SIM_WREN);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
}

/* Bit 5, PRO: a burst stays in its page, of 32 bytes here and of 64 there. */
static void fram_eeram_pages(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 page;
	} pages[] = { { "48l640", 32 }, { "48l256", 64 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		u8 last = pages[i].page - 1;

		bench_put(test, pages[i].name, NULL, 66 * MHZ);
		usleep_range(1100, 1500);
		bench_poke(test, 0, 0x11);
		bench_poke(test, last + 1, 0x22);
		CMD(test, 0x06);
		CMD(test, 0x02, 0, last, 0x33, 0x44);
		KUNIT_EXPECT_EQ(test, bench_peek(test, last + 1), 0x44);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);

		CMD(test, 0x06);
		CMD(test, 0x01, 0x60);
		CMD(test, 0x06);
		CMD(test, 0x02, 0, last, 0x55, 0x66);
		KUNIT_EXPECT_EQ(test, bench_peek(test, 0), 0x66);
		KUNIT_EXPECT_EQ(test, bench_peek(test, last + 1), 0x44);
		bench_exit(test);
	}
}

/* Bit 6, ASE: without it the content goes with the power. */
static void fram_eeram_saves_by_itself_or_not(struct kunit *test)
{
	struct bench *b = test->priv;

	bench_put(test, "48l640", NULL, 66 * MHZ);
	usleep_range(1100, 1500);
	bench_poke(test, 9, 0x21);
	bench_poke(test, 10, 0x43);
	bench_poke(test, 11, 0x65);
	extram_sim_power_cycle(b->sim, 0);
	usleep_range(1100, 1500);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 9), 0x21);
	CMD(test, 0x06);
	CMD(test, 0x01, 0x00);
	extram_sim_power_cycle(b->sim, 0);
	KUNIT_EXPECT_FALSE(test, bench_peek(test, 9) == 0x21 && bench_peek(test, 10) == 0x43 &&
			   bench_peek(test, 11) == 0x65);
}

/* AB and nothing else wakes it; the latch is as it was. */
static void fram_sleep_of_everspin(struct kunit *test)
{
	bench_put(test, "mr25h256", NULL, 20 * MHZ);
	CMD(test, 0xab);
	CMD(test, 0x06);
	CMD(test, 0xb9);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
	CMD(test, 0x9f);
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
	CMD(test, 0xab);
	usleep_range(WAKE_US, 2 * WAKE_US);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), WEL);
}

static void fram_woken_everspin_wants_time(struct kunit *test)
{
	bench_put(test, "mr25h256", NULL, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, fram_too_early(test, 0xb9, 0xab));
	bench_expect_violation(test, EXTRAM_SIM_ASLEEP);
}

static struct kunit_case fram_cases[] = {
	KUNIT_CASE_PARAM(fram_write_needs_wren, fram_gen_params),
	KUNIT_CASE_PARAM(fram_latch_is_in_the_status, fram_gen_params),
	KUNIT_CASE_PARAM(fram_latch_behind_a_write, fram_gen_params),
	KUNIT_CASE_PARAM(fram_status_needs_wren, fram_gen_params),
	KUNIT_CASE_PARAM(fram_latch_is_not_written, fram_gen_params),
	KUNIT_CASE_PARAM(fram_protection, fram_gen_params),
	KUNIT_CASE_PARAM(fram_burst_into_protection, fram_gen_params),
	KUNIT_CASE_PARAM(fram_protection_is_kept, fram_gen_params),
	KUNIT_CASE_PARAM(fram_wren_is_one_byte, fram_gen_params),
	KUNIT_CASE_PARAM(fram_id, fram_gen_params),
	KUNIT_CASE(fram_bad_id),
	KUNIT_CASE(fram_fast_read_has_a_dummy_byte),
	KUNIT_CASE_PARAM(fram_write_ends_inside_a_byte, fram_gen_params),
	KUNIT_CASE(fram_long_write_is_dropped),
	KUNIT_CASE(fram_sleep_of_fujitsu),
	KUNIT_CASE(fram_read_of_a_sleeping_fujitsu),
	KUNIT_CASE(fram_woken_fujitsu_wants_time),
	KUNIT_CASE(fram_sleeps_of_cypress),
	KUNIT_CASE(fram_sleeps_of_avalanche),
	KUNIT_CASE(fram_eeram_is_busy_at_first),
	KUNIT_CASE(fram_eeram_writes_slowly),
	KUNIT_CASE(fram_eeram_pages),
	KUNIT_CASE(fram_eeram_saves_by_itself_or_not),
	KUNIT_CASE(fram_sleep_of_everspin),
	KUNIT_CASE(fram_woken_everspin_wants_time),
	{}
};

static struct kunit_suite fram_suite = {
	.name = "extram_sim_fram",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = fram_cases,
};

kunit_test_suite(fram_suite);

MODULE_DESCRIPTION("Tests of the simulated FRAM and MRAM");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
