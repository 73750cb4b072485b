// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a chip with a supply: it is on while the driver has the chip, and a chip whose supply
 * fails is none. The regulator is made here and can be told to fail; the chip is simulated.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/regulator/driver.h>
#include <linux/regulator/machine.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "power.h"
#include "sim/sim.h"
#include "spi.h"

/*
 * A regulator for whoever asks for "vcc", and what became of it. The second chip can be asked
 * nothing that it would answer: it has no ID, no mode register and no status.
 */
struct supply_fixture {
	struct device *parent;
	struct regulator_dev *rdev;
	struct extram_sim *sim;
	bool on;
	int fails;	/* what switching it on answers */
	unsigned int switched_on;
	unsigned int switched_off;
};

static int supply_enable(struct regulator_dev *rdev)
{
	struct supply_fixture *f = rdev_get_drvdata(rdev);

	if (f->fails)
		return f->fails;
	f->on = true;
	f->switched_on++;
	return 0;
}

static int supply_disable(struct regulator_dev *rdev)
{
	struct supply_fixture *f = rdev_get_drvdata(rdev);

	f->on = false;
	f->switched_off++;
	return 0;
}

static int supply_is_enabled(struct regulator_dev *rdev)
{
	struct supply_fixture *f = rdev_get_drvdata(rdev);

	return f->on;
}

static const struct regulator_ops supply_ops = {
	.enable = supply_enable,
	.disable = supply_disable,
	.is_enabled = supply_is_enabled,
};

static const struct regulator_desc supply_desc = {
	.name = "extram-supply",
	.ops = &supply_ops,
	.type = REGULATOR_VOLTAGE,
	.owner = THIS_MODULE,
};

static struct regulator_consumer_supply supply_consumers[] = {
	REGULATOR_SUPPLY("vcc", NULL),
};

static const struct regulator_init_data supply_init_data = {
	.constraints.valid_ops_mask = REGULATOR_CHANGE_STATUS,
	.num_consumer_supplies = ARRAY_SIZE(supply_consumers),
	.consumer_supplies = supply_consumers,
};

static int supply_init(struct kunit *test)
{
	static const struct extram_sim_config cfg = { .models = { "23lc1024", "23aa02m" } };
	struct supply_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct regulator_config config = {
		.init_data = &supply_init_data,
		.driver_data = f,
	};

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->parent = extram_kunit_root("extram-supply");
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->parent));
	config.dev = f->parent;
	f->rdev = devm_regulator_register(f->parent, &supply_desc, &config);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->rdev));
	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	return 0;
}

static void supply_exit(struct kunit *test)
{
	struct supply_fixture *f = test->priv;

	if (!f)
		return;
	if (!IS_ERR_OR_NULL(f->sim))
		extram_sim_destroy(f->sim);
	if (!IS_ERR_OR_NULL(f->parent))
		root_device_unregister(f->parent);
	KUNIT_EXPECT_FALSE(test, f->on);
	KUNIT_EXPECT_EQ(test, f->switched_on, f->switched_off);
}

static struct spi_device *supply_add_chip(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct spi_device *spi = extram_sim_add_device(f->sim, 0, "23lc1024", 20000000);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	return spi;
}

/* Whether the driver made a memory of the chip. */
static bool supply_has_ram(struct spi_device *spi)
{
	struct extram *ram = extram_kunit_ram(&spi->dev);

	if (ram)
		put_device(&ram->dev);
	return ram;
}

static void supply_is_on_while_bound(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct spi_device *spi = supply_add_chip(test);

	KUNIT_EXPECT_TRUE(test, supply_has_ram(spi));
	KUNIT_EXPECT_TRUE(test, f->on);

	device_release_driver(&spi->dev);
	KUNIT_EXPECT_FALSE(test, f->on);
	KUNIT_EXPECT_FALSE(test, supply_has_ram(spi));

	KUNIT_EXPECT_EQ(test, device_attach(&spi->dev), 1);
	KUNIT_EXPECT_TRUE(test, f->on);
	KUNIT_EXPECT_TRUE(test, supply_has_ram(spi));
}

