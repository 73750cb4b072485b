// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the sleep of the system and of supplies that fail: what is told, what reads as an error,
 * and that nothing ever reads as something else than what was written.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pm.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/regulator/driver.h>
#include <linux/regulator/machine.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/suspend.h>
#include <uapi/linux/extram.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "io.h"
#include "lost.h"
#include "power.h"
#include "sim/sim.h"
#include "spi.h"

#define LEN	(3 * EXTRAM_IO_CHUNK + 100)

struct power_fixture {
	struct extram_sim *sim;
	struct extram_spi *priv;
	struct extram *ram;
	struct extram_client *client;
	u8 *out;	/* LEN bytes */
	u8 *in;
};

/* Takes what the driver made of a chip, and a client of it. */
static void power_adopt(struct kunit *test, struct spi_device *spi)
{
	struct power_fixture *f = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	f->priv = spi_get_drvdata(spi);
	f->ram = extram_kunit_ram(&spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, f->ram);
	f->client = extram_client_create(f->ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->client));
}

static void power_plug(struct kunit *test, const char *part, u32 hz)
{
	const struct extram_sim_config cfg = { .models = { part } };
	struct power_fixture *f = test->priv;
	struct spi_device *spi;

	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	spi = extram_sim_add_device(f->sim, 0, part, hz);
	power_adopt(test, spi);
}

static int power_init(struct kunit *test)
{
	struct power_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->out = kunit_kzalloc(test, LEN, GFP_KERNEL);
	f->in = kunit_kzalloc(test, LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->out);
	KUNIT_ASSERT_NOT_NULL(test, f->in);
	get_random_bytes(f->out, LEN);
	return 0;
}

static void power_unplug(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_sim_stats stats;

	if (!IS_ERR_OR_NULL(f->client))
		extram_client_destroy(f->client);
	if (f->ram)
		put_device(&f->ram->dev);
	f->client = NULL;
	f->ram = NULL;
	if (IS_ERR_OR_NULL(f->sim))
		return;
	extram_sim_stats(f->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(f->sim, 0));
	extram_sim_destroy(f->sim);
	f->sim = NULL;
}

static u64 power_take(struct kunit *test, u64 length, u32 flags)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .length = length, .flags = flags };

	KUNIT_ASSERT_EQ(test, extram_block_alloc(&f->client->owner, &range), 0);
	return range.offset;
}

static ssize_t power_write(struct kunit *test, u64 at, size_t len)
{
	struct power_fixture *f = test->priv;

	return extram_kunit_write(f->client, at, f->out, len);
}

static ssize_t power_read(struct kunit *test, u64 at, size_t len)
{
	struct power_fixture *f = test->priv;

	memset(f->in, 0xa5, len);
	return extram_kunit_read(f->client, at, f->in, len);
}

/* What a whole sleep does, with or without a supply that is cut in the middle of it. */
static void power_nap(struct kunit *test, bool off, bool deep)
{
	struct power_fixture *f = test->priv;

	extram_power_sleep(f->priv);
	if (off)
		extram_sim_power_cycle(f->sim, 0);
	extram_power_wake(f->priv, deep);
}

static u64 power_selects(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(f->sim, 0, &stats);
	return stats.selects;
}

/* What is decided, for each kind of sleep; the contents say whether it was right. */
static void power_decides(struct kunit *test)
{
	static const struct {
		const char *part;
		u32 hz;
		bool deep;
		bool off;
		u32 lost;
	} cases[] = {
		{ "23lc1024", 20000000, false, false, 0 },
		{ "23lc1024", 20000000, false, true, 1 },	/* the marks know */
		{ "23lc1024", 20000000, true, false, 1 },	/* who knows */
		{ "23lc1024", 20000000, true, true, 1 },
		{ "23k256", 20000000, false, false, 0 },
		{ "23k256", 20000000, false, true, 1 },
		{ "aps6404l", 33000000, false, false, 0 },
		{ "aps6404l", 33000000, false, true, 1 },
		{ "aps6404l", 33000000, true, false, 1 },
		{ "mb85rs1mt", 20000000, true, true, 0 },
		{ "fm25l16b", 20000000, true, true, 0 },
		{ "mr25h40", 20000000, false, true, 0 },
		{ "48l640", 20000000, true, true, 0 },
	};
	struct power_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len;
		u64 at;

		power_plug(test, cases[i].part, cases[i].hz);
		/* All of the chip, so that the marks stand on it. */
		at = power_take(test, f->ram->space.size, 0);
		len = min_t(u64, LEN, f->ram->space.size);
		KUNIT_ASSERT_EQ(test, power_write(test, at, len), len);

		power_nap(test, cases[i].off, cases[i].deep);
		KUNIT_EXPECT_EQ_MSG(test, f->ram->space.epoch, cases[i].lost, "case %u", i);
		if (cases[i].lost) {
			KUNIT_EXPECT_EQ_MSG(test, power_read(test, at, len), -EIO, "case %u", i);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, power_read(test, at, len), len, "case %u", i);
			KUNIT_EXPECT_EQ_MSG(test, memcmp(f->in, f->out, len), 0, "case %u", i);
		}
		power_unplug(test);
	}
}

/* EERAM with ASE off, as another system left it. */
static void power_plug_unsaved(struct kunit *test)
{
	static const struct extram_sim_config cfg = { .models = { "48l640" } };
	static const u8 wren = 0x06, off[] = { 0x01, 0x00 };
	struct power_fixture *f = test->priv;
	struct extram_sim_stats stats;
	struct spi_device *spi;

	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	spi = extram_sim_add_device(f->sim, 0, "extram-kunit-none", 20000000);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	/* It recalls what it saved before. */
	usleep_range(2000, 3000);
	KUNIT_ASSERT_EQ(test, spi_write_then_read(spi, &wren, 1, NULL, 0), 0);
	KUNIT_ASSERT_EQ(test, spi_write_then_read(spi, off, sizeof(off), NULL, 0), 0);
	spi_unregister_device(spi);

	power_adopt(test, extram_sim_add_device(f->sim, 0, "48l640", 20000000));
	/* It may hold what was written before the driver came: nothing was tried out on it. */
	extram_sim_stats(f->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.payload, 0);
}

