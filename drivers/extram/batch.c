// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs as SPI messages, for controllers that clock transfers.
 *
 * A job is cut into bursts, each a command with address and data under one chip select. All of them
 * travel in one message, so that the queue of the controller is crossed once. What does not go
 * into it, as chip select cannot rise there or an answer must be seen, goes in short messages
 * before and behind it.
 */
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "batch.h"
#include "io.h"
#include "plan.h"

/* What the CPU writes and what a device may write never share a cache line. */
static_assert(ARCH_DMA_MINALIGN <= EXTRAM_PLAN_SHORT);

/* Data of a joined read, to be copied out of @rx when its message is through. */
struct extram_batch_copy {
	void *to;
	const void *from;
	size_t len;
};

enum extram_batch_step {
	EXTRAM_BATCH_BEGIN,
	EXTRAM_BATCH_WREN,
	EXTRAM_BATCH_MAIN,
	EXTRAM_BATCH_BUSY,
};

/* What can be sent again for another job once its address and its bytes have been changed. */
enum extram_batch_kind {
	EXTRAM_BATCH_OTHER,	/* nothing */
	EXTRAM_BATCH_IN_PLACE,	/* a burst in one transfer, its data where the job has them */
	EXTRAM_BATCH_APART,	/* a burst with a transfer for all of its data */
};

/**
 * struct extram_batch - the messages of a job
 * @cmd: the command that they are made for
 * @kind: whether they can be sent again
 * @whole: they are one, with nothing to be done behind it
 * @msg: the bursts
 * @count: how many of @xfers are in use
 * @step: the message that is on its way
 * @extra: a short message before or behind the bursts
 * @extra_xfers: its transfers
 * @deadline: in jiffies, for the end of a write
 * @late: the question that is on its way was asked behind that
 * @copies: what to copy out of @rx
 * @ncopies: how many
 * @used: bytes of @tx, and of @rx, in use
 * @dirty: bytes of @tx that may be other than zero
 * @tx: headers, and data of joined bursts
 * @rx: what joined reads answer
 * @wren: the command that allows a write
 * @status: the command that reads the status register
 * @answer: what it answers
 * @xfers: the transfers of @msg
 */
struct extram_batch {
	const struct extram_cmd *cmd;
	enum extram_batch_kind kind;
	bool whole;
	struct spi_message msg;
	unsigned int count;
	enum extram_batch_step step;
	struct spi_message extra;
	struct spi_transfer extra_xfers[2];
	unsigned long deadline;
	bool late;
	struct extram_batch_copy *copies;
	unsigned int ncopies;
	size_t used;
	size_t dirty;
	u8 *tx;
	u8 *rx;
	u8 *wren;
	u8 *status;
	u8 *answer;
	struct spi_transfer xfers[];
};

/**
 * extram_batch_alloc() - give a job what it needs to become messages
 * @plan: how the chip is reached
 * @job: the job
 *
 * Context: May sleep.
 * Return: 0, also when it has it already, or -ENOMEM.
 */
