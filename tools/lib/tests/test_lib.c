// SPDX-License-Identifier: GPL-2.0-only
/*
 * libextram: ranges and bytes. How the driver answers is tested elsewhere; here it is what the
 * library makes of it.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "extram_test.h"
#include "libextram.h"

#define BIG	(256 * 1024)

/* A handle beside the fixture's file. */
static struct extram *ram_open(struct xt *xt)
{
	char path[64];
	struct extram *ram;

	xt_node(xt->chip, path, sizeof(path));
	ram = extram_open(path);
	if (!ram)
		fail_msg("%s: %s", path, strerror(errno));
	return ram;
}

static struct extram_range take(struct extram *ram, uint64_t length)
{
	struct extram_range range = { 0 };

	xt_assert_ok(extram_alloc(ram, length, 0, 0, &range));
	return range;
}

static void info_answers_what_the_driver_answers(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_info info;

	xt_assert_ok(extram_info(ram, &info));
	assert_memory_equal(&info, &xt->base, sizeof(info));
	extram_close(ram);
}

static void info_of_an_older_program_is_cut(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_info info;
	const size_t old = offsetof(struct extram_info, blocks);

	memset(&info, 0xa5, sizeof(info));
	xt_assert_ok(extram_info_sized(ram, &info, old));
	assert_int_equal(info.size, old);
	assert_int_equal(info.capacity, xt->base.capacity);
	assert_int_equal(info.blocks, 0xa5a5a5a5);
	extram_close(ram);
}

static void info_of_a_newer_program_is_padded_with_zeros(void **state)
{
	struct {
		struct extram_info info;
		uint64_t future[4];
	} newer;
	static const uint64_t none[4];
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);

	memset(&newer, 0xa5, sizeof(newer));
	xt_assert_ok(extram_info_sized(ram, &newer.info, sizeof(newer)));
	assert_int_equal(newer.info.capacity, xt->base.capacity);
	assert_memory_equal(newer.future, none, sizeof(none));
	xt_assert_errno(EINVAL, extram_info_sized(ram, &newer.info, 3));
	extram_close(ram);
}

static void alloc_rounds_and_aligns(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 1);

	assert_int_equal(range.offset, 0);
	assert_int_equal(range.length, XT_GRANULE);
	assert_int_equal(range.flags, 0);
	xt_assert_ok(extram_alloc(ram, 100, 1024, 0, &range));
	assert_int_equal(range.offset, 1024);
	assert_int_equal(range.length, 112);
	extram_close(ram);
}

static void a_fixed_range_is_where_it_was_asked_for(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = { .offset = 4096 }, again = { .offset = 4096 };

	xt_assert_ok(extram_alloc(ram, 64, 0, EXTRAM_ALLOC_FIXED, &range));
	assert_int_equal(range.offset, 4096);
	xt_assert_errno(EEXIST, extram_alloc(ram, 64, 0, EXTRAM_ALLOC_FIXED, &again));
	assert_int_equal(again.offset, 4096);
	extram_close(ram);
}

static void errors_of_alloc_pass_through(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = { .offset = 7, .length = 9 };

	xt_assert_errno(EINVAL, extram_alloc(ram, 0, 0, 0, &range));
	xt_assert_errno(EINVAL, extram_alloc(ram, 16, 3, 0, &range));
	xt_assert_errno(EINVAL, extram_alloc(ram, 16, 0, 1u << 31, &range));
	xt_assert_errno(ENOSPC, extram_alloc(ram, xt->base.capacity + 1, 0, 0, &range));
	assert_int_equal(range.offset, 7);
	assert_int_equal(range.length, 9);
	xt_assert_errno(ENOENT, extram_free(ram, 0));
	xt_assert_errno(EINVAL, extram_free(ram, 1));
	extram_close(ram);
}

static void resize_keeps_the_content(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 64);
	unsigned char want[64], got[64];

	take(ram, 16);
	xt_fill(want, sizeof(want), 1);
	xt_assert_count(64, extram_write(ram, want, sizeof(want), range.offset));
	xt_assert_errno(ENOSPC, extram_resize(ram, &range, 200, 0));
	assert_int_equal(range.offset, 0);
	assert_int_equal(range.length, 64);
	xt_assert_ok(extram_resize(ram, &range, 200, EXTRAM_RESIZE_MAY_MOVE));
	assert_int_equal(range.offset, 80);
	assert_int_equal(range.length, 208);
	xt_assert_count(64, extram_read(ram, got, sizeof(got), range.offset));
	assert_memory_equal(got, want, sizeof(want));
	extram_close(ram);
}

