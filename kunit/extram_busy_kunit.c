// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of waiting for writes that take their time, and of giving up on those that do not end.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "check.h"
#include "chips.h"
#include "compat.h"
#include "extram_wire.h"

#define HZ_OF_BUS	20000000
#define WRITE_US	3000	/* more than a slow machine takes for a message */

/* Where a write and the question for its end travel in one way or another. */
static const struct {
	const char *name;
	struct extram_sim_config like;
} ways[] = {
	{ "messages", {} },
	{ "messages without cs_change", { .no_cs_change = true } },
	{ "messages of six bytes", { .no_cs_change = true, .max_transfer = 6, .max_message = 6 } },
	{ "half duplex", { .half_duplex = true } },
	{ "spi-mem", { .mem_ops = true } },
};

static const u8 busys[ARRAY_SIZE(ways)];

static void busy_name(const u8 *b, char *desc)
{
	strscpy(desc, ways[b - busys].name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(busy, busys, busy_name);

static void busy_up(struct kunit *test)
{
	wire_up(test, &extram_chip_48l640, &ways[(const u8 *)test->param_value - busys].like,
		HZ_OF_BUS);
}

/* The chip is asked more than once, and nothing else is sent before it is done. */
static void busy_write_is_waited_for(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	struct rnd_state rnd;
	unsigned int i = 0;
	u64 start;

	prandom_seed_state(&rnd, 6);
	busy_up(test);
	wire_round_trip(test, &rnd, 100, 500);

	extram_sim_slow_writes(w->sim, 0, WRITE_US);
	do {
		start = ktime_get_ns();
		extram_sim_reset_stats(w->sim, 0);
		KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 8, w->buf, 1), 0);
		KUNIT_EXPECT_GE(test, ktime_get_ns() - start, WRITE_US * (u64)NSEC_PER_USEC);
		wire_stats(test, &stats);
		/* A slow machine may ask for the first time when the write has ended. */
	} while (stats.selects == 3 && ++i < 50);
	/* WREN, the write and two questions are the least. */
	KUNIT_EXPECT_GE(test, stats.selects, 4);
	/* Pages, and a read behind a write. */
	wire_round_trip(test, &rnd, 20, 100);
}

/* A chip that stays busy is an error, soon, and of use again when it has recovered. */
static void busy_write_does_not_end(struct kunit *test)
{
	struct wire *w = test->priv;
	u64 start, took;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 7);
	busy_up(test);
	extram_sim_slow_writes(w->sim, 0, EXTRAM_SIM_FOR_EVER);
	start = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 8, w->buf, 100), -EIO);
	took = ktime_get_ns() - start;
	KUNIT_EXPECT_GE(test, took, w->chip->busy_us * (u64)NSEC_PER_USEC);
	KUNIT_EXPECT_LT(test, took, 10ULL * NSEC_PER_SEC);

	extram_sim_slow_writes(w->sim, 0, 0);
	wire_round_trip(test, &rnd, 0, 200);
}

/* The same for the bytes that probe writes. */
static void busy_check_waits(struct kunit *test)
{
	struct wire *w = test->priv;

	busy_up(test);
	extram_sim_slow_writes(w->sim, 0, WRITE_US);
	KUNIT_EXPECT_EQ(test, extram_check_address(w->spi, w->chip), 0);
	extram_sim_slow_writes(w->sim, 0, EXTRAM_SIM_FOR_EVER);
	KUNIT_EXPECT_EQ(test, extram_check_address(w->spi, w->chip), -EBUSY);
	/* It tried to put back what it had changed, and the chip took nothing. */
	extram_sim_reset_stats(w->sim, 0);
}

static struct kunit_case busy_cases[] = {
	KUNIT_CASE_PARAM(busy_write_is_waited_for, busy_gen_params),
	KUNIT_CASE_PARAM(busy_write_does_not_end, busy_gen_params),
	KUNIT_CASE_PARAM(busy_check_waits, busy_gen_params),
	{}
};

static struct kunit_suite busy_suite = {
	.name = "extram_busy",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = busy_cases,
};

kunit_test_suite(busy_suite);

MODULE_DESCRIPTION("Tests of writes of extram that take their time");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
