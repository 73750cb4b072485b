/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chip on a wire, as probe makes it, with the simulated controller as the judge.
 */
#ifndef _EXTRAM_WIRE_FIXTURE_H
#define _EXTRAM_WIRE_FIXTURE_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "io.h"
#include "sim/sim.h"

#define NO_DRIVER	"extram-kunit-none"	/* a modalias that no driver takes */

/* A controller with one chip, set up and wired as probe does it. */
struct wire {
	struct extram_sim *sim;
	struct spi_device *spi;
	const struct extram_chip *chip;
	struct extram_io *io;
	u8 *buf;	/* EXTRAM_IO_CHUNK bytes from the heap */
	u8 *seen;
	u8 *room;	/* of a test that gives the engine room before the bytes */
};

static inline int wire_init(struct kunit *test)
{
	struct wire *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->buf = kunit_kzalloc(test, EXTRAM_IO_CHUNK, GFP_KERNEL);
	w->seen = kunit_kzalloc(test, EXTRAM_IO_CHUNK, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->buf);
	KUNIT_ASSERT_NOT_NULL(test, w->seen);
	test->priv = w;
	return 0;
}

/* Nothing that a test does may break a rule of the chip. */
static inline void wire_down(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	if (!IS_ERR_OR_NULL(w->io))
		extram_io_destroy(w->io);
	w->io = NULL;
	if (IS_ERR_OR_NULL(w->sim))
		return;
	extram_sim_stats(w->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(w->sim, 0));
	extram_sim_destroy(w->sim);
	w->sim = NULL;
}

static inline void wire_exit(struct kunit *test)
{
	wire_down(test);
}

/* Puts @model on a controller like @like, to be driven as @chip. Does not make the wire yet. */
static inline void wire_chip(struct kunit *test, const char *model,
			     const struct extram_chip *chip, const struct extram_sim_config *like,
			     u32 hz)
{
	struct extram_sim_config cfg = *like;
	struct wire *w = test->priv;

	cfg.models[0] = model;
	w->chip = chip;
	w->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(w->sim));
	w->spi = extram_sim_add_wide_device(w->sim, 0, NO_DRIVER, hz, max(cfg.lines, 1U));
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(w->spi));
}

static inline void wire_up(struct kunit *test, const struct extram_chip *chip,
			   const struct extram_sim_config *like, u32 hz)
{
	struct wire *w = test->priv;

	wire_chip(test, chip->name, chip, like, hz);
	w->io = extram_io_create(w->spi, chip);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->io));
	KUNIT_ASSERT_EQ(test, chip->ops->init(w->spi, chip), 0);
	KUNIT_ASSERT_EQ(test, extram_io_start(w->io), 0);
	extram_sim_reset_stats(w->sim, 0);
}

static inline void wire_stats(struct kunit *test, struct extram_sim_stats *stats)
{
	struct wire *w = test->priv;

	extram_sim_stats(w->sim, 0, stats);
}

/* Writes and reads back @len random bytes at @addr, and compares with what is in the chip. */
static inline void wire_round_trip(struct kunit *test, struct rnd_state *rnd, u32 addr, size_t len)
{
	struct wire *w = test->priv;

	prandom_bytes_state(rnd, w->buf, len);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, addr, w->buf, len), 0);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, addr, w->seen, len), 0);
	KUNIT_ASSERT_EQ_MSG(test, memcmp(w->buf, w->seen, len), 0, "written %zu at %u", len, addr);

	memset(w->seen, 0xa5, len);
	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, addr, w->seen, len), 0);
	KUNIT_ASSERT_EQ_MSG(test, memcmp(w->buf, w->seen, len), 0, "read %zu at %u", len, addr);
}

#endif /* _EXTRAM_WIRE_FIXTURE_H */
