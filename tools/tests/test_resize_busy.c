// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that are resized while something else goes on: errors of the bus, signals, and transfers
 * of other threads.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <unistd.h>

#include "extram_test.h"

#define MOVE	EXTRAM_RESIZE_MAY_MOVE

static unsigned char buf[8192];

/* A block of @length bytes, all written. */
static uint64_t filled(int fd, size_t length)
{
	uint64_t offset = xt_alloc(fd, length);

	xt_fill(buf, length, 1);
	xt_write(fd, buf, length, offset);
	return offset;
}

static void a_move_of_unwritten_bytes_needs_no_bus(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 2000), length = 3008;
	int err;

	xt_alloc(xt->fd, 16);	/* in the way */
	xt_fail_bus(xt->chip, 1, 1000000, EIO);
	err = xt_resize(xt->fd, MOVE, &offset, &length);
	xt_heal_bus(xt->chip);
	xt_assert_ok(err);
	xt_expect_zeros(xt->fd, 3008, offset);
}

static void an_error_of_the_bus_takes_a_move_back(void **state)
{
	struct xt *xt = *state;
	size_t held = xt_has_small_messages(xt->chip) ? 608 : xt->base.capacity < 32768 ? 2000 : 6000;
	uint64_t offset = filled(xt->fd, held), next = xt_alloc(xt->fd, 16), at, length;
	struct extram_info before = xt_get_info(xt->fd), after;
	unsigned int nth, failed = 0;
	int err;

	assert_int_equal(next, offset + held);
	for (nth = 1; nth < 10000; nth += 1 + nth / 16) {
		at = offset;
		length = held + 500;
		xt_fail_bus(xt->chip, nth, 1, EIO);
		err = xt_resize(xt->fd, MOVE, &at, &length);
		xt_heal_bus(xt->chip);
		if (!err)
			break;
		assert_int_equal(err, -EIO);
		failed++;
		xt_expect_block(xt->fd, offset, held);
		xt_expect(xt->fd, buf, held, offset);
		after = xt_get_info(xt->fd);
		xt_expect_unchanged(&before, &after);
	}
	assert_in_range(failed, 2, 10000);
	xt_assert_ok(err);
	xt_expect(xt->fd, buf, held, at);
	xt_expect_zeros(xt->fd, 500, at + held);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void a_signal_takes_a_move_back(void **state)
{
	struct xt *xt = *state;
	size_t held = 1024 * 1024;
	unsigned char *big = malloc(held);
	struct sigaction action = { .sa_handler = on_alarm }, old;
	/* Again and again: the first may come before the call on a busy machine. */
	struct itimerval soon = { .it_value.tv_usec = 30000, .it_interval.tv_usec = 30000 };
	struct itimerval never = { 0 };
	uint64_t offset = xt_alloc(xt->fd, held), length = held + 16;
	struct extram_info before, after;
	unsigned int left = alarm(0);
	int err;

	assert_non_null(big);
	xt_fill(big, held, 3);
	xt_write(xt->fd, big, held, offset);
	xt_alloc(xt->fd, 16);	/* in the way */
	before = xt_get_info(xt->fd);

	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	err = xt_resize(xt->fd, MOVE, &offset, &length);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	alarm(left);

	assert_int_equal(err, -EINTR);
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect_block(xt->fd, offset, held);
	xt_expect(xt->fd, big, held, offset);
	free(big);
}

struct racer {
	int fd;
	atomic_uint_fast64_t offset;
	atomic_bool stop;
	unsigned char want[512];
	atomic_long done;
	atomic_long lost;
	atomic_int odd;
};

/* The first bytes of the block are always the same, wherever it is: there they are, or nothing. */
static void *read_on(void *arg)
{
	struct racer *r = arg;
	unsigned char got[512];

	while (!r->stop && !r->odd) {
		ssize_t ret = pread(r->fd, got, sizeof(got), r->offset);

		if (ret == (ssize_t)sizeof(got) && !memcmp(got, r->want, sizeof(got)))
			r->done++;
		else if (ret < 0 && errno == ENXIO)
			r->lost++;
		else
			r->odd = ret < 0 ? errno : 1000;
	}
	return NULL;
}

static void *write_on(void *arg)
{
	struct racer *r = arg;

	while (!r->stop && !r->odd) {
		ssize_t ret = pwrite(r->fd, r->want, sizeof(r->want), r->offset);

		if (ret == (ssize_t)sizeof(r->want))
			r->done++;
		else if (ret < 0 && errno == ENXIO)
			r->lost++;
		else
			r->odd = ret < 0 ? errno : 1000;
	}
	return NULL;
}

static void start(pthread_t *thread, struct racer *r, void *(*run)(void *arg), uint64_t offset)
{
	xt_fill(r->want, sizeof(r->want), 4);
	xt_write(r->fd, r->want, sizeof(r->want), offset);
	r->offset = offset;
	assert_int_equal(pthread_create(&thread[0], NULL, run, r), 0);
	assert_int_equal(pthread_create(&thread[1], NULL, run, r), 0);
}

/* Whether to go on: for @rounds, and until the threads have had their turn. */
static bool goes_on(struct racer *r, int round, int rounds)
{
	return round < rounds || (r->done < 100 && !r->odd && round < 1000 * rounds);
}

static void stop(pthread_t *thread, struct racer *r)
{
	r->stop = true;
	assert_int_equal(pthread_join(thread[0], NULL), 0);
	assert_int_equal(pthread_join(thread[1], NULL), 0);
	if (r->odd)
		fail_msg("a transfer ended with %s",
			 r->odd == 1000 ? "wrong bytes or count" : strerror(r->odd));
	xt_expect(r->fd, r->want, sizeof(r->want), r->offset);
	assert_true(r->done > 0);
}

static void race_in_place(struct xt *xt, void *(*run)(void *arg))
{
	struct racer r = { .fd = xt->fd };
	uint64_t seed = xt_seed(), offset = xt_alloc(xt->fd, 1024);
	pthread_t thread[2];
	int i;

	start(thread, &r, run, offset);
	for (i = 0; goes_on(&r, i, 300); i++)
		xt_assert_ok(xt_resize_at(xt->fd, 0, offset, 512 + xt_random(&seed) % 8192));
	stop(thread, &r);
	assert_int_equal(r.lost, 0);
}

static void fill_range(int fd, uint64_t offset, uint64_t end)
{
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED, end - offset, &offset));
}

