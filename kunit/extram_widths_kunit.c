// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the number of lines: each mix of them that part, wires and controller allow is used, the
 * best one is chosen, bytes arrive, and no clock is too many.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/property.h>
#include <linux/random.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <uapi/linux/extram.h>

#include "chips.h"
#include "client.h"
#include "compat.h"
#include "extram_kunit.h"
#include "extram_least.h"
#include "io.h"
#include "sim/sim.h"

#define MHZ	1000000
#define LEN	4096

struct widths {
	struct extram_sim *sim;
	struct extram *ram;
	struct extram_client *client;
	u8 *out;	/* LEN bytes */
	u8 *in;
	u64 at;		/* a block of LEN bytes, or of the whole part where that is less */
	size_t len;
};

static int widths_init(struct kunit *test)
{
	struct widths *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->out = kunit_kzalloc(test, LEN, GFP_KERNEL);
	w->in = kunit_kzalloc(test, LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->out);
	KUNIT_ASSERT_NOT_NULL(test, w->in);
	test->priv = w;
	return 0;
}

static void widths_down(struct kunit *test)
{
	struct widths *w = test->priv;
	struct extram_sim_stats stats;

	if (!IS_ERR_OR_NULL(w->client))
		extram_client_destroy(w->client);
	if (w->ram)
		put_device(&w->ram->dev);
	w->client = NULL;
	w->ram = NULL;
	if (IS_ERR_OR_NULL(w->sim))
		return;
	extram_sim_stats(w->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s", extram_sim_last_violation(w->sim, 0));
	extram_sim_destroy(w->sim);
	w->sim = NULL;
}

static void widths_exit(struct kunit *test)
{
	widths_down(test);
}

/* What the board has wired, from the controller to the part and back. */
static u32 widths_mode(unsigned int tx, unsigned int rx)
{
	return (tx == 4 ? SPI_TX_QUAD : tx == 2 ? SPI_TX_DUAL : 0) |
	       (rx == 4 ? SPI_RX_QUAD : rx == 2 ? SPI_RX_DUAL : 0);
}

/* A memory called @alias, and a client that holds a block of it; false when there is none. */
static bool widths_up(struct kunit *test, const char *model, const char *alias, bool mem_ops,
		      unsigned int tx, unsigned int rx, u32 hz, const struct software_node *node)
{
	const struct extram_sim_config cfg = {
		.models = { model }, .lines = 4, .mem_ops = mem_ops,
	};
	struct spi_board_info info = {
		.max_speed_hz = hz, .mode = widths_mode(tx, rx), .swnode = node,
	};
	struct extram_range range = { .flags = EXTRAM_ALLOC_KEEP };
	struct widths *w = test->priv;
	struct spi_device *spi;

	w->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(w->sim));
	KUNIT_ASSERT_GT(test, strscpy(info.modalias, alias, sizeof(info.modalias)), 0);
	spi = spi_new_device(extram_sim_controller(w->sim), &info);
	KUNIT_ASSERT_NOT_NULL(test, spi);
	w->ram = extram_kunit_ram(&spi->dev);
	if (!w->ram)
		return false;
	w->client = extram_client_create(w->ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->client));

	w->len = min_t(u64, w->ram->space.size, LEN);
	range.length = w->len;
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&w->client->owner, &range), 0);
	w->at = range.offset;
	return true;
}

/* Clocks that @len bytes took; that they arrived has been seen. */
static u64 widths_write(struct kunit *test, size_t len)
{
	struct widths *w = test->priv;
	struct extram_sim_stats before, after;

	get_random_bytes(w->out, len);
	extram_sim_stats(w->sim, 0, &before);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(w->client, w->at, w->out, len), len);
	extram_sim_stats(w->sim, 0, &after);
	KUNIT_EXPECT_EQ(test, extram_sim_peek(w->sim, 0, w->at, w->in, len), 0);
	KUNIT_EXPECT_EQ(test, memcmp(w->in, w->out, len), 0);
	return after.clocks - before.clocks;
}

