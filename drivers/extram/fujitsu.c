// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fujitsu (RAMXEED) MB85RS serial FRAM.
 *
 * Facts from the maker's datasheets of the parts below. Writes take no time and need no polling,
 * but each wants the write enable latch set first; whether the chip clears the latch afterwards
 * differs from part to part (the MB85RS2MTA and the MB85RS4MT do not), so that it is set before
 * every write on all of them.
 *
 * MB85AS, which looks alike, is left out on purpose: it is ReRAM, has a write time, and wears out.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"

#define MB85_ID_LEN		4
#define MB85_WAKE_US		400		/* tREC */

static int mb85_read_id(struct spi_device *spi, const struct extram_chip *chip, u8 *id)
{
	const u8 rdid = EXTRAM_OP_RDID;

	return extram_chip_command(spi, &rdid, 1, id, MB85_ID_LEN, extram_chip_hz(chip));
}

static int mb85_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	u8 id[MB85_ID_LEN], status;
	int err = 0;

	/* A falling chip select wakes it; during tREC it must not be touched a second time. */
	if (chip->flags & EXTRAM_CHIP_SLEEPS) {
		err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
		if (err)
			goto silent;
		usleep_range(MB85_WAKE_US, 2 * MB85_WAKE_US);
	}
	if (!chip->id_len)
		return extram_chip_check_latch(spi, chip);

	err = mb85_read_id(spi, chip, id);
	if (!err && memcmp(id, chip->id, chip->id_len))
		err = mb85_read_id(spi, chip, id);
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
#define MB85_FRAM(sleeps, b2, b3)		\
	.ops = &mb85_ops,			\
	.flags = EXTRAM_CHIP_WREN | (sleeps),	\
	.id_len = MB85_ID_LEN,			\
	.id = { 0x04, 0x7f, b2, b3 },		\
	.tcph_ns = 60

/* Without and with a fast read, which has a dummy byte. */
#define MB85_SLOW(hz)				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, hz }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz })
#define MB85_FAST(read, fast, write)		\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, read },	\
			    { EXTRAM_OP_FAST_READ, 0x111, 8, fast }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, write })

/* 2.7 to 3.6 V */
const struct extram_chip extram_chip_mb85rs16n = {
	.name = "mb85rs16n",
	.size = SZ_2K,
	.addr_bytes = 2,
	MB85_FRAM(0, 0x01, 0x01),
	.power_up_us = 100,
	MB85_SLOW(20000000),
};

/* 3.0 to 5.5 V */
const struct extram_chip extram_chip_mb85rs64v = {
	.name = "mb85rs64v",
	.size = SZ_8K,
	.addr_bytes = 2,
	MB85_FRAM(0, 0x03, 0x02),
	.power_up_us = 1000,	/* not in the datasheet; above that of every sister part */
	MB85_SLOW(20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs64v);

/* 2.7 to 3.6 V */
const struct extram_chip extram_chip_mb85rs128b = {
	.name = "mb85rs128b",
	.size = SZ_16K,
	.addr_bytes = 2,
	MB85_FRAM(0, 0x04, 0x09),
	.power_up_us = 1,
	MB85_FAST(25000000, 33000000, 33000000),
};

const struct extram_chip extram_chip_mb85rs256b = {
	.name = "mb85rs256b",
	.size = SZ_32K,
	.addr_bytes = 2,
	MB85_FRAM(0, 0x05, 0x09),
	.power_up_us = 1,
	MB85_FAST(25000000, 33000000, 33000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs256b);

/* 1.8 to 3.6 V. Its ID and its power-up time were not verified: the latch has to prove it. */
const struct extram_chip extram_chip_mb85rs256ty = {
	.name = "mb85rs256ty",
	.ops = &mb85_ops,
	.size = SZ_32K,
	.addr_bytes = 2,
	.flags = EXTRAM_CHIP_WREN,
	.tcph_ns = 60,
	.power_up_us = 1000,
	MB85_SLOW(40000000),
};

/* 1.8 to 3.6 V; 25 MHz below 2.7 V, 30 MHz above: the supply is not known here. */
const struct extram_chip extram_chip_mb85rs512t = {
	.name = "mb85rs512t",
	.size = SZ_64K,
	.addr_bytes = 2,
	MB85_FRAM(EXTRAM_CHIP_SLEEPS, 0x26, 0x03),
	.power_up_us = 250,
	MB85_FAST(25000000, 40000000, 25000000),
};

const struct extram_chip extram_chip_mb85rs1mt = {
	.name = "mb85rs1mt",
	.size = SZ_128K,
	.addr_bytes = 3,
	MB85_FRAM(EXTRAM_CHIP_SLEEPS, 0x27, 0x03),
	.power_up_us = 250,
	MB85_FAST(25000000, 40000000, 25000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs1mt);

const struct extram_chip extram_chip_mb85rs2mt = {
	.name = "mb85rs2mt",
	.size = SZ_256K,
	.addr_bytes = 3,
	MB85_FRAM(EXTRAM_CHIP_SLEEPS, 0x28, 0x03),
	.power_up_us = 250,
	MB85_FAST(25000000, 40000000, 25000000),
};

/* 1.7 to 3.6 V; 33 MHz in the low-voltage column, 40 MHz above. */
const struct extram_chip extram_chip_mb85rs2mta = {
	.name = "mb85rs2mta",
	.size = SZ_256K,
	.addr_bytes = 3,
	MB85_FRAM(EXTRAM_CHIP_SLEEPS, 0x48, 0x03),
	.power_up_us = 250,
	MB85_FAST(33000000, 33000000, 33000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mb85rs2mta);

/* 1.8 to 3.6 V */
const struct extram_chip extram_chip_mb85rs4mt = {
	.name = "mb85rs4mt",
	.size = SZ_512K,
	.addr_bytes = 3,
	MB85_FRAM(EXTRAM_CHIP_SLEEPS, 0x49, 0x03),
	.power_up_us = 250,
	MB85_FAST(40000000, 40000000, 40000000),
};
