// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl read and write: bytes between a range and files.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extramctl.h"
#include "move.h"

struct data {
	struct ctl *ctl;
	uint64_t offset;
	uint64_t length;
	bool all;	/* to the end of the range */
	bool hex;
	const char *file;
	const char *text;
	const char *hex_text;
};

static error_t parse_read(int key, char *arg, struct argp_state *state)
{
	struct data *data = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, data->ctl);
		return 0;
	case 'o':
		data->file = arg;
		return 0;
	case 'x':
		data->hex = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0) {
			data->offset = ctl_number(state, arg, "offset");
		} else if (state->arg_num == 1) {
			data->length = ctl_number(state, arg, "length");
			data->all = false;
		} else {
			argp_usage(state);
		}
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void dump(const unsigned char *bytes, size_t length, uint64_t offset)
{
	size_t line, i;

	for (line = 0; line < length; line += 16) {
		printf("%08llx ", (unsigned long long)(offset + line));
		for (i = line; i < line + 16; i++)
			if (i < length)
				printf(" %02x", bytes[i]);
			else
				printf("   ");
		printf("  |");
		for (i = line; i < line + 16 && i < length; i++)
			putchar(isprint(bytes[i]) && bytes[i] < 0x80 ? bytes[i] : '.');
		printf("|\n");
	}
}

static struct json_object *hex_object(const unsigned char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * length + 1);
	struct json_object *object;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	object = json_object_new_string_len(text, 2 * length);
	free(text);
	return object;
}

/* In JSON without a file, all bytes have to be there before the first is shown. */
static int read_json(struct ctl *ctl, struct extram *ram, struct data *data)
{
	struct json_object *object = json_object_new_object();
	unsigned char *bytes = malloc(data->length ?: 1);
	int status = CTL_OK;

	if (!bytes) {
		json_object_put(object);
		return ctl_fail(ctl, ENOMEM, "%llu bytes", (unsigned long long)data->length);
	}
	status = ctl_read_all(ctl, ram, bytes, data->length, data->offset);
	if (status) {
		json_object_put(object);
	} else {
		ctl_add(object, "offset", data->offset);
		ctl_add(object, "length", data->length);
		json_object_object_add(object, "hex", hex_object(bytes, data->length));
		ctl_json(object);
	}
	free(bytes);
	return status;
}

static int read_to(struct ctl *ctl, struct extram *ram, struct data *data, FILE *out, bool hex)
{
	static unsigned char bytes[CTL_CHUNK];
	struct ctl_progress bar;
	int status = CTL_OK;
	uint64_t done = 0;

	ctl_progress_begin(ctl, &bar, "read", data->length);
	while (!status && done < data->length) {
		uint64_t left = data->length - done;
		size_t n = left < sizeof(bytes) ? left : sizeof(bytes);

		status = ctl_read_all(ctl, ram, bytes, n, data->offset + done);
		if (status)
			break;
		if (hex)
			dump(bytes, n, data->offset + done);
		else if (fwrite(bytes, 1, n, out) != n)
			status = ctl_fail(ctl, errno, "%s", data->file ?: "standard output");
		done += n;
		ctl_progress_at(&bar, done);
	}
	ctl_progress_end(&bar);
	return status;
}

int ctl_read(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "Where to (default: standard output)", 0 },
		{ "hex", 'x', NULL, 0, "As a table of hexadecimal numbers; always so on a terminal",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_read,
		.args_doc = "OFFSET [LENGTH]",
		.doc = "Reads bytes, by default up to the end of the range.",
		.children = ctl_common,
	};
	struct data data = { .ctl = ctl, .all = true };
	struct extram *ram;
	FILE *out = stdout;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &data);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	status = ctl_within(ctl, ram, data.offset, &data.length, data.all);
	if (status)
		goto close_ram;
	if (ctl->json && !data.file) {
		status = read_json(ctl, ram, &data);
		goto close_ram;
	}
	if (data.file && strcmp(data.file, "-"))
		out = fopen(data.file, "we");
	if (!out) {
		status = ctl_fail_with(ctl, CTL_OTHER, "%s: %s", data.file, strerror(errno));
		goto close_ram;
	}
	status = read_to(ctl, ram, &data, out,
			 data.hex || (!data.file && isatty(STDOUT_FILENO)));
	if (out != stdout && fclose(out) && !status)
		status = ctl_fail(ctl, errno, "%s", data.file);
	if (!status && ctl->json)
		ctl_tell_moved(ctl, "read", data.offset, data.length);
close_ram:
	extram_close(ram);
	return status;
}

