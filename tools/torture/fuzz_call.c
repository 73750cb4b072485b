// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's calls: making, mutating and running one, and judging its errno by what is
 * documented for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define ARENA	(64 * 1024)
#define SIZES	10
#define POINTERS	16	/* of which half are good */

/* Good memory with none behind it, memory that cannot be written, and memory that is not there. */
static unsigned char *arena, *constant, *hole;

static const char *const names[FZ_WHATS] = {
	"open", "close", "dup", "INFO", "ALLOC", "FREE", "QUERY", "RESIZE", "ioctl", "pread", "pwrite",
	"read", "write", "preadv", "pwritev", "lseek", "poll", "fsync", "splice", "mmap", "fcntl",
};

void fz_call_init(void)
{
	size_t page = sysconf(_SC_PAGESIZE);

	arena = mmap(NULL, ARENA + 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		tt_die("no memory");
	hole = arena + ARENA;
	constant = hole + page;
	memset(arena, 0x42, ARENA);
	if (mprotect(hole, page, PROT_NONE) || mprotect(constant, page, PROT_READ) ||
	    mprotect(constant + page, page, PROT_NONE))
		tt_die("mprotect: %s", strerror(errno));
}

static unsigned char *fz_pointer(const struct fz_call *call, size_t size)
{
	switch (call->pointer % POINTERS) {
	case 0: return NULL;
	case 1: return hole;
	case 2: return constant;
	case 3: return hole - size / 2;	/* ends where there is nothing */
	case 4: return (unsigned char *)~0xfffull;
	case 5: return (unsigned char *)0xffff800008000000ull;
	case 6: return arena + 1;
	case 7: return hole - size;	/* ends just before */
	default: return arena;
	}
}

/* What a structure of @size bytes says its size is; @tail is set when more is behind it. */
static uint32_t fz_size(const struct fz_call *call, uint32_t size, bool *tail)
{
	*tail = false;
	switch (call->size % (2 * SIZES)) {
	case 0: return 0;
	case 1: return size - 1;
	case 2: return size - 8;
	case 3: return size + 8;
	case 4: *tail = true; return size + 8;
	case 5: return 4096;
	case 6: *tail = true; return 4096;
	case 7: return 4097;
	case 8: return ~0u;
	case 9: return size + 1;
	default: return size;
	}
}

static uint64_t fz_resolve(const struct fz_world *world, const struct fz_value *value)
{
	if (!value->offset)
		return value->number;
	return world->offset[(value->offset - 1) % FZ_OFFSETS] + value->number;
}

static void remember(struct fz_world *world, uint64_t offset)
{
	memmove(world->offset + 1, world->offset, sizeof(world->offset) - sizeof(world->offset[0]));
	world->offset[0] = offset;
}

/* Errnos that the interface documents, for each call. */
static bool is_documented(const struct fz_call *call, int error)
{
	static const int always[] = { EFAULT, ENODEV, EBADF };
	static const int calls[FZ_WHATS][12] = {
		[FZ_OPEN] = { ENXIO, EACCES, ENOENT, EMFILE, EINVAL },
		[FZ_INFO] = { EINVAL, E2BIG },
		[FZ_ALLOC] = { EINVAL, E2BIG, ENOSPC, ENOMEM, EDQUOT, EEXIST, EPERM },
		[FZ_FREE] = { EINVAL, E2BIG, ENOENT },
		[FZ_QUERY] = { EINVAL, E2BIG, ENOENT },
		[FZ_RESIZE] = { EINVAL, E2BIG, ENOSPC, ENOMEM, EDQUOT, ENOENT, EIO, EINTR },
		[FZ_IOCTL] = { EINVAL, E2BIG, ENOTTY, ENOENT, ENOSPC, EDQUOT, EEXIST, EPERM, ENOMEM, EIO, EINTR },
		[FZ_PREAD] = { ENXIO, EIO, EINVAL },
		[FZ_PWRITE] = { ENXIO, EIO, EINVAL },
		[FZ_READ] = { ENXIO, EIO, EINVAL },
		[FZ_WRITE] = { ENXIO, EIO, EINVAL, EFBIG },
		[FZ_PREADV] = { ENXIO, EIO, EINVAL },
		[FZ_PWRITEV] = { ENXIO, EIO, EINVAL },
		[FZ_LSEEK] = { EINVAL },
		[FZ_POLL] = { EINVAL },
		[FZ_FSYNC] = { EIO, EINVAL },
		[FZ_SPLICE] = { ENXIO, EIO, EINVAL, EAGAIN },
		[FZ_MMAP] = { ENODEV, EACCES, EINVAL, ENOMEM, EOVERFLOW },
		[FZ_FCNTL] = { EINVAL, EPERM, EACCES, EAGAIN, EMFILE, EDEADLK, ESRCH, ENOTTY, EBUSY, EOVERFLOW, EINTR },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++)
		if (always[i] == error)
			return true;
	for (i = 0; i < ARRAY_SIZE(calls[0]) && calls[call->what][i]; i++)
		if (calls[call->what][i] == error)
			return true;
	return false;
}

/* A structure of the interface: size, flags, then numbers of 64 bits. */
static long fz_ioctl(struct fz_world *world, const struct fz_call *call, unsigned long cmd, uint32_t size)
{
	unsigned char image[256] = { 0 }, *p;
	uint64_t number;
	unsigned int i;
	uint32_t word;
	bool tail;
	long ret;

	word = fz_size(call, size, &tail);
	memcpy(image, &word, sizeof(word));
	word = fz_resolve(world, &call->value[0]);
	memcpy(image + 4, &word, sizeof(word));
	for (i = 1; i < FZ_VALUES && 8 * i + 8 <= size; i++) {
		number = fz_resolve(world, &call->value[i]);
		memcpy(image + 8 * i, &number, sizeof(number));
	}
	if (tail)
		image[size + 1] = 1;
	p = fz_pointer(call, size);
	if (p >= arena && p < hole)
		memcpy(p, image, p + sizeof(image) <= hole ? sizeof(image) : (size_t)(hole - p));
	ret = ioctl(world->fd[call->slot % FZ_SLOTS], cmd, p);
	if (!ret && cmd == EXTRAM_IOC_ALLOC && p >= arena && p + 32 <= hole) {
		memcpy(&number, p + offsetof(struct extram_alloc, offset), sizeof(number));
		remember(world, number);
	} else if (!ret && (cmd == EXTRAM_IOC_RESIZE || cmd == EXTRAM_IOC_QUERY) && p >= arena && p + 24 <= hole) {
		memcpy(&number, p + 8, sizeof(number));
		remember(world, number);
	}
	return ret;
}

static void fz_replace(struct fz_world *world, unsigned int slot, int fd)
{
	if (fd < 0)
		return;
	if (world->fd[slot] >= 0)
		close(world->fd[slot]);
	world->fd[slot] = fd;
}

static long fz_open(struct fz_world *world, const struct fz_call *call)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_APPEND, O_RDWR | O_NONBLOCK,
				     O_RDWR | O_TRUNC, O_RDWR | O_DIRECT, O_PATH, 3, O_RDWR | O_SYNC };
	const struct tt_node *node = &world->nodes[fz_resolve(world, &call->value[0]) % world->num_nodes];
	int fd = open(node->path, O_CLOEXEC | flags[fz_resolve(world, &call->value[1]) % ARRAY_SIZE(flags)]);

	fz_replace(world, call->slot % FZ_SLOTS, fd);
	return fd;
}

