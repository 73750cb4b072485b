// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip goes away, by unbinding the driver or by taking the controller down, while files are
 * open and transfers run; and modules that are in use stay.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extram_test.h"

static unsigned char buf[4096];

static void unbind(struct xt *xt)
{
	xt_assert_ok(xt_unbind(xt->chip));
	assert_false(xt_has_node(xt->chip));
}

/* The chip comes back for the fixture and the tests to come. */
static void bind_again(struct xt *xt)
{
	xt_assert_ok(xt_bind(xt->chip));
	assert_true(xt_has_node(xt->chip));
}

static void start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	assert_int_equal(pthread_create(thread, NULL, run, arg), 0);
}

/* One handle, and one call on it that must answer ENODEV once the chip is gone. */
static long call_info(int fd)
{
	struct extram_info info = { .size = sizeof(info) };

	return ioctl(fd, EXTRAM_IOC_INFO, &info);
}

static long call_alloc(int fd)
{
	struct extram_alloc alloc = { .size = sizeof(alloc), .length = 16 };

	return ioctl(fd, EXTRAM_IOC_ALLOC, &alloc);
}

static long call_free(int fd)
{
	struct extram_free args = { .size = sizeof(args), .offset = 0 };

	return ioctl(fd, EXTRAM_IOC_FREE, &args);
}

static long call_query(int fd)
{
	struct extram_query query = { .size = sizeof(query) };

	return ioctl(fd, EXTRAM_IOC_QUERY, &query);
}

static long call_resize(int fd)
{
	struct extram_resize resize = { .size = sizeof(resize), .length = 16 };

	return ioctl(fd, EXTRAM_IOC_RESIZE, &resize);
}

static long call_pread(int fd)
{
	return pread(fd, buf, 16, 0);
}

static long call_pread_of_unwritten_bytes(int fd)
{
	return pread(fd, buf, 16, 4096);
}

static long call_pread_outside(int fd)
{
	return pread(fd, buf, 16, 65536);
}

static long call_pwrite(int fd)
{
	return pwrite(fd, buf, 16, 0);
}

static long call_read(int fd)
{
	return read(fd, buf, 16);
}

static long call_write(int fd)
{
	return write(fd, buf, 16);
}

static long call_preadv(int fd)
{
	struct iovec iov[2] = { { buf, 5 }, { buf + 5, 5 } };

	return preadv(fd, iov, 2, 0);
}

static long call_pwritev(int fd)
{
	struct iovec iov[2] = { { buf, 5 }, { buf + 5, 5 } };

	return pwritev(fd, iov, 2, 0);
}

static long call_lseek(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

static long call_fsync(int fd)
{
	return fsync(fd);
}

static long call_splice(int fd)
{
	int pipefd[2], error;
	loff_t at = 0;
	long ret;

	if (pipe(pipefd))
		return -2;
	ret = splice(fd, &at, pipefd[1], NULL, 16, 0);
	error = errno;
	close(pipefd[0]);
	close(pipefd[1]);
	errno = error;
	return ret;
}

static long call_mmap(int fd)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static const struct {
	const char *name;
	long (*call)(int fd);
} calls[] = {
	{ "INFO", call_info },
	{ "ALLOC", call_alloc },
	{ "FREE", call_free },
	{ "QUERY", call_query },
	{ "RESIZE", call_resize },
	{ "pread", call_pread },
	{ "pread of unwritten bytes", call_pread_of_unwritten_bytes },
	{ "pread outside of a block", call_pread_outside },
	{ "pwrite", call_pwrite },
	{ "read", call_read },
	{ "write", call_write },
	{ "preadv", call_preadv },
	{ "pwritev", call_pwritev },
	{ "lseek", call_lseek },
	{ "fsync", call_fsync },
	{ "splice", call_splice },
	{ "mmap", call_mmap },
};

static void expect_all_enodev(int fd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		long ret;

		errno = 0;
		ret = calls[i].call(fd);
		if (ret != -1 || errno != ENODEV)
			fail_msg("%s after the chip went: %ld, %s", calls[i].name, ret,
				 strerror(errno));
	}
}

