// SPDX-License-Identifier: GPL-2.0-only
/*
 * Concurrency torture: random operations on one file, with every byte read held against what was
 * written there.
 *
 * The content describes itself: it is a row of records of 16 bytes that say whose they are, of
 * which write and of which place. A byte that is wrong so tells where it came from.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "churn.h"

struct record {
	uint16_t owner;
	uint16_t generation;
	uint32_t serial;
	uint32_t place;		/* of the record in the block */
	uint32_t check;
};

static struct record make_record(const struct ch_file *file, const struct ch_block *b,
				 uint16_t generation, uint64_t at)
{
	struct record r = {
		.owner = file->id,
		.generation = generation,
		.serial = b->serial,
		.place = at / sizeof(struct record),
	};

	r.check = ((r.owner << 16 | r.generation) ^ r.serial * 0x9e3779b1u ^ r.place * 0x85ebca77u) | 0x80;
	return r;
}

static unsigned char make_byte(const struct ch_file *file, const struct ch_block *b,
			       uint16_t generation, uint64_t at)
{
	struct record r = make_record(file, b, generation, at);

	return ((unsigned char *)&r)[at % sizeof(r)];
}

static void odd(const struct ch_file *file, const struct ch_block *b, const char *what, long answer)
{
	ch_add(CH_ODD, 1);
	printf("odd answer: %s, file %u, block %#llx of %llu: %ld, %s\n", what, file->id,
	       b ? (unsigned long long)b->offset : 0, b ? (unsigned long long)b->length : 0, answer,
	       strerror(answer < -1 ? -answer : errno));
}

static void wrong(const struct ch_file *file, const struct ch_block *b, const unsigned char *got,
		  uint64_t at, size_t i)
{
	struct record r;

	ch_add(CH_WRONG, 1);
	printf("wrong byte: file %u, block %#llx serial %u at %llu: %02x, written in generation %u\n",
	       file->id, (unsigned long long)b->offset, b->serial, (unsigned long long)(at + i), got[i],
	       b->written[at + i]);
	if (i >= (at + i) % sizeof(r)) {
		memcpy(&r, got + i - (at + i) % sizeof(r), sizeof(r));
		printf("wrong byte: read as a record it is of file %u, serial %u, generation %u, place %u\n",
		       r.owner, r.serial, r.generation, r.place);
	}
}

static void check(const struct ch_file *file, const struct ch_block *b, const unsigned char *got,
		  uint64_t at, size_t length)
{
	size_t i;

	ch_add(CH_BYTES, length);
	for (i = 0; i < length; i++) {
		uint16_t generation = b->written[at + i];
		unsigned char want = generation ? make_byte(file, b, generation, at + i) : 0;

		if (got[i] == want)
			continue;
		wrong(file, b, got, at, i);
		return;
	}
}

/* Mostly few bytes, sometimes all that a block may have. */
static uint64_t some_length(uint64_t *seed)
{
	return 1 + tt_below(seed, tt_one_in(seed, 8) ? CH_LONGEST : 200);
}

static struct ch_block *some_block(struct ch_file *file, uint64_t *seed)
{
	return &file->block[tt_below(seed, CH_BLOCKS)];
}

static bool do_alloc(struct ch_file *file, struct ch_block *b, uint64_t *seed)
{
	uint64_t align = tt_one_in(seed, 4) ? 1ull << tt_below(seed, 10) : 0, length = some_length(seed);
	int err = tt_alloc(file->fd, 0, length, align, &b->offset, &b->length);

	ch_add(CH_ALLOC, 1);
	if (err) {
		b->length = 0;
		if (err != -ENOSPC && err != -EDQUOT && err != -ENODEV && err != -EINTR)
			odd(file, b, "ALLOC", err);
		return err != -ENODEV;
	}
	if (b->length < length || (align && b->offset % align))
		odd(file, b, "ALLOC's place", 0);
	b->serial = ++file->serial;
	b->generation = 0;
	memset(b->written, 0, sizeof(b->written));
	return true;
}

static bool do_free(struct ch_file *file, struct ch_block *b)
{
	int err = tt_free(file->fd, b->offset);

	ch_add(CH_FREE, 1);
	if (err && err != -ENODEV)
		odd(file, b, "FREE", err);
	b->length = 0;
	return err != -ENODEV;
}

static bool do_resize(struct ch_file *file, struct ch_block *b, uint64_t *seed)
{
	uint64_t offset = b->offset, length = some_length(seed), old = b->length;
	int err = tt_resize(file->fd, tt_one_in(seed, 2) ? EXTRAM_RESIZE_MAY_MOVE : 0, &offset, &length);

	ch_add(CH_RESIZE, 1);
	if (err) {
		if (err != -ENOSPC && err != -EDQUOT && err != -ENODEV && err != -EINTR)
			odd(file, b, "RESIZE", err);
		return err != -ENODEV;
	}
	b->offset = offset;
	b->length = length;
	if (length < old)
		memset(b->written + length, 0, (old - length) * sizeof(b->written[0]));
	return true;
}

