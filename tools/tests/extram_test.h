/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user-space tests share: finding chips, calling the driver, judging answers, and the
 * fixture around every test.
 *
 * The tests run as root on a machine whose device tree has the overlays extram-sim,
 * extram-sim-faults and extram-sim-limits, with both modules loaded and nobody else using them. Or
 * on a board of scripts/boards, which has no simulator: there EXTRAM_BOARD_BUS names the node of the
 * SPI controller, and what needs a simulator or a large memory is left out.
 */
#ifndef _EXTRAM_TEST_H
#define _EXTRAM_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <cmocka.h>

#include <linux/extram.h>

/* cmocka's goes to stderr and gets lost among other programs' output; this is a comment of TAP. */
#undef fail_msg
#define fail_msg(...)			\
	do {				\
		printf("# " __VA_ARGS__); \
		printf("\n");		\
		fail();			\
	} while (0)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define XT_GRANULE	16

/**
 * struct xt_chip - a chip of the test machine
 * @name: the part, as INFO tells it
 * @bus: name of the controller's node in the device tree
 * @capacity: bytes, from the datasheet
 * @keeps: content survives without power
 * @at: unit address of its node, where the part's name does not tell it from others; or NULL
 */
struct xt_chip {
	const char *name;
	const char *bus;
	uint64_t capacity;
	bool keeps;
	const char *at;
};

/* Set by xt_run(). On a board the first is its first memory and the second its second one. */
extern const struct xt_chip *xt_chips;
extern size_t xt_num_chips;
extern const struct xt_chip *xt_sram;	/* 23LC1024 on the full-featured controller */
extern const struct xt_chip *xt_psram;	/* APS6404L on the full-featured controller */

/**
 * struct xt - what a test gets
 * @chip: the chip under test
 * @fd: its node, open for reading and writing; the test may close it and set it to -1
 * @base: INFO before the test, with nothing allocated
 * @start: monotonic time in seconds
 */
struct xt {
	const struct xt_chip *chip;
	int fd;
	struct extram_info base;
	time_t start;
};

/* Which chips a case runs on */
#define XT_ON_SRAM	0	/* one is enough */
#define XT_ON_PSRAM	1	/* the case wants much memory, or time */
#define XT_ON_ALL	2	/* what goes over the wire differs */

struct xt_case {
	const char *name;
	void (*run)(void **state);
	int on;
	bool simulator;		/* left out where there is none */
};

#define XT(f)		{ #f, f, XT_ON_SRAM }
#define XT_PSRAM(f)	{ #f, f, XT_ON_PSRAM, true }
#define XT_ALL(f)	{ #f, f, XT_ON_ALL }
#define XT_SIM(f)	{ #f, f, XT_ON_SRAM, true }
#define XT_SIM_ALL(f)	{ #f, f, XT_ON_ALL, true }

/* Runs every case, then looks for protocol violations. Answers the exit status. */
int xt_run(const char *group, int argc, char **argv, const struct xt_case *cases, size_t ncases);

/* The driver, as 0 or -errno. */
int xt_info(int fd, struct extram_info *info);
int xt_try_alloc(int fd, uint64_t length, uint64_t align, uint64_t *offset, uint64_t *given);
int xt_free(int fd, uint64_t offset);
int xt_query(int fd, uint64_t *offset, uint64_t *length);
int xt_alloc_flags(int fd, uint32_t flags, uint64_t length, uint64_t *offset);
int xt_resize(int fd, uint32_t flags, uint64_t *offset, uint64_t *length);

/* The same for a block that is to stay where it is; looks whether the answer fits the outcome. */
int xt_resize_at(int fd, uint32_t flags, uint64_t at, uint64_t length);

/* The same as above, failing the test when the driver does not answer 0. */
struct extram_info xt_get_info(int fd);
uint64_t xt_alloc(int fd, uint64_t length);
int xt_open(const struct xt_chip *chip, int flags);