static long fz_splice(struct fz_world *world, const struct fz_call *call)
{
	int fd = world->fd[call->slot % FZ_SLOTS], ends[2], error;
	loff_t at = fz_resolve(world, &call->value[0]);
	size_t length = fz_resolve(world, &call->value[1]);
	long ret;

	if (pipe(ends))
		return 0;
	if (call->pointer & 1) {
		ret = splice(fd, &at, ends[1], NULL, length, SPLICE_F_NONBLOCK);
	} else {
		if (write(ends[1], arena, 100) != 100)
			tt_die("a pipe takes nothing");
		ret = splice(ends[0], NULL, fd, &at, length, SPLICE_F_NONBLOCK);
	}
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return ret;
}

static long fz_mmap(int fd, uint64_t offset)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		return -1;
	munmap(p, 4096);
	return 0;
}

static long fz_fcntl(struct fz_world *world, const struct fz_call *call, int fd)
{
	/* None that waits or that sends signals. */
	static const int commands[] = { F_GETFD, F_GETFL, F_SETFL, F_GETLEASE, F_GETOWN, F_GETPIPE_SZ };

	return fcntl(fd, commands[fz_resolve(world, &call->value[0]) % ARRAY_SIZE(commands)],
		     (long)(fz_resolve(world, &call->value[1]) & ~(uint64_t)O_ASYNC));
}

