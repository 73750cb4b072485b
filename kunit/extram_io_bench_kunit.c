// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the wire engine makes of the wires: clocks that a transfer needs at least, against clocks
 * that it took, for every part of the driver on several kinds of simulated controllers.
 *
 * The least is worked out here from the row of the part and the limits of the controller alone: the
 * payload, and as few commands as these permit. That others may want the wire is no excuse.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/vmalloc.h>
#include <uapi/linux/extram.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "extram_least.h"
#include "io.h"
#include "sim/sim.h"

#define TOTAL		(1024 * 1024)
#define FAST		200000000	/* the driver takes what the part can do */

static const struct bench_kind {
	const char *name;
	struct extram_sim_config like;
} kinds[] = {
	{ "one line", {} },
	{ "four lines", { .lines = 4 } },
	{ "spi-mem, four lines", { .lines = 4, .mem_ops = true } },
	{ "spi-mem, four lines, 256 bytes", { .lines = 4, .mem_ops = true, .max_op = 256 } },
};

static void kind_name(const struct bench_kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

struct bench {
	const struct bench_kind *kind;
	struct extram_sim *sim;
	struct extram *ram;
	struct extram_client *client;
	u8 *buf;
	u64 at;
	size_t len;	/* of the block */
};

static bool bench_up(struct kunit *test, struct bench *b, const struct extram_part *part)
{
	static const struct property_entry exact[] = {
		PROPERTY_ENTRY_BOOL("extram,exact-clock"), { }
	};
	static const struct software_node node = { .properties = exact };
	struct spi_board_info info = {
		.max_speed_hz = FAST,
		.mode = SPI_MODE_0,
		.swnode = &node,
	};
	struct extram_sim_config cfg = b->kind->like;
	struct extram_range range = { };
	struct spi_device *spi;

	cfg.models[0] = part->name;
	b->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR_OR_NULL(b->sim), "no model of %s", part->name);
	strscpy(info.modalias, part->name, sizeof(info.modalias));
	if (cfg.lines == 4)
		info.mode |= SPI_TX_QUAD | SPI_RX_QUAD;
	spi = spi_new_device(extram_sim_controller(b->sim), &info);
	KUNIT_ASSERT_NOT_NULL(test, spi);
	b->ram = extram_kunit_ram(&spi->dev);
	KUNIT_EXPECT_NOT_NULL_MSG(test, b->ram, "%s has not been bound", part->name);
	if (!b->ram)
		return false;
	b->client = extram_client_create(b->ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->client));

	range.length = min_t(u64, b->ram->chip->size, TOTAL);
	range.flags = EXTRAM_ALLOC_KEEP;
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&b->client->owner, &range), 0);
	b->at = range.offset;
	b->len = range.length;
	return true;
}

static void bench_down(struct kunit *test, struct bench *b)
{
	struct extram_sim_stats stats;

	if (!IS_ERR_OR_NULL(b->client))
		extram_client_destroy(b->client);
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(b->sim, 0));
	extram_sim_destroy(b->sim);
	if (b->ram)
		put_device(&b->ram->dev);
	b->client = NULL;
	b->ram = NULL;
}

/* Clocks that @len bytes at @at took; they are moved in calls of at most the block's length. */
static u64 bench_used(struct kunit *test, struct bench *b, bool write, u64 at, size_t len)
{
	struct extram_sim_stats before, after;
	ssize_t moved;

	extram_sim_stats(b->sim, 0, &before);
	moved = write ? extram_kunit_write(b->client, at, b->buf, len) :
			extram_kunit_read(b->client, at, b->buf, len);
	KUNIT_ASSERT_EQ(test, moved, len);
	extram_sim_stats(b->sim, 0, &after);
	return after.clocks - before.clocks;
}

/* Ratio in millionths. */
static u32 bench_ratio(u64 least, u64 used)
{
	return div64_u64(least * 1000000, used);
}

static void bench_way(struct kunit *test, struct bench *b, const struct extram_part *part,
		      bool write)
{
	const struct extram_chip *chip = b->ram->chip;
	u64 least, used = 0, one_least, one_used, burst;
	u32 max_op = b->kind->like.max_op;
	struct extram_io_facts facts;
	const struct extram_op *op;
	u32 hz, ratio, one;
	size_t done;

	extram_io_facts(b->ram->gate.io, &facts);
	hz = write ? facts.write_hz : facts.read_hz;
	op = least_op(write ? chip->writes : chip->reads,
		      write ? facts.write_width : facts.read_width, hz);
	KUNIT_ASSERT_NOT_NULL(test, op);

	for (done = 0; done < TOTAL; done += b->len)
		used += bench_used(test, b, write, b->at, b->len);
	least = least_clocks(chip, max_op, op, write, hz, b->at, b->len) * (TOTAL / b->len);
	ratio = bench_ratio(least, used);

	burst = min_t(u64, least_burst(chip, max_op, op, write, hz), 1024);
	one_used = bench_used(test, b, write, b->at, burst);
	one_least = least_clocks(chip, max_op, op, write, hz, b->at, burst);
	one = bench_ratio(one_least, one_used);

	KUNIT_EXPECT_GE_MSG(test, ratio, 999000U, "%s %s", part->name, write ? "write" : "read");
	KUNIT_EXPECT_EQ_MSG(test, one, 1000000U, "%s %s, one burst", part->name,
			    write ? "write" : "read");
	kunit_info(test, "efficiency|%s|%s|%s|%x|%u|%u.%06u|%u.%06u\n", part->name, b->kind->name,
		   write ? "write" : "read", op->width, hz, ratio / 1000000, ratio % 1000000,
		   one / 1000000, one % 1000000);
}

/* 1 MiB in calls as long as the part, and single bursts. */
static void bench_efficiency(struct kunit *test)
{
	const struct extram_part *part = NULL;
	struct bench b = { .kind = test->param_value };

	b.buf = vmalloc(TOTAL);
	KUNIT_ASSERT_NOT_NULL(test, b.buf);
	memset(b.buf, 0x5a, TOTAL);
	while ((part = extram_kunit_next_row(part))) {
		if (bench_up(test, &b, part)) {
			bench_way(test, &b, part, true);
			bench_way(test, &b, part, false);
		}
		bench_down(test, &b);
	}
	vfree(b.buf);
}

static struct kunit_case bench_cases[] = {
	KUNIT_CASE_PARAM(bench_efficiency, kind_gen_params),
	{}
};

static struct kunit_suite bench_suite = {
	.name = "extram_io_bench",
	.test_cases = bench_cases,
};

kunit_test_suite(bench_suite);

MODULE_DESCRIPTION("How well extram uses the wires");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
