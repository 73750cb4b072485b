// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring a replay.
 *
 * Time: the time-stamp counter, fenced, around each operation (clock_gettime() elsewhere); wall time in a replay of its
 * own without that. Instructions, around the same call in bench_alloc() and bench_free():
 *  - perf_event_open(), read before and after each operation, where there are hardware counters;
 *  - callgrind, which is told to collect inside these two functions only;
 *  - QEMU with insn_count.c, told by a system call that does not exist where an operation begins and ends.
 * What the call through these functions costs is taken off by measuring an allocator that does nothing.
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS		((void)0)
#define CALLGRIND_DUMP_STATS_AT(x)	((void)(x))
#endif
#if defined(__x86_64__)
#include <x86intrin.h>
#endif
#include <stdio.h>

#include "marker.h"
#include "measure.h"

/* The empty asm keeps the compiler from turning the call into a jump, which callgrind would book elsewhere. */
__attribute__((noinline)) uint64_t bench_alloc(const struct peer *p, uint32_t size)
{
	uint64_t handle = p->alloc(size);

	__asm__ volatile("" : "+r"(handle));
	return handle;
}

__attribute__((noinline)) void bench_free(const struct peer *p, uint64_t handle)
{
	p->free(handle);
	__asm__ volatile("");
}

double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

#if defined(__x86_64__)
static inline uint64_t tick_before(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

static inline uint64_t tick_after(void)
{
	unsigned int cpu;
	uint64_t t = __rdtscp(&cpu);

	_mm_lfence();
	return t;
}

double ns_per_tick(void)
{
	static double ratio;

	if (!ratio) {
		double start = now_ns(), end;
		uint64_t ticks = __rdtsc();

		do
			end = now_ns();
		while (end - start < 1e8);
		ratio = (end - start) / (double)(__rdtsc() - ticks);
	}
	return ratio;
}
#else
static inline uint64_t tick_before(void)
{
	return (uint64_t)now_ns();
}

static inline uint64_t tick_after(void)
{
	return (uint64_t)now_ns();
}

double ns_per_tick(void)
{
	return 1;
}
#endif

struct session {
	const struct peer *p;
	const struct trace *t;
	uint64_t *handle;	/* by slot */
	uint32_t *size;		/* by slot */
	uint32_t live;
	struct replay *out;
};

static bool session_start(struct session *s, const struct peer *p, const struct trace *t, size_t nodes_size,
			  struct replay *out)
{
	size_t i;

	*out = (struct replay){ .metadata = -1 };
	if (!p->init(t, nodes_size))
		return false;
	*s = (struct session){ .p = p, .t = t, .out = out };
	s->handle = trace_pages(t->slots * sizeof(*s->handle));
	s->size = trace_pages(t->slots * sizeof(*s->size));
	memset(s->handle, 0xff, t->slots * sizeof(*s->handle));
	for (i = 0; i < t->warm; i++) {
		const struct op *op = &t->ops[i];

		if (op->size) {
			s->handle[op->slot] = p->alloc(op->size);
			s->size[op->slot] = op->size;
			s->live += s->handle[op->slot] != FAILED;
			if (s->live > out->live)
				out->live = s->live;
		} else if (s->handle[op->slot] != FAILED) {
			p->free(s->handle[op->slot]);
			s->handle[op->slot] = FAILED;
			s->live--;
		}
	}
	return true;
}

static void session_note(struct session *s, const struct op *op, uint64_t handle)
{
	s->handle[op->slot] = handle;
	if (!op->size) {
		s->live--;
		return;
	}
	s->size[op->slot] = op->size;
	s->out->allocs++;
	s->out->failed += handle == FAILED;
	s->live += handle != FAILED;
	if (s->live > s->out->live)
		s->out->live = s->live;
}

static void session_stop(struct session *s)
{
	const struct peer *p = s->p;
	uint64_t extra = 0;
	uint32_t i;

	if (s->live && p->metadata)
		s->out->metadata = p->metadata(s->live);
	for (i = 0; i < s->t->slots; i++) {
		if (s->handle[i] == FAILED)
			continue;
		if (p->usable)
			extra += p->usable(s->handle[i], s->size[i]) - s->size[i];
		if (!p->pool)
			p->free(s->handle[i]);
	}
	s->out->rounding = s->live ? (double)extra / s->live : 0;
	p->exit();
	trace_unmap(s->handle, s->t->slots * sizeof(*s->handle));
	trace_unmap(s->size, s->t->slots * sizeof(*s->size));
}

bool replay_time(const struct peer *p, const struct trace *t, size_t nodes_size, uint32_t *ticks, double budget,
		 bool watch, struct replay *out)
{
	struct session s;
	double start;
	size_t i;

	if (!session_start(&s, p, t, nodes_size, out))
		return false;
	start = now_ns();
	for (i = t->warm; i < t->count; i++) {
		const struct op *op = &t->ops[i];
		uint64_t handle = s.handle[op->slot], before, after;

		if (!op->size && handle == FAILED)
			continue;
		if (p->slow && budget && !(i & 63) && now_ns() - start > budget)
			break;
		if (ticks) {
			before = tick_before();
			if (op->size)
				handle = bench_alloc(p, op->size);
			else
				bench_free(p, handle);
			after = tick_after() - before;
			if (after < ticks[i])
				ticks[i] = (uint32_t)after;
		} else if (op->size) {
			handle = bench_alloc(p, op->size);
		} else {
			bench_free(p, handle);
		}
		session_note(&s, op, op->size ? handle : FAILED);
		if (watch && p->blocks && p->blocks() > out->blocks)
			out->blocks = p->blocks();
		out->done++;
		if (out->failed && t->group[0] == 'f')
			break;
	}
	out->ns = now_ns() - start;
	session_stop(&s);
	return true;
}

static int perf_fd = -1;

bool counter_open(enum counter how)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	if (how != COUNT_PERF)
		return true;
	perf_fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	return perf_fd >= 0;
}

static uint64_t perf_read(void)
{
	uint64_t count = 0;

	if (read(perf_fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

bool replay_count(const struct peer *p, const struct trace *t, enum counter how, unsigned int id, size_t limit,
		  uint32_t *insns, struct replay *out)
{
	struct session s;
	char label[32];
	size_t i;

	if (!session_start(&s, p, t, 0, out))
		return false;
	if (how == COUNT_CALLGRIND)
		CALLGRIND_ZERO_STATS;
	for (i = t->warm; i < t->count && out->done < limit; i++) {
		const struct op *op = &t->ops[i];
		uint64_t handle = s.handle[op->slot], before = 0;

		if (!op->size && handle == FAILED)
			continue;
		if (how == COUNT_PERF)
			before = perf_read();
		else if (how == COUNT_QEMU)
			syscall(MARKER_SYSCALL, MARKER_BEGIN, id);
		if (op->size)
			handle = bench_alloc(p, op->size);
		else
			bench_free(p, handle);
		if (how == COUNT_PERF)
			insns[i] = (uint32_t)(perf_read() - before);
		else if (how == COUNT_QEMU)
			syscall(MARKER_SYSCALL, op->size ? MARKER_ALLOC : MARKER_FREE, id);
		session_note(&s, op, op->size ? handle : FAILED);
		out->done++;
	}
	if (how == COUNT_CALLGRIND) {
		snprintf(label, sizeof(label), "%u", id);
		CALLGRIND_DUMP_STATS_AT(label);
	}
	session_stop(&s);
	return true;
}
