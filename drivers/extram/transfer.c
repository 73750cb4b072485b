// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes between the blocks of a client and memory of the CPU.
 *
 * Transfers of any length go in pieces. Where it pays, the one before or behind a piece is copied
 * while that is on the wire. A piece holds the content of its block until it is through, which user
 * memory cannot delay: nothing but the client's own lock is held while that is touched. Between two
 * pieces other threads that use the same client get their turn, signals are seen, and an unbind
 * waits for what is on the wire at most.
 *
 * What a block has never been given is not on the wire: bytes behind its valid part read as zeros
 * from here, and are zeroed on the chip only when a write leaves a gap before itself. What the chip
 * has forgotten since is not either: it reads as an error until it is written again.
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "chips.h"
#include "client.h"
#include "compat.h"
#include "core.h"
#include "io.h"
#include "lost.h"
#include "wire.h"

#define EXTRAM_TRANSFER_SLACK	256

/* Pieces overlap when each is on the wire for so long, and the rest takes this part of it. */
#define EXTRAM_OVERLAP_NS	(100 * NSEC_PER_USEC)
#define EXTRAM_OVERLAP_PART	128

/* The job of a slot is through, and what it wrote is valid if nothing before it is missing. */
static void extram_slot_done(struct extram_slot *slot, int err)
{
	struct extram_block *block = slot->block;

	if (slot->extends && !err && slot->at <= block->valid)
		WRITE_ONCE(block->valid, max(block->valid, slot->at + slot->job.len));
}

static void extram_slot_through(struct extram_job *job)
{
	struct extram_slot *slot = container_of(job, struct extram_slot, job);
	struct extram *ram = container_of(slot->block->owner->space, struct extram, space);

	extram_slot_done(slot, extram_wire_is_cut(ram, job) ? -ESTALE : job->status);
	/* Who sees this sees what is valid now; see extram_follows(). */
	smp_store_release(&slot->holds, false);
	up_read_non_owner(&slot->block->content);
}

/*
 * Brings at most @len bytes of a slot on their way, with its content held for reading, and given
 * back when they are through. Who has nothing to copy meanwhile waits for them here.
 */
static int extram_slot_go(struct extram_client *client, struct extram_slot *slot, size_t len,
			  bool wait)
{
	struct extram_block *block = slot->block;
	struct extram_job *job = &slot->job;
	int err;

	job->addr = block->offset + slot->at;
	job->len = len;
	/* A piece that were through before the one in front of it would not become valid. */
	job->in_order = slot->extends;
	/* To find lost bytes again needs kernel memory, and so this thread. */
	if (wait || (job->write && !extram_lost_none(block))) {
		job->done = NULL;
		err = extram_wire_run(client->ram, block->epoch, job);
		if (!err && job->write)
			err = extram_lost_rewritten(block, slot->at, job->len);
		extram_slot_done(slot, err);
		slot->len = err ? 0 : job->len;
		up_read(&block->content);
		return err;
	}

	job->done = extram_slot_through;
	slot->holds = true;
	/* From here on the content is the job's, not this thread's. */
	rwsem_release(&block->content.dep_map, _THIS_IP_);
	err = extram_wire_submit(client->ram, block->epoch, job);
	if (err) {
		slot->holds = false;
		up_read_non_owner(&block->content);
	}
	slot->flying = !err;
	slot->len = err ? 0 : job->len;
	return err;
}

/* Waits for a piece that has been begun; answers how it ended. */
static int extram_slot_end(struct extram_client *client, struct extram_slot *slot)
{
	if (slot->flying)
		slot->err = extram_wire_wait(client->ram, &slot->job);
	slot->flying = false;
	return slot->err;
}

/* A slot for at most @len bytes, which are to be at slot->job.buf when they are written. */
static void extram_slot_init(struct extram_client *client, struct extram_slot *slot,
			     struct extram_block *block, u64 at, u64 len, bool write)
{
	slot->job.room = len <= EXTRAM_IO_PLACE ? client->ram->room[write] : 0;
	slot->job.buf = slot->base + slot->job.room;
	slot->job.took = 0;
	slot->block = block;
	slot->at = at;
	slot->len = 0;
	slot->zeros = false;
	slot->extends = false;
	slot->job.write = write;
	slot->job.zero = false;
}