/* One of the ways to move bytes; two pieces for those that take several. */
static ssize_t move(struct ch_file *file, bool write_it, unsigned char *buf, size_t length,
		    uint64_t offset, uint64_t *seed)
{
	size_t first = length / 3;
	struct iovec iov[2] = { { buf, first }, { buf + first, length - first } };

	switch (tt_below(seed, 4)) {
	case 0:
		ch_add(CH_LSEEK, 1);
		if (lseek(file->fd, offset, SEEK_SET) != (off_t)offset)
			return -1;
		return write_it ? write(file->fd, buf, length) : read(file->fd, buf, length);
	case 1:
		return write_it ? pwritev(file->fd, iov, 2, offset) : preadv(file->fd, iov, 2, offset);
	default:
		return write_it ? pwrite(file->fd, buf, length, offset) :
				  pread(file->fd, buf, length, offset);
	}
}

static bool do_write(struct ch_file *file, struct ch_block *b, uint64_t *seed)
{
	static unsigned char buf[CH_LONGEST + TT_GRANULE];
	size_t at = tt_below(seed, b->length), length = some_length(seed), i;
	uint16_t generation;
	ssize_t ret;

	if (length > b->length - at)
		length = b->length - at;
	/* Generations are told apart until they have gone round, longer than any block lives. */
	generation = ++b->generation ? b->generation : ++b->generation;
	for (i = 0; i < length; i++)
		buf[i] = make_byte(file, b, generation, at + i);
	ret = move(file, true, buf, length, b->offset + at, seed);
	ch_add(CH_WRITE, 1);
	if (ret < 0) {
		if (errno != ENODEV)
			odd(file, b, "write", ret);
		return errno != ENODEV;
	}
	for (i = 0; i < (size_t)ret; i++)
		b->written[at + i] = generation;
	/* Bytes behind a short count may be old or new: the file must be gone by now. */
	if ((size_t)ret < length && (pread(file->fd, buf, 1, b->offset) != -1 || errno != ENODEV))
		odd(file, b, "a write's short count", ret);
	return (size_t)ret == length;
}

static bool look_at(struct ch_file *file, struct ch_block *b, uint64_t at, size_t length,
		    uint64_t *seed)
{
	static unsigned char buf[2 * CH_LONGEST];
	size_t expected = length < b->length - at ? length : b->length - at;
	ssize_t ret;

	memset(buf, 0x5a, expected);
	ret = move(file, false, buf, length, b->offset + at, seed);
	ch_add(CH_READ, 1);
	if (ret < 0) {
		if (errno != ENODEV)
			odd(file, b, "read", ret);
		return errno != ENODEV;
	}
	check(file, b, buf, at, ret);
	if ((size_t)ret > expected)
		odd(file, b, "read behind the end", ret);
	return (size_t)ret == expected;
}

static bool do_read(struct ch_file *file, struct ch_block *b, uint64_t *seed)
{
	return look_at(file, b, tt_below(seed, b->length), some_length(seed), seed);
}

static bool do_query(struct ch_file *file, struct ch_block *b, uint64_t *seed)
{
	uint64_t at = b->offset + tt_below(seed, b->length), length = 0;
	int err = tt_query(file->fd, &at, &length);

	ch_add(CH_QUERY, 1);
	if (!err && (at != b->offset || length != b->length))
		odd(file, b, "QUERY", at);
	if (err && err != -ENODEV)
		odd(file, b, "QUERY", err);
	return err != -ENODEV;
}

/* Somewhere else there is nothing for this file, whoever has it. */
static bool do_intrude(struct ch_file *file, uint64_t *seed)
{
	uint64_t at = (uint64_t)tt_below(seed, 32 * 1024 / TT_GRANULE) * TT_GRANULE, length = 32;
	unsigned char buf[32] = { 0xee };
	unsigned int i, what = tt_below(seed, 4);
	long ret, want;

	for (i = 0; i < CH_BLOCKS; i++)
		if (file->block[i].length && at < file->block[i].offset + file->block[i].length &&
		    at + length > file->block[i].offset)
			return true;
	ch_add(CH_INTRUDE, 1);
	errno = 0;
	if (what == 0)
		ret = pread(file->fd, buf, length, at);
	else if (what == 1)
		ret = pwrite(file->fd, buf, length, at);
	else if (what == 2)
		ret = tt_free(file->fd, at);
	else
		ret = tt_resize(file->fd, EXTRAM_RESIZE_MAY_MOVE, &at, &length);
	want = what < 2 ? -1 : -ENOENT;
	if (errno == ENODEV)
		return false;
	if (ret != want || (what < 2 && errno != ENXIO))
		odd(file, NULL, "intrusion", ret);
	return true;
}

bool ch_step(struct ch_file *file, uint64_t *seed)
{
	struct ch_block *b = some_block(file, seed);
	unsigned int what = tt_below(seed, 100);

	if (what < 6)
		return do_intrude(file, seed);
	if (!b->length)
		return do_alloc(file, b, seed);
	if (what < 14)
		return do_free(file, b);
	if (what < 24)
		return do_resize(file, b, seed);
	if (what < 58)
		return do_write(file, b, seed);
	if (what < 94)
		return do_read(file, b, seed);
	return do_query(file, b, seed);
}

bool ch_look_at_all(struct ch_file *file)
{
	uint64_t seed = file->id;
	unsigned int i;

	for (i = 0; i < CH_BLOCKS; i++)
		if (file->block[i].length &&
		    !look_at(file, &file->block[i], 0, file->block[i].length, &seed))
			return false;
	return true;
}
