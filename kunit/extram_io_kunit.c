// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the wire engine, with the simulated controller as the judge: the right bytes at the
 * right place, no more clocks than needed, and no rule of a datasheet broken.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_wire.h"

static const struct extram_sim_config plain;

/* Every kind of controller, for every kind of part. */
static const struct {
	const char *name;
	struct extram_sim_config like;
} controllers[] = {
	{ "plain", {} },
	{ "64 bytes a transfer", { .max_transfer = 64 } },
	{ "37 bytes a transfer", { .max_transfer = 37 } },
	{ "3 bytes a transfer", { .max_transfer = 3 } },
	{ "32 bytes a message", { .max_transfer = 32, .max_message = 32 } },
	{ "no cs_change", { .no_cs_change = true } },
	{ "no cs_change, 36 bytes a message",
	  { .no_cs_change = true, .max_transfer = 36, .max_message = 36 } },
	{ "half duplex", { .half_duplex = true } },
	{ "two lines", { .lines = 2 } },
	{ "four lines", { .lines = 4 } },
	{ "four lines, 32 bytes a transfer", { .lines = 4, .max_transfer = 32 } },
	{ "like bcm2835", { .max_transfer = 65535, .dma_min = 96, .clock_div2 = true,
			    .max_hz = 250000000 } },
	{ "like sun6i", { .max_transfer = 128 } },
	{ "like mt7621", { .half_duplex = true, .no_cs_change = true, .max_transfer = 32,
			   .max_message = 36 } },
	{ "spi-mem", { .mem_ops = true } },
	{ "spi-mem, two lines", { .mem_ops = true, .lines = 2 } },
	{ "spi-mem, four lines, 256 bytes", { .mem_ops = true, .lines = 4, .max_op = 256 } },
	{ "spi-mem, direct map",
	  { .mem_ops = true, .lines = 4, .max_op = 256, .window = 16 * 1024 * 1024 } },
	{ "spi-mem, direct map of 4 KiB, 100 bytes",
	  { .mem_ops = true, .max_op = 32, .window = 4096, .window_cut = 100 } },
	{ "power-of-two clocks that it hides",
	  { .max_hz = 100000000, .clock_div2 = true, .hide_effective_speed = true } },
};

/* A part for each trait that changes what goes over the wire, and sisters of most. */
static const struct {
	const struct extram_chip *chip;
	u32 hz;
} parts[] = {
	{ &extram_chip_23k640, 20000000 },
	{ &extram_chip_23k256, 20000000 },
	{ &extram_chip_23lc512, 20000000 },
	{ &extram_chip_23lc1024, 20000000 },
	{ &extram_chip_aps6404l, 33000000 },
	{ &extram_chip_aps6404l, 84000000 },
	{ &extram_chip_aps6404l, 133000000 },
	{ &extram_chip_fm25l16b, 20000000 },
	{ &extram_chip_fm25w256, 20000000 },
	{ &extram_chip_mr25h128, 40000000 },
	{ &extram_chip_mr25h256, 40000000 },
	{ &extram_chip_mr25h10, 40000000 },
	{ &extram_chip_mr25h40, 40000000 },
	{ &extram_chip_mr20h40, 50000000 },
	{ &extram_chip_mb85rs64v, 20000000 },
	{ &extram_chip_mb85rs256b, 33000000 },
	{ &extram_chip_mb85rs1mt, 40000000 },
	{ &extram_chip_mb85rs2mta, 40000000 },
	/* busy behind a write, pages that a burst must not leave */
	{ &extram_chip_48l640, 66000000 },
	/* the top bit of the address in the opcode */
	{ &extram_chip_fm25l04b, 20000000 },
	/* READ itself waits */
	{ &extram_chip_is62wvs2568g, 30000000 },
	/* bursts of a PSRAM that stay in a page at every clock */
	{ &extram_chip_is66wvs4m8, 33000000 },
	{ &extram_chip_is66wvs4m8, 104000000 },
	/* an ID behind a wake-up, from the front and from the back */
	{ &extram_chip_fm25v10, 40000000 },
	{ &extram_chip_cy15b104qn, 50000000 },
	{ &extram_chip_as3001204, 20000000 },
	/* two dies */
	{ &extram_chip_is62wvs5128, 16000000 },
};

