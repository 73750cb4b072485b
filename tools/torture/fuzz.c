// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of system calls for /dev/extram: short sequences of calls with odd arguments, of which
 * those that reach something new in the driver are kept and changed again.
 *
 * Each worker has a seed, a corpus and an idea of what has been reached, of its own; all use the same
 * memories, so that they meet in what is shared. Every second worker is not root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "fuzz.h"

#define CORPUS		4096
#define WORKERS		16
#define NOBODY		65534

static struct tt_node nodes[TT_MAX_NODES];
static size_t num_nodes;

struct shared {
	unsigned long long calls;
	unsigned long long sequences;
	unsigned long long odd;
	unsigned long long corpus;
	int kcov;
	unsigned char edges[FZ_EDGES];
};

static struct shared *shared;

struct worker {
	uint64_t seed;
	struct fz_world world;
	struct fz_sequence *corpus;
	unsigned int kept;
	unsigned char edges[FZ_EDGES];
	int fail[TT_MAX_NODES];		/* where transfers are made to fail */
};

static void mutate(struct worker *w, struct fz_sequence *s)
{
	unsigned int at = tt_below(&w->seed, s->count);
	const struct fz_sequence *other;

	switch (tt_below(&w->seed, 6)) {
	case 0:
		if (s->count == FZ_CALLS)
			return;
		memmove(&s->call[at + 1], &s->call[at], (s->count - at) * sizeof(s->call[0]));
		fz_random_call(&s->call[at], &w->seed);
		s->count++;
		return;
	case 1:
		if (s->count == 1)
			return;
		s->count--;
		memmove(&s->call[at], &s->call[at + 1], (s->count - at) * sizeof(s->call[0]));
		return;
	case 2:
		other = &w->corpus[tt_below(&w->seed, w->kept)];
		while (s->count < FZ_CALLS && at < other->count)
			s->call[s->count++] = other->call[at++];
		return;
	default:
		fz_mutate_call(&s->call[at], &w->seed);
	}
}

static void next_sequence(struct worker *w, struct fz_sequence *s)
{
	unsigned int i;

	if (!w->kept || tt_one_in(&w->seed, 8)) {
		s->count = 1 + tt_below(&w->seed, FZ_CALLS);
		for (i = 0; i < s->count; i++)
			fz_random_call(&s->call[i], &w->seed);
		return;
	}
	*s = w->corpus[tt_below(&w->seed, w->kept)];
	for (i = 1 + tt_below(&w->seed, 4); i; i--)
		mutate(w, s);
}

