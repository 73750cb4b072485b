// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a memory: registration, numbering, and the day when it forgets what it held.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/of.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "cdev.h"
#include "chips.h"
#include "compat.h"
#include "core.h"
#include "debugfs.h"
#include "io.h"
#include "lost.h"
#include "sysfs.h"
#include "trace.h"

#define EXTRAM_MAX_DEVICES	64

static dev_t extram_devt;
static DEFINE_IDA(extram_ida);

static struct class extram_class = {
	.name = EXTRAM_NAME,
	.dev_groups = extram_groups,
};

static void extram_lost_work(struct work_struct *work)
{
	struct extram *ram = container_of(work, struct extram, lost_work);
	char count[sizeof("EXTRAM_CONTENTS_LOST=4294967295")];
	char *env[2] = { count };

	scnprintf(count, sizeof(count), "EXTRAM_CONTENTS_LOST=%u", READ_ONCE(ram->space.epoch));
	kobject_uevent_env(&ram->dev.kobj, KOBJ_CHANGE, env);
	sysfs_notify(&ram->dev.kobj, NULL, "contents_lost");
}

/**
 * extram_contents_lost() - the chip may have forgotten what it held
 * @ram: the memory; nothing happens to one that keeps its contents without power
 *
 * From now on everything that was written reads as an error until it is written again. User space
 * is told a little later.
 *
 * Context: Process context; takes the lock of the space. Not after extram_unregister() has begun.
 */
void extram_contents_lost(struct extram *ram)
{
	if (!(ram->chip->flags & EXTRAM_CHIP_VOLATILE))
		return;
	extram_space_forget(&ram->space);
	trace_extram_lost(ram->space.name, READ_ONCE(ram->space.epoch));
	schedule_work(&ram->lost_work);
}

static void extram_dev_release(struct device *dev)
{
	struct extram *ram = container_of(dev, struct extram, dev);

	mutex_destroy(&ram->clients_lock);
	extram_owner_exit(&ram->shared);
	extram_space_exit(&ram->space);
	kfree(ram->chip);
	kfree(ram);
}

/*
 * An alias extramN in the device tree fixes the number. Other memories are numbered behind the
 * highest alias, so that no aliased one finds its number taken.
 */
static int extram_new_id(struct device *parent)
{
	int alias = of_alias_get_id(parent->of_node, EXTRAM_NAME);
	int first = max(of_alias_get_highest_id(EXTRAM_NAME) + 1, 0);
	int last = EXTRAM_MAX_DEVICES - 1;

	if (first > last)
		first = 0;
	if (alias >= 0) {
		first = alias;
		last = min(alias, last);
	}
	return ida_alloc_range(&extram_ida, first, last, GFP_KERNEL);
}

/**
 * extram_register() - make a memory and its node
 * @parent: the device of the chip
 * @chip: the part's row of facts; copied
 * @io: the wire to the chip; stays the caller's, who takes it down after extram_unregister()
 *
 * Context: May sleep.
 * Return: the memory, or ERR_PTR: -ENOMEM, -ENOSPC when there are no more numbers or the one that
 * the device tree fixes is in use.
 */
struct extram *extram_register(struct device *parent, const struct extram_chip *chip,
			       struct extram_io *io)
{
	struct extram *ram;
	int err;

	ram = kzalloc(sizeof(*ram), GFP_KERNEL);
	if (!ram)
		return ERR_PTR(-ENOMEM);

	/* Files that are open outlive a row that came from the device tree. */
	ram->chip = kmemdup(chip, sizeof(*chip), GFP_KERNEL);
	err = -ENOMEM;
	if (!ram->chip)
		goto free_ram;
	extram_limits_get(parent, &ram->limits);
	err = extram_space_init(&ram->space, chip->size, ram->limits.blocks);
	if (err)
		goto free_ram;

	extram_owner_init(&ram->shared, &ram->space, NULL, ram->limits.shared_blocks,
			  ram->limits.shared_bytes);