static struct extram_slot *extram_other(struct extram_client *client, struct extram_slot *slot)
{
	return slot == client->slots ? slot + 1 : client->slots;
}

/* A transfer ends at a signal, and is not done in one go when other threads want the client. */
static bool extram_goes_on(struct extram_client *client, bool *again)
{
	cond_resched();
	*again = atomic_read(&client->waiting);
	return !*again && !signal_pending(current);
}

/*
 * Whether it pays that one piece is copied and made ready while another one is on the wire, from
 * the time that the wire had of a period, in which all of this was done for one. Each piece costs
 * changes of threads then, which must be hidden behind the wire's time; what is won is the rest.
 */
static bool extram_overlap_pays(const struct extram_client *client, u64 wire_ns, u64 period_ns)
{
	if (client->overlap == EXTRAM_OVERLAP_AUTO)
		return wire_ns >= EXTRAM_OVERLAP_NS &&
		       period_ns - wire_ns >= wire_ns / EXTRAM_OVERLAP_PART;
	return client->overlap == EXTRAM_OVERLAP_ALWAYS;
}

/*
 * Begins a read of at most @left bytes at @at, an offset in the block, which another thread may
 * make shorter at any time. With @wait it has ended when this returns.
 */
static void extram_read_begin(struct extram_client *client, struct extram_slot *slot,
			      struct extram_block *block, u64 at, u64 left, bool wait)
{
	u64 len = min_t(u64, left, slot->size), valid;

	extram_slot_init(client, slot, block, at, len, false);
	slot->err = extram_content_share(block);
	if (slot->err)
		return;
	/* A write of another client, which holds the content with this one, makes it more. */
	valid = READ_ONCE(block->valid);
	if (at < valid) {
		len = min(len, valid - at);
		slot->err = extram_lost_check(block, at, &len);
		if (slot->err) {
			up_read(&block->content);
			return;
		}
		slot->err = extram_slot_go(client, slot, len, wait);
		return;
	}
	if (at < block->length) {
		slot->len = min_t(u64, left, block->length - at);
		slot->zeros = true;
		slot->err = extram_is_gone(client->ram) ? -ENODEV : 0;
	} else {
		slot->err = -ENXIO;
	}
	up_read(&block->content);
}

static ssize_t extram_read_pieces(struct extram_client *client, struct extram_block *block, u64 at,
				  struct iov_iter *to, bool *again)
{
	struct extram_slot *slot = client->slots, *next = NULL;
	u64 left = iov_iter_count(to), start, now;
	bool timed = left > EXTRAM_IO_CHUNK;
	bool overlap = extram_overlap_pays(client, 0, 0) && extram_client_two(client);
	ssize_t done = 0;
	size_t copied;
	bool more;
	int err;

	lockdep_assert_held(&client->lock);
	slot->job.timed = timed;
	start = timed ? ktime_get_ns() : 0;
	extram_read_begin(client, slot, block, at, left, !overlap || left <= slot->size);
	for (;; slot = next, next = NULL) {
		at += slot->len;
		left -= slot->len;
		more = left && extram_goes_on(client, again);
		/* The next one stands in line before this one is through. */
		if (more && overlap && slot->flying) {
			next = extram_other(client, slot);
			extram_read_begin(client, next, block, at, left, false);
		}
		err = extram_slot_end(client, slot);
		if (err) {
			if (next)
				extram_slot_end(client, next);
			*again = err == -ESTALE;
			return done ?: err;
		}

		if (slot->zeros)
			copied = iov_iter_zero(slot->len, to);
		else
			copied = copy_to_iter(slot->job.buf, slot->len, to);
		done += copied;
		if (copied < slot->len) {
			*again = false;
			if (next)
				extram_slot_end(client, next);
			return done ?: -EFAULT;
		}
		if (!more)
			return done;
		if (next)
			continue;

		now = timed ? ktime_get_ns() : 0;
		overlap = extram_overlap_pays(client, slot->job.took, now - start) &&
			  extram_client_two(client);
		next = slot;
		start = now;
		extram_read_begin(client, next, block, at, left, !overlap);
	}
}