static void use(int fd)
{
	xt_write(fd, "before", 6, xt_alloc(fd, 8192));
}

static void every_call_is_enodev_after_unbind(void **state)
{
	struct xt *xt = *state;

	use(xt->fd);
	unbind(xt);
	expect_all_enodev(xt->fd);
	bind_again(xt);
}

static void a_duplicate_is_enodev_too(void **state)
{
	struct xt *xt = *state;
	int copy = dup(xt->fd);

	use(xt->fd);
	unbind(xt);
	close(xt->fd);
	xt->fd = -1;
	expect_all_enodev(copy);
	close(copy);
	bind_again(xt);
}

static void close_works_after_unbind(void **state)
{
	struct xt *xt = *state;

	use(xt->fd);
	unbind(xt);
	xt_assert_ok(close(xt->fd));
	xt->fd = -1;
	bind_again(xt);
}

static void unbind_removes_the_device_node(void **state)
{
	struct xt *xt = *state;
	char path[64];

	xt_node(xt->chip, path, sizeof(path));
	unbind(xt);
	xt_assert_errno(ENOENT, open(path, O_RDWR));
	bind_again(xt);
}

/* A node that somebody made by hand leads nowhere. */
static void a_node_left_behind_is_enxio(void **state)
{
	const char *mine = "/tmp/extram-left-behind";
	struct xt *xt = *state;
	struct stat st;

	assert_int_equal(fstat(xt->fd, &st), 0);
	mkdir("/tmp", 0755);
	unlink(mine);
	xt_assert_ok(mknod(mine, S_IFCHR | 0600, st.st_rdev));
	unbind(xt);
	xt_assert_errno(ENXIO, open(mine, O_RDWR));
	unlink(mine);
	bind_again(xt);
}

static void poll_says_hangup_and_error_after_unbind(void **state)
{
	struct xt *xt = *state;
	struct pollfd p = { .fd = xt->fd, .events = POLLIN | POLLOUT };

	unbind(xt);
	xt_assert_count(1, poll(&p, 1, 0));
	assert_int_equal(p.revents, POLLHUP | POLLERR);
	bind_again(xt);
}

static void *wait_for_hangup(void *arg)
{
	struct xt *xt = arg;
	struct pollfd p = { .fd = xt->fd };

	/* Nothing but hangup and error can end this. */
	if (poll(&p, 1, 20000) != 1)
		return (void *)-1L;
	return (void *)(long)p.revents;
}

static void unbind_wakes_who_polls(void **state)
{
	struct xt *xt = *state;
	pthread_t thread;
	void *revents;

	start(&thread, wait_for_hangup, xt);
	usleep(300000);
	unbind(xt);
	assert_int_equal(pthread_join(thread, &revents), 0);
	assert_int_equal((long)revents, POLLHUP | POLLERR);
	bind_again(xt);
}

static void binding_again_gives_a_fresh_memory(void **state)
{
	struct xt *xt = *state;
	struct extram_info info;
	int fresh;

	use(xt->fd);
	unbind(xt);
	bind_again(xt);
	fresh = xt_open(xt->chip, O_RDWR);
	info = xt_get_info(fresh);
	xt_expect_unchanged(&xt->base, &info);
	assert_int_equal(xt_alloc(fresh, 8192), 0);
	xt_expect_zeros(fresh, 8192, 0);
	xt_write(fresh, "after", 5, 0);
	xt_expect(fresh, "after", 5, 0);
	close(fresh);
}

static void an_old_file_stays_enodev_after_binding_again(void **state)
{
	struct xt *xt = *state;
	int fresh;

	use(xt->fd);
	unbind(xt);
	bind_again(xt);
	expect_all_enodev(xt->fd);
	fresh = xt_open(xt->chip, O_RDWR);
	use(fresh);
	expect_all_enodev(xt->fd);
	/* Closing the old one gives back nothing of the new one. */
	close(xt->fd);
	xt->fd = -1;
	assert_int_equal(xt_get_info(fresh).blocks, 1);
	xt_expect(fresh, "before", 6, 0);
	close(fresh);
}

