// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl alloc, free and resize.
 *
 * A range that is not shared ends with the last close of the file that took it, so a command that
 * takes one and ends would have done nothing: it has to wait (--hold), or to start another command
 * that gets the open file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extramctl.h"

struct alloc {
	struct ctl *ctl;
	uint64_t length;
	uint64_t align;
	uint64_t offset;
	uint32_t flags;
	bool hold;
	double hold_seconds;
	unsigned int args;
	char **command;
};

enum { OPT_KEEP = 256, OPT_HOLD };

static error_t parse_alloc(int key, char *arg, struct argp_state *state)
{
	struct alloc *alloc = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, alloc->ctl);
		return 0;
	case 's':
		alloc->flags |= EXTRAM_ALLOC_SHARED;
		return 0;
	case 'a':
		alloc->align = ctl_number(state, arg, "alignment");
		return 0;
	case 'f':
		alloc->flags |= EXTRAM_ALLOC_FIXED;
		alloc->offset = ctl_number(state, arg, "offset");
		return 0;
	case OPT_KEEP:
		alloc->flags |= EXTRAM_ALLOC_KEEP;
		return 0;
	case OPT_HOLD:
		alloc->hold = true;
		if (!arg)
			return 0;
		alloc->hold_seconds = strtod(arg, &end);
		if (*end || end == arg || !(alloc->hold_seconds > 0 && alloc->hold_seconds < 1e6))
			argp_error(state, "hold \"%s\": not a number of seconds", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (!alloc->args++) {
			alloc->length = ctl_number(state, arg, "length");
			return 0;
		}
		alloc->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!alloc->args)
			argp_usage(state);
		if (alloc->hold && alloc->command)
			argp_error(state, "--hold and a command exclude each other");
		if (!(alloc->flags & EXTRAM_ALLOC_SHARED) && !alloc->hold && !alloc->command)
			argp_error(state,
				   "the range would be gone at once, for it belongs to this command alone; use --shared, --hold, or give a command to run");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

