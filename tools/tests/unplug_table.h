/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of an open file, and of what it is doing, when the chip goes or the system sleeps: one
 * table, for the test that tries every cell and for the page that shows it.
 */
#ifndef _EXTRAM_TEST_UNPLUG_TABLE_H
#define _EXTRAM_TEST_UNPLUG_TABLE_H

enum unplug_event {
	UNPLUG_UNBIND,		/* the driver is unbound from the chip */
	UNPLUG_RMMOD,		/* the module of the SPI controller is removed */
	UNPLUG_SUSPEND,		/* the system sleeps and wakes up, the chip has power all the time */
	UNPLUG_CUT,		/* the same, and a volatile chip had none for a moment */
	UNPLUG_EVENTS
};

enum unplug_handle {
	UNPLUG_OPEN,		/* an open file without a block */
	UNPLUG_PRIVATE,		/* with a block that was written */
	UNPLUG_SHARED,		/* with a shared block that was written */
	UNPLUG_TRANSFER,	/* a thread is inside a pread of a long block */
	UNPLUG_IOCTL,		/* a thread is inside a RESIZE that moves a long block */
	UNPLUG_POLL,		/* a thread waits in poll for hangup or error */
	UNPLUG_URING,		/* a read of a long block is pending in an io_uring */
	UNPLUG_HANDLES
};

/* Through a copy of the descriptor (dup, pass, fork) a read is made. */
enum unplug_call {
	UNPLUG_DO_READ,
	UNPLUG_DO_DUP,
	UNPLUG_DO_PASS,
	UNPLUG_DO_FORK,
	UNPLUG_DO_WRITE,
	UNPLUG_DO_IOCTL,
	UNPLUG_DO_POLL,
	UNPLUG_DO_CLOSE,
	UNPLUG_CALLS
};

static const char *const unplug_events[UNPLUG_EVENTS] = {
	[UNPLUG_UNBIND] = "unbind",
	[UNPLUG_RMMOD] = "rmmod of the SPI controller",
	[UNPLUG_SUSPEND] = "suspend",
	[UNPLUG_CUT] = "suspend without power",
};

static const char *const unplug_handles[UNPLUG_HANDLES] = {
	[UNPLUG_OPEN] = "open file",
	[UNPLUG_PRIVATE] = "private block",
	[UNPLUG_SHARED] = "shared block",
	[UNPLUG_TRANSFER] = "transfer running",
	[UNPLUG_IOCTL] = "ioctl running",
	[UNPLUG_POLL] = "poll waiting",
	[UNPLUG_URING] = "io_uring pending",
};

static const char *const unplug_calls[UNPLUG_CALLS] = {
	[UNPLUG_DO_READ] = "read",
	[UNPLUG_DO_DUP] = "dup",
	[UNPLUG_DO_PASS] = "pass",
	[UNPLUG_DO_FORK] = "fork",
	[UNPLUG_DO_WRITE] = "write",
	[UNPLUG_DO_IOCTL] = "ioctl",
	[UNPLUG_DO_POLL] = "poll",
	[UNPLUG_DO_CLOSE] = "close",
};

/**
 * struct unplug_row - what one handle answers after one event
 * @cells: by call: "ok" (of a read: with the bytes that were written), the name of an error, or what
 *	poll says
 * @running: what the operation ends with that was running at the event: "goes on" when it does not
 *	end, "-" when none was running
 */
struct unplug_row {
	const char *cells[UNPLUG_CALLS];
	const char *running;
};

/* A chip that is gone is gone for everything but close and copies of the descriptor. */
#define UNPLUG_GONE(running)	{ { "ENODEV", "ENODEV", "ENODEV", "ENODEV", "ENODEV", "ENODEV", \
				    "HUP ERR", "ok" }, running }
/* A block that is there: @read it answers, and that through each copy of the descriptor. */
#define UNPLUG_THERE(read, running)	{ { read, read, read, read, "ok", "ok", "ready", "ok" }, running }
/* Nothing is allocated. */
#define UNPLUG_BARE(running)	{ { "ENXIO", "ENXIO", "ENXIO", "ENXIO", "ENXIO", "ok", "ready", "ok" }, \
				  running }

#define UNPLUG_ALL_GONE {						\
		[UNPLUG_OPEN] = UNPLUG_GONE("-"),			\
		[UNPLUG_PRIVATE] = UNPLUG_GONE("-"),			\
		[UNPLUG_SHARED] = UNPLUG_GONE("-"),			\
		[UNPLUG_TRANSFER] = UNPLUG_GONE("ENODEV"),		\
		[UNPLUG_IOCTL] = UNPLUG_GONE("ENODEV"),			\
		[UNPLUG_POLL] = UNPLUG_GONE("HUP ERR"),			\
		[UNPLUG_URING] = UNPLUG_GONE("ENODEV"),			\
	}

static const struct unplug_row unplug_table[UNPLUG_EVENTS][UNPLUG_HANDLES] = {
	[UNPLUG_UNBIND] = UNPLUG_ALL_GONE,
	[UNPLUG_RMMOD] = UNPLUG_ALL_GONE,
	[UNPLUG_SUSPEND] = {
		[UNPLUG_OPEN] = UNPLUG_BARE("-"),
		[UNPLUG_PRIVATE] = UNPLUG_THERE("ok", "-"),
		[UNPLUG_SHARED] = UNPLUG_THERE("ok", "-"),
		[UNPLUG_TRANSFER] = UNPLUG_THERE("ok", "goes on"),
		[UNPLUG_IOCTL] = UNPLUG_THERE("ok", "EINTR"),
		[UNPLUG_POLL] = UNPLUG_BARE("goes on"),
		[UNPLUG_URING] = UNPLUG_THERE("ok", "goes on"),
	},
	[UNPLUG_CUT] = {
		[UNPLUG_OPEN] = UNPLUG_BARE("-"),
		[UNPLUG_PRIVATE] = UNPLUG_THERE("EIO", "-"),
		[UNPLUG_SHARED] = UNPLUG_THERE("EIO", "-"),
		[UNPLUG_TRANSFER] = UNPLUG_THERE("EIO", "EIO"),
		[UNPLUG_IOCTL] = UNPLUG_THERE("EIO", "EINTR"),
		[UNPLUG_POLL] = UNPLUG_BARE("goes on"),
		[UNPLUG_URING] = UNPLUG_THERE("EIO", "EIO"),
	},
};

#endif /* _EXTRAM_TEST_UNPLUG_TABLE_H */
