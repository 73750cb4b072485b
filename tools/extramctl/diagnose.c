// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a memory test has found, and what that means.
 */
#include <stdio.h>
#include <string.h>

#include "memtest.h"

void mt_report_init(struct mt_report *report)
{
	memset(report, 0, sizeof(*report));
	report->alias_and = UINT64_MAX;
}

void mt_report_add(struct mt_report *sum, const struct mt_report *report)
{
	unsigned int i;

	if (report->bad) {
		if (!sum->bad || report->first < sum->first)
			sum->first = report->first;
		if (!sum->bad || report->last > sum->last)
			sum->last = report->last;
	}
	sum->checked += report->checked;
	sum->bad += report->bad;
	sum->high |= report->high;
	sum->low |= report->low;
	sum->ones += report->ones;
	sum->zeros += report->zeros;
	sum->shifted += report->shifted;
	sum->unstable += report->unstable;
	sum->aliases += report->aliases;
	sum->alias_or |= report->alias_or;
	sum->alias_and &= report->alias_and;
	for (i = 0; i < report->nsamples && sum->nsamples < MT_SAMPLES; i++)
		sum->samples[sum->nsamples++] = report->samples[i];
}

/* The bits on the wire from one before to one behind, most significant first. */
static bool is_shifted(const uint8_t *wanted, size_t i, size_t length, uint8_t got)
{
	uint8_t late, early;

	if (!i || i + 1 == length)
		return false;
	late = wanted[i - 1] << 7 | wanted[i] >> 1;
	early = wanted[i] << 1 | wanted[i + 1] >> 7;
	return got == late || got == early;
}

int mt_compare(const struct mt_memory *memory, struct mt_report *report, uint64_t offset,
	       const uint8_t *wanted, const uint8_t *got, size_t length)
{
	uint8_t again[MT_CHUNK];
	bool have_again = false;
	size_t i;
	int err;

	report->checked += length;
	if (!memcmp(wanted, got, length))
		return 0;
	for (i = 0; i < length; i++) {
		uint8_t differs = wanted[i] ^ got[i];

		if (!differs)
			continue;
		if (!have_again) {
			err = memory->read(memory->arg, offset, again, length);
			if (err)
				return err;
			have_again = true;
		}
		if (!report->bad || offset + i < report->first)
			report->first = offset + i;
		if (!report->bad || offset + i > report->last)
			report->last = offset + i;
		report->bad++;
		report->high |= differs & got[i];
		report->low |= differs & wanted[i];
		report->ones += got[i] == 0xff;
		report->zeros += got[i] == 0;
		report->unstable += again[i] != got[i];
		report->shifted += is_shifted(wanted, i, length, got[i]);
		if (report->nsamples < MT_SAMPLES)
			report->samples[report->nsamples++] =
				(struct mt_sample) { offset + i, wanted[i], got[i] };
	}
	return 0;
}

static int one_bit(uint64_t mask)
{
	return mask && !(mask & (mask - 1)) ? __builtin_ctzll(mask) : -1;
}

/* More than @percent of the bad bytes. */
static bool most(const struct mt_report *report, uint64_t count, unsigned int percent)
{
	return count > report->bad / 100 * percent + report->bad % 100 * percent / 100;
}

/* From the cause that explains everything to the one that explains a few bytes. */
void mt_diagnose(const struct mt_report *report, char *text, size_t size)
{
	int high = one_bit(report->high), low = one_bit(report->low);

	/* A memory that answers is right about half of the bits, and of some bytes, by chance. */
	if (report->bad >= report->checked / 2 && most(report, report->ones, 98))
		snprintf(text, size,
			 "everything reads as ones: nothing answers. Supply of the chip, chip select, MISO?");
	else if (report->bad >= report->checked / 2 && most(report, report->zeros, 98))
		snprintf(text, size,
			 "everything reads as zeros: nothing answers. MISO held low, chip without supply, chip select of another chip?");
	else if (report->aliases && one_bit(report->alias_or) >= 0)
		snprintf(text, size,
			 "address bit %d makes no difference: the chip is smaller than described (%llu bytes?), or it takes another number of address bytes",
			 one_bit(report->alias_or), 1ull << one_bit(report->alias_or));
	else if (report->aliases)
		snprintf(text, size,
			 "writes land at other addresses too (address bits %#llx make no difference): the chip is smaller than described, or it takes another number of address bytes",
			 (unsigned long long)report->alias_or);
	else if (most(report, report->unstable, 20))
		snprintf(text, size,
			 "the same bytes read differently each time: clock too fast for the wiring, long wires, noise, or a weak supply");
	else if (report->bad > report->checked / 4 && most(report, report->shifted, 80))
		snprintf(text, size,
			 "bytes come a bit too early or too late: clock too fast for the wiring (round trip), or the wrong SPI mode");
	else if (report->bad > report->checked / 8 && !report->low && high >= 0)
		snprintf(text, size, "bit %d of every byte reads as 1: the chip is defective", high);
	else if (report->bad > report->checked / 8 && !report->high && low >= 0)
		snprintf(text, size, "bit %d of every byte reads as 0: the chip is defective", low);
	else if (report->bad < report->checked / 1000)
		snprintf(text, size,
			 "a few places fail the same way each time: defective cells from offset %llu to %llu",
			 (unsigned long long)report->first, (unsigned long long)report->last);
	else
		snprintf(text, size,
			 "no single cause fits: a lower clock (spi-max-frequency) tells whether it is the wiring");
}
