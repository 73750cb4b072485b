// SPDX-License-Identifier: GPL-2.0-only
/*
 * A check from outside: mainline's own drivers for such chips, unchanged, on the simulated ones.
 * What one driver writes the other one reads, on the same chip, and neither breaks a rule.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mtd/mtd.h>
#include <linux/nvmem-consumer.h>
#include <linux/property.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <uapi/linux/extram.h>

#include "compat.h"
#include "extram_kunit.h"
#include "sim/sim.h"

#define LEN	5000	/* more than a page of anybody */

struct peers {
	struct extram_sim *sim;
	struct spi_device *spi;
	u8 *out;
	u8 *in;
};

static int peers_init(struct kunit *test)
{
	struct peers *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->out = kunit_kzalloc(test, LEN, GFP_KERNEL);
	p->in = kunit_kzalloc(test, LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->out);
	KUNIT_ASSERT_NOT_NULL(test, p->in);
	test->priv = p;
	return 0;
}

static void peers_exit(struct kunit *test)
{
	struct peers *p = test->priv;
	struct extram_sim_stats stats;

	if (IS_ERR_OR_NULL(p->sim))
		return;
	extram_sim_stats(p->sim, 0, &stats);
	KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
			    extram_sim_last_violation(p->sim, 0));
	extram_sim_destroy(p->sim);
}

static void peers_chip(struct kunit *test, const char *model)
{
	struct extram_sim_config cfg = { .models = { model } };
	struct peers *p = test->priv;

	p->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(p->sim));
}

/* Gives the chip to the driver of @alias; a driver that had it before has lost it. */
static void peers_bind(struct kunit *test, const char *alias, const struct software_node *node)
{
	struct spi_board_info info = { .max_speed_hz = 20000000, .swnode = node };
	struct peers *p = test->priv;

	if (p->spi)
		spi_unregister_device(p->spi);
	strscpy(info.modalias, alias, sizeof(info.modalias));
	p->spi = spi_new_device(extram_sim_controller(p->sim), &info);
	KUNIT_ASSERT_NOT_NULL(test, p->spi);
	KUNIT_ASSERT_NOT_NULL_MSG(test, p->spi->dev.driver, "no driver takes %s", alias);
}

/* Moves bytes at @at by extram. */
static void peers_extram(struct kunit *test, const char *alias, u64 at, u8 *buf, bool write)
{
	struct extram_range range = {
		.offset = at, .length = LEN, .flags = EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP,
	};
	struct peers *p = test->priv;
	struct extram_client *client;
	struct extram *ram;

	peers_bind(test, alias, NULL);
	ram = extram_kunit_ram(&p->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	client = extram_client_create(ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, write ? extram_kunit_write(client, at, buf, LEN) :
				      extram_kunit_read(client, at, buf, LEN), LEN);
	extram_client_destroy(client);
	put_device(&ram->dev);
}

static void peers_mtd(struct kunit *test, const char *alias, u64 at, u8 *buf, bool write)
{
	struct mtd_info *mtd, *found = NULL;
	struct peers *p = test->priv;
	size_t done = 0;
	int i;

	peers_bind(test, alias, NULL);
	for (i = 0; i < 16 && !found; i++) {
		mtd = get_mtd_device(NULL, i);
		if (IS_ERR(mtd))
			continue;
		if (mtd->dev.parent == &p->spi->dev)
			found = mtd;
		else
			put_mtd_device(mtd);
	}
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_EXPECT_EQ(test, write ? mtd_write(found, at, LEN, &done, buf) :
				      mtd_read(found, at, LEN, &done, buf), 0);
	KUNIT_EXPECT_EQ(test, done, LEN);
	put_mtd_device(found);
}

static int peers_is_nvmem(struct device *dev, const void *spi)
{
	return dev->parent == spi;
}

/* What at25 is told of a part that has no ID, and of one that it asks. */
static const struct property_entry at25_properties[] = {
	PROPERTY_ENTRY_U32("size", 128 * 1024), PROPERTY_ENTRY_U32("pagesize", 256),
	PROPERTY_ENTRY_U32("address-width", 24), { }
};

static const struct property_entry fm25_properties[] = {
	PROPERTY_ENTRY_STRING("compatible", "cypress,fm25"), { }
};

static const struct software_node at25_node = { .properties = at25_properties };
static const struct software_node fm25_node = { .properties = fm25_properties };

static void peers_at25(struct kunit *test, const struct software_node *node, u64 at, u8 *buf,
		       bool write)
{
	struct peers *p = test->priv;
	struct nvmem_device *nvmem;

	peers_bind(test, node == &fm25_node ? "fm25" : "at25", node);
	/* Linux 7 asks every part for a serial number, also those whose ID says they have none. */
	if (node == &fm25_node)
		extram_sim_reset_stats(p->sim, 0);
	nvmem = nvmem_device_find(&p->spi->dev, peers_is_nvmem);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(nvmem));
	KUNIT_EXPECT_GE(test, write ? nvmem_device_write(nvmem, at, LEN, buf) :
				      nvmem_device_read(nvmem, at, LEN, buf), 0);
	nvmem_device_put(nvmem);
}

