// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the interface for other drivers: finding a memory, using it, and outliving it.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/extram.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "extram_kunit.h"
#include "io.h"
#include "sim/sim.h"

#define LEN	(2 * EXTRAM_IO_CHUNK + 100)

static const struct software_node sram_node = { .name = "extram-kunit-sram" };
static const struct software_node fram_node = { .name = "extram-kunit-fram" };
static const struct software_node later_node = { .name = "extram-kunit-later" };

/* Two memories on a controller, and the device of a driver that wants them. */
struct kernel_fixture {
	struct extram_sim *sim;
	struct device *user;
	struct extram_client *client;
	u8 *out;	/* LEN bytes */
	u8 *in;
};

static void kernel_add(struct kunit *test, unsigned int cs, const char *part,
		       const struct software_node *node)
{
	struct kernel_fixture *f = test->priv;
	struct spi_device *spi = extram_sim_add_device(f->sim, cs, part, 20000000);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(spi));
	KUNIT_ASSERT_EQ(test, device_add_software_node(&spi->dev, node), 0);
}

static int kernel_init(struct kunit *test)
{
	static const struct extram_sim_config cfg = { .models = { "23lc1024", "mb85rs1mt" } };
	static const char * const names[] = { "fast", "kept", "later" };
	const struct software_node_ref_args refs[] = {
		SOFTWARE_NODE_REFERENCE(&sram_node),
		SOFTWARE_NODE_REFERENCE(&fram_node),
		SOFTWARE_NODE_REFERENCE(&later_node),
	};
	const struct property_entry properties[] = {
		PROPERTY_ENTRY_REF_ARRAY("extram", refs),
		PROPERTY_ENTRY_STRING_ARRAY("extram-names", names),
		{ }
	};
	struct kernel_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	f->out = kunit_kzalloc(test, LEN, GFP_KERNEL);
	f->in = kunit_kzalloc(test, LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->out);
	KUNIT_ASSERT_NOT_NULL(test, f->in);
	memset(f->out, 0x3c, LEN);

	KUNIT_ASSERT_EQ(test, software_node_register(&sram_node), 0);
	KUNIT_ASSERT_EQ(test, software_node_register(&fram_node), 0);
	KUNIT_ASSERT_EQ(test, software_node_register(&later_node), 0);
	f->sim = extram_sim_create(&cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(f->sim));
	kernel_add(test, 0, "23lc1024", &sram_node);
	kernel_add(test, 1, "mb85rs1mt", &fram_node);

	f->user = extram_kunit_root("extram-kunit-user");
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->user));
	KUNIT_ASSERT_EQ(test, device_create_managed_software_node(f->user, properties, NULL), 0);
	return 0;
}

static void kernel_unplug(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct extram_sim_stats stats;
	unsigned int cs;

	if (IS_ERR_OR_NULL(f->sim))
		return;
	for (cs = 0; cs < 2; cs++) {
		extram_sim_stats(f->sim, cs, &stats);
		KUNIT_EXPECT_EQ_MSG(test, stats.violations, 0, "%s",
				    extram_sim_last_violation(f->sim, cs));
	}
	extram_sim_destroy(f->sim);
	f->sim = NULL;
}

static void kernel_exit(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;

	extram_put(f->client);
	kernel_unplug(test);
	if (!IS_ERR_OR_NULL(f->user))
		root_device_unregister(f->user);
	software_node_unregister(&later_node);
	software_node_unregister(&fram_node);
	software_node_unregister(&sram_node);
}

static void kernel_get(struct kunit *test, const char *name)
{
	struct kernel_fixture *f = test->priv;

	f->client = extram_get(f->user, name);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->client));
}

static void kernel_finds_by_name(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;

	kernel_get(test, "kept");
	KUNIT_EXPECT_EQ(test, extram_capacity(f->client), 128 * 1024);
	KUNIT_EXPECT_FALSE(test, extram_forgets(f->client));
	extram_put(f->client);
	kernel_get(test, "fast");
	KUNIT_EXPECT_TRUE(test, extram_forgets(f->client));
	extram_put(f->client);
	/* The first without a name. */
	kernel_get(test, NULL);
	KUNIT_EXPECT_TRUE(test, extram_forgets(f->client));
}

