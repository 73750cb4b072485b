// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulated controller: its limits, its clock, chip select, counters, and the failures
 * that it can be told to have.
 */
#include <linux/errno.h>

#include "compat.h"
#include "extram_sim_bench.h"

static void sram_put(struct kunit *test, const struct extram_sim_config *like, u32 hz)
{
	bench_put(test, "23lc1024", like, hz);
}

/* A transfer of @len bytes that reads from address 0. */
static int read_bytes(struct kunit *test, size_t len)
{
	struct bench *b = test->priv;
	struct spi_transfer xfer = { .tx_buf = b->tx, .rx_buf = b->rx, .len = len };

	memset(b->tx, 0, len);
	b->tx[0] = 0x03;
	return spi_sync_transfer(b->spi, &xfer, 1);
}

static void ctlr_has_no_limits_by_default(struct kunit *test)
{
	struct bench *b = test->priv;

	sram_put(test, NULL, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, spi_max_transfer_size(b->spi), SIZE_MAX);
	KUNIT_EXPECT_EQ(test, spi_max_message_size(b->spi), SIZE_MAX);
	KUNIT_EXPECT_EQ(test, read_bytes(test, BENCH_BYTES), 0);
}

static void ctlr_max_transfer(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_transfer = 37 };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	sram_put(test, &like, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, spi_max_transfer_size(b->spi), 37);
	KUNIT_EXPECT_EQ(test, read_bytes(test, 37), 0);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, read_bytes(test, 38), -EMSGSIZE);
	bench_expect_violation(test, EXTRAM_SIM_LIMIT);
	/* It did not begin. */
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 0);
}

static void ctlr_many_transfers_within_the_limit(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_transfer = 37 };
	struct bench *b = test->priv;
	struct spi_transfer xfers[3] = {
		{ .tx_buf = b->tx, .len = 37 },
		{ .tx_buf = b->tx + 37, .len = 37 },
		{ .tx_buf = b->tx + 74, .len = 37 },
	};

	sram_put(test, &like, 20 * MHZ);
	b->tx[0] = 0x02;
	b->tx[110] = 0x99;
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 3), 0);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 106), 0x99);
}

static void ctlr_max_message(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_message = 64 };
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{ .tx_buf = b->tx, .len = 4 },
		{ .rx_buf = b->rx, .len = 60 },
	};

	sram_put(test, &like, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, spi_max_message_size(b->spi), 64);
	b->tx[0] = 0x03;
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
	bench_expect_clean(test);
	xfers[1].len = 61;
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), -EMSGSIZE);
	bench_expect_violation(test, EXTRAM_SIM_LIMIT);
}

/* Two commands in one message, where the controller can do that and where it cannot. */
static int two_reads(struct kunit *test, bool change)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{ .tx_buf = b->tx, .len = 5, .cs_change = change },
		{ .tx_buf = b->tx, .rx_buf = b->rx, .len = 5 },
	};

	memset(b->tx, 0, 5);
	b->tx[0] = 0x03;
	return spi_sync_transfer(b->spi, xfers, 2);
}

static void ctlr_cs_change(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	sram_put(test, NULL, 20 * MHZ);
	bench_poke(test, 0, 0x12);
	KUNIT_EXPECT_EQ(test, two_reads(test, true), 0);
	KUNIT_EXPECT_EQ(test, b->rx[4], 0x12);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);

	/* Without it, it is one long read. */
	bench_poke(test, 5, 0x34);
	KUNIT_EXPECT_EQ(test, two_reads(test, false), 0);
	KUNIT_EXPECT_EQ(test, b->rx[4], 0x34);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 3);
}

static void ctlr_no_cs_change(struct kunit *test)
{
	static const struct extram_sim_config like = { .no_cs_change = true };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	sram_put(test, &like, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, two_reads(test, true), -EINVAL);
	bench_expect_violation(test, EXTRAM_SIM_LIMIT);

	bench_poke(test, 5, 0x34);
	KUNIT_EXPECT_EQ(test, two_reads(test, false), 0);
	KUNIT_EXPECT_EQ(test, b->rx[4], 0x34);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 1);
}

/* On the last transfer cs_change means: stay selected, the command goes on in the next message. */
static void ctlr_keeps_chip_select(struct kunit *test)
{
	struct bench *b = test->priv;
	struct spi_transfer first = { .tx_buf = b->tx, .len = 4, .cs_change = 1 };
	struct spi_transfer second = { .rx_buf = b->rx, .len = 1 };
	struct extram_sim_stats stats;

	sram_put(test, NULL, 20 * MHZ);
	bench_poke(test, 0, 0x56);
	b->tx[0] = 0x03;
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, &first, 1), 0);
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, &second, 1), 0);
	KUNIT_EXPECT_EQ(test, b->rx[0], 0x56);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 1);
}

