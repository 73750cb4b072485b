// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints Documentation/userspace-api/extram-unplug.rst from the table that test_matrix goes by.
 */
#include <stdio.h>
#include <string.h>

#include "unplug_table.h"

static const char *const head =
	".. SPDX-License-Identifier: GPL-2.0-only\n"
	".. Printed by tools/tests/unplug_rst.c from tools/tests/unplug_table.h: change it there.\n"
	"\n";

static const char *const title = "When the chip goes, or the system sleeps";

static const char *const intro =
	"Each row is an open file in some state, each column a call that is made on it after the event.\n"
	"*dup*, *pass* (over a Unix socket) and *fork* make a copy of the descriptor and read through it. "
	"*ok* of a\nread means the bytes that had been written. The last column is what the operation "
	"ends with that was\nrunning when the event came; before an error, a transfer may answer a short "
	"count once.\n"
	"\n"
	"The program ``tools/tests/test_matrix`` tries every cell, on a chip of 8 MiB that forgets without "
	"power.\n";

static void rule(char c, size_t n)
{
	while (n--)
		putchar(c);
	putchar('\n');
}

static void table(enum unplug_event event)
{
	int handle, call;

	printf("\n%s\n", unplug_events[event]);
	rule('-', strlen(unplug_events[event]));
	printf("\n.. list-table::\n   :header-rows: 1\n   :stub-columns: 1\n\n   * -\n");
	for (call = 0; call < UNPLUG_CALLS; call++)
		printf("     - %s\n", unplug_calls[call]);
	printf("     - what was running\n");
	for (handle = 0; handle < UNPLUG_HANDLES; handle++) {
		const struct unplug_row *row = &unplug_table[event][handle];

		printf("   * - %s\n", unplug_handles[handle]);
		for (call = 0; call < UNPLUG_CALLS; call++)
			printf("     - %s\n", row->cells[call]);
		printf("     - %s\n", row->running[0] == '-' ? "" : row->running);
	}
}

int main(void)
{
	int event;

	fputs(head, stdout);
	rule('=', strlen(title));
	printf("%s\n", title);
	rule('=', strlen(title));
	printf("\n%s", intro);
	for (event = 0; event < UNPLUG_EVENTS; event++)
		table(event);
	return 0;
}
