// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl sim: simulated controllers with chips, for trying things out without hardware.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extramctl.h"

#define SIM		"/sys/kernel/debug/extram-sim"
#define MAX_CHIPS	8	/* of a controller */

extern char **environ;

struct sim {
	struct ctl *ctl;
	const char *modules;
	char params[1024];	/* with a space in front of each */
	char **args;
	unsigned int count;
};

enum {
	OPT_MODULES = 256, OPT_HZ, OPT_MAX_HZ, OPT_MAX_TRANSFER, OPT_MAX_MESSAGE, OPT_SEED,
	OPT_NO_CS_CHANGE, OPT_HALF_DUPLEX, OPT_HIDE_SPEED, OPT_CLOCK_DIV2,
};

static const struct argp_option options[] = {
	{ "modules", OPT_MODULES, "DIR", 0,
	  "Where extram-sim.ko and extram.ko are (default: modprobe knows)", 0 },
	{ "hz", OPT_HZ, "N", 0, "Clock of the chips (default: each chip's own)", 0 },
	{ "max-hz", OPT_MAX_HZ, "N", 0, "Fastest clock of the controller", 0 },
	{ "max-transfer", OPT_MAX_TRANSFER, "N", 0, "Most bytes in one transfer of the controller",
	  0 },
	{ "max-message", OPT_MAX_MESSAGE, "N", 0, "Most bytes in one message of the controller",
	  0 },
	{ "seed", OPT_SEED, "N", 0, "Seed of what the chips hold after power-up", 0 },
	{ "no-cs-change", OPT_NO_CS_CHANGE, NULL, 0, "The controller drives chip select itself",
	  0 },
	{ "half-duplex", OPT_HALF_DUPLEX, NULL, 0, "The controller sends or receives, not both",
	  0 },
	{ "hide-speed", OPT_HIDE_SPEED, NULL, 0, "The controller does not tell its real clock", 0 },
	{ "clock-div2", OPT_CLOCK_DIV2, NULL, 0,
	  "The controller divides its clock by powers of two", 0 },
	{ 0 }
};

static void add_parameter(struct sim *sim, const char *name, const char *value)
{
	size_t used = strlen(sim->params);

	snprintf(sim->params + used, sizeof(sim->params) - used, " %s=%s", name, value);
}

static void add_number(struct sim *sim, struct argp_state *state, const char *name,
		       const char *text)
{
	char value[24];

	snprintf(value, sizeof(value), "%llu",
		 (unsigned long long)ctl_number(state, text, name));
	add_parameter(sim, name, value);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sim *sim = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, sim->ctl);
		sim->args = calloc(state->argc, sizeof(*sim->args));
		return sim->args ? 0 : ENOMEM;
	case OPT_MODULES:
		sim->modules = arg;
		return 0;
	case OPT_HZ:
		add_number(sim, state, "hz", arg);
		return 0;
	case OPT_MAX_HZ:
		add_number(sim, state, "max_hz", arg);
		return 0;
	case OPT_MAX_TRANSFER:
		add_number(sim, state, "max_transfer", arg);
		return 0;
	case OPT_MAX_MESSAGE:
		add_number(sim, state, "max_message", arg);
		return 0;
	case OPT_SEED:
		add_number(sim, state, "seed", arg);
		return 0;
	case OPT_NO_CS_CHANGE:
		add_parameter(sim, "no_cs_change", "1");
		return 0;
	case OPT_HALF_DUPLEX:
		add_parameter(sim, "half_duplex", "1");
		return 0;
	case OPT_HIDE_SPEED:
		add_parameter(sim, "hide_effective_speed", "1");
		return 0;
	case OPT_CLOCK_DIV2:
		add_parameter(sim, "clock_div2", "1");
		return 0;
	case ARGP_KEY_ARG:
		sim->args[sim->count++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* The kernel refuses a module that it has. 0 or errno. */
static int load_file(const struct sim *sim, const char *name, const char *params)
{
	char path[512];
	int fd, error = 0;

	snprintf(path, sizeof(path), "%s/%s.ko", sim->modules, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, params, 0))
		error = errno;
	close(fd);
	return error;
}

/* By modprobe, with a module parameter for each word of @params. 0 or errno. */
static int load_by_name(const char *name, const char *params)
{
	char *words = strdup(params), *word, *save;
	char *argv[32] = { (char *)"modprobe", (char *)name };
	int argc = 2, status, error;
	pid_t pid;

	if (!words)
		return ENOMEM;
	for (word = strtok_r(words, " ", &save); word && argc + 1 < (int)ARRAY_SIZE(argv);
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	error = posix_spawnp(&pid, "modprobe", NULL, NULL, argv, environ);
	if (!error) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (status)
			error = ENOEXEC;
	}
	free(words);
	return error;
}