static void unbinding_one_chip_leaves_the_others_alone(void **state)
{
	struct xt *xt = *state;
	int other = xt_open(xt_psram, O_RDWR);

	use(other);
	use(xt->fd);
	unbind(xt);
	xt_expect(other, "before", 6, 0);
	bind_again(xt);
	xt_expect(other, "before", 6, 0);
	close(other);
}

struct worker {
	int fd;
	uint64_t offset;
	bool reads;
	long calls;
	int error;
};

static void *transfer_until_it_fails(void *arg)
{
	struct worker *w = arg;
	unsigned char *data = malloc(64 * 1024);
	ssize_t ret;

	memset(data, 0x33, 64 * 1024);
	do {
		errno = 0;
		ret = w->reads ? pread(w->fd, data, 64 * 1024, w->offset) :
				 pwrite(w->fd, data, 64 * 1024, w->offset);
		w->calls++;
	} while (ret > 0);
	w->error = ret < 0 ? errno : 0;
	free(data);
	return NULL;
}

static void *allocate_until_it_fails(void *arg)
{
	struct worker *w = arg;
	uint64_t offset;

	do {
		w->error = -xt_try_alloc(w->fd, 100, 0, &offset, NULL);
		if (!w->error)
			w->error = -xt_free(w->fd, offset);
		w->calls++;
	} while (!w->error);
	return NULL;
}

static void unbind_during_transfers_ends_them_with_enodev(void **state)
{
	struct xt *xt = *state;
	struct worker w[6];
	pthread_t thread[6];
	unsigned int round, i;

	close(xt->fd);
	xt->fd = -1;
	for (round = 0; round < 6; round++) {
		int shared = xt_open(xt->chip, O_RDWR);

		for (i = 0; i < ARRAY_SIZE(w); i++) {
			/* Two share a file, the others have their own. */
			w[i].fd = i < 2 ? shared : xt_open(xt->chip, O_RDWR);
			w[i].offset = xt_alloc(w[i].fd, 64 * 1024);
			w[i].reads = i % 2;
			w[i].calls = 0;
			if (w[i].reads)
				xt_write(w[i].fd, buf, sizeof(buf), w[i].offset + 60 * 1024);
		}
		for (i = 0; i < ARRAY_SIZE(w); i++)
			start(&thread[i], i == 5 ? allocate_until_it_fails :
						   transfer_until_it_fails, &w[i]);
		usleep(round * 40000);
		unbind(xt);
		for (i = 0; i < ARRAY_SIZE(w); i++) {
			assert_int_equal(pthread_join(thread[i], NULL), 0);
			if (w[i].error != ENODEV)
				fail_msg("thread %u ended with %s", i, strerror(w[i].error));
		}
		for (i = 1; i < ARRAY_SIZE(w); i++)
			close(w[i].fd);
		bind_again(xt);
	}
}

struct opener {
	char path[64];
	atomic_bool stop;
	long opened;
	int odd;
};

static void *open_and_close(void *arg)
{
	struct opener *o = arg;

	while (!o->stop) {
		struct extram_info info;
		int fd = open(o->path, O_RDWR), err;

		if (fd < 0 && errno != ENOENT && errno != ENXIO && errno != ENODEV)
			o->odd = errno;
		if (fd < 0)
			continue;
		o->opened++;
		err = xt_info(fd, &info);
		if (err && err != -ENODEV)
			o->odd = -err;
		close(fd);
	}
	return NULL;
}

static void open_races_with_unbind(void **state)
{
	struct xt *xt = *state;
	struct opener o = { .stop = false };
	pthread_t thread[2];
	int i;

	xt_node(xt->chip, o.path, sizeof(o.path));
	close(xt->fd);
	xt->fd = -1;
	for (i = 0; i < 2; i++)
		start(&thread[i], open_and_close, &o);
	for (i = 0; i < 25; i++) {
		unbind(xt);
		bind_again(xt);
	}
	o.stop = true;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	if (o.odd)
		fail_msg("open or INFO answered %s", strerror(o.odd));
	assert_true(o.opened > 0);
}