static void ctlr_half_duplex(struct kunit *test)
{
	static const struct extram_sim_config like = { .half_duplex = true };
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{ .tx_buf = b->tx, .len = 4 },
		{ .rx_buf = b->rx, .len = 1 },
	};

	sram_put(test, &like, 20 * MHZ);
	bench_poke(test, 0, 0x78);
	KUNIT_EXPECT_EQ(test, read_bytes(test, 5), -EINVAL);
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
	KUNIT_EXPECT_EQ(test, b->rx[0], 0x78);
}

struct speed {
	struct extram_sim_config like;
	u32 asked;
	u32 real;
};

static const struct speed speeds[] = {
	{ { }, 12345678, 12345678 },
	{ { .max_hz = 10 * MHZ }, 20 * MHZ, 10 * MHZ },
	{ { .max_hz = 10 * MHZ }, 3 * MHZ, 3 * MHZ },
	{ { .max_hz = 64 * MHZ, .clock_div2 = true }, 20 * MHZ, 16 * MHZ },
	{ { .max_hz = 64 * MHZ, .clock_div2 = true }, 16 * MHZ, 16 * MHZ },
	{ { .max_hz = 64 * MHZ, .clock_div2 = true }, 16 * MHZ - 1, 8 * MHZ },
	{ { .max_hz = 16 * MHZ, .clock_div2 = true }, 20 * MHZ, 16 * MHZ },
	{ { .max_hz = 64 * MHZ, .clock_div2 = true, .hide_effective_speed = true }, 20 * MHZ, 0 },
	{ { .hide_effective_speed = true }, 20 * MHZ, 0 },
};

static void speed_name(const struct speed *s, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u of at most %u%s%s", s->asked, s->like.max_hz,
		 s->like.clock_div2 ? ", divided" : "",
		 s->like.hide_effective_speed ? ", hidden" : "");
}

KUNIT_ARRAY_PARAM(speed, speeds, speed_name);

static void ctlr_tells_its_clock(struct kunit *test)
{
	const struct speed *s = test->param_value;
	struct bench *b = test->priv;
	struct spi_transfer xfer = { .tx_buf = b->tx, .len = 1 };

	bench_put(test, "none", &s->like, s->asked);
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	KUNIT_EXPECT_EQ(test, xfer.effective_speed_hz, s->real);
}

/* The chip sees the real clock, told or not: 8 clocks at 16 MHz take 500 ns. */
static void ctlr_runs_at_its_clock(struct kunit *test)
{
	static const struct extram_sim_config like = {
		.max_hz = 64 * MHZ, .clock_div2 = true, .hide_effective_speed = true,
	};
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	bench_put(test, "none", &like, 20 * MHZ);
	CMD(test, 0);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.max_low_ns, 500);
}

static void ctlr_counts(struct kunit *test)
{
	static const u8 read[] = { 0x03, 0, 0, 0 }, write[] = { 0x02, 0, 0, 0, 1, 2, 3 };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	sram_put(test, NULL, 10 * MHZ);
	bench_cmd(test, read, 4, 100);
	bench_cmd(test, write, 7, 0);
	CMD(test, 0x05, 0);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 3);
	KUNIT_EXPECT_EQ(test, stats.bytes, 104 + 7 + 2);
	KUNIT_EXPECT_EQ(test, stats.clocks, (104 + 7 + 2) * 8);
	KUNIT_EXPECT_EQ(test, stats.payload, 103);
	KUNIT_EXPECT_EQ(test, stats.max_low_ns, 104 * 800);
	KUNIT_EXPECT_EQ(test, stats.violations, 0);

	extram_sim_reset_stats(b->sim, 0);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_NULL(test, memchr_inv(&stats, 0, sizeof(stats)));
}

/* Chips do not hear each other's commands. */
static void ctlr_chip_selects_are_apart(struct kunit *test)
{
	struct extram_sim_config cfg = { .models = { "23lc1024", NULL, "mb85rs64v" } };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	struct spi_device *one;
	u8 byte;

	b->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->sim));
	one = extram_sim_add_device(b->sim, 0, BENCH_ALIAS, 1 * MHZ);
	KUNIT_ASSERT_FALSE(test, IS_ERR(one));
	b->spi = extram_sim_add_device(b->sim, 2, BENCH_ALIAS, 1 * MHZ);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->spi));
	CMD(test, 0x06);
	CMD(test, 0x02, 0x00, 0x10, 0x5d);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 2, 0x10, &byte, 1), 0);
	KUNIT_EXPECT_EQ(test, byte, 0x5d);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 0);
	extram_sim_stats(b->sim, 2, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);

	b->spi = one;
	CMD(test, 0x06);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 2, EXTRAM_SIM_OPCODE), 0);
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

