// SPDX-License-Identifier: GPL-2.0-only
/*
 * Common options, numbers, errors, opening a memory, JSON.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "extramctl.h"

static const struct argp_option options[] = {
	{ "device", 'd', "MEMORY", 0,
	  "/dev/extram1, its number, the name of a chip, or fd:N; default $EXTRAM_DEVICE, else /dev/extram", 0 },
	{ "json", 'j', NULL, 0, "Answer in JSON, errors too", 0 },
	{ "progress", 'p', NULL, 0, "Show progress even if standard error is no terminal", 0 },
	{ "quiet", 'q', NULL, 0, "Say the least: no progress, only the answer", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ctl *ctl = state->input;

	switch (key) {
	case 'd':
		ctl->device = arg;
		return 0;
	case 'j':
		ctl->json = true;
		return 0;
	case 'p':
		ctl->progress = true;
		return 0;
	case 'q':
		ctl->quiet = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp common = { .options = options, .parser = parse };

const struct argp_child ctl_common[] = { { &common, 0, "Common options:", 8 }, { 0 } };

bool ctl_parse_number(const char *text, uint64_t *value)
{
	static const char units[] = "kMGT";
	unsigned int shift = 0;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		end++;
		if (!strcmp(end, "i") || !strcmp(end, "iB"))
			end += strlen(end);
	}
	if (*end || *value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

uint64_t ctl_number(struct argp_state *state, const char *text, const char *what)
{
	uint64_t value = 0;

	if (!ctl_parse_number(text, &value))
		argp_error(state, "%s \"%s\": not a number such as 4096, 0x1000, 4k or 1M", what,
			   text);
	return value;
}

static enum ctl_status status_of(int error)
{
	switch (error) {
	case EINVAL:
		return CTL_USAGE;
	case ENODEV:
	case ENOTTY:
	case ENOTUNIQ:
		return CTL_NO_MEMORY;
	case ENXIO:
	case ENOENT:
		return CTL_NO_RANGE;
	case ENOSPC:
	case EDQUOT:
	case EEXIST:
	case ENOMEM:
		return CTL_NO_ROOM;
	case EIO:
		return CTL_BUS;
	default:
		return CTL_OTHER;
	}
}

/* What the error means here and what to do; strerror() knows neither. */
static const char *hint(int error)
{
	switch (error) {
	case ENODEV:
		return "the chip has been taken away";
	case ENXIO:
	case ENOENT:
		return "no range there that this command may use; ranges of other programs are theirs alone unless shared";
	case ENOSPC:
		return "no free range is large enough; \"extramctl map\" shows them";
	case EEXIST:
		return "part of it is taken";
	case EDQUOT:
		return "this would be over a limit; \"extramctl info\" shows them";
	case EIO:
		return "the bus failed; the kernel's log (dmesg) says how";
	case EBADF:
		return "opened for reading only; permissions of the device node?";
	case EROFS:
		return "the device tree says that nobody writes to this memory";
	case EPERM:
		return "--keep needs CAP_SYS_RAWIO";
	default:
		return NULL;
	}
}

static int report(struct ctl *ctl, enum ctl_status status, int error, const char *text)
{
	const char *help = error ? hint(error) : NULL;
	char message[512];

	snprintf(message, sizeof(message), "%s%s%s%s%s%s", text, error ? ": " : "",
		 error ? strerror(error) : "", help ? " (" : "", help ?: "", help ? ")" : "");
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", ctl->name, message);
	if (ctl->json) {
		struct json_object *object = json_object_new_object();
		const char *name = error ? strerrorname_np(error) : NULL;

		ctl_add_text(object, "error", message);
		if (name)
			ctl_add_text(object, "errno", name);
		ctl_add(object, "status", status);
		ctl_json(object);
	}
	return status;
}

int ctl_fail(struct ctl *ctl, int error, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return report(ctl, status_of(error), error, text);
}

int ctl_fail_with(struct ctl *ctl, enum ctl_status status, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return report(ctl, status, 0, text);
}

struct extram *ctl_open(struct ctl *ctl, const char *device, int *status)
{
	struct extram *ram = extram_open(device);
	const char *name = device && *device ? device : "/dev/extram";

	if (ram)
		return ram;
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		*status = ctl_fail_with(ctl, CTL_NO_MEMORY,
					"%s: no such memory; \"extramctl list\" shows those there are", name);
		break;
	case ENOTTY:
	case EISDIR:
		*status = ctl_fail_with(ctl, CTL_NO_MEMORY, "%s: no extram memory", name);
		break;
	case ENOTUNIQ:
		*status = ctl_fail_with(ctl, CTL_NO_MEMORY,
					"%s: several memories have this chip; name the node", name);
		break;
	default:
		*status = ctl_fail(ctl, errno, "%s", name);
	}
	return NULL;
}

bool ctl_node_name(struct extram *ram, char *name, size_t size)
{
	char link[64], target[256], *slash;
	struct stat st;
	ssize_t n;

	if (fstat(extram_fd(ram), &st) || !S_ISCHR(st.st_mode))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return slash && (size_t)snprintf(name, size, "%s", slash + 1) < size;
}

void ctl_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(object);
}

void ctl_add(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void ctl_add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

void ctl_add_flag(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

const char *ctl_size(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	static char texts[4][32];
	static unsigned int next;
	char *text = texts[next++ % ARRAY_SIZE(texts)];
	unsigned int unit = 0;
	uint64_t one = 1;

	while (bytes / one >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		one <<= 10;
		unit++;
	}
	if (bytes % one)
		snprintf(text, sizeof(texts[0]), "%.1f %s", (double)bytes / one, units[unit]);
	else
		snprintf(text, sizeof(texts[0]), "%llu %s", (unsigned long long)(bytes / one),
			 units[unit]);
	return text;
}

double ctl_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