/* The place of an element says which part and which controller. */
static const u8 combinations[ARRAY_SIZE(parts) * ARRAY_SIZE(controllers)];

static unsigned int combination_part(const u8 *c)
{
	return (c - combinations) / ARRAY_SIZE(controllers);
}

static unsigned int combination_controller(const u8 *c)
{
	return (c - combinations) % ARRAY_SIZE(controllers);
}

static void combination_name(const u8 *c, char *desc)
{
	unsigned int part = combination_part(c);

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s at %u MHz, %s", parts[part].chip->name,
		 parts[part].hz / 1000000, controllers[combination_controller(c)].name);
}

KUNIT_ARRAY_PARAM(combination, combinations, combination_name);

/* A PSRAM must have a burst in one transfer that goes both ways, or the wire is refused. */
static const struct extram_chip *combination_up(struct kunit *test)
{
	unsigned int part = combination_part(test->param_value);
	const struct extram_sim_config *like;

	like = &controllers[combination_controller(test->param_value)].like;
	if (parts[part].chip->tcem_ns && !like->mem_ops &&
	    (like->half_duplex || (like->max_transfer && like->max_transfer < 8))) {
		struct wire *w = test->priv;

		wire_chip(test, parts[part].chip->name, parts[part].chip, like, parts[part].hz);
		w->io = extram_io_create(w->spi, w->chip);
		KUNIT_EXPECT_PTR_EQ(test, w->io, (struct extram_io *)ERR_PTR(-EINVAL));
		return NULL;
	}
	wire_up(test, parts[part].chip, like, parts[part].hz);
	return parts[part].chip;
}

/* Random places and lengths; short ones, page edges and both ends of the chip among them. */
static void io_round_trips(struct kunit *test)
{
	const struct extram_chip *chip = combination_up(test);
	u32 seed = get_random_u32(), size, most, middle;
	struct rnd_state rnd;
	unsigned int i;

	if (!chip)
		return;
	size = chip->size;
	most = min_t(u32, size, EXTRAM_IO_CHUNK);
	middle = min_t(u32, size / 2, 1024);
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);

	wire_round_trip(test, &rnd, 0, 1);
	wire_round_trip(test, &rnd, size - 1, 1);
	wire_round_trip(test, &rnd, 0, most);
	wire_round_trip(test, &rnd, size - most, most);
	wire_round_trip(test, &rnd, middle - 1, 2);
	wire_round_trip(test, &rnd, middle - 24, most - (middle - 24));
	for (i = 0; i < 60; i++) {
		size_t len = 1 + prandom_u32_state(&rnd) % (i & 1 ? 64 : most);

		wire_round_trip(test, &rnd, prandom_u32_state(&rnd) % (size - len + 1), len);
	}
}

/* What lies beside a write stays as it was. */
static void io_write_touches_nothing_else(struct kunit *test)
{
	const struct extram_chip *chip = combination_up(test);
	struct wire *w = test->priv;
	unsigned int len, i;
	u32 edge;

	if (!chip)
		return;
	edge = min_t(u32, chip->size / 2, 1024);
	for (len = 1; len <= 140; len += 23) {
		memset(w->seen, 0x5a, 512);
		KUNIT_ASSERT_EQ(test, extram_sim_poke(w->sim, 0, edge - 256, w->seen, 512), 0);
		memset(w->buf, 0xc3, len);
		KUNIT_ASSERT_EQ(test, extram_io_write(w->io, edge - 8, w->buf, len), 0);
		KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, edge - 256, w->seen, 512), 0);
		for (i = 0; i < 512; i++)
			KUNIT_ASSERT_EQ_MSG(test, w->seen[i],
					    i >= 248 && i < 248 + len ? 0xc3 : 0x5a,
					    "byte %u of %u", i, len);
	}
}

