// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on the node beyond plain reads and writes: vectors, modes, bad memory, splice, poll, and
 * those that a memory answers in its own way.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extram_test.h"

static unsigned char buf[16384];

/* A value that the compiler must not know, or it warns of what the test is about. */
static __attribute__((noipa)) void *from_afar(uintptr_t value)
{
	return (void *)value;
}

static void vectors_are_one_transfer(void **state)
{
	static const size_t lengths[] = { 1, 0, 7, 4096, 3, 5000, 1, 129 };
	struct xt *xt = *state;
	struct iovec out[ARRAY_SIZE(lengths)], in[ARRAY_SIZE(lengths)];
	unsigned char *from = malloc(sizeof(buf)), *to = calloc(1, sizeof(buf));
	uint64_t offset = xt_alloc(xt->fd, sizeof(buf));
	size_t i, n = ARRAY_SIZE(lengths), put = 0, sum = 0;

	assert_non_null(from);
	assert_non_null(to);
	xt_fill(from, sizeof(buf), 5);
	for (i = 0; i < n; i++) {
		out[i] = (struct iovec) { from + put, lengths[i] };
		put += lengths[i];
		/* The reverse order of sizes, so that the borders are others. */
		in[i] = (struct iovec) { to + sum, lengths[n - 1 - i] };
		sum += lengths[n - 1 - i];
	}
	xt_assert_count(sum, pwritev(xt->fd, out, n, offset + 3));
	xt_expect(xt->fd, from, sum, offset + 3);
	xt_assert_count(sum, preadv(xt->fd, in, n, offset + 3));
	assert_memory_equal(from, to, sum);
	free(from);
	free(to);
}

static void readv_and_writev_move_the_position(void **state)
{
	struct xt *xt = *state;
	struct iovec iov[] = { { buf, 10 }, { buf + 20, 20 } };
	uint64_t offset = xt_alloc(xt->fd, 64);

	lseek(xt->fd, offset, SEEK_SET);
	xt_assert_count(30, writev(xt->fd, iov, 2));
	xt_assert_count(offset + 30, lseek(xt->fd, 0, SEEK_CUR));
	xt_assert_count(30, readv(xt->fd, iov, 2));
	xt_assert_count(offset + 60, lseek(xt->fd, 0, SEEK_CUR));
}

static void writing_to_a_read_only_file_is_ebadf(void **state)
{
	struct xt *xt = *state;
	int fd = xt_open(xt->chip, O_RDONLY);
	uint64_t offset = xt_alloc(fd, 64);

	xt_assert_errno(EBADF, pwrite(fd, buf, 1, offset));
	xt_assert_errno(EBADF, write(fd, buf, 1));
	xt_assert_count(64, pread(fd, buf, 64, offset));
	close(fd);
}

static void reading_from_a_write_only_file_is_ebadf(void **state)
{
	struct xt *xt = *state;
	int fd = xt_open(xt->chip, O_WRONLY);
	uint64_t offset = xt_alloc(fd, 64);

	xt_assert_errno(EBADF, pread(fd, buf, 1, offset));
	xt_assert_errno(EBADF, read(fd, buf, 1));
	xt_assert_count(64, pwrite(fd, buf, 64, offset));
	close(fd);
}

static void bad_pointers_are_efault(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	void *bad = from_afar(16);

	xt_write(xt->fd, "0123456789", 10, offset);
	xt_assert_errno(EFAULT, pwrite(xt->fd, bad, 10, offset));
	xt_assert_errno(EFAULT, pread(xt->fd, bad, 10, offset));
	xt_assert_errno(EFAULT, pread(xt->fd, bad, 10, offset + 32));
	xt_expect(xt->fd, "0123456789", 10, offset);
}

/* Memory of which only the first page can be touched. */
static unsigned char *before_a_hole(size_t page)
{
	unsigned char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(munmap(p + page, page), 0);
	return p;
}

static void a_read_into_a_hole_counts_what_arrived(void **state)
{
	struct xt *xt = *state;
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = before_a_hole(page);
	uint64_t offset = xt_alloc(xt->fd, 1000);
	ssize_t got;

	xt_fill(buf, 1000, 6);
	xt_write(xt->fd, buf, 1000, offset);
	memset(p, 0, page);
	got = pread(xt->fd, p + page - 100, 1000, offset);
	assert_in_range(got, 1, 100);
	assert_memory_equal(p + page - 100, buf, got);
	munmap(p, page);
}

