// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl map: a picture of the memory in the terminal.
 *
 * Each cell is a piece of the memory; its sign tells whose it is, or that several are in it. Where
 * ranges may lie that this command may not know of, a cell says so instead of calling it free.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "extramctl.h"
#include "owners.h"

#define LABEL	10	/* columns of the offset in front of a row */
#define ROWS	16	/* default */

struct map {
	struct ctl *ctl;
	uint64_t width;
	uint64_t rows;
	bool probe;
	bool color;
};

enum { OPT_PROBE = 256, OPT_COLOR };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct map *map = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, map->ctl);
		return 0;
	case 'w':
		map->width = ctl_number(state, arg, "width");
		if (map->width < 1 || map->width > 4096)
			argp_error(state, "width \"%s\": 1 to 4096", arg);
		return 0;
	case 'r':
		map->rows = ctl_number(state, arg, "rows");
		if (map->rows < 1 || map->rows > 4096)
			argp_error(state, "rows \"%s\": 1 to 4096", arg);
		return 0;
	case OPT_PROBE:
		map->probe = true;
		return 0;
	case OPT_COLOR:
		if (!strcmp(arg, "always"))
			map->color = true;
		else if (!strcmp(arg, "never"))
			map->color = false;
		else if (strcmp(arg, "auto"))
			argp_error(state, "color \"%s\": auto, always or never", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static unsigned int terminal_width(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > LABEL + 8)
		return size.ws_col;
	return 80;
}

/* Letters tell one owner from the next; shared ranges and one's own have signs. NULL: no memory. */
static char *signs_of(const struct owners *owners)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	char *signs = malloc(owners->count + 1);
	int *pids = calloc(owners->count + 1, sizeof(*pids));
	size_t i, letter;

	for (i = 0; signs && pids && i < owners->count; i++) {
		const struct owned *owned = &owners->ranges[i];

		if (owned->kind == OWNER_SHARED) {
			signs[i] = 'S';
		} else if (owned->kind == OWNER_MINE) {
			signs[i] = 'M';
		} else if (!owned->pid) {
			signs[i] = 'x';
		} else {
			/* The first place in the list that is the owner's, or still empty. */
			for (letter = 0; pids[letter] && pids[letter] != owned->pid; letter++)
				;
			pids[letter] = owned->pid;
			signs[i] = letters[letter % 26];
		}
	}
	if (!pids) {
		free(signs);
		signs = NULL;
	}
	free(pids);
	return signs;
}

/* The sign of bytes from @from to @to; @next is the first range that may reach into them. */
static char cell(const struct owners *owners, const char *signs, uint64_t from, uint64_t to,
		 size_t *next)
{
	char nothing = owners->complete ? '.' : '?', sign = 0;
	uint64_t covered = 0;
	size_t i;

	while (*next < owners->count &&
	       owners->ranges[*next].offset + owners->ranges[*next].length <= from)
		++*next;
	for (i = *next; i < owners->count && owners->ranges[i].offset < to; i++) {
		const struct owned *owned = &owners->ranges[i];
		uint64_t start = owned->offset > from ? owned->offset : from;
		uint64_t end = owned->offset + owned->length;

		covered += (end < to ? end : to) - start;
		if (sign && sign != signs[i])
			return '+';
		sign = signs[i];
	}
	if (!sign)
		return nothing;
	return covered == to - from ? sign : '+';
}

static const char *color_of(char sign)
{
	switch (sign) {
	case '.':
		return "\033[2m";
	case '?':
		return "\033[2;33m";
	case 'S':
		return "\033[1;32m";
	case 'M':
		return "\033[1;36m";
	case '+':
		return "\033[1;33m";
	default:
		return "\033[1;35m";
	}
}

static void draw(const struct map *map, const struct extram_info *info,
		 const struct owners *owners, const char *signs)
{
	uint64_t granules = info->capacity / info->granule;
	uint64_t cells = map->width * map->rows;
	/* Whole granules in a cell, so that a range of one granule shows. */
	uint64_t per_cell = (granules + cells - 1) / cells * info->granule;
	uint64_t at = 0;
	size_t next = 0;

	printf("each sign is %s\n", ctl_size(per_cell));
	while (at < info->capacity) {
		uint64_t column;
		char last = 0;

		printf("%*llu ", LABEL - 1, (unsigned long long)at);
		for (column = 0; column < map->width && at < info->capacity; column++) {
			uint64_t left = info->capacity - at;
			uint64_t to = at + (per_cell < left ? per_cell : left);
			char sign = cell(owners, signs, at, to, &next);

			if (map->color && sign != last)
				printf("\033[0m%s", color_of(sign));
			putchar(sign);
			last = sign;
			at = to;
		}
		printf("%s\n", map->color ? "\033[0m" : "");
	}
}

