/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the tests run on: what only the fixture needs of it.
 */
#ifndef _EXTRAM_TEST_MACHINE_H
#define _EXTRAM_TEST_MACHINE_H

void xt_mount_debugfs(void);

/* Violations that the simulated chips saw: since the last call (0 at the first), and in all. */
unsigned long xt_new_violations(void);
unsigned long xt_all_violations(void);

#endif /* _EXTRAM_TEST_MACHINE_H */
