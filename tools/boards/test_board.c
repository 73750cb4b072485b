// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests for a board with real controllers: two memories, on chip selects 0 and 1 of one bus.
 *
 * Run as root with the driver loaded and nobody else using it. EXTRAM_DRIVER is the name of the
 * controller's driver. /data/chip0 and /data/chip1 hold what the memories are to hold in the end.
 * With EXTRAM_BOOT=first they are written, by the last test; with EXTRAM_BOOT=second, after the
 * machine was switched off and on, they must be there.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/extram.h>

#define CHIPS		2
#define LARGEST		(64 * 1024)
#define ROUNDS		5

/* What the overlays of dts-overlays say, and a transfer that is nearly all of it. */
static const struct {
	const char *node, *part;
	size_t capacity, transfer;
} chips[CHIPS] = {
	{ "extram", "fm25w256", 32 * 1024, 30000 },
	{ "extram1", "serial-ram", 64 * 1024, 60000 },
};

static unsigned char want[LARGEST], got[LARGEST];

static int open_chip(int chip)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", chips[chip].node);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		print_message("%s: %s\n", path, strerror(errno));
	assert_true(fd >= 0);
	return fd;
}

static uint64_t take(int fd, uint32_t flags, uint64_t length, uint64_t at)
{
	struct extram_alloc alloc = {
		.size = sizeof(alloc), .flags = flags, .length = length, .offset = at,
	};
	int ret = ioctl(fd, EXTRAM_IOC_ALLOC, &alloc);

	if (ret)
		print_message("ALLOC of %llu: %s\n", (unsigned long long)length, strerror(errno));
	assert_int_equal(ret, 0);
	return alloc.offset;
}

/* Bytes that depend on place and salt, so that a shifted byte or one of the other chip shows. */
static void fill(unsigned char *buf, size_t len, uint32_t salt)
{
	uint32_t x = salt * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		buf[i] = x >> 24;
	}
}

static void put(int fd, const unsigned char *buf, size_t len, off_t at)
{
	assert_int_equal(pwrite(fd, buf, len, at), len);
}

/* Transfers of odd lengths, so that nearly each starts and ends at an odd place. */
static void in_odd_pieces(int fd, bool write, unsigned char *buf, size_t len)
{
	static const size_t pieces[] = { 1, 3, 7, 13, 31, 61, 127, 255, 509, 1021, 2039, 4093 };
	size_t done = 0, n, i;

	for (i = 0; done < len; i++) {
		n = pieces[i % (sizeof(pieces) / sizeof(pieces[0]))];
		if (n > len - done)
			n = len - done;
		if (write)
			put(fd, buf + done, n, done);
		else
			assert_int_equal(pread(fd, buf + done, n, done), n);
		done += n;
	}
}

static void expect(int fd, const unsigned char *bytes, size_t len, off_t at)
{
	size_t i;

	memset(got, 0x3c, len);
	assert_int_equal(pread(fd, got, len, at), len);
	for (i = 0; i < len && got[i] == bytes[i]; i++)
		;
	if (i < len)
		print_message("byte %zu is %02x, wanted %02x\n", (size_t)at + i, got[i], bytes[i]);
	assert_true(i == len);
}

static void device_of(int chip, char *path)
{
	char link[64];

	snprintf(link, sizeof(link), "/sys/class/extram/%s/device", chips[chip].node);
	assert_non_null(realpath(link, path));
}

/* The first node is chip select 0, behind the controller's own driver. */
static void chips_are_there_behind_the_driver(void **state)
{
	const char *driver = getenv("EXTRAM_DRIVER");
	struct extram_info info = { .size = sizeof(info) };
	char path[PATH_MAX], link[PATH_MAX + 32], name[PATH_MAX];
	int chip, fd;

	(void)state;
	assert_non_null(driver);
	for (chip = 0; chip < CHIPS; chip++) {
		device_of(chip, path);
		assert_int_equal(path[strlen(path) - 1], '0' + chip);
		/* spi0.0 is below spi0, that below spi_master, that below the controller */
		snprintf(link, sizeof(link), "%s/../../../driver", path);
		assert_non_null(realpath(link, name));
		assert_string_equal(basename(name), driver);
		fd = open_chip(chip);
		assert_int_equal(ioctl(fd, EXTRAM_IOC_INFO, &info), 0);
		assert_string_equal((char *)info.chip, chips[chip].part);
		assert_int_equal(info.capacity, chips[chip].capacity);
		assert_int_equal(info.free_bytes, chips[chip].capacity);
		assert_int_equal(info.flags & EXTRAM_INFO_VOLATILE, 0);
		close(fd);
	}
}

