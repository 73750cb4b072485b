// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl test: takes the free memory, tests it, tells what is wrong with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "extramctl.h"
#include "memtest.h"

#define MAX_AREAS	1024

struct test {
	struct ctl *ctl;
	struct extram *ram;
	uint64_t length;
	uint64_t seed;
	uint64_t rounds;
	unsigned int chosen;	/* a bit for each of mt_tests, 0 for all */
	struct mt_area areas[MAX_AREAS];
	size_t nareas;
	struct ctl_progress bar;
	uint64_t done;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct test *test = state->input;
	size_t i;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, test->ctl);
		return 0;
	case 'l':
		test->length = ctl_number(state, arg, "length");
		if (!test->length)
			argp_error(state, "length 0: nothing to test");
		return 0;
	case 's':
		test->seed = ctl_number(state, arg, "seed");
		return 0;
	case 'n':
		test->rounds = ctl_number(state, arg, "rounds");
		if (!test->rounds)
			argp_error(state, "rounds 0: nothing to test");
		return 0;
	case ARGP_KEY_ARG:
		for (i = 0; i < mt_ntests; i++)
			if (!strcmp(arg, mt_tests[i].name))
				break;
		if (i == mt_ntests)
			argp_error(state,
				   "no test \"%s\"; there are walking, address, random, march",
				   arg);
		test->chosen |= 1u << i;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* The bytes of a chunk lie in one range, for areas are ranges. */
static int read_bytes(void *arg, uint64_t offset, void *buf, size_t length)
{
	struct test *test = arg;

	if (extram_read(test->ram, buf, length, offset) == (ssize_t)length)
		return 0;
	return -(errno ?: EIO);
}

static int write_bytes(void *arg, uint64_t offset, const void *buf, size_t length)
{
	struct test *test = arg;

	if (extram_write(test->ram, buf, length, offset) == (ssize_t)length)
		return 0;
	return -(errno ?: EIO);
}

static void progress(void *arg, size_t length)
{
	struct test *test = arg;

	test->done += length;
	ctl_progress_at(&test->bar, test->done);
}

