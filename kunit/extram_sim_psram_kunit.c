// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulated AP Memory PSRAM: reset, ID, time limits, pages, lines. Numbers are written
 * out here and not taken from the simulator.
 */
#include <linux/delay.h>

#include "compat.h"
#include "extram_sim_bench.h"

static void psram_put(struct kunit *test, u32 hz)
{
	bench_put(test, "aps6404l", NULL, hz);
	CMD(test, 0x66);
	CMD(test, 0x99);
}

static void psram_wants_a_reset_first(struct kunit *test)
{
	struct bench *b = test->priv;

	bench_put(test, "aps6404l", NULL, 33 * MHZ);
	CMD(test, 0x03, 0, 0, 0, 0);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
	CMD(test, 0x66);
	CMD(test, 0x99);
	CMD(test, 0x03, 0, 0, 0, 0);
	bench_expect_clean(test);
	extram_sim_power_cycle(b->sim, 0);
	CMD(test, 0x03, 0, 0, 0, 0);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
}

/* Both halves under one chip select are no reset. */
static void psram_reset_needs_two_selects(struct kunit *test)
{
	bench_put(test, "aps6404l", NULL, 33 * MHZ);
	CMD(test, 0x66, 0x99);
	bench_expect_violation(test, EXTRAM_SIM_EXTRA);
	CMD(test, 0x99);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
	CMD(test, 0x03, 0, 0, 0, 0);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
}

static void psram_reset_without_enable(struct kunit *test)
{
	psram_put(test, 33 * MHZ);
	CMD(test, 0x99);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
}

/* A command between the halves is carried out and disarms the reset. */
static void psram_command_between_the_halves(struct kunit *test)
{
	psram_put(test, 33 * MHZ);
	bench_poke(test, 7, 0x42);
	CMD(test, 0x66);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 7), 0x42);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
	CMD(test, 0x99);
	bench_expect_violation(test, EXTRAM_SIM_RESET);
	/* Enabling twice is fine. */
	CMD(test, 0x66);
	CMD(test, 0x66);
	CMD(test, 0x99);
	bench_expect_clean(test);
}

static void psram_id_behind_24_clocks(struct kunit *test)
{
	static const u8 rdid[] = { 0x9f, 0, 0, 0 };
	u8 *id;

	psram_put(test, 33 * MHZ);
	id = bench_cmd(test, rdid, 4, 3);
	KUNIT_EXPECT_EQ(test, id[0], 0x0d);
	KUNIT_EXPECT_EQ(test, id[1], 0x5d);
	KUNIT_EXPECT_EQ(test, id[2] >> 5, 2);	/* 64 Mbit */
	CMD(test, 0x9f, 0);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
}

static void psram_bad_ids(struct kunit *test)
{
	static const u8 rdid[] = { 0x9f, 0, 0, 0 };
	u8 *id;

	bench_put(test, "aps6404l-bad-kgd", NULL, 33 * MHZ);
	CMD(test, 0x66);
	CMD(test, 0x99);
	id = bench_cmd(test, rdid, 4, 2);
	KUNIT_EXPECT_EQ(test, id[0], 0x0d);
	KUNIT_EXPECT_EQ(test, id[1], 0x55);
	bench_exit(test);

	bench_put(test, "aps6404l-bad-id", NULL, 33 * MHZ);
	CMD(test, 0x66);
	CMD(test, 0x99);
	id = bench_cmd(test, rdid, 4, 2);
	KUNIT_EXPECT_NE(test, id[0], 0x0d);
	KUNIT_EXPECT_NE(test, id[0], 0x9d);
}

/* 8 us at 33 MHz are 264 clocks: 33 bytes. */
static void psram_tcem_at_33_mhz(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	static const u8 read[] = { 0x03, 0, 0, 0 };

	psram_put(test, 33 * MHZ);
	bench_cmd(test, read, 4, 29);
	bench_expect_clean(test);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.max_low_ns, 8000);
	bench_cmd(test, read, 4, 30);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
}

