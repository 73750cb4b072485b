// SPDX-License-Identifier: GPL-2.0-only
/*
 * The turns of a wire: who has it, and who is next.
 *
 * All that goes over the wire is a job: bytes that one message takes, and that keep the wire for a
 * bounded time. One job is on the wire, the others wait. When one is through, the next one starts
 * from there, without a thread in between, so that the wire does not rest; where there is nobody
 * else, it stands behind that one already. Whose flow has had least of the wire's time is next: a
 * long transfer is many jobs, and all who share the wire with it get their turn behind the job that
 * is on its way.
 *
 * Who has nothing to do but to wait runs its job itself if the wire is free. While nobody else
 * wants the wire, that takes no lock: to take it and to give it back is an atomic operation each,
 * and as nobody had to wait for such a job, it is not on anyone's account.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "batch.h"
#include "compat.h"
#include "io.h"
#include "mem.h"
#include "plan.h"
#include "turn.h"

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
		return extram_message_end(msg, spi_sync(io->plan.spi, msg));
	while ((msg = extram_batch_next(&io->plan, job, &status)))
		status = extram_message_end(msg, spi_sync(io->plan.spi, msg));
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

/**
 * extram_turn_init() - make a wire ready that nobody has
 * @io: the wire
 *
 * Context: Any.
 */
void extram_turn_init(struct extram_io *io)
{
	spin_lock_init(&io->lock);
	INIT_LIST_HEAD(&io->ready);
	init_waitqueue_head(&io->turned);
	INIT_WORK(&io->work, extram_io_work);
	atomic_set(&io->state, EXTRAM_IO_FREE);
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
	       cost <= 2ULL * extram_io_us(false) * NSEC_PER_USEC;
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
