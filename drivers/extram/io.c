// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire engine: who has the wire, and for how long.
 *
 * All that goes over the wire is a job: bytes that one message takes, and that keep the wire for a
 * bounded time. One job is on the wire, the others wait. When one is through, the next one starts
 * from there, without a thread in between, so that the wire does not rest; where there is nobody
 * else, it stands behind that one already. Whose flow has had least of the wire's time is next: a
 * long transfer is many jobs, and all who share the wire with it get their turn behind the job that
 * is on its way.
 *
 * Who has nothing to do but to wait runs its job itself if the wire is free. While nobody else wants
 * the wire, that takes no lock: to take it and to give it back is an atomic operation each, and as
 * nobody had to wait for such a job, it is not on anyone's account.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "batch.h"
#include "compat.h"
#include "io.h"
#include "mem.h"
#include "plan.h"
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

enum extram_io_state {
	EXTRAM_IO_FREE,
	EXTRAM_IO_TAKEN,	/* nobody waits: whoever has it gives it back without the lock */
	EXTRAM_IO_WANTED,	/* whoever has it turns it over under the lock */
};

/**
 * struct extram_io - the wire to one chip
 * @plan: how the chip is reached; constant once the wire has started
 * @zeros: EXTRAM_IO_CHUNK bytes for zero-fill
 * @scratch: a few bytes for what is short
 * @entered: the chip listens on plan.lines
 * @work: runs jobs through spi-mem for those who do not wait
 * @queue: where
 * @looked: when it was seen that the chip has its bus for itself, in jiffies
 * @sole: whether it had
 * @state: who takes it out of EXTRAM_IO_FREE has the wire; see enum extram_io_state
 * @current_job: the job on the wire; belongs to whoever has that
 * @lock: protects the fields below, and the way of @state from EXTRAM_IO_WANTED to EXTRAM_IO_FREE
 * @next_job: one that stands behind it in the SPI core already, so that the wire does not rest
 * @ready: jobs that wait for their turn
 * @now: the wire's own time: where the share of the current job began
 * @turns: how often a job ended
 * @turned: waits for that
 * @sync_lock: protects @sync, and what it points to
 * @sync: the job of extram_io_read() and its like
 * @flow: its share
 */
struct extram_io {
	struct extram_plan plan;
	u8 *zeros;
	u8 *scratch;
	bool entered;
	struct work_struct work;
	struct workqueue_struct *queue;
	unsigned long looked;
	bool sole;
	atomic_t state;
	struct extram_job *current_job;

	spinlock_t lock;	/* next_job to turns */
	struct extram_job *next_job;
	struct list_head ready;
	u64 now;
	unsigned long turns;
	wait_queue_head_t turned;

	struct mutex sync_lock;	/* sync */
	struct extram_job sync;
	struct extram_flow flow;
};

/**
 * extram_job_init() - make a job ready for its first use
 * @job: the job
 *
 * Context: Any.
 */
void extram_job_init(struct extram_job *job)
{
	memset(job, 0, sizeof(*job));
	INIT_LIST_HEAD(&job->list);
	init_completion(&job->through);
}
EXPORT_SYMBOL_IF_KUNIT(extram_job_init);

/**
 * extram_job_exit() - give back what a job has
 * @job: the job; not on its way
 *
 * Context: May sleep.
 */
void extram_job_exit(struct extram_job *job)
{
	extram_batch_free(job);
}
EXPORT_SYMBOL_IF_KUNIT(extram_job_exit);

static const struct extram_cmd *extram_io_cmd(const struct extram_io *io, bool write)
{
	return write ? &io->plan.write : &io->plan.read;
}

/* How long a range keeps the wire, in nanoseconds. */
static u64 extram_io_cost(const struct extram_io *io, const struct extram_job *job)
{
	const struct extram_cmd *cmd = extram_io_cmd(io, job->write);
	u32 bursts = DIV_ROUND_UP(job->len, cmd->burst);

	return extram_cmd_ns(cmd, job->len) +
	       div_u64((bursts - 1) * (u64)cmd->overhead * NSEC_PER_SEC, cmd->hz);
}