static u64 widths_read(struct kunit *test, size_t len)
{
	struct widths *w = test->priv;
	struct extram_sim_stats before, after;

	get_random_bytes(w->out, len);
	KUNIT_EXPECT_EQ(test, extram_sim_poke(w->sim, 0, w->at, w->out, len), 0);
	extram_sim_stats(w->sim, 0, &before);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(w->client, w->at, w->in, len), len);
	extram_sim_stats(w->sim, 0, &after);
	KUNIT_EXPECT_EQ(test, memcmp(w->in, w->out, len), 0);
	return after.clocks - before.clocks;
}

/*
 * A part that has every mix, as the board describes it: what it is asked for by name is what it
 * gets, and the clocks are counted by hand.
 */
#define MIXES	8	/* commands of a list */

/*
 * What a part is said to know: of each command opcode, lines, dummy clocks and 0 for the clock of
 * the board; and whether there are modes of the bus.
 */
struct known {
	u32 reads[4 * MIXES];
	u32 writes[4 * MIXES];
	bool modes;
};

static const struct known all = {
	.reads = {
		0x03, 0x111, 0, 0, 0x3b, 0x112, 8, 0, 0x6b, 0x114, 8, 0, 0xbb, 0x122, 4, 0,
		0xeb, 0x144, 6, 0, 0x0b, 0x222, 4, 0, 0x0b, 0x444, 2, 0,
	},
	.writes = {
		0x02, 0x111, 0, 0, 0xa2, 0x112, 0, 0, 0x32, 0x114, 0, 0, 0xd2, 0x122, 0, 0,
		0x12, 0x144, 0, 0, 0x02, 0x222, 0, 0, 0x02, 0x444, 0, 0,
	},
	.modes = true,
};

static const struct known no_modes = {
	.reads = {
		0x03, 0x111, 0, 0, 0x3b, 0x112, 8, 0, 0x6b, 0x114, 8, 0, 0xbb, 0x122, 4, 0,
		0xeb, 0x144, 6, 0,
	},
	.writes = {
		0x02, 0x111, 0, 0, 0xa2, 0x112, 0, 0, 0x32, 0x114, 0, 0, 0xd2, 0x122, 0, 0,
		0x12, 0x144, 0, 0,
	},
};

static const struct known only_112 = {
	.reads = { 0x03, 0x111, 0, 0, 0x3b, 0x112, 8, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0xa2, 0x112, 0, 0 },
};

static const struct known only_114 = {
	.reads = { 0x03, 0x111, 0, 0, 0x6b, 0x114, 8, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0x32, 0x114, 0, 0 },
};

static const struct known only_122 = {
	.reads = { 0x03, 0x111, 0, 0, 0xbb, 0x122, 4, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0xd2, 0x122, 0, 0 },
};

static const struct known only_144 = {
	.reads = { 0x03, 0x111, 0, 0, 0xeb, 0x144, 6, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0x12, 0x144, 0, 0 },
};

static const struct known only_222 = {
	.reads = { 0x03, 0x111, 0, 0, 0x0b, 0x222, 4, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0x02, 0x222, 0, 0 },
	.modes = true,
};

static const struct known only_444 = {
	.reads = { 0x03, 0x111, 0, 0, 0x0b, 0x444, 2, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0x02, 0x444, 0, 0 },
	.modes = true,
};

static const struct known reads_114 = {
	.reads = { 0x03, 0x111, 0, 0, 0x6b, 0x114, 8, 0 },
	.writes = { 0x02, 0x111, 0, 0 },
};

static const struct known writes_144 = {
	.reads = { 0x03, 0x111, 0, 0 },
	.writes = { 0x02, 0x111, 0, 0, 0x12, 0x144, 0, 0 },
};

/* The mix that is used, and its clocks: before the data, and of a byte. */
struct mix {
	const char *what;
	const struct known *known;
	u8 tx;
	u8 rx;
	const char *shown;
	u8 read_header;
	u8 read_byte;
	u8 write_header;
	u8 write_byte;
};

