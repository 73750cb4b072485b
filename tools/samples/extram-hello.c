// SPDX-License-Identifier: GPL-2.0-only
/*
 * External RAM in a minute: take a range, write to it, read it back, give it back.
 *
 * usage: extram-hello [/dev/extram]
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/extram.h>

int main(int argc, char **argv)
{
	const char *node = argc > 1 ? argv[1] : "/dev/extram";
	struct extram_info info = { .size = sizeof(info) };
	struct extram_alloc range = { .size = sizeof(range), .length = 1000 };
	struct extram_free give_back = { .size = sizeof(give_back) };
	static const char hello[] = "hello from external RAM";
	char copy[sizeof(hello)];
	ssize_t n;
	int fd;

	fd = open(node, O_RDWR);
	if (fd < 0)
		err(EXIT_FAILURE, "open %s", node);

	/* Ours until we free it or close the file. Offset 0 is as good as any other. */
	if (ioctl(fd, EXTRAM_IOC_ALLOC, &range))
		err(EXIT_FAILURE, "EXTRAM_IOC_ALLOC");
	printf("allocated %llu bytes at offset %llu\n", (unsigned long long)range.length,
	       (unsigned long long)range.offset);

	n = pwrite(fd, hello, sizeof(hello), range.offset);
	if (n != (ssize_t)sizeof(hello))
		err(EXIT_FAILURE, "pwrite: %zd bytes", n);
	printf("wrote %zd bytes\n", n);

	n = pread(fd, copy, sizeof(copy), range.offset);
	if (n != (ssize_t)sizeof(copy))
		err(EXIT_FAILURE, "pread: %zd bytes", n);
	if (memcmp(copy, hello, sizeof(hello)))
		errx(EXIT_FAILURE, "read other bytes than were written");
	printf("read back \"%s\"\n", copy);

	give_back.offset = range.offset;
	if (ioctl(fd, EXTRAM_IOC_FREE, &give_back))
		err(EXIT_FAILURE, "EXTRAM_IOC_FREE");
	printf("freed offset %llu\n", (unsigned long long)give_back.offset);

	if (ioctl(fd, EXTRAM_IOC_INFO, &info))
		err(EXIT_FAILURE, "EXTRAM_IOC_INFO");
	printf("%s: %s, %s without power\n", node, info.chip,
	       info.flags & EXTRAM_INFO_VOLATILE ? "forgets" : "keeps its content");
	printf("capacity %llu bytes, granule %u\n", (unsigned long long)info.capacity,
	       info.granule);
	printf("free %llu bytes, largest range %llu, %u of %u blocks in use\n",
	       (unsigned long long)info.free_bytes, (unsigned long long)info.largest_free,
	       info.blocks, info.max_blocks);

	close(fd);
	return EXIT_SUCCESS;
}
