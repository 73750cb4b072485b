// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding and opening memories.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define CLASS	"/sys/class/extram"
#define NODE	"/dev/extram"

/* Takes @fd over, also when it fails. A file that does not answer INFO is none of ours. */
static struct extram *adopt(int fd, const char *path)
{
	struct extram *ram = malloc(sizeof(*ram) + strlen(path) + 1);
	struct extram_info info;
	int error;

	if (!ram) {
		error = ENOMEM;
		goto close_fd;
	}
	ram->fd = fd;
	strcpy(ram->path, path);
	if (!extram_info(ram, &info))
		return ram;
	error = errno == EINVAL ? ENOTTY : errno;
	free(ram);
close_fd:
	close(fd);
	errno = error;
	return NULL;
}

struct extram *extram_open_path(const char *path)
{
	int fd;

	/* Without the right to write, a memory can still be looked at. */
	do {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0 && (errno == EACCES || errno == EROFS))
			fd = open(path, O_RDONLY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? NULL : adopt(fd, path);
}

struct extram *extram_open_fd(int fd)
{
	char path[16];

	if (fcntl(fd, F_GETFD) < 0)
		return NULL;
	snprintf(path, sizeof(path), "fd:%d", fd);
	return adopt(fd, path);
}

struct extram *extram_open_index(unsigned int index)
{
	char path[sizeof(NODE) + 10];

	if (index)
		snprintf(path, sizeof(path), NODE "%u", index);
	else
		strcpy(path, NODE);
	return extram_open_path(path);
}

struct search {
	const char *chip;
	struct extram *found;
	int error;
};

static int try_node(const char *path, void *arg)
{
	struct extram *ram = extram_open_path(path);
	struct search *search = arg;
	struct extram_info info;

	if (!ram) {
		search->error = errno;
		return 0;
	}
	if (extram_info(ram, &info) || strcmp((char *)info.chip, search->chip)) {
		extram_close(ram);
		return 0;
	}
	if (search->found) {
		extram_close(ram);
		search->error = ENOTUNIQ;
		return -1;
	}
	search->found = ram;
	return 0;
}

struct extram *extram_open_chip(const char *chip)
{
	struct search search = { .chip = chip, .error = ENODEV };

	if (!extram_for_each_node(try_node, &search) && search.found)
		return search.found;
	extram_close(search.found);
	errno = search.error;
	return NULL;
}

/* A whole decimal number, or false. */
static bool number(const char *text, unsigned int max, unsigned int *value)
{
	unsigned long n;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*end || errno || n > max)
		return false;
	*value = n;
	return true;
}

struct extram *extram_open(const char *which)
{
	unsigned int n;

	if (!which || !*which)
		return extram_open_index(0);
	if (strchr(which, '/'))
		return extram_open_path(which);
	if (number(which, UINT_MAX, &n))
		return extram_open_index(n);
	if (!strncmp(which, "fd:", 3)) {
		if (number(which + 3, INT_MAX, &n))
			return extram_open_fd(n);
		errno = EINVAL;
		return NULL;
	}
	return extram_open_chip(which);
}

void extram_close(struct extram *ram)
{
	int error = errno;

	if (!ram)
		return;
	close(ram->fd);
	free(ram);
	errno = error;
}

int extram_fd(const struct extram *ram)
{
	return ram->fd;
}

const char *extram_path(const struct extram *ram)
{
	return ram->path;
}

/* Names of the class are extram, extram1, extram2 ... */
static int is_memory(const struct dirent *entry)
{
	unsigned int n;

	if (strncmp(entry->d_name, "extram", 6))
		return 0;
	return !entry->d_name[6] || number(entry->d_name + 6, UINT_MAX, &n);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	unsigned int m = 0, n = 0;

	number((*a)->d_name + 6, UINT_MAX, &m);
	number((*b)->d_name + 6, UINT_MAX, &n);
	return (m > n) - (m < n);
}

int extram_for_each_node(int (*visit)(const char *path, void *arg), void *arg)
{
	char path[sizeof("/dev/") + NAME_MAX];
	struct dirent **entries;
	int i, n, ret = 0;

	n = scandir(CLASS, &entries, is_memory, by_number);
	if (n < 0) {
		/* The driver is not loaded: there is none. */
		if (errno == ENOENT)
			return 0;
		return -1;
	}
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/dev/%s", entries[i]->d_name);
		if (!ret)
			ret = visit(path, arg);
		free(entries[i]);
	}
	free(entries);
	return ret;
}
