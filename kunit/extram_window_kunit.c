// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of windows, the direct maps of spi-mem: used where they save commands, never where a chip
 * would mind what the controller does with it, and done without where it does not want to.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_wire.h"

#define KIB	1024
#define MIB	(1024 * KIB)
#define AHEAD	32	/* bytes that the simulated controller reads ahead */

/* What one operation takes is little, so that windows are worth their while. */
#define WINDOWS(...)	{ .mem_ops = true, .max_op = 64, __VA_ARGS__ }

static const struct extram_sim_config whole = WINDOWS(.window = 16 * MIB);
static const struct extram_sim_config in_pieces = WINDOWS(.window = 16 * MIB, .window_cut = 1000);
static const struct extram_sim_config small = WINDOWS(.window = 8 * KIB);
static const struct extram_sim_config tiny = WINDOWS(.window = 4 * KIB - 1);
static const struct extram_sim_config none = WINDOWS(.window = 0);

/* Which chips mind what a controller does by itself, and when. */
static const struct served {
	const struct extram_chip *chip;
	u32 hz;
	bool reads;
	bool writes;
} serveds[] = {
	{ &extram_chip_23lc1024, 20000000, true, true },
	{ &extram_chip_23k256, 20000000, true, true },
	{ &extram_chip_is62wvs2568g, 30000000, true, true },
	/* WREN before each write */
	{ &extram_chip_mb85rs1mt, 30000000, true, false },
	{ &extram_chip_fm25w256, 20000000, true, false },
	{ &extram_chip_mr25h40, 40000000, true, false },
	/* a page, two dies, a longest time for chip select, an opcode with a part of the address */
	{ &extram_chip_48l256, 20000000, false, false },
	{ &extram_chip_is62wvs5128, 16000000, false, false },
	{ &extram_chip_aps6404l, 33000000, false, false },
	{ &extram_chip_is66wvs4m8, 33000000, false, false },
	{ &extram_chip_fm25l04b, 20000000, false, false },
};

static void served_name(const struct served *s, char *desc)
{
	strscpy(desc, s->chip->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(served, serveds, served_name);

static void window_is_for_chips_that_do_not_mind(struct kunit *test)
{
	const struct served *s = test->param_value;
	const size_t len = min_t(u32, s->chip->size, 1500);
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct extram_io_facts facts;
	struct rnd_state rnd;

	wire_up(test, s->chip, &whole, s->hz);
	extram_io_facts(w->io, &facts);
	KUNIT_EXPECT_EQ(test, facts.read_burst == s->chip->size, s->reads);
	KUNIT_EXPECT_EQ(test, facts.write_burst == s->chip->size, s->writes);

	prandom_seed_state(&rnd, 1);
	wire_round_trip(test, &rnd, 0, len);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, len * (s->reads + s->writes));
}

/* One command and its data, and the part of the controller. */
static void window_costs_one_command(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_23lc1024, &whole, 20000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 3, w->buf, 2000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 1);
	KUNIT_EXPECT_EQ(test, stats.clocks, (4 + 2000) * 8);
	KUNIT_EXPECT_EQ(test, stats.windowed, 2000);

	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 3, w->buf, 2000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);
	KUNIT_EXPECT_EQ(test, stats.clocks, (4 + 2000 + 4 + 2000 + AHEAD) * 8);
	KUNIT_EXPECT_EQ(test, stats.windowed, 4000);
}

/* On four lines the window is on four lines. */
static void window_is_as_wide_as_the_wires(struct kunit *test)
{
	static const struct extram_sim_config like = {
		.mem_ops = true, .lines = 4, .max_op = 64, .window = 16 * MIB,
	};
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_23lc1024, &like, 20000000);
	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 4000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 4000);
	/* Opcode, address and dummies of 10 clocks, 2 clocks a byte. */
	KUNIT_EXPECT_EQ(test, stats.clocks, 10 + (4000 + AHEAD) * 2);
}

/* What one operation takes is one. */
static void window_is_not_for_a_few_bytes(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_23lc1024, &whole, 20000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 64), 0);
	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 64), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 0);
	KUNIT_EXPECT_EQ(test, stats.clocks, 2 * (4 + 64) * 8);

	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 65), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 65);
}

/* A controller that moves less than it was asked to is asked again. */
static void window_that_cuts_short(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 2);
	wire_up(test, &extram_chip_23lc1024, &in_pieces, 20000000);
	wire_round_trip(test, &rnd, 77, 2300);
	wire_stats(test, &stats);
	/* 1000, 1000 and 300 bytes, each way. */
	KUNIT_EXPECT_EQ(test, stats.windowed, 4600);
	KUNIT_EXPECT_EQ(test, stats.selects, 6);

	/* The last piece is what one operation takes. */
	extram_sim_reset_stats(w->sim, 0);
	wire_round_trip(test, &rnd, 77, 1064);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 2000);
	KUNIT_EXPECT_EQ(test, stats.selects, 4);
}

