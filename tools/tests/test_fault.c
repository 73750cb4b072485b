// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the bus, all over a transfer: a short count or EIO, and nothing else changes. Where few
 * transfers on the bus make up one of the user's, each of them fails once.
 */
#include <unistd.h>

#include "extram_test.h"

#define FOREVER		1000000
#define TRIES		4	/* of a chunk that fails with a transient error */
#define FAIL_IO	"/sys/kernel/debug/extram/fail_io"
#define ROUNDS		10000	/* more transfers on the bus than any call below has */

/* Most that goes over the wire at a time: 4096 bytes, or what the controller takes in one message. */
static size_t most_of_a_piece(const struct xt *xt)
{
	return xt_has_small_messages(xt->chip) ? 64 : 4096;
}

/* Some pieces and a bit, or what the chip has room for beside a neighbour. */
static size_t some_length(const struct xt *xt)
{
	size_t half = xt->base.capacity / 2, length = most_of_a_piece(xt) == 4096 ? 10000 : 1000;

	return half < length ? half : length;
}

/* What the sweeps have seen; each must have met every kind of end, or it proved nothing. */
struct ends {
	unsigned int failed;
	unsigned int cut;
	unsigned int whole;
};

/* Judges one transfer and answers how many bytes of it are done. */
static size_t judge(struct ends *ends, ssize_t ret, size_t length)
{
	if (ret == (ssize_t)length) {
		ends->whole++;
		return length;
	}
	if (ret > 0) {
		ends->cut++;
		return ret;
	}
	if (ret != -1 || errno != EIO)
		fail_msg("transfer with an error of the bus: %zd, %s", ret, strerror(errno));
	ends->failed++;
	return 0;
}

static void expect_ends(const struct xt *xt, const struct ends *ends, size_t length)
{
	assert_int_equal(ends->whole, 1);
	assert_int_not_equal(ends->failed, 0);
	/* What goes in one piece is done or not. */
	if (length > most_of_a_piece(xt))
		assert_int_not_equal(ends->cut, 0);
	else
		assert_true(xt->base.capacity < 16384);
}

static void a_read_with_an_error_at_many_places(void **state)
{
	struct xt *xt = *state;
	size_t length = some_length(xt), done;
	unsigned char *want = malloc(length), *got = malloc(length);
	uint64_t offset = xt_alloc(xt->fd, length);
	struct extram_info before = xt_get_info(xt->fd), after;
	struct ends ends = { 0 };
	unsigned int nth;

	xt_fill(want, length, 1);
	xt_write(xt->fd, want, length, offset);
	for (nth = 1; !ends.whole && nth < ROUNDS; nth += 1 + nth / 16) {
		memset(got, 0, length);
		xt_fail_bus(xt->chip, nth, FOREVER, EIO);
		done = judge(&ends, pread(xt->fd, got, length, offset), length);
		xt_heal_bus(xt->chip);
		assert_memory_equal(got, want, done);
	}
	expect_ends(xt, &ends, length);
	xt_expect(xt->fd, want, length, offset);
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	free(want);
	free(got);
}

static void a_write_with_an_error_at_many_places(void **state)
{
	struct xt *xt = *state;
	size_t length = some_length(xt), done, i;
	unsigned char *old = malloc(length), *new = malloc(length), *got = malloc(length);
	uint64_t offset = xt_alloc(xt->fd, length), neighbour = xt_alloc(xt->fd, 64);
	struct extram_info before = xt_get_info(xt->fd), after;
	struct ends ends = { 0 };
	unsigned int nth;

	xt_fill(old, length, 2);
	xt_write(xt->fd, "neighbour", 9, neighbour);
	for (nth = 1; !ends.whole && nth < ROUNDS; nth += 1 + nth / 16) {
		xt_write(xt->fd, old, length, offset);
		xt_fill(new, length, 100 + nth);
		xt_fail_bus(xt->chip, nth, FOREVER, EIO);
		done = judge(&ends, pwrite(xt->fd, new, length, offset), length);
		xt_heal_bus(xt->chip);

		/* What was counted is written; of the rest, each byte is the old or the new one. */
		xt_expect(xt->fd, new, done, offset);
		if (done == length)
			continue;
		xt_assert_count(length - done, pread(xt->fd, got, length - done, offset + done));
		for (i = done; i < length; i++)
			if (got[i - done] != old[i] && got[i - done] != new[i])
				fail_msg("byte %zu is neither the old nor the new one", i);
	}
	expect_ends(xt, &ends, length);
	xt_expect(xt->fd, "neighbour", 9, neighbour);
	after = xt_get_info(xt->fd);
	xt_expect_unchanged(&before, &after);
	free(old);
	free(new);
	free(got);
}

