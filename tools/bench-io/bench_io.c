// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures extram beside the drivers that mainline has for such chips, on simulated controllers
 * that are alike (bench.dtso), and looks at controllers whose clocks take their
 * time. Prints lines of fields with a bar between; scripts/bench-io makes tables of them.
 *
 * cpu|CHIP|PATH|read or write|BYTES|NANOSECONDS a call of so many bytes
 * busy|NODE|read or write|PERMILLE of the time in which there were clocks, during 1 MiB
 * share|NODE|PERMILLE of the bytes that the first of two readers got
 * wait|NODE|MICROSECONDS that the slowest of 16-byte reads took during a long one
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <linux/spi/spidev.h>

#include <linux/extram.h>

#define KIB		1024UL
#define MIB		(KIB * KIB)
/* Its buffer of 4096 bytes, in which each of three transfers takes whole cache lines. */
#define SPIDEV_MOST	(4096 - 3 * 128)
#define MOST_PATHS	3

struct path {
	const char *name;
	int fd;
	uint64_t base;		/* where its bytes begin */
	size_t most;		/* bytes of the chip that a call can reach, 0 for no limit */
	bool wren;		/* spidev: a write needs it */
	int (*move)(struct path *p, bool write, size_t len);
	uint8_t *buf;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_io: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* pread and pwrite, as often as it takes. */
static int move_file(struct path *p, bool write, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t at = p->most ? done % p->most : done;
		size_t n = p->most && len - done > p->most - at ? p->most - at : len - done;
		ssize_t ret = write ? pwrite(p->fd, p->buf + done, n, p->base + at) :
				      pread(p->fd, p->buf + done, n, p->base + at);

		if (ret <= 0)
			return -1;
		done += ret;
	}
	return 0;
}

static int move_spidev(struct path *p, bool write, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t at = p->most ? done % p->most : done, n = len - done;
		uint8_t wren = 6, head[4] = { write ? 2 : 3, at >> 16, at >> 8, at };
		struct spi_ioc_transfer x[3] = {};
		unsigned int count = 0;

		if (n > SPIDEV_MOST)
			n = SPIDEV_MOST;
		if (p->most && n > p->most - at)
			n = p->most - at;
		if (write && p->wren) {
			x[count].tx_buf = (uintptr_t)&wren;
			x[count].len = 1;
			x[count++].cs_change = 1;
		}
		x[count].tx_buf = (uintptr_t)head;
		x[count++].len = sizeof(head);
		if (write)
			x[count].tx_buf = (uintptr_t)(p->buf + done);
		else
			x[count].rx_buf = (uintptr_t)(p->buf + done);
		x[count++].len = n;
		if (ioctl(p->fd, SPI_IOC_MESSAGE(count), x) < 0)
			return -1;
		done += n;
	}
	return 0;
}

/* The name below @class whose device hangs on the controller @node of the device tree. */
static bool find(const char *class, const char *link, const char *node, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(class);

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", class, entry->d_name, link);
		if (!realpath(path, target))
			continue;
		strncat(target, "/", sizeof(target) - strlen(target) - 1);
		snprintf(path, sizeof(path), "/%s/", node);
		found = strstr(target, path);
		if (found)
			snprintf(name, size, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int open_dev(const char *class, const char *node, int flags)
{
	char name[256], path[PATH_MAX];
	int fd;

	if (!find(class, "device/of_node", node, name, sizeof(name))) {
		errno = ENODEV;
		die(node);
	}
	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, flags);
	if (fd < 0)
		die(path);
	return fd;
}

static uint64_t take(int fd, uint64_t length)
{
	struct extram_alloc alloc = { .size = sizeof(alloc), .length = length };

	if (ioctl(fd, EXTRAM_IOC_ALLOC, &alloc))
		die("EXTRAM_IOC_ALLOC");
	return alloc.offset;
}

static struct path extram_path(const char *node, uint64_t length, uint8_t *buf)
{
	struct path p = { .name = "extram", .move = move_file, .most = length, .buf = buf };

	p.fd = open_dev("/sys/class/extram", node, O_RDWR);
	p.base = take(p.fd, length);
	return p;
}

static struct path eeprom_path(const char *node, uint8_t *buf)
{
	struct path p = { .name = "at25", .move = move_file, .most = MIB, .buf = buf };
	char name[256], path[PATH_MAX];

	if (!find("/sys/bus/spi/devices", "of_node", node, name, sizeof(name)))
		die(node);
	snprintf(path, sizeof(path), "/sys/bus/spi/devices/%s/eeprom", name);
	if (access(path, F_OK))
		snprintf(path, sizeof(path), "/sys/bus/spi/devices/%s/fram", name);
	p.fd = open(path, O_RDWR);
	if (p.fd < 0)
		die(path);
	return p;
}

static uint64_t measure_round(struct path *p, bool write, size_t len)
{
	unsigned int calls = len < 4096 ? 64 : len < 65536 ? 16 : 4, i;
	uint64_t start = now();

	for (i = 0; i < calls; i++)
		if (p->move(p, write, len))
			die(p->name);
	return (now() - start) / calls;
}

/* The least of several rounds, in which all have their turn: what disturbs only ever adds. */
static void measure(const char *chip, struct path *paths, unsigned int count, bool write,
		    size_t len, unsigned int rounds)
{
	uint64_t best[MOST_PATHS];
	unsigned int i;

	memset(best, 0xff, sizeof(best));
	while (rounds--)
		for (i = 0; i < count; i++) {
			uint64_t took = measure_round(&paths[i], write, len);

			if (took < best[i])
				best[i] = took;
		}
	for (i = 0; i < count; i++)
		printf("cpu|%s|%s|%s|%zu|%llu\n", chip, paths[i].name, write ? "write" : "read",
		       len, (unsigned long long)best[i]);
	fflush(stdout);
}

static void measure_cpu(const char *chip, struct path *paths, unsigned int count,
			unsigned int rounds)
{
	static const size_t sizes[] = {
		16, 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, MIB
	};
	unsigned int s;

	for (s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		/* Short ones cost little, and differ little. */
		unsigned int n = sizes[s] < 4 * KIB ? 3 * rounds : rounds;

		measure(chip, paths, count, true, sizes[s], n);
		measure(chip, paths, count, false, sizes[s], n);
	}
}

/* The simulator's file "time" of the controller of a memory. */
static void time_file(const char *node, char *path, size_t size)
{
	char name[256], device[PATH_MAX], link[PATH_MAX];
	char *master;

	if (!find("/sys/class/extram", "device/of_node", node, name, sizeof(name)))
		die(node);
	snprintf(link, sizeof(link), "/sys/class/extram/%s/device/..", name);
	if (!realpath(link, device))
		die(link);
	master = strrchr(device, '/') + 1;
	snprintf(path, size, "/sys/kernel/debug/extram-sim/%s/time", master);
}

static void reset_time(const char *path)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		die(path);
	close(fd);
}

