// SPDX-License-Identifier: GPL-2.0-only
/*
 * Concurrency torture: shared blocks that all processes use at once, each through a file of its
 * own, with no lock between their reads, writes, RESIZE in place, FREE and ALLOC.
 *
 * Each has a place of its own at the end of a memory, where it is allocated FIXED: whatever meets
 * whom there, all that is written to it is of it. Half of each byte says which byte of which block
 * it is, the other half who wrote it, and is never 0. So every byte that is read must be of its
 * place, or 0; and not 0 where somebody had written since the block was made or changed its length.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "churn.h"

#define CS_PLACE	8192	/* bytes of the memory for each, more than CH_LONGEST */

/* A worker's files, and which life of the memory each is of. */
static struct {
	int fd;
	unsigned int life;
} files[TT_MAX_NODES];

void cs_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		files[i].fd = -1;
}

static unsigned int of_place(unsigned int number, uint64_t at)
{
	return ((number * 0x9e3779b1u ^ (uint32_t)at * 0x85ebca77u) >> 24) & 0xf0;
}

static void odd(unsigned int number, const char *what, long answer)
{
	ch_add(CH_ODD, 1);
	printf("odd answer: %s, shared block %u: %ld, %s\n", what, number, answer,
	       strerror(answer < -1 ? -answer : errno));
}

/* Those of small memories would be in the way of private blocks. */
static uint64_t offset_of(const struct tt_node *node, unsigned int number)
{
	return node->capacity - (number + 1) * CS_PLACE;
}

