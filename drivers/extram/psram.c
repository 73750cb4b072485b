// SPDX-License-Identifier: GPL-2.0-only
/*
 * What serial PSRAM of all makers has in common.
 *
 * It refreshes itself only while chip select rests, so no burst may be longer than tCEM: other rows
 * than the one in the burst would lose data. It must be reset before its first use, and hears that
 * only in the mode of the bus that it is in.
 *
 * B9 and C0 are never sent: on some of these parts they cost the contents.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"
#include "psram.h"

#define PSRAM_WAKE_US		150
#define PSRAM_ID_HZ		33000000	/* fastest clock of RDID */
#define PSRAM_KGD_PASS		0x5d
#define PSRAM_KGD_FAIL		0x55
#define PSRAM_EID_DENSITY	GENMASK(7, 5)	/* of the first byte of the EID */
#define PSRAM_EID_AP_V0		0x20	/* 32 Mbit of the first kind */
#define PSRAM_EID_AP_TRIAL	0x26	/* 64 Mbit before there was a datasheet */

static int psram_reset(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 pulse = EXTRAM_OP_RESET_ENABLE;
	int err = 0;

	/*
	 * A part that a warm reboot left in QPI hears neither half. On four lines F5 is two clocks
	 * long, too short to be a command of a part that listens on one; on one line no part has
	 * it.
	 */
	if (extram_chip_lines(spi) == 4)
		err = extram_chip_leave(spi, chip, 4);

	/* Any chip select ends a deep sleep, that above too, and what comes next is lost. */
	if (chip->flags & EXTRAM_CHIP_SLEEPS && !err) {
		usleep_range(PSRAM_WAKE_US, 2 * PSRAM_WAKE_US);
		err = extram_chip_command(spi, &pulse, 1, NULL, 0, extram_chip_hz(chip));
		usleep_range(PSRAM_WAKE_US, 2 * PSRAM_WAKE_US);
	}

	return err ?: extram_chip_reset(spi, chip);
}

static bool psram_is(const struct extram_chip *chip, const u8 *id)
{
	return id[0] == chip->id[0] && id[1] == PSRAM_KGD_PASS &&
	       FIELD_GET(PSRAM_EID_DENSITY, id[2]) == FIELD_GET(PSRAM_EID_DENSITY, chip->id[2]);
}

static const char *psram_cause(const struct extram_chip *chip, const u8 *id)
{
	if (id[0] != PSRAM_MF_AP && id[0] != PSRAM_MF_ISSI)
		return extram_chip_cause(id, PSRAM_ID_LEN);
	if (id[1] == PSRAM_KGD_FAIL)
		return "the die failed its maker's test";
	if (id[1] != PSRAM_KGD_PASS)
		return extram_chip_cause(id, PSRAM_ID_LEN);
	return id[0] == chip->id[0] ? "a part of another size" : "a part of another maker";
}

static int psram_read_id(struct spi_device *spi, const struct extram_chip *chip, u8 *id)
{
	static const u8 rdid[1 + PSRAM_ID_ADDR] = { EXTRAM_OP_RDID };

	return extram_chip_command(spi, rdid, sizeof(rdid), id, PSRAM_ID_LEN, PSRAM_ID_HZ);
}

static int psram_init(struct spi_device *spi, const struct extram_chip *chip)
{
	u8 id[PSRAM_ID_LEN];
	unsigned int try;
	int err;

	/* The first answer after power-up may be wrong on small parts. */
	for (try = 0; try < 2; try++) {
		err = psram_reset(spi, chip) ?: psram_read_id(spi, chip, id);
		if (err)
			return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n",
					     chip->name);
		if (psram_is(chip, id))
			return 0;
	}
	return dev_err_probe(&spi->dev, -ENODEV, "%s: ID reads %*ph, %s\n", chip->name,
			     (int)sizeof(id), id, psram_cause(chip, id));
}

/* The row has the facts of later kinds. Nobody knows better ones, but who has such a part hears. */
static int psram_adapt(struct spi_device *spi, struct extram_chip *chip)
{
	u8 id[PSRAM_ID_LEN];
	int err;

	if (chip->id[0] != PSRAM_MF_AP)
		return 0;
	err = psram_read_id(spi, chip, id);
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (id[2] == PSRAM_EID_AP_V0)
		dev_warn(&spi->dev,
			 "%s: ID reads %*ph, an early part that wants two clocks after chip select rose, which nothing sends: it may lose bytes\n",
			 chip->name, PSRAM_ID_LEN, id);
	else if (id[2] == PSRAM_EID_AP_TRIAL)
		dev_warn(&spi->dev,
			 "%s: ID reads %*ph, a trial sample, said to be of 8192 KiB: it may not keep to the limits of later parts\n",
			 chip->name, PSRAM_ID_LEN, id);
	return 0;
}

const struct extram_chip_ops extram_psram_ops = {
	.init = psram_init,
	.adapt = psram_adapt,
	.enter = extram_chip_enter,
	.leave = extram_chip_leave,
};
