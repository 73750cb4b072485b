/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct extram: one memory, from the chip that appears to the last file that is closed.
 */
#ifndef _EXTRAM_CORE_H
#define _EXTRAM_CORE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "block.h"
#include "gate.h"
#include "limits.h"
#include "space.h"
#include "wire.h"

struct dentry;
struct extram_chip;
struct extram_io;
struct fwnode_handle;

#define EXTRAM_NAME	"extram"

/**
 * struct extram - one memory
 *
 * Counted by @dev: the SPI device has one reference from probe to remove, every open file has
 * one. It outlives the SPI device and points to nothing that dies with it, but through @gate.
 *
 * @dev: the class device, and the reference count
 * @cdev: the node
 * @id: number of the node
 * @chip: the part's row of facts, a copy whose lists of commands die with the chip
 * @limits: how much may be taken
 * @space: which ranges are taken
 * @shared: owns what belongs to the device
 * @gate: leads to the chip, or no longer
 * @room: what the wire wants before the bytes of a short read, and of a short write; constant
 * @wire: what went over the wire
 * @unplugged: poll waits here for the chip to go
 * @lost_work: tells user space that contents were lost
 * @clients_lock: protects @clients
 * @clients: all clients
 * @debugfs: the folder
 */
struct extram {
	struct device dev;
	struct cdev cdev;
	int id;
	const struct extram_chip *chip;
	struct extram_limits limits;
	struct extram_space space;
	struct extram_owner shared;
	struct extram_gate gate;
	u8 room[2];
	struct extram_wire_stats wire;
	wait_queue_head_t unplugged;
	struct work_struct lost_work;
	struct mutex clients_lock;	/* clients */
	struct list_head clients;
	struct dentry *debugfs;
};

struct extram *extram_register(struct device *parent, const struct extram_chip *chip,
			       struct extram_io *io);
void extram_unregister(struct extram *ram);

void extram_contents_lost(struct extram *ram);
struct device *extram_find_by_chip(const struct fwnode_handle *node);
struct device *extram_find_by_name(const char *name);

int extram_class_init(void);
void extram_class_exit(void);

#endif /* _EXTRAM_CORE_H */
