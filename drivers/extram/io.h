/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire engine: turns a range of bytes into commands that the chip and the controller accept.
 */
#ifndef _EXTRAM_IO_H
#define _EXTRAM_IO_H

#include <linux/types.h>

struct extram_chip;
struct extram_io;
struct spi_device;

/*
 * Most bytes that one call moves, and so the longest time that it keeps others from the chip:
 * 1.6 ms at 20 MHz.
 */
#define EXTRAM_IO_CHUNK		4096

/* How a wire is driven: clocks asked for, in Hz, and data bytes under one chip select. */
struct extram_io_facts {
	u32 read_hz;
	u32 write_hz;
	u32 read_burst;
	u32 write_burst;
};

struct extram_io *extram_io_create(struct spi_device *spi, const struct extram_chip *chip);
int extram_io_measure(struct extram_io *io);
void extram_io_facts(const struct extram_io *io, struct extram_io_facts *facts);
void extram_io_destroy(struct extram_io *io);
int extram_io_read(struct extram_io *io, u32 addr, void *buf, size_t len);
int extram_io_write(struct extram_io *io, u32 addr, const void *buf, size_t len);
int extram_io_zero(struct extram_io *io, u32 addr, size_t len);

#endif /* _EXTRAM_IO_H */