/* One job, its bytes behind the room that the wire asks for; answers how many there were. */
static size_t wire_job(struct kunit *test, struct extram_job *job, bool write, u32 addr, size_t len)
{
	struct wire *w = test->priv;

	job->write = write;
	job->addr = addr;
	job->len = extram_io_fit(w->io, write, addr, len, true);
	job->room = extram_io_room(w->io, write);
	job->buf = w->room + job->room;
	KUNIT_ASSERT_EQ(test, extram_io_run(w->io, job), 0);
	return job->len;
}

/* With room before the bytes and without, in any order: what a message was does not matter. */
static void io_bytes_in_place(struct kunit *test)
{
	const struct extram_chip *chip = combination_up(test);
	u32 seed = get_random_u32(), most, addr;
	struct wire *w = test->priv;
	struct extram_flow flow = {};
	struct extram_job job;
	struct rnd_state rnd;
	unsigned int i;
	size_t len;

	if (!chip)
		return;
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&rnd, seed);
	most = min_t(u32, chip->size, EXTRAM_IO_PLACE);
	w->room = kunit_kzalloc(test, EXTRAM_IO_PLACE + 16, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->room);
	extram_job_init(&job);
	job.flow = &flow;
	for (i = 0; i < 60; i++) {
		len = 1 + prandom_u32_state(&rnd) % (i & 1 ? 64 : most);
		addr = prandom_u32_state(&rnd) % (chip->size - len + 1);
		if (i % 4 != 3) {
			prandom_bytes_state(&rnd, w->buf, len);
			memcpy(w->room + extram_io_room(w->io, true), w->buf, len);
			len = wire_job(test, &job, true, addr, len);
			KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, addr, w->seen, len), 0);
			KUNIT_ASSERT_EQ_MSG(test, memcmp(w->buf, w->seen, len), 0,
					    "written %zu at %u", len, addr);
		}
		if (i % 4 != 2) {
			KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, addr, w->seen, len), 0);
			len = wire_job(test, &job, false, addr, len);
			KUNIT_ASSERT_EQ_MSG(test, memcmp(job.buf, w->seen, len), 0,
					    "read %zu at %u", len, addr);
		}
	}
	extram_job_exit(&job);
}

/* Header and data travel together, however many they are. */
static void io_in_place_is_one_transfer(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_flow flow = {};
	struct extram_job job;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_23lc1024, &plain, 20000000);
	w->room = kunit_kzalloc(test, EXTRAM_IO_PLACE + 16, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->room);
	extram_job_init(&job);
	job.flow = &flow;
	/* The second transfer of a message would fail. */
	extram_sim_fail(w->sim, 3, 1, -EIO);
	KUNIT_EXPECT_EQ(test, wire_job(test, &job, true, 0, EXTRAM_IO_PLACE),
			(size_t)EXTRAM_IO_PLACE);
	KUNIT_EXPECT_EQ(test, wire_job(test, &job, false, 0, EXTRAM_IO_PLACE),
			(size_t)EXTRAM_IO_PLACE);
	extram_sim_fail(w->sim, 0, 0, 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);
	KUNIT_EXPECT_EQ(test, stats.clocks, 2 * (4 + EXTRAM_IO_PLACE) * 8);
	extram_job_exit(&job);
}

static void io_zero_writes_zeros(struct kunit *test)
{
	struct wire *w = test->priv;

	if (!combination_up(test))
		return;
	memset(w->seen, 0xff, 400);
	KUNIT_ASSERT_EQ(test, extram_sim_poke(w->sim, 0, 0, w->seen, 400), 0);
	KUNIT_ASSERT_EQ(test, extram_io_zero(w->io, 1, 398), 0);
	KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, 0, w->seen, 400), 0);
	KUNIT_EXPECT_EQ(test, w->seen[0], 0xff);
	KUNIT_EXPECT_NULL(test, memchr_inv(w->seen + 1, 0, 398));
	KUNIT_EXPECT_EQ(test, w->seen[399], 0xff);
}