/* At 84 MHz they are 672 clocks: 79 bytes behind a dummy, 80 to write. */
static void psram_tcem_at_84_mhz(struct kunit *test)
{
	static const u8 fast[] = { 0x0b, 0, 0, 0, 0 }, write[] = { 0x02, 0, 0, 0 };

	psram_put(test, 84 * MHZ);
	bench_cmd(test, fast, 5, 79);
	bench_cmd(test, write, 4, 80);
	bench_expect_clean(test);
	bench_cmd(test, fast, 5, 80);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
	bench_cmd(test, write, 4, 81);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
}

/* Delays inside the message count: 40 clocks at 20 MHz are 2 us. */
static void psram_tcem_counts_delays(struct kunit *test)
{
	struct bench *b = test->priv;
	struct spi_transfer xfer = {
		.tx_buf = b->tx, .len = 5, .delay = { 6, SPI_DELAY_UNIT_USECS },
	};

	psram_put(test, 20 * MHZ);
	b->tx[0] = 0x03;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	bench_expect_clean(test);
	xfer.delay.value = 7;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
}

/* Several transfers under one chip select add up. */
static void psram_tcem_adds_up(struct kunit *test)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[3] = {
		{ .tx_buf = b->tx, .len = 4 },
		{ .rx_buf = b->rx, .len = 20 },
		{ .rx_buf = b->rx, .len = 10 },
	};

	psram_put(test, 33 * MHZ);
	b->tx[0] = 0x03;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 3), 0);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
}

static void psram_one_page_edge_is_fine(struct kunit *test)
{
	u8 *in;

	psram_put(test, 33 * MHZ);
	bench_poke(test, 1023, 0x17);
	bench_poke(test, 1024, 0x28);
	in = bench_cmd(test, (const u8[]){ 0x03, 0, 3, 0xff }, 4, 2);
	KUNIT_EXPECT_EQ(test, in[0], 0x17);
	KUNIT_EXPECT_EQ(test, in[1], 0x28);
	bench_expect_clean(test);
}

/* Two edges take longer than tCEM at any clock that is allowed. */
static void psram_two_page_edges_are_not(struct kunit *test)
{
	static const u8 fast[] = { 0x0b, 0, 3, 0xff, 0 };
	struct bench *b = test->priv;

	psram_put(test, 84 * MHZ);
	bench_cmd(test, fast, 5, 1025);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
	bench_cmd(test, fast, 5, 1026);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_PAGE), 1);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_TCEM), 1);
	extram_sim_reset_stats(b->sim, 0);
}

static void psram_no_page_edge_above_84_mhz(struct kunit *test)
{
	static const u8 last[] = { 0x0b, 0, 3, 0xff, 0 };
	struct bench *b = test->priv;

	psram_put(test, 85 * MHZ);
	bench_cmd(test, last, 5, 1);
	bench_expect_violation(test, EXTRAM_SIM_CLOCK);
	bench_cmd(test, last, 5, 2);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_PAGE), 1);
	KUNIT_EXPECT_EQ(test, extram_sim_violations(b->sim, 0, EXTRAM_SIM_CLOCK), 1);
	extram_sim_reset_stats(b->sim, 0);
}

/* C0 switches to bursts that stay in 32 bytes, and may then be faster; C0 or a reset ends it. */
static void psram_wrapped_bursts(struct kunit *test)
{
	static const u8 fast[] = { 0x0b, 0, 0, 31, 0 };
	u8 *in;

	psram_put(test, 100 * MHZ);
	bench_poke(test, 0, 0x0f);
	bench_poke(test, 32, 0xf0);
	CMD(test, 0xc0);
	in = bench_cmd(test, fast, 5, 2);
	KUNIT_EXPECT_EQ(test, in[1], 0x0f);
	bench_expect_clean(test);

	CMD(test, 0xc0);
	in = bench_cmd(test, fast, 5, 2);
	KUNIT_EXPECT_EQ(test, in[1], 0xf0);
	bench_expect_violation(test, EXTRAM_SIM_CLOCK);

	CMD(test, 0xc0);
	CMD(test, 0x66);
	CMD(test, 0x99);
	in = bench_cmd(test, fast, 5, 2);
	KUNIT_EXPECT_EQ(test, in[1], 0xf0);
	bench_expect_violation(test, EXTRAM_SIM_CLOCK);
}

