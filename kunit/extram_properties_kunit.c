// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of parts that the device tree describes: those that it describes well work like those of
 * the table, and each value that makes no sense is refused.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/property.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "properties.h"
#include "sim/sim.h"

#define KIB		1024
#define MHZ		1000000

struct board {
	struct extram_sim *sim;
	struct spi_device *spi;
};

static int board_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct board), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

static void board_exit(struct kunit *test)
{
	struct board *b = test->priv;

	if (!IS_ERR_OR_NULL(b->sim))
		extram_sim_destroy(b->sim);
}

/* A node that lives as long as the test, which its device does not. */
static struct software_node *board_node(struct kunit *test, const struct property_entry *properties)
{
	struct software_node *node = kunit_kzalloc(test, sizeof(*node), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	node->properties = properties;
	return node;
}

/* A device with these properties on chip select 0 of a controller with @lines lines. */
static void board_put(struct kunit *test, const char *model, const char *alias, unsigned int lines,
		      u32 hz, const struct software_node *node)
{
	const struct extram_sim_config cfg = { .models = { model }, .lines = lines };
	struct spi_board_info info = { .max_speed_hz = hz, .swnode = node };
	struct board *b = test->priv;

	if (lines == 4)
		info.mode = SPI_TX_QUAD | SPI_RX_QUAD;
	b->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(b->sim));
	KUNIT_ASSERT_GT(test, strscpy(info.modalias, alias, sizeof(info.modalias)), 0);
	b->spi = spi_new_device(extram_sim_controller(b->sim), &info);
	KUNIT_ASSERT_NOT_NULL(test, b->spi);
}

/* The words of parts, as a board's author reads them from a datasheet. */
static const struct property_entry as_fram[] = {
	PROPERTY_ENTRY_U32("size", 64 * KIB),
	PROPERTY_ENTRY_U32("address-width", 16),
	PROPERTY_ENTRY_BOOL("extram,write-enable"),
	PROPERTY_ENTRY_BOOL("extram,write-test"),
	{ }
};

static const struct property_entry as_small_fram[] = {
	PROPERTY_ENTRY_U32("size", 512),
	PROPERTY_ENTRY_U32("address-width", 9),
	PROPERTY_ENTRY_BOOL("extram,write-enable"),
	PROPERTY_ENTRY_BOOL("extram,write-test"),
	{ }
};

/* Wakes up in byte mode: without the register no burst would be longer than a byte. */
static const struct property_entry as_sram[] = {
	PROPERTY_ENTRY_U32("size", 32 * KIB),
	PROPERTY_ENTRY_U32("address-width", 16),
	PROPERTY_ENTRY_BOOL("extram,volatile"),
	PROPERTY_ENTRY_U32("extram,mode-register", 0x40),
	{ }
};

static const u32 quad_sram_reads[] = {
	0x03, 0x111, 0, 20 * MHZ,
	0x03, 0x222, 4, 20 * MHZ,
	0x03, 0x444, 2, 20 * MHZ,
};

static const u32 quad_sram_writes[] = { 0x02, 0x111, 0, 0, 0x02, 0x222, 0, 0, 0x02, 0x444, 0, 0 };

static const struct property_entry as_quad_sram[] = {
	PROPERTY_ENTRY_U32("size", 128 * KIB),
	PROPERTY_ENTRY_U32("address-width", 24),
	PROPERTY_ENTRY_BOOL("extram,volatile"),
	PROPERTY_ENTRY_U32("extram,enter-dual-opcode", 0x3b),
	PROPERTY_ENTRY_U32("extram,enter-quad-opcode", 0x38),
	PROPERTY_ENTRY_U32("extram,leave-opcode", 0xff),
	PROPERTY_ENTRY_U32_ARRAY("extram,read-commands", quad_sram_reads),
	PROPERTY_ENTRY_U32_ARRAY("extram,write-commands", quad_sram_writes),
	{ }
};

static const u32 psram_reads[] = {
	0x03, 0x111, 0, 33 * MHZ,
	0x0b, 0x111, 8, 104 * MHZ,
	0xeb, 0x144, 6, 104 * MHZ,
};

static const u32 psram_writes[] = { 0x02, 0x111, 0, 104 * MHZ, 0x38, 0x144, 0, 104 * MHZ };

