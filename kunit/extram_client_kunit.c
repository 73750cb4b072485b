// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a client: bytes between CPU memory and blocks, and what a client sees of bytes that it
 * never wrote, of errors, and of a chip that goes away.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <uapi/linux/extram.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "io.h"
#include "sim/sim.h"

#define LEN	(3 * EXTRAM_IO_CHUNK + 100)	/* a transfer of several chunks */
#define SECRET	0x5e

/* A memory that the driver made of a simulated chip full of secrets, and a client of it. */
struct client_fixture {
	struct extram_sim *sim;
	struct extram *ram;
	struct extram_client *client;
	u8 *out;	/* LEN bytes */
	u8 *in;
};

static void client_plug(struct kunit *test, const struct extram_sim_config *cfg)
{
	struct client_fixture *f = test->priv;
	struct spi_device *spi;
	unsigned int at;

	f->sim = extram_sim_create(cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	memset(f->out, SECRET, 4096);
	for (at = 0; at < 128 * 1024; at += 4096)
		KUNIT_ASSERT_EQ(test, extram_sim_poke(f->sim, 0, at, f->out, 4096), 0);

	spi = extram_sim_add_device(f->sim, 0, "23lc1024", 20000000);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	f->ram = extram_kunit_ram(&spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, f->ram);
	f->client = extram_client_create(f->ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->client));
	get_random_bytes(f->out, LEN);
	if (test->param_value)
		f->client->overlap = *(const enum extram_overlap *)test->param_value;
}

static int client_init(struct kunit *test)
{
	static const struct extram_sim_config cfg = { .models = { "23lc1024" } };
	struct client_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->out = kunit_kzalloc(test, LEN, GFP_KERNEL);
	f->in = kunit_kzalloc(test, LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->out);
	KUNIT_ASSERT_NOT_NULL(test, f->in);
	client_plug(test, &cfg);
	return 0;
}

/* Whether pieces of a transfer overlap must not be seen by anybody. */
static const enum extram_overlap overlaps[] = {
	EXTRAM_OVERLAP_AUTO, EXTRAM_OVERLAP_ALWAYS, EXTRAM_OVERLAP_NEVER,
};

static void overlap_name(const enum extram_overlap *overlap, char *desc)
{
	static const char * const names[] = { "where it pays", "always", "never" };

	strscpy(desc, names[*overlap], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(overlap, overlaps, overlap_name);

static void client_unplug(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_sim_stats stats;

	if (IS_ERR_OR_NULL(f->sim))
		return;
	extram_sim_stats(f->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(f->sim, 0));
	extram_sim_destroy(f->sim);
	f->sim = NULL;
}

static void client_exit(struct kunit *test)
{
	struct client_fixture *f = test->priv;

	if (!IS_ERR_OR_NULL(f->client))
		extram_client_destroy(f->client);
	f->client = NULL;
	if (f->ram)
		put_device(&f->ram->dev);
	f->ram = NULL;
	client_unplug(test);
}

static u64 client_take(struct kunit *test, size_t len)
{
	struct client_fixture *f = test->priv;
	struct extram_range range = { .length = len };

	KUNIT_ASSERT_EQ(test, extram_block_alloc(&f->client->owner, &range), 0);
	return range.offset;
}

static u64 client_selects(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(f->sim, 0, &stats);
	return stats.selects;
}

static void client_bytes_come_back(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

/* The chip is full of secrets; a new block shows none, and does not ask the chip. */
static void client_unwritten_reads_as_zeros(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN), before = client_selects(test);

	memset(f->in, 0xff, LEN);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN));
	KUNIT_EXPECT_EQ(test, client_selects(test), before);
}

static void client_read_over_the_end_of_what_was_written(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, 100), 100);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 100), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + 100, 0, LEN - 100));
}

/* A write with a gap before it: the gap is zeros, what was before the gap stays. */
static void client_gap_is_zeroed(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);
	const unsigned int gap_end = LEN - 50;

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, 10), 10);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at + gap_end, f->out, 50), 50);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 10), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + 10, 0, gap_end - 10));
	KUNIT_EXPECT_EQ(test, memcmp(f->in + gap_end, f->out, 50), 0);
}

static void client_freed_bytes_are_not_seen_again(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->client->owner, at), 0);
	KUNIT_EXPECT_EQ(test, client_take(test, LEN), at);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN));
}

static void client_transfer_is_cut_at_the_end_of_its_block(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, 64);

	client_take(test, 64);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at + 60, f->out, 100), 4);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at + 50, f->in, 100), 14);
}

static void client_outside_every_block(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, 64);

	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at + 64, f->in, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at + 64, f->out, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, U64_MAX, f->in, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, U64_MAX, f->in, 0), 0);
}

