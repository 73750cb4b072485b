// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire to a chip: set up and taken down, how much of a range is one job, and ranges for those
 * who just want the bytes moved. Who has the wire when: turn.c.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/workqueue.h>

#include "batch.h"
#include "compat.h"
#include "io.h"
#include "plan.h"
#include "turn.h"
#include "window.h"

/* However slow the clock is, and however short the time. */
#define EXTRAM_IO_LEAST_US	10U
#define EXTRAM_IO_LEAST		16U	/* bytes */

static unsigned int message_us = 1000;
module_param(message_us, uint, 0644);
MODULE_PARM_DESC(message_us, "longest time in microseconds that one message keeps the wire, and others from it (default 1000)");

static unsigned int alone_us = 50000;
module_param(alone_us, uint, 0644);
MODULE_PARM_DESC(alone_us, "the same while there is nobody else: one open file, and one device on the bus (default 50000)");

/**
 * extram_io_us() - how long a message may keep the wire
 * @alone: there is nobody whom it could keep from it
 *
 * Context: Any.
 * Return: microseconds of clocks.
 */
unsigned int extram_io_us(bool alone)
{
	unsigned int us = READ_ONCE(message_us);

	return alone ? max(us, READ_ONCE(alone_us)) : us;
}

static int extram_io_is_other(struct device *dev, void *data)
{
	return dev != data;
}

/**
 * extram_io_is_sole() - whether the chip has its bus for itself
 * @io: the wire
 *
 * Looks once in a jiffy.
 *
 * Context: May sleep.
 * Return: true when there is no other device on the controller.
 */
bool extram_io_is_sole(struct extram_io *io)
{
	struct spi_device *spi = io->plan.spi;
	unsigned long now = jiffies;

	if (READ_ONCE(io->looked) != now) {
		WRITE_ONCE(io->sole, !device_for_each_child(&spi->controller->dev, &spi->dev,
							    extram_io_is_other));
		WRITE_ONCE(io->looked, now);
	}
	return READ_ONCE(io->sole);
}

/**
 * extram_io_room() - the room that the engine wants before the bytes of a short job
 * @io: the wire
 * @write: of a write; else of a read
 *
 * With it, header and data are one transfer, and the data are not copied.
 *
 * Context: Any.
 * Return: bytes, at most EXTRAM_MAX_HEADER; 0 when it has no use for room.
 */
u8 extram_io_room(const struct extram_io *io, bool write)
{
	const struct extram_cmd *cmd = extram_io_cmd(io, write);

	if (extram_plan_uses_mem(&io->plan) || !extram_plan_joins(&io->plan, cmd, 1))
		return 0;
	return cmd->header;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_room);

/**
 * extram_io_fit() - how much of a range can be one job
 * @io: the wire, started
 * @write: it is to be written; else read
 * @addr: first address on the chip
 * @len: bytes of the range
 * @alone: there is nobody whom it could keep from the wire
 *
 * Context: Any.
 * Return: bytes, at least 1 and at most @len.
 */
size_t extram_io_fit(const struct extram_io *io, bool write, u32 addr, size_t len, bool alone)
{
	const struct extram_cmd *cmd = extram_io_cmd(io, write);
	const struct extram_plan *plan = &io->plan;
	unsigned int us = max(extram_io_us(alone), EXTRAM_IO_LEAST_US);
	u32 byte = EXTRAM_WIDTH_CLOCKS(cmd->op->width);
	struct extram_batch_sum sum = {};
	u32 overhead = cmd->overhead;
	u64 clocks, used = 0;
	size_t done = 0;

	if (write && plan->chip->flags & EXTRAM_CHIP_WREN)
		overhead += 8 / plan->lines;
	/* Most transfers are one burst that is short enough, which is seen without a division. */
	if (extram_cmd_next(cmd, addr, len) == len &&
	    (overhead + (u64)len * byte) * USEC_PER_SEC <= (u64)us * cmd->hz)
		return len;
	clocks = div_u64((u64)us * cmd->hz, USEC_PER_SEC);

	while (done < len && used < clocks) {
		u32 n = extram_cmd_next(cmd, addr + done, len - done);

		if (used + overhead + (u64)n * byte > clocks) {
			u64 left = clocks > used + overhead ? clocks - used - overhead : 0;

			/* A short piece now would cost the next message a command more. */
			if (done)
				break;
			n = clamp_t(u64, div_u64(left, byte), min(n, EXTRAM_IO_LEAST), n);
		}
		if (!extram_plan_uses_mem(plan) && !extram_batch_room(plan, cmd, n, &sum))
			break;
		used += overhead + (u64)n * byte;
		done += n;
	}
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_fit);

/* Jobs one after another, until a range is through. */
static int extram_io_range(struct extram_io *io, bool write, bool zero, u32 addr, void *buf,
			   size_t len)
{
	struct extram_job *job = &io->sync;
	int err = 0;

	if (len > io->plan.chip->size || addr > io->plan.chip->size - len)
		return -EINVAL;

	mutex_lock(&io->sync_lock);
	job->flow = &io->flow;
	job->write = write;
	job->zero = zero;
	while (len && !err) {
		job->addr = addr;
		job->buf = buf;
		job->len = extram_io_fit(io, write, addr, len, false);
		addr += job->len;
		buf = buf ? buf + job->len : NULL;
		len -= job->len;
		err = extram_io_run(io, job);
	}
	mutex_unlock(&io->sync_lock);
	return err;
}

/**
 * extram_io_read() - read bytes from the chip
 * @io: the wire, started
 * @addr: first address on the chip, in bytes
 * @buf: where the bytes go; from the heap, since the controller may reach it by DMA
 * @len: how many
 *
 * Context: May sleep; one caller at a time.
 * Return: as extram_io_run().
 */
