// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/extram/: every block with its owner, the allocator's state of health, and what
 * went over the wire. For root alone, since it shows what files hide from each other; never what
 * the bytes are.
 */
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "client.h"
#include "core.h"
#include "debugfs.h"
#include "fault.h"

static struct dentry *extram_debugfs_root;

/* A block as it is listed. */
struct extram_listed {
	u64 offset;
	u64 length;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

struct extram_listing {
	struct extram_listed *blocks;
	u32 count;
	u32 room;
};

/* Walks one owner's blocks without keeping the lock of the space from one to the next. */
static void extram_list_owner(struct extram_listing *listing, struct extram_owner *owner,
			      pid_t pid, const char *comm)
{
	struct extram_range range = {};

	while (listing->count < listing->room && !extram_owner_next(owner, &range)) {
		struct extram_listed *listed = &listing->blocks[listing->count++];

		listed->offset = range.offset;
		listed->length = range.length;
		listed->pid = pid;
		strscpy(listed->comm, comm, sizeof(listed->comm));
		range.offset += range.length;
		cond_resched();
	}
}

static int extram_listed_cmp(const void *a, const void *b)
{
	const struct extram_listed *one = a, *two = b;

	return one->offset < two->offset ? -1 : one->offset > two->offset;
}

static int extram_blocks_show(struct seq_file *seq, void *unused)
{
	struct extram *ram = seq->private;
	struct extram_listing listing = {};
	struct extram_client *client;
	struct extram_usage usage;
	u32 i;

	extram_space_usage(&ram->space, &usage);
	listing.room = usage.blocks;
	listing.blocks = kvmalloc_array(max(usage.blocks, 1U), sizeof(*listing.blocks), GFP_KERNEL);
	if (!listing.blocks)
		return -ENOMEM;

	extram_list_owner(&listing, &ram->shared, 0, "(shared)");
	mutex_lock(&ram->clients_lock);
	list_for_each_entry(client, &ram->clients, list)
		extram_list_owner(&listing, &client->owner, client->pid, client->comm);
	mutex_unlock(&ram->clients_lock);

	sort(listing.blocks, listing.count, sizeof(*listing.blocks), extram_listed_cmp, NULL);
	seq_puts(seq, "offset length pid comm\n");
	for (i = 0; i < listing.count; i++)
		seq_printf(seq, "%llu %llu %d %s\n", listing.blocks[i].offset,
			   listing.blocks[i].length, listing.blocks[i].pid, listing.blocks[i].comm);
	kvfree(listing.blocks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extram_blocks);

/* The validator looks at every block under the lock: not for a machine in a hurry. */
static int extram_allocator_show(struct seq_file *seq, void *unused)
{
	struct extram *ram = seq->private;
	struct emalloc_fault fault = {};
	struct emalloc_stats stats;
	int err;

	spin_lock(&ram->space.lock);
	emalloc_pool_stats(&ram->space.pool, &stats);
	err = emalloc_pool_check(&ram->space.pool, &fault);
	spin_unlock(&ram->space.lock);

	seq_printf(seq, "size: %llu\n", stats.size);
	seq_printf(seq, "used: %llu\n", stats.used);
	seq_printf(seq, "largest_free: %llu\n", stats.largest_free);
	seq_printf(seq, "granule: %u\n", stats.granule);
	seq_printf(seq, "blocks: %u\n", stats.blocks);
	seq_printf(seq, "used_blocks: %u\n", stats.used_blocks);
	seq_printf(seq, "max_blocks: %u\n", stats.max_blocks);
	if (err)
		seq_printf(seq, "valid: no, %s at %llu\n", fault.what, fault.where);
	else
		seq_puts(seq, "valid: yes\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extram_allocator);

/* What sysfs has one by one, at one time: to be compared with what a user did in between. */
static int extram_wire_show(struct seq_file *seq, void *unused)
{
	struct extram *ram = seq->private;
	struct extram_wire_stats *stats = &ram->wire;

	seq_printf(seq, "transfers: %lld\n", (long long)atomic64_read(&stats->transfers));
	seq_printf(seq, "bytes: %lld\n", (long long)atomic64_read(&stats->bytes));
	seq_printf(seq, "errors: %lld\n", (long long)atomic64_read(&stats->errors));
	seq_printf(seq, "retries: %lld\n", (long long)atomic64_read(&stats->retries));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extram_wire);

/**
 * extram_debugfs_add() - make the folder of a memory
 * @ram: the memory; it has its name
 *
 * Context: May sleep.
 */
void extram_debugfs_add(struct extram *ram)
{
	ram->debugfs = debugfs_create_dir(dev_name(&ram->dev), extram_debugfs_root);
	debugfs_create_file("blocks", 0400, ram->debugfs, ram, &extram_blocks_fops);
	debugfs_create_file("allocator", 0400, ram->debugfs, ram, &extram_allocator_fops);
	debugfs_create_file("wire", 0400, ram->debugfs, ram, &extram_wire_fops);
}

/**
 * extram_debugfs_remove() - take it away, and wait for readers
 * @ram: the memory
 *
 * Context: May sleep.
 */
void extram_debugfs_remove(struct extram *ram)
{
	debugfs_remove_recursive(ram->debugfs);
}

/**
 * extram_debugfs_init() - make the folder of the driver
 *
 * Context: Module initialisation. Without debugfs there is none, and nothing fails.
 */
void extram_debugfs_init(void)
{
	extram_debugfs_root = debugfs_create_dir(EXTRAM_NAME, NULL);
	extram_fault_init(extram_debugfs_root);
}

/**
 * extram_debugfs_exit() - undo extram_debugfs_init()
 *
 * Context: Module exit.
 */
void extram_debugfs_exit(void)
{
	debugfs_remove_recursive(extram_debugfs_root);
}
