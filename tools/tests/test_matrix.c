// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every cell of unplug_table.h: an open file in some state, an event, and a call on it then.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extram_test.h"
#include "ring.h"
#include "sleep.h"
#include "unplug_table.h"

#define SHORT	64		/* bytes that cells read and write */
#define LONG	(256 * 1024)	/* of a transfer that is still running when the event comes */
#define ANSWER	16

/**
 * struct scene - a handle, and what is running on it
 * @fd: the file
 * @offset: of its block, if it has one
 * @waker: other end of what a waiting poll waits for beside the file
 * @ring: an io_uring, if it has one
 * @rounds: how often the operation has begun
 * @stop: to end before the next
 * @ended: it has
 * @running: what it ended with
 */
struct scene {
	int fd;
	uint64_t offset;
	int waker;
	struct xt_ring ring;
	atomic_long rounds;
	atomic_bool stop;
	atomic_bool ended;
	char running[ANSWER];
};

static unsigned char pattern[LONG], long_buf[LONG];

/* "ok" or the name of an error. */
static void answer(char *text, int error)
{
	const char *name = error ? strerrorname_np(error) : "ok";

	snprintf(text, ANSWER, "%s", name ? name : "?");
}

static void read_cell(int fd, const struct scene *s, char *text)
{
	unsigned char got[SHORT];
	ssize_t ret = pread(fd, got, sizeof(got), s->offset);

	if (ret < 0)
		answer(text, errno);
	else if (ret != sizeof(got) || memcmp(got, pattern, sizeof(got)))
		snprintf(text, ANSWER, "wrong bytes");
	else
		answer(text, 0);
}

static void dup_cell(const struct scene *s, char *text)
{
	int copy = dup(s->fd);

	if (copy < 0) {
		answer(text, errno);
		return;
	}
	read_cell(copy, s, text);
	close(copy);
}

static void pass_cell(const struct scene *s, char *text)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], copy;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &s->fd, sizeof(int));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	if (sendmsg(pair[0], &msg, 0) != 1 || recvmsg(pair[1], &msg, 0) != 1) {
		answer(text, errno);
	} else {
		memcpy(&copy, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
		read_cell(copy, s, text);
		close(copy);
	}
	close(pair[0]);
	close(pair[1]);
}

static void fork_cell(const struct scene *s, char *text)
{
	int pipefd[2];
	pid_t child;

	assert_int_equal(pipe(pipefd), 0);
	child = fork();
	if (!child) {
		read_cell(s->fd, s, text);
		_exit(write(pipefd[1], text, ANSWER) == ANSWER ? 0 : 1);
	}
	close(pipefd[1]);
	if (child < 0 || read(pipefd[0], text, ANSWER) != ANSWER)
		answer(text, errno);
	close(pipefd[0]);
	waitpid(child, NULL, 0);
}

static void write_cell(const struct scene *s, char *text)
{
	ssize_t ret = pwrite(s->fd, pattern, SHORT, s->offset);

	answer(text, ret == SHORT ? 0 : errno);
	if (ret == SHORT && !strcmp(text, "ok"))
		read_cell(s->fd, s, text);
}

static void ioctl_cell(const struct scene *s, char *text)
{
	uint64_t offset;
	int err = xt_try_alloc(s->fd, 16, 0, &offset, NULL);

	if (!err)
		err = xt_free(s->fd, offset);
	answer(text, -err);
}

static void poll_says(int revents, char *text)
{
	if (revents == (POLLHUP | POLLERR))
		snprintf(text, ANSWER, "HUP ERR");
	else if (revents == (POLLIN | POLLOUT))
		snprintf(text, ANSWER, "ready");
	else
		snprintf(text, ANSWER, "%#x", revents);
}

static void poll_cell(const struct scene *s, char *text)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN | POLLOUT };

	if (poll(&p, 1, 0) < 0)
		answer(text, errno);
	else
		poll_says(p.revents, text);
}

static void do_call(struct scene *s, enum unplug_call call, char *text)
{
	switch (call) {
	case UNPLUG_DO_READ:
		read_cell(s->fd, s, text);
		break;
	case UNPLUG_DO_DUP:
		dup_cell(s, text);
		break;
	case UNPLUG_DO_PASS:
		pass_cell(s, text);
		break;
	case UNPLUG_DO_FORK:
		fork_cell(s, text);
		break;
	case UNPLUG_DO_WRITE:
		write_cell(s, text);
		break;
	case UNPLUG_DO_IOCTL:
		ioctl_cell(s, text);
		break;
	case UNPLUG_DO_POLL:
		poll_cell(s, text);
		break;
	case UNPLUG_DO_CLOSE:
		answer(text, close(s->fd) ? errno : 0);
		s->fd = -1;
		break;
	default:
		break;
	}
}

