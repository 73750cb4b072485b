// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the fuzz target without libFuzzer, for other machines and for the coverage: on the files that are named, and on
 * `-n COUNT` random inputs (`-s SEED`). A failure aborts, after telling the seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint64_t state;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

static unsigned long files(const char *name)
{
	static uint8_t data[1 << 16];
	FILE *f = fopen(name, "rb");
	size_t n;

	if (!f) {
		perror(name);
		exit(1);
	}
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long n, count = 0, runs = 0;
	uint64_t seed = 1;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n") && i + 1 < argc)
			count = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "-s") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 0);
		else
			runs += files(argv[i]);
	}
	for (n = 0; n < count; n++) {
		uint8_t data[4096];
		uint32_t k, size;

		state = (seed + n) * 0x9e3779b97f4a7c15u + 1;
		next();
		size = 1 + next() % (n % 8 ? 400 : sizeof(data));
		for (k = 0; k < size; k++)
			data[k] = (uint8_t)next();
		if (n % 3) {
			data[0] |= 32;		/* enough memory */
			data[0] &= 127;
		}
		if (n % 2)
			data[0] |= 7;		/* the largest pool */
		if (n % 4 == 3)		/* long requests off: many small blocks */
			for (k = 1; k < size; k++)
				data[k] &= 0xe7;
		LLVMFuzzerTestOneInput(data, size);
		runs++;
		if (!(n & 1023))
			fprintf(stderr, "seed %llu is good\r", (unsigned long long)(seed + n));
	}
	printf("fuzz: %lu passed, 0 failed\n", runs);
	return !runs;
}
