/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failing in turn: the operations that are made to fail, and what they work on.
 */
#ifndef _EXTRAM_TORTURE_FAILNTH_H
#define _EXTRAM_TORTURE_FAILNTH_H

#include "common.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define PM_TEST		"/sys/power/pm_test"
#define LENGTH		4400	/* of a transfer: some pieces on most chips */
#define SOME		100

extern unsigned char fn_data[LENGTH], fn_got[LENGTH];
extern unsigned long fn_late;	/* calls that were done and answered EFAULT */

/**
 * struct state - what an operation works on
 * @node: the memory
 * @fd: a file of it
 * @at: a block of LENGTH bytes that holds @data
 * @out: what the operation made: a file, or an offset
 * @forgets: the memory does, when its power is cut
 */
struct state {
	const struct tt_node *node;
	int fd;
	uint64_t at;
	uint64_t out;
	bool forgets;
};

/**
 * struct operation - something that is made to fail
 * @name: what it is called
 * @prepare: what must be there first, with nothing failing
 * @run: does it: 0 or more, or -errno
 * @undo: takes it back when it succeeded
 * @after: takes back what @prepare did, however it ended
 * @errors: what it may answer, beside EFAULT for a copy that failed and ENOMEM
 * @binds: takes the memory away and brings it back
 * @sleeps: lets the system sleep
 * @late: cannot be undone, so that EFAULT for its answer may come when it is done already: the
 *	driver writes the structure once before it begins, and only memory that is taken away
 *	meanwhile gets that far
 */
struct operation {
	const char *name;
	void (*prepare)(struct state *s);
	long (*run)(struct state *s);
	void (*undo)(struct state *s);
	void (*after)(struct state *s);
	int errors[4];
	bool binds;
	bool sleeps;
	bool late;
};

extern const struct operation fn_operations[];
extern const size_t fn_num_operations;

#endif /* _EXTRAM_TORTURE_FAILNTH_H */
