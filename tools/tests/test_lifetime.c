// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a block lives: until the last close of the open file, however that was passed on, and
 * for as long as a transfer uses it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extram_test.h"
#include "ring.h"

static unsigned char buf[4096];

/* What the child of a fork answers: 0, or the line that failed. */
#define CHILD_CHECK(condition)			\
	do {					\
		if (!(condition))		\
			_exit(__LINE__ % 255 + 1); \
	} while (0)

static int open_again(struct xt *xt)
{
	return xt_open(xt->chip, O_RDWR);
}

static void expect_child(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("child: status %#x (a check at line 255 n + %d)", status,
			 WEXITSTATUS(status) - 1);
}

static void close_gives_back_all_blocks(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt), i;
	struct extram_info now;

	for (i = 0; i < 100; i++)
		xt_alloc(other, 16 * (i % 20 + 1));
	assert_int_equal(xt_get_info(xt->fd).blocks, 100);
	close(other);
	now = xt_get_info(xt->fd);
	xt_expect_unchanged(&xt->base, &now);
}

static void a_range_freed_by_close_reads_as_zeros_for_the_next(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt);
	uint64_t offset = xt_alloc(other, 2000);

	memset(buf, 0x5a, sizeof(buf));
	xt_write(other, buf, 2000, offset);
	close(other);
	assert_int_equal(xt_alloc(xt->fd, 2000), offset);
	xt_expect_zeros(xt->fd, 2000, offset);
}

static void dup_keeps_a_block_until_the_last_close(void **state)
{
	struct xt *xt = *state;
	int first = open_again(xt), second = dup(first);
	uint64_t offset = xt_alloc(first, 64);

	assert_true(second >= 0);
	xt_write(first, "shared", 6, offset);
	close(first);
	xt_expect(second, "shared", 6, offset);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	close(second);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
}

static void fork_shares_a_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	pid_t child;

	xt_write(xt->fd, "parent", 6, offset);
	child = fork();
	if (!child) {
		CHILD_CHECK(pread(xt->fd, buf, 6, offset) == 6);
		CHILD_CHECK(!memcmp(buf, "parent", 6));
		CHILD_CHECK(pwrite(xt->fd, "child!", 6, offset) == 6);
		_exit(0);
	}
	expect_child(child);
	xt_expect(xt->fd, "child!", 6, offset);
}

static void a_block_outlives_the_process_that_allocated_it(void **state)
{
	struct xt *xt = *state;
	uint64_t at = 0, length;
	pid_t child = fork();

	if (!child) {
		uint64_t offset;

		CHILD_CHECK(!xt_try_alloc(xt->fd, 64, 0, &offset, NULL));
		CHILD_CHECK(pwrite(xt->fd, "legacy", 6, offset) == 6);
		_exit(0);
	}
	expect_child(child);
	xt_assert_ok(xt_query(xt->fd, &at, &length));
	xt_expect(xt->fd, "legacy", 6, at);
	xt_assert_ok(xt_free(xt->fd, at));
}

static void a_child_may_free_a_block(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(!xt_free(xt->fd, offset));
		_exit(0);
	}
	expect_child(child);
	xt_assert_fails(ENOENT, xt_free(xt->fd, offset));
}