/* One command counts once for each kind, and each command anew. */
static void ctlr_one_violation_a_command(struct kunit *test)
{
	static const u8 read[] = { 0x03, 0, 0 };
	struct bench *b = test->priv;

	bench_put(test, "23k256", NULL, 20 * MHZ);
	bench_cmd(test, read, 3, 100);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_BYTE_MODE), 1);
	bench_cmd(test, read, 3, 100);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_BYTE_MODE), 2);
	extram_sim_reset_stats(b->sim, 0);
}

/* Part, opcode and address; never the data. */
static void ctlr_last_violation_in_words(struct kunit *test)
{
	struct bench *b = test->priv;
	const char *last;

	bench_put(test, "mb85rs1mt", NULL, 20 * MHZ);
	KUNIT_EXPECT_STREQ(test, extram_sim_last_violation(b->sim, 0), "");
	CMD(test, 0x02, 0x01, 0x23, 0x45, 0xee, 0xef);
	last = extram_sim_last_violation(b->sim, 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(last, "mb85rs1mt"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(last, "02"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(last, "0x12345"));
	KUNIT_EXPECT_NULL(test, strstr(last, "ee"));
	KUNIT_EXPECT_NULL(test, strstr(last, "ef"));
	bench_expect_violation(test, EXTRAM_SIM_WREN);
	KUNIT_EXPECT_STREQ(test, extram_sim_last_violation(b->sim, 0), "");
}

static void ctlr_fails_when_it_is_told(struct kunit *test)
{
	static const int expected[] = { 0, 0, -EIO, -EIO, 0, 0 };
	struct bench *b = test->priv;
	unsigned int i;

	sram_put(test, NULL, 20 * MHZ);
	extram_sim_fail(b->sim, 3, 2, -EIO);
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		KUNIT_EXPECT_EQ_MSG(test, read_bytes(test, 5), expected[i], "transfer %u", i + 1);

	extram_sim_fail(b->sim, 1, 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, read_bytes(test, 5), -ETIMEDOUT);
	extram_sim_fail(b->sim, 1, 100, -EIO);
	extram_sim_fail(b->sim, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, read_bytes(test, 5), 0);
}

/* A controller that takes whole messages fails the same way. */
static void ctlr_fails_without_cs_change_too(struct kunit *test)
{
	static const struct extram_sim_config like = { .no_cs_change = true };
	struct bench *b = test->priv;

	sram_put(test, &like, 20 * MHZ);
	extram_sim_fail(b->sim, 2, 1, -EIO);
	KUNIT_EXPECT_EQ(test, two_reads(test, false), -EIO);
	KUNIT_EXPECT_EQ(test, two_reads(test, false), 0);
}

/* In the middle of an address: nothing is written, and the host is not to blame. */
/* One bit is wrong, the one time that was asked for; the controller knows nothing of it. */
static void ctlr_flips_a_bit(struct kunit *test)
{
	struct bench *b = test->priv;
	u8 wrote[4] = { 0x02, 0x00, 0x10, 0x5a }, is;

	bench_put(test, "23k256", NULL, 1 * MHZ);
	CMD(test, 0x01, 0x40);
	CMD(test, 0x02, 0x00, 0x10, 0x5a);
	/* Of the seven bytes of the command, the one in the middle is the first of data. */
	extram_sim_disturb(b->sim, 0, 2, 1, EXTRAM_SIM_FLIP);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0x00, 0x10), 0x5a);
	bench_cmd(test, (const u8[]){ 0x03, 0x00, 0x10 }, 3, 4);
	KUNIT_EXPECT_EQ(test, b->rx[3], 0x5a ^ 0x10);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0x00, 0x10), 0x5a);

	/* On its way to the chip. */
	{
		struct spi_transfer xfers[2] = {
			{ .tx_buf = b->tx, .len = 3 },
			{ .tx_buf = b->tx + 3, .len = 1 },
		};

		memcpy(b->tx, wrote, sizeof(wrote));
		extram_sim_disturb(b->sim, 0, 2, 1, EXTRAM_SIM_FLIP);
		KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
	}
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, 0x10, &is, 1), 0);
	KUNIT_EXPECT_EQ(test, is, 0x5a ^ 0x10);
	KUNIT_EXPECT_EQ(test, b->tx[3], 0x5a);
}

