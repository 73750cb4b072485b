// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of meeting a chip: every part of the table on its simulated one, parts that are asleep or
 * left on more lines, parts that are not what the device tree says, wires that are too long.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/property.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_meet.h"

static EXTRAM_KUNIT_GENERATOR(part_gen_params)
{
	const struct extram_part *part = extram_kunit_next_part(prev);

	if (part)
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s,%s", part->vendor, part->name);
	return part;
}

static EXTRAM_KUNIT_GENERATOR(row_gen_params)
{
	const struct extram_part *part = extram_kunit_next_row(prev);

	if (part)
		strscpy(desc, part->name, KUNIT_PARAM_DESC_SIZE);
	return part;
}

/* The clock of the board is often the part's highest. */
static u32 row_hz(const struct extram_chip *chip)
{
	return max(chip->reads->max_hz, chip->writes->max_hz);
}

/* Under each of its names a part becomes a memory of its size, and holds what it held. */
static void chips_every_part_is_met(struct kunit *test)
{
	const struct extram_part *part = test->param_value;
	const struct extram_chip *chip = part->chip;
	struct meet *m = test->priv;
	struct extram *ram;

	meet_sim(test, chip->name, 1, chip->size);
	meet_spi(test, part->name, 1, row_hz(chip));
	ram = extram_kunit_ram(&m->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_EXPECT_STREQ(test, ram->chip->name, part->name);
	KUNIT_EXPECT_EQ(test, ram->space.size, (u64)chip->size);
	put_device(&ram->dev);
	meet_expect_untouched(test);
}

/* The same where there are four lines. */
static void chips_every_row_is_met_on_four_lines(struct kunit *test)
{
	const struct extram_part *part = test->param_value;

	meet_sim(test, part->chip->name, 4, part->chip->size);
	meet_spi(test, part->name, 4, row_hz(part->chip));
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	meet_expect_untouched(test);
}

/* A table that says what cannot be is found without a chip. */
static void chips_rows_make_sense(struct kunit *test)
{
	const struct extram_part *part = test->param_value;
	const struct extram_chip *chip = part->chip;
	const struct extram_op *op;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, chip->size & (chip->size - 1), 0);
	KUNIT_EXPECT_LE(test, (u64)chip->size, 1ULL << (8 * chip->addr_bytes +
			(chip->flags & EXTRAM_CHIP_ADDR_MSB_IN_OPCODE ? 1 : 0)));
	KUNIT_EXPECT_EQ(test, chip->page & (chip->page - 1), 0);
	KUNIT_EXPECT_NE(test, chip->tcph_ns, 0);
	KUNIT_EXPECT_NE(test, chip->power_up_us, 0);
	KUNIT_EXPECT_NOT_NULL(test, chip->ops);
	KUNIT_EXPECT_EQ(test, !!chip->tcem_ns, !!chip->setup_bytes);
	KUNIT_EXPECT_EQ(test, !!chip->busy, !!chip->busy_us);
	for (i = 0; i < 2; i++) {
		op = i ? chip->writes : chip->reads;
		KUNIT_EXPECT_EQ(test, op->width, 0x111);
		for (; op->opcode; op++) {
			KUNIT_EXPECT_EQ(test, op->dummy * EXTRAM_WIDTH_ADDR(op->width) % 8, 0);
			KUNIT_EXPECT_GE(test, op->max_hz, MHZ);
			if (EXTRAM_WIDTH_COMMAND(op->width) == 2)
				KUNIT_EXPECT_TRUE(test, chip->enter_two && chip->leave);
			if (EXTRAM_WIDTH_COMMAND(op->width) == 4)
				KUNIT_EXPECT_TRUE(test, chip->enter_four && chip->leave);
		}
	}
}

