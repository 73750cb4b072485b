// SPDX-License-Identifier: GPL-2.0-only
/*
 * Microchip 23K and 23LC serial SRAM.
 *
 * Facts from the datasheets DS22126E (23K640), DS22100F (23K256), DS25155A (23LC512) and
 * DS20005142C (23LC1024). The parts have no ID and no write latch. Their mode register decides
 * how far a burst runs; only sequential mode lets it run over the whole memory, and the 23K parts
 * wake up in byte mode.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

#define MCHP_MODE		GENMASK(7, 6)
#define MCHP_MODE_SEQUENTIAL	1
#define MCHP_NO_HOLD		BIT(0)	/* 23K: the HOLD pin is off */

static int mchp_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 set[2] = { EXTRAM_OP_WRSR, FIELD_PREP(MCHP_MODE, MCHP_MODE_SEQUENTIAL) };
	const u8 get = EXTRAM_OP_RDSR;
	u8 mode;
	int err;

	err = extram_chip_command(spi, set, sizeof(set), NULL, 0, extram_chip_hz(chip));
	if (!err)
		err = extram_chip_command(spi, &get, 1, &mode, 1, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);

	/* The register is the only proof that a chip is there: its unused bits count too. */
	if ((mode & ~MCHP_NO_HOLD) != set[1])
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: mode register reads %02x after sequential mode was written, %s\n",
				     chip->name, mode, extram_chip_cause(&mode, 1));
	return 0;
}

static const struct extram_chip_ops mchp_ops = {
	.init = mchp_init,
};

/* All opcodes to 20 MHz; CS high at least 25 ns (TCSD); power-up wait not given, 1 ms is ours. */
#define MCHP_SRAM				\
	.ops = &mchp_ops,			\
	.flags = EXTRAM_CHIP_VOLATILE,		\
	.tcph_ns = 25,				\
	.power_up_us = 1000,			\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 20000000 }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 20000000 })

const struct extram_chip extram_chip_23k640 = {
	.name = "23k640",
	.size = 8 * 1024,
	.addr_bytes = 2,
	MCHP_SRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23k640);

const struct extram_chip extram_chip_23k256 = {
	.name = "23k256",
	.size = 32 * 1024,
	.addr_bytes = 2,
	MCHP_SRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23k256);

const struct extram_chip extram_chip_23lc512 = {
	.name = "23lc512",
	.size = 64 * 1024,
	.addr_bytes = 2,
	MCHP_SRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23lc512);

const struct extram_chip extram_chip_23lc1024 = {
	.name = "23lc1024",
	.size = 128 * 1024,
	.addr_bytes = 3,
	MCHP_SRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23lc1024);