static void client_foreign_block_is_outside(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_client *other = extram_client_create(f->ram);
	u64 at = client_take(test, 64), before;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, 64), 64);
	before = client_selects(test);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(other, at, f->in, 64), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(other, at, f->in, 64), -ENXIO);
	KUNIT_EXPECT_EQ(test, client_selects(test), before);
	extram_client_destroy(other);
}

/*
 * An error in the third piece: the two before it count, and the fourth, which is on its way by
 * then, does not. Nothing of the next transfer is lost.
 */
static void client_bus_error_gives_a_short_count(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);
	/* Alone, it would go in one piece. */
	struct extram_client *other = extram_client_create(f->ram);
	size_t piece = extram_io_fit(f->ram->gate.io, true, at, LEN, false);
	struct extram_usage before, after;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	KUNIT_ASSERT_LT(test, 3 * piece, (size_t)LEN);
	extram_space_usage(&f->ram->space, &before);
	/* The first piece is two transfers; the buffer of shorter ones has room for the header. */
	extram_sim_fail(f->sim, 4, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), 2 * piece);
	extram_sim_fail(f->sim, 1, EXTRAM_IO_TRIES, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), -EIO);

	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 2 * piece), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + 2 * piece, 0, LEN - 2 * piece));
	extram_client_destroy(other);
	extram_space_usage(&f->ram->space, &after);
	KUNIT_EXPECT_EQ(test, before.free_bytes, after.free_bytes);
	KUNIT_EXPECT_EQ(test, before.largest_free, after.largest_free);
	KUNIT_EXPECT_EQ(test, before.blocks, after.blocks);
}

/* A controller that leaves out the end of a message, and tells it by the count alone. */
static void client_message_ends_early(struct kunit *test)
{
	static const struct extram_sim_config cfg = {
		.models = { "23lc1024" }, .no_cs_change = true,
	};
	struct client_fixture *f = test->priv;
	u64 at;

	client_exit(test);
	client_plug(test, &cfg);
	at = client_take(test, LEN);
	/* The header goes, the bytes do not. */
	extram_sim_fail(f->sim, 2, 1, 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN));

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
	extram_sim_fail(f->sim, 2, 1, 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), -EIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

/* A controller that has no time just now: nobody notices, but the counter. */
static void client_transient_error_is_retried(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);

	extram_sim_fail(f->sim, 1, EXTRAM_IO_TRIES - 1, -EAGAIN);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
	extram_sim_fail(f->sim, 1, EXTRAM_IO_TRIES - 1, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	KUNIT_EXPECT_EQ(test, (int)atomic64_read(&f->ram->wire.retries),
			2 * (EXTRAM_IO_TRIES - 1));
	KUNIT_EXPECT_EQ(test, (int)atomic64_read(&f->ram->wire.errors), 0);
}

/*
 * Pieces that one client alone sends one behind another, on wires whose clocks take their time:
 * whichever of them has to be sent once more, no byte that counts as written is missing.
 */
static void client_pieces_keep_their_order(struct kunit *test)
{
	static const struct extram_sim_config cfg = {
		.models = { "23lc1024" }, .max_message = EXTRAM_IO_CHUNK, .real_time = true,
	};
	struct client_fixture *f = test->priv;
	unsigned int nth;

	client_exit(test);
	client_plug(test, &cfg);
	for (nth = 1; nth <= 4; nth++) {
		u64 at = client_take(test, LEN);

		extram_sim_fail(f->sim, nth, 1, -EAGAIN);
		KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
		KUNIT_EXPECT_EQ(test, (int)atomic64_read(&f->ram->wire.retries), nth);
		memset(f->in, 0xff, LEN);
		KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
		KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	}
}

/* The chip goes away: every use fails, nothing crashes, and the client can be closed. */
static void client_survives_its_chip(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, 64), 64);
	client_unplug(test);
	KUNIT_EXPECT_TRUE(test, extram_is_gone(f->ram));
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, 64), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at + 64, f->in, 64), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), -ENODEV);
	KUNIT_EXPECT_PTR_EQ(test, extram_client_create(f->ram),
			    (struct extram_client *)ERR_PTR(-ENODEV));
}

/* Reads and writes at random in one block, against a copy. The seed in the log replays it. */
static void client_random_against_a_copy(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u8 *copy = kunit_kzalloc(test, LEN, GFP_KERNEL);
	u64 at = client_take(test, LEN);
	u32 seed = get_random_u32();
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < 500; i++) {
		size_t len = 1 + prandom_u32_state(&rnd) % (i % 8 ? 100 : LEN);
		u32 from = prandom_u32_state(&rnd) % (LEN - len + 1);

		if (prandom_u32_state(&rnd) & 1) {
			prandom_bytes_state(&rnd, copy + from, len);
			KUNIT_ASSERT_EQ(test, extram_kunit_write(f->client, at + from, copy + from,
								 len), len);
		} else {
			KUNIT_ASSERT_EQ(test, extram_kunit_read(f->client, at + from, f->in, len),
					len);
			KUNIT_ASSERT_EQ_MSG(test, memcmp(f->in, copy + from, len), 0,
					    "step %u: %zu bytes at %u", i, len, from);
		}
	}
}

