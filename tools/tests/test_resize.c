// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that become longer or shorter, where they are or by a move, with what they hold.
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

/* Memory that would show when zeros are forgotten. */
static void soil(struct xt *xt, size_t length)
{
	uint64_t offset = xt_alloc(xt->fd, length);

	memset(buf, 0xa5, length);
	xt_write(xt->fd, buf, length, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
}

/* Resizes and looks whether offset and length are those of before, or those wanted. */
static int resize_at(int fd, uint32_t flags, uint64_t at, uint64_t length)
{
	uint64_t offset = at, given = length;
	int err = xt_resize(fd, flags, &offset, &given);

	assert_int_equal(given, err ? length : (length + XT_GRANULE - 1) / XT_GRANULE * XT_GRANULE);
	assert_int_equal(offset, at);
	return err;
}

static void expect_block(int fd, uint64_t offset, uint64_t length)
{
	uint64_t at = offset, got;

	xt_assert_ok(xt_query(fd, &at, &got));
	assert_int_equal(at, offset);
	assert_int_equal(got, length);
}

static void growing_in_place_keeps_the_content(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;

	soil(xt, 4000);
	offset = filled(xt->fd, 992);
	xt_assert_ok(resize_at(xt->fd, 0, offset, 2000));
	expect_block(xt->fd, offset, 2000);
	xt_expect(xt->fd, buf, 992, offset);
	xt_expect_zeros(xt->fd, 2000 - 992, offset + 992);
	xt_write(xt->fd, "end", 3, offset + 1997);
	xt_expect(xt->fd, "end", 3, offset + 1997);
	assert_int_equal(xt_get_info(xt->fd).free_bytes, xt->base.capacity - 2000);
}

static void shrinking_keeps_what_fits(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 2000);

	xt_assert_ok(resize_at(xt->fd, 0, offset, 100));
	expect_block(xt->fd, offset, 112);
	xt_expect(xt->fd, buf, 112, offset);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, offset + 112));
	xt_assert_count(112, pread(xt->fd, buf, 2000, offset));
	assert_int_equal(xt_alloc(xt->fd, 16), offset + 112);
}

static void regrown_bytes_read_as_zeros(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 2000);

	xt_assert_ok(resize_at(xt->fd, 0, offset, 512));
	xt_assert_ok(resize_at(xt->fd, 0, offset, 2000));
	xt_expect(xt->fd, buf, 512, offset);
	xt_expect_zeros(xt->fd, 2000 - 512, offset + 512);
}

static void the_same_length_changes_nothing(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 160), length;
	struct extram_info before = xt_get_info(xt->fd), after;

	for (length = 145; length <= 160; length++)
		xt_assert_ok(resize_at(xt->fd, MOVE, offset, length));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect(xt->fd, buf, 160, offset);
}

static void growing_into_a_neighbour_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 512), next = xt_alloc(xt->fd, 16);
	struct extram_info before = xt_get_info(xt->fd), after;

	xt_assert_fails(ENOSPC, resize_at(xt->fd, 0, offset, 513));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	expect_block(xt->fd, offset, 512);
	xt_expect(xt->fd, buf, 512, offset);
	/* With room behind, though not enough. */
	xt_assert_ok(xt_free(xt->fd, next));
	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_FIXED, 16, &(uint64_t){ 528 }));
	xt_assert_fails(ENOSPC, resize_at(xt->fd, 0, offset, 529));
	xt_assert_ok(resize_at(xt->fd, 0, offset, 528));
}

static void growing_with_a_move_takes_the_content_along(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length = 3000, old;

	soil(xt, 4096);
	old = filled(xt->fd, 2000);
	offset = old;
	xt_alloc(xt->fd, 16);	/* in the way */
	xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &length));
	assert_int_equal(offset, 2016);
	assert_int_equal(length, 3008);
	xt_expect(xt->fd, buf, 2000, offset);
	xt_expect_zeros(xt->fd, 1008, offset + 2000);
	xt_assert_errno(ENXIO, pread(xt->fd, buf, 1, old));
	xt_assert_fails(ENOENT, xt_free(xt->fd, old));
	assert_int_equal(xt_get_info(xt->fd).blocks, 2);
	assert_int_equal(xt_alloc(xt->fd, 2000), old);
	xt_assert_ok(xt_free(xt->fd, offset));
}