/* Between a chip and a controller without limits stands only the time of a message. */
static void io_sram_message_is_one_burst(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_23lc1024, &plain, 20000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 3, w->buf, 2496), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 1);
	KUNIT_EXPECT_EQ(test, stats.clocks, (4 + 2496) * 8);

	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 3, w->buf, 2496), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);
	KUNIT_EXPECT_EQ(test, stats.clocks, 2 * (4 + 2496) * 8);
}

/* Every write of an FRAM costs WREN in a chip select of its own, every read nothing. */
static void io_fram_sends_wren_once_a_write(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_mb85rs1mt, &plain, 25000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 1000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 2);
	KUNIT_EXPECT_EQ(test, stats.clocks, (1 + 4 + 1000) * 8);

	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 1000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 3);
}

/* What the limits of known controllers leave, counted by hand: 1000 bytes each way, from 0 on. */
static const struct limit {
	const char *name;
	struct extram_sim_config like;
	const struct extram_chip *chip;
	u32 hz;
	u64 reads;
	u64 writes;
} limits[] = {
	/* A message is a burst, whatever its transfers. */
	{ "bcm2835, SRAM",
	  { .max_transfer = 65535, .dma_min = 96, .clock_div2 = true, .max_hz = 250000000 },
	  &extram_chip_23lc1024, 20000000, (4 + 1000) * 8, (4 + 1000) * 8 },
	{ "bcm2835, FRAM",
	  { .max_transfer = 65535, .dma_min = 96, .clock_div2 = true, .max_hz = 250000000 },
	  &extram_chip_mb85rs1mt, 20000000, (4 + 1000) * 8, (1 + 4 + 1000) * 8 },
	/* 15.625 MHz: 125 clocks in 8 us, 11 bytes behind the header; 91 bursts. */
	{ "bcm2835, PSRAM",
	  { .max_transfer = 65535, .dma_min = 96, .clock_div2 = true, .max_hz = 250000000 },
	  &extram_chip_aps6404l, 20000000, (91 * 4 + 1000) * 8, (91 * 4 + 1000) * 8 },
	{ "sun6i, SRAM", { .max_transfer = 128 },
	  &extram_chip_23lc1024, 20000000, (4 + 1000) * 8, (4 + 1000) * 8 },
	{ "sun6i, FRAM", { .max_transfer = 128 },
	  &extram_chip_mb85rs1mt, 20000000, (4 + 1000) * 8, (1 + 4 + 1000) * 8 },
	/* 33 MHz: 29 bytes, and 124 would fit into a transfer. */
	{ "sun6i, PSRAM", { .max_transfer = 128 },
	  &extram_chip_aps6404l, 33000000, (35 * 4 + 1000) * 8, (35 * 4 + 1000) * 8 },
	/* 32 bytes of data in each message, which has one burst. */
	{ "mt7621, SRAM",
	  { .half_duplex = true, .no_cs_change = true, .max_transfer = 32, .max_message = 36 },
	  &extram_chip_23lc1024, 20000000, (32 * 4 + 1000) * 8, (32 * 4 + 1000) * 8 },
	{ "mt7621, FRAM",
	  { .half_duplex = true, .no_cs_change = true, .max_transfer = 32, .max_message = 36 },
	  &extram_chip_mb85rs1mt, 20000000, (32 * 4 + 1000) * 8, (32 * 5 + 1000) * 8 },
	{ "no cs_change, SRAM", { .no_cs_change = true },
	  &extram_chip_23lc1024, 20000000, (4 + 1000) * 8, (4 + 1000) * 8 },
	{ "no cs_change, FRAM", { .no_cs_change = true },
	  &extram_chip_mb85rs1mt, 20000000, (4 + 1000) * 8, (1 + 4 + 1000) * 8 },
	{ "no cs_change, PSRAM", { .no_cs_change = true },
	  &extram_chip_aps6404l, 33000000, (35 * 4 + 1000) * 8, (35 * 4 + 1000) * 8 },
	/* On four lines: 10 clocks before what is read, 8 before what is written. */
	{ "quad of 256 bytes, SRAM", { .mem_ops = true, .lines = 4, .max_op = 256 },
	  &extram_chip_23lc1024, 20000000, 4 * 10 + 2000, 4 * 8 + 2000 },
	{ "quad of 256 bytes, FRAM", { .mem_ops = true, .lines = 4, .max_op = 256 },
	  &extram_chip_mb85rs1mt, 20000000, (4 * 4 + 1000) * 8, (4 * 5 + 1000) * 8 },
	/* 14 clocks and 8 before the data. Half of 84 MHz can be relied on: 161 bytes, 164. */
	{ "quad of 256 bytes, PSRAM", { .mem_ops = true, .lines = 4, .max_op = 256 },
	  &extram_chip_aps6404l, 84000000, 7 * 14 + 2000, 7 * 8 + 2000 },
};