static void print_owner(const struct owned *owned, char sign)
{
	printf("  %c %10llu %10llu  ", sign, (unsigned long long)owned->offset,
	       (unsigned long long)owned->length);
	if (owned->kind == OWNER_SHARED)
		printf("shared\n");
	else if (owned->kind == OWNER_MINE)
		printf("this open file\n");
	else if (owned->pid)
		printf("%s, process %d\n", owned->comm, owned->pid);
	else
		printf("other programs\n");
}

static int print_map(const struct map *map, const char *path, const struct extram_info *info,
		      const struct owners *owners)
{
	char *signs = signs_of(owners);
	uint64_t known = 0;
	size_t i;

	if (!signs)
		return ctl_fail(map->ctl, ENOMEM, "%zu ranges", owners->count);
	for (i = 0; i < owners->count; i++)
		known += owners->ranges[i].length;
	printf("%s: %s, %s of %s free, largest free range %s, %.0f%% fragmented\n", path,
	       info->chip,
	       ctl_size(info->free_bytes), ctl_size(info->capacity), ctl_size(info->largest_free),
	       info->free_bytes ? 100 - 100.0 * info->largest_free / info->free_bytes : 0);
	draw(map, info, owners, signs);
	if (owners->complete)
		printf(". free  ");
	else
		printf("? free, or a range of another program  ");
	printf("S shared  M this open file  %s  + several\n",
	       strcmp(owners->source, "debugfs") ? "x other programs" : "a-z programs");
	if (owners->count && !map->ctl->quiet) {
		printf("\n    %10s %10s\n", "OFFSET", "LENGTH");
		for (i = 0; i < owners->count; i++)
			print_owner(&owners->ranges[i], signs[i]);
	}
	if (!owners->complete)
		printf("\n%llu bytes of other programs lie where only root can see it (debugfs); --probe finds out, but takes all free memory for a moment\n",
		       (unsigned long long)(info->capacity - info->free_bytes - known));
	free(signs);
	return CTL_OK;
}

static void json_map(const char *path, const struct extram_info *info, const struct owners *owners)
{
	static const char *const kinds[] = {
		[OWNER_SHARED] = "shared", [OWNER_MINE] = "mine", [OWNER_OTHER] = "other",
	};
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	ctl_add_text(object, "path", path);
	ctl_add(object, "capacity", info->capacity);
	ctl_add(object, "free", info->free_bytes);
	ctl_add(object, "largest_free", info->largest_free);
	ctl_add_text(object, "source", owners->source);
	ctl_add_flag(object, "complete", owners->complete);
	for (i = 0; i < owners->count; i++) {
		const struct owned *owned = &owners->ranges[i];
		struct json_object *range = json_object_new_object();

		ctl_add(range, "offset", owned->offset);
		ctl_add(range, "length", owned->length);
		ctl_add_text(range, "owner", kinds[owned->kind]);
		if (owned->pid) {
			ctl_add(range, "pid", owned->pid);
			ctl_add_text(range, "comm", owned->comm);
		}
		json_object_array_add(array, range);
	}
	json_object_object_add(object, "ranges", array);
	ctl_json(object);
}

int ctl_map(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "width", 'w', "N", 0, "Signs in a row (default: what fits the terminal)", 0 },
		{ "rows", 'r', "N", 0, "Rows at most (default 16)", 0 },
		{ "probe", OPT_PROBE, NULL, 0,
		  "Find the ranges of others by taking all free memory for a moment", 0 },
		{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Draws who owns which part of the memory, and how the free space is scattered.\vRanges of other programs are shown with their owners to root, where debugfs is mounted. Otherwise only shared ranges are known.",
		.children = ctl_common,
	};
	struct map map = {
		.ctl = ctl,
		.width = terminal_width() - LABEL,
		.rows = ROWS,
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
	};
	struct extram_info info;
	struct owners owners;
	struct extram *ram;
	int status = CTL_OK, error = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &map);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	if (extram_info(ram, &info))
		error = errno;
	else
		error = owners_find(ram, &info, map.probe, &owners);
	if (error) {
		status = ctl_fail(ctl, error, "%s", extram_path(ram));
	} else {
		if (ctl->json)
			json_map(extram_path(ram), &info, &owners);
		else
			status = print_map(&map, extram_path(ram), &info, &owners);
		owners_drop(&owners);
	}
	extram_close(ram);
	return status;
}
