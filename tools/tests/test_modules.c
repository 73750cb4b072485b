// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules that are removed while they are in use: the driver stays, the simulated controller goes
 * and takes its chips along.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "extram_test.h"
#include "gone.h"

static unsigned char buf[4096];

static void start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	assert_int_equal(pthread_create(thread, NULL, run, arg), 0);
}

static void the_driver_cannot_be_removed_while_a_file_is_open(void **state)
{
	struct xt *xt = *state;

	xt_use(xt->fd);
	/* What rmmod prints as "in use". */
	xt_assert_fails(EWOULDBLOCK, xt_rmmod("extram"));
	xt_expect(xt->fd, "before", 6, 0);
}

static void the_driver_cannot_be_removed_while_a_file_of_a_lost_chip_is_open(void **state)
{
	struct xt *xt = *state;

	xt_use(xt->fd);
	xt_assert_ok(xt_unbind(xt->chip));
	xt_assert_fails(EWOULDBLOCK, xt_rmmod("extram"));
	xt_expect_all_enodev(xt->fd);
	xt_assert_ok(xt_bind(xt->chip));
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
	xt_use(xt->fd);
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
		xt_expect_all_enodev(others[i]);
		close(others[i]);
	}
	xt_expect_all_enodev(xt->fd);
	xt_assert_ok(xt_insmod("extram-sim"));
	for (i = 0; i < xt_num_chips; i++)
		assert_true(xt_has_node(&xt_chips[i]));
	xt_expect_all_enodev(xt->fd);
}

static void removing_the_controller_during_transfers(void **state)
{
	struct xt *xt = *state;
	struct xt_worker w[3];
	pthread_t thread[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i] = (struct xt_worker) { .fd = xt_open(xt->chip, O_RDWR), .reads = i % 2 };
		w[i].offset = xt_alloc(w[i].fd, 64 * 1024);
		xt_write(w[i].fd, buf, sizeof(buf), w[i].offset);
		start(&thread[i], xt_transfer_until_it_fails, &w[i]);
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
		XT(the_driver_cannot_be_removed_while_a_file_is_open),
		XT(the_driver_cannot_be_removed_while_a_file_of_a_lost_chip_is_open),
		XT(the_driver_can_be_removed_and_loaded_again),
		XT(removing_the_controller_is_enodev_for_open_files),
		XT_PSRAM(removing_the_controller_during_transfers),
	};

	return xt_run("modules", argc, argv, cases, ARRAY_SIZE(cases));
}
