/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench for tests of the simulator: a controller with one chip, and raw SPI messages to it.
 */
#ifndef _EXTRAM_SIM_BENCH_H
#define _EXTRAM_SIM_BENCH_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "sim/sim.h"

#define KIB		1024
#define MHZ		1000000
#define BENCH_BYTES	(8 * KIB)	/* longest command */
#define BENCH_ALIAS	"extram-kunit-none"	/* a modalias that no driver takes */

/**
 * struct bench - a chip to talk to
 * @sim: its controller
 * @spi: the chip
 * @tx: what goes out, BENCH_BYTES from the heap
 * @rx: what came in
 */
struct bench {
	struct extram_sim *sim;
	struct spi_device *spi;
	u8 *tx;
	u8 *rx;
};

static inline int bench_init(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->tx = kunit_kzalloc(test, BENCH_BYTES, GFP_KERNEL);
	b->rx = kunit_kzalloc(test, BENCH_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->tx);
	KUNIT_ASSERT_NOT_NULL(test, b->rx);
	test->priv = b;
	return 0;
}

static inline void bench_expect_clean(struct kunit *test)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(b->sim, 0));
}

/* Exactly one violation, of this kind; it is settled then. */
static inline void bench_expect_violation(struct kunit *test, enum extram_sim_violation kind)
{
	struct bench *b = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 1, "%s",
			    extram_sim_last_violation(b->sim, 0));
	KUNIT_EXPECT_EQ_MSG(test, extram_sim_violations(b->sim, 0, kind), 1, "%s",
			    extram_sim_last_violation(b->sim, 0));
	extram_sim_reset_stats(b->sim, 0);
}

/* What a test did not expect is a failure. */
static inline void bench_exit(struct kunit *test)
{
	struct bench *b = test->priv;

	if (IS_ERR_OR_NULL(b->sim))
		return;
	bench_expect_clean(test);
	extram_sim_destroy(b->sim);
	b->sim = NULL;
}

/* Puts @model on chip select 0 of a controller like @like, NULL for one without limits. */
static inline void bench_put(struct kunit *test, const char *model,
			     const struct extram_sim_config *like, u32 hz)
{
	struct extram_sim_config cfg = {};
	struct bench *b = test->priv;

	if (like)
		cfg = *like;
	cfg.models[0] = model;
	b->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(b->sim));
	b->spi = extram_sim_add_device(b->sim, 0, BENCH_ALIAS, hz);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(b->spi));
}

/* One command: @cmd goes out, @more bytes come back. Returns those. */
static inline u8 *bench_cmd(struct kunit *test, const u8 *cmd, size_t len, size_t more)
{
	struct bench *b = test->priv;
	struct spi_transfer xfer = {
		.tx_buf = b->tx,
		.rx_buf = b->rx,
		.len = len + more,
	};

	KUNIT_ASSERT_LE(test, len + more, BENCH_BYTES);
	memcpy(b->tx, cmd, len);
	memset(b->tx + len, 0, more);
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, &xfer, 1), 0);
	return b->rx + len;
}

/* A command with these bytes. */
#define CMD(test, ...)									\
	bench_cmd(test, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), 0)

/* The first byte that comes back behind these. */
#define ASK(test, ...)									\
	(*bench_cmd(test, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), 1))

/* The same chip on wires of four lines. */
static inline void bench_put_wide(struct kunit *test, const char *model, u32 hz)
{
	const struct extram_sim_config cfg = { .models = { model }, .lines = 4 };
	struct bench *b = test->priv;

	b->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(b->sim));
	b->spi = extram_sim_add_wide_device(b->sim, 0, BENCH_ALIAS, hz, 4);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(b->spi));
}

/*
 * One command whose opcode, whose other bytes, and whose answer travel on these numbers of lines.
 * Dummy clocks are among the other bytes. Returns the answer.
 */
static inline u8 *bench_lines(struct kunit *test, unsigned int opcode, unsigned int others,
			      unsigned int answer, const u8 *cmd, size_t len, size_t more)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[3] = {
		{ .tx_buf = b->tx, .len = 1, .tx_nbits = opcode },
		{ .tx_buf = b->tx + 1, .len = len - 1, .tx_nbits = others },
		{ .rx_buf = b->rx, .len = more, .rx_nbits = answer },
	};
	struct spi_message msg;
	unsigned int i;

	KUNIT_ASSERT_LE(test, len + more, BENCH_BYTES);
	memcpy(b->tx, cmd, len);
	spi_message_init(&msg);
	for (i = 0; i < ARRAY_SIZE(xfers); i++)
		if (xfers[i].len)
			spi_message_add_tail(&xfers[i], &msg);
	KUNIT_ASSERT_EQ(test, spi_sync(b->spi, &msg), 0);
	return b->rx;
}

/* A command with these bytes, all on @lines lines. */
#define CMD_ON(test, lines, ...)							\
	bench_lines(test, lines, lines, lines, (const u8[]){ __VA_ARGS__ },		\
		    sizeof((const u8[]){ __VA_ARGS__ }), 0)

/* The first byte that comes back behind these, all on @lines lines. */
#define ASK_ON(test, lines, ...)							\
	(*bench_lines(test, lines, lines, lines, (const u8[]){ __VA_ARGS__ },		\
		      sizeof((const u8[]){ __VA_ARGS__ }), 1))

/* A byte of memory, past the pins. */
static inline u8 bench_peek(struct kunit *test, u32 addr)
{
	struct bench *b = test->priv;
	u8 byte;

	KUNIT_ASSERT_EQ(test, extram_sim_peek(b->sim, 0, addr, &byte, 1), 0);
	return byte;
}

static inline void bench_poke(struct kunit *test, u32 addr, u8 byte)
{
	struct bench *b = test->priv;

	KUNIT_ASSERT_EQ(test, extram_sim_poke(b->sim, 0, addr, &byte, 1), 0);
}

/* Two commands of one byte in one message, with @ns of rest in between. */
static inline void bench_two_commands(struct kunit *test, u8 first, u8 second, u16 ns)
{
	struct bench *b = test->priv;
	struct spi_transfer xfers[2] = {
		{
			.tx_buf = b->tx, .len = 1, .cs_change = 1,
			.cs_change_delay = { ns, SPI_DELAY_UNIT_NSECS },
		},
		{ .tx_buf = b->tx + 1, .len = 1 },
	};

	b->tx[0] = first;
	b->tx[1] = second;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(b->spi, xfers, 2), 0);
}

#endif /* _EXTRAM_SIM_BENCH_H */