/* A write behind a gap has zeros to write first: an error in them must not show old bytes. */
static void a_write_behind_a_gap_with_an_error_at_many_places(void **state)
{
	struct xt *xt = *state;
	size_t length = some_length(xt) / 16 * 16, gap = length - 100, i;
	unsigned char *dirt = malloc(length), *got = malloc(length), data[100];
	struct ends ends = { 0 };
	unsigned int nth;
	uint64_t offset;

	memset(dirt, 0xa5, length);
	xt_fill(data, sizeof(data), 3);
	for (nth = 1; !ends.whole && nth < ROUNDS; nth += 1 + nth / 16) {
		offset = xt_alloc(xt->fd, length);
		xt_write(xt->fd, dirt, length, offset);
		xt_assert_ok(xt_free(xt->fd, offset));
		assert_int_equal(xt_alloc(xt->fd, length), offset);

		xt_fail_bus(xt->chip, nth, FOREVER, EIO);
		judge(&ends, pwrite(xt->fd, data, sizeof(data), offset + gap), sizeof(data));
		xt_heal_bus(xt->chip);
		xt_expect_zeros(xt->fd, gap, offset);
		xt_assert_count(sizeof(data), pread(xt->fd, got, sizeof(data), offset + gap));
		for (i = 0; i < sizeof(data); i++)
			if (got[i] && got[i] != data[i])
				fail_msg("byte %zu of the write reads %02x", i, got[i]);

		/* The next try has to get it right. */
		xt_write(xt->fd, data, sizeof(data), offset + gap);
		xt_expect_zeros(xt->fd, gap, offset);
		xt_expect(xt->fd, data, sizeof(data), offset + gap);
		xt_assert_ok(xt_free(xt->fd, offset));
	}
	assert_int_equal(ends.whole, 1);
	assert_int_not_equal(ends.failed, 0);
	free(dirt);
	free(got);
}

static void a_transfer_after_an_error_works(void **state)
{
	struct xt *xt = *state;
	unsigned char data[300], got[300];
	uint64_t offset = xt_alloc(xt->fd, sizeof(data));
	int i;

	xt_fill(data, sizeof(data), 4);
	for (i = 0; i < 20; i++) {
		xt_fail_bus(xt->chip, 1, 1, EIO);
		xt_assert_errno(EIO, pwrite(xt->fd, data, sizeof(data), offset));
		xt_write(xt->fd, data, sizeof(data), offset);
		xt_fail_bus(xt->chip, 1, 1, EIO);
		xt_assert_errno(EIO, pread(xt->fd, got, sizeof(got), offset));
		xt_expect(xt->fd, data, sizeof(data), offset);
	}
}

static bool is_transient(int error)
{
	return error == EAGAIN || error == ETIMEDOUT;
}

/* Whatever a controller's driver answers, users see one error for a bus that does not work. */
/* But that it found no memory, which is no error of the bus. */
static void no_memory_is_enomem(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	char data[64] = "data";

	xt_write(xt->fd, data, sizeof(data), offset);
	xt_fail_bus(xt->chip, 1, 1, ENOMEM);
	xt_assert_errno(ENOMEM, pread(xt->fd, data, sizeof(data), offset));
	xt_fail_bus(xt->chip, 1, 1, ENOMEM);
	xt_assert_errno(ENOMEM, pwrite(xt->fd, data, sizeof(data), offset));
	xt_expect(xt->fd, data, sizeof(data), offset);
}

static void every_error_of_a_controller_is_eio(void **state)
{
	static const int errors[] = {
		EIO, ETIMEDOUT, EAGAIN, EBUSY, EINVAL, EREMOTEIO, ESHUTDOWN,
	};
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	char data[64] = "data";
	size_t i;

	xt_write(xt->fd, data, sizeof(data), offset);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		unsigned int count = is_transient(errors[i]) ? TRIES : 1;

		xt_fail_bus(xt->chip, 1, count, errors[i]);
		xt_assert_errno(EIO, pread(xt->fd, data, sizeof(data), offset));
		xt_fail_bus(xt->chip, 1, count, errors[i]);
		xt_assert_errno(EIO, pwrite(xt->fd, data, sizeof(data), offset));
	}
	xt_expect(xt->fd, data, sizeof(data), offset);
}

/* A controller that is late or busy for a moment is asked again. */
static void transient_errors_are_not_noticed(void **state)
{
	static const int errors[] = { ETIMEDOUT, EAGAIN };
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	char data[64] = "data";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		unsigned long long retries = xt_sysfs(xt->chip, "retries");
		unsigned long long failed = xt_sysfs(xt->chip, "errors");

		data[10]++;
		xt_fail_bus(xt->chip, 1, TRIES - 1, errors[i]);
		xt_write(xt->fd, data, sizeof(data), offset);
		xt_fail_bus(xt->chip, 1, TRIES - 1, errors[i]);
		xt_expect(xt->fd, data, sizeof(data), offset);
		assert_int_equal(xt_sysfs(xt->chip, "retries"), retries + 2 * (TRIES - 1));
		assert_int_equal(xt_sysfs(xt->chip, "errors"), failed);
	}
}