/* The parts that mchp23k256 knows. */
static const struct peers_sram {
	const char *part;
	const char *alias;
} srams[] = {
	{ "23k256", "mchp23k256" },
	{ "23lc1024", "mchp23lcv1024" },
};

static void sram_name(const struct peers_sram *sram, char *desc)
{
	strscpy(desc, sram->part, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sram, srams, sram_name);

static void peers_mchp23k256_reads_extram(struct kunit *test)
{
	const struct peers_sram *sram = test->param_value;
	struct peers *p = test->priv;

	peers_chip(test, sram->part);
	get_random_bytes(p->out, LEN);
	peers_extram(test, sram->part, 4096, p->out, true);
	peers_mtd(test, sram->alias, 4096, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static void peers_extram_reads_mchp23k256(struct kunit *test)
{
	const struct peers_sram *sram = test->param_value;
	struct peers *p = test->priv;

	peers_chip(test, sram->part);
	get_random_bytes(p->out, LEN);
	peers_mtd(test, sram->alias, 8192, p->out, true);
	peers_extram(test, sram->part, 8192, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static void peers_at25_reads_extram(struct kunit *test)
{
	struct peers *p = test->priv;

	peers_chip(test, "mb85rs1mt");
	get_random_bytes(p->out, LEN);
	peers_extram(test, "mb85rs1mt", 65536 - 16, p->out, true);
	peers_at25(test, &at25_node, 65536 - 16, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static void peers_extram_reads_at25(struct kunit *test)
{
	struct peers *p = test->priv;

	peers_chip(test, "mb85rs1mt");
	get_random_bytes(p->out, LEN);
	peers_at25(test, &at25_node, 65536 - 16, p->out, true);
	peers_extram(test, "mb85rs1mt", 65536 - 16, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

/* Parts whose ID tells at25 their size, in KiB. */
static const struct peers_fram {
	const char *part;
	unsigned int kib;
} frams[] = {
	{ "fm25v02", 32 },
	{ "fm25v10", 128 },
	{ "cy15b104q", 512 },
};

static void fram_name(const struct peers_fram *fram, char *desc)
{
	strscpy(desc, fram->part, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fram, frams, fram_name);

/* The last bytes of the part: whoever takes it for a smaller one does not reach them. */
static void peers_at25_knows_the_id(struct kunit *test)
{
	const struct peers_fram *fram = test->param_value;
	u64 at = fram->kib * 1024 - LEN;
	struct peers *p = test->priv;

	peers_chip(test, fram->part);
	get_random_bytes(p->out, LEN);
	peers_extram(test, fram->part, round_down(at, 64), p->out, true);
	peers_at25(test, &fm25_node, round_down(at, 64), p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static struct kunit_case peers_cases[] = {
	KUNIT_CASE_PARAM(peers_mchp23k256_reads_extram, sram_gen_params),
	KUNIT_CASE_PARAM(peers_extram_reads_mchp23k256, sram_gen_params),
	KUNIT_CASE(peers_at25_reads_extram),
	KUNIT_CASE(peers_extram_reads_at25),
	KUNIT_CASE_PARAM(peers_at25_knows_the_id, fram_gen_params),
	{}
};

static struct kunit_suite peers_suite = {
	.name = "extram_peers",
	.init = peers_init,
	.exit = peers_exit,
	.test_cases = peers_cases,
};

kunit_test_suite(peers_suite);

MODULE_DESCRIPTION("Mainline's drivers on extram's simulated chips");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