static unsigned int busy(const char *path)
{
	unsigned long long busy_ns = 0, span_ns = 0;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "busy_ns: %llu span_ns: %llu", &busy_ns, &span_ns) != 2 || !span_ns)
		die(path);
	fclose(f);
	return busy_ns * 1000 / span_ns;
}

struct reader {
	pthread_t thread;
	struct path path;
	size_t len;
	atomic_bool stop;
	uint64_t bytes;
};

static void *read_on(void *arg)
{
	struct reader *r = arg;

	while (!r->stop) {
		if (move_file(&r->path, false, r->len))
			die("reader");
		r->bytes += r->len;
	}
	return NULL;
}

static void measure_time(const char *node, uint8_t *buf)
{
	struct reader readers[2] = {};
	uint64_t start, took, slowest = 0;
	unsigned int way, i;
	char path[PATH_MAX];
	struct path p = extram_path(node, MIB, buf);

	time_file(node, path, sizeof(path));
	for (way = 0; way < 2; way++) {
		if (move_file(&p, !way, MIB))
			die(node);
		reset_time(path);
		if (move_file(&p, !way, MIB))
			die(node);
		printf("busy|%s|%s|%u\n", node, way ? "read" : "write", busy(path));
	}
	close(p.fd);

	for (i = 0; i < 2; i++) {
		readers[i].path = extram_path(node, 256 * KIB, buf + i * 256 * KIB);
		readers[i].len = 256 * KIB;
		/* What was never written would be read without the wire. */
		if (move_file(&readers[i].path, true, readers[i].len))
			die(node);
		readers[i].len = 16 * KIB;
	}
	for (i = 0; i < 2; i++)
		if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]))
			die("pthread_create");
	usleep(1000000);
	for (i = 0; i < 2; i++)
		readers[i].stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(readers[i].thread, NULL);
	printf("share|%s|%llu\n", node, (unsigned long long)
	       (readers[0].bytes * 1000 / (readers[0].bytes + readers[1].bytes)));

	readers[0].stop = false;
	readers[0].len = 256 * KIB;
	if (pthread_create(&readers[0].thread, NULL, read_on, &readers[0]))
		die("pthread_create");
	for (i = 0; i < 200; i++) {
		usleep(1000 + i * 7);
		start = now();
		if (move_file(&readers[1].path, false, 16))
			die(node);
		took = now() - start;
		if (took > slowest)
			slowest = took;
	}
	readers[0].stop = true;
	pthread_join(readers[0].thread, NULL);
	printf("wait|%s|%llu\n", node, (unsigned long long)slowest / 1000);
	for (i = 0; i < 2; i++)
		close(readers[i].path.fd);
	fflush(stdout);
}

/* With an argument: only what a call takes, in so many rounds. */
int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? atoi(argv[1]) : 4;
	uint8_t *buf = aligned_alloc(4096, MIB);
	struct path sram[MOST_PATHS], fram[MOST_PATHS];

	if (!buf)
		die("memory");
	memset(buf, 0x5a, MIB);

	sram[0] = extram_path("spi-40", 128 * KIB, buf);
	sram[1] = (struct path){
		.name = "mchp23k256", .move = move_file, .most = 128 * KIB, .buf = buf,
	};
	sram[1].fd = open_dev("/sys/class/mtd", "spi-41", O_RDWR);
	sram[2] = (struct path){
		.name = "spidev", .move = move_spidev, .most = 128 * KIB, .buf = buf,
	};
	sram[2].fd = open_dev("/sys/class/spidev", "spi-42", O_RDWR);
	measure_cpu("23lc1024", sram, MOST_PATHS, rounds);

	fram[0] = extram_path("spi-43", MIB, buf);
	fram[1] = eeprom_path("spi-44", buf);
	fram[2] = (struct path){ .name = "spidev", .move = move_spidev, .wren = true, .buf = buf };
	fram[2].fd = open_dev("/sys/class/spidev", "spi-45", O_RDWR);
	measure_cpu("cy15b108qn", fram, MOST_PATHS, rounds);
	if (argc > 1)
		return 0;

	measure_time("spi-46", buf);
	measure_time("spi-47", buf);
	measure_time("spi-48", buf);
	return 0;
}