/* It forgets like SRAM, and says so. */
static void power_eeram_that_is_not_saved(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	unsigned int i;
	size_t len;
	u64 at;

	power_plug_unsaved(test);
	KUNIT_EXPECT_TRUE(test, f->ram->chip->flags & EXTRAM_CHIP_VOLATILE);
	len = min_t(u64, LEN, f->ram->space.size);
	at = power_take(test, f->ram->space.size, 0);
	for (i = 0; i < 4; i++) {
		KUNIT_ASSERT_EQ(test, power_write(test, at, len), len);
		switch (i) {
		case 0:
			power_nap(test, true, true);
			break;
		case 1:
			/* The marks know. */
			power_nap(test, true, false);
			break;
		case 2:
			/* Who knows. */
			power_nap(test, false, true);
			break;
		case 3:
			extram_power_fails(f->priv);
			extram_sim_power_cycle(f->sim, 0);
			extram_power_failed(f->priv);
			break;
		}
		KUNIT_EXPECT_EQ_MSG(test, power_read(test, at, len), -EIO, "case %u", i);
	}
	KUNIT_ASSERT_EQ(test, power_write(test, at, len), len);
	power_nap(test, false, false);
	KUNIT_EXPECT_EQ(test, power_read(test, at, len), len);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, len), 0);
}

/* Marks stand on the first and the last bytes too, and leave no trace. */
static void power_marks_leave_no_trace(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u32 size = 32 * 1024;
	u8 *before = kunit_kzalloc(test, size, GFP_KERNEL);
	u8 *after = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	power_plug(test, "23k256", 20000000);
	KUNIT_ASSERT_EQ(test, power_write(test, power_take(test, size, 0), LEN), LEN);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(f->sim, 0, 0, before, size), 0);
	extram_power_sleep(f->priv);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(f->sim, 0, 0, after, size), 0);
	KUNIT_EXPECT_NE(test, memcmp(before, after, EXTRAM_MARK_LEN), 0);
	KUNIT_EXPECT_NE(test, memcmp(before + size - EXTRAM_MARK_LEN,
				     after + size - EXTRAM_MARK_LEN, EXTRAM_MARK_LEN), 0);
	extram_power_wake(f->priv, false);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(f->sim, 0, 0, after, size), 0);
	KUNIT_EXPECT_EQ(test, memcmp(before, after, size), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->priv->power.marks->saved, 0,
					   sizeof(f->priv->power.marks->saved)));
	KUNIT_EXPECT_NULL(test, memchr_inv(f->priv->power.marks->seen, 0,
					   sizeof(f->priv->power.marks->seen)));
}

/* One bit of one mark is enough. */
static void power_one_wrong_bit_in_a_mark(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	const u32 at[] = { 0, EXTRAM_MARK_LEN - 1, 32 * 1024 - 1, (32 * 1024 - 32) / 3 };
	unsigned int i;
	u8 byte;

	power_plug(test, "23k256", 20000000);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		extram_power_sleep(f->priv);
		KUNIT_ASSERT_EQ(test, extram_sim_peek(f->sim, 0, at[i], &byte, 1), 0);
		byte ^= 0x10;
		KUNIT_ASSERT_EQ(test, extram_sim_poke(f->sim, 0, at[i], &byte, 1), 0);
		extram_power_wake(f->priv, false);
		KUNIT_EXPECT_EQ(test, f->ram->space.epoch, i + 1);
	}
}

/* A bus that fails: no marks are left on the chip, or else everything counts as lost. */
static void power_marks_on_a_bus_that_fails(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	unsigned int nth, lost = 0;
	u64 at;

	power_plug(test, "23k256", 20000000);
	at = power_take(test, 32 * 1024, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, at, LEN), LEN);
	for (nth = 1; nth < 24; nth++) {
		u32 epoch = f->ram->space.epoch;
		ssize_t ret;

		extram_sim_fail(f->sim, nth, nth % 3 ? 1 : 1000, -EIO);
		extram_power_sleep(f->priv);
		extram_sim_fail(f->sim, 1, 0, 0);
		extram_power_wake(f->priv, false);

		ret = power_read(test, at, LEN);
		if (f->ram->space.epoch != epoch) {
			lost++;
			KUNIT_EXPECT_EQ_MSG(test, ret, -EIO, "transfer %u", nth);
			KUNIT_ASSERT_EQ(test, power_write(test, at, LEN), LEN);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, ret, LEN, "transfer %u", nth);
			KUNIT_EXPECT_EQ_MSG(test, memcmp(f->in, f->out, LEN), 0, "transfer %u",
					    nth);
		}
	}
	kunit_info(test, "%u of %u suspends lost the contents", lost, nth - 1);
}

/* The 23K parts wake up in byte mode: without the mode register nothing would work. */
static void power_mode_register_is_restored(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u64 at;

	power_plug(test, "23k256", 20000000);
	at = power_take(test, LEN, 0);
	power_nap(test, true, true);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

/* Lost bytes read as errors, without asking the chip; those that were never written as zeros. */
static void power_lost_bytes_are_errors(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u64 at, before;

	power_plug(test, "23lc1024", 20000000);
	at = power_take(test, LEN, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, at, 100), 100);
	power_nap(test, true, true);

	before = power_selects(test);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 99, 1), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 100, LEN - 100), LEN - 100);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN - 100));
	KUNIT_EXPECT_EQ(test, power_selects(test), before);
	KUNIT_EXPECT_EQ(test, (int)atomic64_read(&f->ram->wire.errors), 0);

	/* A byte in the middle comes back alone. */
	KUNIT_EXPECT_EQ(test, power_write(test, at + 50, 1), 1);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 49, 1), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 50, 50), 1);
	KUNIT_EXPECT_EQ(test, f->in[0], f->out[0]);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 51, 1), -EIO);
}

/* A block of one byte, and one that is cut off and grown again. */
static void power_lost_bytes_at_the_edges(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .length = 160 };
	u64 one;

	power_plug(test, "23lc1024", 20000000);
	one = power_take(test, 16, 0);
	range.offset = power_take(test, LEN, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, one, 1), 1);
	KUNIT_ASSERT_EQ(test, power_write(test, range.offset, LEN), LEN);
	power_nap(test, true, true);

	KUNIT_EXPECT_EQ(test, power_read(test, one, 16), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, one + 1, 15), 15);
	KUNIT_EXPECT_EQ(test, power_write(test, one, 1), 1);
	KUNIT_EXPECT_EQ(test, power_read(test, one, 16), 16);
	KUNIT_EXPECT_EQ(test, f->in[0], f->out[0]);

	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	range.length = LEN;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 159, 2), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 160, LEN - 160), LEN - 160);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN - 160));
	/* A write behind a gap: the gap was zeroed, and is lost no more. */
	KUNIT_EXPECT_EQ(test, power_write(test, range.offset + 1000, 10), 10);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 160, 850), 850);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, 840));
	KUNIT_EXPECT_EQ(test, memcmp(f->in + 840, f->out, 10), 0);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 159, 1), -EIO);
}