static int by_offset(const void *a, const void *b)
{
	const struct mt_area *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The largest free ranges: until nothing is left, to the limit of a file, or what was asked for. */
static int take_areas(struct test *test, uint64_t *taken)
{
	struct extram_info info;
	struct extram_range range;
	unsigned int tries = 10 * MAX_AREAS;

	*taken = 0;
	while (tries-- && test->nareas < MAX_AREAS && (!test->length || *taken < test->length)) {
		uint64_t want;

		if (extram_info(test->ram, &info))
			return errno;
		want = info.largest_free;
		if (test->length && want > test->length - *taken)
			want = test->length - *taken;
		if (want > info.max_file_bytes - *taken)
			want = (info.max_file_bytes - *taken) / info.granule * info.granule;
		if (!want)
			break;
		if (extram_alloc(test->ram, want, 0, 0, &range)) {
			/* Somebody was faster, or this is all that we may have. */
			if (errno == ENOSPC)
				continue;
			if (errno == EDQUOT && test->nareas)
				break;
			return errno;
		}
		test->areas[test->nareas].offset = range.offset;
		test->areas[test->nareas++].length = range.length;
		*taken += range.length;
	}
	qsort(test->areas, test->nareas, sizeof(test->areas[0]), by_offset);
	return test->nareas ? 0 : ENOSPC;
}

static struct json_object *report_object(const char *name, const struct mt_report *report)
{
	struct json_object *object = json_object_new_object();
	struct json_object *samples = json_object_new_array();
	unsigned int i;

	ctl_add_text(object, "test", name);
	ctl_add(object, "checked", report->checked);
	ctl_add(object, "bad", report->bad);
	if (report->bad) {
		ctl_add(object, "first", report->first);
		ctl_add(object, "last", report->last);
		ctl_add(object, "read_one", report->high);
		ctl_add(object, "read_zero", report->low);
		ctl_add(object, "unstable", report->unstable);
		ctl_add(object, "aliases", report->aliases);
	}
	for (i = 0; i < report->nsamples; i++) {
		struct json_object *sample = json_object_new_object();

		ctl_add(sample, "offset", report->samples[i].offset);
		ctl_add(sample, "wanted", report->samples[i].wanted);
		ctl_add(sample, "got", report->samples[i].got);
		json_object_array_add(samples, sample);
	}
	json_object_object_add(object, "samples", samples);
	return object;
}

static void print_report(const char *name, const struct mt_report *report)
{
	unsigned int i;

	if (!report->bad) {
		printf("%-8s ok, %s compared\n", name, ctl_size(report->checked));
		return;
	}
	printf("%-8s FAILED: %llu of %llu bytes, between offsets %llu and %llu\n", name,
	       (unsigned long long)report->bad, (unsigned long long)report->checked,
	       (unsigned long long)report->first, (unsigned long long)report->last);
	printf("         bits read 1 instead of 0: %02x, 0 instead of 1: %02x; %llu differ when read again\n",
	       report->high, report->low, (unsigned long long)report->unstable);
	for (i = 0; i < report->nsamples; i++)
		printf("         offset %llu: %02x, wanted %02x\n",
		       (unsigned long long)report->samples[i].offset, report->samples[i].got,
		       report->samples[i].wanted);
}

static bool chosen(const struct test *test, size_t i)
{
	return !test->chosen || test->chosen & 1u << i;
}

static int run_tests(struct test *test, struct mt_report *sum, struct json_object *array)
{
	struct mt_memory memory = {
		.areas = test->areas,
		.nareas = test->nareas,
		.read = read_bytes,
		.write = write_bytes,
		.progress = progress,
		.arg = test,
	};
	uint64_t taken = 0, round;
	size_t i;
	int err;

	for (i = 0; i < test->nareas; i++)
		taken += test->areas[i].length;
	for (round = 0; round < test->rounds; round++) {
		for (i = 0; i < mt_ntests; i++) {
			struct mt_report report;

			if (!chosen(test, i))
				continue;
			mt_report_init(&report);
			test->done = 0;
			ctl_progress_begin(test->ctl, &test->bar, mt_tests[i].name,
					   taken * mt_tests[i].moves);
			err = mt_tests[i].run(&memory, test->seed + round, &report);
			ctl_progress_end(&test->bar);
			if (err)
				return ctl_fail(test->ctl, -err, "test \"%s\"", mt_tests[i].name);
			mt_report_add(sum, &report);
			if (array)
				json_object_array_add(array, report_object(mt_tests[i].name,
									   &report));
			else if (!test->ctl->quiet || report.bad)
				print_report(mt_tests[i].name, &report);
			fflush(stdout);
		}
	}
	return sum->bad ? CTL_FAULTY : CTL_OK;
}

static int run(struct ctl *ctl, struct test *test)
{
	struct json_object *array = ctl->json ? json_object_new_array() : NULL;
	struct extram_info info;
	struct mt_report sum;
	char cause[256] = "";
	uint64_t taken;
	int status, error = 0;

	mt_report_init(&sum);
	if (extram_info(test->ram, &info))
		error = errno;
	if (!error)
		error = take_areas(test, &taken);
	if (error) {
		status = ctl_fail(ctl, error, "memory to test");
		goto put;
	}
	if (!array && !ctl->quiet)
		printf("testing %s of %s in %zu piece%s%s, seed %llu\n", ctl_size(taken),
		       ctl_size(info.capacity), test->nareas, test->nareas == 1 ? "" : "s",
		       taken < info.capacity && !test->length ? "; the rest is in use" : "",
		       (unsigned long long)test->seed);
	status = run_tests(test, &sum, array);
	if (status > CTL_FAULTY)
		goto put;
	if (sum.bad)
		mt_diagnose(&sum, cause, sizeof(cause));
	if (array) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "path", extram_path(test->ram));
		ctl_add(object, "capacity", info.capacity);
		ctl_add(object, "tested", taken);
		ctl_add(object, "seed", test->seed);
		ctl_add_flag(object, "ok", !sum.bad);
		if (sum.bad)
			ctl_add_text(object, "cause", cause);
		json_object_object_add(object, "tests", array);
		array = NULL;
		ctl_json(object);
	} else if (sum.bad) {
		printf("likely cause: %s\n", cause);
	}
put:
	json_object_put(array);
	return status;
}

int ctl_test(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "length", 'l', "BYTES", 0, "Test that much (default: all that is free)", 0 },
		{ "rounds", 'n', "N", 0, "Run the tests N times (default 1)", 0 },
		{ "seed", 's', "N", 0,
		  "Seed of the random test (default: from the clock; it is told)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[walking] [address] [random] [march]",
		.doc = "Tests the memory, by default with all tests, and tells what is likely to be wrong with it.\vOnly memory that is free is tested, and what it held is lost. While the test runs, others find the memory full. Exit status 1 means that the memory has faults.",
		.children = ctl_common,
	};
	struct test *test = calloc(1, sizeof(*test));
	int status = CTL_OK;

	if (!test)
		return ctl_fail(ctl, ENOMEM, "test");
	test->ctl = ctl;
	test->rounds = 1;
	test->seed = time(NULL);
	argp_parse(&argp, argc, argv, 0, NULL, test);
	test->ram = ctl_open(ctl, ctl->device, &status);
	if (test->ram)
		status = run(ctl, test);
	extram_close(test->ram);
	free(test);
	return status;
}
