// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data integrity: for a chosen time every memory is kept full of blocks, whose bytes are written,
 * read back much later, and written again, in transfers of all sizes. One process for each memory.
 *
 * No content is remembered but the number that it was made from: what is read is made again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "common.h"

#define BLOCKS	64
#define LONGEST	(64 * 1024)	/* so that time is looked at often enough */

struct block {
	uint64_t offset;
	uint64_t length;	/* 0 when there is none */
	uint64_t salt;
};

struct shared {
	unsigned long long written;
	unsigned long long verified;
	unsigned long long wrong;
	unsigned long long blocks;
};

static struct shared *shared;

static uint64_t word_at(uint64_t salt, uint64_t index)
{
	uint64_t x = (salt ^ index) * 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 32;
}

static void make(unsigned char *buf, uint64_t salt, size_t length)
{
	uint64_t i, word;

	for (i = 0; i < length; i += 8) {
		word = word_at(salt, i / 8);
		memcpy(buf + i, &word, length - i < 8 ? length - i : 8);
	}
}

/* In pieces of all sizes, for what one call moves is split by the driver. */
static void move(int fd, bool write_it, unsigned char *buf, const struct block *b, uint64_t *seed)
{
	uint64_t done = 0;

	while (done < b->length) {
		uint64_t left = b->length - done, piece = 1 + tt_below(seed, 1u << tt_below(seed, 18));
		ssize_t ret;

		if (piece > left)
			piece = left;
		ret = write_it ? pwrite(fd, buf + done, piece, b->offset + done) :
				 pread(fd, buf + done, piece, b->offset + done);
		if (ret != (ssize_t)piece)
			tt_die("%s of %llu bytes at %#llx: %zd, %s", write_it ? "write" : "read",
			       (unsigned long long)piece, (unsigned long long)(b->offset + done), ret,
			       strerror(errno));
		done += piece;
	}
}

static void fill(int fd, struct block *b, unsigned char *buf, uint64_t *seed)
{
	b->salt = (uint64_t)tt_random(seed) << 32 | tt_random(seed);
	make(buf, b->salt, b->length);
	move(fd, true, buf, b, seed);
	__atomic_add_fetch(&shared->written, b->length, __ATOMIC_RELAXED);
}

static void verify(int fd, const struct block *b, unsigned char *buf, unsigned char *want,
		   const struct tt_node *node, uint64_t *seed)
{
	size_t i;

	make(want, b->salt, b->length);
	memset(buf, ~want[0], b->length);
	move(fd, false, buf, b, seed);
	__atomic_add_fetch(&shared->verified, b->length, __ATOMIC_RELAXED);
	for (i = 0; i < b->length; i++) {
		if (buf[i] == want[i])
			continue;
		if (!__atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED))
			printf("wrong byte: %s at %#llx: %02x, wanted %02x\n", node->chip,
			       (unsigned long long)(b->offset + i), buf[i], want[i]);
	}
}

static void soak(const struct tt_node *node, uint64_t seed, double end)
{
	unsigned char *buf = malloc(node->capacity), *want = malloc(node->capacity);
	struct block block[BLOCKS] = { 0 };
	int fd = open(node->path, O_RDWR);
	unsigned int i;

	if (!buf || !want || fd < 0)
		tt_die("%s: %s", node->path, strerror(errno));
	while (tt_now() < end) {
		struct block *b = &block[tt_below(&seed, BLOCKS)];

		if (!b->length) {
			/* Twice what would fit into most, so that they are always full. */
			uint64_t most = node->capacity / BLOCKS * 4, length;

			length = 1 + tt_below(&seed, most < LONGEST ? most : LONGEST);

			if (tt_alloc(fd, 0, length, 0, &b->offset, &b->length))
				b->length = 0;
			else
				fill(fd, b, buf, &seed);
			__atomic_add_fetch(&shared->blocks, !!b->length, __ATOMIC_RELAXED);
			continue;
		}
		verify(fd, b, buf, want, node, &seed);
		if (tt_one_in(&seed, 3)) {
			if (tt_free(fd, b->offset))
				tt_die("a block cannot be freed");
			b->length = 0;
		} else if (tt_one_in(&seed, 2)) {
			fill(fd, b, buf, &seed);
		}
	}
	for (i = 0; i < BLOCKS; i++)
		if (block[i].length)
			verify(fd, &block[i], buf, want, node, &seed);
	close(fd);
}

int main(int argc, char **argv)
{
	struct tt_options options = { .seconds = 600 };
	struct tt_node nodes[TT_MAX_NODES];
	unsigned long violations;
	unsigned int bad = 0;
	double began;
	size_t num, i;
	int status;

	tt_parse(argc, argv, &options);
	num = tt_nodes(nodes);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		tt_die("no memory");
	fflush(stdout);
	began = tt_now();
	for (i = 0; i < num; i++) {
		pid_t child = fork();

		if (child < 0)
			tt_die("fork: %s", strerror(errno));
		if (child)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		soak(&nodes[i], options.seed + i, began + options.seconds);
		fflush(stdout);
		_exit(0);
	}
	while (options.spoil && tt_now() < began + options.seconds) {
		for (i = 0; i < num; i++)
			tt_spoil(&nodes[i]);
		usleep(200000);
	}
	while (wait(&status) > 0)
		bad += !!status;
	violations = tt_violations();
	printf("figures: %.1f MiB written and %.1f MiB read back and compared in %.0f s on %zu memories, %llu blocks, %llu wrong bytes, %lu violations, seed %llu\n",
	       shared->written / 1048576.0, shared->verified / 1048576.0, tt_now() - began, num,
	       shared->blocks, shared->wrong, violations, (unsigned long long)options.seed);
	return bad || shared->wrong || violations || !shared->verified;
}