/* A move takes what is lost along as lost. */
static void power_lost_bytes_move(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .length = 2 * LEN };
	u64 at;

	power_plug(test, "23lc1024", 20000000);
	at = power_take(test, LEN, 0);
	power_take(test, 16, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, at, LEN), LEN);
	power_nap(test, true, true);
	KUNIT_EXPECT_EQ(test, power_write(test, at + 5000, 100), 100);

	range.offset = at;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), 0);
	KUNIT_EXPECT_NE(test, range.offset, at);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 4999, 1), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + 5000, 200), 100);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 100), 0);
	KUNIT_EXPECT_EQ(test, power_read(test, range.offset + LEN, 100), 100);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, 100));
}

/* Shared and kept blocks lose as private ones do; a new block has lost nothing. */
static void power_all_kinds_of_blocks(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = {};
	struct extram_client *other;
	u64 shared, kept, fresh;

	power_plug(test, "23lc1024", 20000000);
	other = extram_client_create(f->ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	shared = power_take(test, LEN, EXTRAM_ALLOC_SHARED);
	kept = power_take(test, 160, EXTRAM_ALLOC_KEEP);
	KUNIT_ASSERT_EQ(test, power_write(test, shared, LEN), LEN);
	power_nap(test, true, true);
	fresh = power_take(test, 160, 0);

	KUNIT_EXPECT_EQ(test, extram_kunit_read(other, shared, f->in, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, kept, 160), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, fresh, 160), 160);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, 160));

	range.offset = fresh;
	KUNIT_EXPECT_EQ(test, extram_block_query(&f->client->owner, &range), 0);
	KUNIT_EXPECT_FALSE(test, range.lost);
	range.offset = shared;
	KUNIT_EXPECT_EQ(test, extram_block_query(&other->owner, &range), 0);
	KUNIT_EXPECT_TRUE(test, range.lost);

	/* Whoever writes it again, all see it. */
	KUNIT_EXPECT_EQ(test, extram_kunit_write(other, shared, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, shared, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	KUNIT_EXPECT_EQ(test, extram_block_query(&other->owner, &range), 0);
	KUNIT_EXPECT_FALSE(test, range.lost);
	extram_client_destroy(other);

	/* Freed and taken again is as good as new. */
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->client->owner, kept), 0);
	KUNIT_EXPECT_EQ(test, power_take(test, 160, 0), kept);
	KUNIT_EXPECT_EQ(test, power_read(test, kept, 160), 160);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, 160));
}

/* Random reads, writes and losses in one block, against a map of it. */
static void power_random_against_a_map(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u8 *copy = kunit_kzalloc(test, LEN, GFP_KERNEL);
	u8 *lost = kunit_kzalloc(test, LEN, GFP_KERNEL);
	u32 seed = get_random_u32(), valid = 0;
	struct rnd_state rnd;
	unsigned int i;
	u64 at;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_ASSERT_NOT_NULL(test, lost);
	power_plug(test, "23lc1024", 20000000);
	at = power_take(test, LEN, 0);
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);

	for (i = 0; i < 1000; i++) {
		size_t len = 1 + prandom_u32_state(&rnd) % (i % 8 ? 200 : LEN);
		u32 from = prandom_u32_state(&rnd) % (LEN - len + 1), good;

		if (i % 50 == 49) {
			power_nap(test, true, prandom_u32_state(&rnd) & 1);
			memset(lost, 1, valid);
		}
		if (prandom_u32_state(&rnd) & 1) {
			prandom_bytes_state(&rnd, copy + from, len);
			memset(lost + from, 0, len);
			valid = max_t(u32, valid, from + len);
			KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + from, copy + from,
								 len), len);
			continue;
		}
		for (good = 0; good < len && !lost[from + good]; good++)
			;
		KUNIT_ASSERT_EQ_MSG(test, extram_kunit_read(f->client, at + from, f->in, len),
				    good ? (ssize_t)good : -EIO, "step %u: %zu bytes at %u", i, len,
				    from);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(f->in, copy + from, good), 0,
				    "step %u: %zu bytes at %u", i, len, from);
	}
}

/* The block at an offset, which its owner keeps. */
static struct extram_block *power_block(struct kunit *test, u64 offset)
{
	struct power_fixture *f = test->priv;
	struct extram_block *block;
	u64 at;

	block = extram_block_get(&f->client->owner, offset, &at);
	KUNIT_ASSERT_NOT_NULL(test, block);
	extram_block_put(block);
	return block;
}

/* A block that was full, and has lost all of it. */
static struct extram_block *power_lose(struct kunit *test, u64 length)
{
	struct extram_block *block;
	u64 at, done, len;

	power_plug(test, "23lc1024", 20000000);
	at = power_take(test, length, 0);
	for (done = 0; done < length; done += len) {
		len = min_t(u64, length - done, LEN);
		KUNIT_ASSERT_EQ(test, power_write(test, at + done, len), len);
	}
	power_nap(test, true, true);
	block = power_block(test, at);
	KUNIT_EXPECT_EQ(test, power_read(test, at, 1), -EIO);
	KUNIT_EXPECT_EQ(test, block->lost_to - block->lost_from, length);
	KUNIT_EXPECT_NULL(test, block->lost_map);
	return block;
}

static void power_expect_lost(struct kunit *test, const struct extram_block *block, bool lost)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .offset = block->offset };

	KUNIT_EXPECT_EQ(test, extram_block_query(&f->client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, range.lost, lost);
}

/* What it costs to know which bytes are lost: a bit for each of them. */
static void power_expect_map(struct kunit *test, const struct extram_block *block)
{
	u64 most = round_up(DIV_ROUND_UP(block->length, 8), sizeof(long));

	KUNIT_ASSERT_NOT_NULL(test, block->lost_map);
	KUNIT_EXPECT_LE(test, block->lost_to - block->lost_base, block->length);
	/* Small objects have sizes that are powers of two, and so have the lengths here. */
	if (!is_vmalloc_addr(block->lost_map))
		KUNIT_EXPECT_LE(test, ksize(block->lost_map), most);
}