/* Two places, all else is taken by others: a transfer meets the block at its start or nowhere. */
static void race_with_moves(struct xt *xt, void *(*run)(void *arg))
{
	const uint64_t place[2] = { 0, 16384 }, room = 8192, length = 4096;
	struct racer r = { .fd = xt->fd };
	int other = xt_open(xt->chip, O_RDWR), i;
	uint64_t offset = xt_alloc(xt->fd, length), given;
	pthread_t thread[2];

	fill_range(other, place[0] + room, place[1]);
	fill_range(other, place[1] + room, xt->base.capacity);
	start(thread, &r, run, offset);
	for (i = 0; goes_on(&r, i, 200); i++) {
		uint64_t here = place[i % 2], there = place[(i + 1) % 2];

		fill_range(other, here + length, here + room);
		given = length + 16;
		xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &given));
		assert_int_equal(offset, there);
		r.offset = there;
		xt_assert_ok(xt_free(other, here + length));
		xt_assert_ok(xt_resize_at(xt->fd, 0, there, length));
	}
	stop(thread, &r);
	close(other);
}

static void resizing_in_place_races_with_reads(void **state)
{
	race_in_place(*state, read_on);
}

static void resizing_in_place_races_with_writes(void **state)
{
	race_in_place(*state, write_on);
}

static void moving_races_with_reads(void **state)
{
	race_with_moves(*state, read_on);
}

static void moving_races_with_writes(void **state)
{
	race_with_moves(*state, write_on);
}

#define LONG	(64 * 1024)

/* A long transfer of a shared block, while another file resizes the block. */
struct transfer {
	int fd;
	bool write;
	uint64_t offset;
	ssize_t done;
	int error;
	atomic_bool ended;
	unsigned char *buf;	/* LONG bytes */
};

static void *transfer_long(void *arg)
{
	struct transfer *t = arg;

	t->done = t->write ? pwrite(t->fd, t->buf, LONG, t->offset) :
			     pread(t->fd, t->buf, LONG, t->offset);
	t->error = errno;
	t->ended = true;
	return NULL;
}

/* A file that takes a range which was given back: nobody else may write there any more. */
static void take_over(int fd, uint64_t offset, uint64_t length)
{
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED, length, &offset));
	xt_write(fd, "new", 3, offset);
}

static void expect_taken_over(int fd, uint64_t offset, uint64_t length)
{
	xt_expect(fd, "new", 3, offset);
	xt_expect_zeros(fd, length - 3, offset + 3);
	xt_assert_ok(xt_free(fd, offset));
}

