// SPDX-License-Identifier: GPL-2.0-only
/*
 * Concurrency torture: processes with files of their own do random operations, fork children that
 * go on with their files, send files to each other, and all use the same shared blocks, while every
 * second one of the chips is unbound and bound again; with spoil=1 bits are flipped instead.
 *
 * The sequence of each worker follows from the seed; how they meet does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "churn.h"

struct ch_shared *ch_shared;

static struct tt_node nodes[TT_MAX_NODES];
static size_t num_nodes;
static int mail[CH_WORKERS][2];		/* socket pairs: files are sent into [1], and come out of [0] */

struct worker {
	unsigned int number;
	unsigned int workers;
	uint64_t seed;
	struct ch_file *file[CH_HELD];
};

static struct ch_file *take_file(void)
{
	size_t i;

	for (i = 0; i < CH_FILES; i++) {
		struct ch_file *file = &ch_shared->file[i];

		if (__atomic_exchange_n(&file->taken, 1, __ATOMIC_ACQUIRE))
			continue;
		file->id = i;
		return file;
	}
	return NULL;
}

static void drop_file(struct ch_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	ch_add(CH_CLOSE, 1);
	memset(file->block, 0, sizeof(file->block));
	file->fd = -1;
	__atomic_store_n(&file->taken, 0, __ATOMIC_RELEASE);
}

/* The node is not there while its chip is unbound. */
static struct ch_file *open_file(struct worker *w)
{
	struct ch_file *file = take_file();

	if (!file)
		return NULL;
	file->node = tt_below(&w->seed, num_nodes);
	file->fd = open(nodes[file->node].path, O_RDWR | O_CLOEXEC);
	if (file->fd >= 0) {
		ch_add(CH_OPEN, 1);
		return file;
	}
	if (errno != ENOENT && errno != ENXIO && errno != ENODEV) {
		ch_add(CH_ODD, 1);
		printf("odd answer: open of %s: %s\n", nodes[file->node].path, strerror(errno));
	}
	__atomic_store_n(&file->taken, 0, __ATOMIC_RELEASE);
	return NULL;
}

static bool send_file(struct worker *w, struct ch_file *file)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { &file->id, sizeof(file->id) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	int fd = file->fd;

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	file->fd = -1;
	if (sendmsg(mail[tt_below(&w->seed, w->workers)][1], &msg, MSG_DONTWAIT) < 0) {
		file->fd = fd;
		return false;
	}
	/* From here on it is the other's. */
	close(fd);
	ch_add(CH_PASS, 1);
	return true;
}

static struct ch_file *receive_file(struct worker *w)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	uint32_t id;
	struct iovec iov = { &id, sizeof(id) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *head;

	if (recvmsg(mail[w->number][0], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof(id))
		return NULL;
	head = CMSG_FIRSTHDR(&msg);
	if (!head || id >= CH_FILES)
		tt_die("a message without a file");
	memcpy(&ch_shared->file[id].fd, CMSG_DATA(head), sizeof(int));
	return &ch_shared->file[id];
}

/* A child goes on with the file for a while; the parent waits, for it knows no more of it. */
static bool fork_with(struct worker *w, struct ch_file *file)
{
	unsigned int steps = 1 + tt_below(&w->seed, 20);
	bool alive = true;
	int status;
	pid_t child;

	child = fork();
	if (child < 0)
		return true;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (alive && steps--)
			alive = ch_step(file, &w->seed);
		/* Its exit closes nothing for good: the parent has the file too. */
		fflush(stdout);
		_exit(alive ? 0 : 1);
	}
	ch_add(CH_FORK, 1);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		ch_add(CH_ODD, 1);
		printf("odd answer: a child ended with status %#x\n", status);
		return false;
	}
	return !WEXITSTATUS(status);
}

/* What the memory of a file that is gone must answer from then on. */
static void see_it_gone(struct ch_file *file)
{
	struct extram_info info;
	int err = tt_info(file->fd, &info);

	ch_add(CH_GONE, 1);
	if (err != -ENODEV) {
		ch_add(CH_ODD, 1);
		printf("odd answer: file %u was gone and now answers %d\n", file->id, err);
	}
}

static void work(struct worker *w)
{
	while (!__atomic_load_n(&ch_shared->stop, __ATOMIC_RELAXED)) {
		struct ch_file **slot = &w->file[tt_below(&w->seed, CH_HELD)];
		unsigned int what = tt_below(&w->seed, 200);
		bool alive = true;

		if (what >= 160) {
			cs_step(nodes, num_nodes, w->number, &w->seed);
			continue;
		}
		if (!*slot) {
			*slot = receive_file(w);
			if (!*slot)
				*slot = open_file(w);
			if (!*slot)
				usleep(2000);
			continue;
		}
		if (what == 0) {
			alive = ch_look_at_all(*slot);
			if (alive) {
				drop_file(*slot);
				*slot = NULL;
				continue;
			}
		} else if (what < 3) {
			if (send_file(w, *slot)) {
				*slot = NULL;
				continue;
			}
		} else if (what < 4) {
			alive = fork_with(w, *slot);
		} else {
			alive = ch_step(*slot, &w->seed);
		}
		if (!alive) {
			see_it_gone(*slot);
			drop_file(*slot);
			*slot = NULL;
		}
	}
}