/* Every second byte is written again: the worst there is to remember. */
static void power_every_second_byte_comes_back(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	const u32 length = 64 * 1024;
	struct extram_block *block = power_lose(test, length);
	u64 at = block->offset;
	unsigned int wrong = 0;
	u32 i;

	for (i = 1; i < length; i += 2) {
		KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + i, f->out + i % LEN, 1),
				1);
		/* The first one leaves lost bytes on both of its sides. */
		if (i == 1)
			power_expect_map(test, block);
	}
	power_expect_map(test, block);
	for (i = 0; i < length; i += 2) {
		wrong += extram_kunit_read(f->client, at + i, f->in, 2) != -EIO;
		wrong += extram_kunit_read(f->client, at + i + 1, f->in, 2) != 1;
		wrong += f->in[0] != f->out[(i + 1) % LEN];
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	power_expect_lost(test, block, true);

	for (i = 0; i < length; i += 2)
		KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + i, f->out + i % LEN, 1),
				1);
	KUNIT_EXPECT_NULL(test, block->lost_map);
	power_expect_lost(test, block, false);
	for (i = 0; i < length; i++) {
		wrong += extram_kunit_read(f->client, at + i, f->in, 1) != 1;
		wrong += f->in[0] != f->out[i % LEN];
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* In order, from the front, from the back or from both, it costs no memory. */
static void power_rewritten_in_order(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	const u32 length = 160 * 16, piece = 16;
	struct extram_block *block = power_lose(test, length);
	u64 at = block->offset;
	u32 front, back, i, way;

	for (way = 0; way < 3; way++) {
		front = 0;
		back = length;
		for (i = 0; front < back; i++) {
			bool behind = way == 2 ? i & 1 : way;
			u32 from = behind ? back - piece : front;

			power_expect_lost(test, block, true);
			KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + from,
								 f->out + from, piece), piece);
			KUNIT_ASSERT_NULL(test, block->lost_map);
			front += behind ? 0 : piece;
			back -= behind ? piece : 0;
			if (front == back)
				break;
			KUNIT_ASSERT_EQ(test, power_read(test, at, length),
					front ? (ssize_t)front : -EIO);
			KUNIT_ASSERT_EQ(test, power_read(test, at + back - 1, 2), -EIO);
			if (back < length)
				KUNIT_ASSERT_EQ(test, power_read(test, at + back, length - back),
						length - back);
		}
		power_expect_lost(test, block, false);
		KUNIT_EXPECT_EQ(test, power_read(test, at, length), length);
		KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, length), 0);

		power_nap(test, true, true);
		KUNIT_EXPECT_EQ(test, power_read(test, at, length), -EIO);
	}
}

/* What is written again and then lost again is lost, whatever was remembered before. */
static void power_lost_again(struct kunit *test)
{
	const u32 length = 2048;
	struct extram_block *block = power_lose(test, length);
	u64 at = block->offset;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		/* Between what is lost at either end, which moves. */
		KUNIT_EXPECT_EQ(test, power_write(test, at, 100 * i + 1), 100 * i + 1);
		KUNIT_EXPECT_EQ(test, power_write(test, at + 1000, 10), 10);
		KUNIT_EXPECT_EQ(test, power_write(test, at + 1500, 10), 10);
		power_expect_map(test, block);
		KUNIT_EXPECT_EQ(test, power_read(test, at + 1000, 20), 10);

		power_nap(test, true, i & 1);
		/* As long as nobody has looked at it too. */
		power_expect_lost(test, block, true);
		KUNIT_EXPECT_EQ(test, power_read(test, at + 1000, 10), -EIO);
		KUNIT_EXPECT_EQ(test, power_read(test, at, 1), -EIO);
		KUNIT_EXPECT_EQ(test, power_read(test, at + length - 1, 1), -EIO);
		KUNIT_EXPECT_NULL(test, block->lost_map);
		power_expect_lost(test, block, true);
	}
}

/* Where only the end that is cut off was lost, nothing is lost any more, and stays so. */
static void power_lost_bytes_are_cut_off(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_block *block = power_lose(test, 2048);
	struct extram_range range = { .offset = block->offset, .length = 1008 };
	u64 at = block->offset;

	KUNIT_EXPECT_EQ(test, power_write(test, at + 100, 1000), 1000);
	power_expect_map(test, block);
	KUNIT_EXPECT_EQ(test, power_write(test, at, 50), 50);
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	/* What is left is from 50 to 99. */
	power_expect_lost(test, block, true);
	KUNIT_EXPECT_EQ(test, block->lost_from, 50);
	KUNIT_EXPECT_EQ(test, block->lost_to, 100);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 99, 2), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, at + 100, 908), 908);

	range.length = 48;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	power_expect_lost(test, block, false);
	KUNIT_EXPECT_NULL(test, block->lost_map);
	range.length = 2048;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	power_expect_lost(test, block, false);
	KUNIT_EXPECT_EQ(test, power_read(test, at, 2048), 2048);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 48), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + 48, 0, 2000));
}

/* A file that writes every fourth byte of a shared block again. */
struct power_quarter {
	struct extram_client *client;
	struct completion ended;
	u64 at;
	u32 first;
	u32 length;
	const u8 *data;
	unsigned int wrong;
};

static int power_quarter_run(void *arg)
{
	struct power_quarter *quarter = arg;
	u32 i;
	u8 got;

	for (i = quarter->first; i < quarter->length; i += 4) {
		quarter->wrong += extram_kunit_write(quarter->client, quarter->at + i,
						     quarter->data + i, 1) != 1;
		quarter->wrong += extram_kunit_read(quarter->client, quarter->at + i, &got, 1) != 1;
		quarter->wrong += got != quarter->data[i];
	}
	complete(&quarter->ended);
	return 0;
}

/* Four at a time, one of whom makes the map. */
static void power_rewritten_by_four(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_quarter quarters[4] = {};
	struct task_struct *task;
	struct extram_block *block;
	u32 i, round;
	u64 at;

	power_plug(test, "23lc1024", 20000000);
	at = power_take(test, 2000, EXTRAM_ALLOC_SHARED);
	for (i = 0; i < ARRAY_SIZE(quarters); i++) {
		quarters[i].client = extram_client_create(f->ram);
		KUNIT_ASSERT_FALSE(test, IS_ERR(quarters[i].client));
	}
	KUNIT_EXPECT_EQ(test, power_write(test, at, 2000), 2000);
	block = power_block(test, at);
	for (round = 0; round < 20; round++) {
		power_nap(test, true, true);
		power_expect_lost(test, block, true);
		for (i = 0; i < ARRAY_SIZE(quarters); i++) {
			quarters[i].at = at;
			quarters[i].first = i;
			quarters[i].length = 2000;
			quarters[i].data = f->out;
			init_completion(&quarters[i].ended);
			task = kthread_run(power_quarter_run, &quarters[i], "extram-kunit");
			if (IS_ERR(task)) {
				quarters[i].wrong++;
				complete(&quarters[i].ended);
			}
		}
		for (i = 0; i < ARRAY_SIZE(quarters); i++) {
			wait_for_completion(&quarters[i].ended);
			KUNIT_EXPECT_EQ(test, quarters[i].wrong, 0);
		}
		power_expect_lost(test, block, false);
		KUNIT_EXPECT_NULL(test, block->lost_map);
		KUNIT_EXPECT_EQ(test, power_read(test, at, 2000), 2000);
		KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 2000), 0);
	}
	for (i = 0; i < ARRAY_SIZE(quarters); i++)
		extram_client_destroy(quarters[i].client);
}

