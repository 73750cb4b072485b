// SPDX-License-Identifier: GPL-2.0-only
/*
 * Microchip serial memories: 23K, 23A, 23LC and 23AA SRAM, 48L EERAM.
 *
 * Facts from the datasheets DS22126E (23K640), DS22100F (23K256), DS25155A (23LC512), DS20005142C
 * (23LC1024), DS20005156B (23LCV1024) and DS20006055B (48L640). The 23A kinds of the 23K and 23LC
 * parts are for 1.5 or 1.7 to 1.95 or 2.2 V, else the same.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"
#include "sram.h"

/* 2.7 to 3.6 V, one line. */
const struct extram_chip extram_chip_23k640 = {
	.name = "23k640",
	.size = SZ_8K,
	.addr_bytes = 2,
	EXTRAM_SRAM(20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23k640);

const struct extram_chip extram_chip_23k256 = {
	.name = "23k256",
	.size = SZ_32K,
	.addr_bytes = 2,
	EXTRAM_SRAM(20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23k256);

/* 2.5 to 5.5 V, four lines; 16 MHz for the 23LC1024 up to 125 degrees. */
const struct extram_chip extram_chip_23lc512 = {
	.name = "23lc512",
	.size = SZ_64K,
	.addr_bytes = 2,
	EXTRAM_QUAD_SRAM(20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23lc512);

const struct extram_chip extram_chip_23lc1024 = {
	.name = "23lc1024",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_QUAD_SRAM(20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_23lc1024);

/* A pin for a battery in the place of the fourth line. */
const struct extram_chip extram_chip_23lcv512 = {
	.name = "23lcv512",
	.size = SZ_64K,
	.addr_bytes = 2,
	EXTRAM_DUAL_SRAM(20000000),
};

const struct extram_chip extram_chip_23lcv1024 = {
	.name = "23lcv1024",
	.size = SZ_128K,
	.addr_bytes = 3,
	EXTRAM_DUAL_SRAM(20000000),
};

/*
 * Second-hand facts: they wake up in sequential mode, and their register has 16 bits, so that it is
 * left alone. 143 MHz, four lines and a fast read are said to be there; 20 MHz on one line are what
 * the rest of the family can do.
 */
#define MCHP_23AA						\
	.ops = &extram_plain_ops,				\
	EXTRAM_SRAM_COMMON,					\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 20000000 }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 20000000 })

const struct extram_chip extram_chip_23aa02m = {
	.name = "23aa02m",
	.size = SZ_256K,
	.addr_bytes = 3,
	MCHP_23AA,
};

const struct extram_chip extram_chip_23aa04m = {
	.name = "23aa04m",
	.size = SZ_512K,
	.addr_bytes = 3,
	MCHP_23AA,
};

/* EERAM: SRAM that saves itself into an EEPROM when power fails, and comes back with it. */
#define EERAM_SR_BUSY		BIT(0)	/* saves or recalls */
#define EERAM_SR_WEL		BIT(1)
#define EERAM_SR_ASE		BIT(6)	/* saves by itself */
#define EERAM_RECALL_US		25000	/* not verified; far more than it can take */

static int eeram_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	unsigned int waited;
	u8 status;
	int err;

	for (waited = 0; ; waited += 100) {
		err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
		if (err)
			return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n",
					     chip->name);
		/* All ones is what a bus without a chip says: the latch will tell. */
		if (!(status & EERAM_SR_BUSY) || status == 0xff)
			break;
		if (waited >= EERAM_RECALL_US)
			return dev_err_probe(&spi->dev, -ETIMEDOUT,
					     "%s: status register reads %02x, still busy\n",
					     chip->name, status);
		usleep_range(100, 200);
	}

	return extram_chip_check_latch(spi, chip);
}

/* Without ASE, which it keeps for good, it is a volatile part like any SRAM. */
static int eeram_adapt(struct spi_device *spi, struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	u8 status;
	int err;

	err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (!(status & EERAM_SR_ASE)) {
		chip->flags |= EXTRAM_CHIP_VOLATILE;
		dev_warn(&spi->dev,
			 "%s: status register reads %02x, content is not saved when power fails\n",
			 chip->name, status);
	}
	return 0;
}

static const struct extram_chip_ops eeram_ops = {
	.init = eeram_init,
	.adapt = eeram_adapt,
};

/*
 * With PRO set in the status register a burst stays in its page. It is never longer than that here,
 * whatever PRO says. The write enable latch falls when a write is through. CS high and power-up
 * time are not verified.
 */
#define EERAM							\
	.ops = &eeram_ops,					\
	.addr_bytes = 2,					\
	.flags = EXTRAM_CHIP_WREN,				\
	.busy = EERAM_SR_BUSY | EERAM_SR_WEL,			\
	.busy_us = EERAM_RECALL_US,				\
	.tcph_ns = 60,						\
	.power_up_us = 1000,					\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 66000000 }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 66000000 })

/* 2.7 to 3.6 V. */
const struct extram_chip extram_chip_48l640 = {
	.name = "48l640",
	.size = SZ_8K,
	.page = 32,
	EERAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_48l640);

/* Address and clock are those of the 48L640, not verified. */
const struct extram_chip extram_chip_48l256 = {
	.name = "48l256",
	.size = SZ_32K,
	.page = 64,
	EERAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_48l256);

/* Nothing but its size was verified: the smallest page of the family. */
const struct extram_chip extram_chip_48l512 = {
	.name = "48l512",
	.size = SZ_64K,
	.page = 32,
	EERAM,
};
