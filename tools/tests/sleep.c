// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test machine sleeps, as far as it can without anybody to wake it.
 */
#include <limits.h>
#include <unistd.h>

#include "extram_test.h"
#include "sleep.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"

bool xt_can_suspend(void)
{
	if (!access(PM_TEST, W_OK))
		return true;
	printf("# nothing was tried: this kernel has no " PM_TEST "\n");
	return false;
}

void xt_suspend(const char *phase)
{
	int err;

	/* Seconds, five of them otherwise. */
	xt_assert_ok(xt_write_file(PM_DELAY, "0"));
	xt_assert_ok(xt_write_file(PM_TEST, phase));
	err = xt_write_file("/sys/power/state", "freeze");
	xt_write_file(PM_TEST, "none");
	xt_assert_ok(err);
}

void xt_cut_in_suspend(const struct xt_chip *chip)
{
	char path[PATH_MAX];

	xt_sim_path(chip, "power", path, sizeof(path));
	xt_assert_ok(xt_write_file(path, "suspend"));
}
