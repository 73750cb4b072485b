// SPDX-License-Identifier: GPL-2.0-only
/*
 * Avalanche AS1xxx204 and AS3xxx204 serial MRAM, sold by Renesas as M1xxx204 and M3xxx204.
 *
 * Facts from the datasheets of revisions D and S: commands, 250 us of power-up, what ends a sleep.
 * Rated for 108 MHz on up to four lines; which of that holds for READ without its configuration
 * registers was not verified, so it is one line at 20 MHz. What the ID reads was not verified
 * either: the write enable latch has to prove that the part is there. 1.71 to 2.0 V (AS1, M1) or
 * 2.7 to 3.6 V (AS3, M3).
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

#define AS3_OP_WAKE		0xab
#define AS3_WAKE_US		450	/* of hibernation; 400 of deep power-down */

static int as3_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 wake = AS3_OP_WAKE;
	int err;

	/* The command ends deep power-down, its chip select hibernation; awake it means nothing. */
	err = extram_chip_command(spi, &wake, 1, NULL, 0, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	usleep_range(AS3_WAKE_US, 2 * AS3_WAKE_US);
	return extram_chip_check_latch(spi, chip);
}

static const struct extram_chip_ops as3_ops = {
	.init = as3_init,
};

#define AS3_MRAM					\
	.ops = &as3_ops,				\
	.addr_bytes = 3,				\
	.flags = EXTRAM_CHIP_WREN,			\
	.tcph_ns = 60,					\
	.power_up_us = 250,				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 20000000 }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 20000000 })

const struct extram_chip extram_chip_as3001204 = {
	.name = "as3001204",
	.size = SZ_128K,
	AS3_MRAM,
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_as3001204);

const struct extram_chip extram_chip_as3004204 = {
	.name = "as3004204",
	.size = SZ_512K,
	AS3_MRAM,
};

const struct extram_chip extram_chip_as3008204 = {
	.name = "as3008204",
	.size = SZ_1M,
	AS3_MRAM,
};

const struct extram_chip extram_chip_as3016204 = {
	.name = "as3016204",
	.size = SZ_2M,
	AS3_MRAM,
};
