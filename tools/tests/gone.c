// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to an open file whose chip has been taken away: every call answers ENODEV.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extram_test.h"
#include "gone.h"

static unsigned char buf[4096];

/* One handle, and one call on it that must answer ENODEV once the chip is gone. */
static long call_info(int fd)
{
	struct extram_info info = { .size = sizeof(info) };

	return ioctl(fd, EXTRAM_IOC_INFO, &info);
}

static long call_alloc(int fd)
{
	struct extram_alloc alloc = { .size = sizeof(alloc), .length = 16 };

	return ioctl(fd, EXTRAM_IOC_ALLOC, &alloc);
}

static long call_free(int fd)
{
	struct extram_free args = { .size = sizeof(args), .offset = 0 };

	return ioctl(fd, EXTRAM_IOC_FREE, &args);
}

static long call_query(int fd)
{
	struct extram_query query = { .size = sizeof(query) };

	return ioctl(fd, EXTRAM_IOC_QUERY, &query);
}

static long call_resize(int fd)
{
	struct extram_resize resize = { .size = sizeof(resize), .length = 16 };

	return ioctl(fd, EXTRAM_IOC_RESIZE, &resize);
}

static long call_pread(int fd)
{
	return pread(fd, buf, 16, 0);
}

static long call_pread_of_unwritten_bytes(int fd)
{
	return pread(fd, buf, 16, 4096);
}

static long call_pread_outside(int fd)
{
	return pread(fd, buf, 16, 65536);
}

static long call_pwrite(int fd)
{
	return pwrite(fd, buf, 16, 0);
}

static long call_read(int fd)
{
	return read(fd, buf, 16);
}

static long call_write(int fd)
{
	return write(fd, buf, 16);
}

static long call_preadv(int fd)
{
	struct iovec iov[2] = { { buf, 5 }, { buf + 5, 5 } };

	return preadv(fd, iov, 2, 0);
}

static long call_pwritev(int fd)
{
	struct iovec iov[2] = { { buf, 5 }, { buf + 5, 5 } };

	return pwritev(fd, iov, 2, 0);
}

static long call_lseek(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

static long call_fsync(int fd)
{
	return fsync(fd);
}

static long call_splice(int fd)
{
	int pipefd[2], error;
	loff_t at = 0;
	long ret;

	if (pipe(pipefd))
		return -2;
	ret = splice(fd, &at, pipefd[1], NULL, 16, 0);
	error = errno;
	close(pipefd[0]);
	close(pipefd[1]);
	errno = error;
	return ret;
}

static long call_mmap(int fd)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static const struct {
	const char *name;
	long (*call)(int fd);
} calls[] = {
	{ "INFO", call_info },
	{ "ALLOC", call_alloc },
	{ "FREE", call_free },
	{ "QUERY", call_query },
	{ "RESIZE", call_resize },
	{ "pread", call_pread },
	{ "pread of unwritten bytes", call_pread_of_unwritten_bytes },
	{ "pread outside of a block", call_pread_outside },
	{ "pwrite", call_pwrite },
	{ "read", call_read },
	{ "write", call_write },
	{ "preadv", call_preadv },
	{ "pwritev", call_pwritev },
	{ "lseek", call_lseek },
	{ "fsync", call_fsync },
	{ "splice", call_splice },
	{ "mmap", call_mmap },
};

void xt_expect_all_enodev(int fd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		long ret;

		errno = 0;
		ret = calls[i].call(fd);
		if (ret != -1 || errno != ENODEV)
			fail_msg("%s after the chip went: %ld, %s", calls[i].name, ret,
				 strerror(errno));
	}
}

void xt_use(int fd)
{
	xt_write(fd, "before", 6, xt_alloc(fd, 8192));
}

void *xt_transfer_until_it_fails(void *arg)
{
	struct xt_worker *w = arg;
	unsigned char *data = malloc(64 * 1024);
	ssize_t ret;

	memset(data, 0x33, 64 * 1024);
	do {
		errno = 0;
		ret = w->reads ? pread(w->fd, data, 64 * 1024, w->offset) :
				 pwrite(w->fd, data, 64 * 1024, w->offset);
		w->calls++;
	} while (ret > 0);
	w->error = ret < 0 ? errno : 0;
	free(data);
	return NULL;
}