static void errors_that_last_are_not_tried_again(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	unsigned long long retries = xt_sysfs(xt->chip, "retries");
	unsigned long long failed = xt_sysfs(xt->chip, "errors");

	xt_fail_bus(xt->chip, 1, 1, EIO);
	xt_assert_errno(EIO, pwrite(xt->fd, "data", 4, offset));
	assert_int_equal(xt_sysfs(xt->chip, "retries"), retries);
	assert_int_equal(xt_sysfs(xt->chip, "errors"), failed + 1);
}

static void unwritten_bytes_need_no_bus(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 8192);

	xt_fail_bus(xt->chip, 1, FOREVER, EIO);
	xt_expect_zeros(xt->fd, 8192, offset);
	xt_heal_bus(xt->chip);
}

static void allocation_needs_no_bus(void **state)
{
	struct xt *xt = *state;
	uint64_t offset, length, at = 0;

	xt_fail_bus(xt->chip, 1, FOREVER, EIO);
	offset = xt_alloc(xt->fd, 8192);
	xt_assert_ok(xt_query(xt->fd, &at, &length));
	xt_assert_ok(fsync(xt->fd));
	xt_assert_ok(xt_free(xt->fd, offset));
	xt_heal_bus(xt->chip);
}

/* The range is the file's own all the same, and comes back at close. */
static void a_block_can_be_freed_after_an_error(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);

	xt_fail_bus(xt->chip, 1, 1, EIO);
	xt_assert_errno(EIO, pwrite(xt->fd, "data", 4, offset));
	xt_assert_ok(xt_free(xt->fd, offset));
	assert_int_equal(xt_get_info(xt->fd).blocks, 0);
}

static void the_log_names_the_place_and_the_error(void **state)
{
	static const char *const words[] = { "extram", "write of 64 bytes", "failed", "-110" };
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 64);
	char data[64] = "a secret that no log may show";
	int log = xt_log_open();

	/* Users cannot fill the log; earlier tests may have used up what they may write. */
	sleep(6);
	xt_fail_bus(xt->chip, 1, TRIES, ETIMEDOUT);
	xt_assert_errno(EIO, pwrite(xt->fd, data, sizeof(data), offset));
	assert_true(xt_log_has(log, words, ARRAY_SIZE(words)));
	close(log);
}

static void set_fail_io(const char *knob, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), FAIL_IO "/%s", knob);
	xt_assert_ok(xt_write_file(path, value));
}

/* The driver's own knobs, where the kernel has them, need no simulator. */
static void fail_io_makes_transfers_fail(void **state)
{
	struct xt *xt = *state;
	uint64_t offset = xt_alloc(xt->fd, 200);
	unsigned char data[200], got[200];
	unsigned long long errors;

	if (access(FAIL_IO, F_OK)) {
		printf("# nothing was tried: this kernel has no " FAIL_IO "\n");
		return;
	}
	xt_fill(data, sizeof(data), 40);
	xt_write(xt->fd, data, sizeof(data), offset);
	errors = xt_sysfs(xt->chip, "errors");
	set_fail_io("verbose", "0");
	set_fail_io("times", "2");
	set_fail_io("probability", "100");
	xt_assert_errno(EIO, pread(xt->fd, got, sizeof(got), offset));
	xt_assert_errno(EIO, pwrite(xt->fd, data, sizeof(data), offset));
	/* Twice, and no more. */
	xt_expect(xt->fd, data, sizeof(data), offset);
	set_fail_io("probability", "0");
	assert_int_equal(xt_sysfs(xt->chip, "errors"), errors + 2);
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(a_read_with_an_error_at_many_places),
		XT_ALL(a_write_with_an_error_at_many_places),
		XT_ALL(a_write_behind_a_gap_with_an_error_at_many_places),
		XT_ALL(a_transfer_after_an_error_works),
		XT(every_error_of_a_controller_is_eio),
		XT(no_memory_is_enomem),
		XT(transient_errors_are_not_noticed),
		XT(errors_that_last_are_not_tried_again),
		XT_ALL(unwritten_bytes_need_no_bus),
		XT(allocation_needs_no_bus),
		XT(a_block_can_be_freed_after_an_error),
		XT(the_log_names_the_place_and_the_error),
		XT(fail_io_makes_transfers_fail),
	};

	return xt_run("fault", argc, argv, cases, ARRAY_SIZE(cases));
}