static const struct property_entry as_psram[] = {
	PROPERTY_ENTRY_U32("size", 4096 * KIB),
	PROPERTY_ENTRY_U32("address-width", 24),
	PROPERTY_ENTRY_U32("pagesize", 1024),
	PROPERTY_ENTRY_BOOL("extram,volatile"),
	PROPERTY_ENTRY_BOOL("extram,reset"),
	PROPERTY_ENTRY_U32("extram,tcem-ns", 4000),
	PROPERTY_ENTRY_U32("extram,power-up-us", 150),
	PROPERTY_ENTRY_U32_ARRAY("extram,read-commands", psram_reads),
	PROPERTY_ENTRY_U32_ARRAY("extram,write-commands", psram_writes),
	{ }
};

/* The grade up to 105 degrees of a part of the table. */
static const struct property_entry as_hot_psram[] = {
	PROPERTY_ENTRY_U32("extram,tcem-ns", 1000),
	{ }
};

struct described {
	const char *model;
	const char *alias;
	const struct software_node node;
	unsigned int lines;
	u32 hz;
	u32 size;
	bool kept;
};

static const struct described describeds[] = {
	{ "mb85rs512t", "serial-ram", { .properties = as_fram }, 1, 20 * MHZ, 64 * KIB, true },
	{ "fm25l04b", "serial-ram", { .properties = as_small_fram }, 1, 20 * MHZ, 512, true },
	{ "23k256", "serial-ram", { .properties = as_sram }, 1, 20 * MHZ, 32 * KIB },
	{ "23lc1024", "serial-ram", { .properties = as_quad_sram }, 1, 20 * MHZ, 128 * KIB },
	{ "23lc1024", "serial-ram", { .properties = as_quad_sram }, 4, 20 * MHZ, 128 * KIB },
	{ "is66wvs4m8", "serial-ram", { .properties = as_psram }, 1, 33 * MHZ, 4096 * KIB },
	{ "is66wvs4m8", "serial-ram", { .properties = as_psram }, 4, 104 * MHZ, 4096 * KIB },
	{ "is66wvs4m8", "is67wvs4m8", { .properties = as_hot_psram }, 1, 84 * MHZ, 4096 * KIB },
};

static void described_name(const struct described *d, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s as %s on %u lines at %u MHz", d->model, d->alias,
		 d->lines, d->hz / MHZ);
}

KUNIT_ARRAY_PARAM(described, describeds, described_name);

/* Bytes go both ways, and the chip has nothing to complain of. */
static void properties_describe_a_part(struct kunit *test)
{
	const struct described *d = test->param_value;
	struct board *b = test->priv;
	const size_t len = min_t(size_t, d->size, 3000);
	u8 *out = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *in = kunit_kzalloc(test, len, GFP_KERNEL);
	struct extram_range range = { .length = len };
	struct extram_sim_stats stats;
	struct extram_client *client;
	struct extram *ram;

	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_NOT_NULL(test, in);
	board_put(test, d->model, d->alias, d->lines, d->hz, &d->node);
	ram = extram_kunit_ram(&b->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_EXPECT_STREQ(test, ram->chip->name, d->alias);
	KUNIT_EXPECT_EQ(test, ram->space.size, (u64)d->size);
	KUNIT_EXPECT_EQ(test, !!(ram->chip->flags & EXTRAM_CHIP_VOLATILE), !d->kept);
	client = extram_client_create(ram);
	put_device(&ram->dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));

	memset(out, 0xa7, len);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, len), len);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, len), len);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, len), 0);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(b->sim, 0, range.offset, in, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, len), 0);
	extram_client_destroy(client);

	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s", extram_sim_last_violation(b->sim, 0));
}

/* A part without such a register does not hold what it is told, and is refused. */
static void properties_mode_that_does_not_stay(struct kunit *test)
{
	static const struct software_node node = { .properties = as_sram };
	struct board *b = test->priv;

	board_put(test, "dead-ff", "serial-ram", 1, 20 * MHZ, &node);
	KUNIT_EXPECT_NULL(test, extram_kunit_ram(&b->spi->dev));
}

