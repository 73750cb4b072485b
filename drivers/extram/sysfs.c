// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/extram/: what a memory is, how full it is, and what went over its wire.
 *
 * Documentation/ABI/testing/sysfs-class-extram says what each file means.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "chips.h"
#include "core.h"
#include "io.h"
#include "sysfs.h"

static struct extram *to_extram(struct device *dev)
{
	return container_of(dev, struct extram, dev);
}

static ssize_t chip_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_extram(dev)->chip->name);
}
static DEVICE_ATTR_RO(chip);

static ssize_t volatile_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!(to_extram(dev)->chip->flags & EXTRAM_CHIP_VOLATILE));
}
static DEVICE_ATTR_RO(volatile);

static ssize_t read_only_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!(to_extram(dev)->chip->flags & EXTRAM_CHIP_READ_ONLY));
}
static DEVICE_ATTR_RO(read_only);

static ssize_t clock_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct extram *ram = to_extram(dev);
	struct extram_io *io = extram_enter(ram);
	struct extram_io_facts facts;

	if (!io)
		return -ENODEV;
	extram_io_facts(io, &facts);
	extram_leave(ram);
	return sysfs_emit(buf, "%u %u\n", facts.read_hz, facts.write_hz);
}
static DEVICE_ATTR_RO(clock);

static ssize_t width_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct extram *ram = to_extram(dev);
	struct extram_io *io = extram_enter(ram);
	struct extram_io_facts facts;

	if (!io)
		return -ENODEV;
	extram_io_facts(io, &facts);
	extram_leave(ram);
	return sysfs_emit(buf, "%u-%u-%u %u-%u-%u\n", EXTRAM_WIDTH_COMMAND(facts.read_width),
			  EXTRAM_WIDTH_ADDR(facts.read_width), EXTRAM_WIDTH_DATA(facts.read_width),
			  EXTRAM_WIDTH_COMMAND(facts.write_width),
			  EXTRAM_WIDTH_ADDR(facts.write_width),
			  EXTRAM_WIDTH_DATA(facts.write_width));
}
static DEVICE_ATTR_RO(width);

static ssize_t burst_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct extram *ram = to_extram(dev);
	struct extram_io *io = extram_enter(ram);
	struct extram_io_facts facts;

	if (!io)
		return -ENODEV;
	extram_io_facts(io, &facts);
	extram_leave(ram);
	return sysfs_emit(buf, "%u %u\n", facts.read_burst, facts.write_burst);
}
static DEVICE_ATTR_RO(burst);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", to_extram(dev)->space.size);
}
static DEVICE_ATTR_RO(size);

static struct extram_usage usage_of(struct device *dev)
{
	struct extram_usage usage;

	extram_space_usage(&to_extram(dev)->space, &usage);
	return usage;
}

static ssize_t used_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", to_extram(dev)->space.size - usage_of(dev).free_bytes);
}
static DEVICE_ATTR_RO(used);

static ssize_t free_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", usage_of(dev).free_bytes);
}
static DEVICE_ATTR_RO(free);

static ssize_t largest_free_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", usage_of(dev).largest_free);
}
static DEVICE_ATTR_RO(largest_free);

static ssize_t blocks_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", usage_of(dev).blocks);
}
static DEVICE_ATTR_RO(blocks);

static ssize_t emit_counter(char *buf, const atomic64_t *counter)
{
	return sysfs_emit(buf, "%lld\n", (long long)atomic64_read(counter));
}

static ssize_t transfers_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_extram(dev)->wire.transfers);
}
static DEVICE_ATTR_RO(transfers);

static ssize_t bytes_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_extram(dev)->wire.bytes);
}
static DEVICE_ATTR_RO(bytes);

static ssize_t errors_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_extram(dev)->wire.errors);
}
static DEVICE_ATTR_RO(errors);

static ssize_t retries_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_extram(dev)->wire.retries);
}
static DEVICE_ATTR_RO(retries);

static ssize_t contents_lost_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_extram(dev)->space.epoch));
}
static DEVICE_ATTR_RO(contents_lost);

static struct attribute *extram_attrs[] = {
	&dev_attr_chip.attr,
	&dev_attr_volatile.attr,
	&dev_attr_read_only.attr,
	&dev_attr_clock.attr,
	&dev_attr_width.attr,
	&dev_attr_burst.attr,
	&dev_attr_size.attr,
	&dev_attr_used.attr,
	&dev_attr_free.attr,
	&dev_attr_largest_free.attr,
	&dev_attr_blocks.attr,
	&dev_attr_transfers.attr,
	&dev_attr_bytes.attr,
	&dev_attr_errors.attr,
	&dev_attr_retries.attr,
	&dev_attr_contents_lost.attr,
	NULL
};

static const struct attribute_group extram_group = {
	.attrs = extram_attrs,
};

const struct attribute_group *extram_groups[] = {
	&extram_group,
	NULL
};