/* What a block is to hold, byte for byte. */
struct power_model {
	u8 copy[2048];
	bool lost[2048];
	u32 valid;
	u32 length;
};

static void power_model_write(struct kunit *test, struct power_model *model, u64 at, u32 from,
			      u32 len)
{
	struct power_fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + from, model->copy + from, len),
			len);
	memset(model->lost + from, 0, len);
	model->valid = max(model->valid, from + len);
}

static void power_model_resize(struct kunit *test, struct power_model *model, u64 at, u32 length)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .offset = at, .length = length };

	KUNIT_ASSERT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	KUNIT_ASSERT_EQ(test, range.offset, at);
	model->length = range.length;
	model->valid = min(model->valid, model->length);
	memset(model->copy + model->valid, 0, sizeof(model->copy) - model->valid);
	memset(model->lost + model->valid, 0, sizeof(model->lost) - model->valid);
}

/* All that can be read from @from on, and whether the block says that it has lost bytes. */
static void power_model_check(struct kunit *test, struct power_model *model, u64 at, u32 from,
			      u32 len)
{
	struct power_fixture *f = test->priv;
	struct extram_range range = { .offset = at };
	u32 good;

	for (good = 0; good < len && !model->lost[from + good]; good++)
		;
	KUNIT_ASSERT_EQ_MSG(test, power_read(test, at + from, len), good ? (ssize_t)good : -EIO,
			    "%u bytes at %u of %u", len, from, model->length);
	KUNIT_ASSERT_EQ_MSG(test, memcmp(f->in, model->copy + from, good), 0,
			    "%u bytes at %u of %u", len, from, model->length);
	KUNIT_ASSERT_EQ(test, extram_block_query(&f->client->owner, &range), 0);
	KUNIT_ASSERT_EQ(test, range.length, model->length);
	KUNIT_ASSERT_EQ(test, range.lost, !!memchr(model->lost, true, model->valid));
}

/* Bytes come back one by one and many at a time, while the block gets shorter and longer. */
static void power_random_with_resizes(struct kunit *test)
{
	struct power_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	u32 seed = get_random_u32(), from, len;
	struct rnd_state rnd;
	unsigned int i;
	u64 at;

	KUNIT_ASSERT_NOT_NULL(test, model);
	power_plug(test, "23lc1024", 20000000);
	model->length = sizeof(model->copy);
	at = power_take(test, model->length, 0);
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);

	for (i = 0; i < 6000; i++) {
		/* Blocks of few bytes too, in which nothing is lost any more now and then. */
		if (prandom_u32_state(&rnd) % 64 == 0) {
			len = sizeof(model->copy) >> prandom_u32_state(&rnd) % 7;
			power_model_resize(test, model, at, 1 + prandom_u32_state(&rnd) % len);
		}
		if (prandom_u32_state(&rnd) % 128 == 0) {
			power_nap(test, true, prandom_u32_state(&rnd) & 1);
			memset(model->lost, true, model->valid);
		}
		len = 1 + prandom_u32_state(&rnd) %
			  (prandom_u32_state(&rnd) % 16 ? min(model->length, 16u) : model->length);
		from = prandom_u32_state(&rnd) % (model->length - len + 1);
		if (prandom_u32_state(&rnd) & 1) {
			prandom_bytes_state(&rnd, model->copy + from, len);
			power_model_write(test, model, at, from, len);
		}
		power_model_check(test, model, at, from, len);
		power_model_check(test, model, at, 0, model->length);
	}
}

/* One part that forgets without power, and one that does not. */
static const char * const power_parts[] = { "23k256", "mb85rs1mt" };

static void power_part_name(const char * const *part, char *desc)
{
	strscpy(desc, *part, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(power_part, power_parts, power_part_name);

static const char *power_part(struct kunit *test)
{
	return *(const char * const *)test->param_value;
}

/* What reading @len bytes answers that were written before the supply failed. */
static ssize_t power_left(struct kunit *test, size_t len)
{
	struct power_fixture *f = test->priv;

	return f->ram->chip->flags & EXTRAM_CHIP_VOLATILE ? -EIO : len;
}

/* A supply that fails while the system runs: the next use sets the chip up again. */
static void power_fails_at_run_time(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u64 at;

	power_plug(test, power_part(test), 20000000);
	at = power_take(test, LEN, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, at, LEN), LEN);
	extram_sim_power_cycle(f->sim, 0);
	extram_power_failed(f->priv);

	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), power_left(test, LEN));
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	KUNIT_EXPECT_FALSE(test, extram_gate_is_unset(&f->ram->gate));
}

/* A chip that does not come back answers -EIO, is not asked all the time, and may come later. */
static void power_stays_away(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u64 at, before;

	power_plug(test, "23k256", 20000000);
	at = power_take(test, LEN, 0);
	extram_power_sleep(f->priv);
	extram_sim_power_cycle(f->sim, 0);
	extram_sim_fail(f->sim, 1, 1000, -EIO);
	extram_power_wake(f->priv, true);
	KUNIT_EXPECT_TRUE(test, extram_gate_is_unset(&f->ram->gate));
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), -EIO);

	before = power_selects(test);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, power_selects(test), before);
	KUNIT_EXPECT_EQ(test, (int)atomic64_read(&f->ram->wire.errors), 2);

	extram_sim_fail(f->sim, 1, 0, 0);
	f->ram->gate.retry = 0;
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

enum power_deed {
	POWER_READ,
	POWER_WRITE,
	POWER_MOVE,
};

/* After a sleep the chip is asked at once, whatever was waited for before. */
static void power_wakes_from_a_failure(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	u64 at, before;

	power_plug(test, power_part(test), 20000000);
	at = power_take(test, LEN, 0);
	extram_power_fails(f->priv);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), -EIO);
	extram_power_sleep(f->priv);
	extram_sim_fail(f->sim, 1, 1000, -EIO);
	extram_power_wake(f->priv, false);
	before = power_selects(test);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), -EIO);
	KUNIT_EXPECT_GT(test, power_selects(test), before);

	extram_power_sleep(f->priv);
	extram_sim_fail(f->sim, 1, 0, 0);
	extram_power_wake(f->priv, false);
	KUNIT_EXPECT_FALSE(test, extram_gate_is_unset(&f->ram->gate));
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
}