/* Makes a job ready to be sent, again or for the first time. */
static void extram_io_try(struct extram_io *io, struct extram_job *job)
{
	job->tries++;
	if (!extram_plan_uses_mem(&io->plan))
		extram_batch_build(&io->plan, job);
}

/* Whether the job is to be sent once more after it ended like this. */
static bool extram_io_is_worth_it(const struct extram_job *job, int status)
{
	return (status == -EAGAIN || status == -ETIMEDOUT) && job->tries < EXTRAM_IO_TRIES;
}

/* Which of those that wait is next. */
static struct extram_job *extram_io_pick(struct extram_io *io)
{
	struct extram_job *job, *next = NULL;

	lockdep_assert_held(&io->lock);
	list_for_each_entry(job, &io->ready, list)
		if (!next || job->start < next->start)
			next = job;
	if (next)
		list_del_init(&next->list);
	return next;
}

/* Takes a free wire for a job that its caller runs. */
static bool extram_io_take(struct extram_io *io, struct extram_job *job)
{
	if (atomic_read(&io->state) != EXTRAM_IO_FREE ||
	    atomic_cmpxchg_acquire(&io->state, EXTRAM_IO_FREE, EXTRAM_IO_TAKEN) != EXTRAM_IO_FREE)
		return false;
	io->current_job = job;
	return true;
}

/* Gives the wire back, unless somebody wants it: then it is to be turned over. */
static bool extram_io_release(struct extram_io *io)
{
	return atomic_cmpxchg_release(&io->state, EXTRAM_IO_TAKEN, EXTRAM_IO_FREE) ==
	       EXTRAM_IO_TAKEN;
}

/* Whether the wire is free; if not, whoever has it will look who waits on io->turned. */
static bool extram_io_is_free(struct extram_io *io)
{
	return atomic_cmpxchg(&io->state, EXTRAM_IO_TAKEN, EXTRAM_IO_WANTED) == EXTRAM_IO_FREE;
}

/*
 * A job on the wire has ended, unless it is worth another try; answers the one that is to be sent
 * now.
 */
static struct extram_job *extram_io_turn(struct extram_io *io, struct extram_job *job, int status)
{
	struct extram_job *next = NULL;
	unsigned long flags;

	if (extram_io_is_worth_it(job, status)) {
		extram_io_try(io, job);
		return job;
	}
	job->status = status;
	if (job->done)
		job->done(job);
	if (extram_io_release(io))
		return NULL;

	spin_lock_irqsave(&io->lock, flags);
	/* After another try it may be the second one that is through first. */
	if (job == io->current_job)
		io->current_job = io->next_job;
	io->next_job = NULL;
	if (!io->current_job) {
		next = extram_io_pick(io);
		io->current_job = next;
	}
	if (io->current_job)
		io->now = io->current_job->start;
	else
		atomic_set_release(&io->state, EXTRAM_IO_FREE);
	io->turns++;
	if (wq_has_sleeper(&io->turned))
		wake_up_all(&io->turned);
	/* From here on the job is its owner's, and without a next one the wire may be destroyed. */
	if (job->waited)
		complete_all(&job->through);
	spin_unlock_irqrestore(&io->lock, flags);
	return next;
}

static void extram_io_message_done(void *context);

/* Sends the message that follows one that ended with @status; answers 0 when one is on its way. */
static int extram_io_send(struct extram_io *io, struct extram_job *job, int *status)
{
	struct spi_message *msg = extram_batch_next(&io->plan, job, status);

	if (!msg)
		return -ENOENT;
	msg->complete = extram_io_message_done;
	msg->context = job;
	*status = spi_async(io->plan.spi, msg);
	return *status;
}

/* Brings @job, and if it ends at once those behind it, on their way. */
static void extram_io_go(struct extram_io *io, struct extram_job *job)
{
	while (job) {
		int status = 0;

		if (extram_plan_uses_mem(&io->plan)) {
			queue_work(io->queue, &io->work);
			return;
		}
		if (!extram_io_send(io, job, &status))
			return;
		job = extram_io_turn(io, job, status);
	}
}

static void extram_io_message_done(void *context)
{
	struct extram_job *job = context;
	struct extram_io *io = job->io;
	int status = extram_batch_status(job);

	if (extram_io_send(io, job, &status))
		extram_io_go(io, extram_io_turn(io, job, status));
}

