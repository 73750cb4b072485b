// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which parts of the driver a sequence of calls reached, by the kernel's kcov: pairs of places that
 * followed each other.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* The kernel's words have 64 bits, whatever this program is built for. */
#define KCOV_INIT_TRACE	_IOR('c', 1, uint64_t)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0
#define KCOV_WORDS	(256 * 1024)

static uint64_t *cover;

bool fz_kcov_open(void)
{
	int fd = open(TT_DEBUGFS "/kcov", O_RDWR | O_CLOEXEC);

	cover = NULL;
	if (fd < 0)
		return false;
	if (ioctl(fd, KCOV_INIT_TRACE, KCOV_WORDS))
		tt_die("kcov does not start");
	cover = mmap(NULL, KCOV_WORDS * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		tt_die("kcov does not trace");
	return true;
}

void fz_kcov_start(void)
{
	if (cover)
		__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
}

unsigned int fz_kcov_collect(unsigned char *edges)
{
	uint64_t count, i, before = 0;
	unsigned int fresh = 0;

	if (!cover)
		return 0;
	count = __atomic_load_n(&cover[0], __ATOMIC_RELAXED);
	__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
	for (i = 1; i <= count && i < KCOV_WORDS; i++) {
		uint64_t place = cover[i], edge = place ^ before >> 1;

		edge = edge * 0x9e3779b97f4a7c15ull >> 48;
		if (!edges[edge]) {
			edges[edge] = 1;
			fresh++;
		}
		before = place;
	}
	return fresh;
}
