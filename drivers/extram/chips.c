// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chip families share: the table of parts, the write enable latch, the way to more lines
 * and back, and naming the cause of a wrong answer.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"

const struct extram_part extram_parts[] = {
#define EXTRAM_PART(vendor, part, row)	{ vendor, part, &extram_chip_##row },
#include "parts.h"
#undef EXTRAM_PART
	{ }
};
EXPORT_SYMBOL_IF_KUNIT(extram_parts);

/* Bits of the status register that all parts with a write enable latch agree on. */
#define EXTRAM_SR_WEL		BIT(1)
#define EXTRAM_SR_BP		GENMASK(3, 2)	/* block protection, kept without power */

/* Sends the command that sets or clears the latch, and reads the status register. */
static int extram_chip_latch(struct spi_device *spi, const struct extram_chip *chip, u8 opcode,
			     u8 *status)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	int err;

	err = extram_chip_command(spi, &opcode, 1, NULL, 0, extram_chip_hz(chip));
	if (!err)
		err = extram_chip_command(spi, &rdsr, 1, status, 1, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	return 0;
}

/**
 * extram_chip_check_latch() - see that the write enable latch works and nothing is protected
 * @spi: the chip
 * @chip: its row of facts
 *
 * The only proof that a part without an ID is there, for it changes no content. A protected chip
 * drops writes without a word: better no device than one that loses data, unless nobody writes.
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0; -ENODEV when the latch does not follow; -EROFS when part of the memory is protected
 * and may be written to; or what the SPI controller's driver answers. What is wrong has been said
 * by dev_err_probe().
 */
int extram_chip_check_latch(struct spi_device *spi, const struct extram_chip *chip)
{
	u8 status[2];
	int err;

	err = extram_chip_latch(spi, chip, EXTRAM_OP_WREN, &status[0]) ?:
	      extram_chip_latch(spi, chip, EXTRAM_OP_WRDI, &status[1]);
	if (err)
		return err;

	if (!(status[0] & EXTRAM_SR_WEL) || status[1] & EXTRAM_SR_WEL)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: status register reads %02x with the write enable latch on and %02x with it off, %s\n",
				     chip->name, status[0], status[1],
				     extram_chip_cause(status, sizeof(status)));
	if (status[1] & EXTRAM_SR_BP && !(chip->flags & EXTRAM_CHIP_READ_ONLY))
		return dev_err_probe(&spi->dev, -EROFS,
				     "%s: status register reads %02x, block protection is on\n",
				     chip->name, status[1]);
	return 0;
}

static int extram_chip_init_plain(struct spi_device *spi, const struct extram_chip *chip)
{
	return chip->flags & EXTRAM_CHIP_WREN ? extram_chip_check_latch(spi, chip) : 0;
}

/*
 * For parts that need nothing before their first use. Those without a latch cannot be asked whether
 * they are there: writing and reading back will tell.
 */
const struct extram_chip_ops extram_plain_ops = {
	.init = extram_chip_init_plain,
};

/**
 * extram_chip_bus_lines() - on how many lines a part may listen to commands
 * @chip: its row of facts
 *
 * Context: Any.
 * Return: 4, 2 or 1.
 */
unsigned int extram_chip_bus_lines(const struct extram_chip *chip)
{
	return chip->enter_four ? 4 : chip->enter_two ? 2 : 1;
}

/**
 * extram_chip_enter() - make a chip that listens on one line listen on more
 * @spi: the chip
 * @chip: its row of facts
 * @lines: how many, 2 or 4
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, -EINVAL when the part does not know how to, or what the SPI controller's driver
 * answers.
 */
int extram_chip_enter(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines)
{
	u8 opcode = lines == 4 ? chip->enter_four : chip->enter_two;

	if (!opcode)
		return -EINVAL;
	return extram_chip_command(spi, &opcode, 1, NULL, 0, extram_chip_hz(chip));
}

/**
 * extram_chip_leave() - bring a chip back to one line
 * @spi: the chip
 * @chip: its row of facts
 * @lines: on how many lines it listens
 *
 * Context: May sleep; the caller owns the chip.
 * Return: as extram_chip_enter().
 */
int extram_chip_leave(struct spi_device *spi, const struct extram_chip *chip, unsigned int lines)
{
	if (!chip->leave)
		return -EINVAL;
	return extram_chip_command_on(spi, lines, &chip->leave, 1, NULL, 0, extram_chip_hz(chip));
}

/**
 * extram_chip_reset() - reset a chip that listens on one line
 * @spi: the chip
 * @chip: its row of facts
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, or what the SPI controller's driver answers.
 */
int extram_chip_reset(struct spi_device *spi, const struct extram_chip *chip)
{
	static const u8 ops[] = { EXTRAM_OP_RESET_ENABLE, EXTRAM_OP_RESET };
	unsigned int i;
	int err = 0;

	/* The reset counts only when its two halves come in chip selects of their own. */
	for (i = 0; i < ARRAY_SIZE(ops) && !err; i++)
		err = extram_chip_command(spi, &ops[i], 1, NULL, 0, extram_chip_hz(chip));
	/* The longest tRST is 50 ns; boards in the field were seen to want 100 us. */
	if (!err)
		usleep_range(100, 200);
	return err;
}

/**
 * extram_chip_hz() - a clock that suits every command of a part on one line
 * @chip: its row of facts
 *
 * Context: Any.
 * Return: the slower of its first read and its first write command, in Hz.
 */
u32 extram_chip_hz(const struct extram_chip *chip)
{
	return min(chip->reads->max_hz, chip->writes->max_hz);
}

/**
 * extram_chip_cause() - the likely cause of a wrong answer, in plain words
 * @answer: the bytes that the chip sent
 * @len: how many
 *
 * Context: Any.
 * Return: a string to end a message with.
 */
const char *extram_chip_cause(const u8 *answer, size_t len)
{
	if (!memchr_inv(answer, 0x00, len))
		return "bus silent: MISO stays low, check power and wiring";
	if (!memchr_inv(answer, 0xff, len))
		return "bus silent: MISO stays high, no chip drives it";
	return "not the part that the device tree names, or the clock is too fast";
}
