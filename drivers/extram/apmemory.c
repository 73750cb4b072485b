// SPDX-License-Identifier: GPL-2.0-only
/*
 * AP Memory serial PSRAM.
 *
 * Facts from the datasheet of the APS6404L-3SQR, revision 2.3. The part refreshes itself only while
 * chip select rests, so no burst may be longer than tCEM: other rows than the one in the burst
 * would lose data.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/spi/spi.h>

#include "chips.h"
#include "compat.h"

#define APM_OP_RESET_ENABLE	0x66
#define APM_OP_RESET		0x99

#define APM_ID_HZ		33000000	/* fastest clock of RDID */
#define APM_ID_ADDR		3		/* address bytes that RDID wants and ignores */
#define APM_ID_LEN		3	/* maker, known good die, first byte of the EID */
#define APM_MF			0x0d
#define APM_KGD_PASS		0x5d
#define APM_KGD_FAIL		0x55
#define APM_EID_DENSITY		GENMASK(7, 5)	/* of the first byte of the EID */

static int apm_reset(struct spi_device *spi, const struct extram_chip *chip)
{
	static const u8 ops[] = { APM_OP_RESET_ENABLE, APM_OP_RESET };
	unsigned int i;
	int err;

	/* The reset counts only when its two halves come in chip selects of their own. */
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		err = extram_chip_command(spi, &ops[i], 1, NULL, 0, extram_chip_hz(chip));
		if (err)
			return err;
	}
	/* tRST is 50 ns; boards in the field were seen to want 100 us. */
	usleep_range(100, 200);
	return 0;
}

static int apm_read_id(struct spi_device *spi, u8 *id, size_t len)
{
	const u8 cmd[1 + APM_ID_ADDR] = { EXTRAM_OP_RDID };

	return extram_chip_command(spi, cmd, sizeof(cmd), id, len, APM_ID_HZ);
}

static int apm_init(struct spi_device *spi, const struct extram_chip *chip)
{
	unsigned int try;
	u8 id[APM_ID_LEN];
	int err;

	err = apm_reset(spi, chip);
	/* The first answer after power-up may be wrong on small parts of the family. */
	for (try = 0; !err && try < 2; try++) {
		err = apm_read_id(spi, id, sizeof(id));
		if (!err && id[0] == APM_MF && id[1] == APM_KGD_PASS &&
		    FIELD_GET(APM_EID_DENSITY, id[2]) == FIELD_GET(APM_EID_DENSITY, chip->id[2]))
			return 0;
	}
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);

	return dev_err_probe(&spi->dev, -ENODEV, "%s: ID reads %*ph, %s\n", chip->name,
			     (int)sizeof(id), id,
			     id[0] == APM_MF && id[1] == APM_KGD_FAIL ?
			     "the die failed its maker's test" :
			     id[0] == APM_MF && id[1] == APM_KGD_PASS ?
			     "a part of another size" : extram_chip_cause(id, sizeof(id)));
}

static const struct extram_chip_ops apm_ops = {
	.init = apm_init,
};

/*
 * 8 us of tCEM are those of the standard temperature grade. Linear bursts end at 84 MHz, where one
 * page edge may be crossed; the 133 MHz of wrapped bursts are of no use for ranges of any length.
 */
const struct extram_chip extram_chip_aps6404l = {
	.name = "aps6404l",
	.ops = &apm_ops,
	.size = 8 * 1024 * 1024,
	.addr_bytes = 3,
	.id_len = APM_ID_LEN,
	.id = { APM_MF, APM_KGD_PASS, 0x40 },
	.flags = EXTRAM_CHIP_VOLATILE,
	.page = 1024,
	.page_cross_hz = 84000000,
	.tcem_ns = 8000,
	.tcph_ns = 18,
	.power_up_us = 150,
	.setup_bytes = 1 + APM_ID_ADDR + APM_ID_LEN,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, 33000000 },
			    { EXTRAM_OP_FAST_READ, 0x111, 8, 84000000 }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, 84000000 }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_aps6404l);
