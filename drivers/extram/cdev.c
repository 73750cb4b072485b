// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/extram: file operations and the table of ioctls over a client of the memory.
 */
#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/splice.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <uapi/linux/extram.h>

#include "cdev.h"
#include "chips.h"
#include "client.h"
#include "compat.h"
#include "core.h"

#define EXTRAM_ALLOC_FLAGS	(EXTRAM_ALLOC_SHARED | EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP)

union extram_args {
	struct extram_info info;
	struct extram_alloc alloc;
	struct extram_free free;
	struct extram_query query;
	struct extram_resize resize;
};

/**
 * struct extram_call - an ioctl that is being served
 * @args: its structure, as the user passed it and then as it goes back
 * @block: reserved by it, and published when the user knows of it
 */
struct extram_call {
	union extram_args args;
	struct extram_block *block;
};

static int extram_ioctl_info(struct extram_client *client, struct extram_call *call)
{
	struct extram *ram = client->ram;
	struct extram_info *info = &call->args.info;
	struct extram_usage usage;
	u32 size = info->size;
	u32 lost = READ_ONCE(ram->space.epoch);

	extram_space_usage(&ram->space, &usage);
	*info = (struct extram_info) {
		.size = size,
		.flags = (ram->chip->flags & EXTRAM_CHIP_VOLATILE ? EXTRAM_INFO_VOLATILE : 0) |
			 (ram->chip->flags & EXTRAM_CHIP_READ_ONLY ? EXTRAM_INFO_READ_ONLY : 0) |
			 (lost != client->epoch ? EXTRAM_INFO_LOST : 0),
		.capacity = ram->space.size,
		.free_bytes = usage.free_bytes,
		.largest_free = usage.largest_free,
		.granule = ram->space.granule,
		.blocks = usage.blocks,
		.max_blocks = ram->space.max_blocks,
		.max_file_blocks = client->owner.max_blocks,
		.max_file_bytes = client->owner.max_bytes,
		.contents_lost = lost,
	};
	strscpy(info->chip, ram->chip->name, sizeof(info->chip));
	return 0;
}

static int extram_ioctl_alloc(struct extram_client *client, struct extram_call *call)
{
	struct extram_alloc *alloc = &call->args.alloc;
	struct extram_range range = {
		.offset = alloc->offset,
		.length = alloc->length,
		.align = alloc->align,
		.flags = alloc->flags,
	};
	int err;

	if (alloc->flags & ~EXTRAM_ALLOC_FLAGS)
		return -EINVAL;
	if (alloc->flags & EXTRAM_ALLOC_KEEP && !capable(CAP_SYS_RAWIO))
		return -EPERM;

	err = extram_block_reserve(&client->owner, &range, &call->block);
	if (!err) {
		alloc->offset = range.offset;
		alloc->length = range.length;
	}
	return err;
}

static int extram_ioctl_free(struct extram_client *client, struct extram_call *call)
{
	if (call->args.free.flags)
		return -EINVAL;
	return extram_block_free(&client->owner, call->args.free.offset);
}

static int extram_ioctl_query(struct extram_client *client, struct extram_call *call)
{
	struct extram_query *query = &call->args.query;
	struct extram_range range = { .offset = query->offset };
	int err;

	if (query->flags || query->reserved)
		return -EINVAL;
	err = extram_block_query(&client->owner, &range);
	if (!err) {
		query->offset = range.offset;
		query->length = range.length;
		query->block_flags = (range.flags & EXTRAM_ALLOC_SHARED ? EXTRAM_BLOCK_SHARED : 0) |
				     (range.lost ? EXTRAM_BLOCK_LOST : 0);
	}
	return err;
}

static int extram_ioctl_resize(struct extram_client *client, struct extram_call *call)
{
	struct extram_resize *resize = &call->args.resize;
	struct extram_range range = { .offset = resize->offset, .length = resize->length };
	int err;

	if (resize->flags & ~EXTRAM_RESIZE_MAY_MOVE)
		return -EINVAL;
	err = extram_client_resize(client, &range, resize->flags & EXTRAM_RESIZE_MAY_MOVE);
	if (!err) {
		resize->offset = range.offset;
		resize->length = range.length;
	}
	return err;
}

/**
 * struct extram_ioctl - a command
 * @cmd: its number
 * @min_size: size of the structure in its first version
 * @size: size of the structure now
 * @answers: whether the structure goes back to the caller
 * @final: cannot be undone: whether the answer can be delivered is tried first
 * @run: does it
 */
struct extram_ioctl {
	unsigned int cmd;
	u32 min_size;
	u32 size;
	bool answers;
	bool final;
	int (*run)(struct extram_client *client, struct extram_call *call);
};