/* The chips hold something before the first test: the host filled them. */
static void unwritten_bytes_read_as_zeros(void **state)
{
	int chip, fd;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		fd = open_chip(chip);
		take(fd, EXTRAM_ALLOC_KEEP, chips[chip].capacity, 0);
		assert_int_equal(pread(fd, want, chips[chip].capacity, 0), chips[chip].capacity);
		memset(got, 0, chips[chip].capacity);
		assert_memory_not_equal(want, got, chips[chip].capacity);
		close(fd);

		fd = open_chip(chip);
		take(fd, 0, chips[chip].capacity, 0);
		memset(want, 0, chips[chip].capacity);
		expect(fd, want, chips[chip].capacity, 0);
		/* A byte behind a gap: the gap is zeros too */
		want[20001] = 0xa7;
		put(fd, want + 20001, 1, 20001);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
	}
}

static void whole_chip_at_odd_offsets(void **state)
{
	int chip, fd[CHIPS];

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		fd[chip] = open_chip(chip);
		take(fd[chip], 0, chips[chip].capacity, 0);
		fill(want, chips[chip].capacity, 10 + chip);
		in_odd_pieces(fd[chip], true, want, chips[chip].capacity);
	}
	/* After both are written: neither must have got the other's bytes */
	for (chip = 0; chip < CHIPS; chip++) {
		fill(want, chips[chip].capacity, 10 + chip);
		expect(fd[chip], want, chips[chip].capacity, 0);
		memset(got, 0, chips[chip].capacity);
		in_odd_pieces(fd[chip], false, got, chips[chip].capacity);
		assert_memory_equal(got, want, chips[chip].capacity);
		close(fd[chip]);
	}
}

static void a_long_transfer_changes_nothing_else(void **state)
{
	int chip, fd;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		fd = open_chip(chip);
		take(fd, 0, chips[chip].capacity, 0);
		fill(want, chips[chip].capacity, 20 + chip);
		put(fd, want, chips[chip].capacity, 0);
		fill(want + 1233, chips[chip].transfer, 30 + chip);
		put(fd, want + 1233, chips[chip].transfer, 1233);
		expect(fd, want + 1233, chips[chip].transfer, 1233);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
	}
}

struct worker {
	pthread_t thread;
	int fd, chip, error;
	atomic_long transfers;
	bool until_gone;
};

/* Long transfers on one chip, each read back: a fixed number, or until the chip is taken away. */
static void *work(void *data)
{
	struct worker *w = data;
	ssize_t length = chips[w->chip].transfer, n;
	unsigned char *out = malloc(length), *in = malloc(length);
	int i;

	for (i = 0; w->until_gone || i < 4; i++) {
		fill(out, length, 100 * w->chip + i);
		n = pwrite(w->fd, out, length, 17);
		if (n == length) {
			n = pread(w->fd, in, length, 17);
			if (n == length && memcmp(in, out, length)) {
				w->error = EILSEQ;
				break;
			}
		}
		if (n < 0) {
			w->error = errno;
			break;
		}
		/* Cut short by the unbind: the next one tells why */
		if (n == length)
			w->transfers++;
		else if (!w->until_gone)
			w->error = EMSGSIZE;
	}
	free(out);
	free(in);
	return NULL;
}

static void start(struct worker *w, int chip, bool until_gone)
{
	w->chip = chip;
	w->until_gone = until_gone;
	w->error = 0;
	w->transfers = 0;
	w->fd = open_chip(chip);
	take(w->fd, 0, chips[chip].capacity, 0);
	assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
}

static void both_chips_at_the_same_time(void **state)
{
	struct worker w[CHIPS];
	int chip;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++)
		start(&w[chip], chip, false);
	for (chip = 0; chip < CHIPS; chip++) {
		pthread_join(w[chip].thread, NULL);
		close(w[chip].fd);
		assert_int_equal(w[chip].error, 0);
		assert_int_equal(w[chip].transfers, 4);
	}
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (n < 0)
		print_message("%s < %s: %s\n", path, text, strerror(errno));
	assert_int_equal(n, strlen(text));
	close(fd);
}

