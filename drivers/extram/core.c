// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a memory: registration, numbering, and the gate that keeps everybody from a chip
 * that is gone.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "cdev.h"
#include "chips.h"
#include "compat.h"
#include "core.h"
#include "debugfs.h"
#include "sysfs.h"

#define EXTRAM_MAX_DEVICES	64

static unsigned int max_blocks = 65536;
module_param(max_blocks, uint, 0644);
MODULE_PARM_DESC(max_blocks,
		 "most blocks that users may allocate in one memory, for memories that appear from now on (65536)");

static unsigned int max_shared_blocks = UINT_MAX;
module_param(max_shared_blocks, uint, 0644);
MODULE_PARM_DESC(max_shared_blocks,
		 "most shared blocks in one memory, for memories that appear from now on (no limit)");

static unsigned long max_shared_bytes = ULONG_MAX;
module_param(max_shared_bytes, ulong, 0644);
MODULE_PARM_DESC(max_shared_bytes,
		 "most shared bytes in one memory, for memories that appear from now on (no limit)");

static dev_t extram_devt;
static DEFINE_IDA(extram_ida);

static struct class extram_class = {
	.name = EXTRAM_NAME,
	.dev_groups = extram_groups,
};

/**
 * extram_enter() - use the wire to the chip
 * @ram: the memory
 *
 * Keeps the chip from being taken away until extram_leave(). Nothing in between may wait for user
 * space, or a user could hold up an unbind: no copy from or to user memory.
 *
 * Context: May sleep; on success the gate is held for reading.
 * Return: the wire, or NULL when the chip is gone; then extram_leave() must not be called.
 */
struct extram_io *extram_enter(struct extram *ram)
{
	down_read(&ram->gate);
	if (ram->io)
		return ram->io;
	up_read(&ram->gate);
	return NULL;
}

/**
 * extram_leave() - done with the wire
 * @ram: the memory
 *
 * Context: After extram_enter() in the same task.
 */
void extram_leave(struct extram *ram)
{
	up_read(&ram->gate);
}

/**
 * extram_is_gone() - whether the chip has been taken away
 * @ram: the memory
 *
 * A chip never comes back to the same struct extram, so that true is final.
 *
 * Context: Any; takes no lock.
 * Return: true when every later use will fail with -ENODEV.
 */
bool extram_is_gone(struct extram *ram)
{
	return !READ_ONCE(ram->io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_is_gone);

static void extram_dev_release(struct device *dev)
{
	struct extram *ram = container_of(dev, struct extram, dev);

	mutex_destroy(&ram->clients_lock);
	extram_owner_exit(&ram->shared);
	extram_space_exit(&ram->space);
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
 * @chip: the part's row of facts; must live as long as the module
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

	err = extram_space_init(&ram->space, chip->size, READ_ONCE(max_blocks));
	if (err)
		goto free_ram;

	extram_owner_init(&ram->shared, &ram->space, NULL, READ_ONCE(max_shared_blocks),
			  READ_ONCE(max_shared_bytes));

	ram->id = extram_new_id(parent);
	if (ram->id < 0) {
		err = ram->id;
		goto exit_space;
	}

	ram->chip = chip;
	ram->io = io;
	init_rwsem(&ram->gate);
	init_waitqueue_head(&ram->unplugged);
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
	cdev_device_del(&ram->cdev, &ram->dev);
	/* The node is gone: a chip that is bound again gets its number back. */
	ida_free(&extram_ida, ram->id);

	down_write(&ram->gate);
	WRITE_ONCE(ram->io, NULL);
	up_write(&ram->gate);

	wake_up_poll(&ram->unplugged, EPOLLHUP | EPOLLERR);
	put_device(&ram->dev);
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