static const struct extram_ioctl extram_ioctls[] = {
	[_IOC_NR(EXTRAM_IOC_INFO)] = {
		.cmd = EXTRAM_IOC_INFO,
		.min_size = offsetofend(struct extram_info, chip),
		.size = sizeof(struct extram_info),
		.answers = true,
		.run = extram_ioctl_info,
	},
	[_IOC_NR(EXTRAM_IOC_ALLOC)] = {
		.cmd = EXTRAM_IOC_ALLOC,
		.min_size = offsetofend(struct extram_alloc, offset),
		.size = sizeof(struct extram_alloc),
		.answers = true,
		.run = extram_ioctl_alloc,
	},
	[_IOC_NR(EXTRAM_IOC_FREE)] = {
		.cmd = EXTRAM_IOC_FREE,
		.min_size = offsetofend(struct extram_free, offset),
		.size = sizeof(struct extram_free),
		.run = extram_ioctl_free,
	},
	[_IOC_NR(EXTRAM_IOC_QUERY)] = {
		.cmd = EXTRAM_IOC_QUERY,
		.min_size = offsetofend(struct extram_query, reserved),
		.size = sizeof(struct extram_query),
		.answers = true,
		.run = extram_ioctl_query,
	},
	[_IOC_NR(EXTRAM_IOC_RESIZE)] = {
		.cmd = EXTRAM_IOC_RESIZE,
		.min_size = offsetofend(struct extram_resize, length),
		.size = sizeof(struct extram_resize),
		.answers = true,
		.final = true,
		.run = extram_ioctl_resize,
	},
};

static long extram_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct extram_client *client = file->private_data;
	void __user *uargs = (void __user *)arg;
	const struct extram_ioctl *ioctl;
	unsigned int nr = _IOC_NR(cmd);
	struct extram_call call = {};
	u32 size;
	int err;

	if (nr >= ARRAY_SIZE(extram_ioctls))
		return -ENOTTY;
	ioctl = &extram_ioctls[array_index_nospec(nr, ARRAY_SIZE(extram_ioctls))];
	if (ioctl->cmd != cmd)
		return -ENOTTY;
	if (extram_is_gone(client->ram))
		return -ENODEV;

	if (get_user(size, (u32 __user *)uargs))
		return -EFAULT;
	if (size < ioctl->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&call.args, ioctl->size, uargs, size);
	if (err)
		return err;

	if (ioctl->final && copy_to_user(uargs, &call.args, min(size, ioctl->size)))
		return -EFAULT;

	err = ioctl->run(client, &call);
	if (!err && ioctl->answers && copy_to_user(uargs, &call.args, min(size, ioctl->size)))
		err = -EFAULT;
	if (call.block && err)
		extram_block_withdraw(call.block);
	else if (call.block)
		extram_block_publish(call.block);
	return err;
}

static int extram_open(struct inode *inode, struct file *file)
{
	struct extram *ram = container_of(inode->i_cdev, struct extram, cdev);
	struct extram_client *client = extram_client_create(ram);

	if (IS_ERR(client))
		return PTR_ERR(client);
	client->owner.reads_only = !(file->f_mode & FMODE_WRITE);
	file->private_data = client;
	return 0;
}

static int extram_release(struct inode *inode, struct file *file)
{
	extram_client_destroy(file->private_data);
	return 0;
}

static ssize_t extram_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t ret = extram_client_read(iocb->ki_filp->private_data, iocb->ki_pos, to);

	if (ret > 0)
		iocb->ki_pos += ret;
	return ret;
}

static ssize_t extram_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t ret = extram_client_write(iocb->ki_filp->private_data, iocb->ki_pos, from);

	if (ret > 0)
		iocb->ki_pos += ret;
	return ret;
}

static loff_t extram_llseek(struct file *file, loff_t offset, int whence)
{
	struct extram_client *client = file->private_data;

	if (extram_is_gone(client->ram))
		return -ENODEV;
	return fixed_size_llseek(file, offset, whence, client->ram->space.size);
}

static __poll_t extram_poll(struct file *file, struct poll_table_struct *wait)
{
	struct extram_client *client = file->private_data;

	poll_wait(file, &client->ram->unplugged, wait);
	if (extram_is_gone(client->ram))
		return EPOLLHUP | EPOLLERR;
	return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
}

/* What write answered for is on the chip already. */
static int extram_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct extram_client *client = file->private_data;

	return extram_is_gone(client->ram) ? -ENODEV : 0;
}

/* For /proc/PID/fdinfo. */
static void extram_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct extram_client *client = file->private_data;
	struct extram_holdings holdings;

	extram_owner_holdings(&client->owner, &holdings);
	seq_printf(seq, "extram-ranges:\t%u\n", holdings.blocks);
	seq_printf(seq, "extram-bytes:\t%llu\n", holdings.bytes);
	seq_printf(seq, "extram-peak:\t%llu\n", holdings.peak);
}

static const struct file_operations extram_fops = {
	.owner = THIS_MODULE,
	.open = extram_open,
	.release = extram_release,
	.llseek = extram_llseek,
	.read_iter = extram_read_iter,
	.write_iter = extram_write_iter,
	.splice_read = extram_splice_read,
	.splice_write = iter_file_splice_write,
	.unlocked_ioctl = extram_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = extram_poll,
	.fsync = extram_fsync,
	.show_fdinfo = extram_show_fdinfo,
};

/**
 * extram_cdev_init() - set up the node of a memory
 * @cdev: the node, in its struct extram
 *
 * Context: Any.
 */
void extram_cdev_init(struct cdev *cdev)
{
	cdev_init(cdev, &extram_fops);
	cdev->owner = THIS_MODULE;
}