static long fz_do(struct fz_world *world, const struct fz_call *call)
{
	int fd = world->fd[call->slot % FZ_SLOTS];
	uint64_t at = fz_resolve(world, &call->value[0]), length = fz_resolve(world, &call->value[1]);
	/* Negative numbers and beyond are for the kernel to refuse. */
	unsigned char *p = fz_pointer(call, length < ARENA ? length : ARENA);
	struct iovec iov[3] = { { p, length / 2 }, { arena, 7 }, { p, length - length / 2 } };
	struct pollfd polled = { .fd = fd, .events = at };

	switch (call->what) {
	case FZ_OPEN: return fz_open(world, call);
	case FZ_CLOSE:
		world->fd[call->slot % FZ_SLOTS] = -1;
		return close(fd);
	case FZ_DUP:
		fz_replace(world, at % FZ_SLOTS, dup(fd));
		return 0;
	case FZ_INFO: return fz_ioctl(world, call, EXTRAM_IOC_INFO, sizeof(struct extram_info));
	case FZ_ALLOC: return fz_ioctl(world, call, EXTRAM_IOC_ALLOC, sizeof(struct extram_alloc));
	case FZ_FREE: return fz_ioctl(world, call, EXTRAM_IOC_FREE, sizeof(struct extram_free));
	case FZ_QUERY: return fz_ioctl(world, call, EXTRAM_IOC_QUERY, sizeof(struct extram_query));
	case FZ_RESIZE: return fz_ioctl(world, call, EXTRAM_IOC_RESIZE, sizeof(struct extram_resize));
	case FZ_IOCTL:
		/* Any command, most of them near those that exist. */
		return fz_ioctl(world, call, length & 1 ? (uint32_t)at :
				_IOC((at >> 8) % 4, EXTRAM_IOC_TYPE, at % 16, (at >> 16) % 64), 32);
	case FZ_PREAD: return pread(fd, p, length, at);
	case FZ_PWRITE: return pwrite(fd, p, length, at);
	case FZ_READ: return read(fd, p, length);
	case FZ_WRITE: return write(fd, p, length);
	case FZ_PREADV: return preadv(fd, iov, 1 + fz_resolve(world, &call->value[2]) % 3, at);
	case FZ_PWRITEV: return pwritev(fd, iov, 1 + fz_resolve(world, &call->value[2]) % 3, at);
	case FZ_LSEEK: return lseek(fd, at, length % 6);
	case FZ_POLL: return poll(&polled, 1, 0);
	case FZ_FSYNC: return at & 1 ? fdatasync(fd) : fsync(fd);
	case FZ_SPLICE: return fz_splice(world, call);
	case FZ_MMAP: return fz_mmap(fd, at & ~0xfffull);
	case FZ_FCNTL: return fz_fcntl(world, call, fd);
	}
	return 0;
}

void fz_print(const struct fz_call *call)
{
	unsigned int i;

	printf("  %s slot %u size %u pointer %u:", names[call->what], call->slot % FZ_SLOTS,
	       call->size % (2 * SIZES), call->pointer % POINTERS);
	for (i = 0; i < FZ_VALUES; i++)
		printf(call->value[i].offset ? " offset%u+%#llx" : " %.0u%#llx", call->value[i].offset,
		       (unsigned long long)call->value[i].number);
	printf("\n");
}