static void limit_name(const struct limit *limit, char *desc)
{
	strscpy(desc, limit->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_name);

static void io_limit_costs_no_clock_too_many(struct kunit *test)
{
	const struct limit *limit = test->param_value;
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, limit->chip, &limit->like, limit->hz);
	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 1000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.clocks, limit->reads);
	extram_sim_reset_stats(w->sim, 0);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 1000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.clocks, limit->writes);
}

/* floor((tCEM * f - header) / 8) bytes a burst: 29 at 33 MHz in 8 us. */
static void io_psram_bursts_are_as_long_as_tcem_allows(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_aps6404l, &plain, 33000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 29 * 100), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 100);
	KUNIT_EXPECT_EQ(test, stats.clocks, 100 * (4 + 29) * 8);
	KUNIT_EXPECT_LE(test, stats.max_low_ns, 8000);
	KUNIT_EXPECT_GT(test, stats.max_low_ns, 8000 - 8 * 1000 / 33);
}

/* Above the clock of READ the read with a dummy byte is faster: 79 bytes at 84 MHz, writes 80. */
static void io_psram_fast_read_above_33_mhz(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_aps6404l, &plain, 133000000);
	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 79 * 50), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 50);

	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 80 * 50), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 100);
}

/* The controller divides its clock down to half and says nothing: bursts must still end in time. */
static void io_psram_unknown_clock_keeps_tcem(struct kunit *test)
{
	static const struct extram_sim_config like = {
		.max_hz = 64000000, .clock_div2 = true, .hide_effective_speed = true,
	};
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_up(test, &extram_chip_aps6404l, &like, 33000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 2000), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_LE(test, stats.max_low_ns, 8000);
}

/* The controller says that it runs at half of what was asked for. */
static void io_psram_real_clock_is_measured(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_hz = 40000000, .clock_div2 = true };
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	/* 20 MHz: 160 clocks in 8 us, 16 bytes behind a header of 4. */
	wire_up(test, &extram_chip_aps6404l, &like, 33000000);
	KUNIT_ASSERT_EQ(test, extram_io_write(w->io, 0, w->buf, 1600), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 100);
	KUNIT_EXPECT_LE(test, stats.max_low_ns, 8000);
}

/*
 * Where the rest between two transfers is known, header and data may be two: 8000 - 300 ns at
 * 84 MHz are 646 clocks, 14 of them the header, two for each byte on four lines.
 */
