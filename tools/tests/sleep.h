/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test machine sleeps, as far as it can without anybody to wake it.
 */
#ifndef _EXTRAM_TEST_SLEEP_H
#define _EXTRAM_TEST_SLEEP_H

#include "extram_test.h"

/*
 * Suspends to idle and resumes at once, by the kernel's own test of it. @phase is how far it goes:
 * "devices" as far as their suspend callbacks, "platform" as far as the last of them.
 */
void xt_suspend(const char *phase);

/* The chip is without power for a moment during the next suspend. */
void xt_cut_in_suspend(const struct xt_chip *chip);

/* Whether the kernel has that test; says so when it has not. */
bool xt_can_suspend(void);

#endif /* _EXTRAM_TEST_SLEEP_H */
