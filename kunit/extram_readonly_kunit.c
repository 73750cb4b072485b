// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of parts that the device tree calls read-only: nobody writes to them, the driver neither.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/property.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <uapi/linux/extram.h>

#include "client.h"
#include "compat.h"
#include "extram_meet.h"
#include "power.h"
#include "spi.h"

static const struct property_entry read_only_properties[] = {
	PROPERTY_ENTRY_BOOL("read-only"),
	PROPERTY_ENTRY_BOOL("keep-power-in-suspend"),
	{ }
};

static const struct software_node read_only = { .properties = read_only_properties };

/* A memory of @model that nobody writes to, and a client of it. */
static struct extram_client *read_only_client(struct kunit *test, const char *model, u32 size)
{
	struct meet *m = test->priv;
	struct extram_client *client;
	struct extram *ram;

	meet_sim(test, model, 1, size);
	meet_described(test, model, &read_only, 20 * MHZ);
	ram = extram_kunit_ram(&m->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_EXPECT_STREQ(test, extram_kunit_show(test, ram, "read_only"), "1");
	client = extram_client_create(ram);
	put_device(&ram->dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));
	return client;
}

static void read_only_shows_and_keeps(struct kunit *test)
{
	struct extram_range range = { .length = 4096, .flags = EXTRAM_ALLOC_KEEP };
	struct extram_client *client = read_only_client(test, "mb85rs1mt", 128 * KIB);
	struct meet *m = test->priv;
	u8 *buf = kunit_kzalloc(test, 4096, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, buf, 4096), 4096);
	KUNIT_EXPECT_EQ(test, memcmp(buf, m->before, 4096), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, buf, 4096), -EROFS);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, buf, 1), -EROFS);
	/* Not even whether there is a block there. */
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, 64 * KIB, buf, 1), -EROFS);
	meet_expect_untouched(test);
	extram_client_destroy(client);
}

/* Nothing old is seen without KEEP; for want of writes that means zeros for ever. */
static void read_only_hides_what_it_holds(struct kunit *test)
{
	struct extram_client *client = read_only_client(test, "mb85rs1mt", 128 * KIB);
	struct extram_range range = { .length = 100 };
	u8 buf[100] = { 1 };

	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, buf, sizeof(buf)),
			sizeof(buf));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, buf, 1), -EROFS);
	extram_client_destroy(client);
}

/* Probe tries volatile parts by writing to them, but not this one; nor does a suspend mark it. */
static void read_only_is_not_written_by_the_driver(struct kunit *test)
{
	struct extram_client *client = read_only_client(test, "23lc1024", 128 * KIB);
	struct meet *m = test->priv;
	struct extram_spi *priv = spi_get_drvdata(m->spi);
	struct extram_sim_stats stats;

	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.payload, 0);
	extram_power_sleep(priv);
	extram_sim_stats(m->sim, 0, &stats);
	KUNIT_EXPECT_EQ(test, stats.payload, 0);
	extram_power_wake(priv, false);
	KUNIT_EXPECT_EQ(test, client->ram->space.epoch, 0);
	meet_expect_untouched(test);
	extram_client_destroy(client);
}

/* A block can grow in place; one with content is not moved, for that would write. */
static void read_only_moves_no_content(struct kunit *test)
{
	struct extram_range kept = { .length = 64, .flags = EXTRAM_ALLOC_KEEP };
	struct extram_range empty = { .length = 64 }, last = { .length = 64 };
	struct extram_client *client = read_only_client(test, "mb85rs1mt", 128 * KIB);
	struct extram_range want;

	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &kept), 0);
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &empty), 0);
	KUNIT_ASSERT_EQ(test, extram_block_alloc(&client->owner, &last), 0);

	want = (struct extram_range){ .offset = kept.offset, .length = 128 };
	KUNIT_EXPECT_EQ(test, extram_client_resize(client, &want, true), -EROFS);
	want = (struct extram_range){ .offset = empty.offset, .length = 128 };
	KUNIT_EXPECT_EQ(test, extram_client_resize(client, &want, true), 0);
	KUNIT_EXPECT_NE(test, want.offset, empty.offset);
	want = (struct extram_range){ .offset = kept.offset, .length = 128 };
	KUNIT_EXPECT_EQ(test, extram_client_resize(client, &want, true), 0);
	KUNIT_EXPECT_EQ(test, want.offset, kept.offset);
	meet_expect_untouched(test);
	extram_client_destroy(client);
}

/* Once the chip is gone, that is what a write says. */
static void read_only_chip_goes(struct kunit *test)
{
	struct extram_client *client = read_only_client(test, "mb85rs1mt", 128 * KIB);
	struct meet *m = test->priv;

	spi_unregister_device(m->spi);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, 0, "x", 1), -ENODEV);
	extram_client_destroy(client);
}

/* Block protection, which stays without power, is a reason to refuse a chip that is written to. */
static void read_only_takes_a_protected_part(struct kunit *test)
{
	struct meet *m = test->priv;
	u8 *tx = kunit_kzalloc(test, 2, GFP_KERNEL);
	struct spi_transfer xfer = { .tx_buf = tx, .len = 2 };

	KUNIT_ASSERT_NOT_NULL(test, tx);
	meet_sim(test, "mb85rs1mt", 1, 128 * KIB);
	meet_spi(test, NO_DRIVER, 1, 10 * MHZ);
	meet_send(test, 0x06, 1);
	tx[0] = 0x01;
	tx[1] = 0x0c;
	KUNIT_ASSERT_EQ(test, spi_sync_transfer(m->spi, &xfer, 1), 0);
	spi_unregister_device(m->spi);

	meet_described(test, "mb85rs1mt", NULL, 20 * MHZ);
	KUNIT_EXPECT_FALSE(test, meet_is_bound(test));
	spi_unregister_device(m->spi);
	meet_described(test, "mb85rs1mt", &read_only, 20 * MHZ);
	KUNIT_EXPECT_TRUE(test, meet_is_bound(test));
	meet_expect_untouched(test);
}

/* Without the word in the device tree a memory is not read-only. */
static void read_only_is_not_every_part(struct kunit *test)
{
	struct meet *m = test->priv;
	struct extram *ram;

	meet_sim(test, "mb85rs1mt", 1, 128 * KIB);
	meet_described(test, "mb85rs1mt", NULL, 20 * MHZ);
	ram = extram_kunit_ram(&m->spi->dev);
	KUNIT_ASSERT_NOT_NULL(test, ram);
	KUNIT_EXPECT_STREQ(test, extram_kunit_show(test, ram, "read_only"), "0");
	put_device(&ram->dev);
}

static struct kunit_case read_only_cases[] = {
	KUNIT_CASE(read_only_shows_and_keeps),
	KUNIT_CASE(read_only_hides_what_it_holds),
	KUNIT_CASE(read_only_is_not_written_by_the_driver),
	KUNIT_CASE(read_only_moves_no_content),
	KUNIT_CASE(read_only_chip_goes),
	KUNIT_CASE(read_only_takes_a_protected_part),
	KUNIT_CASE(read_only_is_not_every_part),
	{}
};

static struct kunit_suite read_only_suite = {
	.name = "extram_readonly",
	.init = meet_init,
	.exit = meet_exit,
	.test_cases = read_only_cases,
};

kunit_test_suite(read_only_suite);

MODULE_DESCRIPTION("Tests of read-only parts of extram");
MODULE_LICENSE("GPL");
EXTRAM_IMPORT_FOR_KUNIT;