static int load_module(const struct sim *sim, const char *name, const char *params)
{
	return sim->modules ? load_file(sim, name, params) : load_by_name(name, params);
}

static int load(struct sim *sim)
{
	char list[512] = "";
	unsigned int i;
	int error;

	if (sim->count < 2)
		return ctl_fail_with(sim->ctl, CTL_USAGE,
				     "sim load wants chips, such as 23lc1024 aps6404l");
	if (sim->count - 1 > MAX_CHIPS)
		return ctl_fail_with(sim->ctl, CTL_USAGE, "at most %d chips", MAX_CHIPS);
	for (i = 1; i < sim->count; i++) {
		size_t used = strlen(list);

		/* The kernel cuts parameters at spaces and lists at commas. */
		if (strpbrk(sim->args[i], " ,\"") || strlen(sim->args[i]) > 60)
			return ctl_fail_with(sim->ctl, CTL_USAGE, "chip \"%s\"", sim->args[i]);
		snprintf(list + used, sizeof(list) - used, "%s%s", used ? "," : "", sim->args[i]);
	}
	add_parameter(sim, "chips", list);
	if (!access("/sys/module/extram_sim", F_OK))
		return ctl_fail_with(sim->ctl, CTL_NO_ROOM,
				     "the simulator is loaded already; \"extramctl sim unload\" first");
	error = load_module(sim, "extram-sim", sim->params + 1);
	if (error)
		return ctl_fail_with(sim->ctl, CTL_OTHER,
				     "extram-sim: %s (the kernel's log says more)",
				     strerror(error));
	if (access("/sys/module/extram", F_OK)) {
		error = load_module(sim, "extram", "");
		if (error && error != EEXIST)
			return ctl_fail_with(sim->ctl, CTL_OTHER, "extram: %s", strerror(error));
	}
	if (sim->ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "loaded", "extram-sim");
		ctl_add_text(object, "parameters", sim->params + 1);
		ctl_json(object);
	} else if (!sim->ctl->quiet) {
		printf("loaded extram-sim%s\n", sim->params);
	}
	return CTL_OK;
}

/* Open files keep the memories, not the simulated controller: the driver lets it go. */
static int unload(struct sim *sim)
{
	if (syscall(SYS_delete_module, "extram_sim", O_NONBLOCK))
		return ctl_fail_with(sim->ctl, CTL_OTHER, "extram-sim: %s",
				     errno == ENOENT ? "not loaded" : strerror(errno));
	if (sim->ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "unloaded", "extram-sim");
		ctl_json(object);
	}
	return CTL_OK;
}

/* The value behind "key: " in a small file of debugfs, or "". */
static void value_of(const char *folder, const char *file, const char *key, char *value,
		     size_t size)
{
	char path[512], line[256];
	size_t length = strlen(key);
	FILE *in;

	*value = '\0';
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	in = fopen(path, "re");
	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, key, length) || strncmp(line + length, ": ", 2))
			continue;
		snprintf(value, size, "%s", line + length + 2);
		value[strcspn(value, "\n")] = '\0';
	}
	fclose(in);
}

static void list_chip(struct ctl *ctl, struct json_object *array, const char *folder)
{
	static const char *const counters[] = { "selects", "bytes", "payload", "violations" };
	char name[64], model[64], value[64], last[128], numbers[4][64];
	const char *place = folder + strlen(SIM) + 1;
	size_t i;

	snprintf(name, sizeof(name), "%s", place);
	value_of(folder, "model", "model", model, sizeof(model));
	value_of(folder, "model", "size", value, sizeof(value));
	value_of(folder, "last_violation", "last_violation", last, sizeof(last));
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		value_of(folder, "stats", counters[i], numbers[i], sizeof(numbers[i]));
	if (array) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "chip_select", name);
		ctl_add_text(object, "model", model);
		ctl_add(object, "size", strtoull(value, NULL, 10));
		for (i = 0; i < ARRAY_SIZE(counters); i++)
			ctl_add(object, counters[i], strtoull(numbers[i], NULL, 10));
		ctl_add_text(object, "last_violation", last);
		json_object_array_add(array, object);
		return;
	}
	printf("%-12s %-18s %10s %10s %12s %10s%s%s\n", name, model,
	       ctl_size(strtoull(value, NULL, 10)), numbers[0], numbers[2], numbers[3],
	       strcmp(last, "none") ? "  " : "", strcmp(last, "none") ? last : "");
	(void)ctl;
}