/* One transfer after another, so that one is running whenever the event comes. */
static void *run_transfer(void *arg)
{
	struct scene *s = arg;
	ssize_t ret;

	do {
		s->rounds++;
		ret = pread(s->fd, long_buf, LONG, s->offset);
	} while (ret > 0 && !s->stop);
	answer(s->running, ret < 0 ? errno : 0);
	s->ended = true;
	return NULL;
}

/* One move of a long block, which lasts longer than it takes for the event to come. */
static void *run_ioctl(void *arg)
{
	struct scene *s = arg;
	uint64_t offset = s->offset, length = LONG + 16;

	s->rounds += 2;
	answer(s->running, -xt_resize(s->fd, EXTRAM_RESIZE_MAY_MOVE, &offset, &length));
	s->ended = true;
	return NULL;
}

static void *run_poll(void *arg)
{
	struct scene *s = arg;
	struct pollfd p[2] = { { .fd = s->fd }, { .fd = s->waker, .events = POLLIN } };
	int ret;

	s->rounds += 2;
	ret = poll(p, 2, 60000);
	if (ret <= 0)
		answer(s->running, ret ? errno : ETIMEDOUT);
	else if (p[0].revents)
		poll_says(p[0].revents, s->running);
	else
		answer(s->running, 0);
	s->ended = true;
	return NULL;
}

static void *run_uring(void *arg)
{
	struct scene *s = arg;
	int res;

	do {
		s->rounds++;
		res = xt_ring_read(&s->ring, s->fd, long_buf, LONG, s->offset) ?:
		      xt_ring_wait(&s->ring);
		/* A suspend may end a worker's wait as a signal does. */
	} while ((res > 0 || res == -EINTR) && !s->stop);
	answer(s->running, res < 0 ? -res : 0);
	s->ended = true;
	return NULL;
}

static void *(*const runs[UNPLUG_HANDLES])(void *arg) = {
	[UNPLUG_TRANSFER] = run_transfer,
	[UNPLUG_IOCTL] = run_ioctl,
	[UNPLUG_POLL] = run_poll,
	[UNPLUG_URING] = run_uring,
};

/* Makes the handle, with the content that cells expect. */
static void prepare(struct scene *s, const struct xt_chip *chip, enum unplug_handle handle, int *wake)
{
	int pipefd[2];

	*s = (struct scene) { .fd = xt_open(chip, O_RDWR), .ring.fd = -1, .waker = -1 };
	*wake = -1;
	switch (handle) {
	case UNPLUG_PRIVATE:
		s->offset = xt_alloc(s->fd, SHORT);
		xt_write(s->fd, pattern, SHORT, s->offset);
		break;
	case UNPLUG_SHARED:
		xt_assert_ok(xt_alloc_flags(s->fd, EXTRAM_ALLOC_SHARED, SHORT, &s->offset));
		xt_write(s->fd, pattern, SHORT, s->offset);
		break;
	case UNPLUG_TRANSFER:
	case UNPLUG_IOCTL:
	case UNPLUG_URING:
		s->offset = xt_alloc(s->fd, LONG);
		xt_alloc(s->fd, 16);	/* in the way of growing in place */
		xt_write(s->fd, pattern, LONG, s->offset);
		if (handle == UNPLUG_URING)
			xt_ring_open(&s->ring);
		break;
	case UNPLUG_POLL:
		assert_int_equal(pipe(pipefd), 0);
		s->waker = pipefd[0];
		*wake = pipefd[1];
		break;
	default:
		break;
	}
}

static void happen(const struct xt_chip *chip, enum unplug_event event)
{
	switch (event) {
	case UNPLUG_UNBIND:
		xt_assert_ok(xt_unbind(chip));
		break;
	case UNPLUG_RMMOD:
		xt_assert_ok(xt_rmmod("extram_sim"));
		break;
	case UNPLUG_CUT:
		xt_cut_in_suspend(chip);
		xt_suspend("devices");
		break;
	default:
		xt_suspend("platform");
		break;
	}
}

static void mend(const struct xt_chip *chip, enum unplug_event event)
{
	if (event == UNPLUG_UNBIND)
		xt_assert_ok(xt_bind(chip));
	else if (event == UNPLUG_RMMOD)
		xt_assert_ok(xt_insmod("extram-sim"));
}

