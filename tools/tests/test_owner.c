// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose block it is: to other files it is as if there were none.
 */
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extram_test.h"

static unsigned char buf[4096];

static int open_again(struct xt *xt)
{
	return xt_open(xt->chip, O_RDWR);
}

static void a_foreign_block_cannot_be_read(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_write(xt->fd, buf, 64, offset);
	xt_assert_errno(ENXIO, pread(other, buf, 64, offset));
	close(other);
}

static void a_foreign_block_cannot_be_written(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_write(xt->fd, "mine", 4, offset);
	xt_assert_errno(ENXIO, pwrite(other, "your", 4, offset));
	xt_expect(xt->fd, "mine", 4, offset);
	close(other);
}

static void a_foreign_block_cannot_be_freed(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	int other = open_again(xt);

	xt_assert_fails(ENOENT, xt_free(other, offset));
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	close(other);
}

static void a_foreign_block_is_not_found_by_query(void **state)
{
	struct xt *xt = *state;
	uint64_t at = 0, length;
	int other = open_again(xt);

	xt_alloc(xt->fd, 64);
	xt_assert_fails(ENOENT, xt_query(other, &at, &length));
	close(other);
}

static void query_steps_over_foreign_blocks(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t mine, at = 0, length;

	xt_alloc(other, 64);
	xt_alloc(other, 64);
	mine = xt_alloc(xt->fd, 32);
	xt_alloc(other, 64);
	xt_assert_ok(xt_query(xt->fd, &at, &length));
	assert_int_equal(at, mine);
	assert_int_equal(length, 32);
	at += length;
	xt_assert_fails(ENOENT, xt_query(xt->fd, &at, &length));
	close(other);
}

enum { FOREIGN_CALLS = 13 };

static int errno_of(ssize_t ret)
{
	return ret < 0 ? errno : (int)ret;
}

/* What every call answers that names a place, lseek() last. */
static void ask_at(int fd, const int pipefd[2], uint64_t at, int answer[FOREIGN_CALLS])
{
	static const uint64_t lengths[] = { 8, 32, 48, 4096 };
	struct iovec parts[2] = { { buf, 8 }, { buf + 8, 8 } };
	uint64_t found = at, length;
	loff_t place = at;
	size_t i;
	int n = 0;

	answer[n++] = xt_free(fd, at);
	answer[n++] = xt_query(fd, &found, &length);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		answer[n++] = xt_resize_at(fd, i % 2 ? EXTRAM_RESIZE_MAY_MOVE : 0, at, lengths[i]);
	answer[n++] = errno_of(pread(fd, buf, 8, at));
	answer[n++] = errno_of(pwrite(fd, buf, 8, at));
	answer[n++] = errno_of(preadv(fd, parts, 2, at));
	answer[n++] = errno_of(pwritev(fd, parts, 2, at));
	answer[n++] = errno_of(splice(fd, &place, pipefd[1], NULL, 8, SPLICE_F_NONBLOCK));
	assert_int_equal(write(pipefd[1], buf, 8), 8);
	place = at;
	answer[n++] = errno_of(splice(pipefd[0], NULL, fd, &place, 8, SPLICE_F_NONBLOCK));
	assert_int_equal(read(pipefd[0], buf, 8), 8);
	answer[n++] = lseek(fd, at, SEEK_SET) == (off_t)at;
	assert_int_equal(n, FOREIGN_CALLS);
}

/* Every call and every offset: the answer is the same whether others have blocks there or not. */
static void a_foreign_block_answers_as_one_that_never_was(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt), pipefd[2];
	uint64_t at;
	int error[2][100][FOREIGN_CALLS], round;
	unsigned long long transfers = xt_sysfs(xt->chip, "transfers");

	assert_return_code(pipe(pipefd), errno);
	for (round = 0; round < 2; round++) {
		for (at = 0; at < 100; at++)
			ask_at(other, pipefd, at, error[round][at]);
		if (!round) {
			xt_alloc(xt->fd, 32);
			xt_alloc(xt->fd, 48);
		}
	}
	assert_memory_equal(error[0], error[1], sizeof(error[0]));
	/* Nor by the time that the bus takes. */
	assert_int_equal(xt_sysfs(xt->chip, "transfers"), transfers);
	close(pipefd[0]);
	close(pipefd[1]);
	close(other);
}

static void a_transfer_is_cut_before_a_foreign_block(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t mine = xt_alloc(xt->fd, 64), theirs = xt_alloc(other, 64);

	assert_int_equal(theirs, mine + 64);
	xt_write(other, "theirs", 6, theirs);
	memset(buf, 'x', 128);
	xt_assert_count(64, pwrite(xt->fd, buf, 128, mine));
	xt_assert_count(64, pread(xt->fd, buf, 128, mine));
	xt_expect(other, "theirs", 6, theirs);
	close(other);
}

static void opening_by_proc_is_another_file(void **state)
{
	struct xt *xt = *state;
	char path[64];
	int fd;

	xt_alloc(xt->fd, 64);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", xt->fd);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	xt_assert_errno(ENXIO, pread(fd, buf, 1, 0));
	close(fd);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(a_foreign_block_cannot_be_read),
		XT(a_foreign_block_cannot_be_written),
		XT(a_foreign_block_cannot_be_freed),
		XT(a_foreign_block_is_not_found_by_query),
		XT(query_steps_over_foreign_blocks),
		XT(a_foreign_block_answers_as_one_that_never_was),
		XT(a_transfer_is_cut_before_a_foreign_block),
		XT(opening_by_proc_is_another_file),
	};

	return xt_run("owner", argc, argv, cases, ARRAY_SIZE(cases));
}
