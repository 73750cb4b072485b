// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl watch: how full a memory is and what goes over its wire, as time goes by.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "extramctl.h"

struct watch {
	struct ctl *ctl;
	double interval;
	uint64_t count;
};

/**
 * struct counters - what sysfs counts, since the memory appeared
 * @known: whether it does
 * @bytes: moved over the wire
 * @transfers: in so many
 * @errors: transfers that failed for good
 * @retries: transfers that were tried again
 * @time: when this was
 */
struct counters {
	bool known;
	uint64_t bytes;
	uint64_t transfers;
	uint64_t errors;
	uint64_t retries;
	double time;
};

static error_t parse_watch(int key, char *arg, struct argp_state *state)
{
	struct watch *watch = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, watch->ctl);
		return 0;
	case 'i':
		watch->interval = strtod(arg, &end);
		if (*end || end == arg || !(watch->interval >= 0.001 && watch->interval < 1e6))
			argp_error(state, "interval \"%s\": not a number of seconds", arg);
		return 0;
	case 'n':
		watch->count = ctl_number(state, arg, "count");
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static bool counter(const char *name, const char *what, uint64_t *value)
{
	char path[128], line[32];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/extram/%s/%s", name, what);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(line, sizeof(line), file)) {
		*value = strtoull(line, NULL, 10);
		found = true;
	}
	fclose(file);
	return found;
}

static struct counters count(struct extram *ram)
{
	struct counters now = { .time = ctl_now() };
	char name[32];

	now.known = ctl_node_name(ram, name, sizeof(name)) &&
		    counter(name, "bytes", &now.bytes) &&
		    counter(name, "transfers", &now.transfers) &&
		    counter(name, "errors", &now.errors) && counter(name, "retries", &now.retries);
	return now;
}

static void json_line(const char *path, const struct extram_info *info,
		      const struct counters *counters)
{
	struct json_object *object = ctl_info_object(path, info);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_object_object_add(object, "time",
			       json_object_new_double(now.tv_sec + now.tv_nsec / 1e9));
	if (counters->known) {
		ctl_add(object, "bytes", counters->bytes);
		ctl_add(object, "transfers", counters->transfers);
		ctl_add(object, "errors", counters->errors);
		ctl_add(object, "retries", counters->retries);
	}
	ctl_json(object);
}

static void heading(bool counters)
{
	printf("%-9s %10s %10s %10s %7s %6s", "TIME", "USED", "FREE", "LARGEST", "RANGES", "FRAG");
	if (counters)
		printf(" %14s %8s %8s", "WIRE", "ERRORS", "RETRIES");
	putchar('\n');
}

static void print_line(const struct extram_info *info, const struct counters *counters,
		       const struct counters *before)
{
	struct timespec now;
	struct tm local;
	char clock[16];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	printf("%-9s %10s %10s %10s %7u %5.0f%%", clock,
	       ctl_size(info->capacity - info->free_bytes), ctl_size(info->free_bytes),
	       ctl_size(info->largest_free), info->blocks, 100 * ctl_fragmentation(info));
	if (counters->known) {
		double took = counters->time - before->time;
		uint64_t moved = counters->bytes - before->bytes;

		printf(" %12s/s %8llu %8llu", ctl_size(took > 0 ? moved / took : 0),
		       (unsigned long long)counters->errors, (unsigned long long)counters->retries);
	}
	putchar('\n');
	fflush(stdout);
}

int ctl_watch(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "interval", 'i', "SECONDS", 0, "Time between two lines (default 1)", 0 },
		{ "count", 'n', "N", 0, "End after N lines (default: never)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_watch,
		.doc = "Prints a line now and then about how full the memory is and what goes over its wire. Ends when the chip is taken away, with status 3.",
		.children = ctl_common,
	};
	struct watch watch = { .ctl = ctl, .interval = 1 };
	struct counters now, before = { 0 };
	struct extram_info info;
	struct extram *ram;
	int status = CTL_OK;
	uint64_t line;

	argp_parse(&argp, argc, argv, 0, NULL, &watch);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	for (line = 0; !watch.count || line < watch.count; line++) {
		struct pollfd wait = { .fd = extram_fd(ram) };

		/* The only event that can come is that the chip goes. */
		if (line)
			poll(&wait, 1, watch.interval * 1000);
		if (extram_info(ram, &info)) {
			status = ctl_fail(ctl, errno, "%s", extram_path(ram));
			break;
		}
		now = count(ram);
		if (!line)
			before = now;
		if (ctl->json) {
			json_line(extram_path(ram), &info, &now);
			continue;
		}
		if (line % 20 == 0 && !ctl->quiet)
			heading(now.known);
		print_line(&info, &now, &before);
		before = now;
	}
	extram_close(ram);
	return status;
}
