// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl list and info: what the memories say about themselves.
 */
#include <errno.h>
#include <string.h>

#include "extramctl.h"

double ctl_fragmentation(const struct extram_info *info)
{
	return info->free_bytes ? 1 - (double)info->largest_free / info->free_bytes : 0;
}

struct json_object *ctl_info_object(const char *path, const struct extram_info *info)
{
	struct json_object *object = json_object_new_object();

	ctl_add_text(object, "path", path);
	ctl_add_text(object, "chip", (const char *)info->chip);
	ctl_add_flag(object, "volatile", info->flags & EXTRAM_INFO_VOLATILE);
	ctl_add(object, "capacity", info->capacity);
	ctl_add(object, "free", info->free_bytes);
	ctl_add(object, "largest_free", info->largest_free);
	json_object_object_add(object, "fragmentation",
			       json_object_new_double(ctl_fragmentation(info)));
	ctl_add(object, "granule", info->granule);
	ctl_add(object, "blocks", info->blocks);
	ctl_add(object, "max_blocks", info->max_blocks);
	ctl_add(object, "max_file_blocks", info->max_file_blocks);
	ctl_add(object, "max_file_bytes", info->max_file_bytes);
	ctl_add(object, "contents_lost", info->contents_lost);
	ctl_add_flag(object, "read_only", info->flags & EXTRAM_INFO_READ_ONLY);
	return object;
}

static error_t parse_none(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, state->input);
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct listing {
	struct ctl *ctl;
	struct json_object *array;
	unsigned int nodes;
};

static int list_one(const char *path, void *arg)
{
	struct listing *listing = arg;
	struct extram *ram = extram_open_path(path);
	struct extram_info info;
	int error = 0;

	if (!ram || extram_info(ram, &info))
		error = errno;
	extram_close(ram);
	if (listing->ctl->json) {
		struct json_object *object;

		if (error) {
			object = json_object_new_object();
			ctl_add_text(object, "path", path);
			ctl_add_text(object, "error", strerror(error));
		} else {
			object = ctl_info_object(path, &info);
		}
		json_object_array_add(listing->array, object);
		return 0;
	}
	if (!listing->nodes++ && !listing->ctl->quiet)
		printf("%-16s %-12s %-10s %10s %10s %7s\n", "MEMORY", "CHIP", "KIND", "SIZE",
		       "FREE",
		       "RANGES");
	if (error)
		printf("%-16s %s\n", path, strerror(error));
	else
		printf("%-16s %-12s %-10s %10s %10s %7u\n", path, info.chip,
		       info.flags & EXTRAM_INFO_VOLATILE ? "volatile" : "permanent",
		       ctl_size(info.capacity), ctl_size(info.free_bytes), info.blocks);
	return 0;
}

int ctl_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_none,
		.doc = "Lists the memories of this machine. An empty list is no error.",
		.children = ctl_common,
	};
	struct listing listing = { .ctl = ctl };

	argp_parse(&argp, argc, argv, 0, NULL, ctl);
	if (ctl->json)
		listing.array = json_object_new_array();
	if (extram_for_each_node(list_one, &listing))
		return ctl_fail(ctl, errno, "/sys/class/extram");
	if (ctl->json)
		ctl_json(listing.array);
	else if (!listing.nodes && !ctl->quiet)
		printf("no memories; is the driver loaded and a chip in the device tree?\n");
	return CTL_OK;
}

int ctl_info(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_none,
		.doc = "Tells the size of a memory, what is free, and its limits.",
		.children = ctl_common,
	};
	struct extram_info info;
	struct extram *ram;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, ctl);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	if (extram_info(ram, &info)) {
		status = ctl_fail(ctl, errno, "%s", extram_path(ram));
	} else if (ctl->json) {
		ctl_json(ctl_info_object(extram_path(ram), &info));
	} else {
		printf("memory          %s\n", extram_path(ram));
		printf("chip            %s, %s%s\n", info.chip,
		       info.flags & EXTRAM_INFO_VOLATILE ? "forgets without power" :
							   "remembers without power",
		       info.flags & EXTRAM_INFO_READ_ONLY ? ", read-only" : "");
		printf("size            %llu bytes (%s)\n", (unsigned long long)info.capacity,
		       ctl_size(info.capacity));
		printf("free            %llu bytes (%s)\n", (unsigned long long)info.free_bytes,
		       ctl_size(info.free_bytes));
		printf("largest free    %llu bytes (%s), %.0f%% fragmented\n",
		       (unsigned long long)info.largest_free, ctl_size(info.largest_free),
		       100 * ctl_fragmentation(&info));
		printf("granule         %u bytes\n", info.granule);
		printf("ranges          %u of at most %u\n", info.blocks, info.max_blocks);
		if (info.max_file_blocks != UINT32_MAX)
			printf("one program     at most %u ranges\n", info.max_file_blocks);
		if (info.max_file_bytes < info.capacity)
			printf("one program     at most %llu bytes\n",
			       (unsigned long long)info.max_file_bytes);
		if (info.contents_lost)
			printf("contents lost   %u times, for want of power\n", info.contents_lost);
	}
	extram_close(ram);
	return status;
}