/* What is to end does so soon; what goes on is stopped, and must have gone on. */
static void finish(struct scene *s, pthread_t thread, int wake, const char *want, char *text)
{
	int i;

	if (!strcmp(want, "goes on")) {
		long before = s->rounds;

		if (wake >= 0) {
			usleep(50000);
			snprintf(text, ANSWER, s->ended ? "ended" : "goes on");
			assert_int_equal(write(wake, "", 1), 1);
		} else {
			for (i = 0; i < 3000 && s->rounds < before + 2 && !s->ended; i++)
				usleep(10000);
			snprintf(text, ANSWER, s->ended || s->rounds < before + 2 ? "ended" :
							"goes on");
			s->stop = true;
		}
		pthread_join(thread, NULL);
		if (strcmp(s->running, "ok"))
			snprintf(text, ANSWER, "%s", s->running);
		return;
	}
	for (i = 0; i < 3000 && !s->ended; i++)
		usleep(10000);
	if (!s->ended)
		fail_msg("what was running has not ended 30 s after the event");
	pthread_join(thread, NULL);
	snprintf(text, ANSWER, "%s", s->running);
}

/* How many answers were compared with the table, and how many operations that were running. */
static unsigned int calls_compared, runs_compared;

static unsigned int print_row(enum unplug_handle handle, const struct unplug_row *want,
			      char got[][ANSWER], const char *running)
{
	unsigned int wrong = 0, call;

	printf("# %-17s", unplug_handles[handle]);
	for (call = 0; call < UNPLUG_CALLS; call++) {
		bool ok = !strcmp(got[call], want->cells[call]);

		printf(" %8s%s", got[call], ok ? " " : "!");
		wrong += !ok;
		calls_compared++;
	}
	runs_compared++;
	printf(" | %s%s\n", running, strcmp(running, want->running) ? "!" : "");
	return wrong + !!strcmp(running, want->running);
}

static unsigned int try_row(struct xt *xt, enum unplug_event event, enum unplug_handle handle)
{
	const struct unplug_row *want = &unplug_table[event][handle];
	char got[UNPLUG_CALLS][ANSWER], running[ANSWER] = "-";
	unsigned int call, wrong;
	pthread_t thread;
	struct scene s;
	int wake;

	prepare(&s, xt->chip, handle, &wake);
	if (runs[handle]) {
		assert_int_equal(pthread_create(&thread, NULL, runs[handle], &s), 0);
		/* Well inside the second round, where there are rounds. */
		while (s.rounds < 2 && !s.ended)
			usleep(1000);
		usleep(5000);
		if (s.ended)
			fail_msg("%s: over before the event: %s", unplug_handles[handle], s.running);
	}
	happen(xt->chip, event);
	if (runs[handle])
		finish(&s, thread, wake, want->running, running);
	for (call = 0; call < UNPLUG_CALLS; call++)
		do_call(&s, call, got[call]);
	if (s.ring.fd >= 0)
		xt_ring_close(&s.ring);
	if (wake >= 0) {
		close(wake);
		close(s.waker);
	}
	mend(xt->chip, event);
	wrong = print_row(handle, want, got, running);
	if (handle == UNPLUG_SHARED && (event == UNPLUG_SUSPEND || event == UNPLUG_CUT)) {
		int fd = xt_open(xt->chip, O_RDWR);

		xt_assert_ok(xt_free(fd, s.offset));
		close(fd);
	}
	return wrong;
}

static void try_event(struct xt *xt, enum unplug_event event)
{
	unsigned int handle, call, wrong = 0;

	if ((event == UNPLUG_SUSPEND || event == UNPLUG_CUT) && !xt_can_suspend())
		return;
	close(xt->fd);
	xt->fd = -1;
	xt_fill(pattern, sizeof(pattern), 7);
	printf("# %-17s", unplug_events[event]);
	for (call = 0; call < UNPLUG_CALLS; call++)
		printf(" %8s ", unplug_calls[call]);
	printf(" | what was running\n");
	for (handle = 0; handle < UNPLUG_HANDLES; handle++)
		wrong += try_row(xt, event, handle);
	printf("# figures: %u answers to calls and how %u operations ended, %u not as in the table of this event\n",
	       calls_compared, runs_compared, wrong);
	if (wrong)
		fail_msg("%u cells are not as in the table", wrong);
}

static void the_driver_is_unbound(void **state)
{
	try_event(*state, UNPLUG_UNBIND);
}

static void the_controller_is_removed(void **state)
{
	try_event(*state, UNPLUG_RMMOD);
}

static void the_system_sleeps(void **state)
{
	try_event(*state, UNPLUG_SUSPEND);
}

static void the_system_sleeps_and_the_chip_has_no_power(void **state)
{
	try_event(*state, UNPLUG_CUT);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_PSRAM(the_driver_is_unbound),
		XT_PSRAM(the_controller_is_removed),
		XT_PSRAM(the_system_sleeps),
		XT_PSRAM(the_system_sleeps_and_the_chip_has_no_power),
	};

	return xt_run("matrix", argc, argv, cases, ARRAY_SIZE(cases));
}
