// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver is unbound from the chip while files are open and transfers run, and bound again.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "extram_test.h"
#include "gone.h"

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

static void every_call_is_enodev_after_unbind(void **state)
{
	struct xt *xt = *state;

	xt_use(xt->fd);
	unbind(xt);
	xt_expect_all_enodev(xt->fd);
	bind_again(xt);
}

static void a_duplicate_is_enodev_too(void **state)
{
	struct xt *xt = *state;
	int copy = dup(xt->fd);

	xt_use(xt->fd);
	unbind(xt);
	close(xt->fd);
	xt->fd = -1;
	xt_expect_all_enodev(copy);
	close(copy);
	bind_again(xt);
}

static void close_works_after_unbind(void **state)
{
	struct xt *xt = *state;

	xt_use(xt->fd);
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

/* Nothing but hangup and error can end it; at a timeout it would look once more. */
static void *wait_for_hangup(void *arg)
{
	struct xt *xt = arg;
	struct pollfd p = { .fd = xt->fd };
	struct timespec before, after;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &before);
	ret = poll(&p, 1, 30000);
	clock_gettime(CLOCK_MONOTONIC, &after);
	return (void *)(ret == 1 && after.tv_sec - before.tv_sec < 25 ? (long)p.revents : -1L);
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

	xt_use(xt->fd);
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

	xt_use(xt->fd);
	unbind(xt);
	bind_again(xt);
	xt_expect_all_enodev(xt->fd);
	fresh = xt_open(xt->chip, O_RDWR);
	xt_use(fresh);
	xt_expect_all_enodev(xt->fd);
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

	xt_use(other);
	xt_use(xt->fd);
	unbind(xt);
	xt_expect(other, "before", 6, 0);
	bind_again(xt);
	xt_expect(other, "before", 6, 0);
	close(other);
}

static void *allocate_until_it_fails(void *arg)
{
	struct xt_worker *w = arg;
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
	struct xt_worker w[6];
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
						   xt_transfer_until_it_fails, &w[i]);
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
	const char *chip;
	atomic_bool stop;
	atomic_long opened;
	atomic_int odd;
};

/* Which number the chip gets is open: a file of the old one may still hold the old number. */
static void *open_and_close(void *arg)
{
	struct opener *o = arg;
	unsigned int i = 0;

	while (!o->stop) {
		struct extram_info info;
		char path[32];
		int fd, err;

		snprintf(path, sizeof(path), i % 16 ? "/dev/extram%u" : "/dev/extram", i % 16);
		i++;
		fd = open(path, O_RDWR);
		if (fd < 0) {
			if (errno != ENOENT && errno != ENXIO && errno != ENODEV)
				o->odd = errno;
			continue;
		}
		err = xt_info(fd, &info);
		if (err && err != -ENODEV)
			o->odd = -err;
		o->opened += !err && !strcmp((char *)info.chip, o->chip);
		close(fd);
	}
	return NULL;
}

static void open_races_with_unbind(void **state)
{
	struct xt *xt = *state;
	struct opener o[2] = { 0 };
	pthread_t thread[2];
	int i;

	close(xt->fd);
	xt->fd = -1;
	for (i = 0; i < 2; i++) {
		o[i].chip = xt->chip->name;
		start(&thread[i], open_and_close, &o[i]);
	}
	/* Until both have had their turn, on a busy machine too. */
	for (i = 0; i < 25 || (i < 1000 && (!o[0].opened || !o[1].opened)); i++) {
		unbind(xt);
		bind_again(xt);
	}
	for (i = 0; i < 2; i++) {
		o[i].stop = true;
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		if (o[i].odd)
			fail_msg("open or INFO answered %s", strerror(o[i].odd));
		assert_true(o[i].opened > 0);
	}
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
	};

	return xt_run("unplug", argc, argv, cases, ARRAY_SIZE(cases));
}