static void next_walks_own_and_shared_ranges(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt), *other = ram_open(xt);
	struct extram_range range = { 0 }, shared = { 0 };

	xt_assert_count(0, extram_next(ram, &range));
	take(ram, 16);
	take(other, 32);
	xt_assert_ok(extram_alloc(other, 48, 0, EXTRAM_ALLOC_SHARED, &shared));
	take(ram, 64);

	memset(&range, 0, sizeof(range));
	xt_assert_count(1, extram_next(ram, &range));
	assert_int_equal(range.offset, 0);
	assert_int_equal(range.length, 16);
	assert_int_equal(range.flags, 0);
	xt_assert_count(1, extram_next(ram, &range));
	assert_int_equal(range.offset, shared.offset);
	assert_int_equal(range.flags, EXTRAM_BLOCK_SHARED);
	xt_assert_count(1, extram_next(ram, &range));
	assert_int_equal(range.length, 64);
	xt_assert_count(0, extram_next(ram, &range));
	xt_assert_ok(extram_free(ram, shared.offset));
	extram_close(ram);
	extram_close(other);
}

/* Otherwise a write that is too long would run into the neighbour, which is the caller's too. */
static void a_transfer_ends_with_its_range(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range first = take(ram, 64), second = take(ram, 64);
	unsigned char buf[128], got[64];
	static const unsigned char zeros[64];

	assert_int_equal(second.offset, first.offset + 64);
	memset(buf, 0x5a, sizeof(buf));
	errno = EIO;
	xt_assert_count(64, extram_write(ram, buf, sizeof(buf), first.offset));
	assert_int_equal(errno, 0);
	xt_assert_count(64, extram_read(ram, got, sizeof(got), second.offset));
	assert_memory_equal(got, zeros, sizeof(zeros));
	errno = EIO;
	xt_assert_count(16, extram_read(ram, buf, sizeof(buf), first.offset + 48));
	assert_int_equal(errno, 0);
	extram_close(ram);
}

static void a_transfer_outside_of_all_ranges_is_enxio(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt), *other = ram_open(xt);
	struct extram_range range = take(ram, 64);
	char buf[64] = "";

	xt_assert_errno(ENXIO, extram_read(ram, buf, 64, range.offset + range.length));
	xt_assert_errno(ENXIO, extram_write(ram, buf, 64, UINT64_MAX));
	xt_assert_errno(ENXIO, extram_read(other, buf, 64, range.offset));
	extram_close(ram);
	extram_close(other);
}

/* A bus error after some bytes: they are counted, and errno says what came behind them. */
static void an_error_after_some_bytes_is_a_short_count(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 12288);
	unsigned char *buf = malloc(12288);
	unsigned int nth, cut = 0, failed = 0;
	ssize_t ret;

	xt_fill(buf, 12288, 2);
	xt_assert_count(12288, extram_write(ram, buf, 12288, range.offset));
	for (nth = 1; nth < 10000; nth++) {
		xt_fail_bus(xt->chip, nth, 1000000, EIO);
		errno = 0;
		ret = extram_read(ram, buf, 12288, range.offset);
		if (ret == 12288)
			break;
		assert_int_equal(errno, EIO);
		if (ret > 0)
			cut++;
		else
			failed++;
	}
	xt_heal_bus(xt->chip);
	assert_int_equal(ret, 12288);
	assert_true(cut > 0);
	assert_true(failed > 0);
	free(buf);
	extram_close(ram);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* The fixture has SIGALRM. */
static timer_t start_alarms(void)
{
	const struct sigaction action = { .sa_handler = count_alarm };	/* without SA_RESTART */
	const struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	return timer;
}

