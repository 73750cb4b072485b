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

static void peers_at25(struct kunit *test, u64 at, u8 *buf, bool write)
{
	static const struct property_entry properties[] = {
		PROPERTY_ENTRY_U32("size", 128 * 1024), PROPERTY_ENTRY_U32("pagesize", 256),
		PROPERTY_ENTRY_U32("address-width", 24), { }
	};
	static const struct software_node node = { .properties = properties };
	struct peers *p = test->priv;
	struct nvmem_device *nvmem;

	peers_bind(test, "at25", &node);
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
	peers_at25(test, 65536 - 16, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static void peers_extram_reads_at25(struct kunit *test)
{
	struct peers *p = test->priv;

	peers_chip(test, "mb85rs1mt");
	get_random_bytes(p->out, LEN);
	peers_at25(test, 65536 - 16, p->out, true);
	peers_extram(test, "mb85rs1mt", 65536 - 16, p->in, false);
	KUNIT_EXPECT_EQ(test, memcmp(p->in, p->out, LEN), 0);
}

static struct kunit_case peers_cases[] = {
	KUNIT_CASE_PARAM(peers_mchp23k256_reads_extram, sram_gen_params),
	KUNIT_CASE_PARAM(peers_extram_reads_mchp23k256, sram_gen_params),
	KUNIT_CASE(peers_at25_reads_extram),
	KUNIT_CASE(peers_extram_reads_at25),
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
