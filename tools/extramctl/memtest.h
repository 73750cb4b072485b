/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory test without the memory: patterns, what went wrong, and what that means. Knows nothing
 * of devices, so that it can be tested on memories with known faults.
 */
#ifndef _EXTRAMCTL_MEMTEST_H
#define _EXTRAMCTL_MEMTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MT_CHUNK	4096	/* bytes moved at a time; the step of march */
#define MT_SAMPLES	8

/**
 * struct mt_area - a piece of the memory to test
 * @offset: where it starts, a multiple of 8
 * @length: bytes, a multiple of 8
 */
struct mt_area {
	uint64_t offset;
	uint64_t length;
};

/**
 * struct mt_memory - what is tested
 * @areas: its pieces
 * @nareas: how many
 * @read: gets bytes; 0 or -errno
 * @write: puts bytes; 0 or -errno
 * @progress: called after each chunk, may be NULL
 * @arg: for all three
 */
struct mt_memory {
	const struct mt_area *areas;
	size_t nareas;
	int (*read)(void *arg, uint64_t offset, void *buf, size_t length);
	int (*write)(void *arg, uint64_t offset, const void *buf, size_t length);
	void (*progress)(void *arg, size_t length);
	void *arg;
};

struct mt_sample {
	uint64_t offset;
	uint8_t wanted;
	uint8_t got;
};

/**
 * struct mt_report - what went wrong, of one test or of several
 * @checked: bytes that were compared
 * @bad: those that differed
 * @first: offset of the first, when there is one
 * @last: of the last
 * @high: bits that read 1 instead of 0, over all bad bytes
 * @low: bits that read 0 instead of 1
 * @ones: bad bytes that read 0xff
 * @zeros: bad bytes that read 0x00
 * @shifted: bad bytes that are the wanted ones, a bit too early or too late
 * @unstable: bad bytes that another read showed differently
 * @aliases: words that held what belongs to another address
 * @alias_or: address bits in which those differ, any of them
 * @alias_and: the same, all of them
 * @samples: the first bad bytes
 * @nsamples: how many
 */
struct mt_report {
	uint64_t checked;
	uint64_t bad;
	uint64_t first;
	uint64_t last;
	uint8_t high;
	uint8_t low;
	uint64_t ones;
	uint64_t zeros;
	uint64_t shifted;
	uint64_t unstable;
	uint64_t aliases;
	uint64_t alias_or;
	uint64_t alias_and;
	struct mt_sample samples[MT_SAMPLES];
	unsigned int nsamples;
};

struct mt_test {
	const char *name;
	const char *summary;
	unsigned int moves;	/* how often each byte is read or written */
	int (*run)(const struct mt_memory *memory, uint64_t seed, struct mt_report *report);
};

extern const struct mt_test mt_tests[];
extern const size_t mt_ntests;

void mt_report_init(struct mt_report *report);
void mt_report_add(struct mt_report *sum, const struct mt_report *report);

/* The likely cause in words, into @text. Not to be asked when nothing is bad. */
void mt_diagnose(const struct mt_report *report, char *text, size_t size);

/* Compares a chunk that was read with what it should be. */
int mt_compare(const struct mt_memory *memory, struct mt_report *report, uint64_t offset,
	       const uint8_t *wanted, const uint8_t *got, size_t length);

#endif /* _EXTRAMCTL_MEMTEST_H */
