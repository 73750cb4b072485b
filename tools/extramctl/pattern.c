// SPDX-License-Identifier: GPL-2.0-only
/*
 * The patterns of the memory test.
 *
 * All but march write the whole memory before they read any of it: a write that also lands
 * elsewhere shows wherever that is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memtest.h"

/* What the byte at an offset should hold. Fills from @offset, which is a multiple of 8, on. */
typedef void (*fill_fn)(uint8_t *buf, uint64_t offset, size_t length, uint64_t key);

static int write_all(const struct mt_memory *memory, fill_fn fill, uint64_t key)
{
	uint8_t buf[MT_CHUNK];
	uint64_t at;
	size_t i, n;
	int err;

	for (i = 0; i < memory->nareas; i++) {
		const struct mt_area *area = &memory->areas[i];

		for (at = 0; at < area->length; at += n) {
			n = area->length - at < MT_CHUNK ? area->length - at : MT_CHUNK;
			fill(buf, area->offset + at, n, key);
			err = memory->write(memory->arg, area->offset + at, buf, n);
			if (err)
				return err;
			if (memory->progress)
				memory->progress(memory->arg, n);
		}
	}
	return 0;
}

typedef void (*look_fn)(struct mt_report *report, uint64_t offset, const uint8_t *wanted,
			const uint8_t *got, size_t length);

static int read_all(const struct mt_memory *memory, fill_fn fill, uint64_t key, look_fn look,
		    struct mt_report *report)
{
	uint8_t wanted[MT_CHUNK], got[MT_CHUNK];
	uint64_t at;
	size_t i, n;
	int err;

	for (i = 0; i < memory->nareas; i++) {
		const struct mt_area *area = &memory->areas[i];

		for (at = 0; at < area->length; at += n) {
			n = area->length - at < MT_CHUNK ? area->length - at : MT_CHUNK;
			fill(wanted, area->offset + at, n, key);
			err = memory->read(memory->arg, area->offset + at, got, n);
			if (!err)
				err = mt_compare(memory, report, area->offset + at, wanted, got, n);
			if (err)
				return err;
			if (look)
				look(report, area->offset + at, wanted, got, n);
			if (memory->progress)
				memory->progress(memory->arg, n);
		}
	}
	return 0;
}

/* A bit that wanders through the byte from place to place, and from pass to pass. */
static void fill_walking(uint8_t *buf, uint64_t offset, size_t length, uint64_t key)
{
	uint8_t invert = key & 8 ? 0xff : 0;
	size_t i;

	for (i = 0; i < length; i++)
		buf[i] = 1u << ((offset + i + key) & 7) ^ invert;
}

static int run_walking(const struct mt_memory *memory, uint64_t seed, struct mt_report *report)
{
	unsigned int pass;
	int err = 0;

	(void)seed;
	for (pass = 0; pass < 16 && !err; pass++) {
		err = write_all(memory, fill_walking, pass);
		if (!err)
			err = read_all(memory, fill_walking, pass, NULL, report);
	}
	return err;
}

/* Bits of the check depend on all of the number's: a word that is shifted or noisy does not fit. */
static uint32_t check_of(uint32_t number)
{
	uint32_t x = number + 0x9e3779b9u;

	x = (x ^ x >> 16) * 0x85ebca6bu;
	x = (x ^ x >> 13) * 0xc2b2ae35u;
	return x ^ x >> 16;
}

/* Each word of 8 bytes holds its number and a check of it; all inverted with key 1. */
static void fill_address(uint8_t *buf, uint64_t offset, size_t length, uint64_t key)
{
	uint32_t invert = key ? UINT32_MAX : 0;
	size_t i;

	for (i = 0; i < length; i += 8) {
		uint32_t number = (offset + i) / 8;
		uint32_t word[2] = { number ^ invert, check_of(number) ^ invert };

		memcpy(buf + i, word, 8);
	}
}

/* A word that is right for another address tells which address bits make no difference. */
static void look_for_aliases(struct mt_report *report, uint64_t offset, const uint8_t *wanted,
			     const uint8_t *got, size_t length)
{
	size_t i;

	for (i = 0; i < length; i += 8) {
		uint32_t number = (offset + i) / 8, want[2], word[2], invert;
		uint64_t differs;

		memcpy(want, wanted + i, 8);
		memcpy(word, got + i, 8);
		invert = want[0] ^ number;
		if (word[0] == want[0] || check_of(word[0] ^ invert) != (word[1] ^ invert))
			continue;
		differs = (uint64_t)(word[0] ^ want[0]) * 8;
		report->aliases++;
		report->alias_or |= differs;
		report->alias_and &= differs;
	}
}