/* The end of a block goes to somebody else while the block is being written. */
static void what_is_cut_off_during_a_write_is_not_written_any_more(void **state)
{
	struct xt *xt = *state;
	struct transfer t = { .fd = xt->fd, .write = true, .buf = malloc(LONG) };
	int second = xt_open(xt->chip, O_RDWR), third = xt_open(xt->chip, O_RDWR);
	unsigned int round, met = 0;
	pthread_t thread;

	assert_non_null(t.buf);
	xt_fill(t.buf, LONG, 5);
	for (round = 0; round < 12; round++) {
		t.ended = false;
		xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, LONG, &t.offset));
		assert_int_equal(pthread_create(&thread, NULL, transfer_long, &t), 0);
		usleep(round * 500);
		xt_assert_ok(xt_resize_at(second, 0, t.offset, LONG / 2));
		met += !t.ended;
		take_over(third, t.offset + LONG / 2, LONG / 2);
		assert_int_equal(pthread_join(thread, NULL), 0);
		if (t.done < LONG / 2)
			fail_msg("the write ended with %zd, %s", t.done, strerror(t.error));
		xt_expect(second, t.buf, LONG / 2, t.offset);
		expect_taken_over(third, t.offset + LONG / 2, LONG / 2);
		xt_assert_ok(xt_free(second, t.offset));
	}
	/* Otherwise nothing was tried. */
	assert_in_range(met, 1, 12);
	close(second);
	close(third);
	free(t.buf);
}

/* The block moves, the transfer with it, and the old place goes to somebody else. */
static void move_during(struct xt *xt, bool write_it)
{
	struct transfer t = { .fd = xt->fd, .write = write_it, .buf = malloc(LONG) };
	int second = xt_open(xt->chip, O_RDWR), third = xt_open(xt->chip, O_RDWR);
	unsigned char *want = malloc(LONG);
	unsigned int round, met = 0;
	uint64_t now, length;
	pthread_t thread;

	assert_non_null(t.buf);
	assert_non_null(want);
	xt_fill(want, LONG, 6);
	for (round = 0; round < 12; round++) {
		t.ended = false;
		memcpy(t.buf, want, LONG);
		xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, LONG, &t.offset));
		xt_write(xt->fd, want, LONG, t.offset);
		now = t.offset + LONG;
		xt_assert_ok(xt_alloc_flags(third, EXTRAM_ALLOC_FIXED, 16, &now));
		assert_int_equal(pthread_create(&thread, NULL, transfer_long, &t), 0);
		usleep(round * 500);
		now = t.offset;
		length = LONG + 16;
		xt_assert_ok(xt_resize(second, MOVE, &now, &length));
		assert_int_not_equal(now, t.offset);
		met += !t.ended;
		take_over(third, t.offset, LONG);
		assert_int_equal(pthread_join(thread, NULL), 0);
		/* One that began too late finds nothing there. */
		if (t.done != LONG && !(t.done == -1 && t.error == ENXIO))
			fail_msg("the transfer ended with %zd, %s", t.done, strerror(t.error));
		assert_memory_equal(t.buf, want, LONG);
		xt_expect(second, want, LONG, now);
		expect_taken_over(third, t.offset, LONG);
		xt_assert_ok(xt_free(third, t.offset + LONG));
		xt_assert_ok(xt_free(second, now));
	}
	assert_in_range(met, 1, 12);
	close(second);
	close(third);
	free(want);
	free(t.buf);
}

static void a_block_that_moves_during_a_read_takes_it_along(void **state)
{
	move_during(*state, false);
}

static void a_block_that_moves_during_a_write_takes_it_along(void **state)
{
	move_during(*state, true);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_SIM(a_move_of_unwritten_bytes_needs_no_bus),
		XT_SIM_ALL(an_error_of_the_bus_takes_a_move_back),
		XT_PSRAM(a_signal_takes_a_move_back),
		XT(resizing_in_place_races_with_reads),
		XT(resizing_in_place_races_with_writes),
		XT(moving_races_with_reads),
		XT(moving_races_with_writes),
		XT_PSRAM(what_is_cut_off_during_a_write_is_not_written_any_more),
		XT_PSRAM(a_block_that_moves_during_a_read_takes_it_along),
		XT_PSRAM(a_block_that_moves_during_a_write_takes_it_along),
	};

	return xt_run("resize_busy", argc, argv, cases, ARRAY_SIZE(cases));
}