/* Whether somebody is at the other end who can end it: not for keys, nor for /dev/null. */
static bool is_pipe(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Until a signal, the end of standard input if that is a pipe, the time, or the chip going away. */
static int hold(struct ctl *ctl, struct extram *ram, double seconds)
{
	const struct sigaction action = { .sa_handler = end };
	struct pollfd waits[2] = {
		{ .fd = extram_fd(ram) },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	double until = ctl_now() + seconds;
	char byte[64];

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	if (seconds || !is_pipe(STDIN_FILENO))
		waits[1].fd = -1;
	while (!ended) {
		double left = until - ctl_now();

		if (seconds && left <= 0)
			break;
		/* A second at most: a signal may come between the look at it and the wait. */
		if (poll(waits, 2, seconds && left < 1 ? left * 1000 + 1 : 1000) <= 0)
			continue;
		if (waits[0].revents)
			return ctl_fail(ctl, ENODEV, "%s", extram_path(ram));
		if (waits[1].revents && read(STDIN_FILENO, byte, sizeof(byte)) <= 0)
			break;
	}
	return CTL_OK;
}

static void set_number(const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	setenv(name, text, 1);
}

/* The command gets the open file, and so the range. Its status is ours, as in a shell. */
static int run(struct ctl *ctl, struct extram *ram, const struct extram_range *range,
	       char **command)
{
	char device[16];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return ctl_fail(ctl, errno, "fork");
	if (!pid) {
		/* Above what shells use for redirections. */
		int fd = fcntl(extram_fd(ram), F_DUPFD, 10);

		if (fd < 0)
			_exit(ctl_fail(ctl, errno, "descriptor"));
		snprintf(device, sizeof(device), "fd:%d", fd);
		setenv("EXTRAM_DEVICE", device, 1);
		set_number("EXTRAM_FD", fd);
		set_number("EXTRAM_OFFSET", range->offset);
		set_number("EXTRAM_LENGTH", range->length);
		execvp(command[0], command);
		ctl_fail_with(ctl, 127, "%s: %s", command[0], strerror(errno));
		_exit(127);
	}
	signal(SIGINT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ctl_fail(ctl, errno, "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void tell_range(struct ctl *ctl, const struct extram_range *range, const char *more)
{
	if (ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add(object, "offset", range->offset);
		ctl_add(object, "length", range->length);
		ctl_add_flag(object, "shared", range->flags & EXTRAM_BLOCK_SHARED);
		ctl_json(object);
	} else if (ctl->quiet) {
		printf("%llu\n", (unsigned long long)range->offset);
	} else {
		printf("%llu bytes at offset %llu%s\n", (unsigned long long)range->length,
		       (unsigned long long)range->offset, more);
	}
	fflush(stdout);
}

int ctl_alloc(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "shared", 's', NULL, 0,
		  "For everyone who may open the memory, until it is freed or the chip goes", 0 },
		{ "align", 'a', "BYTES", 0, "The offset is a multiple of this power of two", 0 },
		{ "fixed", 'f', "OFFSET", 0, "Exactly there, or not at all", 0 },
		{ "keep", OPT_KEEP, NULL, 0, "Show what the memory holds, instead of zeros (root)",
		  0 },
		{ "hold", OPT_HOLD, "SECONDS", OPTION_ARG_OPTIONAL,
		  "Keep it that long; without a number until a signal, or the end of a pipe to it",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_alloc,
		.args_doc = "LENGTH [COMMAND [ARGUMENT...]]",
		.doc = "Takes a range and tells its offset; with --quiet, only that.\vWithout --shared the range belongs to this command alone and ends with it. COMMAND gets it by the open file EXTRAM_FD; EXTRAM_DEVICE, EXTRAM_OFFSET and EXTRAM_LENGTH are set, so that \"extramctl read $EXTRAM_OFFSET\" works inside. Its exit status is passed on.",
		.children = ctl_common,
	};
	struct alloc alloc = { .ctl = ctl };
	struct extram_range range;
	struct extram *ram;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &alloc);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	range.offset = alloc.offset;
	if (extram_alloc(ram, alloc.length, alloc.align, alloc.flags, &range)) {
		status = ctl_fail(ctl, errno, "%llu bytes", (unsigned long long)alloc.length);
	} else {
		/* What the command prints is its own business. */
		if (!alloc.command)
			tell_range(ctl, &range,
				   alloc.flags & EXTRAM_ALLOC_SHARED ? ", shared" : "");
		if (alloc.command)
			status = run(ctl, ram, &range, alloc.command);
		else if (alloc.hold)
			status = hold(ctl, ram, alloc.hold_seconds);
	}
	extram_close(ram);
	return status;
}

struct give {
	struct ctl *ctl;
	uint64_t *offsets;
	unsigned int count;
};

static error_t parse_free(int key, char *arg, struct argp_state *state)
{
	struct give *give = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, give->ctl);
		give->offsets = calloc(state->argc, sizeof(*give->offsets));
		return give->offsets ? 0 : ENOMEM;
	case ARGP_KEY_ARG:
		give->offsets[give->count++] = ctl_number(state, arg, "offset");
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int ctl_free(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_free,
		.args_doc = "OFFSET...",
		.doc = "Gives shared ranges back.\vRanges that are not shared end with the program that took them. When one cannot be freed, those before it have been.",
		.children = ctl_common,
	};
	struct give give = { .ctl = ctl };
	struct extram *ram;
	int status = CTL_OK;
	unsigned int i;

	argp_parse(&argp, argc, argv, 0, NULL, &give);
	ram = ctl_open(ctl, ctl->device, &status);
	for (i = 0; ram && i < give.count && !status; i++)
		if (extram_free(ram, give.offsets[i]))
			status = ctl_fail(ctl, errno, "offset %llu",
					  (unsigned long long)give.offsets[i]);
	if (!status && ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add(object, "freed", give.count);
		ctl_json(object);
	}
	extram_close(ram);
	free(give.offsets);
	return status;
}

struct resize {
	struct ctl *ctl;
	uint64_t numbers[2];
	uint32_t flags;
};

static error_t parse_resize(int key, char *arg, struct argp_state *state)
{
	struct resize *resize = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, resize->ctl);
		return 0;
	case 'm':
		resize->flags |= EXTRAM_RESIZE_MAY_MOVE;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_usage(state);
		resize->numbers[state->arg_num] =
			ctl_number(state, arg, state->arg_num ? "length" : "offset");
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int ctl_resize(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "move", 'm', NULL, 0,
		  "It may move, with its content, when it cannot grow in place", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_resize,
		.args_doc = "OFFSET LENGTH",
		.doc = "Makes a range longer or shorter and tells where it is then.",
		.children = ctl_common,
	};
	struct resize resize = { .ctl = ctl };
	struct extram_range range;
	struct extram *ram;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &resize);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	/* Whose it is comes along. */
	if (extram_query(ram, resize.numbers[0], &range) || range.offset != resize.numbers[0])
		status = ctl_fail(ctl, ENOENT, "offset %llu",
				  (unsigned long long)resize.numbers[0]);
	else if (extram_resize(ram, &range, resize.numbers[1], resize.flags))
		status = ctl_fail(ctl, errno, "%llu bytes", (unsigned long long)resize.numbers[1]);
	else
		tell_range(ctl, &range, range.flags & EXTRAM_BLOCK_SHARED ? ", shared" : "");
	extram_close(ram);
	return status;
}