/* Eight lines at double data rate: refused by name, and never touched. */
static void chips_octal_parts_are_refused(struct kunit *test)
{
	static const char * const names[] = { "aps6408l", "aps12808l", "aps256xxn" };
	struct meet *m = test->priv;
	struct extram_sim_stats stats;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		meet_sim(test, "aps6404l", 1, 8192 * KIB);
		meet_spi(test, names[i], 1, 33 * MHZ);
		KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
		extram_sim_stats(m->sim, 0, &stats);
		KUNIT_EXPECT_EQ(test, stats.selects, 0);
		meet_down(test);
	}
}

/* A warm reboot leaves the chip in the mode of the bus that the last system used. */
struct left {
	const char *name;
	u32 size;
	u8 enter;
	unsigned int lines;	/* on which it was left */
	unsigned int wires;
	bool met;
};

static const struct left lefts[] = {
	{ "23lc512", 64 * KIB, 0x38, 4, 4, true },
	{ "23lc512", 64 * KIB, 0x3b, 2, 4, true },
	{ "23lc512", 64 * KIB, 0x3b, 2, 2, true },
	{ "23lc512", 64 * KIB, 0x38, 4, 2, false },
	{ "23lc512", 64 * KIB, 0x38, 4, 1, false },
	{ "23lc1024", 128 * KIB, 0x38, 4, 4, true },
	{ "23lcv1024", 128 * KIB, 0x3b, 2, 2, true },
	{ "n01s830ha", 128 * KIB, 0x38, 4, 4, true },
	{ "is62wvs2568g", 256 * KIB, 0x38, 4, 4, true },
	{ "is62wvs0648", 64 * KIB, 0x38, 4, 4, true },
	{ "is62wvs1288f", 128 * KIB, 0x38, 4, 4, true },
	{ "is62wvs1288f", 128 * KIB, 0x3b, 2, 4, true },
	{ "is62wvs1288f", 128 * KIB, 0x3b, 2, 2, true },
	{ "is62wvs1288f", 128 * KIB, 0x38, 4, 2, false },
	{ "is62wvs2568f", 256 * KIB, 0x38, 4, 4, true },
	{ "is62wvs5128", 512 * KIB, 0x3b, 2, 2, true },
	{ "aps6404l", 8192 * KIB, 0x35, 4, 4, true },
	{ "aps6404l", 8192 * KIB, 0x35, 4, 1, false },
	{ "aps6404l-sq", 8192 * KIB, 0x35, 4, 4, true },
	{ "aps1604m", 2048 * KIB, 0x35, 4, 4, true },
	{ "esp-psram64h", 8192 * KIB, 0x35, 4, 4, true },
	{ "ips6404l", 8192 * KIB, 0x35, 4, 4, true },
	{ "is66wvs4m8", 4096 * KIB, 0x35, 4, 4, true },
};

static void left_name(const struct left *l, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s on %u lines, %u wired", l->name, l->lines,
		 l->wires);
}

KUNIT_ARRAY_PARAM(left, lefts, left_name);

static void chips_left_on_more_lines(struct kunit *test)
{
	const struct left *l = test->param_value;
	struct extram_sim_config like = { .lines = l->wires };
	struct meet *m = test->priv;
	unsigned int mem_ops;

	for (mem_ops = 0; mem_ops < 2; mem_ops++) {
		like.mem_ops = mem_ops;
		meet_sim_like(test, l->name, &like, l->size);
		meet_spi(test, NO_DRIVER, l->wires, 10 * MHZ);
		if (l->enter == 0x35) {
			meet_send(test, 0x66, 1);
			meet_send(test, 0x99, 1);
		}
		meet_send(test, l->enter, 1);
		spi_unregister_device(m->spi);

		/* Of which half is relied on where an operation does not tell its clock. */
		meet_spi(test, l->name, l->wires, 30 * MHZ);
		KUNIT_EXPECT_EQ_MSG(test, meet_is_bound(test), l->met, "spi-mem: %u", mem_ops);
		if (l->met)
			meet_expect_untouched(test);
		meet_down(test);
	}
}

/* A part that sleeps since the last system crashed. */
struct asleep {
	const char *name;
	u32 size;
	u8 opcode;
	bool forgets;
};

