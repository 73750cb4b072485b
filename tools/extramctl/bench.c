// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl bench: how fast the memory is, for transfers of many sizes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "extramctl.h"

#define SAMPLES	4096	/* latencies kept for the percentiles */

struct bench {
	struct ctl *ctl;
	double seconds;
	uint64_t max;
};

struct result {
	unsigned int count;
	double seconds;
	double median;
	double p99;
	double worst;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench *bench = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, bench->ctl);
		return 0;
	case 't':
		bench->seconds = strtod(arg, &end);
		if (*end || end == arg || !(bench->seconds > 0 && bench->seconds < 1e4))
			argp_error(state, "time \"%s\": not a number of seconds", arg);
		return 0;
	case 'm':
		bench->max = ctl_number(state, arg, "size");
		if (!bench->max || bench->max > 1u << 30)
			argp_error(state, "size \"%s\": 1 to 1G", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

enum work { READ, WRITE, ALLOC_FREE };

/* One operation; 0 or errno. */
static int once(struct extram *ram, enum work work, void *buf, uint64_t size, uint64_t offset)
{
	struct extram_range range;
	ssize_t n;

	if (work == ALLOC_FREE)
		return extram_alloc(ram, size, 0, 0, &range) || extram_free(ram, range.offset) ?
			errno : 0;
	if (work == READ)
		n = extram_read(ram, buf, size, offset);
	else
		n = extram_write(ram, buf, size, offset);
	return n == (ssize_t)size ? 0 : errno ?: EIO;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(struct extram *ram, const struct bench *bench, enum work work, void *buf,
		   uint64_t size, uint64_t offset, struct result *result)
{
	double samples[SAMPLES], start = ctl_now(), before = start, now = start;
	unsigned int kept;
	int error;

	*result = (struct result) { 0 };
	do {
		error = once(ram, work, buf, size, offset);
		if (error)
			return error;
		now = ctl_now();
		samples[result->count++ % SAMPLES] = now - before;
		if (now - before > result->worst)
			result->worst = now - before;
		before = now;
	} while (now - start < bench->seconds);
	result->seconds = now - start;
	kept = result->count < SAMPLES ? result->count : SAMPLES;
	qsort(samples, kept, sizeof(samples[0]), by_value);
	result->median = samples[kept / 2];
	result->p99 = samples[kept * 99 / 100];
	return 0;
}

static void show(struct ctl *ctl, struct json_object *array, const char *name, uint64_t size,
		 bool bytes, const struct result *result)
{
	double rate = bytes ? size * result->count / result->seconds : 0;
	struct json_object *object;
	char throughput[32] = "";

	if (!array) {
		if (bytes)
			snprintf(throughput, sizeof(throughput), "%s/s", ctl_size(rate));
		printf("%-10s %9s %9u %13s %11.1f %11.1f %11.1f\n", name, ctl_size(size),
		       result->count, throughput, result->median * 1e6, result->p99 * 1e6,
		       result->worst * 1e6);
		fflush(stdout);
		return;
	}
	(void)ctl;
	object = json_object_new_object();
	ctl_add_text(object, "operation", name);
	ctl_add(object, "size", size);
	ctl_add(object, "count", result->count);
	if (bytes)
		json_object_object_add(object, "bytes_per_second", json_object_new_double(rate));
	json_object_object_add(object, "median_seconds", json_object_new_double(result->median));
	json_object_object_add(object, "p99_seconds", json_object_new_double(result->p99));
	json_object_object_add(object, "worst_seconds", json_object_new_double(result->worst));
	json_object_array_add(array, object);
}

static int run(struct ctl *ctl, const struct bench *bench, struct extram *ram,
	       const struct extram_range *range, uint64_t largest, struct json_object *array)
{
	static const char *const names[] = { "write", "read", "alloc+free" };
	static const enum work order[] = { WRITE, READ, ALLOC_FREE };
	unsigned char *buf = malloc(largest);
	struct result result;
	uint64_t size;
	int error = 0;
	size_t i;

	if (!buf)
		return ctl_fail(ctl, ENOMEM, "%llu bytes", (unsigned long long)largest);
	memset(buf, 0x5a, largest);
	/* Bytes that were never written would be read without the bus. */
	if (extram_write(ram, buf, largest, range->offset) != (ssize_t)largest)
		error = errno ?: EIO;
	if (!error && !array && !ctl->quiet)
		printf("%-10s %9s %9s %13s %11s %11s %11s\n", "OPERATION", "SIZE", "COUNT",
		       "THROUGHPUT", "MEDIAN us", "99% us", "WORST us");
	for (i = 0; i < ARRAY_SIZE(order) && !error; i++) {
		for (size = 1; size <= largest && !error; size *= 4) {
			/* How long a range is makes no difference to the allocator. */
			if (order[i] == ALLOC_FREE && size > 1)
				break;
			error = measure(ram, bench, order[i], buf, size, range->offset, &result);
			if (!error)
				show(ctl, array, names[i], size, order[i] != ALLOC_FREE, &result);
		}
	}
	free(buf);
	return error ? ctl_fail(ctl, error, "%s", extram_path(ram)) : CTL_OK;
}

int ctl_bench(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "time", 't', "SECONDS", 0, "How long each line is measured (default 0.5)", 0 },
		{ "max", 'm', "BYTES", 0,
		  "Largest transfer (default 256k, or half of what is free)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Measures throughput and latency of reads and writes of 1, 4, 16 ... bytes, and of taking and freeing a range.\vWorks in a range of its own, which is freed at the end. What simulated chips show is the speed of this processor, not of a chip.",
		.children = ctl_common,
	};
	struct bench bench = { .ctl = ctl, .seconds = 0.5 };
	struct json_object *array = NULL;
	struct extram_range range;
	struct extram_info info;
	struct extram *ram;
	uint64_t largest;
	int status = CTL_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &bench);
	ram = ctl_open(ctl, ctl->device, &status);
	if (!ram)
		return status;
	if (extram_info(ram, &info)) {
		status = ctl_fail(ctl, errno, "%s", extram_path(ram));
		goto close_ram;
	}
	largest = bench.max ?: 256 * 1024;
	if (!bench.max && largest > info.largest_free / 2)
		largest = info.largest_free / 2;
	if (!largest)
		largest = 1;
	if (extram_alloc(ram, largest, 0, 0, &range)) {
		status = ctl_fail(ctl, errno, "%llu bytes", (unsigned long long)largest);
		goto close_ram;
	}
	if (ctl->json)
		array = json_object_new_array();
	status = run(ctl, &bench, ram, &range, largest, array);
	if (array && !status) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "path", extram_path(ram));
		ctl_add_text(object, "chip", (char *)info.chip);
		json_object_object_add(object, "results", array);
		ctl_json(object);
	} else {
		json_object_put(array);
	}
close_ram:
	extram_close(ram);
	return status;
}
