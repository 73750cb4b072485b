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
#define EXTRAM_OP_RESET_ENABLE	0x66
#define EXTRAM_OP_RESET		0x99	/* counts only behind the one above */
#define EXTRAM_OP_RDID		0x9F

#define EXTRAM_MAX_ID		9	/* bytes of a chip's answer to RDID that anybody looks at */

/*
 * On how many lines the opcode, the address and the data of a command travel, a digit each as in
 * datasheets: 0x144 is 1-4-4. The lines of the opcode are a mode that the whole chip is in.
 */
#define EXTRAM_WIDTH_COMMAND(width)	((width) >> 8 & 0xf)
#define EXTRAM_WIDTH_ADDR(width)	((width) >> 4 & 0xf)
#define EXTRAM_WIDTH_DATA(width)	((width) & 0xf)
/* Clocks of a byte of data. */
#define EXTRAM_WIDTH_CLOCKS(width)	(8U / EXTRAM_WIDTH_DATA(width))

/**
 * struct extram_op - a read or write command
 * @opcode: the command byte; 0 ends a list
 * @width: lines of opcode, address and data: 0x111, 0x112, 0x114, 0x122, 0x144, 0x222 or 0x444
 * @dummy: clocks between address and data; whole bytes on the lines of the address
 * @max_hz: fastest clock at which the part accepts the command
 */
struct extram_op {
	u8 opcode;
	u16 width;
	u8 dummy;
	u32 max_hz;
};

/* A list of commands, for a row. */
#define EXTRAM_OPS(...)	((const struct extram_op[]){ __VA_ARGS__, { } })

/* Flags of struct extram_chip */
#define EXTRAM_CHIP_VOLATILE	BIT(0)	/* forgets without power */
#define EXTRAM_CHIP_WREN	BIT(1)	/* wants WREN before every write */
#define EXTRAM_CHIP_SLEEPS	BIT(2)	/* may be asleep when the driver meets it */
#define EXTRAM_CHIP_ADDR_MSB_IN_OPCODE	BIT(3)	/* bit 3 of the opcode is the top address bit */
#define EXTRAM_CHIP_WRITE_TEST	BIT(4)	/* probe may write to it and read back */
#define EXTRAM_CHIP_RESET	BIT(5)	/* described by the device tree, wants a reset at first */
#define EXTRAM_CHIP_READ_ONLY	BIT(6)	/* the device tree says that nobody writes to it */
#define EXTRAM_CHIP_MODE	BIT(7)	/* described by the device tree, wants its mode set */

/**
 * struct extram_chip_ops - what a family needs beyond its row
 * @init: wakes, resets, identifies the part and sets its mode, so that the commands of the row
 *	work whose opcodes travel on one line; the chip may be in any mode that the wires allow.
 *	Reports failures itself with dev_err_probe(). May sleep; the caller owns the chip.
 * @enter: makes a chip that listens on one line listen on @lines of them, 2 or 4. Only called for
 *	what the row's commands, the wires and the controller allow. Answers 0 or an errno, and
 *	reports nothing. NULL for parts whose opcodes travel on one line only.
 * @leave: the way back, from @lines to one line; not NULL where @enter is not.
 * @adapt: called once, behind the first @init: reads what a part can be set to for good, and makes
 *	@chip, this board's own copy of the row, say so. Reports failures itself. NULL where the row
 *	says all.
 */
struct extram_chip_ops {
	int (*init)(struct spi_device *spi, const struct extram_chip *chip);
	int (*enter)(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines);
	int (*leave)(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines);
	int (*adapt)(struct spi_device *spi, struct extram_chip *chip);
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
 * @page: a burst is at most this long, 0 for no limit; a power of two
 * @page_cross_hz: fastest clock at which a burst may run over the edge of a page
 * @tcem_ns: longest time that chip select may stay asserted, 0 for no limit
 * @gap_ns: longest rest between two transfers under one chip select, of the controller; 0 when it
 *	is not known
 * @tcph_ns: shortest time that chip select must rest between two commands
 * @power_up_us: time from power to the first command
 * @setup_bytes: length of the longest command that @ops->init sends, where @tcem_ns matters
 * @busy: bits of the status register that are set while a write is not finished, 0 where there is
 *	nothing to wait for
 * @busy_us: longest time that a write takes, where @busy is not 0
 * @enter_two: command that makes a part listen on two lines, 0 where there is none
 * @enter_four: the same for four
 * @leave: command that brings it back, on the lines that it listens on; 0 where there is none
 * @mode: value of the mode register, with EXTRAM_CHIP_MODE
 * @reads: the read commands, ended by opcode 0; the first one with width 0x111; NULL for a part
 *	that knows nothing but eight lines, which this driver does not
 * @writes: the write commands likewise
 */
struct extram_chip {
	const char *name;
	const struct extram_chip_ops *ops;
	u32 size;
	u8 addr_bytes;
	u8 id_len;
	u8 id[EXTRAM_MAX_ID];
	u8 flags;
	u8 busy;
	u32 busy_us;
	u32 page;
	u32 page_cross_hz;
	u32 tcem_ns;
	u32 gap_ns;
	u32 tcph_ns;
	u32 power_up_us;
	u32 setup_bytes;
	u8 enter_two;
	u8 enter_four;
	u8 leave;
	u8 mode;
	const struct extram_op *reads;
	const struct extram_op *writes;
};

#define EXTRAM_PART(vendor, part, row)	extern const struct extram_chip extram_chip_##row;
#include "parts.h"
#undef EXTRAM_PART

/**
 * struct extram_part - a name under which a part is known
 * @vendor: prefix of the device tree
 * @name: name of the part
 * @chip: its row of facts, which sister parts may share
 */
struct extram_part {
	const char *vendor;
	const char *name;
	const struct extram_chip *chip;
};

/* All of parts.h, ended by a name of NULL. */
extern const struct extram_part extram_parts[];

extern const struct extram_chip_ops extram_plain_ops;
extern const struct extram_chip_ops extram_sram_ops;
extern const struct extram_chip_ops extram_wide_sram_ops;
extern const struct extram_chip_ops extram_psram_ops;

unsigned int extram_chip_lines(const struct spi_device *spi);
int extram_chip_command_on(struct spi_device *spi, unsigned int lines, const void *tx,
			   size_t tx_len, void *rx, size_t rx_len, u32 max_hz);
int extram_chip_command(struct spi_device *spi, const void *tx, size_t tx_len, void *rx,
			size_t rx_len, u32 max_hz);
int extram_chip_check_latch(struct spi_device *spi, const struct extram_chip *chip);
unsigned int extram_chip_bus_lines(const struct extram_chip *chip);
int extram_chip_enter(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines);
int extram_chip_leave(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines);
int extram_chip_reset(struct spi_device *spi, const struct extram_chip *chip);
u32 extram_chip_hz(const struct extram_chip *chip);
const char *extram_chip_cause(const u8 *answer, size_t len);

#endif /* _EXTRAM_CHIPS_H */