/* Shared blocks would fill the memory, as no close frees them. */
static void free_what_is_shared(struct worker *w, unsigned int node)
{
	uint64_t offset = 0, length;
	int fd = open(nodes[node].path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	while (!tt_query(fd, &offset, &length)) {
		tt_free(fd, offset);
		offset += length;
		w->world.calls += 2;
	}
	close(fd);
}

static void run(struct worker *w, const struct fz_sequence *s)
{
	unsigned int node = tt_below(&w->seed, num_nodes), i;
	pid_t child = -1;

	if (tt_one_in(&w->seed, 64))
		free_what_is_shared(w, node);
	if (tt_one_in(&w->seed, 128)) {
		char text[32];
		int len = snprintf(text, sizeof(text), "%u 1 %d", 1 + tt_below(&w->seed, 8),
				   tt_one_in(&w->seed, 2) ? EIO : ETIMEDOUT);

		if (write(w->fail[node], text, len) != len)
			tt_die("the simulator does not let transfers fail: %s", strerror(errno));
	}
	fz_begin(&w->world, node);
	/* Now and then two do the same at once, with the same files. */
	if (tt_one_in(&w->seed, 1024))
		child = fork();
	for (i = 0; i < s->count; i++)
		fz_run(&w->world, &s->call[i]);
	if (!child)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	fz_end(&w->world);
}

static void work(struct worker *w, unsigned long long calls)
{
	unsigned long long told = 0;
	struct fz_sequence s;

	while (w->world.calls < calls) {
		next_sequence(w, &s);
		fz_kcov_start();
		run(w, &s);
		__atomic_add_fetch(&shared->sequences, 1, __ATOMIC_RELAXED);
		if (fz_kcov_collect(w->edges) && w->kept < CORPUS)
			w->corpus[w->kept++] = s;
		__atomic_add_fetch(&shared->calls, w->world.calls - told, __ATOMIC_RELAXED);
		told = w->world.calls;
	}
}

static pid_t start(unsigned int number, const struct tt_options *options)
{
	struct worker *w;
	unsigned int i;
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w = calloc(1, sizeof(*w));
	w->corpus = calloc(CORPUS, sizeof(*w->corpus));
	w->seed = options->seed + number;
	w->world.nodes = nodes;
	w->world.num_nodes = num_nodes;
	for (i = 0; i < num_nodes; i++) {
		char path[128];

		snprintf(path, sizeof(path), TT_DEBUGFS "/extram-sim/%s/fail", nodes[i].controller);
		w->fail[i] = open(path, O_WRONLY | O_CLOEXEC);
		if (w->fail[i] < 0)
			tt_die("%s: %s", path, strerror(errno));
	}
	if (fz_kcov_open())
		shared->kcov = 1;
	if (number % 2 && (setgid(NOBODY) || setuid(NOBODY)))
		tt_die("cannot become nobody");
	fz_call_init();
	work(w, options->calls / options->workers);
	for (i = 0; i < FZ_EDGES; i++)
		if (w->edges[i])
			shared->edges[i] = 1;
	__atomic_add_fetch(&shared->odd, w->world.odd, __ATOMIC_RELAXED);
	__atomic_add_fetch(&shared->corpus, w->kept, __ATOMIC_RELAXED);
	fflush(stdout);
	_exit(0);
}

/* What none of them holds any more must be empty and in order. */
static unsigned int expect_empty(void)
{
	struct worker w = { 0 };
	unsigned int bad = 0;
	size_t i;

	for (i = 0; i < num_nodes; i++) {
		free_what_is_shared(&w, i);
		bad += !tt_is_empty(&nodes[i]);
	}
	return bad;
}

int main(int argc, char **argv)
{
	struct tt_options options = { .calls = 10000000, .workers = 4 };
	unsigned long long told = 0;
	unsigned int i, bad = 0, edges = 0, running;
	unsigned long violations;
	double began;
	int status;

	tt_parse(argc, argv, &options);
	if (!options.workers || options.workers > WORKERS)
		tt_die("workers=1 to %u", WORKERS);
	num_nodes = tt_nodes(nodes);
	if (num_nodes > 4)
		num_nodes = 4;
	for (i = 0; i < num_nodes; i++)
		if (chmod(nodes[i].path, 0666))
			tt_die("%s: %s", nodes[i].path, strerror(errno));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		tt_die("no memory");
	fflush(stdout);
	began = tt_now();
	for (i = 0; i < options.workers; i++)
		if (start(i, &options) < 0)
			tt_die("fork: %s", strerror(errno));
	for (running = options.workers; running; sleep(1)) {
		while (running && waitpid(-1, &status, WNOHANG) > 0) {
			running--;
			if (status) {
				printf("a worker ended with status %#x\n", status);
				bad++;
			}
		}
		/* Where it stood, should the machine go down. */
		if (shared->calls - told >= 1000000) {
			told = shared->calls;
			printf("%llu calls in %llu sequences after %.0f s\n", told, shared->sequences, tt_now() - began);
		}
	}
	bad += expect_empty();
	violations = tt_violations();
	for (i = 0; i < FZ_EDGES; i++)
		edges += shared->edges[i];
	printf("figures: %llu calls in %llu sequences in %.0f s, %u kcov edges%s, corpus %llu, %llu odd answers, %lu violations, seed %llu\n",
	       shared->calls, shared->sequences, tt_now() - began, edges, shared->kcov ? "" : " (no kcov)",
	       shared->corpus, shared->odd, violations, (unsigned long long)options.seed);
	return bad || shared->odd || violations || shared->calls < options.calls || (shared->kcov && !edges);
}