static void the_driver_cannot_be_removed_while_a_file_is_open(void **state)
{
	struct xt *xt = *state;

	use(xt->fd);
	/* What rmmod prints as "in use". */
	xt_assert_fails(EWOULDBLOCK, xt_rmmod("extram"));
	xt_expect(xt->fd, "before", 6, 0);
}

static void the_driver_cannot_be_removed_while_a_file_of_a_lost_chip_is_open(void **state)
{
	struct xt *xt = *state;

	use(xt->fd);
	unbind(xt);
	xt_assert_fails(EWOULDBLOCK, xt_rmmod("extram"));
	expect_all_enodev(xt->fd);
	bind_again(xt);
}

static void the_driver_can_be_removed_and_loaded_again(void **state)
{
	struct xt *xt = *state;
	size_t i;

	close(xt->fd);
	xt->fd = -1;
	xt_assert_ok(xt_rmmod("extram"));
	xt_assert_ok(xt_insmod("extram"));
	for (i = 0; i < xt_num_chips; i++)
		assert_true(xt_has_node(&xt_chips[i]));
	xt->fd = xt_open(xt->chip, O_RDWR);
	use(xt->fd);
}

static void removing_the_controller_is_enodev_for_open_files(void **state)
{
	struct xt *xt = *state;
	int others[8];
	size_t i;

	for (i = 0; i < xt_num_chips; i++) {
		others[i] = xt_open(&xt_chips[i], O_RDWR);
		xt_write(others[i], "before", 6, xt_alloc(others[i], 4096));
	}
	xt_assert_ok(xt_rmmod("extram_sim"));
	for (i = 0; i < xt_num_chips; i++) {
		expect_all_enodev(others[i]);
		close(others[i]);
	}
	expect_all_enodev(xt->fd);
	xt_assert_ok(xt_insmod("extram-sim"));
	for (i = 0; i < xt_num_chips; i++)
		assert_true(xt_has_node(&xt_chips[i]));
	expect_all_enodev(xt->fd);
}

static void removing_the_controller_during_transfers(void **state)
{
	struct xt *xt = *state;
	struct worker w[3];
	pthread_t thread[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i] = (struct worker) { .fd = xt_open(xt->chip, O_RDWR), .reads = i % 2 };
		w[i].offset = xt_alloc(w[i].fd, 64 * 1024);
		xt_write(w[i].fd, buf, sizeof(buf), w[i].offset);
		start(&thread[i], transfer_until_it_fails, &w[i]);
	}
	usleep(100000);
	xt_assert_ok(xt_rmmod("extram_sim"));
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		if (w[i].error != ENODEV)
			fail_msg("thread %u ended with %s", i, strerror(w[i].error));
		close(w[i].fd);
	}
	xt_assert_ok(xt_insmod("extram-sim"));
}

int main(int argc, char **argv)
{
	static const struct xt_case cases[] = {
		XT_ALL(every_call_is_enodev_after_unbind),
		XT(a_duplicate_is_enodev_too),
		XT(close_works_after_unbind),
		XT(unbind_removes_the_device_node),
		XT(a_node_left_behind_is_enxio),
		XT(poll_says_hangup_and_error_after_unbind),
		XT(unbind_wakes_who_polls),
		XT_ALL(binding_again_gives_a_fresh_memory),
		XT(an_old_file_stays_enodev_after_binding_again),
		XT(unbinding_one_chip_leaves_the_others_alone),
		XT_PSRAM(unbind_during_transfers_ends_them_with_enodev),
		XT(open_races_with_unbind),
		XT(the_driver_cannot_be_removed_while_a_file_is_open),
		XT(the_driver_cannot_be_removed_while_a_file_of_a_lost_chip_is_open),
		XT(the_driver_can_be_removed_and_loaded_again),
		XT(removing_the_controller_is_enodev_for_open_files),
		XT_PSRAM(removing_the_controller_during_transfers),
	};

	return xt_run("unplug", argc, argv, cases, ARRAY_SIZE(cases));
}
