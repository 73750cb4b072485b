// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the checks at probe that write to a part: when the bus fails in between, wherever that
 * is, the part holds afterwards what it held before.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "extram_meet.h"
#include "io.h"
#include "sim/sim.h"

/* A part that is checked by writing, and the model that is in its place. */
struct checked {
	const char *name;
	const char *model;
	u32 size;	/* of the model */
	bool mem_ops;
};

static const struct checked checkeds[] = {
	{ "fm25w256", "fm25w256", 32 * KIB },
	{ "fm25w256", "fm25w256", 32 * KIB, .mem_ops = true },
	{ "fm25l04b", "fm25l04b", 512 },
	{ "mr25h40", "mr25h40", 512 * KIB },
	{ "48l640", "48l640", 8 * KIB },
	{ "23k256", "23k256", 32 * KIB },
	{ "23lc1024", "23lc1024", 128 * KIB },
	/* an ID, so that only the link is tried */
	{ "mb85rs1mt", "mb85rs1mt", 128 * KIB },
	{ "mb85rs1mt", "mb85rs1mt", 128 * KIB, .mem_ops = true },
	/* half the size, another width of address */
	{ "23k256", "23k640", 8 * KIB },
	{ "mr25h40", "mr25h10", 128 * KIB },
	{ "23lc512", "23lc1024", 128 * KIB },
	{ "23lc1024", "23lc512", 64 * KIB },
	{ "mr25h10", "mr25h256", 32 * KIB },
};

/* On a kernel that watches itself a probe takes half a second when it is emulated. */
#define CHECK_STEP	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 13 : 1)

static void checked_name(const struct checked *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s in the place of %s, %s", c->model, c->name,
		 c->mem_ops ? "spi-mem" : "messages");
}

KUNIT_ARRAY_PARAM(checked, checkeds, checked_name);

/*
 * Probes with failures from the @nth transfer on; answers how often the chip was selected. All that
 * the chip holds is compared.
 */
static u64 check_probe(struct kunit *test, const struct checked *c, u32 nth, u32 count, u8 *before,
		       u8 *after)
{
	const struct extram_sim_config like = { .mem_ops = c->mem_ops };
	struct meet *m = test->priv;
	struct extram_sim_stats stats;

	meet_sim_like(test, c->model, &like, c->size);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(m->sim, 0, 0, before, c->size), 0);
	extram_sim_fail(m->sim, nth, count, -EIO);
	meet_described(test, c->name, &meet_write_test, 10 * MHZ);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(m->sim, 0, 0, after, c->size), 0);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(before, after, c->size), 0,
			    "%u failures from transfer %u on", count, nth);
	extram_sim_stats(m->sim, 0, &stats);
	meet_down(test);
	return stats.selects;
}

/* Wherever @count transfers in a row can fail. Of each chip select there are two at most. */
static void check_everywhere(struct kunit *test, u32 count)
{
	const struct checked *c = test->param_value;
	u8 *before = vmalloc(c->size), *after = vmalloc(c->size);
	u32 nth, most;

	if (before && after) {
		most = 2 * check_probe(test, c, 1, 0, before, after);
		for (nth = 1; nth <= most; nth += CHECK_STEP)
			check_probe(test, c, nth, count, before, after);
	} else {
		KUNIT_FAIL(test, "no memory");
	}
	vfree(before);
	vfree(after);
}

static void check_bus_fails_once(struct kunit *test)
{
	check_everywhere(test, 1);
}

/* As long as it can be and end while something is put back. */
static void check_bus_fails_for_a_while(struct kunit *test)
{
	check_everywhere(test, EXTRAM_IO_TRIES - 1);
}

/* Once the bus stays silent nothing can be put back, and the probe ends all the same. */
static void check_bus_fails_for_good(struct kunit *test)
{
	const struct checked *c = test->param_value;
	const struct extram_sim_config like = { .mem_ops = c->mem_ops };
	struct meet *m = test->priv;
	u32 nth;

	for (nth = 1; nth <= 20; nth += CHECK_STEP) {
		meet_sim_like(test, c->model, &like, c->size);
		extram_sim_fail(m->sim, nth, U32_MAX, -EIO);
		meet_described(test, c->name, &meet_write_test, 10 * MHZ);
		KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
		meet_down(test);
	}
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE_PARAM(check_bus_fails_once, checked_gen_params),
	KUNIT_CASE_PARAM(check_bus_fails_for_a_while, checked_gen_params),
	KUNIT_CASE_PARAM(check_bus_fails_for_good, checked_gen_params),
	{}
};

static struct kunit_suite check_suite = {
	.name = "extram_check",
	.init = meet_init,
	.exit = meet_exit,
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);

MODULE_DESCRIPTION("Tests of the checks of extram that write to a part");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
