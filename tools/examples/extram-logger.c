// SPDX-License-Identifier: GPL-2.0-only
/*
 * A data logger: the last lines of standard input in a ring of external RAM. In a chip that
 * remembers without power (FRAM), they are still there after a crash or a restart.
 *
 * usage: extram-logger append MEMORY OFFSET RECORDS < lines
 *        extram-logger dump MEMORY OFFSET RECORDS
 *
 * Each line is a record with a number and a checksum. There is no header to keep up to date, so no
 * moment at which losing power loses more than the record that is being written: who opens the ring
 * looks for the highest number of all records that are whole.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libextram.h>

#define MAGIC	0x58524d4cu

struct record {
	uint32_t magic;
	uint32_t checksum;	/* of everything below */
	uint64_t number;	/* from 1 */
	int64_t time;		/* seconds since 1970 */
	char text[104];
};

struct ring {
	struct extram *ram;
	uint64_t offset;
	uint64_t records;
	uint64_t last;		/* number of the newest record, 0 for none */
};

static uint32_t checksum(const struct record *record)
{
	const unsigned char *byte = (const unsigned char *)&record->number;
	const unsigned char *end = (const unsigned char *)(record + 1);
	uint32_t sum = 2166136261u;

	while (byte < end)
		sum = (sum ^ *byte++) * 16777619u;
	return sum;
}

static uint64_t place(const struct ring *ring, uint64_t number)
{
	return ring->offset + number % ring->records * sizeof(struct record);
}

/* Whether slot @slot holds a whole record. */
static int get(struct ring *ring, uint64_t slot, struct record *record)
{
	if (extram_read(ring->ram, record, sizeof(*record), place(ring, slot)) != sizeof(*record))
		err(EXIT_FAILURE, "read");
	return record->magic == MAGIC && record->checksum == checksum(record) &&
	       record->number % ring->records == slot % ring->records;
}

static void open_ring(struct ring *ring, const char *memory)
{
	uint64_t length = ring->records * sizeof(struct record), slot;
	struct extram_range range = { .offset = ring->offset };
	struct record record;

	ring->ram = extram_open(memory);
	if (!ring->ram)
		err(EXIT_FAILURE, "%s", memory);

	/* The range is there since the last run, or else the chip may hold what was before. */
	if (extram_query(ring->ram, ring->offset, &range) || range.offset != ring->offset ||
	    range.length < length) {
		range.offset = ring->offset;
		if (extram_alloc(ring->ram, length, 0,
				 EXTRAM_ALLOC_SHARED | EXTRAM_ALLOC_FIXED | EXTRAM_ALLOC_KEEP,
				 &range))
			err(EXIT_FAILURE, "%llu bytes at %llu", (unsigned long long)length,
			    (unsigned long long)ring->offset);
	}
	for (slot = 0; slot < ring->records; slot++)
		if (get(ring, slot, &record) && record.number > ring->last)
			ring->last = record.number;
}

static void append(struct ring *ring, FILE *in)
{
	char line[sizeof(((struct record *)0)->text)];

	while (fgets(line, sizeof(line), in)) {
		struct record record = {
			.magic = MAGIC,
			.number = ++ring->last,
			.time = time(NULL),
		};

		line[strcspn(line, "\n")] = '\0';
		strcpy(record.text, line);
		record.checksum = checksum(&record);
		if (extram_write(ring->ram, &record, sizeof(record),
				 place(ring, record.number)) != sizeof(record))
			err(EXIT_FAILURE, "write");
	}
	if (extram_sync(ring->ram))
		err(EXIT_FAILURE, "sync");
}

static void dump(struct ring *ring)
{
	uint64_t number = ring->last > ring->records ? ring->last - ring->records + 1 : 1;
	struct record record;

	for (; number <= ring->last; number++)
		if (get(ring, number, &record) && record.number == number)
			printf("%llu %s\n", (unsigned long long)number, record.text);
}

int main(int argc, char **argv)
{
	struct ring ring = { 0 };

	if (argc != 5)
		errx(EXIT_FAILURE, "usage: extram-logger append|dump MEMORY OFFSET RECORDS");
	ring.offset = strtoull(argv[3], NULL, 0);
	ring.records = strtoull(argv[4], NULL, 0);
	if (!ring.records || ring.records > 1u << 24)
		errx(EXIT_FAILURE, "RECORDS: 1 to 16777216");

	open_ring(&ring, argv[2]);
	if (!strcmp(argv[1], "append"))
		append(&ring, stdin);
	else if (!strcmp(argv[1], "dump"))
		dump(&ring);
	else
		errx(EXIT_FAILURE, "%s: append or dump", argv[1]);
	extram_close(ring.ram);
	return EXIT_SUCCESS;
}
