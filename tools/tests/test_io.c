// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes: what was written is read back, of any length at any offset, nothing else changes, and what
 * was never written reads as zeros. On every chip, for the commands on the wire differ.
 */
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "extram_test.h"

/* A block of the chip that has room for @want bytes, or half of the chip. */
static size_t some_block(struct xt *xt, size_t want, uint64_t *offset)
{
	size_t length = xt->base.capacity / 2;

	if (want < length)
		length = want;
	*offset = xt_alloc(xt->fd, length);
	return length;
}

/* Writes over a range and gives it back, so that whoever gets it next could see old bytes. */
static void soil(struct xt *xt, size_t length)
{
	void *dirt = malloc(length);
	uint64_t offset;

	assert_non_null(dirt);
	memset(dirt, 0xa5, length);
	offset = xt_alloc(xt->fd, length);
	xt_write(xt->fd, dirt, length, offset);
	xt_expect(xt->fd, dirt, length, offset);
	xt_assert_ok(xt_free(xt->fd, offset));
	free(dirt);
}

static void what_is_written_is_read(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[64];
	uint64_t offset = xt_alloc(xt->fd, sizeof(buf));

	xt_fill(buf, sizeof(buf), 1);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_expect(xt->fd, buf, sizeof(buf), offset);
}

static void a_second_write_replaces_the_first(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[500];
	uint64_t offset = xt_alloc(xt->fd, sizeof(buf));

	xt_fill(buf, sizeof(buf), 1);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_fill(buf, sizeof(buf), 2);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_expect(xt->fd, buf, sizeof(buf), offset);
}

static void single_bytes_at_every_offset(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[300];
	uint64_t offset = xt_alloc(xt->fd, sizeof(buf));
	size_t i;

	xt_fill(buf, sizeof(buf), 3);
	for (i = 0; i < sizeof(buf); i++)
		xt_write(xt->fd, buf + i, 1, offset + i);
	for (i = 0; i < sizeof(buf); i++)
		xt_expect(xt->fd, buf + i, 1, offset + i);
	xt_expect(xt->fd, buf, sizeof(buf), offset);
}

/* Each transfer lies in a block full of known bytes, of which none outside may change. */
static void try_lengths(struct xt *xt, size_t from, size_t to, size_t step)
{
	uint64_t offset;
	size_t room = some_block(xt, xt_has_small_messages(xt->chip) ? 1500 : 6000, &offset), length;
	unsigned char *want = malloc(room), *data = malloc(room);

	assert_non_null(want);
	assert_non_null(data);
	xt_fill(want, room, 4);
	xt_write(xt->fd, want, room, offset);
	for (length = from; length <= to && length + 2 <= room; length += step) {
		size_t at = 1 + length * 7 % (room - length - 1);

		xt_fill(data, length, length);
		memcpy(want + at, data, length);
		xt_write(xt->fd, data, length, offset + at);
		xt_expect(xt->fd, data, length, offset + at);
		/* The bytes next to it; all of them are looked at below. */
		xt_expect(xt->fd, want + at - 1, 1, offset + at - 1);
		xt_expect(xt->fd, want + at + length, 1, offset + at + length);
	}
	xt_expect(xt->fd, want, room, offset);
	free(want);
	free(data);
}

static void short_transfers_of_every_length(void **state)
{
	try_lengths(*state, 1, 150, 1);
}

static void long_transfers_of_odd_lengths(void **state)
{
	try_lengths(*state, 151, 5000, 97);
}

static void transfers_of_every_length_to_5000(void **state)
{
	try_lengths(*state, 1, 5000, 1);
}

static void a_transfer_over_every_edge_of_a_page(void **state)
{
	static const size_t pages[] = { 32, 64, 256, 512, 1024, 2048, 4096 };
	struct xt *xt = *state;
	uint64_t offset;
	size_t room = some_block(xt, 3 * 4096, &offset), i, before;
	unsigned char buf[8];

	for (i = 0; i < ARRAY_SIZE(pages) && 2 * pages[i] <= room; i++) {
		for (before = 1; before < sizeof(buf); before++) {
			uint64_t at = offset + pages[i] - before;

			xt_fill(buf, sizeof(buf), pages[i] + before);
			xt_write(xt->fd, buf, sizeof(buf), at);
			xt_expect(xt->fd, buf, sizeof(buf), at);
		}
	}
}

static void the_whole_memory(void **state)
{
	struct xt *xt = *state;
	/* The rest of a large memory is as good as its ends. */
	size_t end = xt->base.capacity, part = end < 256 * 1024 ? end : 128 * 1024;
	unsigned char *buf = malloc(part);
	uint64_t offset = xt_alloc(xt->fd, end);

	assert_non_null(buf);
	assert_int_equal(offset, 0);
	xt_fill(buf, part, 5);
	xt_write(xt->fd, buf, part, 0);
	if (end > part) {
		uint64_t low = xt_get_info(xt->fd).capacity - part;

		/* In a block of its own, so that no megabytes of zeros go before it. */
		xt_expect(xt->fd, buf, part, 0);
		xt_assert_ok(xt_free(xt->fd, 0));
		xt_alloc(xt->fd, low);
		assert_int_equal(xt_alloc(xt->fd, part), low);
		xt_write(xt->fd, buf, part, low);
		xt_expect(xt->fd, buf, part, low);
	} else {
		xt_expect(xt->fd, buf, part, 0);
	}
	free(buf);
}