static void signals_do_not_cut_transfers(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 4 * BIG);
	unsigned char *want = malloc(BIG), *got = malloc(BIG), *other = malloc(BIG);
	unsigned int short_counts = 0, round;
	timer_t timer;

	for (round = 0; round < 8; round++) {
		uint64_t at = range.offset + (round & 3) * BIG;

		xt_fill(want, BIG, round);
		memset(got, 0, BIG);
		timer = start_alarms();
		xt_assert_count(BIG, extram_write(ram, want, BIG, at));
		xt_assert_count(BIG, extram_read(ram, got, BIG, at));
		/* What the library spares its callers. */
		if (pread(extram_fd(ram), other, BIG, at) != BIG)
			short_counts++;
		timer_delete(timer);
		assert_memory_equal(got, want, BIG);
	}
	assert_true(alarms > 0);
	/* Without signals in the middle of transfers this test would show nothing. */
	assert_true(short_counts > 0);
	free(want);
	free(got);
	free(other);
	extram_close(ram);
}

#define THREADS	4
#define ROUNDS	40

struct worker {
	pthread_t thread;
	struct extram *ram;
	unsigned int salt;
	char wrong[64];
};

static void *work(void *arg)
{
	unsigned char want[3000], got[3000];
	struct worker *worker = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS && !worker->wrong[0]; i++) {
		size_t length = 1 + (i * 577 + worker->salt * 131) % sizeof(want);
		struct extram_range range = { 0 };

		xt_fill(want, length, worker->salt * 1000 + i);
		if (extram_alloc(worker->ram, length, 0, 0, &range))
			strcpy(worker->wrong, "alloc");
		else if (extram_write(worker->ram, want, length, range.offset) != (ssize_t)length)
			strcpy(worker->wrong, "write");
		else if (extram_read(worker->ram, got, length, range.offset) != (ssize_t)length)
			strcpy(worker->wrong, "read");
		else if (memcmp(want, got, length))
			strcpy(worker->wrong, "other bytes");
		else if (extram_free(worker->ram, range.offset))
			strcpy(worker->wrong, "free");
	}
	return NULL;
}

static void threads_share_a_handle(void **state)
{
	struct xt *xt = *state;
	struct worker workers[THREADS] = { 0 };
	struct extram *ram = ram_open(xt);
	struct extram_range range;
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		workers[i].ram = ram;
		workers[i].salt = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < THREADS; i++)
		assert_string_equal(workers[i].wrong, "");
	xt_assert_errno(ENOENT, extram_query(ram, 0, &range));
	extram_close(ram);
}

static void closing_gives_everything_back(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);

	take(ram, 100);
	take(ram, 100);
	assert_int_equal(xt_get_info(xt->fd).blocks, 2);
	errno = ERANGE;
	extram_close(ram);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
	extram_close(NULL);
}

static void sync_answers(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 16);

	xt_assert_count(16, extram_write(ram, "0123456789abcdef", 16, range.offset));
	xt_assert_ok(extram_sync(ram));
	extram_close(ram);
}

static void without_its_chip_a_handle_answers_enodev(void **state)
{
	struct xt *xt = *state;
	struct extram *ram = ram_open(xt);
	struct extram_range range = take(ram, 64);
	struct extram_info info;
	char buf[64];

	close(xt->fd);
	xt->fd = -1;
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_errno(ENODEV, extram_info(ram, &info));
	xt_assert_errno(ENODEV, extram_read(ram, buf, 64, range.offset));
	xt_assert_errno(ENODEV, extram_free(ram, range.offset));
	xt_assert_errno(ENODEV, extram_next(ram, &range));
	extram_close(ram);
	xt_assert_ok(xt_bind(xt->chip));
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(info_answers_what_the_driver_answers),
		XT(info_of_an_older_program_is_cut),
		XT(info_of_a_newer_program_is_padded_with_zeros),
		XT(alloc_rounds_and_aligns),
		XT(a_fixed_range_is_where_it_was_asked_for),
		XT(errors_of_alloc_pass_through),
		XT(resize_keeps_the_content),
		XT(next_walks_own_and_shared_ranges),
		XT(a_transfer_ends_with_its_range),
		XT(a_transfer_outside_of_all_ranges_is_enxio),
		XT(an_error_after_some_bytes_is_a_short_count),
		XT_PSRAM(signals_do_not_cut_transfers),
		XT(threads_share_a_handle),
		XT(closing_gives_everything_back),
		XT(sync_answers),
		XT(without_its_chip_a_handle_answers_enodev),
	};

	return xt_run("libextram", argc, argv, cases, ARRAY_SIZE(cases));
}
