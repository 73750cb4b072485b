/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * External serial RAM for other drivers: the service of /dev/extram from inside the kernel.
 */
#ifndef _LINUX_EXTRAM_H
#define _LINUX_EXTRAM_H

#include <linux/types.h>
#include <uapi/linux/extram.h>

struct device;
struct extram_client;

struct extram_client *extram_get(struct device *dev, const char *name);
struct extram_client *extram_get_node(struct device *dev, const char *node);
void extram_put(struct extram_client *client);
struct extram_client *devm_extram_get(struct device *dev, const char *name);

int extram_alloc_range(struct extram_client *client, u64 length, u64 align, u32 flags,
		       u64 *offset);
int extram_free_range(struct extram_client *client, u64 offset);
int extram_resize_range(struct extram_client *client, u64 *offset, u64 length, u32 flags);
ssize_t extram_read(struct extram_client *client, u64 offset, void *buf, size_t len);
ssize_t extram_write(struct extram_client *client, u64 offset, const void *buf, size_t len);

u64 extram_capacity(const struct extram_client *client);
bool extram_forgets(const struct extram_client *client);
u32 extram_lost_count(const struct extram_client *client);

#endif /* _LINUX_EXTRAM_H */