static void what_fits_in_place_does_not_move(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, hole = xt_alloc(xt->fd, 4096);

	offset = filled(xt->fd, 512);
	xt_assert_ok(xt_free(xt->fd, hole));
	xt_assert_ok(resize_at(xt->fd, MOVE, offset, 1024));
	xt_assert_ok(resize_at(xt->fd, MOVE, offset, 16));
	xt_expect(xt->fd, buf, 16, offset);
}

static void a_move_keeps_the_alignment(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length = 600;

	xt_alloc(xt->fd, 16);
	xt_assert_ok(xt_try_alloc(xt->fd, 512, 1024, &offset, NULL));
	assert_int_equal(offset, 1024);
	xt_alloc(xt->fd, 1008);				/* in front */
	assert_int_equal(xt_alloc(xt->fd, 16), 1536);	/* in the way */
	xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &length));
	assert_int_equal(offset, 2048);
}

static void no_room_to_move_to_is_enospc(void **state)
{
	struct xt *xt = *state;
	uint64_t half = xt->base.capacity / 2, offset = filled(xt->fd, 4096);
	struct extram_info before, after;

	xt_alloc(xt->fd, half);
	before = xt_get_info(xt->fd);
	xt_assert_fails(ENOSPC, resize_at(xt->fd, MOVE, offset, half));
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	xt_expect(xt->fd, buf, 4096, offset);
}

static void lengths_above_the_capacity_are_enospc(void **state)
{
	struct xt *xt = *state;
	const uint64_t big[] = {
		xt->base.capacity + 1, 1ull << 32, (1ull << 32) + 16, 1ull << 36, 1ull << 63,
		UINT64_MAX - 15, UINT64_MAX - 14, UINT64_MAX,
	};
	uint64_t offset = filled(xt->fd, 64);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(big); i++) {
		uint64_t at = offset, length = big[i];

		xt_assert_fails(ENOSPC, xt_resize(xt->fd, 0, &at, &length));
		xt_assert_fails(ENOSPC, xt_resize(xt->fd, MOVE, &at, &length));
	}
	expect_block(xt->fd, offset, 64);
	xt_assert_ok(resize_at(xt->fd, 0, offset, xt->base.capacity));
}

static void zero_length_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(EINVAL, resize_at(xt->fd, 0, offset, 0));
	xt_assert_fails(EINVAL, resize_at(xt->fd, MOVE, offset, 0));
	expect_block(xt->fd, offset, 64);
}

static void a_misaligned_offset_is_einval(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64), i;

	for (i = 1; i < XT_GRANULE; i++)
		xt_assert_fails(EINVAL, resize_at(xt->fd, 0, offset + i, 32));
	xt_assert_fails(EINVAL, resize_at(xt->fd, 0, UINT64_MAX, 32));
	expect_block(xt->fd, offset, 64);
}

static void where_no_block_starts_is_enoent(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, offset + 16, 32));
	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, offset + 64, 32));
	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, xt->base.capacity, 32));
	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, 1ull << 36, 32));
	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, UINT64_MAX - 15, 32));
	xt_assert_ok(xt_free(xt->fd, offset));
	xt_assert_fails(ENOENT, resize_at(xt->fd, 0, offset, 32));
}

static void a_foreign_block_is_enoent(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = filled(xt->fd, 64);

	xt_assert_fails(ENOENT, resize_at(other, 0, offset, 16));
	xt_assert_fails(ENOENT, resize_at(other, MOVE, offset, 128));
	expect_block(xt->fd, offset, 64);
	close(other);
}