static void psram_quad_commands_need_four_lines(struct kunit *test)
{
	psram_put(test, 33 * MHZ);
	CMD(test, 0xeb, 0, 0, 0);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
	bench_poke(test, 1, 0x33);
	CMD(test, 0x38, 0, 0, 1, 0x44);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 1), 0x33);
}

/* In QPI it hears nothing on one line, a reset included. */
static void psram_left_in_qpi(struct kunit *test)
{
	psram_put(test, 33 * MHZ);
	CMD(test, 0x35);
	bench_expect_clean(test);
	CMD(test, 0x66);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
	CMD(test, 0x99);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0xff);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
}

/* tRST: 50 ns behind a reset. */
static void psram_rest_behind_a_reset(struct kunit *test)
{
	psram_put(test, 33 * MHZ);
	CMD(test, 0x66);
	bench_two_commands(test, 0x99, 0x66, 50);
	bench_expect_clean(test);
	bench_two_commands(test, 0x99, 0x66, 49);
	bench_expect_violation(test, EXTRAM_SIM_TCPH);
}

/* The family: what a datasheet, or the worst of those that are known, says of each part. */
struct psram {
	const char *name;
	u8 maker;
	u8 density;	/* code of the maker */
	u16 tcem_ns;
	u16 ring;	/* bytes in which a burst goes round, 0 when it may cross an edge */
	bool shy;	/* the first ID may be wrong */
	bool id_in_qpi;
	bool fast_in_qpi;	/* QPI has 0B */
};

static const struct psram psrams[] = {
	{ "aps6404l", 0x0d, 2, 8000, 0, .fast_in_qpi = true },
	{ "aps6404l-sq", 0x0d, 2, 4000, 1024, .fast_in_qpi = true },
	{ "aps1604m", 0x0d, 0, 4000, 0, .shy = true, .fast_in_qpi = true },
	{ "esp-psram16h", 0x0d, 0, 4000, 512, .shy = true, .fast_in_qpi = true },
	{ "esp-psram32", 0x0d, 1, 4000, 512, .fast_in_qpi = true },
	{ "esp-psram64", 0x0d, 2, 8000, 0, .fast_in_qpi = true },
	{ "esp-psram64h", 0x0d, 2, 8000, 0, .fast_in_qpi = true },
	{ "ly68l6400", 0x0d, 2, 8000, 1024, .fast_in_qpi = true },
	{ "ly68s3200", 0x0d, 1, 4000, 512, .fast_in_qpi = true },
	{ "ips6404l", 0x0d, 2, 8000, 0 },
	{ "vti7064", 0x0d, 2, 4000, 1024, .fast_in_qpi = true },
	{ "is66wvs1m8", 0x9d, 0, 4000, 1024, .id_in_qpi = true },
	{ "is66wvs2m8", 0x9d, 1, 4000, 1024, .id_in_qpi = true },
	{ "is66wvs4m8", 0x9d, 2, 4000, 1024, .id_in_qpi = true },
	{ "is66wvs8m8", 0x9d, 3, 4000, 1024, .id_in_qpi = true },
	{ "is66wvs16m8", 0x9d, 4, 4000, 1024, .id_in_qpi = true },
};

