// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ranges a memory has and whose they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "owners.h"

#define DEBUGFS	"/sys/kernel/debug/extram"
#define TRIES	100000	/* more free ranges than any memory has granules to lose by racing */

static struct owned *add(struct owners *owners)
{
	/* Doubles at powers of two. */
	if (!(owners->count & (owners->count - 1))) {
		size_t room = owners->count ? 2 * owners->count : 1;
		struct owned *ranges = realloc(owners->ranges, room * sizeof(*ranges));

		if (!ranges)
			return NULL;
		owners->ranges = ranges;
	}
	memset(&owners->ranges[owners->count], 0, sizeof(*owners->ranges));
	return &owners->ranges[owners->count++];
}

static int by_offset(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What QUERY tells: the open file's own ranges and the shared ones. */
static int from_query(struct extram *ram, struct owners *owners)
{
	struct extram_range range = { 0 };
	struct owned *owned;
	int ret;

	while ((ret = extram_next(ram, &range)) == 1) {
		owned = add(owners);
		if (!owned)
			return ENOMEM;
		owned->offset = range.offset;
		owned->length = range.length;
		owned->kind = range.flags & EXTRAM_BLOCK_SHARED ? OWNER_SHARED : OWNER_MINE;
	}
	return ret < 0 ? errno : 0;
}

/* Lines are "offset length pid comm" under a heading. */
static int from_debugfs(struct extram *ram, struct owners *owners)
{
	char path[128], name[32], line[128];
	struct owned *owned;
	FILE *file;
	int error = 0;

	if (!ctl_node_name(ram, name, sizeof(name)))
		return ENOENT;
	snprintf(path, sizeof(path), DEBUGFS "/%s/blocks", name);
	file = fopen(path, "re");
	if (!file)
		return errno;
	while (!error && fgets(line, sizeof(line), file)) {
		unsigned long long offset, length;
		char comm[32] = "";
		int pid;

		if (sscanf(line, "%llu %llu %d %31[^\n]", &offset, &length, &pid, comm) < 3)
			continue;
		owned = add(owners);
		if (!owned) {
			error = ENOMEM;
			break;
		}
		owned->offset = offset;
		owned->length = length;
		owned->pid = pid;
		/* Drivers of the kernel have no process; they have the name of a device. */
		owned->kind = pid || strcmp(comm, "(shared)") ? OWNER_OTHER : OWNER_SHARED;
		if (owned->kind == OWNER_OTHER)
			strcpy(owned->comm, comm);
	}
	fclose(file);
	return error;
}

static int add_other(struct owners *owners, uint64_t from, uint64_t to)
{
	struct owned *owned = add(owners);

	if (!owned)
		return ENOMEM;
	owned->offset = from;
	owned->length = to - from;
	owned->kind = OWNER_OTHER;
	return 0;
}

/* Own ranges and those that hold the free memory cover all but what others own. */
static int complement(struct extram *ram, uint64_t capacity, struct owners *owners)
{
	struct extram_range range = { 0 };
	uint64_t end = 0;
	int ret, error = 0;

	while (!error && (ret = extram_next(ram, &range)) == 1) {
		if (range.offset > end)
			error = add_other(owners, end, range.offset);
		end = range.offset + range.length;
	}
	if (!error && ret < 0)
		error = errno;
	if (!error && end < capacity)
		error = add_other(owners, end, capacity);
	return error;
}

static int from_probe(struct extram *ram, const struct extram_info *info, struct owners *owners)
{
	uint64_t *taken = NULL;
	size_t count = 0, room = 0, tries;
	int error = 0;

	for (tries = 0; !error && tries < TRIES; tries++) {
		struct extram_info now;
		struct extram_range range;

		if (count == room) {
			uint64_t *more;

			room = room ? 2 * room : 64;
			more = realloc(taken, room * sizeof(*taken));
			if (!more) {
				error = ENOMEM;
				break;
			}
			taken = more;
		}
		if (extram_info(ram, &now))
			error = errno;
		else if (!now.free_bytes)
			break;
		else if (!extram_alloc(ram, now.largest_free, 0, 0, &range))
			taken[count++] = range.offset;
		else if (errno != ENOSPC)
			error = errno;
	}
	if (!error)
		error = complement(ram, info->capacity, owners);
	while (count--)
		extram_free(ram, taken[count]);
	free(taken);
	return error;
}

int owners_find(struct extram *ram, const struct extram_info *info, bool probe,
		struct owners *owners)
{
	uint64_t used = 0;
	int error;
	size_t i;

	*owners = (struct owners) { .source = "debugfs" };
	error = probe ? ENOENT : from_debugfs(ram, owners);
	if (error) {
		owners->count = 0;
		owners->source = "query";
		error = from_query(ram, owners);
	}
	if (!error && probe) {
		owners->source = "probe";
		error = from_probe(ram, info, owners);
	}
	if (error) {
		owners_drop(owners);
		return error;
	}
	if (owners->count)
		qsort(owners->ranges, owners->count, sizeof(*owners->ranges), by_offset);
	for (i = 0; i < owners->count; i++)
		used += owners->ranges[i].length;
	owners->complete = used >= info->capacity - info->free_bytes;
	return 0;
}

void owners_drop(struct owners *owners)
{
	free(owners->ranges);
	*owners = (struct owners) { 0 };
}
