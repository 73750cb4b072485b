// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the torture programs share.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define CLASS		"/sys/class/extram"
#define SPI_DRIVER	"/sys/bus/spi/drivers/extram"

void tt_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("failed: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(1);
}

void tt_parse(int argc, char **argv, struct tt_options *options)
{
	struct timespec now;
	int i;

	clock_gettime(CLOCK_REALTIME, &now);
	options->seed = (uint64_t)now.tv_sec * 1000000007u + now.tv_nsec;
	for (i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			tt_die("%s: not of the form name=value", argv[i]);
		value++;
		if (!strncmp(argv[i], "seconds=", 8))
			options->seconds = strtoul(value, NULL, 0);
		else if (!strncmp(argv[i], "calls=", 6))
			options->calls = strtoull(value, NULL, 0);
		else if (!strncmp(argv[i], "workers=", 8))
			options->workers = strtoul(value, NULL, 0);
		else if (!strncmp(argv[i], "nodes=", 6))
			options->nodes = strtoul(value, NULL, 0);
		else if (!strncmp(argv[i], "seed=", 5))
			options->seed = strtoull(value, NULL, 0);
		else if (!strncmp(argv[i], "only=", 5))
			options->only = value;
		else if (!strncmp(argv[i], "spoil=", 6))
			options->spoil = strtoul(value, NULL, 0);
		else
			tt_die("%s: no such option", argv[i]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed=%llu\n", (unsigned long long)options->seed);
}

uint32_t tt_random(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (x ^ x >> 31) >> 32;
}

uint32_t tt_below(uint64_t *seed, uint32_t n)
{
	return (uint64_t)tt_random(seed) * n >> 32;
}

bool tt_one_in(uint64_t *seed, uint32_t n)
{
	return !tt_below(seed, n);
}

double tt_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int tt_info(int fd, struct extram_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(fd, EXTRAM_IOC_INFO, info) ? -errno : 0;
}

int tt_alloc(int fd, uint32_t flags, uint64_t length, uint64_t align, uint64_t *offset, uint64_t *given)
{
	struct extram_alloc alloc = {
		.size = sizeof(alloc),
		.flags = flags,
		.length = length,
		.align = align,
		.offset = *offset,
	};

	if (ioctl(fd, EXTRAM_IOC_ALLOC, &alloc))
		return -errno;
	*offset = alloc.offset;
	if (given)
		*given = alloc.length;
	return 0;
}

int tt_free(int fd, uint64_t offset)
{
	struct extram_free args = { .size = sizeof(args), .offset = offset };

	return ioctl(fd, EXTRAM_IOC_FREE, &args) ? -errno : 0;
}

int tt_resize(int fd, uint32_t flags, uint64_t *offset, uint64_t *length)
{
	struct extram_resize resize = {
		.size = sizeof(resize),
		.flags = flags,
		.offset = *offset,
		.length = *length,
	};

	if (ioctl(fd, EXTRAM_IOC_RESIZE, &resize))
		return -errno;
	*offset = resize.offset;
	*length = resize.length;
	return 0;
}

int tt_query(int fd, uint64_t *offset, uint64_t *length)
{
	struct extram_query query = { .size = sizeof(query), .offset = *offset };

	if (ioctl(fd, EXTRAM_IOC_QUERY, &query))
		return -errno;
	*offset = query.offset;
	*length = query.length;
	return 0;
}

int tt_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	return ret < 0 ? -error : 0;
}

int tt_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = read(fd, text, size - 1);
	error = errno;
	close(fd);
	if (ret < 0)
		return -error;
	text[ret] = '\0';
	return 0;
}

int tt_bind(const struct tt_node *node)
{
	return tt_write_file(SPI_DRIVER "/bind", node->spi);
}

int tt_unbind(const struct tt_node *node)
{
	return tt_write_file(SPI_DRIVER "/unbind", node->spi);
}

void tt_spoil(const struct tt_node *node)
{
	const char *select = strchr(node->spi, '.');
	char path[256];
	int err;

	snprintf(path, sizeof(path), TT_DEBUGFS "/extram-sim/%s/cs%s/disturb", node->controller,
		 select ? select + 1 : "0");
	err = tt_write_file(path, "1 3 flip");
	if (err)
		tt_die("%s: %s", path, strerror(-err));
}

/* The class device sits below "extram" in the folder of its SPI device. */
static bool tt_look_at(const char *name, struct tt_node *node)
{
	char path[PATH_MAX], target[PATH_MAX], *last;
	struct extram_info info;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), CLASS "/%s/device", name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	last = strrchr(target, '/');
	snprintf(node->spi, sizeof(node->spi), "%.60s", last ? last + 1 : target);
	snprintf(node->controller, sizeof(node->controller), "%.60s", node->spi);
	*strchrnul(node->controller, '.') = '\0';
	snprintf(node->path, sizeof(node->path), "/dev/%.50s", name);

	fd = open(node->path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || tt_info(fd, &info))
		tt_die("%s: %s", node->path, strerror(errno));
	close(fd);
	memcpy(node->chip, info.chip, EXTRAM_CHIP_NAME_LEN);
	node->chip[EXTRAM_CHIP_NAME_LEN] = '\0';
	node->capacity = info.capacity;
	return true;
}

static int tt_compare(const void *a, const void *b)
{
	return strcmp(((const struct tt_node *)a)->spi, ((const struct tt_node *)b)->spi);
}

size_t tt_nodes(struct tt_node *nodes)
{
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	dir = opendir(CLASS);
	if (!dir)
		tt_die(CLASS ": %s", strerror(errno));
	while (n < TT_MAX_NODES && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && tt_look_at(entry->d_name, &nodes[n]))
			n++;
	closedir(dir);
	if (!n)
		tt_die("no memory is bound");
	/* Folders list in any order, but a seed must mean the same each time. */
	qsort(nodes, n, sizeof(*nodes), tt_compare);
	return n;
}

bool tt_is_valid(const struct tt_node *node)
{
	char path[PATH_MAX], text[1024];
	int err;

	snprintf(path, sizeof(path), TT_DEBUGFS "/extram/%s/allocator", strrchr(node->path, '/') + 1);
	err = tt_read_file(path, text, sizeof(text));
	if (!err && strstr(text, "valid: yes"))
		return true;
	printf("%s: %s\n", path, err ? strerror(-err) : text);
	return false;
}

bool tt_is_empty(const struct tt_node *node)
{
	int fd = open(node->path, O_RDWR);
	struct extram_info info;
	bool empty;

	if (fd < 0 || tt_info(fd, &info))
		tt_die("%s: %s", node->path, strerror(errno));
	empty = !info.blocks && info.free_bytes == info.capacity && tt_is_valid(node);
	if (!empty)
		printf("%s: %u blocks left\n", node->path, info.blocks);
	close(fd);
	return empty;
}

unsigned long tt_violations(void)
{
	unsigned long sum = 0;
	char text[4096];
	glob_t files;
	size_t i;

	/* Without counters nothing would be proved. */
	if (glob(TT_DEBUGFS "/extram-sim/*/cs*/violations", 0, NULL, &files))
		tt_die("no counters of violations");
	for (i = 0; i < files.gl_pathc; i++) {
		char *line, *save;

		if (tt_read_file(files.gl_pathv[i], text, sizeof(text)))
			tt_die("%s: %s", files.gl_pathv[i], strerror(errno));
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			unsigned long one = strtoul(strchr(line, ':') + 1, NULL, 10);

			if (one)
				printf("%s: %s\n", files.gl_pathv[i], line);
			sum += one;
		}
	}
	globfree(&files);
	return sum;
}
