// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everspin MR25H and MR20H serial MRAM.
 *
 * Facts from the datasheets of the MR25H40 and the MR20H40; those of the smaller parts as
 * mainline's spi-nor table has them. No ID, no write time, unlimited writes. The write enable
 * latch stays set after a write; it is set before each one all the same, as a power failure may
 * have cleared it.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

#define MR25_OP_WAKE		0xab
#define MR25_WAKE_US		400	/* with chip select high all the time */

static int mr25_init(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 wake = MR25_OP_WAKE;
	int err;

	/* A chip that sleeps since a crash obeys nothing else; one that is awake ignores it. */
	err = extram_chip_command(spi, &wake, 1, NULL, 0, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	usleep_range(MR25_WAKE_US, 2 * MR25_WAKE_US);

	return extram_chip_check_latch(spi, chip);
}

static const struct extram_chip_ops mr25_ops = {
	.init = mr25_init,
};

#define MR25_MRAM				\
	.ops = &mr25_ops,			\
	.flags = EXTRAM_CHIP_WREN,		\
	.tcph_ns = 40,				\
	.power_up_us = 400

const struct extram_chip extram_chip_mr25h128 = {
	.name = "mr25h128",
	.size = SZ_16K,
	.addr_bytes = 2,
	MR25_MRAM,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 40000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 40000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mr25h128);

const struct extram_chip extram_chip_mr25h256 = {
	.name = "mr25h256",
	.size = SZ_32K,
	.addr_bytes = 2,
	MR25_MRAM,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 40000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 40000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mr25h256);

const struct extram_chip extram_chip_mr25h10 = {
	.name = "mr25h10",
	.size = SZ_128K,
	.addr_bytes = 3,
	MR25_MRAM,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 40000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 40000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mr25h10);

const struct extram_chip extram_chip_mr25h40 = {
	.name = "mr25h40",
	.size = SZ_512K,
	.addr_bytes = 3,
	MR25_MRAM,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 40000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 40000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mr25h40);

const struct extram_chip extram_chip_mr20h40 = {
	.name = "mr20h40",
	.size = SZ_512K,
	.addr_bytes = 3,
	MR25_MRAM,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 50000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 50000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_mr20h40);