/* The chip goes while both work; the other one does not notice, and it works again when it is back. */
static void unbind_and_bind_under_load(void **state)
{
	struct extram_info info = { .size = sizeof(info) };
	char path[PATH_MAX], *name;
	struct worker gone, stays;
	int round, chip, fd;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		chip = round % CHIPS;
		device_of(chip, path);
		name = basename(path);
		start(&gone, chip, true);
		start(&stays, !chip, false);
		while (!gone.transfers && !gone.error)
			usleep(1000);
		/* Somewhere in the next transfer, each time elsewhere */
		usleep(1000 + 3700 * round);
		write_to("/sys/bus/spi/drivers/extram/unbind", name);
		pthread_join(gone.thread, NULL);
		pthread_join(stays.thread, NULL);
		assert_int_equal(gone.error, ENODEV);
		assert_int_equal(stays.error, 0);
		assert_int_equal(stays.transfers, 4);
		close(stays.fd);
		assert_int_equal(ioctl(gone.fd, EXTRAM_IOC_INFO, &info), -1);
		assert_int_equal(errno, ENODEV);
		/* The open file keeps its number, and the alias wants the same one again */
		close(gone.fd);
		write_to("/sys/bus/spi/drivers/extram/bind", name);
		/* The new one has all the memory */
		fd = open_chip(chip);
		assert_int_equal(ioctl(fd, EXTRAM_IOC_INFO, &info), 0);
		assert_int_equal(info.free_bytes, chips[chip].capacity);
		take(fd, 0, chips[chip].capacity, 0);
		fill(want, chips[chip].capacity, 40 + round);
		put(fd, want, chips[chip].capacity, 0);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
	}
}

static void load(int chip)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/data/chip%d", chip);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, want, chips[chip].capacity), chips[chip].capacity);
	close(fd);
}

/* At a place of its own choice; the host looks at these bytes afterwards. */
static void last_content_is_written(void **state)
{
	int chip, fd;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		load(chip);
		fd = open_chip(chip);
		take(fd, EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, chips[chip].capacity, 0);
		in_odd_pieces(fd, true, want, 2500);
		put(fd, want + 2500, chips[chip].transfer, 2500);
		put(fd, want + 2500 + chips[chip].transfer, chips[chip].capacity - 2500 - chips[chip].transfer,
		    2500 + chips[chip].transfer);
		assert_int_equal(fsync(fd), 0);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
	}
}

static void content_is_found_again(void **state)
{
	int chip, fd;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		load(chip);
		fd = open_chip(chip);
		take(fd, EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, chips[chip].capacity, 0);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
		/* A part of it, as a program with a region of its own would */
		fd = open_chip(chip);
		assert_int_equal(take(fd, EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP, 1000, 4096), 4096);
		expect(fd, want + 4096, 1000, 4096);
		expect(fd, want + 4096 + 333, 500, 4096 + 333);
		close(fd);
	}
}

/* To whoever does not ask for what the memory holds, it holds nothing. */
static void content_is_hidden_from_others(void **state)
{
	int chip, fd;

	(void)state;
	for (chip = 0; chip < CHIPS; chip++) {
		fd = open_chip(chip);
		take(fd, 0, chips[chip].capacity, 0);
		memset(want, 0, chips[chip].capacity);
		expect(fd, want, chips[chip].capacity, 0);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest first[] = {
		cmocka_unit_test(chips_are_there_behind_the_driver),
		cmocka_unit_test(unwritten_bytes_read_as_zeros),
		cmocka_unit_test(whole_chip_at_odd_offsets),
		cmocka_unit_test(a_long_transfer_changes_nothing_else),
		cmocka_unit_test(both_chips_at_the_same_time),
		cmocka_unit_test(unbind_and_bind_under_load),
		cmocka_unit_test(last_content_is_written),
	};
	const struct CMUnitTest second[] = {
		cmocka_unit_test(chips_are_there_behind_the_driver),
		cmocka_unit_test(content_is_found_again),
		cmocka_unit_test(content_is_hidden_from_others),
	};
	const char *boot = getenv("EXTRAM_BOOT");

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (boot && !strcmp(boot, "first"))
		return cmocka_run_group_tests_name("board, first boot", first, NULL, NULL);
	if (boot && !strcmp(boot, "second"))
		return cmocka_run_group_tests_name("board, second boot", second, NULL, NULL);
	fprintf(stderr, "EXTRAM_BOOT is neither first nor second\n");
	return 2;
}