/* A chip with fewer address bits than it is sent would show the same bytes in two places. */
static void no_two_addresses_are_the_same_cell(void **state)
{
	struct xt *xt = *state;
	uint64_t at, end = xt->base.capacity;
	unsigned char value;

	for (at = 16; at < end; at *= 2)
		assert_int_equal(xt_alloc(xt->fd, at == 16 ? 32 : at), at == 16 ? 0 : at);
	value = 1;
	xt_write(xt->fd, &value, 1, 0);
	for (at = 32; at < end; at *= 2) {
		value++;
		xt_write(xt->fd, &value, 1, at);
	}
	value = 1;
	xt_expect(xt->fd, &value, 1, 0);
	for (at = 32; at < end; at *= 2) {
		value++;
		xt_expect(xt->fd, &value, 1, at);
	}
}

static void one_mebibyte_in_one_call(void **state)
{
	struct xt *xt = *state;
	size_t length = 1024 * 1024;
	unsigned char *buf = malloc(length);
	uint64_t offset = xt_alloc(xt->fd, length);

	assert_non_null(buf);
	xt_fill(buf, length, 6);
	xt_write(xt->fd, buf, length, offset);
	xt_expect(xt->fd, buf, length, offset);
	free(buf);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* One call that a signal interrupts answers how far it came. */
static size_t interrupted(struct xt *xt, bool reads, unsigned char *data, size_t length)
{
	struct sigaction action = { .sa_handler = on_alarm }, old;
	/* Again and again: the first may come before the call on a busy machine. */
	struct itimerval soon = { .it_value.tv_usec = 30000, .it_interval.tv_usec = 30000 };
	struct itimerval never = { 0 };
	unsigned int left = alarm(0);
	ssize_t ret;

	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	ret = reads ? pread(xt->fd, data, length, 0) : pwrite(xt->fd, data, length, 0);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	alarm(left);
	assert_in_range(ret, 1, length - 1);
	return ret;
}

static void a_signal_cuts_a_long_transfer(void **state)
{
	struct xt *xt = *state;
	size_t length = 2 * 1024 * 1024, done;
	unsigned char *data = malloc(length), *got = malloc(length);

	assert_non_null(data);
	assert_non_null(got);
	xt_fill(data, length, 13);
	assert_int_equal(xt_alloc(xt->fd, length), 0);
	done = interrupted(xt, false, data, length);
	xt_expect(xt->fd, data, done, 0);
	xt_expect_zeros(xt->fd, length - done, done);

	xt_write(xt->fd, data, length / 2, 0);
	done = interrupted(xt, true, got, length / 2);
	assert_memory_equal(got, data, done);
	free(data);
	free(got);
}

static void two_blocks_do_not_disturb_each_other(void **state)
{
	struct xt *xt = *state;
	unsigned char a[1000], b[1000];
	uint64_t first = xt_alloc(xt->fd, 1000), second = xt_alloc(xt->fd, 1000);
	int i;

	for (i = 0; i < 20; i++) {
		xt_fill(a, sizeof(a), i);
		xt_fill(b, sizeof(b), 100 + i);
		xt_write(xt->fd, a, sizeof(a), first);
		xt_write(xt->fd, b, sizeof(b), second);
		xt_expect(xt->fd, a, sizeof(a), first);
		xt_expect(xt->fd, b, sizeof(b), second);
	}
}

static void unwritten_bytes_read_as_zeros(void **state)
{
	struct xt *xt = *state;
	uint64_t offset;
	size_t room;

	soil(xt, xt->base.capacity < 16384 ? xt->base.capacity : 16384);
	room = some_block(xt, 16384, &offset);
	xt_expect_zeros(xt->fd, room, offset);
}

static void bytes_behind_a_write_read_as_zeros(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[100];
	uint64_t offset;
	size_t room;

	soil(xt, xt->base.capacity < 16384 ? xt->base.capacity : 16384);
	room = some_block(xt, 9000, &offset);
	xt_fill(buf, sizeof(buf), 7);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_expect(xt->fd, buf, sizeof(buf), offset);
	xt_expect_zeros(xt->fd, room - sizeof(buf), offset + sizeof(buf));
}

static void one_read_over_written_and_unwritten_bytes(void **state)
{
	struct xt *xt = *state;
	unsigned char want[3000];
	uint64_t offset;

	soil(xt, 4096);
	offset = xt_alloc(xt->fd, sizeof(want));
	memset(want, 0, sizeof(want));
	xt_fill(want, 1501, 8);
	xt_write(xt->fd, want, 1501, offset);
	xt_expect(xt->fd, want, sizeof(want), offset);
}

static void a_gap_before_a_write_reads_as_zeros(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[50];
	uint64_t offset;
	size_t room, gap;

	soil(xt, xt->base.capacity < 16384 ? xt->base.capacity : 16384);
	room = some_block(xt, 9000, &offset);
	gap = room - sizeof(buf) - 13;
	xt_fill(buf, sizeof(buf), 9);
	xt_write(xt->fd, buf, sizeof(buf), offset + gap);
	xt_expect_zeros(xt->fd, gap, offset);
	xt_expect(xt->fd, buf, sizeof(buf), offset + gap);
	xt_expect_zeros(xt->fd, 13, offset + gap + sizeof(buf));
}

static void a_gap_leaves_the_bytes_before_it_alone(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[700];
	uint64_t offset;

	soil(xt, 4096);
	offset = xt_alloc(xt->fd, 3000);
	xt_fill(buf, sizeof(buf), 10);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_write(xt->fd, buf, sizeof(buf), offset + 2000);
	xt_expect(xt->fd, buf, sizeof(buf), offset);
	xt_expect_zeros(xt->fd, 1300, offset + 700);
	xt_expect(xt->fd, buf, sizeof(buf), offset + 2000);
}

static void writes_from_the_end_to_the_start(void **state)
{
	struct xt *xt = *state;
	unsigned char want[2000];
	uint64_t offset;
	int at;

	soil(xt, 4096);
	offset = xt_alloc(xt->fd, sizeof(want));
	xt_fill(want, sizeof(want), 11);
	for (at = sizeof(want) - 50; at >= 0; at -= 50)
		xt_write(xt->fd, want + at, 50, offset + at);
	xt_expect(xt->fd, want, sizeof(want), offset);
}

static void a_range_that_is_allocated_again_reads_as_zeros(void **state)
{
	struct xt *xt = *state;
	unsigned char buf[2000];
	uint64_t offset = xt_alloc(xt->fd, sizeof(buf));

	xt_fill(buf, sizeof(buf), 12);
	xt_write(xt->fd, buf, sizeof(buf), offset);
	xt_assert_ok(xt_free(xt->fd, offset));
	assert_int_equal(xt_alloc(xt->fd, sizeof(buf)), offset);
	xt_expect_zeros(xt->fd, sizeof(buf), offset);
}

static void a_smaller_block_in_an_old_range_shows_none_of_it(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, i;

	soil(xt, 3200);
	for (i = 0; i < 100; i++) {
		offset = xt_alloc(xt->fd, 32);
		assert_int_equal(offset, i * 32);
		xt_write(xt->fd, "x", 1, offset + 15);
		xt_expect_zeros(xt->fd, 15, offset);
		xt_expect_zeros(xt->fd, 16, offset + 16);
	}
}

/* Random reads and writes in a block against a copy in memory. */
static void random_transfers_against_a_copy(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, seed = xt_seed();
	size_t room = some_block(xt, xt_has_small_messages(xt->chip) ? 1500 : 6000, &offset), at, length;
	unsigned char *want = calloc(1, room);
	int i;

	assert_non_null(want);
	for (i = 0; i < 400; i++) {
		at = xt_random(&seed) % room;
		length = 1 + xt_random(&seed) % (room - at);
		if (xt_random(&seed) % 4)
			length = 1 + length % 60 % (room - at);
		if (xt_random(&seed) % 2) {
			xt_fill(want + at, length, xt_random(&seed));
			xt_write(xt->fd, want + at, length, offset + at);
		} else {
			xt_expect(xt->fd, want + at, length, offset + at);
		}
	}
	xt_expect(xt->fd, want, room, offset);
	free(want);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(what_is_written_is_read),
		XT_ALL(a_second_write_replaces_the_first),
		XT_ALL(single_bytes_at_every_offset),
		XT_ALL(short_transfers_of_every_length),
		XT_ALL(long_transfers_of_odd_lengths),
		XT(transfers_of_every_length_to_5000),
		XT_ALL(a_transfer_over_every_edge_of_a_page),
		XT_ALL(the_whole_memory),
		XT_ALL(no_two_addresses_are_the_same_cell),
		XT_PSRAM(one_mebibyte_in_one_call),
		XT_PSRAM(a_signal_cuts_a_long_transfer),
		XT_ALL(two_blocks_do_not_disturb_each_other),
		XT_ALL(unwritten_bytes_read_as_zeros),
		XT_ALL(bytes_behind_a_write_read_as_zeros),
		XT_ALL(one_read_over_written_and_unwritten_bytes),
		XT_ALL(a_gap_before_a_write_reads_as_zeros),
		XT_ALL(a_gap_leaves_the_bytes_before_it_alone),
		XT_ALL(writes_from_the_end_to_the_start),
		XT_ALL(a_range_that_is_allocated_again_reads_as_zeros),
		XT_ALL(a_smaller_block_in_an_old_range_shows_none_of_it),
		XT_ALL(random_transfers_against_a_copy),
	};

	return xt_run("io", argc, argv, cases, ARRAY_SIZE(cases));
}