/*
 * The piece before is on the wire, and so nobody can have changed the block since that was begun.
 * The content of the block is held for reading here too.
 */
static bool extram_follows(const struct extram_slot *prev, u64 at)
{
	if (!prev || !prev->extends || prev->at + prev->len != at)
		return false;
	/* Pairs with extram_slot_through(). */
	return smp_load_acquire(&prev->holds);
}

/* Zeros in front of a write that leaves a gap, a piece of them; others get at the block then. */
static int extram_write_gap(struct extram_client *client, struct extram_slot *slot)
{
	struct extram_block *block = slot->block;
	struct extram_job *job = &slot->job;
	int err;

	lockdep_assert_held_write(&block->content);
	job->done = NULL;
	job->zero = true;
	job->addr = block->offset + block->valid;
	job->len = min_t(u64, slot->at - block->valid, EXTRAM_IO_CHUNK);
	err = extram_wire_run(client->ram, block->epoch, job) ?:
	      extram_lost_rewritten(block, block->valid, job->len);
	if (!err)
		block->valid += job->len;
	job->zero = false;
	return err;
}

/* Takes the content for writing, with no gap before the slot. */
static int extram_write_lock(struct extram_client *client, struct extram_slot *slot)
{
	struct extram_block *block = slot->block;
	int err;

	for (;;) {
		err = extram_content_seize(block);
		if (err)
			return err;
		if (slot->at < block->length && block->valid >= slot->at)
			return 0;
		err = slot->at < block->length ? extram_write_gap(client, slot) : -ENXIO;
		up_write(&block->content);
		if (err)
			return err;
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
}

/*
 * Begins to write @len bytes of the slot's buffer, or fewer, behind those of @prev. With @wait it
 * has ended when this returns.
 */
static void extram_write_begin(struct extram_client *client, struct extram_slot *slot, u64 at,
			       size_t len, struct extram_slot *prev, bool wait)
{
	struct extram_block *block = slot->block;

	slot->err = extram_content_share(block);
	if (slot->err)
		return;
	if (at + len > READ_ONCE(block->valid) &&
	    !(extram_follows(prev, at) && at < block->length)) {
		up_read(&block->content);
		/* Behind a piece that failed there is nothing to be written. */
		slot->err = prev ? extram_slot_end(client, prev) : 0;
		if (!slot->err)
			slot->err = extram_write_lock(client, slot);
		if (slot->err)
			return;
		downgrade_write(&block->content);
	}

	len = min_t(u64, len, block->length - at);
	slot->extends = at + len > READ_ONCE(block->valid);
	slot->err = extram_slot_go(client, slot, len, wait);
}

static ssize_t extram_write_pieces(struct extram_client *client, struct extram_block *block, u64 at,
				   struct iov_iter *from, bool *again)
{
	struct extram_slot *slot = client->slots, *prev = NULL;
	bool overlap = extram_overlap_pays(client, 0, 0) && extram_client_two(client);
	size_t begun = 0, copied, left, n, most = slot->size;
	bool timed = iov_iter_count(from) > EXTRAM_IO_CHUNK;
	u64 start, period;
	ssize_t done = 0;
	int err = 0;

	lockdep_assert_held(&client->lock);
	do {
		left = iov_iter_count(from);
		n = min3(left, slot->size, most);
		extram_slot_init(client, slot, block, at, n, true);
		slot->job.timed = timed;
		start = timed ? ktime_get_ns() : 0;
		copied = copy_from_iter(slot->job.buf, n, from);
		if (copied)
			extram_write_begin(client, slot, at, copied, prev,
					   !overlap || (!prev && copied == left));
		n = copied ? slot->len : 0;
		iov_iter_revert(from, copied - n);
		/* Next time it will hardly be more: short bursts at edges make some difference. */
		if (n && n < copied)
			most = n + EXTRAM_TRANSFER_SLACK;
		at += n;
		begun += n;

		if (prev) {
			err = extram_slot_end(client, prev);
			done += err ? 0 : prev->len;
		}
		prev = copied ? slot : NULL;
		if (overlap) {
			slot = extram_other(client, slot);
		} else if (prev) {
			err = extram_slot_end(client, slot);
			done += err ? 0 : slot->len;
			prev = NULL;
			period = timed ? ktime_get_ns() - start : 0;
			overlap = iov_iter_count(from) &&
				  extram_overlap_pays(client, slot->job.took, period) &&
				  extram_client_two(client);
		}
		if (!copied && !err)
			err = -EFAULT;
	} while (!err && n && iov_iter_count(from) && extram_goes_on(client, again));

	if (prev) {
		int last = extram_slot_end(client, prev);

		/* What comes behind a hole does not count. */
		if (!err && !last)
			done += prev->len;
		err = err ?: last;
	}
	if (err)
		*again = err == -ESTALE;
	iov_iter_revert(from, begun - done);
	return done ?: err;
}

typedef ssize_t (*extram_pieces_fn)(struct extram_client *client, struct extram_block *block,
				    u64 at, struct iov_iter *iter, bool *again);

/* A transfer, with pauses for others. The piece behind the end of the block ends it, unsaid. */
static ssize_t extram_transfer(struct extram_client *client, u64 pos, struct iov_iter *iter,
			       extram_pieces_fn pieces)
{
	struct extram_block *block;
	ssize_t done = 0, ret = 0;
	bool again;
	u64 at;

	if (extram_is_gone(client->ram))
		return -ENODEV;
	if (!iov_iter_count(iter))
		return 0;
	block = extram_block_get(&client->owner, pos, &at);
	if (!block)
		return -ENXIO;

	do {
		again = false;
		ret = extram_client_lock(client, iov_iter_count(iter));
		if (ret)
			break;
		ret = pieces(client, block, at + done, iter, &again);
		extram_client_unlock(client);
		/* Nothing yields where nobody else is met, and drivers may do one after another. */
		cond_resched();
		if (ret > 0)
			done += ret;
		/*
		 * Also when the chip has forgotten everything since the block was looked at, or its
		 * supply has gone while a piece was on the wire.
		 */
	} while (again && iov_iter_count(iter) && !signal_pending(current));
	if (ret == -ESTALE)
		ret = -ERESTARTSYS;
	extram_block_put(block);
	return done ?: ret;
}

/**
 * extram_client_read() - read from a block
 * @client: whose block it must be
 * @pos: offset of the memory, in bytes
 * @to: where the bytes go, and how many are wanted
 *
 * Context: May sleep, for as long as user memory makes it wait too.
 * Return: bytes read: fewer than wanted where the block ends, a signal came or an error followed.
 * Before the first byte: -ENXIO when no block of the client holds @pos, -EFAULT, -EIO for an
 * error of the bus and for bytes that the chip has forgotten, -ENODEV when the chip is gone,
 * -ENOMEM, -ERESTARTSYS.
 */
ssize_t extram_client_read(struct extram_client *client, u64 pos, struct iov_iter *to)
{
	return extram_transfer(client, pos, to, extram_read_pieces);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_read);

/**
 * extram_client_write() - write to a block
 * @client: whose block it must be
 * @pos: offset of the memory, in bytes
 * @from: the bytes
 *
 * The bytes are on the chip when this returns.
 *
 * Context: May sleep, for as long as user memory makes it wait too.
 * Return: bytes written, as for extram_client_read(), and the same errors; -EROFS when nobody
 * writes to the chip.
 */
ssize_t extram_client_write(struct extram_client *client, u64 pos, struct iov_iter *from)
{
	if (client->ram->chip->flags & EXTRAM_CHIP_READ_ONLY)
		return extram_is_gone(client->ram) ? -ENODEV : -EROFS;
	return extram_transfer(client, pos, from, extram_write_pieces);
}
EXPORT_SYMBOL_IF_KUNIT(extram_client_write);