static const struct mix mixes[] = {
	{ "all", &all, 1, 1, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "all", &all, 1, 2, "1-1-2 1-1-1", 40, 4, 32, 8 },
	{ "all", &all, 1, 4, "1-1-4 1-1-1", 40, 2, 32, 8 },
	{ "all", &all, 2, 1, "1-1-1 1-2-2", 32, 8, 20, 4 },
	{ "all", &all, 2, 2, "2-2-2 2-2-2", 20, 4, 16, 4 },
	{ "all", &all, 2, 4, "1-1-4 1-2-2", 40, 2, 20, 4 },
	{ "all", &all, 4, 1, "1-1-1 1-4-4", 32, 8, 14, 2 },
	{ "all", &all, 4, 2, "1-2-2 1-4-4", 24, 4, 14, 2 },
	{ "all", &all, 4, 4, "4-4-4 4-4-4", 10, 2, 8, 2 },
	{ "no bus modes", &no_modes, 2, 2, "1-2-2 1-2-2", 24, 4, 20, 4 },
	{ "no bus modes", &no_modes, 4, 4, "1-4-4 1-4-4", 20, 2, 14, 2 },
	{ "1-1-2", &only_112, 1, 1, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "1-1-2", &only_112, 2, 2, "1-1-2 1-1-2", 40, 4, 32, 4 },
	{ "1-1-2", &only_112, 4, 4, "1-1-2 1-1-2", 40, 4, 32, 4 },
	{ "1-1-4", &only_114, 2, 2, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "1-1-4", &only_114, 4, 4, "1-1-4 1-1-4", 40, 2, 32, 2 },
	{ "1-2-2", &only_122, 1, 2, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "1-2-2", &only_122, 2, 2, "1-2-2 1-2-2", 24, 4, 20, 4 },
	{ "1-4-4", &only_144, 2, 2, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "1-4-4", &only_144, 1, 4, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "1-4-4", &only_144, 4, 4, "1-4-4 1-4-4", 20, 2, 14, 2 },
	{ "2-2-2", &only_222, 1, 2, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "2-2-2", &only_222, 2, 2, "2-2-2 2-2-2", 20, 4, 16, 4 },
	{ "2-2-2", &only_222, 4, 4, "2-2-2 2-2-2", 20, 4, 16, 4 },
	{ "4-4-4", &only_444, 2, 2, "1-1-1 1-1-1", 32, 8, 32, 8 },
	{ "4-4-4", &only_444, 4, 4, "4-4-4 4-4-4", 10, 2, 8, 2 },
	{ "1-1-4 to read", &reads_114, 4, 4, "1-1-4 1-1-1", 40, 2, 32, 8 },
	{ "1-4-4 to write", &writes_144, 4, 4, "1-1-1 1-4-4", 32, 8, 14, 2 },
};

static void mix_name(const struct mix *mix, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %u lines out, %u in", mix->what, mix->tx,
		 mix->rx);
}

KUNIT_ARRAY_PARAM(mix, mixes, mix_name);

static unsigned int known_words(const u32 *list)
{
	unsigned int n = 0;

	while (n < 4 * MIXES && list[n])
		n += 4;
	return n;
}

