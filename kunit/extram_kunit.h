/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What several suites need: the memory that the driver made of an SPI device, and plain buffers in
 * the place of user memory.
 */
#ifndef _EXTRAM_KUNIT_H
#define _EXTRAM_KUNIT_H

#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/random.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "chips.h"
#include "client.h"
#include "core.h"

static inline int extram_kunit_is_ram(struct device *dev, void *data)
{
	struct extram **ram = data;

	if (!strstarts(dev_name(dev), EXTRAM_NAME))
		return 0;
	get_device(dev);
	*ram = container_of(dev, struct extram, dev);
	return 1;
}

/* The memory behind an SPI device, or NULL. The caller puts its device. */
static inline struct extram *extram_kunit_ram(struct device *spi)
{
	struct extram *ram = NULL;

	device_for_each_child(spi, &ram, extram_kunit_is_ram);
	return ram;
}

/* The next part behind @part, or NULL, that the driver can talk to; NULL behind the last. */
static inline const struct extram_part *extram_kunit_next_part(const struct extram_part *part)
{
	part = part ? part + 1 : extram_parts;
	while (part->name && !part->chip->reads)
		part++;
	return part->name ? part : NULL;
}

/* The same by rows: of parts that share one, only the part that it is named for. */
static inline const struct extram_part *extram_kunit_next_row(const struct extram_part *part)
{
	do {
		part = extram_kunit_next_part(part);
	} while (part && strcmp(part->name, part->chip->name));
	return part;
}

static inline ssize_t extram_kunit_write(struct extram_client *client, u64 pos, const void *buf,
					 size_t len)
{
	struct kvec vec = { .iov_base = (void *)buf, .iov_len = len };
	struct iov_iter iter;

	iov_iter_kvec(&iter, ITER_SOURCE, &vec, 1, len);
	return extram_client_write(client, pos, &iter);
}

static inline ssize_t extram_kunit_read(struct extram_client *client, u64 pos, void *buf,
					size_t len)
{
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	struct iov_iter iter;

	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, len);
	return extram_client_read(client, pos, &iter);
}

/* Bytes go through the whole house, from a client of the memory to the chip and back. */
static inline void extram_kunit_round_trip(struct kunit *test, struct extram *ram)
{
	const size_t len = 10000;
	u8 *out = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *in = kunit_kzalloc(test, len, GFP_KERNEL);
	struct extram_client *client = extram_client_create(ram);
	struct extram_range range = { .length = len };

	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_NOT_NULL(test, in);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client));
	get_random_bytes(out, len);
	KUNIT_EXPECT_EQ(test, extram_block_alloc(&client->owner, &range), 0);
	KUNIT_EXPECT_EQ(test, extram_kunit_write(client, range.offset, out, len), len);
	KUNIT_EXPECT_EQ(test, extram_kunit_read(client, range.offset, in, len), len);
	KUNIT_EXPECT_EQ(test, memcmp(in, out, len), 0);
	extram_client_destroy(client);
}

/* What a file of /sys/class/extram/extramN says, or "" when there is no such file. */
static inline const char *extram_kunit_show(struct kunit *test, struct extram *ram,
					    const char *name)
{
	struct attribute **attr = ram->dev.class->dev_groups[0]->attrs;
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct device_attribute *file;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	while (*attr && strcmp((*attr)->name, name))
		attr++;
	if (*attr) {
		file = container_of(*attr, struct device_attribute, attr);
		KUNIT_EXPECT_GT(test, file->show(&ram->dev, file, buf), 0);
		strim(buf);
	}
	return buf;
}

/* A device with no parent, of no module: on 6.1 a suite in one runs before that is in sysfs. */
static inline struct device *extram_kunit_root(const char *name)
{
	return __root_device_register(name, NULL);
}

#endif /* _EXTRAM_KUNIT_H */
