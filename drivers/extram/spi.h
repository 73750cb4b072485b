/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the SPI driver keeps for a chip from probe to remove.
 */
#ifndef _EXTRAM_SPI_H
#define _EXTRAM_SPI_H

#include "chips.h"
#include "power.h"

struct extram;
struct extram_io;

/**
 * struct extram_spi - what probe made and remove takes down
 * @chip: the row of the part as this board has it
 * @io: the wire
 * @ram: the memory
 * @power: its supply
 */
struct extram_spi {
	struct extram_chip chip;
	struct extram_io *io;
	struct extram *ram;
	struct extram_power power;
};

#endif /* _EXTRAM_SPI_H */