static error_t parse_write(int key, char *arg, struct argp_state *state)
{
	struct data *data = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, data->ctl);
		return 0;
	case 'i':
		data->file = arg;
		return 0;
	case 't':
		data->text = arg;
		return 0;
	case 'x':
		data->hex_text = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_usage(state);
		data->offset = ctl_number(state, arg, "offset");
		return 0;
	case ARGP_KEY_END:
		if (!state->arg_num)
			argp_usage(state);
		if (!!data->file + !!data->text + !!data->hex_text > 1)
			argp_error(state, "--input, --text and --hex exclude each other");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;	/* also for the end of the text */
}

/* "48 65 6c" or "48656c" as a file with the bytes, or NULL. */
static FILE *open_hex(const char *text)
{
	FILE *in = tmpfile();

	if (!in)
		return NULL;
	while (*text) {
		if (*text == ' ') {
			text++;
			continue;
		}
		if (digit(text[0]) < 0 || digit(text[1]) < 0) {
			fclose(in);
			errno = EINVAL;
			return NULL;
		}
		putc(digit(text[0]) << 4 | digit(text[1]), in);
		text += 2;
	}
	rewind(in);
	return in;
}

static FILE *open_input(const struct data *data)
{
	if (data->hex_text)
		return open_hex(data->hex_text);
	if (data->text)
		return *data->text ? fmemopen((void *)data->text, strlen(data->text), "r") :
				     fopen("/dev/null", "re");
	if (data->file && strcmp(data->file, "-"))
		return fopen(data->file, "re");
	return stdin;
}

/* How many bytes will come, for the bar; unknown for pipes. */
static uint64_t expected(FILE *in, uint64_t room)
{
	long at = ftell(in), end;

	if (at < 0 || fseek(in, 0, SEEK_END))
		return room;
	end = ftell(in);
	fseek(in, at, SEEK_SET);
	return end >= at && (uint64_t)(end - at) < room ? (uint64_t)(end - at) : room;
}

static int write_from(struct ctl *ctl, struct extram *ram, struct data *data, FILE *in,
		      uint64_t *done)
{
	static unsigned char bytes[CTL_CHUNK];
	struct ctl_progress bar;
	int status = CTL_OK;
	size_t n;

	ctl_progress_begin(ctl, &bar, "write", expected(in, data->length));
	while (!status && (n = fread(bytes, 1, sizeof(bytes), in))) {
		size_t fits = n < data->length - *done ? n : data->length - *done;

		status = ctl_write_all(ctl, ram, bytes, fits, data->offset + *done);
		if (status)
			break;
		*done += fits;
		ctl_progress_at(&bar, *done);
		if (fits < n) {
			ctl_progress_end(&bar);
			status = ctl_fail_with(ctl, CTL_NO_ROOM,
					       "the input is longer than the range: only its first %llu bytes are written",
					       (unsigned long long)*done);
		}
	}
	ctl_progress_end(&bar);
	if (!status && ferror(in))
		status = ctl_fail_with(ctl, CTL_OTHER, "%s: %s", data->file ?: "standard input",
				       strerror(errno));
	return status;
}

int ctl_write(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "input", 'i', "FILE", 0, "Where from (default: standard input)", 0 },
		{ "text", 't', "TEXT", 0, "These bytes", 0 },
		{ "hex", 'x', "DIGITS", 0, "These bytes, as hexadecimal numbers", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_write,
		.args_doc = "OFFSET",
		.doc = "Writes bytes into a range, up to the end of the input.",
		.children = ctl_common,
	};
	struct data data = { .ctl = ctl };
	struct extram *ram;
	uint64_t done = 0;
	int status = CTL_OK;
	FILE *in;

	argp_parse(&argp, argc, argv, 0, NULL, &data);
	in = open_input(&data);
	if (!in)
		return data.hex_text && errno == EINVAL ?
			ctl_fail_with(ctl, CTL_USAGE, "--hex wants pairs of hexadecimal digits") :
			ctl_fail_with(ctl, CTL_OTHER, "%s: %s", data.file ?: "input",
				      strerror(errno));
	ram = ctl_open(ctl, ctl->device, &status);
	if (ram)
		status = ctl_within(ctl, ram, data.offset, &data.length, true);
	if (!status)
		status = write_from(ctl, ram, &data, in, &done);
	if (!status && extram_sync(ram))
		status = ctl_fail(ctl, errno, "%s", extram_path(ram));
	if (!status)
		ctl_tell_moved(ctl, "wrote", data.offset, done);
	if (in != stdin)
		fclose(in);
	extram_close(ram);
	return status;
}
