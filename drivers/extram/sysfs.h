/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a memory in /sys/class/extram/.
 */
#ifndef _EXTRAM_SYSFS_H
#define _EXTRAM_SYSFS_H

struct attribute_group;

extern const struct attribute_group *extram_groups[];

#endif /* _EXTRAM_SYSFS_H */