static void io_psram_known_gap_allows_wide_reads(struct kunit *test)
{
	static const struct extram_sim_config like = { .lines = 4, .gap_ns = 300 };
	struct extram_chip *chip = kunit_kzalloc(test, sizeof(*chip), GFP_KERNEL);
	struct wire *w = test->priv;
	struct extram_io_facts facts;
	struct extram_sim_stats stats;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, chip);
	*chip = extram_chip_aps6404l;
	chip->gap_ns = 300;
	wire_up(test, chip, &like, 84000000);
	extram_io_facts(w->io, &facts);
	KUNIT_EXPECT_EQ(test, facts.read_width, 0x444);
	KUNIT_EXPECT_EQ(test, facts.read_burst, 316);

	KUNIT_ASSERT_EQ(test, extram_io_read(w->io, 0, w->buf, 316 * 10), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 10);
	prandom_seed_state(&rnd, 5);
	wire_round_trip(test, &rnd, 777, 3000);
	wire_stats(test, &stats);
	KUNIT_EXPECT_LE(test, stats.max_low_ns, 8000);
	KUNIT_EXPECT_GT(test, stats.max_low_ns, 7900);
}

static void io_psram_unknown_gap_keeps_to_one_line(struct kunit *test)
{
	static const struct extram_sim_config like = { .lines = 4 };
	struct wire *w = test->priv;
	struct extram_io_facts facts;

	wire_up(test, &extram_chip_aps6404l, &like, 84000000);
	extram_io_facts(w->io, &facts);
	KUNIT_EXPECT_EQ(test, facts.read_width, 0x111);
}

/* The ID of the set-up is what needs most: 7 bytes in 8 us. The chip is not even touched. */
static void io_psram_refuses_a_clock_too_slow(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;

	wire_chip(test, "aps6404l", &extram_chip_aps6404l, &plain, 6999999);
	w->io = extram_io_create(w->spi, w->chip);
	KUNIT_ASSERT_TRUE(test, IS_ERR(w->io));
	KUNIT_EXPECT_EQ(test, PTR_ERR(w->io), -EINVAL);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 0);
}

/* Fast enough by what the tree says, too slow by what the controller makes of it. */
static void io_psram_refuses_a_real_clock_too_slow(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_hz = 12000000, .clock_div2 = true };
	struct wire *w = test->priv;

	/* 6 MHz: the byte that is read to see it, 40 clocks, still comes in time. */
	wire_chip(test, "aps6404l", &extram_chip_aps6404l, &like, 8000000);
	w->io = extram_io_create(w->spi, w->chip);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->io));
	KUNIT_EXPECT_EQ(test, extram_io_start(w->io), -EINVAL);
	/* The simulator minds a read before the reset of the set-up. */
	extram_sim_reset_stats(w->sim, 0);
}

static void io_psram_takes_the_slowest_clock_that_works(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 1);
	wire_up(test, &extram_chip_aps6404l, &plain, 7000000);
	wire_round_trip(test, &rnd, 12345, 50);
}

static void io_refuses_a_controller_narrower_than_a_header(struct kunit *test)
{
	static const struct extram_sim_config like = { .max_transfer = 4, .max_message = 4 };
	struct wire *w = test->priv;

	wire_chip(test, "23lc1024", &extram_chip_23lc1024, &like, 20000000);
	w->io = extram_io_create(w->spi, w->chip);
	KUNIT_ASSERT_TRUE(test, IS_ERR(w->io));
	KUNIT_EXPECT_EQ(test, PTR_ERR(w->io), -EINVAL);
}

static void io_clock_is_capped_to_the_chip(struct kunit *test)
{
	struct rnd_state rnd;

	/* Above 20 MHz the simulator would count violations. */
	prandom_seed_state(&rnd, 2);
	wire_up(test, &extram_chip_23lc1024, &plain, 100000000);
	wire_round_trip(test, &rnd, 0, 300);
}

static void io_refuses_what_is_not_on_the_chip(struct kunit *test)
{
	struct wire *w = test->priv;
	struct extram_sim_stats stats;
	u32 size = extram_chip_23lc512.size;

	wire_up(test, &extram_chip_23lc512, &plain, 20000000);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, size, w->buf, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, size - 1, w->buf, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_io_write(w->io, U32_MAX, w->buf, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 0, w->buf, SIZE_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_io_zero(w->io, 0, EXTRAM_IO_CHUNK + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, 0, w->buf, 0), 0);
	wire_stats(test, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 0);
}