struct power_user {
	struct power_fixture *f;
	enum power_deed deed;
	u64 at;
	size_t len;
	struct completion began;
	struct completion ended;
	ssize_t ret;
	ssize_t good;
	ssize_t odd;
};

static int power_user(void *data)
{
	struct power_user *user = data;

	complete(&user->began);
	user->ret = extram_kunit_write(user->f->client, user->at, user->f->out, LEN);
	complete(&user->ended);
	return 0;
}

static void power_user_start(struct kunit *test, struct power_user *user)
{
	user->f = test->priv;
	init_completion(&user->began);
	init_completion(&user->ended);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(power_user, user, "extram-power")));
	wait_for_completion(&user->began);
}

/* The supply goes while a chip is set up for an earlier time: that counts for nothing. */
static void power_fails_while_it_is_set_up(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user;
	int fails;

	power_plug(test, "mb85rs1mt", 20000000);
	user.at = power_take(test, LEN, 0);
	/* A copy, which is the memory's alone. */
	((struct extram_chip *)f->ram->chip)->power_up_us = USEC_PER_SEC;
	for (fails = 0; fails < 2; fails++) {
		extram_sim_fail(f->sim, 1, fails ? 1000 : 0, -EIO);
		extram_power_failed(f->priv);
		power_user_start(test, &user);
		KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&user.ended, HZ / 5), 0);
		extram_power_fails(f->priv);
		KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&user.ended, 10 * HZ), 0);
		KUNIT_EXPECT_EQ(test, user.ret, -EIO);
		KUNIT_EXPECT_TRUE(test, extram_gate_is_unset(&f->ram->gate));
		KUNIT_EXPECT_TRUE(test, time_after64(f->ram->gate.retry,
						     get_jiffies_64() + 3 * HZ));
	}
	extram_sim_fail(f->sim, 1, 0, 0);
	extram_power_failed(f->priv);
	KUNIT_EXPECT_EQ(test, power_write(test, user.at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

/* Who wants the chip while it sleeps waits, and goes on when it wakes up. */
static void power_users_wait(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user;
	u64 before;

	power_plug(test, "23lc1024", 20000000);
	user.at = power_take(test, LEN, 0);
	extram_power_sleep(f->priv);
	before = power_selects(test);
	power_user_start(test, &user);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&user.ended, HZ / 5), 0);
	KUNIT_EXPECT_EQ(test, power_selects(test), before);
	/* What needs no chip does not wait. */
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->client->owner, power_take(test, 16, 0)), 0);

	extram_power_wake(f->priv, true);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&user.ended, 10 * HZ), 0);
	KUNIT_EXPECT_EQ(test, user.ret, LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

/* A chip that goes while it sleeps, or at shutdown, wakes who waits: -ENODEV. */
static void power_users_do_not_wait_for_ever(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user;

	power_plug(test, "23lc1024", 20000000);
	user.at = power_take(test, LEN, 0);
	extram_power_sleep(f->priv);
	power_user_start(test, &user);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&user.ended, HZ / 10), 0);
	extram_power_shutdown(to_spi_device(f->ram->dev.parent));
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&user.ended, 10 * HZ), 0);
	KUNIT_EXPECT_EQ(test, user.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at, 16), -ENODEV);
	KUNIT_EXPECT_PTR_EQ(test, extram_client_create(f->ram),
			    (struct extram_client *)ERR_PTR(-ENODEV));
}

/* Writes a chunk after another and reads it back: an error, or the bytes that were written. */
static int power_reader(void *data)
{
	struct power_user *user = data;
	struct power_fixture *f = user->f;
	u8 salt = 0;

	complete(&user->began);
	while (!kthread_should_stop()) {
		ssize_t ret;

		memset(f->out, ++salt, EXTRAM_IO_CHUNK);
		ret = extram_kunit_write(f->client, user->at, f->out, EXTRAM_IO_CHUNK);
		if (ret != EXTRAM_IO_CHUNK)
			continue;
		ret = extram_kunit_read(f->client, user->at, f->in, EXTRAM_IO_CHUNK);
		if (ret == EXTRAM_IO_CHUNK && memchr_inv(f->in, salt, EXTRAM_IO_CHUNK))
			user->ret++;
		else if (ret == EXTRAM_IO_CHUNK)
			user->good++;
		/* To be stopped is a signal: what would have to be tried again ends. */
		else if (ret != -EIO && !(ret == -ERESTARTSYS && kthread_should_stop()))
			user->odd = ret;
	}
	return 0;
}

/*
 * The supply goes while bytes are on the wire: whatever is read then is no data. Which chunk is hit
 * is a matter of chance, so there are many tries.
 */
static void power_fails_during_transfers(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user = { .f = f };
	struct task_struct *task;
	unsigned int i;

	power_plug(test, power_part(test), 20000000);
	user.at = power_take(test, EXTRAM_IO_CHUNK, 0);
	init_completion(&user.began);
	task = kthread_run(power_reader, &user, "extram-power");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&user.began);
	for (i = 0; i < 300; i++) {
		usleep_range(100, 2000);
		extram_power_fails(f->priv);
		extram_sim_power_cycle(f->sim, 0);
		extram_power_failed(f->priv);
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, user.ret, 0);
	KUNIT_EXPECT_EQ(test, user.odd, 0);
	KUNIT_EXPECT_GT(test, user.good, 0);
	kunit_info(test, "%zd chunks came back over %u failures", user.good, i);
	/* A chip that is cut off in a command did not get a bad one. */
	extram_sim_reset_stats(f->sim, 0);
}

/* A wire so slow that the supply fails for sure while something is on it. */
static void power_plug_slowly(struct kunit *test, const char *part, u32 hz)
{
	const struct extram_sim_config cfg = { .models = { part }, .real_time = true };
	struct power_fixture *f = test->priv;

	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	power_adopt(test, extram_sim_add_device(f->sim, 0, part, hz));
}

static u64 power_payload(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(f->sim, 0, &stats);
	return stats.payload;
}

static int power_slow_user(void *data)
{
	struct power_user *user = data;
	struct extram_client *client = user->f->client;
	struct extram_range range = { .offset = user->at, .length = 2 * user->len };

	if (user->deed == POWER_READ) {
		user->ret = extram_kunit_read(client, user->at, user->f->in, user->len);
	} else if (user->deed == POWER_WRITE) {
		user->ret = extram_kunit_write(client, user->at, user->f->out, user->len);
	} else {
		user->ret = extram_client_resize(client, &range, true);
		user->at = range.offset;
	}
	complete(&user->ended);
	return 0;
}

