// SPDX-License-Identifier: GPL-2.0-only
/*
 * extramctl: external serial RAM from the command line. Finds the command and runs it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "extramctl.h"

const char *argp_program_version = "extramctl " EXTRAM_VERSION_STRING;

static const struct ctl_command commands[] = {
	{ "list", "the memories of this machine", ctl_list },
	{ "info", "one memory: size, what is free, limits", ctl_info },
	{ "map", "a picture: who owns what, how the free space is scattered", ctl_map },
	{ "alloc", "take a range, shared or for the time of a command", ctl_alloc },
	{ "free", "give shared ranges back", ctl_free },
	{ "resize", "make a range longer or shorter", ctl_resize },
	{ "read", "bytes to a file or the terminal", ctl_read },
	{ "write", "bytes from a file or the command line", ctl_write },
	{ "fill", "the same byte all over", ctl_fill },
	{ "copy", "bytes from one place to another", ctl_copy },
	{ "test", "find faults of the memory and their cause", ctl_test },
	{ "bench", "measure throughput and latency", ctl_bench },
	{ "watch", "how full the memory is, as time goes by", ctl_watch },
	{ "sim", "simulated chips: load, look at, break", ctl_sim },
};

static char *list_commands(int key, const char *text, void *input)
{
	size_t size, i;
	char *help;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&help, &size);
	if (!out)
		return NULL;
	fprintf(out, "Commands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n\"extramctl COMMAND --help\" tells the options of each; see extramctl(1).");
	fclose(out);
	return help;
}

struct choice {
	struct ctl *ctl;
	char **argv;
	int argc;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		CTL_PARSE_INIT(state, choice->ctl);
		return 0;
	case ARGP_KEY_ARG:
		/* What follows is the command's own. */
		choice->argv = state->argv + state->next - 1;
		choice->argc = state->argc - state->next + 1;
		state->next = state->argc;
		(void)arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "External serial RAM from the command line.\v ",
		.children = ctl_common,
		.help_filter = list_commands,
	};
	struct ctl ctl = { .name = "extramctl", .device = getenv("EXTRAM_DEVICE") };
	struct choice choice = { .ctl = &ctl };
	char name[32];
	size_t i;
	int status;

	argp_err_exit_status = CTL_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, choice.argv[0]))
			continue;
		snprintf(name, sizeof(name), "extramctl %s", commands[i].name);
		ctl.name = name;
		choice.argv[0] = name;
		status = commands[i].run(&ctl, choice.argc, choice.argv);
		if (fflush(stdout) && !status)
			status = ctl_fail(&ctl, errno, "standard output");
		return status;
	}
	return ctl_fail_with(&ctl, CTL_USAGE, "no command \"%s\"; \"extramctl --help\" lists them",
			     choice.argv[0]);
}