/* An error of the bus comes through as it is, and leaves the engine as good as new. */
static void io_bus_error_in_the_middle(struct kunit *test)
{
	struct wire *w = test->priv;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 3);
	wire_up(test, &extram_chip_aps6404l, &plain, 33000000);

	extram_sim_fail(w->sim, 30, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_io_write(w->io, 0, w->buf, 2000), -EIO);
	wire_round_trip(test, &rnd, 0, 2000);

	extram_sim_fail(w->sim, 70, 1, -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_io_read(w->io, 0, w->buf, 4000), -ENODEV);
	wire_round_trip(test, &rnd, 0, 2000);
}

static void io_bus_error_while_measuring(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_chip(test, "aps6404l", &extram_chip_aps6404l, &plain, 33000000);
	w->io = extram_io_create(w->spi, w->chip);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->io));
	KUNIT_ASSERT_EQ(test, w->chip->ops->init(w->spi, w->chip), 0);
	extram_sim_fail(w->sim, 1, 1, -EIO);
	KUNIT_EXPECT_EQ(test, extram_io_start(w->io), -EIO);
}

/* Two tasks write to one FRAM: each WREN stays with its own write, each byte where it belongs. */
struct writer {
	struct extram_io *io;
	struct completion done;
	u8 *buf;
	u32 addr;
	int err;
};

static int writer_fn(void *data)
{
	struct writer *writer = data;
	unsigned int i;

	for (i = 0; i < 200 && !writer->err; i++) {
		memset(writer->buf, writer->addr + i, 256);
		writer->err = extram_io_write(writer->io, writer->addr, writer->buf, 256);
	}
	complete(&writer->done);
	return 0;
}

static void io_writers_do_not_mix(struct kunit *test)
{
	static const struct extram_sim_config like = { .no_cs_change = true };
	struct wire *w = test->priv;
	struct writer writers[2];
	unsigned int i;

	wire_up(test, &extram_chip_mb85rs1mt, &like, 25000000);
	for (i = 0; i < 2; i++) {
		writers[i].io = w->io;
		writers[i].addr = 128 + 256 * i;
		writers[i].err = 0;
		writers[i].buf = kunit_kzalloc(test, 256, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, writers[i].buf);
		init_completion(&writers[i].done);
	}
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_FALSE(test,
				   IS_ERR(kthread_run(writer_fn, &writers[i], "writer%u", i)));
	for (i = 0; i < 2; i++) {
		wait_for_completion(&writers[i].done);
		KUNIT_EXPECT_EQ(test, writers[i].err, 0);
		KUNIT_ASSERT_EQ(test, extram_sim_peek(w->sim, 0, writers[i].addr, w->seen, 256), 0);
		KUNIT_EXPECT_EQ(test, memcmp(w->seen, writers[i].buf, 256), 0);
	}
}

/* Chips that are not what they should be, and what their set-up says to it. */
struct stranger {
	const char *model;
	const struct extram_chip *chip;
};

static const struct stranger strangers[] = {
	{ "dead-00", &extram_chip_23lc1024 },
	{ "dead-ff", &extram_chip_23lc1024 },
	{ "dead-00", &extram_chip_aps6404l },
	{ "dead-ff", &extram_chip_aps6404l },
	{ "dead-00", &extram_chip_fm25w256 },
	{ "dead-ff", &extram_chip_fm25w256 },
	{ "dead-00", &extram_chip_mr25h40 },
	{ "dead-ff", &extram_chip_mr25h40 },
	{ "23lc512", &extram_chip_fm25w256 },
	{ "dead-00", &extram_chip_mb85rs1mt },
	{ "dead-ff", &extram_chip_mb85rs1mt },
	{ "aps6404l-bad-kgd", &extram_chip_aps6404l },
	{ "mb85rs2mta", &extram_chip_mb85rs1mt },
	{ "mb85rs1mt", &extram_chip_aps6404l },
	{ "aps6404l", &extram_chip_mb85rs1mt },
};