/* Returns when more than @payload bytes of what @user does have left the chip or arrived there. */
static void power_slow_user_start(struct kunit *test, struct power_user *user, u64 payload)
{
	u64 before = power_payload(test);

	init_completion(&user->ended);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(power_slow_user, user, "extram-power")));
	do {
		msleep(20);
	} while (power_payload(test) <= before + payload);
}

/*
 * The same without chance. The bytes were right when they left the chip, but who would know.
 */
static void power_fails_in_the_middle_of_a_read(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user = { .f = f, .deed = POWER_READ, .len = 100 };

	power_plug_slowly(test, "23k256", 2000);
	user.at = power_take(test, 100, 0);
	KUNIT_ASSERT_EQ(test, power_write(test, user.at, 100), 100);

	power_slow_user_start(test, &user, 0);
	extram_power_failed(f->priv);
	KUNIT_EXPECT_FALSE(test, completion_done(&user.ended));

	wait_for_completion(&user.ended);
	KUNIT_EXPECT_EQ(test, user.ret, -EIO);
	KUNIT_EXPECT_EQ(test, power_write(test, user.at, 100), 100);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at, 100), 100);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 100), 0);
}

/*
 * A chip that remembers says anything while its supply goes, and hears nothing: what was on the
 * wire then is done once more.
 */
static void power_fails_on_a_chip_that_remembers(struct kunit *test)
{
	static const struct {
		enum power_deed deed;
		ssize_t ret;
	} deeds[] = {
		{ POWER_READ, 100 }, { POWER_WRITE, 100 }, { POWER_MOVE, 0 },
	};
	struct power_fixture *f = test->priv;
	u8 wrong[100];
	unsigned int i;

	memset(wrong, 0xee, sizeof(wrong));
	power_plug_slowly(test, "mb85rs1mt", 2000);
	for (i = 0; i < ARRAY_SIZE(deeds); i++) {
		struct power_user user = { .f = f, .deed = deeds[i].deed, .len = 100 };
		bool write = user.deed == POWER_WRITE;
		u64 at = power_take(test, 100, 0);

		/* What follows is not free. */
		user.at = at;
		power_take(test, 16, 0);
		KUNIT_ASSERT_EQ(test, power_write(test, at, 100), 100);
		KUNIT_ASSERT_EQ(test, extram_sim_poke(f->sim, 0, at, wrong, 100), 0);
		memset(f->in, 0, 100);
		power_slow_user_start(test, &user, 0);
		KUNIT_ASSERT_EQ(test, extram_sim_poke(f->sim, 0, at, write ? wrong : f->out, 100),
				0);
		extram_power_failed(f->priv);
		KUNIT_EXPECT_FALSE(test, completion_done(&user.ended));

		wait_for_completion(&user.ended);
		KUNIT_EXPECT_EQ_MSG(test, user.ret, deeds[i].ret, "deed %u", i);
		KUNIT_EXPECT_EQ_MSG(test, user.at == at, user.deed != POWER_MOVE, "deed %u", i);
		if (user.deed != POWER_READ)
			KUNIT_EXPECT_EQ(test, power_read(test, user.at, 100), 100);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(f->in, f->out, 100), 0, "deed %u", i);
		KUNIT_EXPECT_EQ(test, f->ram->space.epoch, 0);
	}
}

/*
 * A piece that was on the wire then, and could not be written again, did not make the block hold
 * any more: what was at its place before is nobody's business.
 */
static void power_fails_behind_a_write(struct kunit *test)
{
	struct power_fixture *f = test->priv;
	struct power_user user = { .f = f, .deed = POWER_WRITE, .len = LEN };

	power_plug_slowly(test, "mb85rs1mt", 200000);
	f->client->overlap = EXTRAM_OVERLAP_ALWAYS;
	user.at = power_take(test, LEN, 0);
	/* The second piece, which is one of two that are on their way. */
	power_slow_user_start(test, &user, 2000);
	extram_power_fails(f->priv);

	wait_for_completion(&user.ended);
	KUNIT_EXPECT_GT(test, user.ret, 0);
	KUNIT_ASSERT_LT(test, user.ret, LEN - 16);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at, 16), -EIO);
	KUNIT_EXPECT_EQ(test, power_read(test, user.at + user.ret, 16), 16);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, 16));
}

#ifdef CONFIG_PM_SLEEP
static void power_phase(struct kunit *test, int (*phase)(struct device *dev))
{
	struct power_fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, phase(f->ram->dev.parent), 0);
}

/* What the kernel calls for each kind of sleep, and what is lost then. The chip keeps its power. */
static void power_phases(struct kunit *test)
{
	const struct dev_pm_ops *ops = &extram_pm_ops;
	static const struct {
		const char *what;
		suspend_state_t state;	/* PM_SUSPEND_ON for a suspend to disk */
		bool deep;		/* it gets as far as the last phase */
		bool back;		/* from the disk */
		bool stays_on;
		u32 lost;
	} sleeps[] = {
		{ "to RAM", PM_SUSPEND_MEM, true, false, false, 1 },
		{ "to RAM, called off", PM_SUSPEND_MEM, false, false, false, 0 },
		{ "to RAM, with a supply that stays on", PM_SUSPEND_MEM, true, false, true, 0 },
		{ "to standby", PM_SUSPEND_STANDBY, true, false, false, 1 },
		{ "to idle", PM_SUSPEND_TO_IDLE, true, false, false, 0 },
		{ "to disk, the image is made", PM_SUSPEND_ON, false, false, false, 0 },
		{ "to disk and back", PM_SUSPEND_ON, false, true, false, 1 },
		{ "to disk and back, with a supply that stays on in suspend",
		  PM_SUSPEND_ON, false, true, true, 1 },
	};
	struct power_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sleeps); i++) {
		bool disk = sleeps[i].state == PM_SUSPEND_ON;
		u64 at;

		power_plug(test, "23lc1024", 20000000);
		f->priv->power.stays_on = sleeps[i].stays_on;
		at = power_take(test, LEN, 0);
		KUNIT_ASSERT_EQ(test, power_write(test, at, LEN), LEN);
#ifdef CONFIG_SUSPEND
		pm_suspend_target_state = sleeps[i].state;
#else
		if (!disk) {
			power_unplug(test);
			continue;
		}
#endif
		power_phase(test, disk ? ops->freeze : ops->suspend);
		KUNIT_EXPECT_TRUE(test, f->ram->gate.asleep);
		if (sleeps[i].deep)
			power_phase(test, ops->suspend_noirq);
		power_phase(test, !disk ? ops->resume : sleeps[i].back ? ops->restore : ops->thaw);
#ifdef CONFIG_SUSPEND
		pm_suspend_target_state = PM_SUSPEND_ON;
#endif
		KUNIT_EXPECT_FALSE(test, f->ram->gate.asleep);
		KUNIT_EXPECT_EQ_MSG(test, f->ram->space.epoch, sleeps[i].lost, "%s",
				    sleeps[i].what);
		KUNIT_EXPECT_EQ_MSG(test, power_read(test, at, LEN), sleeps[i].lost ? -EIO : LEN,
				    "%s", sleeps[i].what);
		power_unplug(test);
	}
	/* The image was made, and then the machine is switched off. */
	power_plug(test, "23lc1024", 20000000);
	power_phase(test, ops->freeze);
	power_phase(test, ops->thaw);
	power_phase(test, ops->poweroff);
	KUNIT_EXPECT_TRUE(test, f->ram->gate.asleep);
	power_phase(test, ops->restore);
	KUNIT_EXPECT_EQ(test, f->ram->space.epoch, 1);
}
#endif

