// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replays recorded traces on every allocator in this one process and prints a line of JSON for each pair. report.py runs
 * this several times (by the clock, under callgrind, under QEMU) and makes the tables.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "marker.h"
#include "measure.h"

#define FIRST_ADVERSARIAL	RP2040_TRACES
#define FIRST_CHURN		(FIRST_ADVERSARIAL + ADVERSARIAL_TRACES)
#define CHURNS			3u
#define FIRST_SCALE		(FIRST_CHURN + CHURNS)
#define SCALES			9u
#define FIRST_FILL		(FIRST_SCALE + SCALES)
#define FILLS			8u
#define TRACES			(FIRST_FILL + FILLS)
#define PEERS_MAX		16u
#define MEAN_SIZE		743u	/* of a log-uniform size, rounded up to 16 */

static bool quick;
static const char *only_group, *only_peer;
static struct op rp2040_ops[RP2040_MAX_OPS];

static const char *group_of(unsigned int nr)
{
	return nr < FIRST_ADVERSARIAL ? "rp2040" : nr < FIRST_CHURN ? "adversarial" : nr < FIRST_SCALE ? "churn" :
	       nr < FIRST_FILL ? "scale" : "fill";
}

static void trace_get(unsigned int nr, struct trace *t)
{
	static const uint64_t pools[CHURNS] = { 8ull << 20, 64ull << 20, 1ull << 30 };
	static const size_t pairs[CHURNS] = { 200000, 400000, 1500000 };
	static const uint32_t lives[SCALES] = { 100, 316, 1000, 3162, 10000, 31623, 100000, 316228, 1000000 };

	if (nr < FIRST_ADVERSARIAL) {
		trace_rp2040(nr, t, rp2040_ops);
	} else if (nr < FIRST_CHURN) {
		trace_adversarial(nr - FIRST_ADVERSARIAL, t);
	} else if (nr < FIRST_SCALE) {
		nr -= FIRST_CHURN;
		trace_churn(pools[nr], pairs[nr] / (quick ? 10 : 1), 12345, t);
		t->name = nr == 0 ? "8 MiB" : nr == 1 ? "64 MiB" : "1 GiB";
	} else if (nr < FIRST_FILL) {
		static char name[24];
		uint32_t live = lives[nr - FIRST_SCALE];

		trace_churn((uint64_t)live * MEAN_SIZE * 5 / 4 + 8192, 100000, 777, t);
		t->group = "scale";
		snprintf(name, sizeof(name), "%u", live);
		t->name = name;
	} else {
		trace_fill_up(8ull << 20, 1000 + nr, t);
	}
}

static bool wanted(unsigned int nr)
{
	if (only_group && !strstr(only_group, group_of(nr)))
		return false;
	return !quick || (nr != FIRST_CHURN + 2 && nr < FIRST_FILL + 2 &&
			  !(nr >= FIRST_SCALE + 6 && nr < FIRST_FILL));
}

