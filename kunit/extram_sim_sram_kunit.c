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
	bool hold;	/* bit 0 switches HOLD off */
};

static const struct sram srams[] = {
	{ "23k640", 0x00, false, true },
	{ "23k256", 0x00, false, true },
	{ "23lc512", 0x40, false },
	{ "23lc1024", 0x40, true },
	{ "23lcv512", 0x40, false },
	{ "23lcv1024", 0x40, true },
	{ "n01s830ha", 0x00, true, true },
	{ "n01s830ba", 0x00, true, true },
	{ "n01s818ha", 0x00, true, true },
	{ "n25s830ha", 0x00, false, true },
	{ "n25s818ha", 0x00, false, true },
	{ "n64s830ha", 0x00, false, true },
	{ "n64s818ha", 0x00, false, true },
	{ "is62wvs0648", 0x00, true },
	{ "is62wvs1288f", 0x00, true },
	{ "is62wvs2568f", 0x00, true },
	{ "is62wvs5128", 0x00, true },
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

	bench_put(test, s->name, NULL, 16 * MHZ);
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

	bench_put(test, s->name, NULL, 16 * MHZ);
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		CMD(test, 0x01, modes[i]);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), modes[i]);
	}
}

static void sram_mode_11_is_reserved(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 16 * MHZ);
	CMD(test, 0x01, 0xc0);
	bench_expect_violation(test, EXTRAM_SIM_REGISTER);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
}

/* Bit 0 switches HOLD off on some of them; the others are zero everywhere. */
static void sram_register_bits(struct kunit *test)
{
	const struct sram *s = test->param_value;
	bool hold = s->hold;

	bench_put(test, s->name, NULL, 16 * MHZ);
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

	bench_put(test, s->name, NULL, 16 * MHZ);
	CMD(test, 0x01);
	bench_expect_violation(test, EXTRAM_SIM_TRUNCATED);
	CMD(test, 0x01, 0x80, 0x80);
	bench_expect_violation(test, EXTRAM_SIM_EXTRA);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), s->power_up);
}

static void sram_byte_mode(struct kunit *test)
{
	const struct sram *s = test->param_value;

	bench_put(test, s->name, NULL, 16 * MHZ);
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

	bench_put(test, s->name, NULL, 16 * MHZ);
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

	bench_put(test, s->name, NULL, 16 * MHZ);
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

/* On two and on four lines: writes as on one, and a dummy byte before what is read. */
static void sram_dual_and_quad(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 enter;
		unsigned int lines;
	} modes[] = {
		{ "23lc1024", 0x3b, 2 }, { "23lc1024", 0x38, 4 },
		{ "23lcv1024", 0x3b, 2 },
		{ "n01s830ha", 0x3b, 2 }, { "n01s830ha", 0x38, 4 }, { "n01s830ba", 0x3b, 2 },
		{ "n01s818ha", 0x38, 4 },
		{ "is62wvs2568g", 0x3b, 2 }, { "is62wvs2568g", 0x38, 4 },
	};
	struct bench *b = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		unsigned int lines = modes[i].lines;

		bench_put_wide(test, modes[i].name, 20 * MHZ);
		CMD(test, 0x01, 0x40);
		bench_poke(test, 0x1235, 0x96);
		CMD(test, modes[i].enter);
		KUNIT_EXPECT_EQ(test, ASK_ON(test, lines, 0x05), 0x40);
		CMD_ON(test, lines, 0x02, 0x00, 0x12, 0x34, 0x5e);
		KUNIT_EXPECT_EQ(test, bench_peek(test, 0x1234), 0x5e);
		extram_sim_reset_stats(b->sim, 0);
		KUNIT_EXPECT_EQ(test, ASK_ON(test, lines, 0x03, 0x00, 0x12, 0x35, 0xff), 0x96);
		extram_sim_stats(b->sim, 0, &stats);
		KUNIT_EXPECT_EQ(test, stats.clocks, 6 * 8 / lines);
		/* One byte too early it says nothing. */
		KUNIT_EXPECT_EQ(test, ASK_ON(test, lines, 0x03, 0x00, 0x12, 0x35), 0xff);

		CMD_ON(test, lines, 0xff);
		KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
		bench_exit(test);
	}
}