static pid_t start(unsigned int number, const struct tt_options *options)
{
	struct worker w = {
		.number = number,
		.workers = options->workers,
		.seed = options->seed + number,
	};
	struct ch_file *file;
	unsigned int i;
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cs_init();
	work(&w);
	for (i = 0; i < CH_HELD; i++) {
		if (!w.file[i])
			continue;
		ch_look_at_all(w.file[i]);
		drop_file(w.file[i]);
	}
	while ((file = receive_file(&w)))
		drop_file(file);
	fflush(stdout);
	_exit(0);
}

/*
 * One chip is taken away and comes back, each second another one. Ahead of the workers, who would
 * leave it one turn in seventeen; should a round take longer all the same, the next begins at once,
 * but not before the workers had time to open the memory again.
 */
static void disturb(const struct tt_options *options)
{
	const struct sched_param first = { .sched_priority = 1 };
	double next = tt_now(), end = next + options->seconds;
	uint64_t seed = ~options->seed;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		printf("unbinding has no priority: %s\n", strerror(errno));
	while (tt_now() < end) {
		unsigned int n = tt_below(&seed, num_nodes);
		const struct tt_node *node = &nodes[n];
		double left;
		int err = tt_unbind(node);

		__atomic_add_fetch(&ch_shared->life[n], 1, __ATOMIC_SEQ_CST);
		usleep(tt_below(&seed, 100000));
		if (!err)
			err = tt_bind(node);
		if (err)
			tt_die("unbind and bind of %s: %s", node->spi, strerror(-err));
		ch_add(CH_UNBIND, 1);
		next += 1;
		left = next - tt_now();
		usleep(left > 0.2 ? left * 1e6 : 200000);
	}
	__atomic_store_n(&ch_shared->stop, 1, __ATOMIC_RELAXED);
}

/*
 * Bits are flipped in each memory all the time, since most bytes are never looked at again. No chip
 * goes meanwhile: one that answers its probe with wrong bits does not come back.
 */
static void spoil(const struct tt_options *options)
{
	double end = tt_now() + options->seconds;
	size_t i;

	while (tt_now() < end) {
		for (i = 0; i < num_nodes; i++)
			tt_spoil(&nodes[i]);
		usleep(20000);
	}
	__atomic_store_n(&ch_shared->stop, 1, __ATOMIC_RELAXED);
}

/* When all are gone, every memory must be empty and in order. */
static unsigned int expect_empty(void)
{
	unsigned int bad = 0;
	size_t i;

	for (i = 0; i < num_nodes; i++)
		bad += !tt_is_empty(&nodes[i]);
	return bad;
}

int main(int argc, char **argv)
{
	struct tt_options options = { .seconds = 600, .workers = 16 };
	unsigned long long ops = 0, violations;
	pid_t child[CH_WORKERS];
	unsigned int i, bad = 0;
	double began;
	int status;

	tt_parse(argc, argv, &options);
	if (!options.workers || options.workers > CH_WORKERS)
		tt_die("workers=1 to %u", CH_WORKERS);
	num_nodes = tt_nodes(nodes);
	/* Large memories are never full, and one is enough of those. */
	if (num_nodes > 4)
		num_nodes = 4;
	ch_shared = mmap(NULL, sizeof(*ch_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ch_shared == MAP_FAILED)
		tt_die("no memory");
	for (i = 0; i < options.workers; i++)
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, mail[i]))
			tt_die("socketpair: %s", strerror(errno));
	fflush(stdout);
	began = tt_now();
	for (i = 0; i < options.workers; i++)
		child[i] = start(i, &options);
	if (options.spoil)
		spoil(&options);
	else
		disturb(&options);
	for (i = 0; i < options.workers; i++)
		if (waitpid(child[i], &status, 0) != child[i] || status) {
			printf("worker %u ended with status %#x\n", i, status);
			bad++;
		}
	for (i = 0; i < options.workers; i++) {
		close(mail[i][0]);
		close(mail[i][1]);
	}
	cs_exit(nodes, num_nodes);
	bad += expect_empty();
	violations = tt_violations();
	for (i = CH_OPEN; i <= CH_COMMON; i++)
		ops += ch_shared->count[i];
	printf("operations: %llu in %.0f s by %u processes: open %llu close %llu alloc %llu free %llu resize %llu read %llu write %llu lseek %llu query %llu intrusion %llu fork %llu pass %llu on shared blocks %llu\n",
	       ops, tt_now() - began, options.workers, ch_shared->count[CH_OPEN],
	       ch_shared->count[CH_CLOSE], ch_shared->count[CH_ALLOC], ch_shared->count[CH_FREE],
	       ch_shared->count[CH_RESIZE], ch_shared->count[CH_READ], ch_shared->count[CH_WRITE],
	       ch_shared->count[CH_LSEEK], ch_shared->count[CH_QUERY], ch_shared->count[CH_INTRUDE],
	       ch_shared->count[CH_FORK], ch_shared->count[CH_PASS], ch_shared->count[CH_COMMON]);
	printf("figures: %llu operations, %llu of them on shared blocks, %llu unbinds, %llu files lost, %llu bytes checked, %llu wrong bytes, %llu odd answers, %llu violations, seed %llu\n",
	       ops, ch_shared->count[CH_COMMON], ch_shared->count[CH_UNBIND],
	       ch_shared->count[CH_GONE], ch_shared->count[CH_BYTES],
	       ch_shared->count[CH_WRONG], ch_shared->count[CH_ODD], violations,
	       (unsigned long long)options.seed);
	return bad || violations || ch_shared->count[CH_WRONG] || ch_shared->count[CH_ODD] ||
	       !ch_shared->count[CH_BYTES] || !ch_shared->count[CH_COMMON] ||
	       (!options.spoil && !ch_shared->count[CH_GONE]);
}