/* Sends a job, and waits for the end of it. */
static int extram_io_send_here(struct extram_io *io, struct extram_job *job)
{
	struct spi_message *msg;
	int status = 0;

	if (extram_plan_uses_mem(&io->plan))
		return extram_mem_run(&io->plan, job, io->scratch);

	msg = extram_batch_whole(job);
	if (msg)
		return spi_sync(io->plan.spi, msg);
	while ((msg = extram_batch_next(&io->plan, job, &status)))
		status = spi_sync(io->plan.spi, msg);
	return status;
}

static int extram_io_run_here(struct extram_io *io, struct extram_job *job)
{
	u64 began;
	int status;

	if (!job->timed)
		return extram_io_send_here(io, job);
	began = ktime_get_ns();
	status = extram_io_send_here(io, job);
	job->took = ktime_get_ns() - began;
	return status;
}

static void extram_io_work(struct work_struct *work)
{
	struct extram_io *io = container_of(work, struct extram_io, work);
	struct extram_job *job = io->current_job;

	extram_io_go(io, extram_io_turn(io, job, extram_io_send_here(io, job)));
}

/*
 * Whether a job may stand in the SPI core behind the one that is on the wire: when there is nobody
 * who would have to wait for both, and both are short. If the first one has to be sent once more,
 * the second one will be through before it.
 */
static bool extram_io_may_stand(const struct extram_io *io, const struct extram_job *job, u64 cost)
{
	lockdep_assert_held(&io->lock);
	return job->alone && !job->in_order && !io->next_job && list_empty(&io->ready) &&
	       !extram_plan_uses_mem(&io->plan) && extram_batch_whole(job) &&
	       cost <= 2ULL * READ_ONCE(message_us) * NSEC_PER_USEC;
}

/*
 * Makes the job ready, and puts it in its place; answers 1 when it is to be sent. With @here the
 * caller runs it, and nothing is sent before the wire is free.
 */
static int extram_io_enqueue(struct extram_io *io, struct extram_job *job, bool here)
{
	unsigned long flags;
	bool first;
	u64 cost;
	int err;

	if (!job->len || job->len > io->plan.chip->size ||
	    job->addr > io->plan.chip->size - job->len)
		return -EINVAL;
	if (job->zero && job->len > EXTRAM_IO_CHUNK)
		return -EINVAL;
	if (!extram_plan_uses_mem(&io->plan) && !job->batch) {
		err = extram_batch_alloc(&io->plan, job);
		if (err)
			return err;
	}
	job->data = job->zero ? io->zeros : job->buf;
	job->tries = 0;
	extram_io_try(io, job);
	job->io = io;
	job->status = -EINPROGRESS;
	job->took = 0;
	job->waited = false;
	if (here && extram_io_take(io, job))
		return 1;

	job->waited = true;
	cost = extram_io_cost(io, job);
	spin_lock_irqsave(&io->lock, flags);
	/* Who did not want the wire for a while has saved nothing up. */
	job->start = max(io->now, job->flow->finish);
	job->flow->finish = job->start + cost;
	/* From here on whoever has the wire comes to the lock before giving it back. */
	first = atomic_xchg(&io->state, EXTRAM_IO_WANTED) == EXTRAM_IO_FREE;
	if (!first || !here)
		reinit_completion(&job->through);
	if (first) {
		io->current_job = job;
		io->now = job->start;
		job->waited = !here;
	} else if (!here && extram_io_may_stand(io, job, cost)) {
		io->next_job = job;
		first = true;
	} else {
		list_add_tail(&job->list, &io->ready);
	}
	spin_unlock_irqrestore(&io->lock, flags);
	return first;
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
	unsigned int us = alone ? max(READ_ONCE(message_us), READ_ONCE(alone_us)) :
				  READ_ONCE(message_us);
	unsigned int data = EXTRAM_WIDTH_DATA(cmd->op->width);
	struct extram_batch_sum sum = {};
	u32 overhead = cmd->overhead;
	u64 clocks, used = 0;
	size_t done = 0;

	if (len <= cmd->small && us >= EXTRAM_PLAN_SMALL_US &&
	    extram_cmd_next(cmd, addr, len) == len)
		return len;
	clocks = div_u64((u64)max(us, EXTRAM_IO_LEAST_US) * cmd->hz, USEC_PER_SEC);
	if (write && plan->chip->flags & EXTRAM_CHIP_WREN)
		overhead += 8 / plan->lines;

	while (done < len && used < clocks) {
		u32 n = extram_cmd_next(cmd, addr + done, len - done);

		if (used + overhead + n * 8ULL / data > clocks) {
			u64 left = clocks > used + overhead ? clocks - used - overhead : 0;

			/* A short piece now would cost the next message a command more. */
			if (done)
				break;
			n = clamp_t(u64, left * data / 8, min(n, EXTRAM_IO_LEAST), n);
		}
		if (!extram_plan_uses_mem(plan) && !extram_batch_room(plan, cmd, n, &sum))
			break;
		used += overhead + n * 8ULL / data;
		done += n;
	}
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_fit);