/* Whether the chip's controller takes few bytes a message: as many bytes then take much longer. */
bool xt_has_small_messages(const struct xt_chip *chip);

/* Where a chip is. xt_node() fails the test when the chip has no device node. */
const char *xt_spi_name(const struct xt_chip *chip);
bool xt_has_node(const struct xt_chip *chip);
void xt_node(const struct xt_chip *chip, char *path, size_t size);

/* Bytes that depend on place and salt, so that a shifted or foreign byte shows. */
void xt_fill(void *buf, size_t len, uint32_t salt);
void xt_write(int fd, const void *buf, size_t len, uint64_t offset);
void xt_expect(int fd, const void *want, size_t len, uint64_t offset);
void xt_expect_zeros(int fd, size_t len, uint64_t offset);
void xt_expect_block(int fd, uint64_t offset, uint64_t length);
void xt_expect_unchanged(const struct extram_info *a, const struct extram_info *b);

/* Random numbers that can be had again: the seed is printed, EXTRAM_SEED=N sets it. */
uint64_t xt_seed(void);
uint32_t xt_random(uint64_t *seed);

/* Files of sysfs and debugfs: 0 or -errno. */
int xt_write_file(const char *path, const char *text);
void xt_set_parameter(const char *name, const char *value, char *old, size_t size);
int xt_read_file(const char *path, char *text, size_t size);

int xt_bind(const struct xt_chip *chip);
int xt_unbind(const struct xt_chip *chip);
int xt_insmod(const char *name);
int xt_rmmod(const char *name);

/* A number in a file of the memory in sysfs, and whether the allocator finds itself in order. */
unsigned long long xt_sysfs(const struct xt_chip *chip, const char *name);
bool xt_allocator_is_valid(const struct xt_chip *chip);

/* False on a board. */
bool xt_has_simulator(void);

/*
 * Lets transfers on the chip's controller fail: the @nth from now (from 1) and those after it. For
 * cases that ask for the simulator.
 */
void xt_fail_bus(const struct xt_chip *chip, unsigned int nth, unsigned int count, int error);
void xt_heal_bus(const struct xt_chip *chip);

/* A file that the simulator has for a chip. */
void xt_sim_path(const struct xt_chip *chip, const char *name, char *path, size_t size);

/* The kernel's log, from where it stood at xt_log_open(). */
int xt_log_open(void);
bool xt_log_has(int log, const char *const *words, size_t nwords);

#define xt_assert_ok(call)							\
	do {									\
		long xt_ret = (call);						\
										\
		if (xt_ret != 0)						\
			fail_msg("%s: %s", #call, strerror(xt_ret < 0 ? -xt_ret : errno)); \
	} while (0)

/* For calls of libc: -1 and errno. */
#define xt_assert_errno(error, call)						\
	do {									\
		int xt_error = (error);						\
		long xt_ret;							\
										\
		errno = 0;							\
		xt_ret = (call);						\
		if (xt_ret != -1 || errno != xt_error)				\
			fail_msg("%s: %ld, %s; wanted %s", #call, xt_ret,	\
				 strerror(errno), strerror(xt_error));		\
	} while (0)

/* For calls of this file: -errno. */
#define xt_assert_fails(error, call)						\
	do {									\
		int xt_error = (error);						\
		long xt_ret = (call);						\
										\
		if (xt_ret != -xt_error)					\
			fail_msg("%s: %s; wanted %s", #call,			\
				 xt_ret < 0 ? strerror(-xt_ret) : "success",	\
				 strerror(xt_error));				\
	} while (0)

#define xt_assert_count(want, call)						\
	do {									\
		long xt_want = (want);						\
		long xt_ret = (call);						\
										\
		if (xt_ret != xt_want)						\
			fail_msg("%s: %ld, %s; wanted %ld", #call, xt_ret,	\
				 xt_ret < 0 ? strerror(errno) : "no error", xt_want); \
	} while (0)

#endif /* _EXTRAM_TEST_H */
