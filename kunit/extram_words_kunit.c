// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a probe that fails says: the bytes that came, a plain cause, and where another
 * clock helps, which one. And of what one says that does not, of parts to be wary of.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/kmsg_dump.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "compat.h"
#include "extram_meet.h"

/* Whether the kernel's log has a line with the device and these words. */
static bool words_said(struct kunit *test, const char *words)
{
	struct meet *m = test->priv;
	struct kmsg_dump_iter iter = {};
	char *line = kunit_kzalloc(test, 1024, GFP_KERNEL);
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, line);
	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, line, 1023, &len)) {
		line[len] = '\0';
		if (strstr(line, dev_name(&m->spi->dev)) && strstr(line, words))
			return true;
	}
	return false;
}

static const struct spoken {
	const char *part;
	const char *model;
	u32 size;
	u32 hz;
	const char *words;
	struct extram_sim_config like;
} spokens[] = {
	{ "aps6404l", "aps6404l", 8192 * KIB, 6999999,
	  "the 8000 ns that chip select may stay low, 7000000 Hz or more are needed" },
	{ "is66wvs4m8", "is66wvs4m8", 4096 * KIB, 10 * MHZ, "14000000 Hz or more are needed" },
	/* Half of the clock is what can be relied on. */
	{ "is66wvs4m8", "is66wvs4m8", 4096 * KIB, 27999998,
	  "half of 27999998 Hz not one byte fits into the 4000 ns that chip select may stay low, 28000000 Hz",
	  { .mem_ops = true } },
	{ "is66wvs4m8", "is66wvs4m8", 4096 * KIB, 20 * MHZ, "28000000 Hz or more are needed",
	  { .hide_effective_speed = true } },
	{ "23lc1024", "23lc1024-slow-array", 128 * KIB, 20 * MHZ,
	  "way at 20000000 Hz, 10000000 Hz works, try that as spi-max-frequency" },
	{ "23lc1024", "23lc1024-long-wires", 128 * KIB, 20 * MHZ,
	  "answers otherwise at 10000000 Hz, try that as spi-max-frequency" },
	{ "23lc1024", "dead-00", 0, 20 * MHZ,
	  "mode register reads 00 after sequential mode was written, bus silent: MISO stays low" },
	{ "aps6404l", "dead-ff", 0, 33 * MHZ, "ID reads ff ff ff, bus silent: MISO stays high" },
	{ "aps6404l", "aps6404l-bad-kgd", 8192 * KIB, 33 * MHZ,
	  "ID reads 0d 55 46, the die failed its maker's test" },
	{ "aps6404l", "aps6404l-bad-id", 8192 * KIB, 33 * MHZ, "ID reads 3e 5d 46, not the part" },
	{ "aps6404l", "aps1604m", 2048 * KIB, 33 * MHZ,
	  "ID reads 0d 5d 00, a part of another size" },
	{ "is66wvs8m8", "aps6404l", 8192 * KIB, 33 * MHZ,
	  "ID reads 0d 5d 46, a part of another maker" },
	{ "23lc1024", "23lc512", 64 * KIB, 20 * MHZ, "takes 2 bytes of address instead of 3" },
	{ "23lc512", "23lc1024", 128 * KIB, 20 * MHZ, "takes 3 bytes of address instead of 2" },
	{ "23k256", "23k640", 8 * KIB, 20 * MHZ, "holds 8192 bytes instead of 32768" },
};

static void spoken_name(const struct spoken *s, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s in the place of %s at %u kHz", s->model, s->part,
		 s->hz / 1000);
}

KUNIT_ARRAY_PARAM(spoken, spokens, spoken_name);

static void words_of_a_refusal(struct kunit *test)
{
	const struct spoken *s = test->param_value;
	struct meet *m = test->priv;

	if (s->size) {
		meet_sim_like(test, s->model, &s->like, s->size);
	} else {
		const struct extram_sim_config cfg = { .models = { s->model } };

		m->sim = extram_sim_create(&cfg);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(m->sim));
	}
	meet_spi(test, s->part, 1, s->hz);
	KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
	KUNIT_EXPECT_TRUE_MSG(test, words_said(test, s->words), "%s: %s", dev_name(&m->spi->dev),
			      s->words);
}

/* A part that is taken although something is known against it. */
static void words_of_a_warning(struct kunit *test)
{
	static const struct {
		const char *part;
		const char *model;
		const char *words;
	} warnings[] = {
		{ "esp-psram32", "esp-psram32-v0", "esp-psram32: ID reads 0d 5d 20, an early" },
		{ "ly68s3200", "esp-psram32-v0", "ly68s3200: ID reads 0d 5d 20, an early" },
		{ "esp-psram32", "esp-psram32-trial", "ID reads 0d 5d 26, a trial sample" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(warnings); i++) {
		meet_sim(test, warnings[i].model, 1, 4096 * KIB);
		meet_spi(test, warnings[i].part, 1, 33 * MHZ);
		KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
		KUNIT_EXPECT_TRUE_MSG(test, words_said(test, warnings[i].words), "%s",
				      warnings[i].words);
		meet_expect_untouched(test);
		meet_down(test);
	}

	/* A later one is above that. */
	meet_sim(test, "esp-psram32", 1, 4096 * KIB);
	meet_spi(test, "esp-psram32", 1, 33 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	KUNIT_EXPECT_FALSE(test, words_said(test, "ID reads 0d 5d 2a"));
}

/* The clock that such a refusal names is good enough. */
static void words_name_a_clock_that_works(struct kunit *test)
{
	static const struct {
		const char *part;
		u32 size;
		u32 hz;
		struct extram_sim_config like;
	} works[] = {
		{ "aps6404l", 8192 * KIB, 7 * MHZ },
		{ "is66wvs4m8", 4096 * KIB, 14 * MHZ },
		{ "is66wvs4m8", 4096 * KIB, 28 * MHZ, { .mem_ops = true } },
		{ "is66wvs4m8", 4096 * KIB, 28 * MHZ, { .hide_effective_speed = true } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(works); i++) {
		meet_sim_like(test, works[i].part, &works[i].like, works[i].size);
		meet_spi(test, works[i].part, 1, works[i].hz);
		KUNIT_EXPECT_TRUE_MSG(test, meet_is_bound(test), "%s at %u Hz", works[i].part,
				      works[i].hz);
		meet_down(test);
	}
}

static struct kunit_case words_cases[] = {
	KUNIT_CASE_PARAM(words_of_a_refusal, spoken_gen_params),
	KUNIT_CASE(words_of_a_warning),
	KUNIT_CASE(words_name_a_clock_that_works),
	{}
};

static struct kunit_suite words_suite = {
	.name = "extram_words",
	.init = meet_init,
	.exit = meet_exit,
	.test_cases = words_cases,
};

kunit_test_suite(words_suite);

MODULE_DESCRIPTION("Tests of what extram says when it refuses a chip");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