/* A memory that comes back while this looks is of the next life: then next time. */
static bool open_node(const struct tt_node *node, unsigned int n)
{
	unsigned int life = __atomic_load_n(&ch_shared->life[n], __ATOMIC_SEQ_CST);
	int fd = open(node->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (life != __atomic_load_n(&ch_shared->life[n], __ATOMIC_SEQ_CST)) {
		close(fd);
		return false;
	}
	files[n].fd = fd;
	files[n].life = life;
	return true;
}

/* One at a time makes a block, takes it away, or changes its length; others use it meanwhile. */
static int change(struct cs_block *b, unsigned int number, int fd, unsigned int life, uint64_t offset,
		  uint64_t *seed)
{
	uint64_t length = 1 + tt_below(seed, CH_LONGEST), at = offset;
	int err;

	if (__atomic_exchange_n(&b->taken, 1, __ATOMIC_SEQ_CST))
		return 0;
	/* What was written counts only where this number is the same before and after. */
	__atomic_add_fetch(&b->version, 1, __ATOMIC_SEQ_CST);
	if (b->life != life || !b->length) {
		err = tt_alloc(fd, EXTRAM_ALLOC_SHARED | EXTRAM_ALLOC_FIXED, length, 0, &at, &length);
		if (!err) {
			b->life = life;
			b->length = length;
		} else if (err != -EEXIST && err != -EDQUOT && err != -ENODEV) {
			odd(number, "ALLOC", err);
		}
	} else if (tt_one_in(seed, 3)) {
		err = tt_free(fd, at);
		if (!err)
			b->length = 0;
		else if (err != -ENODEV)
			odd(number, "FREE", err);
	} else {
		err = tt_resize(fd, 0, &at, &length);
		if (!err)
			b->length = length;
		else if (err != -ENOSPC && err != -EDQUOT && err != -ENODEV)
			odd(number, "RESIZE", err);
	}
	__atomic_add_fetch(&b->version, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&b->taken, 0, __ATOMIC_SEQ_CST);
	return err;
}

static void check(const struct cs_block *b, unsigned int number, const unsigned char *got, uint64_t at,
		  ssize_t length, const unsigned char *written, bool same)
{
	ssize_t i;

	ch_add(CH_BYTES, length);
	for (i = 0; i < length; i++) {
		if (got[i] ? (got[i] & 0xf0) == of_place(number, at + i) && got[i] & 0x0f :
			     !(same && written[i]))
			continue;
		ch_add(CH_WRONG, 1);
		printf("wrong byte: shared block %u of %llu at %llu: %02x, of its place is %02x, written %u\n",
		       number, (unsigned long long)b->length, (unsigned long long)(at + i), got[i],
		       of_place(number, at + i), written[i]);
		return;
	}
}

/* Reads or writes some of a block, which may go or change meanwhile. */
static int use(struct cs_block *b, unsigned int number, int fd, unsigned int life, uint64_t offset,
	       unsigned int worker, uint64_t *seed)
{
	static unsigned char buf[CH_LONGEST], written[CH_LONGEST];
	unsigned int version = __atomic_load_n(&b->version, __ATOMIC_SEQ_CST);
	uint64_t there = b->life == life ? b->length : 0, at, length, i;
	bool same;
	ssize_t ret;

	if (!there)
		return 0;
	at = tt_below(seed, there);
	length = 1 + tt_below(seed, tt_one_in(seed, 4) ? CH_LONGEST : 200);
	if (length > there - at)
		length = there - at;
	if (tt_one_in(seed, 2)) {
		for (i = 0; i < length; i++)
			buf[i] = of_place(number, at + i) | (1 + worker % 15);
		ret = pwrite(fd, buf, length, offset + at);
		for (i = 0; ret > 0 && i < (uint64_t)ret; i++)
			__atomic_store_n(&b->written[at + i], version, __ATOMIC_SEQ_CST);
		same = version == __atomic_load_n(&b->version, __ATOMIC_SEQ_CST);
	} else {
		for (i = 0; i < length; i++)
			written[i] = version % 2 == 0 &&
				     __atomic_load_n(&b->written[at + i], __ATOMIC_SEQ_CST) == version;
		ret = pread(fd, buf, length, offset + at);
		same = version == __atomic_load_n(&b->version, __ATOMIC_SEQ_CST) && version % 2 == 0;
		if (ret > 0)
			check(b, number, buf, at, ret, written, same);
	}
	if (ret < 0 && errno == ENODEV)
		return -ENODEV;
	/* Elsewhere, or no more: only if somebody changed it. A chip that went cuts a transfer short. */
	if (same && version % 2 == 0 && ret != (ssize_t)length) {
		struct extram_info info;

		if (tt_info(fd, &info) == -ENODEV)
			return -ENODEV;
		odd(number, "transfer", ret);
	} else if (ret < 0 && errno != ENXIO) {
		odd(number, "transfer", ret);
	}
	return 0;
}

void cs_step(const struct tt_node *nodes, size_t num, unsigned int worker, uint64_t *seed)
{
	unsigned int n = tt_below(seed, num), number = tt_below(seed, CS_BLOCKS);
	struct cs_block *b = &ch_shared->common[n][number];
	uint64_t offset = offset_of(&nodes[n], number);
	int err;

	if (nodes[n].capacity < CS_LEAST || (files[n].fd < 0 && !open_node(&nodes[n], n)))
		return;
	ch_add(CH_COMMON, 1);
	if (tt_one_in(seed, 12) || b->life != files[n].life || !b->length)
		err = change(b, number, files[n].fd, files[n].life, offset, seed);
	else
		err = use(b, number, files[n].fd, files[n].life, offset, worker, seed);
	if (err == -ENODEV) {
		close(files[n].fd);
		files[n].fd = -1;
	}
}

void cs_exit(const struct tt_node *nodes, size_t num)
{
	unsigned int n, number;

	for (n = 0; n < num; n++) {
		int fd = open(nodes[n].path, O_RDWR | O_CLOEXEC), err;

		for (number = 0; nodes[n].capacity >= CS_LEAST && number < CS_BLOCKS; number++) {
			struct cs_block *b = &ch_shared->common[n][number];
			bool there = b->length && b->life == ch_shared->life[n];

			err = tt_free(fd, offset_of(&nodes[n], number));
			if (err != (there ? 0 : -ENOENT))
				odd(number, "the last FREE", err);
		}
		close(fd);
	}
}