static void a_write_from_a_hole_counts_what_was_taken(void **state)
{
	struct xt *xt = *state;
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = before_a_hole(page);
	uint64_t offset = xt_alloc(xt->fd, 1000);
	ssize_t put;

	xt_fill(p, page, 7);
	put = pwrite(xt->fd, p + page - 100, 1000, offset);
	assert_in_range(put, 1, 100);
	xt_expect(xt->fd, p + page - 100, put, offset);
	xt_expect_zeros(xt->fd, 1008 - put, offset + put);
	munmap(p, page);
}

static void fsync_and_fdatasync(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	xt_assert_ok(fsync(xt->fd));
	xt_write(xt->fd, buf, 64, offset);
	xt_assert_ok(fsync(xt->fd));
	xt_assert_ok(fdatasync(xt->fd));
}

static void poll_says_ready(void **state)
{
	struct xt *xt = *state;
	struct pollfd p = { .fd = xt->fd, .events = POLLIN | POLLOUT };

	xt_assert_count(1, poll(&p, 1, 0));
	assert_int_equal(p.revents, POLLIN | POLLOUT);
}

static void mmap_is_enodev(void **state)
{
	struct xt *xt = *state;

	xt_alloc(xt->fd, 8192);
	errno = 0;
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, xt->fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, xt->fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
}

static void splice_from_the_memory_to_a_pipe(void **state)
{
	struct xt *xt = *state;
	uint64_t start = xt_alloc(xt->fd, 8192);
	loff_t at = start + 11;
	size_t sum = 0;
	ssize_t ret;
	int pipefd[2];

	xt_fill(buf, 8192, 8);
	xt_write(xt->fd, buf, 8192, start);
	assert_int_equal(pipe(pipefd), 0);
	while (sum < 5000) {
		unsigned char got[5000];

		ret = splice(xt->fd, &at, pipefd[1], NULL, 5000 - sum, 0);
		if (ret <= 0)
			fail_msg("splice: %zd, %s", ret, strerror(errno));
		xt_assert_count(ret, read(pipefd[0], got, ret));
		assert_memory_equal(got, buf + 11 + sum, ret);
		sum += ret;
	}
	assert_int_equal(at, start + 11 + 5000);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void splice_from_a_pipe_to_the_memory(void **state)
{
	struct xt *xt = *state;
	uint64_t start = xt_alloc(xt->fd, 8192);
	loff_t at = start + 5;
	size_t sum = 0;
	ssize_t ret;
	int pipefd[2];

	xt_fill(buf, 6000, 9);
	assert_int_equal(pipe(pipefd), 0);
	xt_assert_count(6000, write(pipefd[1], buf, 6000));
	while (sum < 6000) {
		ret = splice(pipefd[0], NULL, xt->fd, &at, 6000 - sum, 0);
		if (ret <= 0)
			fail_msg("splice: %zd, %s", ret, strerror(errno));
		sum += ret;
	}
	xt_expect(xt->fd, buf, 6000, start + 5);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void splice_outside_of_a_block_is_enxio(void **state)
{
	struct xt *xt = *state;
	loff_t at = 4096;
	int pipefd[2];

	assert_int_equal(pipe(pipefd), 0);
	xt_assert_errno(ENXIO, splice(xt->fd, &at, pipefd[1], NULL, 100, 0));
	close(pipefd[0]);
	close(pipefd[1]);
}

static void sendfile_from_the_memory(void **state)
{
	struct xt *xt = *state;
	uint64_t start = xt_alloc(xt->fd, 3000);
	off_t at = start;
	unsigned char got[3000];
	int fd = memfd_create("copy", MFD_CLOEXEC);

	assert_true(fd >= 0);
	xt_fill(buf, 3000, 10);
	xt_write(xt->fd, buf, 3000, start);
	xt_assert_count(3000, sendfile(fd, xt->fd, &at, 3000));
	xt_assert_count(3000, pread(fd, got, 3000, 0));
	assert_memory_equal(got, buf, 3000);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(vectors_are_one_transfer),
		XT(readv_and_writev_move_the_position),
		XT(writing_to_a_read_only_file_is_ebadf),
		XT(reading_from_a_write_only_file_is_ebadf),
		XT(bad_pointers_are_efault),
		XT(a_read_into_a_hole_counts_what_arrived),
		XT(a_write_from_a_hole_counts_what_was_taken),
		XT(fsync_and_fdatasync),
		XT(poll_says_ready),
		XT(mmap_is_enodev),
		XT(splice_from_the_memory_to_a_pipe),
		XT(splice_from_a_pipe_to_the_memory),
		XT(splice_outside_of_a_block_is_enxio),
		XT(sendfile_from_the_memory),
	};

	return xt_run("calls", argc, argv, cases, ARRAY_SIZE(cases));
}
