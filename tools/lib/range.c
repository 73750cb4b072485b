// SPDX-License-Identifier: GPL-2.0-only
/*
 * Information, ranges, and the bytes in them.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

/* Most bytes that one read(2) takes, in whole granules of any size. */
#define MOST_BYTES	(SSIZE_MAX & ~0xffffful)

/* For the calls that a signal can take back (resize) and those that wait. */
static int call(struct extram *ram, unsigned long command, void *args)
{
	int ret;

	do
		ret = ioctl(ram->fd, command, args);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -1 : 0;
}

int extram_info_sized(struct extram *ram, struct extram_info *info, size_t size)
{
	struct extram_info all = { .size = sizeof(all) };

	if (size < sizeof(all.size)) {
		errno = EINVAL;
		return -1;
	}
	if (call(ram, EXTRAM_IOC_INFO, &all))
		return -1;
	all.size = size;
	memset(info, 0, size);
	memcpy(info, &all, size < sizeof(all) ? size : sizeof(all));
	return 0;
}

int extram_alloc(struct extram *ram, uint64_t length, uint64_t align, uint32_t flags,
		 struct extram_range *range)
{
	struct extram_alloc args = {
		.size = sizeof(args),
		.flags = flags,
		.length = length,
		.align = align,
		.offset = flags & EXTRAM_ALLOC_FIXED ? range->offset : 0,
	};

	if (call(ram, EXTRAM_IOC_ALLOC, &args))
		return -1;
	memset(range, 0, sizeof(*range));
	range->offset = args.offset;
	range->length = args.length;
	range->flags = flags & EXTRAM_ALLOC_SHARED ? EXTRAM_BLOCK_SHARED : 0;
	return 0;
}

int extram_free(struct extram *ram, uint64_t offset)
{
	struct extram_free args = { .size = sizeof(args), .offset = offset };

	return call(ram, EXTRAM_IOC_FREE, &args);
}

int extram_resize(struct extram *ram, struct extram_range *range, uint64_t length, uint32_t flags)
{
	struct extram_resize args = {
		.size = sizeof(args),
		.flags = flags,
		.offset = range->offset,
		.length = length,
	};

	if (call(ram, EXTRAM_IOC_RESIZE, &args))
		return -1;
	range->offset = args.offset;
	range->length = args.length;
	return 0;
}

int extram_query(struct extram *ram, uint64_t offset, struct extram_range *range)
{
	struct extram_query args = { .size = sizeof(args), .offset = offset };

	if (call(ram, EXTRAM_IOC_QUERY, &args))
		return -1;
	memset(range, 0, sizeof(*range));
	range->offset = args.offset;
	range->length = args.length;
	range->flags = args.block_flags;
	return 0;
}

int extram_next(struct extram *ram, struct extram_range *range)
{
	if (!extram_query(ram, range->offset + range->length, range))
		return 1;
	return errno == ENOENT ? 0 : -1;
}

/* A short count tells where it ended, not why: whether the range goes on behind it. */
static int goes_on(struct extram *ram, uint64_t at)
{
	struct extram_range range;

	return !extram_query(ram, at, &range) && range.offset < at;
}

/* One of the two buffers is NULL. */
static ssize_t transfer(struct extram *ram, char *in, const char *out, size_t length,
			uint64_t offset)
{
	size_t done = 0;

	if (offset > INT64_MAX) {
		errno = ENXIO;
		return -1;
	}
	if (length > MOST_BYTES)
		length = MOST_BYTES;
	do {
		ssize_t n;

		if (in)
			n = pread(ram->fd, in + done, length - done, offset + done);
		else
			n = pwrite(ram->fd, out + done, length - done, offset + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return done ? (ssize_t)done : -1;
		done += n;
		if (done < length && (!n || !goes_on(ram, offset + done))) {
			errno = 0;
			break;
		}
	} while (done < length);
	return done;
}

ssize_t extram_read(struct extram *ram, void *buf, size_t length, uint64_t offset)
{
	return transfer(ram, buf, NULL, length, offset);
}

ssize_t extram_write(struct extram *ram, const void *buf, size_t length, uint64_t offset)
{
	return transfer(ram, NULL, buf, length, offset);
}

int extram_sync(struct extram *ram)
{
	int ret;

	do
		ret = fsync(ram->fd);
	while (ret < 0 && errno == EINTR);
	return ret;
}

const char *extram_version(void)
{
	return EXTRAM_VERSION_STRING;
}