/* No memory, no trace, and the next try works once the supply does. */
static void supply_that_does_not_come_on(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct spi_device *spi;

	f->fails = -EIO;
	spi = supply_add_chip(test);
	KUNIT_EXPECT_NULL(test, spi->dev.driver);
	KUNIT_EXPECT_FALSE(test, supply_has_ram(spi));
	KUNIT_EXPECT_EQ(test, f->switched_on, 0);

	f->fails = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, device_attach(&spi->dev), 0);
	KUNIT_EXPECT_FALSE(test, supply_has_ram(spi));

	f->fails = 0;
	KUNIT_EXPECT_EQ(test, device_attach(&spi->dev), 1);
	KUNIT_EXPECT_TRUE(test, supply_has_ram(spi));
}

/* A probe that fails behind the supply gives it back. */
static void supply_is_given_back_by_a_failed_probe(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct spi_device *spi = supply_add_chip(test);

	device_release_driver(&spi->dev);
	extram_sim_fail(f->sim, 1, 1000000, -EIO);
	KUNIT_EXPECT_EQ(test, device_attach(&spi->dev), 0);
	KUNIT_EXPECT_FALSE(test, supply_has_ram(spi));
	KUNIT_EXPECT_FALSE(test, f->on);
	KUNIT_EXPECT_EQ(test, f->switched_on, 2);

	extram_sim_fail(f->sim, 1, 0, -EIO);
	KUNIT_EXPECT_EQ(test, device_attach(&spi->dev), 1);
	KUNIT_EXPECT_TRUE(test, supply_has_ram(spi));
}

static u32 supply_selects(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct extram_sim_stats stats;

	extram_sim_stats(f->sim, 1, &stats);
	return stats.selects;
}

/* A chip that takes any command is not used before its supply is known to be back. */
static void supply_must_be_back(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct spi_device *spi = extram_sim_add_device(f->sim, 1, "23aa02m", 20000000);
	struct extram_range range = { .length = 64 };
	struct extram_client *client;
	struct extram *ram;
	u8 out[64], in[64];
	unsigned int i;
	u32 selects;

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	ram = extram_kunit_ram(&spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	client = extram_client_create(ram);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	get_random_bytes(out, sizeof(out));
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, 64), 64);

	regulator_notifier_call_chain(f->rdev, REGULATOR_EVENT_FORCE_DISABLE |
				      REGULATOR_EVENT_PRE_DISABLE, NULL);
	f->on = false;
	extram_sim_power_cycle(f->sim, 1);
	regulator_notifier_call_chain(f->rdev, REGULATOR_EVENT_FORCE_DISABLE |
				      REGULATOR_EVENT_DISABLE, NULL);
	selects = supply_selects(test);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, 64), -EIO);
		KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, 64), -EIO);
		ram->gate.retry = 0;
	}
	KUNIT_EXPECT_EQ(test, supply_selects(test), selects);

	f->on = true;
	ram->gate.retry = 0;
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, 64), -EIO);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, 64), 64);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, 64), 64);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, 64), 0);
	extram_client_destroy(client);
	put_device(&ram->dev);
}

/* What went before anybody listened is found out. */
static void supply_goes_before_it_is_listened_to(struct kunit *test)
{
	struct supply_fixture *f = test->priv;
	struct extram_spi *priv = spi_get_drvdata(supply_add_chip(test));
	u32 i;

	for (i = 0; i < 2; i++) {
		extram_power_stop(priv);
		f->on = !i;
		KUNIT_EXPECT_EQ(test, extram_power_start(priv), 0);
		KUNIT_EXPECT_EQ(test, priv->ram->space.epoch, i);
	}
	f->on = true;
}

static struct kunit_case supply_cases[] = {
	KUNIT_CASE(supply_must_be_back),
	KUNIT_CASE(supply_goes_before_it_is_listened_to),
	KUNIT_CASE(supply_is_on_while_bound),
	KUNIT_CASE(supply_that_does_not_come_on),
	KUNIT_CASE(supply_is_given_back_by_a_failed_probe),
	{}
};

static struct kunit_suite supply_suite = {
	.name = "extram_supply",
	.init = supply_init,
	.exit = supply_exit,
	.test_cases = supply_cases,
};

kunit_test_suite(supply_suite);

MODULE_DESCRIPTION("Tests of extram on chips with a supply");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