static void kernel_finds_by_device_node(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct extram *ram;

	kernel_get(test, "kept");
	ram = f->client->ram;
	extram_put(f->client);
	f->client = extram_get_node(f->user, dev_name(&ram->dev));
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->client));
	KUNIT_EXPECT_PTR_EQ(test, f->client->ram, ram);
	KUNIT_EXPECT_EQ(test, PTR_ERR(extram_get_node(f->user, "extram63")), -EPROBE_DEFER);
}

static void kernel_what_is_not_there(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct device *bare = extram_kunit_root("extram-kunit-bare");

	KUNIT_ASSERT_FALSE(test, IS_ERR(bare));
	KUNIT_EXPECT_EQ(test, PTR_ERR(extram_get(f->user, "other")), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(extram_get(f->user, "later")), -EPROBE_DEFER);
	KUNIT_EXPECT_EQ(test, PTR_ERR(extram_get(bare, NULL)), -ENOENT);
	extram_put(NULL);
	extram_put(ERR_PTR(-ENOENT));
	root_device_unregister(bare);
}

static void kernel_bytes_come_back(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	u8 stack[32] = {};
	u64 at = 1, two;

	kernel_get(test, NULL);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, LEN, 64, 0, &at), 0);
	KUNIT_EXPECT_EQ(test, at % 64, 0);
	memset(f->in, 0xff, LEN);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN));
	KUNIT_EXPECT_EQ(test, extram_write(f->client, at, f->out, LEN), LEN);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	/* Memory that no controller could reach will do. */
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at + 3, stack, sizeof(stack)), sizeof(stack));
	KUNIT_EXPECT_EQ(test, memcmp(stack, f->out, sizeof(stack)), 0);

	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, 16, 0, 0, &two), 0);
	KUNIT_EXPECT_EQ(test, extram_resize_range(f->client, &at, 2 * LEN, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, extram_resize_range(f->client, &at, 2 * LEN, EXTRAM_RESIZE_MAY_MOVE),
			0);
	KUNIT_EXPECT_GT(test, at, two);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at, f->in, LEN), LEN);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, LEN), 0);
	KUNIT_EXPECT_EQ(test, extram_free_range(f->client, at), 0);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at, f->in, 1), -ENXIO);
}

static void kernel_wrong_arguments(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	u64 at = 8;

	kernel_get(test, NULL);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 0, 0, 0, &at), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 16, 3, 0, &at), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 16, 0, 1U << 31, &at), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 16, 0, EXTRAM_ALLOC_FIXED, &at),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, at, 8);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 1 << 20, 0, 0, &at), -ENOSPC);
	KUNIT_EXPECT_EQ(test, extram_free_range(f->client, 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_free_range(f->client, 16), -ENOENT);
	at = 0;
	KUNIT_EXPECT_EQ(test, extram_resize_range(f->client, &at, 16, 1U << 31), -EINVAL);
	KUNIT_EXPECT_EQ(test, extram_resize_range(f->client, &at, 16, 0), -ENOENT);
}

/* Drivers do not see each other's blocks, nor those of files; what is shared they do. */
static void kernel_blocks_are_private(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct extram_client *other = extram_get(f->user, NULL);
	u64 mine, ours, at;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	kernel_get(test, NULL);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, 64, 0, 0, &mine), 0);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, 64, 0, EXTRAM_ALLOC_SHARED, &ours), 0);
	KUNIT_EXPECT_EQ(test, extram_write(f->client, mine, f->out, 64), 64);
	KUNIT_EXPECT_EQ(test, extram_write(f->client, ours, f->out, 64), 64);
	KUNIT_EXPECT_EQ(test, extram_read(other, mine, f->in, 64), -ENXIO);
	KUNIT_EXPECT_EQ(test, extram_free_range(other, mine), -ENOENT);
	at = mine;
	KUNIT_EXPECT_EQ(test, extram_alloc_range(other, 16, 0, EXTRAM_ALLOC_FIXED, &at), -EEXIST);
	KUNIT_EXPECT_EQ(test, extram_read(other, ours, f->in, 64), 64);
	KUNIT_EXPECT_EQ(test, memcmp(f->in, f->out, 64), 0);
	KUNIT_EXPECT_EQ(test, extram_free_range(other, ours), 0);
	extram_put(other);
}