static void psram_name(const struct psram *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(psram, psrams, psram_name);

static void psram_put_wide(struct kunit *test, u32 hz)
{
	const struct psram *p = test->param_value;

	bench_put_wide(test, p->name, hz);
	CMD(test, 0x66);
	CMD(test, 0x99);
}

static void psram_ids(struct kunit *test)
{
	const struct psram *p = test->param_value;
	static const u8 rdid[] = { 0x9f, 0, 0, 0 };
	u8 *id;

	psram_put_wide(test, 33 * MHZ);
	id = bench_cmd(test, rdid, 4, 3);
	KUNIT_EXPECT_EQ(test, id[0] == p->maker, !p->shy);
	id = bench_cmd(test, rdid, 4, 3);
	KUNIT_EXPECT_EQ(test, id[0], p->maker);
	KUNIT_EXPECT_EQ(test, id[1], 0x5d);
	KUNIT_EXPECT_EQ(test, id[2] >> 5, p->density);

	CMD(test, 0x35);
	id = bench_lines(test, 4, 4, 4, rdid, 4, 3);
	KUNIT_EXPECT_EQ(test, id[0], p->id_in_qpi ? p->maker : 0xff);
	if (!p->id_in_qpi)
		bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

/* Bytes that fit behind the header of READ at 33 MHz. */
static void psram_tcem_of_each(struct kunit *test)
{
	const struct psram *p = test->param_value;
	static const u8 read[] = { 0x03, 0, 0, 0 };
	size_t most = p->tcem_ns * 33 / 1000 / 8 - 4;

	psram_put_wide(test, 33 * MHZ);
	bench_cmd(test, read, 4, most);
	bench_expect_clean(test);
	bench_cmd(test, read, 4, most + 1);
	bench_expect_violation(test, EXTRAM_SIM_TCEM);
}

/* Behind the last byte of 512 and of 1024 comes the next one, or the first of its page again. */
static void psram_edges_of_each(struct kunit *test)
{
	const struct psram *p = test->param_value;
	static const u16 edges[] = { 512, 1024 };
	u8 read[4] = { 0x03 };
	unsigned int i;

	psram_put_wide(test, 33 * MHZ);
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		u16 edge = edges[i], next = edge;

		if (p->ring && !(edge % p->ring))
			next = edge - p->ring;
		bench_poke(test, next, 0xe0 + i);
		if (next != edge)
			bench_poke(test, edge, 0x11);
		read[2] = (edge - 1) >> 8;
		read[3] = edge - 1;
		KUNIT_EXPECT_EQ(test, bench_cmd(test, read, 4, 2)[1], 0xe0 + i);
	}
}

/* 1-4-4: EB with six clocks of wait, 38 with none. */
static void psram_quad_commands(struct kunit *test)
{
	static const u8 write[] = { 0x38, 0x01, 0x02, 0x03, 0x5e, 0x6f };
	static const u8 read[] = { 0xeb, 0x01, 0x02, 0x03, 0xff, 0xff, 0xff };
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	u8 *in;

	psram_put_wide(test, 84 * MHZ);
	bench_lines(test, 1, 4, 4, write, sizeof(write), 0);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0x010203), 0x5e);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0x010204), 0x6f);
	extram_sim_reset_stats(b->sim, 0);
	in = bench_lines(test, 1, 4, 4, read, sizeof(read), 2);
	KUNIT_EXPECT_EQ(test, in[0], 0x5e);
	KUNIT_EXPECT_EQ(test, in[1], 0x6f);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.clocks, 8 + 6 + 6 + 4);
	/* Two clocks too early. */
	KUNIT_EXPECT_EQ(test, bench_lines(test, 1, 4, 4, read, sizeof(read) - 1, 1)[0], 0xff);
}

/* 4-4-4: the same commands, and 02; 03 and 35 are not there. */
static void psram_in_qpi(struct kunit *test)
{
	const struct psram *p = test->param_value;

	psram_put_wide(test, 60 * MHZ);
	CMD(test, 0x35);
	CMD_ON(test, 4, 0x38, 0x01, 0x02, 0x03, 0x5e);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0x010203), 0x5e);
	CMD_ON(test, 4, 0x02, 0x01, 0x02, 0x04, 0x6f);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 0x010204), 0x6f);
	KUNIT_EXPECT_EQ(test, ASK_ON(test, 4, 0xeb, 0x01, 0x02, 0x03, 0, 0, 0), 0x5e);
	if (p->fast_in_qpi) {
		KUNIT_EXPECT_EQ(test, ASK_ON(test, 4, 0x0b, 0x01, 0x02, 0x04, 0, 0), 0x6f);
	} else {
		CMD_ON(test, 4, 0x0b, 0x01, 0x02, 0x04, 0, 0, 0);
		bench_expect_violation(test, EXTRAM_SIM_OPCODE);
	}
	CMD_ON(test, 4, 0x03, 0x01, 0x02, 0x03, 0);
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
	CMD_ON(test, 4, 0x35);
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

