/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the torture programs share: options, random numbers that can be had again, the memories of
 * the machine, calls of the driver that answer -errno, and how a program ends.
 *
 * They run as root on the test machine, with both modules loaded and nobody else using them, and
 * need nothing but the C library.
 */
#ifndef _EXTRAM_TORTURE_COMMON_H
#define _EXTRAM_TORTURE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/extram.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define TT_GRANULE	16
#define TT_MAX_NODES	16
#define TT_DEBUGFS	"/sys/kernel/debug"

/**
 * struct tt_options - what the command line said
 * @seconds: how long
 * @calls: how many system calls, for the fuzzer
 * @workers: processes
 * @nodes: memories, at most
 * @seed: of the random numbers
 * @only: part of a name, to run less
 * @spoil: whether to flip bits on the wire, to see that wrong bytes are found
 */
struct tt_options {
	unsigned int seconds;
	unsigned long long calls;
	unsigned int workers;
	unsigned int nodes;
	uint64_t seed;
	const char *only;
	bool spoil;
};

/* Overwrites what the command line names: seconds=N calls=N workers=N nodes=N seed=N only=TEXT spoil=1. Prints the seed. */
void tt_parse(int argc, char **argv, struct tt_options *options);

/**
 * struct tt_node - a memory
 * @path: its device node
 * @spi: its SPI device
 * @controller: the debugfs folder of its simulated controller
 * @chip: the part
 * @capacity: bytes
 */
struct tt_node {
	char path[64];
	char spi[64];
	char controller[64];
	char chip[EXTRAM_CHIP_NAME_LEN + 1];
	uint64_t capacity;
};

/* All memories that are bound now, the first of each part; ends the program when there is none. */
size_t tt_nodes(struct tt_node *nodes);

uint32_t tt_random(uint64_t *seed);
/* Below @n, which is at least 1. */
uint32_t tt_below(uint64_t *seed, uint32_t n);
bool tt_one_in(uint64_t *seed, uint32_t n);

double tt_now(void);

/* 0 or -errno. */
int tt_info(int fd, struct extram_info *info);
int tt_alloc(int fd, uint32_t flags, uint64_t length, uint64_t align, uint64_t *offset, uint64_t *given);
int tt_free(int fd, uint64_t offset);
int tt_resize(int fd, uint32_t flags, uint64_t *offset, uint64_t *length);
int tt_query(int fd, uint64_t *offset, uint64_t *length);

int tt_write_file(const char *path, const char *text);
int tt_read_file(const char *path, char *text, size_t size);
int tt_bind(const struct tt_node *node);
int tt_unbind(const struct tt_node *node);
/* Flips a bit in each of the chip's next three transfers. */
void tt_spoil(const struct tt_node *node);

/* Whether the allocator of a memory finds itself in order; says so when it does not. */
bool tt_is_valid(const struct tt_node *node);
/* Whether nothing is allocated in a memory that is valid; says so when it is not. */
bool tt_is_empty(const struct tt_node *node);
/* Violations that all simulated chips have seen. */
unsigned long tt_violations(void);

void tt_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* _EXTRAM_TORTURE_COMMON_H */
