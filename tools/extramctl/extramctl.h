/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of extramctl share: options, exit statuses, errors, numbers, progress.
 */
#ifndef _EXTRAMCTL_H
#define _EXTRAMCTL_H

#include <argp.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libextram.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define CTL_CHUNK	(64 * 1024)	/* bytes between two looks at the progress */

/* Exit statuses, as in the manual page */
enum ctl_status {
	CTL_OK = 0,
	CTL_FAULTY = 1,		/* the memory was tested and has faults */
	CTL_USAGE = 2,		/* wrong options or arguments */
	CTL_NO_MEMORY = 3,	/* no such memory, or its chip has gone */
	CTL_NO_RANGE = 4,	/* no range there that this command may use */
	CTL_NO_ROOM = 5,	/* full, taken, or over a limit */
	CTL_BUS = 6,		/* the bus failed */
	CTL_OTHER = 7,		/* files, permissions, everything else */
};

/**
 * struct ctl - one run of the command
 * @name: "extramctl alloc", for messages
 * @device: what the user calls the memory, or NULL
 * @json: answer in JSON
 * @quiet: say the least
 * @progress: show progress even where nobody may be looking
 */
struct ctl {
	const char *name;
	const char *device;
	bool json;
	bool quiet;
	bool progress;
};

struct ctl_command {
	const char *name;
	const char *summary;
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

int ctl_list(struct ctl *ctl, int argc, char **argv);
int ctl_info(struct ctl *ctl, int argc, char **argv);
int ctl_alloc(struct ctl *ctl, int argc, char **argv);
int ctl_free(struct ctl *ctl, int argc, char **argv);
int ctl_resize(struct ctl *ctl, int argc, char **argv);
int ctl_read(struct ctl *ctl, int argc, char **argv);
int ctl_write(struct ctl *ctl, int argc, char **argv);
int ctl_fill(struct ctl *ctl, int argc, char **argv);
int ctl_copy(struct ctl *ctl, int argc, char **argv);
int ctl_map(struct ctl *ctl, int argc, char **argv);
int ctl_test(struct ctl *ctl, int argc, char **argv);
int ctl_bench(struct ctl *ctl, int argc, char **argv);
int ctl_watch(struct ctl *ctl, int argc, char **argv);
int ctl_sim(struct ctl *ctl, int argc, char **argv);

/* Options that every command takes: the children of its argp. */
extern const struct argp_child ctl_common[];

/*
 * The input of a command's argp. Its parser hands ctl to the common options at ARGP_KEY_INIT by
 * CTL_PARSE_INIT().
 */
#define CTL_PARSE_INIT(state, ctl)	((state)->child_inputs[0] = (ctl))

/* Numbers as users write them: 4096, 0x1000, 4k, 1M. An argument that is none ends the command. */
uint64_t ctl_number(struct argp_state *state, const char *text, const char *what);
bool ctl_parse_number(const char *text, uint64_t *value);

/*
 * Failures: a message to standard error, with the text of @error and what may help; in JSON too.
 * Answers the exit status that fits @error.
 */
int ctl_fail(struct ctl *ctl, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int ctl_fail_with(struct ctl *ctl, enum ctl_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Opens the memory that the user means, or says why not; the status is then in @status. */
struct extram *ctl_open(struct ctl *ctl, const char *device, int *status);

/* The name of the open node, whatever path led to it: "extram1". */
bool ctl_node_name(struct extram *ram, char *name, size_t size);

/* Prints an object and lets go of it. */
void ctl_json(struct json_object *object);
void ctl_add(struct json_object *object, const char *key, uint64_t value);
void ctl_add_text(struct json_object *object, const char *key, const char *value);
void ctl_add_flag(struct json_object *object, const char *key, bool value);

/* 131072 as "128 KiB", exact or with one decimal; the string is good until the fourth call on. */
const char *ctl_size(uint64_t bytes);

/* What INFO says, as JSON; which part of the free memory is not in the largest range. */
struct json_object *ctl_info_object(const char *path, const struct extram_info *info);
double ctl_fragmentation(const struct extram_info *info);

double ctl_now(void);

/**
 * struct ctl_progress - a bar on standard error, while somebody looks at it
 * @what: in front of it
 * @total: bytes in all
 * @shown: whether it is
 * @start: when it began
 * @last: when it was drawn last
 */
struct ctl_progress {
	const char *what;
	uint64_t total;
	bool shown;
	double start;
	double last;
};

void ctl_progress_begin(struct ctl *ctl, struct ctl_progress *bar, const char *what,
			uint64_t total);
void ctl_progress_at(struct ctl_progress *bar, uint64_t done);
void ctl_progress_end(struct ctl_progress *bar);

#endif /* _EXTRAMCTL_H */
