// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the simulated Microchip SRAM: mode register, bursts, lines. Numbers are written out
 * here and not taken from the simulator.
 */
#include "compat.h"
#include "extram_sim_bench.h"

struct sram {
	const char *name;
	u8 power_up;
	bool wide;	/* 24 bits of address */
};

static const struct sram srams[] = {
	{ "23k640", 0x00, false },
	{ "23k256", 0x00, false },
	{ "23lc512", 0x40, false },
	{ "23lc1024", 0x40, true },
};

static void sram_name(const struct sram *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sram, srams, sram_name);

/* Writes @len bytes, 0x80 and on, to @addr. */
static void sram_burst(struct kunit *test, const struct sram *s, u8 addr, size_t len)
{
	u8 cmd[4 + 64] = { 0x02 };
	size_t n = s->wide ? 4 : 3, i;

	KUNIT_ASSERT_LE(test, len, 64);
	cmd[n - 1] = addr;
	for (i = 0; i < len; i++)
		cmd[n + i] = 0x80 + i;
	bench_cmd(test, cmd, n + len, 0);
}

static u8 *sram_read(struct kunit *test, const struct sram *s, u8 addr, size_t len)
{
	u8 cmd[4] = { 0x03 };
	size_t n = s->wide ? 4 : 3;

	cmd[n - 1] = addr;
	return bench_cmd(test, cmd, n, len);
}

static void sram_mode_at_power_up(struct kunit *test)
{
	const struct sram *s = test->param_value;
	struct bench *b = test->priv;

	bench_put(test, s->name, NULL, 20 * MHZ);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
	CMD(test, 0x01, 0x80);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x80);
	extram_sim_power_cycle(b->sim, 0);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
}

static void sram_mode_can_be_set(struct kunit *test)
{
	static const u8 modes[] = { 0x00, 0x80, 0x40, 0x00 };
	const struct sram *s = test->param_value;
	unsigned int i;

	bench_put(test, s->name, NULL, 20 * MHZ);
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		CMD(test, 0x01, modes[i]);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), modes[i]);
	}
}

static void sram_mode_11_is_reserved(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01, 0xc0);
	bench_expect_violation(test, EXTRAM_SIM_REGISTER);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
}

/* Bit 0 switches HOLD off on the 23K alone; the others are zero everywhere. */
static void sram_register_bits(struct kunit *test)
{
	const struct sram *s = test->param_value;
	bool hold = s->name[2] == 'k';

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01, 0x41);
	if (!hold)
		bench_expect_violation(test, EXTRAM_SIM_REGISTER);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), hold ? 0x41 : 0x40);
	CMD(test, 0x01, 0x42);
	bench_expect_violation(test, EXTRAM_SIM_REGISTER);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
}

static void sram_register_takes_one_byte(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
	CMD(test, 0x01, 0x80, 0x80);
	bench_expect_violation(test, EXTRAM_SIM_EXTRA);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
}

static void sram_byte_mode(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01, 0x00);
	sram_burst(test, s, 16, 1);
	KUNIT_EXPECT_EQ(test, *sram_read(test, s, 16, 1), 0x80);
	bench_expect_clean(test);

	bench_poke(test, 17, 0x11);
	sram_burst(test, s, 16, 3);
	bench_expect_violation(test, EXTRAM_SIM_BYTE_MODE);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 17), 0x11);
	sram_read(test, s, 16, 2);
	bench_expect_violation(test, EXTRAM_SIM_BYTE_MODE);
}

/* A burst stays in its 32 bytes: behind address 31 comes address 0. */
static void sram_page_mode(struct kunit *test)
{
	const struct sram *s = test->param_value;
	u8 *in;

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01, 0x80);
	bench_poke(test, 64, 0x11);
	sram_burst(test, s, 62, 4);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 62), 0x80);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 63), 0x81);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 32), 0x82);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 33), 0x83);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 64), 0x11);
	in = sram_read(test, s, 63, 34);
	KUNIT_EXPECT_EQ(test, in[0], 0x81);
	KUNIT_EXPECT_EQ(test, in[1], 0x82);
	KUNIT_EXPECT_EQ(test, in[32], 0x81);
	KUNIT_EXPECT_EQ(test, in[33], 0x82);
}

static void sram_sequential_mode(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 20 * MHZ);
	CMD(test, 0x01, 0x40);
	sram_burst(test, s, 62, 4);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 64), 0x82);
	KUNIT_EXPECT_EQ(test, bench_peek(test, 65), 0x83);
	KUNIT_EXPECT_EQ(test, sram_read(test, s, 62, 4)[3], 0x83);
}

/* Behind EDIO and EQIO the 23LC listens on two or four lines. Power helps, FF on one does not. */
static void sram_on_more_lines(struct kunit *test)
{
	static const u8 enter[] = { 0x38, 0x3b };
	struct bench *b = test->priv;
	unsigned int i;

	bench_put(test, "23lc1024", NULL, 20 * MHZ);
	CMD(test, 0xff);
	for (i = 0; i < ARRAY_SIZE(enter); i++) {
		CMD(test, enter[i]);
		bench_expect_clean(test);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0xff);
		bench_expect_violation(test, EXTRAM_SIM_WIDTH);
		extram_sim_power_cycle(b->sim, 0);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
	}
}

static struct kunit_case sram_cases[] = {
	KUNIT_CASE_PARAM(sram_mode_at_power_up, sram_gen_params),
	KUNIT_CASE_PARAM(sram_mode_can_be_set, sram_gen_params),
	KUNIT_CASE_PARAM(sram_mode_11_is_reserved, sram_gen_params),
	KUNIT_CASE_PARAM(sram_register_bits, sram_gen_params),
	KUNIT_CASE_PARAM(sram_register_takes_one_byte, sram_gen_params),
	KUNIT_CASE_PARAM(sram_byte_mode, sram_gen_params),
	KUNIT_CASE_PARAM(sram_page_mode, sram_gen_params),
	KUNIT_CASE_PARAM(sram_sequential_mode, sram_gen_params),
	KUNIT_CASE(sram_on_more_lines),
	{}
};

static struct kunit_suite sram_suite = {
	.name = "extram_sim_sram",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = sram_cases,
};

kunit_test_suite(sram_suite);

MODULE_DESCRIPTION("Tests of the simulated SRAM");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