static int run_address(const struct mt_memory *memory, uint64_t seed, struct mt_report *report)
{
	unsigned int pass;
	int err = 0;

	(void)seed;
	for (pass = 0; pass < 2 && !err; pass++) {
		err = write_all(memory, fill_address, pass);
		if (!err)
			err = read_all(memory, fill_address, pass, look_for_aliases, report);
	}
	return err;
}

static void fill_random(uint8_t *buf, uint64_t offset, size_t length, uint64_t key)
{
	size_t i;

	for (i = 0; i < length; i += 8) {
		uint64_t x = key + (offset + i) * 0x9e3779b97f4a7c15ull;

		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
		x = (x ^ x >> 27) * 0x94d049bb133111ebull;
		x ^= x >> 31;
		memcpy(buf + i, &x, 8);
	}
}

static int run_random(const struct mt_memory *memory, uint64_t seed, struct mt_report *report)
{
	unsigned int pass;
	int err = 0;

	for (pass = 0; pass < 2 && !err; pass++) {
		err = write_all(memory, fill_random, seed + pass);
		if (!err)
			err = read_all(memory, fill_random, seed + pass, NULL, report);
	}
	return err;
}

static void fill_same(uint8_t *buf, uint64_t offset, size_t length, uint64_t key)
{
	(void)offset;
	memset(buf, key, length);
}

/* One chunk of an element of march: read the old background, write the new one. */
static int march_chunk(const struct mt_memory *memory, uint64_t offset, size_t length, uint8_t old,
		       uint8_t new, struct mt_report *report)
{
	uint8_t wanted[MT_CHUNK], got[MT_CHUNK];
	int err;

	memset(wanted, old, length);
	err = memory->read(memory->arg, offset, got, length);
	if (!err)
		err = mt_compare(memory, report, offset, wanted, got, length);
	if (err)
		return err;
	memset(wanted, new, length);
	err = memory->write(memory->arg, offset, wanted, length);
	if (memory->progress)
		memory->progress(memory->arg, 2 * length);
	return err;
}

static int march_up(const struct mt_memory *memory, uint8_t old, uint8_t new,
		    struct mt_report *report)
{
	uint64_t at;
	size_t i, n;
	int err;

	for (i = 0; i < memory->nareas; i++) {
		const struct mt_area *area = &memory->areas[i];

		for (at = 0; at < area->length; at += n) {
			n = area->length - at < MT_CHUNK ? area->length - at : MT_CHUNK;
			err = march_chunk(memory, area->offset + at, n, old, new, report);
			if (err)
				return err;
		}
	}
	return 0;
}

static int march_down(const struct mt_memory *memory, uint8_t old, uint8_t new,
		      struct mt_report *report)
{
	uint64_t left;
	size_t i, n;
	int err;

	for (i = memory->nareas; i--;) {
		const struct mt_area *area = &memory->areas[i];

		for (left = area->length; left; left -= n) {
			n = left % MT_CHUNK ?: MT_CHUNK;
			err = march_chunk(memory, area->offset + left - n, n, old, new, report);
			if (err)
				return err;
		}
	}
	return 0;
}

/* March C-, with chunks in the place of cells, on two backgrounds. */
static int run_march(const struct mt_memory *memory, uint64_t seed, struct mt_report *report)
{
	static const uint8_t backgrounds[] = { 0x00, 0x55 };
	size_t i;
	int err = 0;

	(void)seed;
	for (i = 0; i < sizeof(backgrounds) && !err; i++) {
		uint8_t zero = backgrounds[i], one = ~zero;

		err = write_all(memory, fill_same, zero);
		if (!err)
			err = march_up(memory, zero, one, report);
		if (!err)
			err = march_up(memory, one, zero, report);
		if (!err)
			err = march_down(memory, zero, one, report);
		if (!err)
			err = march_down(memory, one, zero, report);
		if (!err)
			err = read_all(memory, fill_same, zero, NULL, report);
	}
	return err;
}

const struct mt_test mt_tests[] = {
	{ "walking", "a one, then a zero, at each bit of each byte", 32, run_walking },
	{ "address", "each word holds its own address", 4, run_address },
	{ "random", "random bytes, from a seed that is told", 4, run_random },
	{ "march", "March C-, upwards and downwards, on two backgrounds", 20, run_march },
};

const size_t mt_ntests = sizeof(mt_tests) / sizeof(mt_tests[0]);