/* The properties live as long as the test, which the device does not. */
static const struct software_node *known_node(struct kunit *test, const struct known *known)
{
	struct software_node *node = kunit_kzalloc(test, sizeof(*node), GFP_KERNEL);
	struct property_entry *properties = kunit_kcalloc(test, 9, sizeof(*properties), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_ASSERT_NOT_NULL(test, properties);
	node->properties = properties;
	*properties++ = PROPERTY_ENTRY_U32("size", 64 * 1024);
	*properties++ = PROPERTY_ENTRY_U32("address-width", 24);
	*properties++ = PROPERTY_ENTRY_BOOL("extram,volatile");
	*properties++ = PROPERTY_ENTRY_U32_ARRAY_LEN("extram,read-commands", known->reads,
						     known_words(known->reads));
	*properties++ = PROPERTY_ENTRY_U32_ARRAY_LEN("extram,write-commands", known->writes,
						     known_words(known->writes));
	if (known->modes) {
		*properties++ = PROPERTY_ENTRY_U32("extram,enter-dual-opcode", 0x37);
		*properties++ = PROPERTY_ENTRY_U32("extram,enter-quad-opcode", 0x35);
		*properties++ = PROPERTY_ENTRY_U32("extram,leave-opcode", 0xff);
	}
	return node;
}

static void widths_of_a_described_part(struct kunit *test)
{
	const struct mix *mix = test->param_value;
	const struct software_node *node = known_node(test, mix->known);
	struct widths *w = test->priv;
	unsigned int mem_ops;

	for (mem_ops = 0; mem_ops < 2; mem_ops++) {
		KUNIT_ASSERT_TRUE(test, widths_up(test, "mixed-lines", "serial-ram", mem_ops,
						  mix->tx, mix->rx, 40 * MHZ, node));
		KUNIT_EXPECT_STREQ(test, extram_kunit_show(test, w->ram, "width"), mix->shown);
		KUNIT_EXPECT_EQ(test, widths_read(test, 1), mix->read_header + mix->read_byte);
		KUNIT_EXPECT_EQ(test, widths_write(test, 1), mix->write_header + mix->write_byte);
		KUNIT_EXPECT_EQ(test, widths_read(test, 100),
				mix->read_header + 100 * mix->read_byte);
		KUNIT_EXPECT_EQ(test, widths_write(test, 100),
				mix->write_header + 100 * mix->write_byte);
		KUNIT_EXPECT_EQ(test, widths_read(test, LEN),
				mix->read_header + LEN * mix->read_byte);
		KUNIT_EXPECT_EQ(test, widths_write(test, LEN),
				mix->write_header + LEN * mix->write_byte);
		widths_down(test);
	}
}

/* Every part of the table on every kind of wires. */
static EXTRAM_KUNIT_GENERATOR(row_gen_params)
{
	const struct extram_part *part = extram_kunit_next_row(prev);

	if (part)
		strscpy(desc, part->name, KUNIT_PARAM_DESC_SIZE);
	return part;
}

static const struct {
	u8 tx;
	u8 rx;
} wires[] = {
	{ 1, 1 }, { 1, 2 }, { 1, 4 }, { 2, 1 }, { 2, 2 }, { 2, 4 }, { 4, 1 }, { 4, 2 }, { 4, 4 },
};

static bool widths_usable(const struct extram_chip *chip, const struct extram_op *op, bool write,
			  bool mem_ops, unsigned int tx, unsigned int rx)
{
	/* How long chip select is low between two transfers of a message nobody knows. */
	if (chip->tcem_ns && !mem_ops && op->width != 0x111 &&
	    !(write && EXTRAM_WIDTH_COMMAND(op->width) == EXTRAM_WIDTH_DATA(op->width)))
		return false;
	return EXTRAM_WIDTH_COMMAND(op->width) <= min(tx, rx) &&
	       EXTRAM_WIDTH_ADDR(op->width) <= tx &&
	       EXTRAM_WIDTH_DATA(op->width) <= (write ? tx : rx);
}

/* Picoseconds of the best command of a list that comes on @lines, U64_MAX when there is none. */
static u64 widths_best(const struct extram_chip *chip, bool write, bool mem_ops, unsigned int tx,
		       unsigned int rx, unsigned int lines)
{
	const struct extram_op *op = write ? chip->writes : chip->reads;
	size_t len = min_t(u32, chip->size, LEN);
	u64 best = U64_MAX;

	for (; op->opcode; op++) {
		u64 clocks;

		if (EXTRAM_WIDTH_COMMAND(op->width) != lines ||
		    !widths_usable(chip, op, write, mem_ops, tx, rx))
			continue;
		clocks = least_clocks(chip, 0, op, write, op->max_hz, 0, len);
		if (clocks != U64_MAX)
			best = min(best, div_u64(clocks * 1000000, op->max_hz / 1000000));
	}
	return best;
}

/* The same of both lists. */
static u64 widths_best_pair(const struct extram_chip *chip, bool mem_ops, unsigned int tx,
			    unsigned int rx)
{
	u64 best = U64_MAX;
	unsigned int lines;

	for (lines = 1; lines <= 4; lines *= 2) {
		u64 read = widths_best(chip, false, mem_ops, tx, rx, lines);
		u64 write = widths_best(chip, true, mem_ops, tx, rx, lines);

		if (read != U64_MAX && write != U64_MAX)
			best = min(best, read + write);
	}
	return best;
}

/* Bytes move in the least clocks of the command that is used; answers how long they take. */
static u64 widths_way(struct kunit *test, bool write, u16 width, u32 hz)
{
	struct widths *w = test->priv;
	const struct extram_chip *chip = w->ram->chip;
	const struct extram_op *op;
	u64 clocks, least;

	op = least_op(write ? chip->writes : chip->reads, width, hz);
	KUNIT_ASSERT_NOT_NULL(test, op);
	least = least_clocks(chip, 0, op, write, hz, w->at, w->len);
	clocks = write ? widths_write(test, w->len) : widths_read(test, w->len);
	/* The end of a write may have to be asked for again. */
	if (!(write && chip->busy))
		KUNIT_EXPECT_EQ_MSG(test, clocks, least, "%s, %x", chip->name, width);
	return div_u64(least * 1000000, hz / 1000000);
}

static void widths_of_a_row(struct kunit *test)
{
	static const struct property_entry exact[] = {
		PROPERTY_ENTRY_BOOL("extram,exact-clock"), { }
	};
	static const struct software_node node = { .properties = exact };
	const struct extram_part *part = test->param_value;
	struct widths *w = test->priv;
	struct extram_io_facts facts;
	unsigned int i, mem_ops;
	char shown[16];
	u64 took;

	for (i = 0; i < 2 * ARRAY_SIZE(wires); i++) {
		unsigned int tx = wires[i / 2].tx, rx = wires[i / 2].rx;

		mem_ops = i & 1;
		KUNIT_ASSERT_TRUE(test, widths_up(test, part->name, part->name, mem_ops, tx, rx,
						  200 * MHZ, &node));
		extram_io_facts(w->ram->gate.io, &facts);
		snprintf(shown, sizeof(shown), "%x-%x-%x %x-%x-%x", facts.read_width >> 8,
			 facts.read_width >> 4 & 15, facts.read_width & 15,
			 facts.write_width >> 8, facts.write_width >> 4 & 15,
			 facts.write_width & 15);
		KUNIT_EXPECT_STREQ(test, extram_kunit_show(test, w->ram, "width"), shown);
		took = widths_way(test, true, facts.write_width, facts.write_hz) +
		       widths_way(test, false, facts.read_width, facts.read_hz);
		/* With one clock for all commands what is best is another question. */
		if (!mem_ops || EXTRAM_HAS_MEM_OP_HZ)
			KUNIT_EXPECT_EQ_MSG(test, took,
					    widths_best_pair(part->chip, mem_ops, tx, rx),
					    "%s on %u and %u lines: %s", part->name, tx, rx, shown);
		widths_down(test);
	}
}

static struct kunit_case widths_cases[] = {
	KUNIT_CASE_PARAM(widths_of_a_described_part, mix_gen_params),
	KUNIT_CASE_PARAM(widths_of_a_row, row_gen_params),
	{}
};

static struct kunit_suite widths_suite = {
	.name = "extram_widths",
	.init = widths_init,
	.exit = widths_exit,
	.test_cases = widths_cases,
};

kunit_test_suite(widths_suite);

MODULE_DESCRIPTION("Tests of how many lines extram uses");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