int extram_io_read(struct extram_io *io, u32 addr, void *buf, size_t len)
{
	return extram_io_range(io, false, false, addr, buf, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_read);

/**
 * extram_io_write() - write bytes to the chip
 * @io: the wire, started
 * @addr: first address on the chip, in bytes
 * @buf: the bytes; from the heap, since the controller may reach them by DMA
 * @len: how many
 *
 * Context: May sleep; one caller at a time.
 * Return: as extram_io_run().
 */
int extram_io_write(struct extram_io *io, u32 addr, const void *buf, size_t len)
{
	return extram_io_range(io, true, false, addr, (void *)buf, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_write);

/**
 * extram_io_zero() - write zeros to the chip
 * @io: the wire, started
 * @addr: first address on the chip, in bytes
 * @len: how many, at most EXTRAM_IO_CHUNK
 *
 * Context: May sleep; one caller at a time.
 * Return: as extram_io_run(); -EINVAL too when @len is over the chunk.
 */
int extram_io_zero(struct extram_io *io, u32 addr, size_t len)
{
	if (len > EXTRAM_IO_CHUNK)
		return -EINVAL;
	return extram_io_range(io, true, true, addr, NULL, len);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_zero);

/**
 * extram_io_facts() - how the wire is driven
 * @io: the wire, started
 * @facts: where the answer goes
 *
 * Context: Any.
 */
void extram_io_facts(const struct extram_io *io, struct extram_io_facts *facts)
{
	facts->read_hz = io->plan.read.hz;
	facts->write_hz = io->plan.write.hz;
	facts->read_burst = extram_cmd_longest(&io->plan.read);
	facts->write_burst = extram_cmd_longest(&io->plan.write);
	facts->read_width = io->plan.read.op->width;
	facts->write_width = io->plan.write.op->width;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_facts);

/**
 * extram_io_create() - make the wire to a chip
 * @spi: the chip on its bus; its max_speed_hz is the clock that the board allows
 * @chip: its row of facts
 *
 * Does not touch the chip, which may not have been set up yet.
 *
 * Context: May sleep.
 * Return: the wire, or ERR_PTR: -ENOMEM, or as extram_plan_make().
 */
struct extram_io *extram_io_create(struct spi_device *spi, const struct extram_chip *chip)
{
	struct extram_io *io;
	int err;

	io = kzalloc(sizeof(*io), GFP_KERNEL);
	if (!io)
		return ERR_PTR(-ENOMEM);

	extram_turn_init(io);
	mutex_init(&io->sync_lock);
	io->looked = jiffies - 1;
	extram_job_init(&io->sync);
	err = extram_plan_make(&io->plan, spi, chip);
	if (err)
		goto fail;

	err = -ENOMEM;
	io->zeros = kzalloc(EXTRAM_IO_CHUNK, GFP_KERNEL);
	io->scratch = kzalloc(EXTRAM_MAX_HEADER + 1, GFP_KERNEL);
	if (!io->zeros || !io->scratch)
		goto fail;
	if (extram_plan_uses_mem(&io->plan)) {
		io->queue = alloc_workqueue("extram-%s", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM,
					    1, dev_name(&spi->dev));
		if (!io->queue)
			goto fail;
	}
	return io;

fail:
	extram_io_destroy(io);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_create);

/**
 * extram_io_start() - take the wire into use
 * @io: the wire; the chip has been set up, and listens on one line
 *
 * Sees which clock really runs, makes the chip listen on as many lines as the plan says, and opens
 * windows where the controller has them. May be called again once the chip has been set up again.
 *
 * Context: May sleep; nobody else may use the wire.
 * Return: 0, or as extram_plan_measure(). What is wrong has been said by dev_err_probe().
 */
int extram_io_start(struct extram_io *io)
{
	struct extram_plan *plan = &io->plan;
	int err;

	err = extram_plan_measure(plan, io->scratch);
	if (err)
		return err;
	if (plan->lines > 1) {
		err = plan->chip->ops->enter(plan->spi, plan->chip, plan->lines);
		if (err)
			return dev_err_probe(&plan->spi->dev, err,
					     "%s: cannot be made to use %u lines\n",
					     plan->chip->name, plan->lines);
		io->entered = true;
	}
	if (extram_plan_uses_mem(plan))
		extram_window_open(plan);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_start);

/**
 * extram_io_stop() - undo extram_io_start()
 * @io: the wire, started or not; nobody may be using it
 *
 * Who comes next, be it a boot loader, finds the chip listening on one line.
 *
 * Context: May sleep.
 */
void extram_io_stop(struct extram_io *io)
{
	struct extram_plan *plan = &io->plan;

	if (io->entered)
		plan->chip->ops->leave(plan->spi, plan->chip, plan->lines);
	io->entered = false;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_stop);

/**
 * extram_io_destroy() - take the wire down
 * @io: the wire; nobody may begin to use it meanwhile
 *
 * Waits for what is on its way.
 *
 * Context: May sleep.
 */
void extram_io_destroy(struct extram_io *io)
{
	extram_io_drain(io);
	if (io->queue)
		destroy_workqueue(io->queue);
	if (extram_plan_uses_mem(&io->plan))
		extram_window_close(&io->plan);
	extram_io_stop(io);
	extram_plan_end(&io->plan);
	extram_job_exit(&io->sync);
	mutex_destroy(&io->sync_lock);
	kfree(io->zeros);
	kfree(io->scratch);
	kfree(io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_destroy);
