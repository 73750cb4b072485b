// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a memory: what one open file has of it.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"

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
		kfree_sensitive(client->slots[i].job.buf);
		extram_job_exit(&client->slots[i].job);
	}
	kfree(client);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_destroy);

/* A buffer of @size bytes; where there is no memory for a long one, a short one has to do. */
static int extram_client_buffer(struct extram_slot *slot, size_t size)
{
	void *buf = NULL;

	if (slot->size >= size)
		return 0;
	if (size > EXTRAM_IO_CHUNK)
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY);
	if (!buf) {
		if (slot->size)
			return 0;
		size = EXTRAM_IO_CHUNK;
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT);
	}
	if (!buf)
		return -ENOMEM;
	kfree_sensitive(slot->job.buf);
	slot->job.buf = buf;
	slot->size = size;
	return 0;
}

/**
 * extram_client_lock() - take the client's buffers
 * @client: the client
 * @len: bytes of the transfer
 *
 * Context: May sleep; on success client->lock is held and both slots have buffers.
 * Return: 0, -ENOMEM or -ERESTARTSYS.
 */
int extram_client_lock(struct extram_client *client, size_t len)
{
	unsigned int i;
	int err;

	atomic_inc(&client->waiting);
	err = mutex_lock_interruptible(&client->lock);
	atomic_dec(&client->waiting);
	if (err)
		return -ERESTARTSYS;

	for (i = 0; !err && i < ARRAY_SIZE(client->slots); i++)
		err = extram_client_buffer(&client->slots[i], len > EXTRAM_IO_CHUNK ?
					   EXTRAM_CLIENT_BUFFER : EXTRAM_IO_CHUNK);
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
