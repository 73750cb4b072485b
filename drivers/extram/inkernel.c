// SPDX-License-Identifier: GPL-2.0-only
/*
 * External serial RAM for other drivers: include/linux/extram.h over a client of the memory.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/extram.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/property.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "block.h"
#include "chips.h"
#include "client.h"
#include "compat.h"
#include "core.h"

#define EXTRAM_KERNEL_FLAGS	(EXTRAM_ALLOC_SHARED | EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP)

/* Makes the system suspend the user before the memory, and wake the memory first. */
static int extram_client_link(struct extram_client *client, struct device *user)
{
	struct device *chip;
	int err = 0;

	/* Behind the gate the device of the chip is there. */
	if (!extram_enter(client->ram))
		return -ENODEV;
	chip = client->ram->dev.parent;
	if (device_link_add(user, chip, DL_FLAG_STATELESS)) {
		client->user = get_device(user);
		client->chip = get_device(chip);
	} else {
		err = -EINVAL;
	}
	extram_leave(client->ram);
	return err;
}

/* A client of the memory whose device is given, for a driver. Puts the device. */
static struct extram_client *extram_client_for(struct device *user, struct device *dev)
{
	struct extram *ram = container_of(dev, struct extram, dev);
	struct extram_client *client = extram_client_create(ram);
	int err;

	put_device(dev);
	if (IS_ERR(client))
		return client;

	/* Limits are for files. */
	client->owner.max_blocks = U32_MAX;
	client->owner.max_bytes = U64_MAX;
	mutex_lock(&ram->clients_lock);
	client->pid = 0;
	strscpy(client->comm, dev_name(user), sizeof(client->comm));
	mutex_unlock(&ram->clients_lock);
	err = extram_client_link(client, user);
	if (err) {
		extram_put(client);
		return ERR_PTR(err);
	}
	return client;
}

/**
 * extram_get() - use a memory that the firmware node of a device refers to
 * @dev: the device that wants memory
 * @name: which one, as in its property extram-names; NULL for the first of its property extram
 *
 * The client stays usable when the chip goes away: then every call answers -ENODEV. As long as @dev
 * holds it, the system suspends @dev before the memory.
 *
 * Context: May sleep.
 * Return: the client, for extram_put(), or ERR_PTR: -ENOENT when @dev refers to no such memory,
 * -EPROBE_DEFER when its driver is not bound yet, -EINVAL when the memory depends on @dev itself,
 * -ENODEV when it is just going away, -ENOMEM.
 */
struct extram_client *extram_get(struct device *dev, const char *name)
{
	struct fwnode_handle *node;
	struct device *found;
	int index = 0;

	if (!dev_fwnode(dev))
		return ERR_PTR(-ENOENT);
	if (name)
		index = device_property_match_string(dev, "extram-names", name);
	if (index < 0)
		return ERR_PTR(-ENOENT);
	node = fwnode_find_reference(dev_fwnode(dev), "extram", index);
	if (IS_ERR(node))
		return ERR_PTR(-ENOENT);

	found = extram_find_by_chip(node);
	fwnode_handle_put(node);
	return found ? extram_client_for(dev, found) : ERR_PTR(-EPROBE_DEFER);
}
EXPORT_SYMBOL_GPL(extram_get);

/**
 * extram_get_node() - use a memory by the name of its device node
 * @dev: the device that wants memory
 * @node: "extram", "extram1", ...
 *
 * For devices without a firmware node. Numbers depend on the order in which memories appear, but
 * for those that an alias fixes.
 *
 * Context: May sleep.
 * Return: as extram_get(); -EPROBE_DEFER when there is no such node now.
 */
struct extram_client *extram_get_node(struct device *dev, const char *node)
{
	struct device *found = extram_find_by_name(node);

	return found ? extram_client_for(dev, found) : ERR_PTR(-EPROBE_DEFER);
}
EXPORT_SYMBOL_GPL(extram_get_node);

/**
 * extram_put() - done with a memory
 * @client: what extram_get() answered; NULL and error pointers are ignored
 *
 * Frees every block of the client; shared ones stay. Nobody may be using it.
 *
 * Context: May sleep.
 */
void extram_put(struct extram_client *client)
{
	if (IS_ERR_OR_NULL(client))
		return;
	if (client->user) {
		device_link_remove(client->user, client->chip);
		put_device(client->chip);
		put_device(client->user);
	}
	extram_client_destroy(client);
}
EXPORT_SYMBOL_GPL(extram_put);

static void extram_devm_put(void *client)
{
	extram_put(client);
}

/**
 * devm_extram_get() - extram_get(), put when the driver of the device is unbound
 * @dev: the device that wants memory
 * @name: as for extram_get()
 *
 * Context: May sleep.
 * Return: as extram_get().
 */
struct extram_client *devm_extram_get(struct device *dev, const char *name)
{
	struct extram_client *client = extram_get(dev, name);
	int err;

	if (IS_ERR(client))
		return client;
	err = devm_add_action_or_reset(dev, extram_devm_put, client);
	return err ? ERR_PTR(err) : client;
}
EXPORT_SYMBOL_GPL(devm_extram_get);

/**
 * extram_alloc_range() - take a range
 * @client: who takes it
 * @length: bytes wanted, rounded up to the granule of 16
 * @align: alignment of the offset, a power of two, or 0
 * @flags: EXTRAM_ALLOC_*; with EXTRAM_ALLOC_FIXED at *@offset, with EXTRAM_ALLOC_KEEP it shows what
 *	the memory holds
 * @offset: where the range starts goes here
 *
 * Without EXTRAM_ALLOC_KEEP, bytes that were not written since read as zeros.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL for a zero length, a bad alignment, unknown flags or a misaligned fixed
 * offset; -ENOSPC when no free range is large enough; -EEXIST when part of a fixed range is taken;
 * -EDQUOT when the memory has as many blocks as it may; -ENOMEM; -ENODEV when the chip is gone.
 */