#if IS_ENABLED(CONFIG_REGULATOR)
static bool power_switch;

static int power_switch_on(struct regulator_dev *supply)
{
	power_switch = true;
	return 0;
}

static int power_switch_off(struct regulator_dev *supply)
{
	power_switch = false;
	return 0;
}

static int power_switch_is_on(struct regulator_dev *supply)
{
	return power_switch;
}

static const struct regulator_ops power_switch_ops = {
	.enable = power_switch_on,
	.disable = power_switch_off,
	.is_enabled = power_switch_is_on,
};

static const struct regulator_desc power_switch_desc = {
	.name = "extram-kunit-vcc",
	.ops = &power_switch_ops,
	.type = REGULATOR_VOLTAGE,
	.owner = THIS_MODULE,
};

/* A chip with a regulator: on while the driver is bound, and heard of when it goes off. */
static void power_listens_to_the_regulator(struct kunit *test)
{
	const struct extram_sim_config cfg = { .models = { power_part(test) } };
	struct power_fixture *f = test->priv;
	struct device *root = extram_kunit_root("extram-kunit-power");
	struct regulator_consumer_supply consumer = { .supply = "vcc" };
	struct regulator_init_data init = {
		.constraints = { .valid_ops_mask = REGULATOR_CHANGE_STATUS },
		.num_consumer_supplies = 1,
		.consumer_supplies = &consumer,
	};
	struct regulator_config config = { .dev = root, .init_data = &init };
	struct regulator_dev *supply;
	struct spi_device *spi;
	char name[16];
	u64 at;

	KUNIT_ASSERT_FALSE(test, IS_ERR(root));
	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	snprintf(name, sizeof(name), "spi%d.0", extram_sim_controller(f->sim)->bus_num);
	consumer.dev_name = name;
	supply = devm_regulator_register(root, &power_switch_desc, &config);
	KUNIT_ASSERT_FALSE(test, IS_ERR(supply));

	spi = extram_sim_add_device(f->sim, 0, power_part(test), 20000000);
	power_adopt(test, spi);
	KUNIT_EXPECT_TRUE(test, power_switch);

	at = power_take(test, LEN, 0);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	regulator_notifier_call_chain(supply, REGULATOR_EVENT_VOLTAGE_CHANGE, NULL);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, f->ram->space.epoch, 0);

	/* About to go off: nobody may use the chip. Called off: what SRAM held is not trusted. */
	regulator_notifier_call_chain(supply, REGULATOR_EVENT_PRE_DISABLE, NULL);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), -EIO);
	regulator_notifier_call_chain(supply, REGULATOR_EVENT_ABORT_DISABLE, NULL);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), power_left(test, LEN));
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);

	/* Off by force, and on again. */
	extram_sim_power_cycle(f->sim, 0);
	regulator_notifier_call_chain(supply, REGULATOR_EVENT_FORCE_DISABLE, NULL);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), power_left(test, LEN));
	KUNIT_EXPECT_EQ(test, power_write(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, power_read(test, at, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);

	power_unplug(test);
	KUNIT_EXPECT_FALSE(test, power_switch);
	root_device_unregister(root);
}
#endif

static struct kunit_case power_cases[] = {
	KUNIT_CASE(power_decides),
	KUNIT_CASE(power_eeram_that_is_not_saved),
	KUNIT_CASE(power_marks_leave_no_trace),
	KUNIT_CASE(power_one_wrong_bit_in_a_mark),
	KUNIT_CASE(power_marks_on_a_bus_that_fails),
	KUNIT_CASE(power_mode_register_is_restored),
	KUNIT_CASE(power_lost_bytes_are_errors),
	KUNIT_CASE(power_lost_bytes_at_the_edges),
	KUNIT_CASE(power_lost_bytes_move),
	KUNIT_CASE(power_all_kinds_of_blocks),
	KUNIT_CASE(power_random_against_a_map),
	KUNIT_CASE(power_random_with_resizes),
	KUNIT_CASE(power_every_second_byte_comes_back),
	KUNIT_CASE(power_rewritten_in_order),
	KUNIT_CASE(power_rewritten_by_four),
	KUNIT_CASE(power_lost_again),
	KUNIT_CASE(power_lost_bytes_are_cut_off),
	KUNIT_CASE_PARAM(power_fails_at_run_time, power_part_gen_params),
	KUNIT_CASE(power_stays_away),
	KUNIT_CASE_PARAM(power_wakes_from_a_failure, power_part_gen_params),
	KUNIT_CASE(power_fails_while_it_is_set_up),
	KUNIT_CASE(power_users_wait),
	KUNIT_CASE(power_users_do_not_wait_for_ever),
	KUNIT_CASE_PARAM(power_fails_during_transfers, power_part_gen_params),
	KUNIT_CASE(power_fails_in_the_middle_of_a_read),
	KUNIT_CASE(power_fails_on_a_chip_that_remembers),
	KUNIT_CASE(power_fails_behind_a_write),
#ifdef CONFIG_PM_SLEEP
	KUNIT_CASE(power_phases),
#endif
#if IS_ENABLED(CONFIG_REGULATOR)
	KUNIT_CASE_PARAM(power_listens_to_the_regulator, power_part_gen_params),
#endif
	{}
};

static struct kunit_suite power_suite = {
	.name = "extram_power",
	.init = power_init,
	.exit = power_unplug,
	.test_cases = power_cases,
};

kunit_test_suite(power_suite);

MODULE_DESCRIPTION("KUnit tests of extram's sleep and of lost contents");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
