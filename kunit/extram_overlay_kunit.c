// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the way from a device tree overlay to a working memory: the overlay of the simulator, as
 * it is shipped in dts-overlays/, is applied and removed while the kernel runs.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include <linux/of_platform.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "extram_overlay_dtbo.h"

#define SIM_COMPATIBLE	"extram,sim-spi"

struct overlay_fixture {
	int id;
	bool applied;
};

static int overlay_apply(struct kunit *test)
{
	struct overlay_fixture *f = test->priv;
	int err;

	err = extram_of_overlay_apply(extram_sim_dtbo, extram_sim_dtbo_end - extram_sim_dtbo,
				      &f->id);
	f->applied = !err;
	return err;
}

static void overlay_remove(struct kunit *test)
{
	struct overlay_fixture *f = test->priv;

	if (f->applied)
		KUNIT_EXPECT_EQ(test, of_overlay_remove(&f->id), 0);
	f->applied = false;
}

static int overlay_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct overlay_fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	/* Devices of nodes at the root appear only where somebody has filled it at boot. */
	if (!of_node_check_flag(of_root, OF_POPULATED_BUS))
		KUNIT_ASSERT_EQ(test, of_platform_default_populate(NULL, NULL, NULL), 0);
	KUNIT_ASSERT_EQ(test, overlay_apply(test), 0);
	return 0;
}

static void overlay_exit(struct kunit *test)
{
	overlay_remove(test);
}

/* The memory on the node with this compatible, or NULL. The caller puts its device. */
static struct extram *overlay_ram(const char *compatible)
{
	struct device_node *np = of_find_compatible_node(NULL, NULL, compatible);
	struct extram *ram;
	struct device *spi;

	if (!np)
		return NULL;
	spi = bus_find_device_by_of_node(&spi_bus_type, np);
	of_node_put(np);
	if (!spi)
		return NULL;
	ram = extram_kunit_ram(spi);
	put_device(spi);
	return ram;
}

/* Every chip in the overlay has become a memory of its part's size. */
static void overlay_probes_every_chip(struct kunit *test)
{
	struct device_node *sim = of_find_compatible_node(NULL, NULL, SIM_COMPATIBLE);
	struct device_node *child;
	unsigned int chips = 0;

	KUNIT_ASSERT_NOT_NULL(test, sim);
	for_each_available_child_of_node(sim, child) {
		const char *compatible = NULL;
		struct extram *ram;

		KUNIT_ASSERT_EQ(test, of_property_read_string(child, "compatible", &compatible), 0);
		ram = overlay_ram(compatible);
		KUNIT_EXPECT_NOT_NULL_MSG(test, ram, "%s", compatible);
		if (!ram)
			continue;
		KUNIT_EXPECT_STREQ(test, ram->chip->name, strchr(compatible, ',') + 1);
		KUNIT_EXPECT_EQ(test, ram->space.size, (u64)ram->chip->size);
		put_device(&ram->dev);
		chips++;
	}
	of_node_put(sim);
	KUNIT_EXPECT_GE(test, chips, 2);
}

/* Bytes go through the whole house, from a client to the chip and back. */
static void overlay_bytes_come_back(struct kunit *test)
{
	struct extram *ram = overlay_ram("apmemory,aps6404l");
	struct extram_client *client;
	const size_t len = 10000;
	u8 *out = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *in = kunit_kzalloc(test, len, GFP_KERNEL);
	struct extram_range range = { .length = len };

	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_NOT_NULL(test, in);
	client = extram_client_create(ram);
	put_device(&ram->dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));

	get_random_bytes(out, len);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, len), len);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, len), len);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, len), 0);
	extram_client_destroy(client);
}

/* Unplugged under an open client: every use fails, and closing works. */
static void overlay_removed_under_a_client(struct kunit *test)
{
	struct extram *ram = overlay_ram("microchip,23lc1024");
	struct extram_client *client;
	struct extram_range range = { .length = 1 };
	u8 byte = 1;

	KUNIT_ASSERT_NOT_NULL(test, ram);
	client = extram_client_create(ram);
	put_device(&ram->dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, &byte, 1), 1);

	overlay_remove(test);
	KUNIT_EXPECT_TRUE(test, extram_is_gone(ram));
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, &byte, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, &byte, 1), -ENODEV);
	KUNIT_EXPECT_PTR_EQ(test, extram_client_create(ram), (struct extram_client *)
			    ERR_PTR(-ENODEV));
	extram_client_destroy(client);
}

static void overlay_removed_leaves_nothing(struct kunit *test)
{
	struct extram *ram = overlay_ram("microchip,23lc1024");

	KUNIT_ASSERT_NOT_NULL(test, ram);
	put_device(&ram->dev);
	overlay_remove(test);
	KUNIT_EXPECT_NULL(test, overlay_ram("microchip,23lc1024"));
	KUNIT_EXPECT_NULL(test, of_find_compatible_node(NULL, NULL, SIM_COMPATIBLE));
}

static void overlay_applies_again(struct kunit *test)
{
	struct extram *ram;

	overlay_remove(test);
	KUNIT_ASSERT_EQ(test, overlay_apply(test), 0);
	ram = overlay_ram("microchip,23lc1024");
	KUNIT_ASSERT_NOT_NULL(test, ram);
	put_device(&ram->dev);
}

static struct kunit_case overlay_cases[] = {
	KUNIT_CASE(overlay_probes_every_chip),
	KUNIT_CASE(overlay_bytes_come_back),
	KUNIT_CASE(overlay_removed_under_a_client),
	KUNIT_CASE(overlay_removed_leaves_nothing),
	KUNIT_CASE(overlay_applies_again),
	{}
};

static struct kunit_suite overlay_suite = {
	.name = "extram_overlay",
	.init = overlay_init,
	.exit = overlay_exit,
	.test_cases = overlay_cases,
};

kunit_test_suite(overlay_suite);

MODULE_DESCRIPTION("Tests of extram from an overlay to bytes");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