/* The device outlives neither its memory nor the row that was made for it. */
static void properties_part_outlives_its_chip(struct kunit *test)
{
	struct board *b = test->priv;
	struct extram *ram;

	board_put(test, "mb85rs512t", "serial-ram", 1, 20 * MHZ, &describeds[0].node);
	ram = extram_kunit_ram(&b->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	extram_sim_destroy(b->sim);
	b->sim = NULL;
	KUNIT_EXPECT_TRUE(test, extram_is_gone(ram));
	KUNIT_EXPECT_STREQ(test, ram->chip->name, "serial-ram");
	KUNIT_EXPECT_EQ(test, ram->chip->size, 64 * KIB);
	put_device(&ram->dev);
}

/* Each of these has one word that makes no sense. */
static const u32 no_opcode[] = { 0x00, 0x111, 0, 0 };
static const u32 long_opcode[] = { 0x103, 0x111, 0, 0 };
static const u32 no_width[] = { 0x03, 0x141, 0, 0 };
static const u32 half_a_dummy[] = { 0x0b, 0x111, 4, 0 };
static const u32 odd_dummy[] = { 0x03, 0x111, 0, 0, 0xeb, 0x144, 5, 0 };
static const u32 many_dummies[] = { 0x0b, 0x111, 72, 0 };
static const u32 quad_first[] = { 0xeb, 0x144, 6, 0 };
static const u32 no_way_in[] = { 0x03, 0x111, 0, 0, 0x03, 0x222, 4, 0 };
static const u32 three_words[] = { 0x03, 0x111, 0 };
static const u32 nine_commands[] = {
	3, 0x111, 0, 0, 3, 0x111, 0, 0, 3, 0x111, 0, 0, 3, 0x111, 0, 0, 3, 0x111, 0, 0,
	3, 0x111, 0, 0, 3, 0x111, 0, 0, 3, 0x111, 0, 0, 3, 0x111, 0, 0,
};

#define BAD(what, ...)	{ what, { __VA_ARGS__ } }
#define SIZE(bytes)	PROPERTY_ENTRY_U32("size", bytes)
#define WIDTH(bits)	PROPERTY_ENTRY_U32("address-width", bits)
#define READS(list)	PROPERTY_ENTRY_U32_ARRAY("extram,read-commands", list)
#define WRITES(list)	PROPERTY_ENTRY_U32_ARRAY("extram,write-commands", list)

struct bad {
	const char *what;
	struct property_entry properties[5];	/* the last one is empty */
};

static const struct bad bads[] = {
	BAD("no size", WIDTH(16)),
	BAD("no address width", SIZE(32 * KIB)),
	BAD("size 0", SIZE(0), WIDTH(16)),
	BAD("size 63", SIZE(63), WIDTH(16)),
	BAD("size over 2 GiB", SIZE(0x80000001), WIDTH(32)),
	BAD("size of two words", PROPERTY_ENTRY_U64("size", 32 * KIB), WIDTH(16)),
	BAD("size that is text", PROPERTY_ENTRY_STRING("size", "32768 bytes"), WIDTH(16)),
	BAD("address width 0", SIZE(32 * KIB), WIDTH(0)),
	BAD("address width 2", SIZE(32 * KIB), WIDTH(2)),
	BAD("address width 20", SIZE(32 * KIB), WIDTH(20)),
	BAD("address width 40", SIZE(32 * KIB), WIDTH(40)),
	BAD("256 bytes and one more by 8 bits", SIZE(257), WIDTH(8)),
	BAD("512 bytes and one more by 9 bits", SIZE(513), WIDTH(9)),
	BAD("64 KiB and one more by 16 bits", SIZE(64 * KIB + 1), WIDTH(16)),
	BAD("16 MiB and one more by 24 bits", SIZE(16384 * KIB + 1), WIDTH(24)),
	BAD("page of 1", SIZE(32 * KIB), WIDTH(16), PROPERTY_ENTRY_U32("pagesize", 1)),
	BAD("page of 48", SIZE(32 * KIB), WIDTH(16), PROPERTY_ENTRY_U32("pagesize", 48)),
	BAD("page in other words", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U32("page-size", 64)),
	BAD("mode of 9 bits", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U32("extram,mode-register", 0x140)),
	BAD("mode of a part with a latch", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U32("extram,mode-register", 0x40),
	    PROPERTY_ENTRY_BOOL("extram,write-enable")),
	BAD("opcode 0", SIZE(32 * KIB), WIDTH(16), READS(no_opcode)),
	BAD("opcode 103", SIZE(32 * KIB), WIDTH(16), READS(long_opcode)),
	BAD("width 141", SIZE(32 * KIB), WIDTH(16), READS(no_width)),
	BAD("half a dummy byte", SIZE(32 * KIB), WIDTH(16), READS(half_a_dummy)),
	BAD("dummies that are no bytes", SIZE(32 * KIB), WIDTH(16), READS(odd_dummy)),
	BAD("too many dummies", SIZE(32 * KIB), WIDTH(16), READS(many_dummies)),
	BAD("no command on one line", SIZE(32 * KIB), WIDTH(16), READS(quad_first)),
	BAD("no way to two lines", SIZE(32 * KIB), WIDTH(16), READS(no_way_in)),
	BAD("no way back from two lines", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U32("extram,enter-dual-opcode", 0x3b), READS(no_way_in)),
	BAD("three words", SIZE(32 * KIB), WIDTH(16), READS(three_words)),
	BAD("nine commands", SIZE(32 * KIB), WIDTH(16), READS(nine_commands)),
	BAD("three words to write", SIZE(32 * KIB), WIDTH(16), WRITES(three_words)),
	BAD("opcode 0 to write", SIZE(32 * KIB), WIDTH(16), WRITES(no_opcode)),
	BAD("leave by 1ff", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U32("extram,leave-opcode", 0x1ff)),
	BAD("test of what nobody writes to", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_BOOL("extram,write-test"), PROPERTY_ENTRY_BOOL("read-only")),
	BAD("gap of two words", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_U64("extram,transfer-gap-ns", 25)),
	BAD("test and no test", SIZE(32 * KIB), WIDTH(16),
	    PROPERTY_ENTRY_BOOL("extram,write-test"), PROPERTY_ENTRY_BOOL("extram,no-write-test")),
};

static void bad_name(const struct bad *b, char *desc)
{
	strscpy(desc, b->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bads, bad_name);

static void properties_without_sense(struct kunit *test)
{
	const struct bad *bad = test->param_value;
	struct extram_chip chip = extram_chip_generic;
	struct extram_sim_stats stats;
	struct board *b = test->priv;

	board_put(test, "mb85rs256b", "serial-ram", 1, 20 * MHZ,
		  board_node(test, bad->properties));
	KUNIT_EXPECT_NULL(test, extram_kunit_ram(&b->spi->dev));
	KUNIT_EXPECT_EQ(test, extram_chip_read_properties(&b->spi->dev, &chip), -EINVAL);
	/* Nobody is asked before the words make sense. */
	extram_sim_stats(b->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.selects, 0);
}

/* The largest of what makes sense. */
static void properties_at_their_limits(struct kunit *test)
{
	static const struct bad goods[] = {
		BAD("", SIZE(64), WIDTH(8)),
		BAD("", SIZE(256), WIDTH(8)),
		BAD("", SIZE(512), WIDTH(9)),
		BAD("", SIZE(64 * KIB), WIDTH(16)),
		BAD("", SIZE(16384 * KIB), WIDTH(24)),
		BAD("", SIZE(0x80000000), WIDTH(32), PROPERTY_ENTRY_U32("pagesize", 2)),
	};
	struct board *b = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(goods); i++) {
		struct extram_chip chip = extram_chip_generic;

		board_put(test, "none", "extram-kunit-none", 1, 20 * MHZ,
			  board_node(test, goods[i].properties));
		KUNIT_EXPECT_EQ(test, extram_chip_read_properties(&b->spi->dev, &chip), 0);
		extram_sim_destroy(b->sim);
		b->sim = NULL;
	}
}

/* Words about the part itself say nothing where the table has a row for it. */
static void properties_do_not_change_a_known_part(struct kunit *test)
{
	static const struct property_entry entries[] = {
		SIZE(64), WIDTH(8), PROPERTY_ENTRY_BOOL("extram,volatile"), { }
	};
	static const struct software_node node = { .properties = entries };
	struct board *b = test->priv;
	struct extram *ram;

	board_put(test, "fm25w256", "fm25w256", 1, 20 * MHZ, &node);
	ram = extram_kunit_ram(&b->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_EXPECT_EQ(test, ram->space.size, 32 * KIB);
	KUNIT_EXPECT_FALSE(test, ram->chip->flags & EXTRAM_CHIP_VOLATILE);
	put_device(&ram->dev);
}

static struct kunit_case properties_cases[] = {
	KUNIT_CASE_PARAM(properties_describe_a_part, described_gen_params),
	KUNIT_CASE(properties_mode_that_does_not_stay),
	KUNIT_CASE(properties_part_outlives_its_chip),
	KUNIT_CASE_PARAM(properties_without_sense, bad_gen_params),
	KUNIT_CASE(properties_at_their_limits),
	KUNIT_CASE(properties_do_not_change_a_known_part),
	{}
};

static struct kunit_suite properties_suite = {
	.name = "extram_properties",
	.init = board_init,
	.exit = board_exit,
	.test_cases = properties_cases,
};

kunit_test_suite(properties_suite);

MODULE_DESCRIPTION("Tests of parts that the device tree describes");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
