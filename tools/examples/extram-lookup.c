// SPDX-License-Identifier: GPL-2.0-only
/*
 * A look-up table that is too large for the memory of the processor: sorted keys with their values
 * in external RAM, found by binary search.
 *
 * usage: extram-lookup MEMORY ENTRIES LOOKUPS
 *
 * A transfer costs as much as dozens of bytes, so the search does not fetch one key at a time: the
 * first key of each page is kept at home, and one transfer of a page answers the rest. The table
 * here is one that can be checked: primes and how many there are below each.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libextram.h>

#define PER_PAGE	64

struct entry {
	uint32_t key;
	uint32_t value;
};

struct table {
	struct extram *ram;
	struct extram_range range;
	uint32_t entries;
	uint32_t pages;
	uint32_t *firsts;	/* first key of each page */
	uint64_t transfers;
};

static int is_prime(uint32_t n)
{
	uint32_t i;

	for (i = 2; (uint64_t)i * i <= n; i++)
		if (n % i == 0)
			return 0;
	return n > 1;
}

/* Page by page: no more of the table than that is ever in the processor's memory. */
static void build(struct table *table)
{
	struct entry page[PER_PAGE];
	uint32_t prime = 1, count = 0, in_page = 0;

	while (count < table->entries) {
		if (!is_prime(++prime))
			continue;
		if (!in_page)
			table->firsts[count / PER_PAGE] = prime;
		page[in_page].key = prime;
		page[in_page++].value = count++;
		if (in_page == PER_PAGE || count == table->entries) {
			uint64_t at = (uint64_t)(count - in_page) * sizeof(struct entry);
			ssize_t length = in_page * sizeof(struct entry);

			if (extram_write(table->ram, page, length,
					 table->range.offset + at) != length)
				err(EXIT_FAILURE, "write");
			in_page = 0;
		}
	}
}

/* The value of a key, or -1. */
static int64_t look_up(struct table *table, uint32_t key)
{
	struct entry page[PER_PAGE];
	uint32_t low = 0, high = table->pages, n;
	uint64_t at;
	ssize_t length;

	/* The last page whose first key is not above. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (table->firsts[middle] <= key)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return -1;
	low--;
	n = table->entries - low * PER_PAGE;
	if (n > PER_PAGE)
		n = PER_PAGE;
	at = table->range.offset + (uint64_t)low * sizeof(page);
	length = n * sizeof(struct entry);
	if (extram_read(table->ram, page, length, at) != length)
		err(EXIT_FAILURE, "read");
	table->transfers++;
	low = 0;
	while (low < n) {
		uint32_t middle = low + (n - low) / 2;

		if (page[middle].key == key)
			return page[middle].value;
		if (page[middle].key < key)
			low = middle + 1;
		else
			n = middle;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct table table = { 0 };
	uint32_t lookups, i, key = 1, found = 0, last = 0;
	int64_t value;

	if (argc != 4)
		errx(EXIT_FAILURE, "usage: extram-lookup MEMORY ENTRIES LOOKUPS");
	table.entries = strtoul(argv[2], NULL, 0);
	lookups = strtoul(argv[3], NULL, 0);
	if (!table.entries || table.entries > 10000000)
		errx(EXIT_FAILURE, "ENTRIES: 1 to 10000000");
	table.pages = (table.entries + PER_PAGE - 1) / PER_PAGE;
	table.firsts = calloc(table.pages, sizeof(*table.firsts));
	if (!table.firsts)
		err(EXIT_FAILURE, "index");

	table.ram = extram_open(argv[1]);
	if (!table.ram)
		err(EXIT_FAILURE, "%s", argv[1]);
	if (extram_alloc(table.ram, (uint64_t)table.entries * sizeof(struct entry), 0, 0,
			 &table.range))
		err(EXIT_FAILURE, "table of %u entries", table.entries);
	build(&table);
	printf("%u entries, %llu bytes outside, %zu bytes of index at home\n", table.entries,
	       (unsigned long long)table.range.length, table.pages * sizeof(*table.firsts));

	/* Each key either is a prime that the table has, or is not found. */
	for (i = 0; i < lookups; i++) {
		key = (key * 1103515245u + 12345u) & 0x7fffffffu;
		value = look_up(&table, key % (table.entries * 4));
		if ((value >= 0) != (is_prime(key % (table.entries * 4))))
			errx(EXIT_FAILURE, "%u: answered %lld", key % (table.entries * 4),
			     (long long)value);
		found += value >= 0;
	}
	/* In order, each value is one more than that before. */
	for (i = 2, key = 0; key < 100 && key < table.entries; i++) {
		value = look_up(&table, i);
		if (value < 0)
			continue;
		if (value != key++)
			errx(EXIT_FAILURE, "%u: answered %lld, wanted %u", i, (long long)value,
			     key - 1);
		last = i;
	}
	printf("%u lookups, %u found; prime number %u is %u; %llu transfers\n", lookups, found, key,
	       last, (unsigned long long)table.transfers);
	extram_close(table.ram);
	free(table.firsts);
	return EXIT_SUCCESS;
}