static const struct asleep asleeps[] = {
	{ "mb85rs512t", 64 * KIB, 0xb9 },
	{ "mb85rs1mt", 128 * KIB, 0xb9 },
	{ "mb85rs4mt", 512 * KIB, 0xb9 },
	{ "fm25v10", 128 * KIB, 0xb9 },
	{ "cy15b104qn", 512 * KIB, 0xb9 },
	{ "cy15b104qn", 512 * KIB, 0xba },
	{ "mr25h40", 512 * KIB, 0xb9 },
	{ "as3004204", 512 * KIB, 0xb9 },
	{ "as3004204", 512 * KIB, 0xba },
	{ "is66wvs4m8", 4096 * KIB, 0xb9, true },
};

static void asleep_name(const struct asleep *a, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s by %02x", a->name, a->opcode);
}

KUNIT_ARRAY_PARAM(asleep, asleeps, asleep_name);

static void chips_asleep(struct kunit *test)
{
	const struct asleep *a = test->param_value;
	struct meet *m = test->priv;

	meet_sim(test, a->name, 1, a->size);
	meet_spi(test, NO_DRIVER, 1, 10 * MHZ);
	if (a->forgets) {
		meet_send(test, 0x66, 1);
		meet_send(test, 0x99, 1);
	}
	meet_send(test, a->opcode, 1);
	spi_unregister_device(m->spi);
	if (a->forgets)
		meet_look(test, m->before);

	meet_spi(test, a->name, 1, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	meet_expect_untouched(test);
}

/*
 * What wakes them is given its time, whether they slept or not. On a busy machine all takes longer:
 * the shortest of many times tells.
 */
static void chips_are_given_time_to_wake(struct kunit *test)
{
	static const struct {
		const char *name;
		u32 us;
	} wakes[] = {
		{ "mb85rs1mt", 400 }, { "fm25v10", 450 }, { "cy15b108qn", 450 }, { "mr25h40", 400 },
		{ "as3004204", 450 }, { "is66wvs4m8", 150 },
	};
	struct meet *m = test->priv;
	unsigned int i, try;

	for (i = 0; i < ARRAY_SIZE(wakes); i++) {
		const struct extram_part *part = NULL;
		u64 least = U64_MAX;

		do {
			part = extram_kunit_next_row(part);
			KUNIT_ASSERT_NOT_NULL(test, part);
		} while (strcmp(part->name, wakes[i].name));
		meet_sim(test, part->name, 1, part->chip->size);
		meet_spi(test, NO_DRIVER, 1, 20 * MHZ);
		for (try = 0; try < 20; try++) {
			u64 start = ktime_get_ns();

			KUNIT_ASSERT_EQ(test, part->chip->ops->init(m->spi, part->chip), 0);
			least = min(least, ktime_get_ns() - start);
		}
		KUNIT_EXPECT_GE_MSG(test, least, wakes[i].us * (u64)NSEC_PER_USEC, "%s",
				    part->name);
		meet_down(test);
	}
}

/*
 * An ID that comes wrong once is asked for again, one that stays wrong is another chip's. It comes
 * behind the command that wakes a FRAM, the two that reset a PSRAM, or all of them.
 */
static void chips_id_is_asked_for_twice(struct kunit *test)
{
	static const struct {
		const char *name;
		u32 size;
		u32 nth;
	} parts[] = {
		{ "mb85rs1mt", 128 * KIB, 2 }, { "fm25v10", 128 * KIB, 2 },
		{ "cy15b108qn", 1024 * KIB, 2 }, { "aps6404l", 8192 * KIB, 3 },
		{ "is66wvs4m8", 4096 * KIB, 4 },
	};
	struct meet *m = test->priv;
	unsigned int i, wrong;

	for (i = 0; i < 2 * ARRAY_SIZE(parts); i++) {
		wrong = i & 1 ? 100 : 1;
		meet_sim(test, parts[i / 2].name, 1, parts[i / 2].size);
		extram_sim_disturb(m->sim, 0, parts[i / 2].nth, wrong, EXTRAM_SIM_DROP);
		meet_spi(test, parts[i / 2].name, 1, 20 * MHZ);
		KUNIT_EXPECT_EQ_MSG(test, meet_is_bound(test), wrong == 1, "%s, wrong %u times",
				    parts[i / 2].name, wrong);
		meet_down(test);
	}
}

/*
 * A controller that rests between two transfers for longer than a PSRAM bears, and does not say so:
 * a command and its answer are one.
 */
static void chips_answers_come_without_a_gap(struct kunit *test)
{
	static const struct extram_sim_config like = { .gap_ns = 20000 };
	static const struct {
		const char *name;
		u32 size;
	} parts[] = {
		{ "aps6404l", 8192 * KIB }, { "aps1604m", 2048 * KIB },
		{ "is66wvs4m8", 4096 * KIB }, { "23lc1024", 128 * KIB },
		{ "mb85rs1mt", 128 * KIB },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		meet_sim_like(test, parts[i].name, &like, parts[i].size);
		meet_spi(test, parts[i].name, 1, 20 * MHZ);
		KUNIT_EXPECT_TRUE_MSG(test, meet_is_bound(test), "%s", parts[i].name);
		meet_expect_untouched(test);
		meet_down(test);
	}
}

/* Another chip than the device tree says. It is refused, and holds what it held. */
struct wrong {
	const char *name;
	const char *model;
	u32 size;		/* of the model */
	bool write_test;	/* must be allowed to see it */
	bool lost;		/* nobody can read it in the way that its part would be */
};

static const struct wrong wrongs[] = {
	/* two bytes of address instead of three, and the other way round */
	{ "23lc1024", "23lc512", 64 * KIB },
	{ "23lc512", "23lc1024", 128 * KIB },
	{ "n01s830ha", "23lc512", 64 * KIB },
	/* half the size, an eighth of it */
	{ "23k256", "23k640", 8 * KIB },
	{ "is62wvs2568f", "is62wvs1288f", 128 * KIB },
	{ "is62wvs5128", "is62wvs0648", 64 * KIB },
	{ "fm25w256", "fm25l16b", 2 * KIB, true },
	{ "mr25h40", "mr25h10", 128 * KIB, true },
	{ "mr25h10", "mr25h256", 32 * KIB, true },
	/* READ has a latency, or has none */
	{ "is62wvs2568f", "is62wvs2568g", 256 * KIB, .lost = true },
	{ "is62wvs2568g", "is62wvs2568f", 256 * KIB, .lost = true },
	/* an ID of another size, of another maker, of another kind */
	{ "aps6404l", "aps1604m", 2048 * KIB },
	{ "aps1604m", "aps6404l", 8192 * KIB },
	{ "is66wvs4m8", "aps6404l", 8192 * KIB },
	{ "aps6404l", "is66wvs8m8", 8192 * KIB },
	{ "is66wvs8m8", "is66wvs4m8", 4096 * KIB },
	{ "fm25v10", "fm25v05", 64 * KIB },
	{ "cy15b104q", "cy15b108qn", 1024 * KIB },
	{ "cy15b108qn", "cy15b104qn", 512 * KIB },
	{ "fm25v02", "fm25w256", 32 * KIB },
	{ "mb85rs512t", "mb85rs1mt", 128 * KIB },
	{ "mb85rs4mt", "mb85rs2mta", 256 * KIB },
	/* no ID where there should be one */
	{ "aps6404l", "23lc1024", 128 * KIB },
	{ "mb85rs64v", "fm25cl64b", 8 * KIB },
};

static void wrong_name(const struct wrong *w, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s in the place of %s", w->model, w->name);
}

KUNIT_ARRAY_PARAM(wrong, wrongs, wrong_name);

static void chips_not_what_they_should_be(struct kunit *test)
{
	const struct wrong *w = test->param_value;
	struct meet *m = test->priv;

	meet_sim(test, w->model, 1, w->size);
	meet_described(test, w->name, w->write_test ? &meet_write_test : NULL, 10 * MHZ);
	KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
	meet_look(test, m->after);
	/* Two bytes at most are not what they were. */
	if (w->lost)
		memcpy(m->after, m->before, 2);
	KUNIT_EXPECT_EQ(test, memcmp(m->before, m->after, 2 * m->seen), 0);
}

/* Not one byte of a part that keeps its content is written to unless that is allowed. */
static void chips_kept_content_is_not_written(struct kunit *test)
{
	struct meet *m = test->priv;
	struct extram_sim_stats stats;

	meet_sim(test, "fm25w256", 1, 32 * KIB);
	meet_described(test, "fm25w256", NULL, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.payload, 0);
	meet_down(test);

	meet_sim(test, "fm25w256", 1, 32 * KIB);
	meet_described(test, "fm25w256", &meet_write_test, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_NE(test, stats.payload, 0);
	meet_expect_untouched(test);
}

static void chips_write_test_can_be_forbidden(struct kunit *test)
{
	static const struct property_entry entries[] = {
		PROPERTY_ENTRY_BOOL("extram,no-write-test"),
		{ }
	};
	static const struct software_node node = { .properties = entries };
	struct meet *m = test->priv;
	struct extram_sim_stats stats;

	meet_sim(test, "23lc1024", 1, 128 * KIB);
	meet_described(test, "23lc1024", &node, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.payload, 0);
}

/* Wires or a part that are good for 10 MHz: refused at 20, met at 10. */
static void chips_clock_too_fast(struct kunit *test)
{
	static const char * const models[] = { "23lc1024-long-wires", "23lc1024-slow-array" };
	struct meet *m = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++) {
		meet_sim(test, models[i], 1, 128 * KIB);
		meet_spi(test, "23lc1024", 1, 20 * MHZ);
		KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
		meet_expect_untouched(test);
		spi_unregister_device(m->spi);
		meet_spi(test, "23lc1024", 1, 10 * MHZ);
		KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
		meet_expect_untouched(test);
		meet_down(test);
	}
}

/* EERAM that recalls its content still. */
static void chips_eeram_is_waited_for(struct kunit *test)
{
	struct meet *m = test->priv;

	meet_sim(test, "48l640", 1, 8 * KIB);
	meet_spi(test, "48l640", 1, 66 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	meet_expect_untouched(test);
	spi_unregister_device(m->spi);

	meet_spi(test, NO_DRIVER, 1, 10 * MHZ);
	meet_send(test, 0x06, 1);
	spi_unregister_device(m->spi);
	extram_sim_power_cycle(m->sim, 0);
	meet_spi(test, "48l640", 1, 66 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	meet_expect_untouched(test);
}

static struct kunit_case chips_cases[] = {
	KUNIT_CASE_PARAM(chips_every_part_is_met, part_gen_params),
	KUNIT_CASE_PARAM(chips_every_row_is_met_on_four_lines, row_gen_params),
	KUNIT_CASE_PARAM(chips_rows_make_sense, row_gen_params),
	KUNIT_CASE(chips_octal_parts_are_refused),
	KUNIT_CASE_PARAM(chips_left_on_more_lines, left_gen_params),
	KUNIT_CASE_PARAM(chips_asleep, asleep_gen_params),
	KUNIT_CASE(chips_are_given_time_to_wake),
	KUNIT_CASE(chips_id_is_asked_for_twice),
	KUNIT_CASE(chips_answers_come_without_a_gap),
	KUNIT_CASE_PARAM(chips_not_what_they_should_be, wrong_gen_params),
	KUNIT_CASE(chips_kept_content_is_not_written),
	KUNIT_CASE(chips_write_test_can_be_forbidden),
	KUNIT_CASE(chips_clock_too_fast),
	KUNIT_CASE(chips_eeram_is_waited_for),
	{}
};

static struct kunit_suite chips_suite = {
	.name = "extram_chips",
	.init = meet_init,
	.exit = meet_exit,
	.test_cases = chips_cases,
};

kunit_test_suite(chips_suite);

MODULE_DESCRIPTION("Tests of meeting a serial RAM chip");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
