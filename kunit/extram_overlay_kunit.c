// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the way from a device tree overlay to a working memory: the overlay of the simulator, as
 * it is shipped in dts-overlays/, is applied and removed while the kernel runs.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
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

/*
 * A tree with nothing in it, for machines that have none. Newer kernels make one by themselves.
 */
static void overlay_plant_tree(struct kunit *test)
{
	static const __be32 empty[] __aligned(8) = {
		cpu_to_be32(0xd00dfeed),	/* magic */
		cpu_to_be32(18 * 4),		/* size of all */
		cpu_to_be32(14 * 4),		/* where the nodes are, ... */
		cpu_to_be32(18 * 4),		/* the strings (none), ... */
		cpu_to_be32(10 * 4),		/* and what is reserved */
		cpu_to_be32(17), cpu_to_be32(16),	/* version, and compatible with */
		0, 0, cpu_to_be32(4 * 4),	/* boot CPU, sizes of strings and nodes */
		0, 0, 0, 0,			/* nothing is reserved */
		cpu_to_be32(1), 0,	/* a node without a name begins */
		cpu_to_be32(2), cpu_to_be32(9),	/* and ends, as does the tree */
	};
	struct device_node *root = NULL;

	if (of_root)
		return;
	KUNIT_ASSERT_NOT_NULL(test, of_fdt_unflatten_tree((const unsigned long *)empty, NULL,
							  &root));
	/* Children appear in sysfs below it. */
	KUNIT_ASSERT_EQ(test, kobject_add(&root->kobj, NULL, "extram-kunit-tree"), 0);
	of_root = root;
}

static int overlay_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct overlay_fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	overlay_plant_tree(test);
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

static void overlay_bytes_come_back(struct kunit *test)
{
	struct extram *ram = overlay_ram("apmemory,aps6404l");

	KUNIT_ASSERT_NOT_NULL(test, ram);
	extram_kunit_round_trip(test, ram);
	put_device(&ram->dev);
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
