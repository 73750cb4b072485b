/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node of a memory.
 */
#ifndef _EXTRAM_CDEV_H
#define _EXTRAM_CDEV_H

struct cdev;

void extram_cdev_init(struct cdev *cdev);

#endif /* _EXTRAM_CDEV_H */