/* A command that does not arrive changes nothing, answers as an idle line, and is no crime. */
static void ctlr_drops_a_command(struct kunit *test)
{
	struct bench *b = test->priv;
	u8 is;

	bench_put(test, "23k256", NULL, 1 * MHZ);
	CMD(test, 0x01, 0x40);
	CMD(test, 0x02, 0x00, 0x10, 0x5a);
	extram_sim_disturb(b->sim, 0, 1, 2, EXTRAM_SIM_DROP);
	CMD(test, 0x02, 0x00, 0x10, 0xa5);
	KUNIT_EXPECT_NE(test, ASK(test, 0x03, 0x00, 0x10), 0x5a);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, 0x10, &is, 1), 0);
	KUNIT_EXPECT_EQ(test, is, 0x5a);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0x00, 0x10), 0x5a);
	bench_expect_clean(test);
}

static void ctlr_failure_is_nobodys_violation(struct kunit *test)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{ .tx_buf = b->tx, .len = 3 },
		{ .tx_buf = b->tx + 3, .len = 2 },
	};

	sram_put(test, NULL, 20 * MHZ);
	bench_poke(test, 0, 0x31);
	b->tx[0] = 0x02;
	extram_sim_fail(b->sim, 2, 1, -EIO);
	KUNIT_EXPECT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), -EIO);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0), 0x31);
	/* The next command is judged again. */
	CMD(test, 0x02, 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
}

static void ctlr_refuses_unknown_models(struct kunit *test)
{
	struct extram_sim_config cfg = { .models = { "23lc1024", "23lc1025" } };

	KUNIT_EXPECT_PTR_EQ(test, extram_sim_create(&cfg),
			    (struct extram_sim *)ERR_PTR(-EINVAL));
}

static void ctlr_refuses_to_divide_nothing(struct kunit *test)
{
	struct extram_sim_config cfg = { .clock_div2 = true };

	KUNIT_EXPECT_PTR_EQ(test, extram_sim_create(&cfg),
			    (struct extram_sim *)ERR_PTR(-EINVAL));
}

static void ctlr_refuses_bad_devices(struct kunit *test)
{
	struct bench *b = test->priv;

	sram_put(test, NULL, 1 * MHZ);
	KUNIT_EXPECT_PTR_EQ(test, extram_sim_add_device(b->sim, EXTRAM_SIM_MAX_CS, BENCH_ALIAS, 1),
			    (struct spi_device *)ERR_PTR(-EINVAL));
	/* The chip select is taken. */
	KUNIT_EXPECT_PTR_EQ(test, extram_sim_add_device(b->sim, 0, BENCH_ALIAS, 1),
			    (struct spi_device *)ERR_PTR(-ENODEV));
}

static void ctlr_peek_and_poke_stay_in_the_chip(struct kunit *test)
{
	const u32 size = 128 * KIB;
	struct bench *b = test->priv;

	sram_put(test, NULL, 1 * MHZ);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, size - 1, b->rx, 1), 0);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, size - 1, b->rx, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, size, b->rx, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, U32_MAX, b->rx, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_sim_poke(b->sim, 0, size - 1, b->tx, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_sim_poke(b->sim, 0, 0, b->tx, SIZE_MAX), -EINVAL);
}

static struct kunit_case ctlr_cases[] = {
	KUNIT_CASE(ctlr_has_no_limits_by_default),
	KUNIT_CASE(ctlr_max_transfer),
	KUNIT_CASE(ctlr_many_transfers_within_the_limit),
	KUNIT_CASE(ctlr_max_message),
	KUNIT_CASE(ctlr_cs_change),
	KUNIT_CASE(ctlr_no_cs_change),
	KUNIT_CASE(ctlr_keeps_chip_select),
	KUNIT_CASE(ctlr_half_duplex),
	KUNIT_CASE_PARAM(ctlr_tells_its_clock, speed_gen_params),
	KUNIT_CASE(ctlr_runs_at_its_clock),
	KUNIT_CASE(ctlr_counts),
	KUNIT_CASE(ctlr_chip_selects_are_apart),
	KUNIT_CASE(ctlr_one_violation_a_command),
	KUNIT_CASE(ctlr_last_violation_in_words),
	KUNIT_CASE(ctlr_fails_when_it_is_told),
	KUNIT_CASE(ctlr_fails_without_cs_change_too),
	KUNIT_CASE(ctlr_failure_is_nobodys_violation),
	KUNIT_CASE(ctlr_flips_a_bit),
	KUNIT_CASE(ctlr_drops_a_command),
	KUNIT_CASE(ctlr_refuses_unknown_models),
	KUNIT_CASE(ctlr_refuses_to_divide_nothing),
	KUNIT_CASE(ctlr_refuses_bad_devices),
	KUNIT_CASE(ctlr_peek_and_poke_stay_in_the_chip),
	{}
};

static struct kunit_suite ctlr_suite = {
	.name = "extram_sim_controller",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = ctlr_cases,
};

kunit_test_suite(ctlr_suite);

MODULE_DESCRIPTION("Tests of the simulated SPI controller");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