static void anybody_may_resize_a_shared_block(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt->chip, O_RDWR);
	uint64_t offset = 0, length = 3000;

	xt_assert_ok(xt_alloc_flags(xt->fd, EXTRAM_ALLOC_SHARED, 1008, &offset));
	xt_fill(buf, 1008, 2);
	xt_write(xt->fd, buf, 1008, offset);
	xt_alloc(xt->fd, 16);	/* in the way */
	xt_assert_ok(xt_resize(other, MOVE, &offset, &length));
	close(other);
	xt_expect(xt->fd, buf, 1008, offset);
	xt_expect_zeros(xt->fd, 3008 - 1008, offset + 1008);
	xt_assert_ok(xt_free(xt->fd, offset));
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
	size_t held = xt->base.capacity < 32768 ? 2000 : 6000;
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
		expect_block(xt->fd, offset, held);
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
	struct itimerval soon = { .it_value.tv_usec = 30000 };
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
	sigaction(SIGALRM, &old, NULL);
	alarm(left);

	assert_int_equal(err, -EINTR);
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	expect_block(xt->fd, offset, held);
	xt_expect(xt->fd, big, held, offset);
	free(big);
}

struct racer {
	int fd;
	atomic_uint_fast64_t offset;
	atomic_bool stop;
	unsigned char want[512];
	long done;
	long lost;
	int odd;
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
	for (i = 0; i < 300; i++)
		xt_assert_ok(resize_at(xt->fd, 0, offset, 512 + xt_random(&seed) % 8192));
	stop(thread, &r);
	assert_int_equal(r.lost, 0);
}

static void fill_range(int fd, uint64_t offset, uint64_t end)
{
	xt_assert_ok(xt_alloc_flags(fd, EXTRAM_ALLOC_FIXED, end - offset, &offset));
}

/* Two places, with everything between taken by others: a transfer meets the block at its start or not. */
static void race_with_moves(struct xt *xt, void *(*run)(void *arg))
{
	const uint64_t place[2] = { 0, 65536 }, room = 8192, length = 4096;
	struct racer r = { .fd = xt->fd };
	int other = xt_open(xt->chip, O_RDWR), i;
	uint64_t offset = xt_alloc(xt->fd, length), given;
	pthread_t thread[2];

	fill_range(other, place[0] + room, place[1]);
	fill_range(other, place[1] + room, xt->base.capacity);
	start(thread, &r, run, offset);
	for (i = 0; i < 200; i++) {
		uint64_t here = place[i % 2], there = place[(i + 1) % 2];

		fill_range(other, here + length, here + room);
		given = length + 16;
		xt_assert_ok(xt_resize(xt->fd, MOVE, &offset, &given));
		assert_int_equal(offset, there);
		r.offset = there;
		xt_assert_ok(xt_free(other, here + length));
		xt_assert_ok(resize_at(xt->fd, 0, there, length));
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

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(growing_in_place_keeps_the_content),
		XT_ALL(shrinking_keeps_what_fits),
		XT_ALL(regrown_bytes_read_as_zeros),
		XT(the_same_length_changes_nothing),
		XT(growing_into_a_neighbour_is_enospc),
		XT_ALL(growing_with_a_move_takes_the_content_along),
		XT(what_fits_in_place_does_not_move),
		XT(a_move_keeps_the_alignment),
		XT(no_room_to_move_to_is_enospc),
		XT(lengths_above_the_capacity_are_enospc),
		XT(zero_length_is_einval),
		XT(a_misaligned_offset_is_einval),
		XT(where_no_block_starts_is_enoent),
		XT(a_foreign_block_is_enoent),
		XT(anybody_may_resize_a_shared_block),
		XT(a_move_of_unwritten_bytes_needs_no_bus),
		XT_ALL(an_error_of_the_bus_takes_a_move_back),
		XT_PSRAM(a_signal_takes_a_move_back),
		XT(resizing_in_place_races_with_reads),
		XT(resizing_in_place_races_with_writes),
		XT(moving_races_with_reads),
		XT(moving_races_with_writes),
	};

	return xt_run("resize", argc, argv, cases, ARRAY_SIZE(cases));
}