static bool asked_for(const struct peer *p)
{
	return !only_peer || strstr(only_peer, p->name);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* One line's part: count, mean, p50, p99, max of the allocations or the frees; less is what the measurement costs. */
static void print_spread(const char *what, const struct trace *t, const uint32_t *value, bool alloc, uint32_t less,
			 double scale)
{
	uint32_t *sorted = trace_pages((t->count + 1) * sizeof(*sorted));
	size_t i, n = 0;
	double sum = 0;

	for (i = t->warm; i < t->count; i++)
		if (!!t->ops[i].size == alloc && value[i] != UINT32_MAX)
			sorted[n++] = value[i] > less ? value[i] - less : 0;
	qsort(sorted, n, sizeof(*sorted), by_value);
	for (i = 0; i < n; i++)
		sum += sorted[i];
	if (n)
		printf(", \"%s\": {\"n\": %zu, \"mean\": %.1f, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}", what, n,
		       sum / (double)n * scale, sorted[n / 2] * scale, sorted[(size_t)((double)n * 0.99)] * scale,
		       sorted[n - 1] * scale);
	trace_unmap(sorted, (t->count + 1) * sizeof(*sorted));
}

static void print_head(const char *mode, unsigned int nr, const struct trace *t, const struct peer *p)
{
	printf("{\"mode\": \"%s\", \"id\": %u, \"group\": \"%s\", \"trace\": \"%s\", \"pool\": %llu, \"peer\": \"%s\"", mode,
	       nr, t->group, t->name, (unsigned long long)t->pool, p->name);
}

static uint32_t median_of(const struct trace *t, const uint32_t *value, bool alloc)
{
	uint32_t *sorted = trace_pages((t->count + 1) * sizeof(*sorted)), median;
	size_t i, n = 0;

	for (i = t->warm; i < t->count; i++)
		if (!!t->ops[i].size == alloc)
			sorted[n++] = value[i];
	qsort(sorted, n, sizeof(*sorted), by_value);
	median = n ? sorted[n / 2] : 0;
	trace_unmap(sorted, (t->count + 1) * sizeof(*sorted));
	return median == UINT32_MAX ? 0 : median;
}

/* So often a small trace is replayed: until each operation had a moment in which the machine left it alone. */
#define TURNS	50

/* Peers take turns, so that a slow moment of the machine hits them all. */
static void time_trace(unsigned int nr, const struct trace *t)
{
	bool small = t->group[0] == 'r' || t->group[0] == 'a', scale = t->group[0] == 's';
	unsigned int turns = small ? TURNS / (quick ? 5 : 1) : scale ? 3 : t->pool >> 30 ? 3 : 5, turn, i, k;
	size_t bytes = t->count * sizeof(uint32_t);
	uint32_t *ticks[PEERS_MAX], *empty = trace_pages(bytes), less[2];
	double ns[PEERS_MAX][TURNS];
	struct replay out[PEERS_MAX] = { 0 };
	bool ran[PEERS_MAX] = { false };

	memset(empty, 0xff, bytes);
	for (turn = 0; turn < 3; turn++)
		replay_time(&peer_empty, t, 0, empty, 0, false, &out[0]);
	less[0] = median_of(t, empty, false);
	less[1] = median_of(t, empty, true);
	for (i = 0; i < peer_count; i++) {
		ticks[i] = trace_pages(bytes);
		memset(ticks[i], 0xff, bytes);
	}
	for (turn = 0; turn < turns; turn++) {
		for (i = 0; i < peer_count; i++) {
			double budget = t->pool > (64u << 20) ? 2e9 : 1e9;

			if (!asked_for(peers[i]) || (peers[i]->slow && turn > 2))
				continue;
			/* A sorted array of more than 10^5 blocks takes minutes to get ready. */
			if (peers[i]->slow && t->blocks > 300000)
				continue;
			/* Another's turn has thrown this one out of caches and predictors: once to come back, without a clock. */
			if (small && !peers[i]->slow)
				replay_time(peers[i], t, 0, NULL, budget, false, &out[i]);
			if (!scale || small)
				ran[i] = replay_time(peers[i], t, 0, ticks[i], budget, false, &out[i]);
			if (!small)
				ran[i] = replay_time(peers[i], t, 0, NULL, budget, false, &out[i]);
			ns[i][turn] = out[i].ns / (double)(out[i].done ? out[i].done : 1);
		}
	}
	for (i = 0; i < peer_count; i++) {
		unsigned int n = peers[i]->slow && turns > 3 ? 3 : turns;

		if (ran[i]) {
			print_head("time", nr, t, peers[i]);
			printf(", \"live\": %u, \"done\": %zu, \"of\": %zu, \"failed\": %zu, \"rounding\": %.2f", out[i].live,
			       out[i].done, t->count - t->warm, out[i].failed, out[i].rounding);
			if (out[i].metadata >= 0)
				printf(", \"metadata\": %.2f", out[i].metadata);
			if (!small) {
				double least = ns[i][0];

				for (k = 1; k < n; k++)
					if (ns[i][k] < least)
						least = ns[i][k];
				printf(", \"pair_ns\": %.1f", 2 * least);
			}
			if (!scale) {
				print_spread("alloc", t, ticks[i], true, less[1], ns_per_tick());
				print_spread("free", t, ticks[i], false, less[0], ns_per_tick());
			}
			printf("}\n");
			fflush(stdout);
		}
		trace_unmap(ticks[i], bytes);
	}
	trace_unmap(empty, bytes);
}

/* The share of the pool that is in use when a request first finds no room. Only for those that have a pool. */
static void fill_trace(unsigned int nr, const struct trace *t)
{
	unsigned int i;
	size_t k, n;

	for (i = 0; i < peer_count; i++) {
		uint32_t *size = trace_pages(t->slots * sizeof(*size));
		struct replay out;
		uint64_t used = 0;

		if (peers[i]->pool && asked_for(peers[i]) && replay_time(peers[i], t, 0, NULL, 0, false, &out)) {
			n = t->warm + out.done - (out.failed != 0);
			for (k = 0; k < n; k++) {
				const struct op *op = &t->ops[k];

				used += ((op->size + 15) & ~15u) - (uint64_t)size[op->slot];
				size[op->slot] = (op->size + 15) & ~15u;
			}
			print_head("fill", nr, t, peers[i]);
			printf(", \"failed\": %zu, \"used\": %llu, \"utilisation\": %.4f}\n", out.failed,
			       (unsigned long long)used, (double)used / (double)t->pool);
		}
		trace_unmap(size, t->slots * sizeof(*size));
	}
}

/* The least book-keeping memory with which every operation of the trace still gets the answer it gets with plenty. */
static void metadata_trace(unsigned int nr, const struct trace *t)
{
	unsigned int i;

	for (i = 0; i < peer_count; i++) {
		const struct peer *p = peers[i];
		struct replay out, with;
		size_t lo = 0, hi;

		if (!p->blocks || !asked_for(p) || !replay_time(p, t, 0, NULL, 0, true, &out))
			continue;
		for (hi = (size_t)out.blocks * 2 + 64; hi - lo > 1;) {
			size_t mid = lo + (hi - lo) / 2;

			if (replay_time(p, t, mid * 8, NULL, 0, false, &with) && with.failed == out.failed)
				hi = mid;
			else
				lo = mid;
		}
		print_head("metadata", nr, t, p);
		printf(", \"bytes\": %zu, \"live\": %u, \"blocks\": %u, \"per_live\": %.3f, \"per_block\": %.3f}\n", hi * 8,
		       out.live, out.blocks, (double)hi * 8 / out.live, (double)hi * 8 / out.blocks);
		fflush(stdout);
	}
}

static size_t count_limit(const struct peer *p, const struct trace *t)
{
	if (p->slow)
		return t->group[0] == 'r' ? SIZE_MAX : t->group[0] == 'a' ? 0 : t->pool > (16u << 20) ? 0 : 2000;
	return t->group[0] == 'r' || t->group[0] == 'a' ? SIZE_MAX : 40000;
}

/* Instructions. Ids are trace * PEERS_MAX + peer; the last peer id is the empty one. */
static void count_trace(unsigned int nr, const struct trace *t, enum counter how, const char *mode)
{
	uint32_t *insns = trace_pages((t->count + 1) * sizeof(*insns)), less[2] = { 0, 0 };
	unsigned int k, i;

	for (k = 0; k <= peer_count; k++) {
		const struct peer *p = k ? peers[k - 1] : &peer_empty;
		struct replay out;

		i = k ? k - 1 : PEERS_MAX - 1;
		if (k && !asked_for(p))
			continue;
		if (!count_limit(p, t))
			continue;
		memset(insns, 0xff, (t->count + 1) * sizeof(*insns));
		if (!replay_count(p, t, how, nr * PEERS_MAX + i, count_limit(p, t), insns, &out))
			continue;
		if (how == COUNT_PERF && !k) {
			less[0] = median_of(t, insns, false);
			less[1] = median_of(t, insns, true);
		}
		print_head(mode, nr, t, p);
		printf(", \"key\": %u, \"done\": %zu, \"allocs\": %zu, \"failed\": %zu, \"live\": %u", nr * PEERS_MAX + i,
		       out.done, out.allocs, out.failed, out.live);
		if (how == COUNT_PERF) {
			print_spread("alloc", t, insns, true, less[1], 1);
			print_spread("free", t, insns, false, less[0], 1);
		}
		printf("}\n");
		fflush(stdout);
	}
	trace_unmap(insns, (t->count + 1) * sizeof(*insns));
}

/* Static TLS for libraries that are loaded late has to be asked for before the process starts. */
static void with_static_tls(char **argv)
{
	if (getenv("EMALLOC_BENCH_TLS"))
		return;
	setenv("EMALLOC_BENCH_TLS", "1", 1);
	setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=65536", 1);
	execv("/proc/self/exe", argv);
	perror("execv");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	enum counter how = COUNT_NONE;
	unsigned int nr;
	int opt;

	with_static_tls(argv);
	optind = 2;
	while ((opt = getopt(argc, argv, "qg:p:")) != -1) {
		if (opt == 'q')
			quick = true;
		else if (opt == 'g')
			only_group = optarg;
		else if (opt == 'p')
			only_peer = optarg;
		else
			return 2;
	}
	if (!strcmp(mode, "perf"))
		how = COUNT_PERF;
	else if (!strcmp(mode, "callgrind"))
		how = COUNT_CALLGRIND;
	else if (!strcmp(mode, "qemu"))
		how = COUNT_QEMU;
	else if (strcmp(mode, "time") && strcmp(mode, "metadata")) {
		fprintf(stderr, "usage: %s time|metadata|perf|callgrind|qemu [-q] [-g GROUPS] [-p PEERS]\n", argv[0]);
		return 2;
	}
	if (!counter_open(how)) {
		perror("perf_event_open");
		return 3;
	}
	peers_load();
	for (nr = 0; nr < TRACES; nr++) {
		struct trace t;

		if (!wanted(nr))
			continue;
		if (!strcmp(mode, "metadata") && (nr > FIRST_CHURN || nr < FIRST_CHURN) && nr >= FIRST_ADVERSARIAL)
			continue;
		if (nr >= FIRST_FILL && how != COUNT_NONE)
			continue;
		trace_get(nr, &t);
		if (!strcmp(mode, "metadata"))
			metadata_trace(nr, &t);
		else if (how != COUNT_NONE)
			count_trace(nr, &t, how, mode);
		else if (nr >= FIRST_FILL)
			fill_trace(nr, &t);
		else
			time_trace(nr, &t);
		trace_release(&t);
	}
	return 0;
}
