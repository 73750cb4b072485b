/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libextram: external serial RAM from C and C++, over the calls of linux/extram.h.
 *
 * A memory is opened by its node, its number or the name of its part. A range is taken with
 * extram_alloc(), which answers where it starts (0 is an ordinary offset), and belongs to this
 * handle unless it is shared: nobody else sees it, and closing the handle gives it back.
 * extram_read() and extram_write() move bytes and go on after short counts and signals.
 *
 * Calls answer -1 and set errno when they fail; functions that answer pointers answer NULL. Any
 * number of threads may use one handle at the same time, but for extram_close(), which has to be
 * the last call on it. There is no global state.
 */
#ifndef _LIBEXTRAM_H
#define _LIBEXTRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/extram.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXTRAM_VERSION_STRING	"0.1.0"

/* An open memory. */
struct extram;

/**
 * struct extram_range - a piece of the memory
 * @offset: where it starts
 * @length: bytes, a multiple of the granule
 * @flags: EXTRAM_BLOCK_*
 * @reserved: 0
 */
struct extram_range {
	uint64_t offset;
	uint64_t length;
	uint32_t flags;
	uint32_t reserved;
};

/*
 * Opening. extram_open() takes what a user would type: NULL or "" (/dev/extram, the first memory),
 * a number (/dev/extramN), a path, "fd:N" (an open file that this process was given), or the name
 * of a part ("23lc1024"), which has to fit exactly one node: ENODEV when there is none,
 * ENOTUNIQ when there are several. ENOTTY: the file is no extram memory.
 *
 * extram_open_fd() takes the descriptor over: extram_close() closes it.
 */
struct extram *extram_open(const char *which);
struct extram *extram_open_index(unsigned int index);
struct extram *extram_open_path(const char *path);
struct extram *extram_open_chip(const char *chip);
struct extram *extram_open_fd(int fd);
void extram_close(struct extram *ram);

int extram_fd(const struct extram *ram);
const char *extram_path(const struct extram *ram);

/*
 * Calls visit for the node of each memory, in the order of their numbers, until it answers
 * something other than 0, which is then the result. Nodes that may not be opened are visited too.
 */
int extram_for_each_node(int (*visit)(const char *path, void *arg), void *arg);

/*
 * What the memory is and how full it is. @size is sizeof(*info): a library that knows more fields
 * than the program leaves them out, and fields that this kernel does not know are 0.
 */
int extram_info_sized(struct extram *ram, struct extram_info *info, size_t size);

static inline int extram_info(struct extram *ram, struct extram_info *info)
{
	return extram_info_sized(ram, info, sizeof(*info));
}

/*
 * Ranges. Errors are those of the calls of the same name in linux/extram.h.
 *
 * extram_alloc() takes @length bytes with the offset a multiple of @align (0: of the granule).
 * @flags are EXTRAM_ALLOC_*; with EXTRAM_ALLOC_FIXED, @range->offset is where. @range gets the
 * result. extram_resize() changes @range, which needs nothing but its offset, to the new place and
 * length. @flags are EXTRAM_RESIZE_*.
 */
int extram_alloc(struct extram *ram, uint64_t length, uint64_t align, uint32_t flags,
		 struct extram_range *range);
int extram_free(struct extram *ram, uint64_t offset);
int extram_resize(struct extram *ram, struct extram_range *range, uint64_t length, uint32_t flags);

/*
 * extram_query(): the range of this handle, or a shared one, that holds @offset, or else the next
 * above; ENOENT when there is none. extram_next(): the one behind @range, 1 when there is one, 0 at
 * the end; a range of zeros is before the first.
 */
int extram_query(struct extram *ram, uint64_t offset, struct extram_range *range);
int extram_next(struct extram *ram, struct extram_range *range);

/*
 * Bytes. Both go on until everything is moved, and never past the end of the range that holds
 * @offset. They answer how many bytes that were. When those are fewer than @length, errno tells
 * why: 0 for the end of the range, else the error that came after them. -1 is for an error before
 * the first byte; ENXIO: no range that this handle may use holds @offset.
 *
 * extram_sync() answers when what was written is on the chip.
 */
ssize_t extram_read(struct extram *ram, void *buf, size_t length, uint64_t offset);
ssize_t extram_write(struct extram *ram, const void *buf, size_t length, uint64_t offset);
int extram_sync(struct extram *ram);

/* Version of the library that runs: "0.1.0". */
const char *extram_version(void);

#ifdef __cplusplus
}
#endif

#endif /* _LIBEXTRAM_H */
