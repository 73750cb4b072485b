// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Microchip's serial SRAM and the parts that follow it have in common.
 *
 * They have no ID and no write enable latch. A mode register decides how far a burst runs; only
 * sequential mode lets it run over the whole memory, and some parts wake up in byte mode. Those
 * that know more than one line are in one mode of the bus at a time, and FF brings them back.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

#define SRAM_MODE		GENMASK(7, 6)
#define SRAM_MODE_SEQUENTIAL	1
#define SRAM_NO_HOLD		BIT(0)	/* the HOLD pin is off, where that can be chosen */

/*
 * Another system may have left the part on four or two lines, where it hears nothing else. From
 * four downwards, so that what comes on too many lines is too short to be a command.
 */
static int sram_recover(struct spi_device *spi, const struct extram_chip *chip)
{
	unsigned int lines = min(extram_chip_lines(spi), extram_chip_bus_lines(chip));
	int err = 0;

	if (!chip->leave)
		return 0;
	for (; lines && !err; lines /= 2)
		err = extram_chip_leave(spi, chip, lines);
	return err;
}

static int sram_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 set[2] = { EXTRAM_OP_WRSR, FIELD_PREP(SRAM_MODE, SRAM_MODE_SEQUENTIAL) };
	const u8 get = EXTRAM_OP_RDSR;
	u8 mode;
	int err;

	err = sram_recover(spi, chip);
	if (!err)
		err = extram_chip_command(spi, set, sizeof(set), NULL, 0, extram_chip_hz(chip));
	if (!err)
		err = extram_chip_command(spi, &get, 1, &mode, 1, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);

	/* The register is the only proof that a chip is there: its unused bits count too. */
	if ((mode & ~SRAM_NO_HOLD) != set[1])
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: mode register reads %02x after sequential mode was written, %s\n",
				     chip->name, mode, extram_chip_cause(&mode, 1));
	return 0;
}

/* For parts that are used on one line only. */
const struct extram_chip_ops extram_sram_ops = {
	.init = sram_init,
};

/* For parts with enter_two, enter_four and leave. */
const struct extram_chip_ops extram_wide_sram_ops = {
	.init = sram_init,
	.enter = extram_chip_enter,
	.leave = extram_chip_leave,
};