void fz_run(struct fz_world *world, const struct fz_call *call)
{
	long ret;

	errno = 0;
	ret = fz_do(world, call);
	world->calls++;
	if (ret < -1 || (ret == -1 && !is_documented(call, errno))) {
		world->odd++;
		printf("odd answer: %ld, %s\n", ret, strerror(errno));
		fz_print(call);
	}
}

void fz_begin(struct fz_world *world, unsigned int node)
{
	unsigned int i;

	for (i = 0; i < FZ_SLOTS; i++)
		world->fd[i] = -1;
	memset(world->offset, 0, sizeof(world->offset));
	world->fd[0] = open(world->nodes[node].path, O_RDWR | O_CLOEXEC);
	world->calls++;
}

void fz_end(struct fz_world *world)
{
	unsigned int i;

	for (i = 0; i < FZ_SLOTS; i++)
		if (world->fd[i] >= 0)
			close(world->fd[i]);
}

/* Numbers at which something may change. */
static uint64_t interesting(uint64_t *seed)
{
	static const uint64_t some[] = {
		0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 4095, 4096, 4097, 8192, 32768, 65536, 131072,
		8388608, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000ull, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX, UINT64_MAX - 15,
	};

	switch (tt_below(seed, 8)) {
	case 0: return some[tt_below(seed, ARRAY_SIZE(some))];
	case 1: return 1ull << tt_below(seed, 64);
	case 2: return (1ull << tt_below(seed, 64)) - 1;
	case 3: return (uint64_t)tt_random(seed) << 32 | tt_random(seed);
	case 4: return tt_below(seed, 2048) * TT_GRANULE;
	default: return tt_below(seed, 300);
	}
}

static void fz_random_value(struct fz_value *value, uint64_t *seed)
{
	value->offset = tt_one_in(seed, 2) ? 1 + tt_below(seed, tt_one_in(seed, 2) ? 1 : FZ_OFFSETS) : 0;
	value->number = interesting(seed);
	if (value->offset && tt_one_in(seed, 2))
		value->number = 0;
}

static uint8_t good_mostly(uint64_t *seed, unsigned int good, unsigned int all)
{
	return tt_one_in(seed, 6) ? tt_below(seed, all) : good;
}

void fz_random_call(struct fz_call *call, uint64_t *seed)
{
	unsigned int i;

	call->what = tt_below(seed, FZ_WHATS);
	/* Most of all what has structures, and what moves bytes. */
	if (tt_one_in(seed, 2))
		call->what = FZ_INFO + tt_below(seed, FZ_WRITE - FZ_INFO + 1);
	call->slot = tt_one_in(seed, 4) ? tt_below(seed, FZ_SLOTS) : 0;
	call->size = good_mostly(seed, SIZES, 2 * SIZES);
	call->pointer = good_mostly(seed, POINTERS - 1, POINTERS);
	for (i = 0; i < FZ_VALUES; i++)
		fz_random_value(&call->value[i], seed);
	/* Flags are few bits. */
	if (call->what >= FZ_INFO && call->what <= FZ_RESIZE) {
		call->value[0].offset = 0;
		call->value[0].number = tt_one_in(seed, 8) ? interesting(seed) : tt_below(seed, 8) & tt_below(seed, 8);
	}
	if (call->what == FZ_ALLOC && tt_one_in(seed, 2)) {
		call->value[1] = (struct fz_value) { .number = 1 + tt_below(seed, 3000) };
		call->value[2] = (struct fz_value) { .number = tt_one_in(seed, 2) ? 0 : 1u << tt_below(seed, 12) };
	}
}

void fz_mutate_call(struct fz_call *call, uint64_t *seed)
{
	unsigned int which = tt_below(seed, FZ_VALUES);

	switch (tt_below(seed, 8)) {
	case 0: call->slot = tt_below(seed, FZ_SLOTS); break;
	case 1: call->size = tt_below(seed, 2 * SIZES); break;
	case 2: call->pointer = tt_below(seed, POINTERS); break;
	case 3: call->value[which].number += tt_below(seed, 33) - 16; break;
	case 4: call->value[which].number ^= 1ull << tt_below(seed, 64); break;
	default: fz_random_value(&call->value[which], seed); break;
	}
}