	ram->id = extram_new_id(parent);
	if (ram->id < 0) {
		err = ram->id;
		goto exit_space;
	}

	extram_gate_init(&ram->gate, io);
	ram->room[false] = extram_io_room(io, false);
	ram->room[true] = extram_io_room(io, true);
	init_waitqueue_head(&ram->unplugged);
	INIT_WORK(&ram->lost_work, extram_lost_work);
	mutex_init(&ram->clients_lock);
	INIT_LIST_HEAD(&ram->clients);

	/* From here on the release function cleans up. */
	device_initialize(&ram->dev);
	ram->dev.class = &extram_class;
	ram->dev.parent = parent;
	ram->dev.release = extram_dev_release;
	ram->dev.devt = MKDEV(MAJOR(extram_devt), MINOR(extram_devt) + ram->id);
	if (ram->id)
		err = dev_set_name(&ram->dev, EXTRAM_NAME "%d", ram->id);
	else
		err = dev_set_name(&ram->dev, EXTRAM_NAME);
	if (err)
		goto put;
	ram->space.name = dev_name(&ram->dev);

	extram_cdev_init(&ram->cdev);
	err = cdev_device_add(&ram->cdev, &ram->dev);
	if (err)
		goto put;
	extram_debugfs_add(ram);
	return ram;

put:
	ida_free(&extram_ida, ram->id);
	put_device(&ram->dev);
	return ERR_PTR(err);
exit_space:
	extram_space_exit(&ram->space);
free_ram:
	kfree(ram->chip);
	kfree(ram);
	return ERR_PTR(err);
}

/**
 * extram_unregister() - take the chip away from a memory
 * @ram: the memory
 *
 * Removes the node, waits for the transfers in flight (a chunk at most for each), and wakes who
 * polls. Files that are open keep the memory alive, but get -ENODEV from now on.
 *
 * Context: May sleep. The wire can be taken down when this returns.
 */
void extram_unregister(struct extram *ram)
{
	extram_debugfs_remove(ram);
	cancel_work_sync(&ram->lost_work);
	cdev_device_del(&ram->cdev, &ram->dev);
	/* The node is gone: a chip that is bound again gets its number back. */
	ida_free(&extram_ida, ram->id);

	extram_gate_close(ram);
	put_device(&ram->dev);
}

static int extram_is_of_chip(struct device *dev, const void *node)
{
	return dev->parent && dev_fwnode(dev->parent) == node;
}

/**
 * extram_find_by_chip() - the memory of a chip
 * @node: the firmware node of the chip
 *
 * Context: May sleep.
 * Return: the device of the memory, to be put by the caller, or NULL when there is none now.
 */
struct device *extram_find_by_chip(const struct fwnode_handle *node)
{
	return class_find_device(&extram_class, NULL, node, extram_is_of_chip);
}

/**
 * extram_find_by_name() - the memory of a device node
 * @name: name of the node
 *
 * Context: May sleep.
 * Return: the device of the memory, to be put by the caller, or NULL when there is none now.
 */
struct device *extram_find_by_name(const char *name)
{
	return class_find_device_by_name(&extram_class, name);
}

/**
 * extram_class_init() - get device numbers and the class
 *
 * Context: Module initialisation.
 * Return: 0 or an error of alloc_chrdev_region() or class_register().
 */
int extram_class_init(void)
{
	int err;

	err = alloc_chrdev_region(&extram_devt, 0, EXTRAM_MAX_DEVICES, EXTRAM_NAME);
	if (err)
		return err;

	err = class_register(&extram_class);
	if (err) {
		unregister_chrdev_region(extram_devt, EXTRAM_MAX_DEVICES);
		return err;
	}
	extram_debugfs_init();
	return 0;
}

/**
 * extram_class_exit() - undo extram_class_init()
 *
 * Context: Module exit; no memory is left.
 */
void extram_class_exit(void)
{
	extram_debugfs_exit();
	class_unregister(&extram_class);
	unregister_chrdev_region(extram_devt, EXTRAM_MAX_DEVICES);
	ida_destroy(&extram_ida);
}
