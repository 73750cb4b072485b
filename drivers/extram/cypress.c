// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cypress (once Ramtron, now Infineon) FM25 and CY15 serial FRAM.
 *
 * Facts from the datasheets of the FM25L16B, FM25W256, FM25L04B, FM25V10, CY15B004Q, CY15B104Q,
 * CY15B104QN and CY15B108QN; the IDs of their sisters as mainline's at25 has them. Writes take no
 * time; each clears the write enable latch.
 *
 * B9 sends some of them to sleep and others into hibernation, BA is a third kind on some: neither
 * is ever sent, and one chip select ends all of them.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"

#define FM25_ID_LEN		9	/* six times 7F, C2, two bytes of product */
#define FM25_WAKE_US		450	/* of hibernation; sleep and power-down take less */

/*
 * The capacity that an ID tells, or 0 when it is none of Cypress's. The newest parts send its bytes
 * in reverse order.
 */
static u32 fm25_id_size(const u8 *id)
{
	u8 density;

	if (id[6] == 0xc2 && !memchr_inv(id, 0x7f, 6))
		density = id[7];
	else if (id[2] == 0xc2 && !memchr_inv(id + 3, 0x7f, 6))
		density = id[1];
	else
		return 0;

	if (density >= 0x21 && density <= 0x26)
		return SZ_16K << (density - 0x21);
	if (density >= 0x2a && density <= 0x30)
		return BIT((density >> 1 & 0xf) + 13);
	return 0;
}

static int fm25_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR, rdid = EXTRAM_OP_RDID;
	u8 id[FM25_ID_LEN], status;
	unsigned int try;
	int err;

	/* A falling chip select wakes it, whatever it was that it slept in. */
	err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
	usleep_range(FM25_WAKE_US, 2 * FM25_WAKE_US);

	for (try = 0; !err && try < 2; try++) {
		err = extram_chip_command(spi, &rdid, 1, id, sizeof(id), extram_chip_hz(chip));
		if (!err && fm25_id_size(id) == chip->size)
			return extram_chip_check_latch(spi, chip);
	}
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (fm25_id_size(id))
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: ID reads %*ph, a part of %u KiB instead of %u\n",
				     chip->name, FM25_ID_LEN, id, fm25_id_size(id) / SZ_1K,
				     chip->size / SZ_1K);
	return dev_err_probe(&spi->dev, -ENODEV, "%s: ID reads %*ph, %s\n", chip->name,
			     FM25_ID_LEN, id, extram_chip_cause(id, sizeof(id)));
}

static const struct extram_chip_ops fm25_id_ops = {
	.init = fm25_init,
};

/* CS high 40 to 60 ns over the family; power-up 1 ms is that of the FM25L16B, the longest known. */
#define FM25_FRAM(hooks, extra)				\
	.ops = &(hooks),				\
	.flags = EXTRAM_CHIP_WREN | (extra),		\
	.tcph_ns = 60,					\
	.power_up_us = 1000

#define FM25_COMMANDS(hz)				\
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, hz }),	\
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, hz })

/* Without an ID. */
#define FM25_OLD(bytes, hz)				\
	FM25_FRAM(extram_plain_ops, 0),			\
	.addr_bytes = (bytes),				\
	FM25_COMMANDS(hz)

/* 512 bytes: one byte of address, the ninth bit is in the opcode. */
#define FM25_4K(hz)					\
	FM25_FRAM(extram_plain_ops, EXTRAM_CHIP_ADDR_MSB_IN_OPCODE),	\
	.size = SZ_512,					\
	.addr_bytes = 1,				\
	FM25_COMMANDS(hz)

/*
 * With an ID. There is a fast read too, but READ is as fast, and the dummy byte must not be an Ax.
 */
#define FM25_NEW(bytes, hz)				\
	FM25_FRAM(fm25_id_ops, EXTRAM_CHIP_SLEEPS),	\
	.id_len = FM25_ID_LEN,				\
	.addr_bytes = (bytes),				\
	FM25_COMMANDS(hz)