/* F5 on four lines ends QPI, and so does a reset; F5 on one line is no command. */
static void psram_out_of_qpi(struct kunit *test)
{
	psram_put_wide(test, 33 * MHZ);
	bench_poke(test, 0, 0x5e);
	CMD(test, 0x35);
	CMD_ON(test, 4, 0xf5);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
	CMD(test, 0x35);
	CMD_ON(test, 4, 0x66);
	CMD_ON(test, 4, 0x99);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0, 0, 0), 0x5e);
	CMD_ON(test, 4, 0xf5);
	bench_expect_clean(test);
	CMD(test, 0xf5);
	bench_expect_violation(test, EXTRAM_SIM_OPCODE);
}

/* ISSI: B9 costs the contents, and a pulse of CE# ends it. */
static void psram_deep_sleep_of_issi(struct kunit *test)
{
	bench_put(test, "is66wvs4m8", NULL, 33 * MHZ);
	CMD(test, 0x66);
	CMD(test, 0x99);
	bench_poke(test, 0, 0x21);
	bench_poke(test, 1, 0x43);
	bench_poke(test, 2, 0x65);
	CMD(test, 0xb9);
	CMD(test, 0x66);
	usleep_range(150, 300);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, bench_cmd(test, (const u8[]){ 0x9f, 0, 0, 0 }, 4, 1)[0], 0x9d);
	KUNIT_EXPECT_FALSE(test, bench_peek(test, 0) == 0x21 && bench_peek(test, 1) == 0x43 &&
			   bench_peek(test, 2) == 0x65);
}

static struct kunit_case psram_cases[] = {
	KUNIT_CASE(psram_wants_a_reset_first),
	KUNIT_CASE(psram_reset_needs_two_selects),
	KUNIT_CASE(psram_reset_without_enable),
	KUNIT_CASE(psram_command_between_the_halves),
	KUNIT_CASE(psram_id_behind_24_clocks),
	KUNIT_CASE(psram_bad_ids),
	KUNIT_CASE(psram_tcem_at_33_mhz),
	KUNIT_CASE(psram_tcem_at_84_mhz),
	KUNIT_CASE(psram_tcem_counts_delays),
	KUNIT_CASE(psram_tcem_adds_up),
	KUNIT_CASE(psram_one_page_edge_is_fine),
	KUNIT_CASE(psram_two_page_edges_are_not),
	KUNIT_CASE(psram_no_page_edge_above_84_mhz),
	KUNIT_CASE(psram_wrapped_bursts),
	KUNIT_CASE(psram_quad_commands_need_four_lines),
	KUNIT_CASE(psram_left_in_qpi),
	KUNIT_CASE(psram_rest_behind_a_reset),
	KUNIT_CASE_PARAM(psram_ids, psram_gen_params),
	KUNIT_CASE_PARAM(psram_tcem_of_each, psram_gen_params),
	KUNIT_CASE_PARAM(psram_edges_of_each, psram_gen_params),
	KUNIT_CASE_PARAM(psram_quad_commands, psram_gen_params),
	KUNIT_CASE_PARAM(psram_in_qpi, psram_gen_params),
	KUNIT_CASE_PARAM(psram_out_of_qpi, psram_gen_params),
	KUNIT_CASE(psram_deep_sleep_of_issi),
	{}
};

static struct kunit_suite psram_suite = {
	.name = "extram_sim_psram",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = psram_cases,
};

kunit_test_suite(psram_suite);

MODULE_DESCRIPTION("Tests of the simulated PSRAM");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
