// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a memory: what one open file has of it.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"
#include "plan.h"

/**
 * extram_client_create() - a new user of a memory
 * @ram: the memory
 *
 * Context: May sleep.
 * Return: the client, or ERR_PTR: -ENOMEM, -ENODEV when the chip is gone.
 */
struct extram_client *extram_client_create(struct extram *ram)
{
	struct extram_client *client;
	unsigned int i;
	u32 max_blocks;
	u64 max_bytes;

	if (extram_is_gone(ram))
		return ERR_PTR(-ENODEV);

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return ERR_PTR(-ENOMEM);

	get_device(&ram->dev);
	client->ram = ram;
	extram_limits_file(&ram->limits, &max_blocks, &max_bytes);
	extram_owner_init(&client->owner, &ram->space, &ram->shared, max_blocks, max_bytes);
	client->epoch = READ_ONCE(ram->space.epoch);
	mutex_init(&client->lock);
	for (i = 0; i < ARRAY_SIZE(client->slots); i++) {
		extram_job_init(&client->slots[i].job);
		client->slots[i].job.flow = &client->flow;
	}
	client->pid = task_tgid_nr(current);
	get_task_comm(client->comm, current->group_leader);

	mutex_lock(&ram->clients_lock);
	list_add_tail(&client->list, &ram->clients);
	mutex_unlock(&ram->clients_lock);
	extram_wire_add_user(ram);
	return client;
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_create);

/**
 * extram_client_destroy() - give back all that a client has
 * @client: the client; nobody may be using it
 *
 * Context: May sleep.
 */
void extram_client_destroy(struct extram_client *client)
{
	unsigned int i;

	extram_wire_drop_user(client->ram);
	mutex_lock(&client->ram->clients_lock);
	list_del(&client->list);
	mutex_unlock(&client->ram->clients_lock);
	extram_owner_exit(&client->owner);
	put_device(&client->ram->dev);
	mutex_destroy(&client->lock);
	for (i = 0; i < ARRAY_SIZE(client->slots); i++) {
		/* User data has been through it. */
		kfree_sensitive(client->slots[i].base);
		extram_job_exit(&client->slots[i].job);
	}
	kfree(client);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_destroy);

/*
 * A buffer for @len bytes, or as many as buffers have; where there is no memory for a long one, a
 * short one has to do. Only short jobs have room before their bytes.
 */
static int extram_client_buffer(struct extram_slot *slot, size_t len)
{
	size_t size = EXTRAM_IO_CHUNK;
	void *buf = NULL;

	if (len > size) {
		size = roundup_pow_of_two(min_t(size_t, len, EXTRAM_CLIENT_BUFFER));
		if (slot->size >= size)
			return 0;
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY);
	}
	if (!buf) {
		if (slot->size)
			return 0;
		size = EXTRAM_IO_CHUNK;
		buf = kmalloc(size + EXTRAM_MAX_HEADER, GFP_KERNEL_ACCOUNT);
	}
	if (!buf)
		return -ENOMEM;
	kfree_sensitive(slot->base);
	slot->base = buf;
	slot->size = size;
	return 0;
}

/**
 * extram_client_two() - have a second buffer
 * @client: the client
 *
 * Context: May sleep; client->lock is held.
 * Return: false when there is no memory for one.
 */
bool extram_client_two(struct extram_client *client)
{
	lockdep_assert_held(&client->lock);
	return !extram_client_buffer(&client->slots[1], client->slots[0].size);
}

/**
 * extram_client_lock() - take the client's buffers
 * @client: the client
 * @len: bytes of the transfer
 *
 * Context: May sleep; on success client->lock is held and the first slot has a buffer.
 * Return: 0, -ENOMEM or -ERESTARTSYS.
 */
int extram_client_lock(struct extram_client *client, size_t len)
{
	int err = 0;

	if (!mutex_trylock(&client->lock)) {
		atomic_inc(&client->waiting);
		err = mutex_lock_interruptible(&client->lock);
		atomic_dec(&client->waiting);
		if (err)
			return -ERESTARTSYS;
	}

	if (client->slots[0].size < min_t(size_t, len, EXTRAM_CLIENT_BUFFER))
		err = extram_client_buffer(&client->slots[0], len);
	if (err)
		mutex_unlock(&client->lock);
	return err;
}

/**
 * extram_client_unlock() - give the client's buffers back
 * @client: the client
 *
 * Context: client->lock is held; nothing of the client's is on its way.
 */
void extram_client_unlock(struct extram_client *client)
{
	mutex_unlock(&client->lock);
}
