// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame store: two pictures of 16 bits a pixel in external RAM. One is shown while the next is
 * drawn in the other, with no more than one line of it in the processor's memory.
 *
 * usage: extram-frames MEMORY WIDTH HEIGHT FRAMES > last.ppm
 *
 * A box wanders over a background. The last frame that was shown goes to standard output as a PPM
 * picture, in the place of a display.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <libextram.h>

#define MAX_WIDTH	4096
#define BOX		16

struct store {
	struct extram *ram;
	struct extram_range frames[2];
	unsigned int width;
	unsigned int height;
};

static uint16_t rgb(unsigned int red, unsigned int green, unsigned int blue)
{
	return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3;
}

static void put(struct store *store, unsigned int frame, unsigned int x, unsigned int y,
		const uint16_t *pixels, unsigned int count)
{
	uint64_t at = store->frames[frame].offset + ((uint64_t)y * store->width + x) * 2;
	ssize_t length = count * 2;

	if (extram_write(store->ram, pixels, length, at) != length)
		err(EXIT_FAILURE, "write");
}

/* A gradient: red grows to the right, blue downwards. */
static void draw_background(struct store *store, unsigned int frame)
{
	uint16_t line[MAX_WIDTH];
	unsigned int x, y;

	for (y = 0; y < store->height; y++) {
		for (x = 0; x < store->width; x++)
			line[x] = rgb(x * 255 / store->width, 0, y * 255 / store->height);
		put(store, frame, 0, y, line, store->width);
	}
}

/* Only the lines of the box go over the wire. */
static void draw_box(struct store *store, unsigned int frame, unsigned int step)
{
	unsigned int left = step * 5 % (store->width - BOX + 1);
	unsigned int top = step * 3 % (store->height - BOX + 1), x, y;
	uint16_t line[BOX];

	for (x = 0; x < BOX; x++)
		line[x] = rgb(0, 255, 0);
	for (y = 0; y < BOX; y++)
		put(store, frame, left, top + y, line, BOX);
}

static void show(struct store *store, unsigned int frame)
{
	uint16_t line[MAX_WIDTH];
	unsigned int x, y;

	printf("P6\n%u %u\n255\n", store->width, store->height);
	for (y = 0; y < store->height; y++) {
		uint64_t at = store->frames[frame].offset + (uint64_t)y * store->width * 2;
		ssize_t length = store->width * 2;

		if (extram_read(store->ram, line, length, at) != length)
			err(EXIT_FAILURE, "read");
		for (x = 0; x < store->width; x++) {
			putchar((line[x] >> 11) * 255 / 31);
			putchar((line[x] >> 5 & 63) * 255 / 63);
			putchar((line[x] & 31) * 255 / 31);
		}
	}
}

int main(int argc, char **argv)
{
	struct store store = { 0 };
	unsigned int frames, step, i;

	if (argc != 5)
		errx(EXIT_FAILURE, "usage: extram-frames MEMORY WIDTH HEIGHT FRAMES");
	store.width = strtoul(argv[2], NULL, 0);
	store.height = strtoul(argv[3], NULL, 0);
	frames = strtoul(argv[4], NULL, 0);
	if (store.width < BOX || store.width > MAX_WIDTH || store.height < BOX ||
	    store.height > MAX_WIDTH || !frames)
		errx(EXIT_FAILURE, "WIDTH and HEIGHT: %u to %u, FRAMES: at least 1", BOX,
		     MAX_WIDTH);

	store.ram = extram_open(argv[1]);
	if (!store.ram)
		err(EXIT_FAILURE, "%s", argv[1]);
	for (i = 0; i < 2; i++)
		if (extram_alloc(store.ram, (uint64_t)store.width * store.height * 2, 0, 0,
				 &store.frames[i]))
			err(EXIT_FAILURE, "frame of %u x %u", store.width, store.height);
	for (step = 0; step < frames; step++) {
		draw_background(&store, step & 1);
		draw_box(&store, step & 1, step);
	}
	show(&store, (frames - 1) & 1);
	extram_close(store.ram);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