int extram_batch_alloc(const struct extram_plan *plan, struct extram_job *job)
{
	size_t size = plan->max_scratch + EXTRAM_PLAN_SHORT;
	struct extram_batch *batch = job->batch;

	if (batch)
		return 0;
	batch = kvzalloc(struct_size(batch, xfers, plan->max_xfers), GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;
	batch->copies = kvcalloc(plan->max_xfers, sizeof(*batch->copies), GFP_KERNEL_ACCOUNT);
	batch->tx = kzalloc(size, GFP_KERNEL_ACCOUNT);
	batch->rx = kzalloc(size, GFP_KERNEL_ACCOUNT);
	job->batch = batch;
	if (!batch->copies || !batch->tx || !batch->rx) {
		extram_batch_free(job);
		return -ENOMEM;
	}

	batch->wren = batch->tx + plan->max_scratch;
	batch->status = batch->wren + 1;
	batch->answer = batch->rx + plan->max_scratch;
	*batch->wren = EXTRAM_OP_WREN;
	*batch->status = EXTRAM_OP_RDSR;
	return 0;
}

/**
 * extram_batch_free() - undo extram_batch_alloc()
 * @job: the job, also one without messages
 *
 * Context: May sleep.
 */
void extram_batch_free(struct extram_job *job)
{
	if (!job->batch)
		return;
	/* User data has been through it. */
	kfree_sensitive(job->batch->tx);
	kfree_sensitive(job->batch->rx);
	kvfree(job->batch->copies);
	kvfree(job->batch);
	job->batch = NULL;
}

static unsigned int extram_batch_xfers(const struct extram_plan *plan, size_t len)
{
	return len <= plan->max_transfer ? 1 : DIV_ROUND_UP(len, plan->max_transfer);
}

static bool extram_batch_wren(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	return cmd == &plan->write && plan->chip->flags & EXTRAM_CHIP_WREN;
}

/* One message has one burst where chip select does not rise inside, or the end must be seen. */
static bool extram_batch_single(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	return !plan->cs_change || (cmd == &plan->write && plan->chip->busy);
}

static void extram_batch_need(const struct extram_plan *plan, const struct extram_cmd *cmd,
			      size_t len, struct extram_batch_sum *need)
{
	bool apart = EXTRAM_WIDTH_COMMAND(cmd->op->width) != EXTRAM_WIDTH_ADDR(cmd->op->width);
	bool join = extram_plan_joins(plan, cmd, len);
	size_t first = cmd->header + (join ? len : 0);

	need->scratch = ALIGN(first, dma_get_cache_alignment());
	need->bytes = cmd->header + len;
	need->xfers = extram_batch_xfers(plan, first - apart) + apart;
	if (!join)
		need->xfers += extram_batch_xfers(plan, len);
	if (extram_batch_wren(plan, cmd) && plan->cs_change) {
		need->xfers++;
		need->bytes++;
	}
}

/**
 * extram_batch_room() - see whether a message takes one burst more, and count it
 * @plan: how the chip is reached
 * @cmd: the command, one of @plan
 * @len: data bytes of the burst
 * @sum: what the message has, zeroed before the first burst; one burst always fits
 *
 * Context: Any.
 * Return: true when it does.
 */
bool extram_batch_room(const struct extram_plan *plan, const struct extram_cmd *cmd, size_t len,
		       struct extram_batch_sum *sum)
{
	struct extram_batch_sum need;

	extram_batch_need(plan, cmd, len, &need);
	if (sum->xfers && (extram_batch_single(plan, cmd) ||
			   sum->xfers + need.xfers > plan->max_xfers ||
			   sum->scratch + need.scratch > plan->max_scratch ||
			   need.bytes > plan->max_message - sum->bytes))
		return false;
	sum->xfers += need.xfers;
	sum->scratch += need.scratch;
	sum->bytes += need.bytes;
	return true;
}

/* Adds bytes to the chip select that is open, in transfers that the controller takes. */
static void extram_batch_add(struct extram_batch *batch, const struct extram_plan *plan,
			     const u8 *tx, u8 *rx, size_t len, unsigned int lines, u32 hz)
{
	while (len) {
		struct spi_transfer *xfer = &batch->xfers[batch->count++];
		size_t n = min(len, plan->max_transfer);

		memset(xfer, 0, sizeof(*xfer));
		xfer->tx_buf = tx;
		xfer->rx_buf = rx;
		xfer->tx_nbits = tx ? lines : 0;
		xfer->rx_nbits = rx ? lines : 0;
		xfer->len = n;
		xfer->speed_hz = hz;
		spi_message_add_tail(xfer, &batch->msg);

		len -= n;
		if (tx)
			tx += n;
		if (rx)
			rx += n;
	}
}

/* Ends the open chip select. Without a delay of our own the SPI core would rest for 10 us. */
static void extram_batch_end(struct extram_batch *batch, const struct extram_plan *plan)
{
	struct spi_transfer *xfer = &batch->xfers[batch->count - 1];

	xfer->cs_change = 1;
	xfer->cs_change_delay.value = plan->chip->tcph_ns;
	xfer->cs_change_delay.unit = SPI_DELAY_UNIT_NSECS;
}

/* The bytes before the data, with @more bytes that follow them on the lines of the address. */
static void extram_batch_header(struct extram_batch *batch, const struct extram_plan *plan,
				const struct extram_cmd *cmd, u32 addr, size_t more, u8 *rx)
{
	u8 *header = batch->tx + batch->used;
	unsigned int apart = extram_plan_header(plan, cmd, addr, header);

	if (apart)
		extram_batch_add(batch, plan, header, NULL, apart,
				 EXTRAM_WIDTH_COMMAND(cmd->op->width), cmd->hz);
	extram_batch_add(batch, plan, header + apart, rx, cmd->header - apart + more,
			 EXTRAM_WIDTH_ADDR(cmd->op->width), cmd->hz);
}

/* Lets a write happen, if that needs a command, and one that fits into the message. */
static void extram_batch_allow(struct extram_batch *batch, const struct extram_plan *plan,
			       const struct extram_cmd *cmd)
{
	if (!extram_batch_wren(plan, cmd) || !plan->cs_change)
		return;
	extram_batch_add(batch, plan, batch->wren, NULL, 1, plan->lines, cmd->hz);
	extram_batch_end(batch, plan);
}

/*
 * One burst. Joined bursts do not share a cache line: one may be filled by DMA while the CPU fills
 * its neighbour.
 */
static void extram_batch_burst(struct extram_batch *batch, const struct extram_plan *plan,
			       const struct extram_cmd *cmd, u32 addr, u8 *buf, size_t len)
{
	unsigned int data = EXTRAM_WIDTH_DATA(cmd->op->width);
	bool write = cmd == &plan->write;
	size_t at = batch->used;
	size_t first = cmd->header;

	extram_batch_allow(batch, plan, cmd);
	if (!extram_plan_joins(plan, cmd, len)) {
		extram_batch_header(batch, plan, cmd, addr, 0, NULL);
		extram_batch_add(batch, plan, write ? buf : NULL, write ? NULL : buf, len, data,
				 cmd->hz);
	} else if (write) {
		first += len;
		memcpy(batch->tx + at + cmd->header, buf, len);
		extram_batch_header(batch, plan, cmd, addr, len, NULL);
	} else {
		struct extram_batch_copy *copy = &batch->copies[batch->ncopies++];

		first += len;
		memset(batch->tx + at + cmd->header, 0, len);
		extram_batch_header(batch, plan, cmd, addr, len, batch->rx + at);
		copy->to = buf;
		copy->from = batch->rx + at + cmd->header;
		copy->len = len;
	}
	batch->used = at + ALIGN(first, dma_get_cache_alignment());
	extram_batch_end(batch, plan);
}

/* Before the data is room for the header, and the controller takes both at once. */
static bool extram_batch_in_place(const struct extram_plan *plan, const struct extram_cmd *cmd,
				  const struct extram_job *job)
{
	return job->room == cmd->header && !job->zero && job->len <= EXTRAM_IO_PLACE &&
	       cmd->header + job->len <= plan->max_transfer;
}

static enum extram_batch_kind extram_batch_kind(const struct extram_plan *plan,
						const struct extram_cmd *cmd,
						const struct extram_job *job)
{
	if (extram_cmd_next(cmd, job->addr, job->len) != job->len)
		return EXTRAM_BATCH_OTHER;
	if (extram_batch_in_place(plan, cmd, job))
		return EXTRAM_BATCH_IN_PLACE;
	if (job->len > plan->max_transfer || cmd->header > plan->max_transfer ||
	    extram_plan_joins(plan, cmd, job->len))
		return EXTRAM_BATCH_OTHER;
	return EXTRAM_BATCH_APART;
}

/* What is sent while an answer comes in place: the header is there, and zeros. */
static void extram_batch_clean(struct extram_batch *batch, size_t header)
{
	if (batch->dirty > header)
		memset(batch->tx + header, 0, batch->dirty - header);
	batch->dirty = header;
}

/* Whether something goes before or behind the message, in messages of their own. */
static bool extram_batch_has_more(const struct extram_plan *plan, const struct extram_job *job)
{
	if (!job->write)
		return false;
	return plan->chip->busy || (plan->chip->flags & EXTRAM_CHIP_WREN && !plan->cs_change);
}

/* Writes the address, and points the transfer of the data at the bytes of the job. */
static void extram_batch_point(struct extram_batch *batch, const struct extram_plan *plan,
			       const struct extram_cmd *cmd, const struct extram_job *job)
{
	struct spi_transfer *xfer = &batch->xfers[batch->count - 1];
	bool in_place = batch->kind == EXTRAM_BATCH_IN_PLACE;
	u8 *bytes = in_place ? job->data - cmd->header : job->data;
	u8 *header = in_place && job->write ? bytes : batch->tx;

	extram_plan_header(plan, cmd, job->addr, header);
	if (in_place && !job->write)
		extram_batch_clean(batch, cmd->header);
	xfer->len = in_place ? cmd->header + job->len : job->len;
	xfer->rx_buf = job->write ? NULL : bytes;
	if (job->write)
		xfer->tx_buf = bytes;
	else
		xfer->tx_buf = in_place ? header : NULL;
}

/**
 * extram_batch_build() - make the messages of a job
 * @plan: how the chip is reached
 * @job: the job, which has been through extram_batch_alloc()
 *
 * Context: Any; nobody else may use the job.
 */
void extram_batch_build(const struct extram_plan *plan, struct extram_job *job)
{
	const struct extram_cmd *cmd = job->write ? &plan->write : &plan->read;
	enum extram_batch_kind kind = extram_batch_kind(plan, cmd, job);
	struct extram_batch *batch = job->batch;
	size_t done, n;

	batch->step = EXTRAM_BATCH_BEGIN;
	if (kind != EXTRAM_BATCH_OTHER && kind == batch->kind && cmd == batch->cmd) {
		/* spi_sync() may call what spi_async() was given. */
		batch->msg.complete = NULL;
		extram_batch_point(batch, plan, cmd, job);
		return;
	}

	spi_message_init(&batch->msg);
	batch->cmd = cmd;
	batch->kind = kind;
	batch->count = 0;
	batch->ncopies = 0;
	batch->used = 0;
	if (kind == EXTRAM_BATCH_IN_PLACE) {
		extram_batch_allow(batch, plan, cmd);
		extram_batch_add(batch, plan, batch->tx, job->write ? NULL : job->data, 1,
				 EXTRAM_WIDTH_ADDR(cmd->op->width), cmd->hz);
		extram_batch_point(batch, plan, cmd, job);
	} else {
		for (done = 0; done < job->len; done += n) {
			n = extram_cmd_next(cmd, job->addr + done, job->len - done);
			extram_batch_burst(batch, plan, cmd, job->addr + done, job->data + done, n);
		}
		batch->dirty = max(batch->dirty, batch->used);
	}
	/* On the last transfer cs_change would mean the opposite: stay selected. */
	batch->xfers[batch->count - 1].cs_change = 0;
	batch->whole = !batch->ncopies && !extram_batch_has_more(plan, job);
}

/**
 * extram_batch_whole() - the message of a job that is nothing but this message
 * @job: the job, built
 *
 * Context: Any.
 * Return: the message, or NULL when there are more, or something is to be done behind it: see
 * extram_batch_next().
 */
struct spi_message *extram_batch_whole(const struct extram_job *job)
{
	return job->batch->whole ? &job->batch->msg : NULL;
}

/* A message of one byte, and of one byte of answer if @rx is there. */
static struct spi_message *extram_batch_extra(struct extram_batch *batch,
					      const struct extram_plan *plan, const u8 *tx, u8 *rx)
{
	struct spi_transfer *xfers = batch->extra_xfers;

	memset(xfers, 0, sizeof(batch->extra_xfers));
	spi_message_init(&batch->extra);
	xfers[0].tx_buf = tx;
	xfers[0].tx_nbits = plan->lines;
	xfers[0].len = 1;
	xfers[0].speed_hz = plan->write.hz;
	spi_message_add_tail(&xfers[0], &batch->extra);
	if (rx) {
		xfers[1].rx_buf = rx;
		xfers[1].rx_nbits = plan->lines;
		xfers[1].len = 1;
		xfers[1].speed_hz = min(plan->write.hz, extram_chip_hz(plan->chip));
		xfers[0].speed_hz = xfers[1].speed_hz;
		spi_message_add_tail(&xfers[1], &batch->extra);
	}
	return &batch->extra;
}

/**
 * extram_batch_next() - the message that comes next
 * @plan: how the chip is reached
 * @job: the job, built
 * @status: how the message before it ended; becomes how the job ended
 *
 * Context: Any; called once before the first message and then behind each of them.
 * Return: the message, or NULL when the job has ended.
 */
struct spi_message *extram_batch_next(const struct extram_plan *plan, struct extram_job *job,
				      int *status)
{
	const struct extram_chip *chip = plan->chip;
	struct extram_batch *batch = job->batch;
	unsigned int i;

	if (*status)
		return NULL;

	switch (batch->step) {
	case EXTRAM_BATCH_BEGIN:
		if (job->write && chip->flags & EXTRAM_CHIP_WREN && !plan->cs_change) {
			batch->step = EXTRAM_BATCH_WREN;
			return extram_batch_extra(batch, plan, batch->wren, NULL);
		}
		fallthrough;
	case EXTRAM_BATCH_WREN:
		batch->step = EXTRAM_BATCH_MAIN;
		return &batch->msg;
	case EXTRAM_BATCH_MAIN:
		for (i = 0; i < batch->ncopies; i++)
			memcpy(batch->copies[i].to, batch->copies[i].from, batch->copies[i].len);
		if (!job->write || !chip->busy)
			return NULL;
		batch->step = EXTRAM_BATCH_BUSY;
		batch->deadline = jiffies + usecs_to_jiffies(chip->busy_us) + 1;
		batch->late = false;
		break;
	case EXTRAM_BATCH_BUSY:
		if (!(*batch->answer & chip->busy))
			return NULL;
		/* An answer may be old when it is looked at: what counts is when it was asked. */
		if (batch->late) {
			*status = -EIO;
			return NULL;
		}
		batch->late = time_after(jiffies, batch->deadline);
		break;
	}
	return extram_batch_extra(batch, plan, batch->status, batch->answer);
}

/**
 * extram_message_end() - how a message ended
 * @msg: the message
 * @status: what the SPI core says of it
 *
 * A controller with a loop of its own over the transfers may give up in the middle and say so by
 * the count alone. Some, as spi-fsi, count nothing at all.
 *
 * Context: Any.
 * Return: @status, or -EIO when less has been transferred than there was.
 */
int extram_message_end(const struct spi_message *msg, int status)
{
	if (!status && msg->actual_length && msg->actual_length < msg->frame_length)
		return -EIO;
	return status;
}

/**
 * extram_batch_status() - how the message ended that was on its way
 * @job: the job
 *
 * Context: Any.
 * Return: 0, or what the SPI controller's driver answered; -EIO when it left something out.
 */
int extram_batch_status(const struct extram_job *job)
{
	const struct extram_batch *batch = job->batch;
	const struct spi_message *msg = batch->step == EXTRAM_BATCH_MAIN ? &batch->msg :
									   &batch->extra;

	return extram_message_end(msg, msg->status);
}