static int list(struct sim *sim)
{
	struct json_object *array = NULL;
	glob_t chips;
	size_t i;

	if (access("/sys/module/extram_sim", F_OK))
		return ctl_fail_with(sim->ctl, CTL_NO_MEMORY, "the simulator is not loaded");
	if (access(SIM, R_OK | X_OK))
		return ctl_fail_with(sim->ctl, CTL_OTHER,
				     SIM ": %s; it is for root, and debugfs has to be mounted",
				     strerror(errno));
	if (sim->ctl->json)
		array = json_object_new_array();
	else if (!sim->ctl->quiet)
		printf("%-12s %-18s %10s %10s %12s %10s\n", "CHIP SELECT", "MODEL", "SIZE",
		       "SELECTS",
		       "PAYLOAD", "VIOLATIONS");
	if (!glob(SIM "/*/cs*", 0, NULL, &chips)) {
		for (i = 0; i < chips.gl_pathc; i++)
			list_chip(sim->ctl, array, chips.gl_pathv[i]);
		globfree(&chips);
	}
	if (array)
		ctl_json(array);
	return CTL_OK;
}

/* Names come from the command line and end in a path: no way out of the folder. */
static int poke(struct sim *sim, const char *place, const char *file, const char *text)
{
	char path[256];
	int fd, error = 0;

	if (strstr(place, "..") || place[0] == '/')
		return ctl_fail_with(sim->ctl, CTL_USAGE, "\"%s\": no such chip select", place);
	if ((size_t)snprintf(path, sizeof(path), SIM "/%s/%s", place, file) >= sizeof(path))
		return ctl_fail_with(sim->ctl, CTL_USAGE, "\"%s\": no such chip select", place);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ctl_fail_with(sim->ctl, CTL_NO_MEMORY,
				     "%s: not there; \"extramctl sim list\" shows what is", path);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error == EINVAL)
		return ctl_fail_with(sim->ctl, CTL_USAGE, "\"%s\": the simulator does not take it",
				     text);
	if (error)
		return ctl_fail_with(sim->ctl, CTL_OTHER, "%s: %s", path, strerror(error));
	if (sim->ctl->json) {
		struct json_object *object = json_object_new_object();

		ctl_add_text(object, "wrote", file);
		ctl_json(object);
	}
	return CTL_OK;
}

static int fail(struct sim *sim)
{
	char text[64];
	uint64_t numbers[3] = { 1, 1, EIO };
	unsigned int i;

	if (sim->count < 2 || sim->count > 5)
		return ctl_fail_with(sim->ctl, CTL_USAGE,
				     "sim fail CONTROLLER [NTH [COUNT [ERRNO]]]");
	for (i = 2; i < sim->count; i++)
		if (!ctl_parse_number(sim->args[i], &numbers[i - 2]) || numbers[i - 2] > INT32_MAX)
			return ctl_fail_with(sim->ctl, CTL_USAGE, "\"%s\": not a number",
					     sim->args[i]);
	snprintf(text, sizeof(text), "%u %u %u", (unsigned int)numbers[0], (unsigned int)numbers[1],
		 (unsigned int)numbers[2]);
	return poke(sim, sim->args[1], "fail", text);
}

int ctl_sim(struct ctl *ctl, int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "load CHIP...\nunload\nlist\npower CONTROLLER/CHIPSELECT\nreset CONTROLLER/CHIPSELECT\nfail CONTROLLER [NTH [COUNT [ERRNO]]]",
		.doc = "Simulated chips for trying things out; nothing of it reaches a wire. For root.\v\"load\" makes a controller with the chips on its chip selects; PART:MODEL tells the driver PART where MODEL is, and \"none\" leaves a chip select empty. \"list\" counts what the chips saw, protocol violations too. \"power\" takes the supply away for a moment, \"reset\" starts the counters again, \"fail\" lets the NTH transfer from now and COUNT in all fail with ERRNO (1, 1, 5).",
		.children = ctl_common,
	};
	struct sim sim = { .ctl = ctl };
	const char *action;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &sim);
	action = sim.args[0];
	if (!strcmp(action, "load"))
		status = load(&sim);
	else if (!strcmp(action, "fail"))
		status = fail(&sim);
	else if ((!strcmp(action, "power") || !strcmp(action, "reset")) && sim.count == 2)
		status = poke(&sim, sim.args[1], action, "1");
	else if (!strcmp(action, "unload") && sim.count == 1)
		status = unload(&sim);
	else if (!strcmp(action, "list") && sim.count == 1)
		status = list(&sim);
	else
		status = ctl_fail_with(ctl, CTL_USAGE, "\"sim %s\": see extramctl sim --help",
				       action);
	free(sim.args);
	return status;
}
