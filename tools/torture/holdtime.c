// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worst that a user can do to the lock of a memory: as many blocks as the memory accepts, in
 * an order and of sizes that leave most to do for one call, with transfers and moves among them.
 * Whoever runs it looks into /proc/lock_stat afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

static uint64_t *offsets;
static unsigned long calls;

static void expect(int err, const char *what)
{
	calls++;
	if (err)
		tt_die("%s: %s", what, strerror(-err));
}

/* A transfer looks for its block, holds it, and lets it go. */
static void transfer(int fd, uint64_t offset)
{
	unsigned char data[TT_GRANULE] = { 1, 2, 3 }, got[TT_GRANULE];

	calls += 2;
	if (pwrite(fd, data, sizeof(data), offset) != sizeof(data) ||
	    pread(fd, got, sizeof(got), offset) != sizeof(got) || memcmp(data, got, sizeof(got)))
		tt_die("bytes do not come back: %s", strerror(errno));
}

/* With a hole of one granule behind it, it has to move for three; then it is put back. */
static void there_and_back(int fd, uint64_t *offset)
{
	uint64_t now = *offset, length = 3 * TT_GRANULE;

	expect(tt_resize(fd, EXTRAM_RESIZE_MAY_MOVE, &now, &length), "RESIZE");
	if (now == *offset)
		tt_die("a block grew over the one behind it");
	transfer(fd, now);
	expect(tt_free(fd, now), "FREE");
	expect(tt_alloc(fd, EXTRAM_ALLOC_FIXED, TT_GRANULE, 0, offset, NULL), "ALLOC FIXED");
}

/* The largest memory has room for most blocks. */
static const struct tt_node *largest(const struct tt_node *nodes, size_t num)
{
	const struct tt_node *node = nodes;
	size_t i;

	for (i = 1; i < num; i++)
		if (nodes[i].capacity > node->capacity)
			node = &nodes[i];
	return node;
}

int main(int argc, char **argv)
{
	struct tt_options options = { 0 };
	struct tt_node nodes[TT_MAX_NODES];
	const struct tt_node *node;
	struct extram_info info;
	uint64_t offset = 0, length, at;
	unsigned int i, n, round;
	int fd;

	tt_parse(argc, argv, &options);
	node = largest(nodes, tt_nodes(nodes));
	fd = open(node->path, O_RDWR);
	if (fd < 0)
		tt_die("%s: %s", node->path, strerror(errno));
	expect(tt_info(fd, &info), "INFO");
	n = options.calls ? options.calls : info.max_blocks;
	offsets = calloc(n, sizeof(*offsets));

	/* Every second one is freed in an order that follows nothing: holes everywhere. */
	for (i = 0; i < n; i++)
		expect(tt_alloc(fd, 0, TT_GRANULE, 0, &offsets[i], NULL), "ALLOC");
	for (i = 0; i < n / 2; i++) {
		unsigned int one = 2 * (i * 7919ull % (n / 2));

		expect(tt_free(fd, offsets[one]), "FREE");
	}
	for (round = 0; round < 4; round++) {
		/* Two granules fit into no hole; the aligned one must be looked for; all merges and splits. */
		for (i = 0; i < 500; i++) {
			expect(tt_alloc(fd, 0, 2 * TT_GRANULE, 0, &offset, NULL), "ALLOC of two granules");
			expect(tt_free(fd, offset), "FREE");
			if (!tt_alloc(fd, 0, TT_GRANULE, 4096, &offset, NULL))
				expect(tt_free(fd, offset), "FREE");
			at = tt_below(&options.seed, node->capacity);
			tt_query(fd, &at, &length);
			expect(tt_info(fd, &info), "INFO");
			calls += 2;
		}
		/* A block between two holes goes, which makes one range of three, and comes back. */
		for (i = 0; i < 500; i++) {
			unsigned int one = 1 + 2 * tt_below(&options.seed, n / 2 - 1);

			expect(tt_free(fd, offsets[one]), "FREE");
			expect(tt_alloc(fd, EXTRAM_ALLOC_FIXED, TT_GRANULE, 0, &offsets[one], NULL), "ALLOC FIXED");
			transfer(fd, offsets[one]);
			if (i % 8 == 0)
				there_and_back(fd, &offsets[one]);
		}
	}
	expect(tt_info(fd, &info), "INFO");
	close(fd);
	printf("figures: %lu calls, transfers among them, on %s with up to %u blocks\n", calls, node->chip, n);
	return 0;
}