/* FF on more lines than the chip listens on is too short for it to be anything. */
static void sram_short_strangers_do_no_harm(struct kunit *test)
{
	bench_put_wide(test, "23lc1024", 20 * MHZ);
	CMD_ON(test, 4, 0xff);
	CMD_ON(test, 2, 0xff);
	CMD_ON(test, 4, 0x38);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x05), 0x40);
	CMD(test, 0x3b);
	CMD_ON(test, 4, 0xff);
	bench_expect_clean(test);
	KUNIT_EXPECT_EQ(test, ASK_ON(test, 2, 0x05), 0x40);
}

/* A whole command on other lines is lost, and counted. */
static void sram_on_the_wrong_lines(struct kunit *test)
{
	static const unsigned int on[] = { 1, 2, 4 };
	static const u8 enter[] = { 0, 0x3b, 0x38 };
	unsigned int is, asked;

	for (is = 0; is < 3; is++) {
		bench_put_wide(test, "23lc1024", 20 * MHZ);
		bench_poke(test, 0, 0x21);
		if (enter[is])
			CMD(test, enter[is]);
		for (asked = 0; asked < 3; asked++) {
			if (asked == is)
				continue;
			CMD_ON(test, on[asked], 0x02, 0, 0, 0, 0x43);
			bench_expect_violation(test, EXTRAM_SIM_WIDTH);
			KUNIT_EXPECT_EQ(test, bench_peek(test, 0), 0x21);
		}
		bench_exit(test);
	}
}

/* The opcode as it should be, the address on other lines. */
static void sram_lines_change_inside_a_command(struct kunit *test)
{
	static const u8 read[] = { 0x03, 0, 0, 0 };

	bench_put_wide(test, "23lc1024", 20 * MHZ);
	bench_lines(test, 1, 4, 1, read, 4, 1);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
	bench_lines(test, 1, 1, 4, read, 4, 1);
	bench_expect_violation(test, EXTRAM_SIM_WIDTH);
}

/* IS62WVS2568G: eight clocks stand before all that is read, on one line too. */
static void sram_read_latency(struct kunit *test)
{
	bench_put(test, "is62wvs2568g", NULL, 30 * MHZ);
	CMD(test, 0x01, 0x40);
	bench_poke(test, 0x20001, 0x77);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0x02, 0x00, 0x01, 0x00), 0x77);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x03, 0x02, 0x00, 0x01), 0xff);
}

/* 23AA: a register of two bytes, sequential from the start, and a fast read. */
static void sram_register_of_two_bytes(struct kunit *test)
{
	u8 *in;

	bench_put(test, "23aa04m", NULL, 20 * MHZ);
	in = bench_cmd(test, (const u8[]){ 0x05 }, 1, 2);
	KUNIT_EXPECT_EQ(test, in[0], 0x40);
	bench_poke(test, 0x61234, 0x77);
	KUNIT_EXPECT_EQ(test, ASK(test, 0x0b, 0x06, 0x12, 0x34, 0xff), 0x77);
	CMD(test, 0x01, 0x40, 0x00);
	bench_expect_clean(test);
	CMD(test, 0x01, 0x40, 0x00, 0x00);
	bench_expect_violation(test, EXTRAM_SIM_EXTRA);
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
	KUNIT_CASE(sram_dual_and_quad),
	KUNIT_CASE(sram_short_strangers_do_no_harm),
	KUNIT_CASE(sram_on_the_wrong_lines),
	KUNIT_CASE(sram_lines_change_inside_a_command),
	KUNIT_CASE(sram_read_latency),
	KUNIT_CASE(sram_register_of_two_bytes),
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