static void client_keep_shows_what_is_there(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_range range = { .length = LEN, .flags = EXTRAM_ALLOC_KEEP };

	KUNIT_ASSERT_EQ(test, extram_block_alloc(&f->client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, range.offset, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, SECRET, LEN));
}

static void client_shared_bytes_reach_others(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_range range = { .length = LEN, .flags = EXTRAM_ALLOC_SHARED };
	struct extram_client *other = extram_client_create(f->ram);

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&f->client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, range.offset, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(other, range.offset, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	extram_client_destroy(other);
}

/* Cut off and grown again: the secret and the own bytes are both gone. */
static void client_regrown_bytes_are_zeros(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct extram_range range = { .offset = client_take(test, LEN), .length = 160 };

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, range.offset, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, range.offset, f->in, LEN), 160);
	range.length = LEN;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, range.offset, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 160), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + 160, 0, LEN - 160));
}

static void client_resize_moves_the_content(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN), wall = client_take(test, 16);
	struct extram_range range = { .offset = at, .length = 2 * LEN };

	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN - 200), LEN - 200);
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, false), -ENOSPC);
	KUNIT_EXPECT_EQ(test, range.offset, at);
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), 0);
	KUNIT_EXPECT_EQ(test, range.offset, wall + 16);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, range.offset, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN - 200), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in + LEN - 200, 0, 200));
}

static void client_resize_that_fails_changes_nothing(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	u64 at = client_take(test, LEN);
	struct extram_range range = { .offset = at, .length = 2 * LEN };
	struct extram_usage before, after;

	client_take(test, 16);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, at, f->out, LEN), LEN);
	extram_space_usage(&f->ram->space, &before);

	/* Two transfers read a piece, the next two write it. */
	extram_sim_fail(f->sim, 4, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), -EIO);
	range.length = 128 * 1024;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), -ENOSPC);
	range.length = 0;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), -EINVAL);
	range.length = LEN;
	range.offset = at + 1;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), -EINVAL);
	range.offset = at + 16;
	KUNIT_EXPECT_EQ(test, extram_client_resize(f->client, &range, true), -ENOENT);

	extram_space_usage(&f->ram->space, &after);
	KUNIT_EXPECT_EQ(test, before.free_bytes, after.free_bytes);
	KUNIT_EXPECT_EQ(test, before.largest_free, after.largest_free);
	KUNIT_EXPECT_EQ(test, before.blocks, after.blocks);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
}

struct client_writer {
	struct client_fixture *f;
	u64 at;
	ssize_t ret;
	struct completion done;
};

static int client_write_thread(void *data)
{
	struct client_writer *writer = data;

	writer->ret = extram_kunit_write(writer->f->client, writer->at, writer->f->out, LEN);
	complete(&writer->done);
	return 0;
}

/*
 * A range is freed while a transfer is on its way to it. Whoever wants it gets it when nobody
 * writes there any more, and no earlier.
 */
static void client_freed_range_waits_for_its_transfer(struct kunit *test)
{
	struct client_fixture *f = test->priv;
	struct client_writer writer = { .f = f, .at = client_take(test, LEN) };
	struct extram_client *other = extram_client_create(f->ram);
	struct extram_range want = { .length = 16, .flags = EXTRAM_ALLOC_FIXED };
	struct extram_block *block;
	u64 at;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	want.offset = writer.at + round_down(LEN, 16);
	init_completion(&writer.done);

	/* The content is kept from the transfer, which has the block in its hands already. */
	block = extram_block_get(&f->client->owner, writer.at, &at);
	KUNIT_ASSERT_NOT_NULL(test, block);
	down_write(&block->content);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(client_write_thread, &writer, "extram-test")));
	while (refcount_read(&block->refs) < 3)
		msleep(20);
	KUNIT_EXPECT_EQ(test, extram_block_free(&f->client->owner, writer.at), 0);
	extram_block_put(block);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&other->owner, &want), -EEXIST);
	KUNIT_EXPECT_FALSE(test, completion_done(&writer.done));

	up_write(&block->content);
	wait_for_completion(&writer.done);
	KUNIT_EXPECT_EQ(test, writer.ret, LEN);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&other->owner, &want), 0);
	extram_client_destroy(other);
}

struct client_resizer {
	struct extram_client *client;
	struct extram_range range;
	bool may_move;
	int err;
	struct completion done;
};