static void stranger_name(const struct stranger *s, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s in the place of %s", s->model, s->chip->name);
}

KUNIT_ARRAY_PARAM(stranger, strangers, stranger_name);

static void io_chip_is_refused(struct kunit *test)
{
	const struct stranger *s = test->param_value;
	struct wire *w = test->priv;

	wire_chip(test, s->model, s->chip, &plain, 20000000);
	KUNIT_EXPECT_EQ(test, s->chip->ops->init(w->spi, s->chip), -ENODEV);
	/* A stranger may well complain about commands of another part. */
	extram_sim_reset_stats(w->sim, 0);
}

/* The 23K256 wakes up in byte mode: only with the mode set can a burst be longer than a byte. */
static void io_sram_leaves_byte_mode(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 4);
	wire_up(test, &extram_chip_23k256, &plain, 20000000);
	wire_round_trip(test, &rnd, 100, 1000);
}

/* Whoever drives the chip afterwards finds its device as it was. */
static void io_psram_priority_ends(struct kunit *test)
{
	struct wire *w = test->priv;
	int rt;

	for (rt = 0; rt < 2; rt++) {
		wire_chip(test, "aps6404l", &extram_chip_aps6404l, &plain, 33000000);
		w->spi->rt = rt;
		w->io = extram_io_create(w->spi, w->chip);
		KUNIT_ASSERT_FALSE(test, IS_ERR(w->io));
		KUNIT_EXPECT_TRUE(test, w->spi->rt);
		extram_io_destroy(w->io);
		w->io = NULL;
		KUNIT_EXPECT_EQ(test, w->spi->rt, rt);
		wire_down(test);
	}
}

static struct kunit_case io_cases[] = {
	KUNIT_CASE_PARAM(io_round_trips, combination_gen_params),
	KUNIT_CASE_PARAM(io_write_touches_nothing_else, combination_gen_params),
	KUNIT_CASE_PARAM(io_bytes_in_place, combination_gen_params),
	KUNIT_CASE(io_in_place_is_one_transfer),
	KUNIT_CASE_PARAM(io_zero_writes_zeros, combination_gen_params),
	KUNIT_CASE(io_sram_message_is_one_burst),
	KUNIT_CASE(io_fram_sends_wren_once_a_write),
	KUNIT_CASE_PARAM(io_limit_costs_no_clock_too_many, limit_gen_params),
	KUNIT_CASE(io_psram_bursts_are_as_long_as_tcem_allows),
	KUNIT_CASE(io_psram_fast_read_above_33_mhz),
	KUNIT_CASE(io_psram_unknown_clock_keeps_tcem),
	KUNIT_CASE(io_psram_real_clock_is_measured),
	KUNIT_CASE(io_psram_known_gap_allows_wide_reads),
	KUNIT_CASE(io_psram_unknown_gap_keeps_to_one_line),
	KUNIT_CASE(io_psram_refuses_a_clock_too_slow),
	KUNIT_CASE(io_psram_refuses_a_real_clock_too_slow),
	KUNIT_CASE(io_psram_takes_the_slowest_clock_that_works),
	KUNIT_CASE(io_refuses_a_controller_narrower_than_a_header),
	KUNIT_CASE(io_clock_is_capped_to_the_chip),
	KUNIT_CASE(io_refuses_what_is_not_on_the_chip),
	KUNIT_CASE(io_bus_error_in_the_middle),
	KUNIT_CASE(io_bus_error_while_measuring),
	KUNIT_CASE(io_writers_do_not_mix),
	KUNIT_CASE_PARAM(io_chip_is_refused, stranger_gen_params),
	KUNIT_CASE(io_sram_leaves_byte_mode),
	KUNIT_CASE(io_psram_priority_ends),
	{}
};

static struct kunit_suite io_suite = {
	.name = "extram_io",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = io_cases,
};

kunit_test_suite(io_suite);

MODULE_DESCRIPTION("Tests of the wire engine of extram");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
