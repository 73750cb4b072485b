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
#include "sim/sim.h"

/* A regulator for whoever asks for "vcc", and what became of it. */
struct supply_fixture {
	struct device *parent;
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
	static const struct extram_sim_config cfg = { .models = { "23lc1024" } };
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
	KUNIT_ASSERT_FALSE(test, IS_ERR(devm_regulator_register(f->parent, &supply_desc,
								&config)));
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

static struct kunit_case supply_cases[] = {
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