static void fork_keeps_a_block_until_the_last_close(void **state)
{
	struct xt *xt = *state;
	int other = open_again(xt), pipefd[2];
	uint64_t offset = xt_alloc(other, 64);
	pid_t child;
	char go;

	assert_int_equal(pipe(pipefd), 0);
	xt_write(other, "kept", 4, offset);
	child = fork();
	if (!child) {
		close(pipefd[1]);
		CHILD_CHECK(read(pipefd[0], &go, 1) == 1);
		CHILD_CHECK(pread(other, buf, 4, offset) == 4);
		CHILD_CHECK(!memcmp(buf, "kept", 4));
		_exit(0);
	}
	close(other);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	xt_assert_count(1, write(pipefd[1], "g", 1));
	expect_child(child);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void a_killed_process_leaves_nothing_behind(void **state)
{
	struct xt *xt = *state;
	struct extram_info now;
	int pipefd[2], status;
	char path[64], ready;
	pid_t child;

	assert_int_equal(pipe(pipefd), 0);
	xt_node(xt->chip, path, sizeof(path));
	child = fork();
	if (!child) {
		int fd = open(path, O_RDWR), i;
		uint64_t offset = 0;

		for (i = 0; i < 20; i++)
			CHILD_CHECK(!xt_try_alloc(fd, 1000, 0, &offset, NULL));
		CHILD_CHECK(write(pipefd[1], "r", 1) == 1);
		for (;;)
			if (pwrite(fd, buf, 1000, offset) < 0)
				_exit(1);
	}
	xt_assert_count(1, read(pipefd[0], &ready, 1));
	assert_int_equal(xt_get_info(xt->fd).blocks, 20);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	now = xt_get_info(xt->fd);
	xt_expect_unchanged(&xt->base, &now);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void send_fd(int socket, int fd)
{
	char space[CMSG_SPACE(sizeof(fd))] = { 0 }, byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	xt_assert_count(1, sendmsg(socket, &msg, 0));
}

/* For children too: -1 when there is none. */
static int receive_fd(int socket)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 }, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cmsg;
	int fd = -1;

	if (recvmsg(socket, &msg, 0) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static void a_passed_descriptor_passes_the_block(void **state)
{
	struct xt *xt = *state;
	int pair[2], fd;
	uint64_t offset;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	child = fork();
	if (!child) {
		close(xt->fd);
		close(pair[0]);
		fd = receive_fd(pair[1]);
		CHILD_CHECK(fd >= 0);
		CHILD_CHECK(pread(fd, buf, 6, 0) == 6);
		CHILD_CHECK(!memcmp(buf, "parcel", 6));
		CHILD_CHECK(!xt_free(fd, 0));
		_exit(0);
	}
	close(pair[1]);
	/* Allocated after the fork: the child can have it by the message alone. */
	fd = open_again(xt);
	offset = xt_alloc(fd, 64);
	assert_int_equal(offset, 0);
	xt_write(fd, "parcel", 6, offset);
	send_fd(pair[0], fd);
	close(fd);
	expect_child(child);
	close(pair[0]);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
}

static void a_descriptor_on_its_way_keeps_the_block(void **state)
{
	struct xt *xt = *state;
	int fd = open_again(xt), pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	xt_alloc(fd, 64);
	xt_write(fd, "on its way", 10, 0);
	send_fd(pair[0], fd);
	close(fd);
	assert_int_equal(xt_get_info(xt->fd).blocks, 1);
	fd = receive_fd(pair[1]);
	xt_expect(fd, "on its way", 10, 0);
	close(fd);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
	close(pair[0]);
	close(pair[1]);
}

static void a_descriptor_that_never_arrives_gives_the_block_back(void **state)
{
	struct xt *xt = *state;
	int fd = open_again(xt), pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	xt_alloc(fd, 64);
	send_fd(pair[0], fd);
	close(fd);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
}

struct long_write {
	int fd;
	size_t length;
	ssize_t done;
};

static void *write_long(void *arg)
{
	struct long_write *job = arg;
	void *data = malloc(job->length);

	memset(data, 0xee, job->length);
	job->done = pwrite(job->fd, data, job->length, 0);
	free(data);
	return NULL;
}

/*
 * Whenever the range is handed out again, the old transfer must not be seen in it any more. Another
 * file takes it, so that a transfer that starts late finds nothing.
 */
static void a_block_freed_during_a_transfer_is_not_handed_out_before_its_end(void **state)
{
	struct xt *xt = *state;
	struct long_write job = { xt->fd, 256 * 1024, 0 };
	unsigned int round, early = 0;
	int other = open_again(xt);
	uint64_t again, at, length;
	pthread_t thread;

	for (round = 0; round < 20; round++) {
		assert_int_equal(xt_alloc(xt->fd, job.length), 0);
		assert_int_equal(pthread_create(&thread, NULL, write_long, &job), 0);
		usleep(round * 2000);
		xt_assert_ok(xt_free(xt->fd, 0));
		at = 0;
		xt_assert_fails(ENOENT, xt_query(xt->fd, &at, &length));

		again = xt_alloc(other, job.length);
		early += again != 0;
		xt_write(other, "new", 3, again);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_true(job.done == (ssize_t)job.length || job.done == -1);
		xt_expect(other, "new", 3, again);
		xt_expect_zeros(other, job.length - 3, again + 3);
		xt_assert_ok(xt_free(other, again));
		assert_int_equal(xt_get_info(xt->fd).blocks, 0);
	}
	/* Otherwise no free ever met a transfer, and nothing was tried. */
	assert_in_range(early, 1, 20);
	close(other);
}

/*
 * The last close comes while a request of an io_uring is at work: its range is the file's until the
 * request has ended, whatever others ask for.
 */
static void a_range_of_a_closed_file_waits_for_its_request(void **state)
{
	static unsigned char data[256 * 1024], got[256 * 1024];
	struct xt *xt = *state;
	struct extram_info info;
	unsigned int refused = 0, i;
	struct xt_ring ring;
	int fd = xt_open(xt->chip, O_RDWR);
	uint64_t offset = xt_alloc(fd, sizeof(data)), mine;

	xt_fill(data, sizeof(data), 3);
	data[0] = 1;
	memset(got, 0, sizeof(got));
	xt_write(fd, data, sizeof(data), offset);
	xt_ring_open(&ring);
	xt_assert_ok(xt_ring_read(&ring, fd, got, sizeof(got), offset));
	/* Newer kernels look a file up when the worker begins, not when the request is made. */
	while (!__atomic_load_n(&got[0], __ATOMIC_ACQUIRE) && !xt_ring_has_ended(&ring))
		usleep(100);
	close(fd);
	while (!xt_ring_has_ended(&ring)) {
		int err;

		mine = offset;
		err = xt_alloc_flags(xt->fd, EXTRAM_ALLOC_FIXED, 16, &mine);
		if (!err && !xt_ring_has_ended(&ring))
			fail_msg("the range was handed out during the request");
		if (!err)
			break;
		assert_int_equal(err, -EEXIST);
		refused++;
	}
	assert_int_equal(xt_ring_wait(&ring), sizeof(got));
	assert_memory_equal(got, data, sizeof(got));
	assert_true(refused > 0);
	xt_ring_close(&ring);
	/* A worker of the kernel lets the file go a little later. */
	for (i = 0; i < 1000; i++) {
		info = xt_get_info(xt->fd);
		if (info.capacity - info.free_bytes <= 16)
			break;
		usleep(1000);
	}
	assert_true(info.capacity - info.free_bytes <= 16);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT(close_gives_back_all_blocks),
		XT_ALL(a_range_freed_by_close_reads_as_zeros_for_the_next),
		XT(dup_keeps_a_block_until_the_last_close),
		XT(fork_shares_a_block),
		XT(a_block_outlives_the_process_that_allocated_it),
		XT(a_child_may_free_a_block),
		XT(fork_keeps_a_block_until_the_last_close),
		XT(a_killed_process_leaves_nothing_behind),
		XT(a_passed_descriptor_passes_the_block),
		XT(a_descriptor_on_its_way_keeps_the_block),
		XT(a_descriptor_that_never_arrives_gives_the_block_back),
		XT_PSRAM(a_block_freed_during_a_transfer_is_not_handed_out_before_its_end),
		XT_PSRAM(a_range_of_a_closed_file_waits_for_its_request),
	};

	return xt_run("lifetime", argc, argv, cases, ARRAY_SIZE(cases));
}