/**
 * extram_io_run() - move the bytes of a job, and wait
 * @io: the wire, started
 * @job: the job
 *
 * Context: May sleep. A free wire is used by the caller itself.
 * Return: 0; -EINVAL when the range is not on the chip; -ENOMEM; or what the SPI controller's
 * driver answers: then the buffer of a read, or the range of a write, is undefined.
 */
int extram_io_run(struct extram_io *io, struct extram_job *job)
{
	int first = extram_io_enqueue(io, job, true);

	if (first < 0)
		return first;
	if (!first) {
		wait_for_completion(&job->through);
		return job->status;
	}
	for (;;) {
		int status = extram_io_run_here(io, job);

		if (!extram_io_is_worth_it(job, status)) {
			extram_io_go(io, extram_io_turn(io, job, status));
			return status;
		}
		extram_io_try(io, job);
	}
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_run);

/**
 * extram_io_submit() - let the bytes of a job be moved
 * @io: the wire, started
 * @job: the job; until extram_job_wait() it, its buffer and its flow belong to the wire
 *
 * Context: May sleep for memory at the first use of a job.
 * Return: 0 when the job is on its way; -EINVAL when the range is not on the chip; -ENOMEM.
 */
int extram_io_submit(struct extram_io *io, struct extram_job *job)
{
	int first = extram_io_enqueue(io, job, false);

	if (first < 0)
		return first;
	if (first)
		extram_io_go(io, job);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_submit);

/**
 * extram_job_wait() - wait for a job that is on its way
 * @job: the job; its status is valid then
 *
 * Context: May sleep, for as long as those before it and itself need the wire.
 */
void extram_job_wait(struct extram_job *job)
{
	wait_for_completion(&job->through);
}
EXPORT_SYMBOL_IF_KUNIT(extram_job_wait);

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

	spin_lock_init(&io->lock);
	mutex_init(&io->sync_lock);
	INIT_LIST_HEAD(&io->ready);
	io->looked = jiffies - 1;
	init_waitqueue_head(&io->turned);
	INIT_WORK(&io->work, extram_io_work);
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
 * extram_io_drain() - wait until nothing is on the wire
 * @io: the wire; nobody may begin to use it meanwhile
 *
 * Context: May sleep, as long as what is on its way needs.
 */
void extram_io_drain(struct extram_io *io)
{
	wait_event(io->turned, extram_io_is_free(io));
	/* Who said so has left the lock then. */
	spin_lock_irq(&io->lock);
	spin_unlock_irq(&io->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_drain);

/**
 * extram_io_pass() - wait for the job that is on the wire
 * @io: the wire
 *
 * And for the one that stands behind it, if there is one.
 *
 * Context: May sleep, as long as these need.
 */
void extram_io_pass(struct extram_io *io)
{
	unsigned long turns = READ_ONCE(io->turns);

	wait_event(io->turned, extram_io_is_free(io) || READ_ONCE(io->turns) - turns >= 2);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_pass);

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
	extram_job_exit(&io->sync);
	mutex_destroy(&io->sync_lock);
	kfree(io->zeros);
	kfree(io->scratch);
	kfree(io);
}
EXPORT_SYMBOL_IF_KUNIT(extram_io_destroy);
