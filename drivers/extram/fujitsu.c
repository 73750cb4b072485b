// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fujitsu (RAMXEED) MB85RS serial FRAM.
 *
 * Facts from the maker's datasheets of the parts below. Writes take no time and need no polling,
 * but each wants the write enable latch set first; whether the chip clears the latch afterwards
 * differs from part to part, so that it is set before every write on all of them.
 */
#include <linux/delay.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"

#define MB85_ID_LEN		4
#define MB85_WAKE_US		400		/* tREC */

static int mb85_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR, rdid = EXTRAM_OP_RDID;
	u8 id[MB85_ID_LEN], status;
	int err;

	/* A falling chip select wakes it; during tREC it must not be touched a second time. */
	if (chip->flags & EXTRAM_CHIP_SLEEPS) {
		err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
		if (err)
			goto silent;
		usleep_range(MB85_WAKE_US, 2 * MB85_WAKE_US);
	}

	err = extram_chip_command(spi, &rdid, 1, id, sizeof(id), extram_chip_hz(chip));
	if (err)
		goto silent;
	if (memcmp(id, chip->id, chip->id_len))
		return dev_err_probe(&spi->dev, -ENODEV, "%s: ID reads %*ph instead of %*ph, %s\n",
				     chip->name, MB85_ID_LEN, id, MB85_ID_LEN, chip->id,
				     extram_chip_cause(id, sizeof(id)));

	return extram_chip_check_latch(spi, chip);

silent:
	return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
}

static const struct extram_chip_ops mb85_ops = {
	.init = mb85_init,
};

/* CS high between commands is 40 to 60 ns over the family. */
#define MB85_FRAM(b2, b3)			\
	.ops = &mb85_ops,			\
	.id_len = MB85_ID_LEN,			\
	.id = { 0x04, 0x7f, b2, b3 },		\
	.tcph_ns = 60

const struct extram_chip extram_chip_mb85rs64v = {
	.name = "mb85rs64v",
	.size = 8 * 1024,
	.addr_bytes = 2,
	.flags = EXTRAM_CHIP_WREN,
	MB85_FRAM(0x03, 0x02),
	.power_up_us = 1000,	/* not in the datasheet; above that of every sister part */
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 20000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 20000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs64v);

const struct extram_chip extram_chip_mb85rs256b = {
	.name = "mb85rs256b",
	.size = 32 * 1024,
	.addr_bytes = 2,
	.flags = EXTRAM_CHIP_WREN,
	MB85_FRAM(0x05, 0x09),
	.power_up_us = 1,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 25000000 },
			    { EXTRAM_OP_FAST_READ, 0x111, 8, 33000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 33000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs256b);

/* 25 MHz below 2.7 V, 30 MHz above: the supply is not known here. */
const struct extram_chip extram_chip_mb85rs1mt = {
	.name = "mb85rs1mt",
	.size = 128 * 1024,
	.addr_bytes = 3,
	.flags = EXTRAM_CHIP_WREN | EXTRAM_CHIP_SLEEPS,
	MB85_FRAM(0x27, 0x03),
	.power_up_us = 250,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 25000000 },
			    { EXTRAM_OP_FAST_READ, 0x111, 8, 40000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 25000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs1mt);

/* 33 MHz in the low-voltage column, 40 MHz above. */
const struct extram_chip extram_chip_mb85rs2mta = {
	.name = "mb85rs2mta",
	.size = 256 * 1024,
	.addr_bytes = 3,
	.flags = EXTRAM_CHIP_WREN | EXTRAM_CHIP_SLEEPS,
	MB85_FRAM(0x48, 0x03),
	.power_up_us = 250,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 33000000 },
			    { EXTRAM_OP_FAST_READ, 0x111, 8, 33000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 33000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs2mta);
