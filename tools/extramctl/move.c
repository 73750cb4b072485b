// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl fill and copy, and what all commands that move bytes share.
 */
#include <errno.h>
#include <string.h>

#include "extramctl.h"
#include "move.h"

int ctl_within(struct ctl *ctl, struct extram *ram, uint64_t offset, uint64_t *length, bool all)
{
	struct extram_range range;
	uint64_t left;

	if (extram_query(ram, offset, &range)) {
		if (errno != ENOENT)
			return ctl_fail(ctl, errno, "%s", extram_path(ram));
		range.offset = UINT64_MAX;
	}
	if (range.offset > offset)
		return ctl_fail(ctl, ENXIO, "offset %llu", (unsigned long long)offset);
	left = range.offset + range.length - offset;
	if (all)
		*length = left;
	if (*length > left)
		return ctl_fail_with(ctl, CTL_NO_RANGE,
				     "%llu bytes at offset %llu: the range ends after %llu of them",
				     (unsigned long long)*length, (unsigned long long)offset,
				     (unsigned long long)left);
	return CTL_OK;
}

/* The error behind a short count. When there is none, the range has become shorter meanwhile. */
static int short_count(struct ctl *ctl, const char *what, uint64_t offset)
{
	return ctl_fail(ctl, errno ?: ENXIO, "%s at offset %llu", what, (unsigned long long)offset);
}

int ctl_read_all(struct ctl *ctl, struct extram *ram, void *bytes, size_t length, uint64_t offset)
{
	ssize_t n = extram_read(ram, bytes, length, offset);

	return n == (ssize_t)length ? CTL_OK : short_count(ctl, "read", offset + (n > 0 ? n : 0));
}

int ctl_write_all(struct ctl *ctl, struct extram *ram, const void *bytes, size_t length,
		  uint64_t offset)
{
	ssize_t n = extram_write(ram, bytes, length, offset);

	return n == (ssize_t)length ? CTL_OK : short_count(ctl, "write", offset + (n > 0 ? n : 0));
}

void ctl_tell_moved(struct ctl *ctl, const char *what, uint64_t offset, uint64_t length)
{
	if (ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add(object, "offset", offset);
		ctl_add(object, "length", length);
		ctl_json(object);
	} else if (!ctl->quiet) {
		printf("%s %llu bytes at offset %llu\n", what, (unsigned long long)length,
		       (unsigned long long)offset);
	}
}

struct move {
	struct ctl *ctl;
	uint64_t numbers[3];
	bool all;
	uint8_t byte;
	const char *to_device;
};

static error_t parse_fill(int key, char *arg, struct argp_state *state)
{
	struct move *move = state->input;
	uint64_t byte;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, move->ctl);
		return 0;
	case 'b':
		byte = ctl_number(state, arg, "byte");
		if (byte > 255)
			argp_error(state, "byte \"%s\": at most 255", arg);
		move->byte = byte;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_usage(state);
		move->numbers[state->arg_num] =
			ctl_number(state, arg, state->arg_num ? "length" : "offset");
		move->all = !state->arg_num;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int ctl_fill(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "byte", 'b', "VALUE", 0, "What with, 0 to 255 (default 0)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_fill,
		.args_doc = "OFFSET [LENGTH]",
		.doc = "Writes the same byte all over, by default up to the end of the range.",
		.children = ctl_common,
	};
	static unsigned char bytes[CTL_CHUNK];
	struct move move = { .ctl = ctl };
	struct ctl_progress bar;
	struct extram *ram;
	uint64_t offset, length, done = 0;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &move);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	offset = move.numbers[0];
	length = move.numbers[1];
	status = ctl_within(ctl, ram, offset, &length, move.all);
	if (!status) {
		memset(bytes, move.byte, sizeof(bytes));
		ctl_progress_begin(ctl, &bar, "fill", length);
		while (!status && done < length) {
			size_t n = length - done < sizeof(bytes) ? length - done : sizeof(bytes);

			status = ctl_write_all(ctl, ram, bytes, n, offset + done);
			done += n;
			ctl_progress_at(&bar, done);
		}
		ctl_progress_end(&bar);
	}
	if (!status)
		ctl_tell_moved(ctl, "filled", offset, length);
	extram_close(ram);
	return status;
}

static error_t parse_copy(int key, char *arg, struct argp_state *state)
{
	static const char *const names[] = { "source", "target", "length" };
	struct move *move = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, move->ctl);
		return 0;
	case 't':
		move->to_device = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 2)
			argp_usage(state);
		move->numbers[state->arg_num] = ctl_number(state, arg, names[state->arg_num]);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_usage(state);
		move->all = state->arg_num < 3;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* From the back when the target begins inside the source, so that no byte is overwritten unread. */
static int copy(struct ctl *ctl, struct extram *from, struct extram *to, const struct move *move,
		bool backwards)
{
	static unsigned char bytes[CTL_CHUNK];
	uint64_t length = move->numbers[2], done = 0;
	struct ctl_progress bar;
	int status = CTL_OK;

	ctl_progress_begin(ctl, &bar, "copy", length);
	while (!status && done < length) {
		size_t n = length - done < sizeof(bytes) ? length - done : sizeof(bytes);
		uint64_t at = backwards ? length - done - n : done;

		status = ctl_read_all(ctl, from, bytes, n, move->numbers[0] + at);
		if (!status)
			status = ctl_write_all(ctl, to, bytes, n, move->numbers[1] + at);
		done += n;
		ctl_progress_at(&bar, done);
	}
	ctl_progress_end(&bar);
	return status;
}

int ctl_copy(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "to-device", 't', "MEMORY", 0, "Into another memory (default: the same)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_copy,
		.args_doc = "SOURCE TARGET [LENGTH]",
		.doc = "Copies bytes from the offset SOURCE to the offset TARGET, by default up to the end of the source's range. The two may overlap.",
		.children = ctl_common,
	};
	struct move move = { .ctl = ctl };
	struct extram *from, *to = NULL;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &move);
	from = ctl_open(ctl, ctl->device, &status);
	if (!from)
		return status;
	to = move.to_device ? ctl_open(ctl, move.to_device, &status) : from;
	if (!status)
		status = ctl_within(ctl, from, move.numbers[0], &move.numbers[2], move.all);
	if (!status)
		status = ctl_within(ctl, to, move.numbers[1], &move.numbers[2], false);
	if (!status)
		status = copy(ctl, from, to, &move,
			      move.numbers[1] > move.numbers[0] &&
			      move.numbers[1] - move.numbers[0] < move.numbers[2]);
	if (!status)
		ctl_tell_moved(ctl, "copied", move.numbers[1], move.numbers[2]);
	if (to != from)
		extram_close(to);
	extram_close(from);
	return status;
}
