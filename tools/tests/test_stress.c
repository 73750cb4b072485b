// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several processes and threads at once, each with blocks of its own, doing random things and
 * checking every byte against a copy in memory.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extram_test.h"

#define BLOCKS		24
#define LONGEST		3000
#define WORKERS		4
#define STEPS		600

struct block {
	uint64_t offset;
	uint64_t length;	/* 0 when it is free */
	unsigned char want[LONGEST + XT_GRANULE];
};

struct worker {
	int fd;
	uint64_t seed;
	struct block block[BLOCKS];
	char fault[128];	/* what went wrong, empty while all is well */
};

static bool blame(struct worker *w, const char *what, const struct block *b, long answer)
{
	snprintf(w->fault, sizeof(w->fault), "%s, block at %#llx of %llu bytes: %ld, %s", what,
		 (unsigned long long)b->offset, (unsigned long long)b->length, answer,
		 answer < 0 ? strerror(errno) : "no error");
	return false;
}

static bool do_alloc(struct worker *w, struct block *b)
{
	int err = xt_try_alloc(w->fd, 1 + xt_random(&w->seed) % LONGEST, 0, &b->offset, &b->length);

	if (err == -ENOSPC || err == -EDQUOT) {
		b->length = 0;
		return true;
	}
	memset(b->want, 0, sizeof(b->want));
	return !err || blame(w, "ALLOC", b, err);
}

static bool do_free(struct worker *w, struct block *b)
{
	int err = xt_free(w->fd, b->offset);

	if (err)
		return blame(w, "FREE", b, err);
	b->length = 0;
	return true;
}

static bool do_write(struct worker *w, struct block *b)
{
	size_t at = xt_random(&w->seed) % b->length;
	size_t length = 1 + xt_random(&w->seed) % (b->length - at);
	ssize_t ret;

	xt_fill(b->want + at, length, xt_random(&w->seed));
	ret = pwrite(w->fd, b->want + at, length, b->offset + at);
	return ret == (ssize_t)length || blame(w, "pwrite", b, ret);
}

static bool do_read(struct worker *w, struct block *b)
{
	unsigned char got[sizeof(b->want)];
	size_t at = xt_random(&w->seed) % b->length;
	/* Often beyond the end: the block cuts it. */
	size_t wanted = 1 + xt_random(&w->seed) % sizeof(got);
	size_t length = wanted < b->length - at ? wanted : b->length - at;
	ssize_t ret = pread(w->fd, got, wanted, b->offset + at);

	if (ret != (ssize_t)length)
		return blame(w, "pread", b, ret);
	return !memcmp(got, b->want + at, length) || blame(w, "wrong bytes", b, ret);
}

static bool do_query(struct worker *w, struct block *b)
{
	uint64_t at = b->offset + xt_random(&w->seed) % b->length, length = 0;
	int err = xt_query(w->fd, &at, &length);

	return (!err && at == b->offset && length == b->length) || blame(w, "QUERY", b, err);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	bool fine = true;
	int step, i;

	for (step = 0; fine && step < STEPS; step++) {
		struct block *b = &w->block[xt_random(&w->seed) % BLOCKS];
		uint32_t what = xt_random(&w->seed) % 10;

		if (!b->length)
			fine = do_alloc(w, b);
		else if (what < 1)
			fine = do_free(w, b);
		else if (what < 5)
			fine = do_write(w, b);
		else if (what < 9)
			fine = do_read(w, b);
		else
			fine = do_query(w, b);
	}
	/* At the end every byte of every block. */
	for (i = 0; fine && i < BLOCKS; i++) {
		struct block *b = &w->block[i];
		unsigned char got[sizeof(b->want)];
		ssize_t ret;

		if (!b->length)
			continue;
		ret = pread(w->fd, got, b->length, b->offset);
		if (ret != (ssize_t)b->length || memcmp(got, b->want, b->length))
			fine = blame(w, "last look", b, ret);
	}
	return NULL;
}

/* A process with an open file of its own. Nothing in it may end the test but its exit status. */
static pid_t start(const char *path, uint64_t seed)
{
	struct worker *w;
	pid_t child = fork();

	if (child)
		return child;
	w = calloc(1, sizeof(*w));
	if (!w)
		_exit(2);
	w->seed = seed;
	w->fd = open(path, O_RDWR);
	if (w->fd < 0)
		_exit(3);
	work(w);
	if (w->fault[0])
		printf("# %s, seed %llu: %s\n", path, (unsigned long long)seed, w->fault);
	fflush(stdout);
	/* Blocks are left to the last close. */
	_exit(w->fault[0] ? 1 : 0);
}

static void expect_all_well(const pid_t *child, size_t n)
{
	int status, failed = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		failed += !WIFEXITED(status) || WEXITSTATUS(status);
	}
	assert_int_equal(failed, 0);
}

static void processes_with_files_of_their_own(void **state)
{
	struct xt *xt = *state;
	uint64_t seed = xt_seed();
	pid_t child[WORKERS];
	char path[64];
	int i;

	xt_node(xt->chip, path, sizeof(path));
	for (i = 0; i < WORKERS; i++)
		child[i] = start(path, seed + i);
	expect_all_well(child, WORKERS);
}

static void threads_that_share_a_file(void **state)
{
	struct xt *xt = *state;
	uint64_t seed = xt_seed();
	struct worker *w = calloc(WORKERS, sizeof(*w));
	pthread_t thread[WORKERS];
	int i;

	for (i = 0; i < WORKERS; i++) {
		w[i].fd = xt->fd;
		w[i].seed = seed + i;
		assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]), 0);
	}
	for (i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	for (i = 0; i < WORKERS; i++)
		if (w[i].fault[0])
			fail_msg("thread %d: %s", i, w[i].fault);
	free(w);
}

static void processes_on_all_chips_at_once(void **state)
{
	uint64_t seed = xt_seed();
	pid_t child[16];
	char path[64];
	size_t i;

	(void)state;
	for (i = 0; i < xt_num_chips; i++) {
		xt_node(&xt_chips[i], path, sizeof(path));
		child[i] = start(path, seed + i);
	}
	expect_all_well(child, xt_num_chips);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(processes_with_files_of_their_own),
		XT_ALL(threads_that_share_a_file),
		XT(processes_on_all_chips_at_once),
	};

	return xt_run("stress", argc, argv, cases, ARRAY_SIZE(cases));
}