/* What a driver does not give back itself, put does; the next one sees nothing of it. */
static void kernel_put_frees_all(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct extram_usage usage;
	u64 at, again;

	kernel_get(test, NULL);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, LEN, 0, 0, &at), 0);
	KUNIT_EXPECT_EQ(test, extram_write(f->client, at, f->out, LEN), LEN);
	extram_put(f->client);
	kernel_get(test, NULL);
	extram_space_usage(&f->client->ram->space, &usage);
	KUNIT_EXPECT_EQ(test, usage.blocks, 0);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, LEN, 0, 0, &again), 0);
	KUNIT_EXPECT_EQ(test, again, at);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, again, f->in, LEN), LEN);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->in, 0, LEN));
}

/* The chip goes while a driver holds it: every call says so, and put works. */
static void kernel_outlives_the_chip(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	u64 at, none;

	kernel_get(test, NULL);
	KUNIT_ASSERT_EQ(test, extram_alloc_range(f->client, LEN, 0, 0, &at), 0);
	KUNIT_EXPECT_EQ(test, extram_write(f->client, at, f->out, LEN), LEN);
	kernel_unplug(test);
	KUNIT_EXPECT_EQ(test, extram_read(f->client, at, f->in, LEN), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_write(f->client, at, f->out, LEN), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_alloc_range(f->client, 16, 0, 0, &none), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_resize_range(f->client, &at, 16, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_free_range(f->client, at), -ENODEV);
	KUNIT_EXPECT_EQ(test, extram_capacity(f->client), 128 * 1024);
	KUNIT_EXPECT_EQ(test, PTR_ERR(extram_get(f->user, NULL)), -EPROBE_DEFER);
}

/* The user is suspended before the memory: that is what links are for. They go with the client. */
static void kernel_links_user_and_chip(struct kunit *test)
{
	struct kernel_fixture *f = test->priv;
	struct extram_client *two;

	KUNIT_EXPECT_TRUE(test, list_empty(&f->user->links.suppliers));
	kernel_get(test, NULL);
	two = extram_get(f->user, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(two));
	KUNIT_EXPECT_FALSE(test, list_empty(&f->user->links.suppliers));
	extram_put(f->client);
	KUNIT_EXPECT_FALSE(test, list_empty(&f->user->links.suppliers));
	f->client = two;
	extram_put(f->client);
	f->client = NULL;
	KUNIT_EXPECT_TRUE(test, list_empty(&f->user->links.suppliers));
}

static struct kunit_case kernel_cases[] = {
	KUNIT_CASE(kernel_finds_by_name),
	KUNIT_CASE(kernel_finds_by_device_node),
	KUNIT_CASE(kernel_what_is_not_there),
	KUNIT_CASE(kernel_bytes_come_back),
	KUNIT_CASE(kernel_wrong_arguments),
	KUNIT_CASE(kernel_blocks_are_private),
	KUNIT_CASE(kernel_put_frees_all),
	KUNIT_CASE(kernel_outlives_the_chip),
	KUNIT_CASE(kernel_links_user_and_chip),
	{}
};

static struct kunit_suite kernel_suite = {
	.name = "extram_inkernel",
	.init = kernel_init,
	.exit = kernel_exit,
	.test_cases = kernel_cases,
};

kunit_test_suite(kernel_suite);

MODULE_DESCRIPTION("Tests of extram's interface for other drivers");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