static int client_resize_thread(void *data)
{
	struct client_resizer *resizer = data;

	resizer->err = extram_client_resize(resizer->client, &resizer->range, resizer->may_move);
	complete(&resizer->done);
	return 0;
}

static int client_take_at(struct extram_client *client, u64 offset)
{
	struct extram_range range = {
		.offset = offset,
		.length = 16,
		.flags = EXTRAM_ALLOC_FIXED,
	};

	return extram_block_alloc(&client->owner, &range);
}

/*
 * Somebody else makes a block shorter or moves it while a transfer is on its way to it, which holds
 * its content: what the block gives up, @freed, is not handed out before the transfer has ended.
 */
static void client_resize_during(struct kunit *test, u64 length, bool may_move, u64 freed)
{
	struct client_fixture *f = test->priv;
	struct extram_range shared = { .length = LEN, .flags = EXTRAM_ALLOC_SHARED };
	struct extram_client *other = extram_client_create(f->ram);
	struct client_resizer resizer = { .client = other, .may_move = may_move };
	struct extram_block *block;
	u64 at;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&f->client->owner, &shared), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(f->client, shared.offset, f->out, LEN), LEN);
	client_take(test, 16);	/* in the way of growing */
	resizer.range = (struct extram_range) { .offset = shared.offset, .length = length };
	init_completion(&resizer.done);

	block = extram_block_get(&f->client->owner, shared.offset, &at);
	KUNIT_ASSERT_NOT_NULL(test, block);
	down_read(&block->content);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(client_resize_thread, &resizer,
						    "extram-test")));
	while (refcount_read(&block->refs) < 3 && !completion_done(&resizer.done))
		msleep(20);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, completion_done(&resizer.done));
	KUNIT_EXPECT_EQ(test, client_take_at(f->client, shared.offset + freed), -EEXIST);
	KUNIT_EXPECT_EQ(test, block->offset, shared.offset);
	KUNIT_EXPECT_GE(test, block->length, (u64)LEN);

	up_read(&block->content);
	wait_for_completion(&resizer.done);
	KUNIT_EXPECT_EQ(test, resizer.err, 0);
	extram_block_put(block);
	KUNIT_EXPECT_EQ(test, client_take_at(f->client, shared.offset + freed), 0);
	length = min_t(u64, length, LEN);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(other, resizer.range.offset, f->in, length),
			length);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, length), 0);
	KUNIT_EXPECT_EQ(test, extram_block_free(&other->owner, resizer.range.offset), 0);
	extram_client_destroy(other);
}

static void client_shrinking_waits_for_a_transfer(struct kunit *test)
{
	client_resize_during(test, 160, false, 160);
}

static void client_moving_waits_for_a_transfer(struct kunit *test)
{
	client_resize_during(test, 2 * LEN, true, 0);
}

static struct kunit_case client_cases[] = {
	KUNIT_CASE_PARAM(client_bytes_come_back, overlap_gen_params),
	KUNIT_CASE(client_unwritten_reads_as_zeros),
	KUNIT_CASE_PARAM(client_read_over_the_end_of_what_was_written, overlap_gen_params),
	KUNIT_CASE_PARAM(client_gap_is_zeroed, overlap_gen_params),
	KUNIT_CASE(client_freed_bytes_are_not_seen_again),
	KUNIT_CASE(client_transfer_is_cut_at_the_end_of_its_block),
	KUNIT_CASE(client_outside_every_block),
	KUNIT_CASE(client_foreign_block_is_outside),
	KUNIT_CASE_PARAM(client_bus_error_gives_a_short_count, overlap_gen_params),
	KUNIT_CASE_PARAM(client_message_ends_early, overlap_gen_params),
	KUNIT_CASE_PARAM(client_transient_error_is_retried, overlap_gen_params),
	KUNIT_CASE_PARAM(client_pieces_keep_their_order, overlap_gen_params),
	KUNIT_CASE(client_survives_its_chip),
	KUNIT_CASE_PARAM(client_random_against_a_copy, overlap_gen_params),
	KUNIT_CASE(client_keep_shows_what_is_there),
	KUNIT_CASE(client_shared_bytes_reach_others),
	KUNIT_CASE(client_regrown_bytes_are_zeros),
	KUNIT_CASE(client_resize_moves_the_content),
	KUNIT_CASE(client_resize_that_fails_changes_nothing),
	KUNIT_CASE(client_freed_range_waits_for_its_transfer),
	KUNIT_CASE(client_shrinking_waits_for_a_transfer),
	KUNIT_CASE(client_moving_waits_for_a_transfer),
	{}
};

static struct kunit_suite client_suite = {
	.name = "extram_client",
	.init = client_init,
	.exit = client_exit,
	.test_cases = client_cases,
};

kunit_test_suite(client_suite);

MODULE_DESCRIPTION("Tests of the clients of extram");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