int extram_alloc_range(struct extram_client *client, u64 length, u64 align, u32 flags,
		       u64 *offset)
{
	struct extram_range range = { .length = length, .align = align, .flags = flags };
	int err;

	if (flags & ~EXTRAM_KERNEL_FLAGS)
		return -EINVAL;
	if (flags & EXTRAM_ALLOC_FIXED)
		range.offset = *offset;
	if (extram_is_gone(client->ram))
		return -ENODEV;
	err = extram_block_alloc(&client->owner, &range);
	if (!err)
		*offset = range.offset;
	return err;
}
EXPORT_SYMBOL_GPL(extram_alloc_range);

/**
 * extram_free_range() - give a range back
 * @client: who took it; anybody for a shared one
 * @offset: where it starts
 *
 * Does not wait for transfers in flight; the range is handed out again when the last has ended.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL when @offset is not a multiple of the granule; -ENOENT when no block of the
 * client and no shared one starts there; -ENODEV when the chip is gone.
 */
int extram_free_range(struct extram_client *client, u64 offset)
{
	if (extram_is_gone(client->ram))
		return -ENODEV;
	return extram_block_free(&client->owner, offset);
}
EXPORT_SYMBOL_GPL(extram_free_range);

/**
 * extram_resize_range() - make a range longer or shorter
 * @client: who took it; anybody for a shared one
 * @offset: where it starts; where it starts then goes here
 * @length: bytes wanted
 * @flags: EXTRAM_RESIZE_*
 *
 * What it holds is kept as far as it fits; what it grows by reads as zeros.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL for unknown flags, a zero length or a misaligned offset; -ENOENT when no block
 * of the client and no shared one starts there; -ENOSPC when there is no room, or none in place;
 * -EIO for an error of the bus; -ENOMEM; -EINTR and -ERESTARTSYS for a signal; -ENODEV when the
 * chip is gone. Then nothing has changed.
 */
int extram_resize_range(struct extram_client *client, u64 *offset, u64 length, u32 flags)
{
	struct extram_range range = { .offset = *offset, .length = length };
	int err;

	if (flags & ~EXTRAM_RESIZE_MAY_MOVE)
		return -EINVAL;
	if (extram_is_gone(client->ram))
		return -ENODEV;
	err = extram_client_resize(client, &range, flags & EXTRAM_RESIZE_MAY_MOVE);
	if (!err)
		*offset = range.offset;
	return err;
}
EXPORT_SYMBOL_GPL(extram_resize_range);

/**
 * extram_read() - read from a block
 * @client: whose block it is; anybody for a shared one
 * @offset: offset of the memory, in bytes
 * @buf: where the bytes go; need not be fit for DMA
 * @len: how many are wanted
 *
 * While the system is suspended, the call waits for it to resume.
 *
 * Context: May sleep.
 * Return: bytes read: fewer than wanted where the block ends, a signal came or an error followed.
 * Before the first byte: -ENXIO when no block of the client and no shared one holds @offset, -EIO
 * for an error of the bus and for bytes that the chip has forgotten, -ENODEV when it is gone,
 * -ENOMEM, -ERESTARTSYS for a signal.
 */
ssize_t extram_read(struct extram_client *client, u64 offset, void *buf, size_t len)
{
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	struct iov_iter to;

	iov_iter_kvec(&to, ITER_DEST, &vec, 1, len);
	return extram_client_read(client, offset, &to);
}
EXPORT_SYMBOL_GPL(extram_read);

/**
 * extram_write() - write to a block
 * @client: whose block it is; anybody for a shared one
 * @offset: offset of the memory, in bytes
 * @buf: the bytes; need not be fit for DMA
 * @len: how many
 *
 * The bytes are on the chip when this returns. While the system is suspended, the call waits for it
 * to resume.
 *
 * Context: May sleep.
 * Return: bytes written, as for extram_read(), and the same errors.
 */
ssize_t extram_write(struct extram_client *client, u64 offset, const void *buf, size_t len)
{
	struct kvec vec = { .iov_base = (void *)buf, .iov_len = len };
	struct iov_iter from;

	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, len);
	return extram_client_write(client, offset, &from);
}
EXPORT_SYMBOL_GPL(extram_write);

/**
 * extram_capacity() - how large the memory is
 * @client: a client of it
 *
 * Context: Any.
 * Return: bytes that can be allocated in the empty memory.
 */
u64 extram_capacity(const struct extram_client *client)
{
	return client->ram->space.size;
}
EXPORT_SYMBOL_GPL(extram_capacity);

/**
 * extram_forgets() - whether the chip forgets without power
 * @client: a client of it
 *
 * Context: Any.
 * Return: true for SRAM and PSRAM.
 */
bool extram_forgets(const struct extram_client *client)
{
	return client->ram->chip->flags & EXTRAM_CHIP_VOLATILE;
}
EXPORT_SYMBOL_GPL(extram_forgets);

/**
 * extram_lost_count() - how often the chip has forgotten everything
 * @client: a client of it
 *
 * When the count has changed, all that the client had written reads as -EIO until it is written
 * again. To be looked at after a resume.
 *
 * Context: Any.
 * Return: the count since the chip appeared.
 */
u32 extram_lost_count(const struct extram_client *client)
{
	return READ_ONCE(client->ram->space.epoch);
}
EXPORT_SYMBOL_GPL(extram_lost_count);