/* Behind the end of a window that is smaller than the chip there are operations. */
static void window_smaller_than_the_chip(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct extram_io_facts facts;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 3);
	wire_up(test, &extram_chip_23lc1024, &small, 20000000);
	extram_io_facts(w->io, &facts);
	KUNIT_EXPECT_EQ(test, facts.read_burst, 8 * KIB);
	wire_round_trip(test, &rnd, 8 * KIB - 1000, 2000);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 2 * 1000);

	extram_sim_reset_stats(w->sim, 0);
	wire_round_trip(test, &rnd, 8 * KIB, 2000);
	wire_round_trip(test, &rnd, 128 * KIB - 2000, 2000);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 0);
}

static void window_that_is_none(struct kunit *test)
{
	static const struct extram_sim_config *const likes[] = { &tiny, &none };
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct extram_io_facts facts;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 4);
	for (i = 0; i < ARRAY_SIZE(likes); i++) {
		wire_up(test, &extram_chip_23lc1024, likes[i], 20000000);
		extram_io_facts(w->io, &facts);
		KUNIT_EXPECT_EQ(test, facts.read_burst, 64);
		KUNIT_EXPECT_EQ(test, facts.write_burst, 64);
		wire_round_trip(test, &rnd, 0, 2000);
		wire_stats(test, &stats);
		KUNIT_EXPECT_EQ(test, stats.windowed, 0);
		wire_down(test);
	}
}

/* A controller that has a window and will not use it now, at the beginning or on the way. */
static void window_that_refuses(struct kunit *test)
{
	static const int errs[] = { -EOPNOTSUPP, -ENOTSUPP };
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;
	u32 nth;

	wire_up(test, &extram_chip_23lc1024, &in_pieces, 20000000);
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		for (nth = 1; nth <= 2; nth++) {
			memset(w->buf, 0x10 * i + nth, 2000);
			extram_sim_fail(w->sim, nth, 1, errs[i]);
			KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 5, w->buf, 2000), 0);
			extram_sim_fail(w->sim, nth, 1, errs[i]);
			memset(w->seen, 0, 2000);
			KUNIT_EXPECT_EQ(test, extram_io_read(w->io, 5, w->seen, 2000), 0);
			KUNIT_EXPECT_EQ(test, memcmp(w->buf, w->seen, 2000), 0);
		}
	}
	/* 64 bytes each time went by an operation, and the rest through the window. */
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 8 * (2000 - 64));
}

/* Other errors are errors, and passing ones are tried again. */
static void window_that_fails(struct kunit *test)
{
	struct wire *w = test->priv;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 5);
	wire_up(test, &extram_chip_23lc1024, &in_pieces, 20000000);
	extram_sim_fail(w->sim, 2, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 0, w->buf, 2000), -EIO);
	extram_sim_fail(w->sim, 2, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, 0, w->buf, 2000), -EIO);
	extram_sim_fail(w->sim, 1, EXTRAM_IO_TRIES - 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, 0, w->buf, 2000), 0);
	wire_round_trip(test, &rnd, 0, 2000);
}

/* A wire that is taken into use again has its windows still, and one that ends leaves none. */
static void window_outlasts_a_pause(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 6);
	wire_up(test, &extram_chip_23lc1024, &whole, 20000000);
	extram_io_stop(w->io);
	extram_sim_power_cycle(w->sim, 0);
	KUNIT_ASSERT_EQ(test, w->chip->ops->init(w->spi, w->chip), 0);
	KUNIT_ASSERT_EQ(test, extram_io_start(w->io), 0);
	wire_round_trip(test, &rnd, 0, 2000);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.windowed, 4000);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE_PARAM(window_is_for_chips_that_do_not_mind, served_gen_params),
	KUNIT_CASE(window_costs_one_command),
	KUNIT_CASE(window_is_as_wide_as_the_wires),
	KUNIT_CASE(window_is_not_for_a_few_bytes),
	KUNIT_CASE(window_that_cuts_short),
	KUNIT_CASE(window_smaller_than_the_chip),
	KUNIT_CASE(window_that_is_none),
	KUNIT_CASE(window_that_refuses),
	KUNIT_CASE(window_that_fails),
	KUNIT_CASE(window_outlasts_a_pause),
	{}
};

static struct kunit_suite window_suite = {
	.name = "extram_window",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = window_cases,
};

kunit_test_suite(window_suite);

MODULE_DESCRIPTION("Tests of extram's use of direct maps");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
