/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial RAM parts: one row of facts each, and the hooks for what facts cannot say.
 */
#ifndef _EXTRAM_CHIPS_H
#define _EXTRAM_CHIPS_H

#include <linux/bits.h>
#include <linux/types.h>

struct extram_chip;
struct spi_device;

/* Opcodes that mean the same on every part of this driver. */
#define EXTRAM_OP_WRSR		0x01	/* write status or mode register */
#define EXTRAM_OP_WRITE		0x02
#define EXTRAM_OP_READ		0x03
#define EXTRAM_OP_WRDI		0x04	/* clear the write enable latch */
#define EXTRAM_OP_RDSR		0x05	/* read status or mode register */
#define EXTRAM_OP_WREN		0x06	/* set the write enable latch */
#define EXTRAM_OP_FAST_READ	0x0B	/* read with one dummy byte after the address */
#define EXTRAM_OP_RDID		0x9F

#define EXTRAM_MAX_ID		8	/* bytes of a chip's answer to RDID that anybody looks at */

/**
 * struct extram_op - a read or write command
 * @opcode: the command byte; 0 where the part has no such command
 * @dummy: bytes between address and data
 * @max_hz: fastest clock at which the part accepts the command
 */
struct extram_op {
	u8 opcode;
	u8 dummy;
	u32 max_hz;
};

/* Flags of struct extram_chip */
#define EXTRAM_CHIP_VOLATILE	BIT(0)	/* forgets without power */
#define EXTRAM_CHIP_WREN	BIT(1)	/* wants WREN before every write */
#define EXTRAM_CHIP_SLEEPS	BIT(2)	/* may be asleep when the driver meets it */

/**
 * struct extram_chip_ops - what a family needs beyond its row
 * @init: wakes, resets, identifies the part and sets its mode, so that the commands of the row
 *	work; reports failures itself with dev_err_probe(). May sleep; the caller owns the chip.
 */
struct extram_chip_ops {
	int (*init)(struct spi_device *spi, const struct extram_chip *chip);
};

/**
 * struct extram_chip - a part
 * @name: the part's name in lower case, as in the device tree but without the vendor
 * @ops: the family's hooks
 * @size: capacity in bytes
 * @addr_bytes: bytes of address on the wire
 * @id_len: bytes of @id to compare, 0 for a part without an ID
 * @id: what the part answers to RDID
 * @flags: EXTRAM_CHIP_*
 * @page: a burst is at most this long, 0 for no limit
 * @page_cross_hz: fastest clock at which a burst may run over the edge of a page
 * @tcem_ns: longest time that chip select may stay asserted, 0 for no limit
 * @tcph_ns: shortest time that chip select must rest between two commands
 * @power_up_us: time from power to the first command
 * @setup_bytes: length of the longest command that @ops->init sends, where @tcem_ns matters
 * @read: the read command without dummy bytes
 * @fast_read: the read command with dummy bytes, for clocks above that of @read
 * @write: the write command
 */
struct extram_chip {
	const char *name;
	const struct extram_chip_ops *ops;
	u32 size;
	u8 addr_bytes;
	u8 id_len;
	u8 id[EXTRAM_MAX_ID];
	u8 flags;
	u32 page;
	u32 page_cross_hz;
	u32 tcem_ns;
	u32 tcph_ns;
	u32 power_up_us;
	u32 setup_bytes;
	struct extram_op read;
	struct extram_op fast_read;
	struct extram_op write;
};

extern const struct extram_chip extram_chip_23k640;
extern const struct extram_chip extram_chip_23k256;
extern const struct extram_chip extram_chip_23lc512;
extern const struct extram_chip extram_chip_23lc1024;

extern const struct extram_chip extram_chip_aps6404l;

extern const struct extram_chip extram_chip_fm25l16b;
extern const struct extram_chip extram_chip_fm25w256;

extern const struct extram_chip extram_chip_mr20h40;
extern const struct extram_chip extram_chip_mr25h10;
extern const struct extram_chip extram_chip_mr25h128;
extern const struct extram_chip extram_chip_mr25h256;
extern const struct extram_chip extram_chip_mr25h40;

extern const struct extram_chip extram_chip_mb85rs64v;
extern const struct extram_chip extram_chip_mb85rs256b;
extern const struct extram_chip extram_chip_mb85rs1mt;
extern const struct extram_chip extram_chip_mb85rs2mta;

int extram_chip_command(struct spi_device *spi, const void *tx, size_t tx_len, void *rx,
			size_t rx_len, u32 max_hz);
int extram_chip_check_latch(struct spi_device *spi, const struct extram_chip *chip);
const char *extram_chip_cause(const u8 *answer, size_t len);

#endif /* _EXTRAM_CHIPS_H */