/* 3.0 to 3.6 V, up to 125 degrees. */
const struct extram_chip extram_chip_cy15b004q = { .name = "cy15b004q", FM25_4K(16000000) };

/* 2.7 to 3.6 V; the automotive kind ends at 10 MHz. */
const struct extram_chip extram_chip_fm25l04b = { .name = "fm25l04b", FM25_4K(20000000) };
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25l04b);

/* Clock not verified. */
const struct extram_chip extram_chip_fm25040b = { .name = "fm25040b", FM25_4K(10000000) };

/* 2.7 to 3.6 V */
const struct extram_chip extram_chip_fm25l16b = {
	.name = "fm25l16b",
	.size = SZ_2K,
	FM25_OLD(2, 20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25l16b);

/* The clock of this one and of the next two was not verified. */
const struct extram_chip extram_chip_fm25c160b = {
	.name = "fm25c160b",
	.size = SZ_2K,
	FM25_OLD(2, 10000000),
};

const struct extram_chip extram_chip_fm25cl64b = {
	.name = "fm25cl64b",
	.size = SZ_8K,
	FM25_OLD(2, 10000000),
};

const struct extram_chip extram_chip_fm25640b = {
	.name = "fm25640b",
	.size = SZ_8K,
	FM25_OLD(2, 10000000),
};

/* 2.7 to 5.5 V */
const struct extram_chip extram_chip_fm25w256 = {
	.name = "fm25w256",
	.size = SZ_32K,
	FM25_OLD(2, 20000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25w256);

/* It has an ID, of a form of its own that is not asked for. Clock not verified. */
const struct extram_chip extram_chip_fm25h20 = {
	.name = "fm25h20",
	.size = SZ_256K,
	FM25_OLD(3, 10000000),
};

/* 2.0 to 3.6 V; the 40 MHz of the FM25V10 were not verified for the next three. */
const struct extram_chip extram_chip_fm25v01 = {
	.name = "fm25v01",
	.size = SZ_16K,
	FM25_NEW(2, 20000000),
};

const struct extram_chip extram_chip_fm25v02 = {
	.name = "fm25v02",
	.size = SZ_32K,
	FM25_NEW(2, 20000000),
};

const struct extram_chip extram_chip_fm25v05 = {
	.name = "fm25v05",
	.size = SZ_64K,
	FM25_NEW(2, 20000000),
};

/* 2.0 to 3.6 V */
const struct extram_chip extram_chip_fm25v10 = {
	.name = "fm25v10",
	.size = SZ_128K,
	FM25_NEW(3, 40000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_fm25v10);

/* Clock not verified, nor that of the CY15B102QN. */
const struct extram_chip extram_chip_cy15b102q = {
	.name = "cy15b102q",
	.size = SZ_256K,
	FM25_NEW(3, 20000000),
};

const struct extram_chip extram_chip_cy15b102qm = {
	.name = "cy15b102qm",
	.size = SZ_256K,
	FM25_NEW(3, 50000000),
};

/* 2.0 to 3.6 V */
const struct extram_chip extram_chip_cy15b104q = {
	.name = "cy15b104q",
	.size = SZ_512K,
	FM25_NEW(3, 40000000),
};

/* CY15B 1.8 to 3.6 V, CY15V 1.71 to 1.89 V; here and below. */
const struct extram_chip extram_chip_cy15b104qi = {
	.name = "cy15b104qi",
	.size = SZ_512K,
	FM25_NEW(3, 20000000),
};

const struct extram_chip extram_chip_cy15b104qn = {
	.name = "cy15b104qn",
	.size = SZ_512K,
	FM25_NEW(3, 50000000),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_cy15b104qn);

/* 20, 40 or 50 MHz by grade: the grade is not known here, and 40 is that of the common one. */
const struct extram_chip extram_chip_cy15b108qn = {
	.name = "cy15b108qn",
	.size = SZ_1M,
	FM25_NEW(3, 40000000),
};
