// SPDX-License-Identifier: GPL-2.0-only
/*
 * What probe finds out by writing to a part and reading back, where that is allowed: whether its
 * addresses are as wide and its memory as large as the row says. What was there before is put back.
 *
 * And what it finds out about the clock of a part that does not answer as it should.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "check.h"
#include "chips.h"
#include "compat.h"
#include "io.h"

#define CHECK_MIN_HZ	100000	/* nobody's wires are so long that slower would help */

/**
 * extram_check_slowest() - the slowest clock that is worth a try
 * @chip: its row of facts
 *
 * Slower than this not one byte fits into the time that chip select may stay low.
 *
 * Context: Any.
 * Return: the clock in Hz.
 */
u32 extram_check_slowest(const struct extram_chip *chip)
{
	u32 bytes = max_t(u32, chip->setup_bytes, 1 + chip->addr_bytes + 2);

	if (!chip->tcem_ns)
		return CHECK_MIN_HZ;
	return max_t(u32, CHECK_MIN_HZ,
		     DIV_ROUND_UP_ULL(bytes * 8ULL * NSEC_PER_SEC, chip->tcem_ns));
}

/**
 * extram_check_slow_hz() - a clock at which wires are not to blame, whatever the board asks for
 * @spi: the chip
 * @chip: its row of facts
 *
 * Context: Any.
 * Return: the clock in Hz.
 */
u32 extram_check_slow_hz(const struct spi_device *spi, const struct extram_chip *chip)
{
	return min(spi->max_speed_hz, max(spi->max_speed_hz / 8, 2 * extram_check_slowest(chip)));
}

/* Two cells that a part with addresses of another width takes for one. */
static const u8 check_marks[2] = { 0x5a, 0xc3 };

/* Opcode, address of @width bytes and dummies; returns their number. */
static size_t check_header(const struct extram_chip *chip, const struct extram_op *op,
			   unsigned int width, u32 addr, u8 *cmd)
{
	unsigned int i;

	memset(cmd, 0, 1 + width + op->dummy / 8);
	cmd[0] = op->opcode;
	if (chip->flags & EXTRAM_CHIP_ADDR_MSB_IN_OPCODE && addr >> 8)
		cmd[0] |= BIT(3);
	for (i = width; i; i--, addr >>= 8)
		cmd[i] = addr;
	return 1 + width + op->dummy / 8;
}

static int check_peek(struct spi_device *spi, const struct extram_chip *chip, unsigned int width,
		      u32 addr, u8 *byte)
{
	u8 cmd[16];
	size_t len = check_header(chip, chip->reads, width, addr, cmd);

	return extram_chip_command(spi, cmd, len, byte, 1, extram_chip_hz(chip));
}

/* Waits for a write to end, on parts whose writes take time. */
static int check_wait(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 rdsr = EXTRAM_OP_RDSR;
	u32 waited;
	u8 status;
	int err;

	for (waited = 0; chip->busy && waited <= chip->busy_us; waited += 100) {
		err = extram_chip_command(spi, &rdsr, 1, &status, 1, extram_chip_hz(chip));
		if (err || !(status & chip->busy))
			return err;
		usleep_range(100, 200);
	}
	return chip->busy ? -EBUSY : 0;
}

static int check_poke(struct spi_device *spi, const struct extram_chip *chip, unsigned int width,
		      u32 addr, u8 byte)
{
	const u8 wren = EXTRAM_OP_WREN;
	u8 cmd[16];
	size_t len = check_header(chip, chip->writes, width, addr, cmd);
	int err = 0;

	cmd[len++] = byte;
	if (chip->flags & EXTRAM_CHIP_WREN)
		err = extram_chip_command(spi, &wren, 1, NULL, 0, extram_chip_hz(chip));
	return err ?: extram_chip_command(spi, cmd, len, NULL, 0, extram_chip_hz(chip)) ?:
	       check_wait(spi, chip);
}

static int check_peek_two(struct spi_device *spi, const struct extram_chip *chip,
			  unsigned int width, u8 *bytes)
{
	return check_peek(spi, chip, width, 0, &bytes[0]) ?:
	       check_peek(spi, chip, width, 1, &bytes[1]);
}

static int check_poke_two(struct spi_device *spi, const struct extram_chip *chip,
			  unsigned int width, const u8 *bytes)
{
	return check_poke(spi, chip, width, 0, bytes[0]) ?:
	       check_poke(spi, chip, width, 1, bytes[1]);
}

/* Whether addresses of @width bytes tell the first two cells apart: 1, 0 or an errno. */
static int check_width(struct spi_device *spi, const struct extram_chip *chip, unsigned int width,
		       u8 *seen)
{
	int err;

	err = check_poke_two(spi, chip, width, check_marks) ?:
	      check_peek_two(spi, chip, width, seen);
	return err ?: !memcmp(seen, check_marks, sizeof(check_marks));
}

/* The bytes of address that a part might take in the place of those of its row, 0 for none. */
static unsigned int check_other_width(const struct extram_chip *chip)
{
	return chip->addr_bytes == 2 ? 3 : chip->addr_bytes == 3 ? 2 : 0;
}

/* The width of addresses that tells the first two cells apart, 0 when none does, or an errno. */
static int check_widths(struct spi_device *spi, const struct extram_chip *chip, u8 *seen)
{
	unsigned int other = check_other_width(chip);
	u8 other_seen[2];
	int ok;

	ok = check_width(spi, chip, chip->addr_bytes, seen);
	if (ok)
		return ok > 0 ? chip->addr_bytes : ok;
	ok = other ? check_width(spi, chip, other, other_seen) : 0;
	return ok > 0 ? other : ok;
}

/* What the first two cells held, as addresses of the width of the row and of the other one say. */
struct check_cells {
	u8 was[2];
	u8 other_was[2];
};

/* Puts that back into a part with addresses of @width bytes. */
static int check_restore(struct spi_device *spi, const struct extram_chip *chip, unsigned int width,
			 const struct check_cells *cells)
{
	if (!width)
		return 0;
	return check_poke_two(spi, chip, width,
			      width == chip->addr_bytes ? cells->was : cells->other_was);
}

/* The same after an error of the bus, which hides how the part is to be written to. */
static void check_rescue(struct spi_device *spi, const struct extram_chip *chip,
			 const struct check_cells *cells)
{
	unsigned int tries;
	u8 seen[2];

	for (tries = 0; tries < EXTRAM_IO_TRIES; tries++) {
		int width = check_widths(spi, chip, seen);

		if (width >= 0 && !check_restore(spi, chip, width, cells))
			break;
	}
}

/* Puts a byte back, if need be over a bus that has failed a moment ago. */
static int check_restore_one(struct spi_device *spi, const struct extram_chip *chip, u32 addr,
			     u8 was)
{
	unsigned int tries = 0;
	int err;

	do {
		err = check_poke(spi, chip, chip->addr_bytes, addr, was);
	} while (err && ++tries < EXTRAM_IO_TRIES);
	return err;
}

/*
 * The first cell holds a mark. A smaller memory shows it again at a power of two: 0 when it does
 * not, the size when it does, or an errno.
 */
static int check_size(struct spi_device *spi, const struct extram_chip *chip)
{
	u32 addr = roundup_pow_of_two(chip->size) / 2, size = 0;
	unsigned int width = chip->addr_bytes;
	u8 was, first;
	int err;

	/* The first cell is the caller's to restore: where the two are one, nothing is lost. */
	for (; addr > 1; addr /= 2) {
		int restored;

		err = check_peek(spi, chip, width, addr, &was);
		if (err)
			return err;
		err = check_poke(spi, chip, width, addr, ~check_marks[0]) ?:
		      check_peek(spi, chip, width, 0, &first);
		restored = check_restore_one(spi, chip, addr, was);
		if (err || restored)
			return err ?: restored;
		if (first == check_marks[0])
			break;
		size = addr;
	}
	return size;
}

static int check_address(struct spi_device *spi, const struct extram_chip *chip)
{
	unsigned int other = check_other_width(chip);
	struct check_cells cells;
	int width, size = 0, err;
	u8 seen[2];

	err = check_peek_two(spi, chip, chip->addr_bytes, cells.was);
	if (!err && other)
		err = check_peek_two(spi, chip, other, cells.other_was);
	if (err)
		goto silent;

	width = check_widths(spi, chip, seen);
	if (width == chip->addr_bytes)
		size = check_size(spi, chip);
	if (width < 0 || size < 0)
		err = min(width, size);
	else
		err = check_restore(spi, chip, width, &cells);
	if (err) {
		check_rescue(spi, chip, &cells);
		goto silent;
	}

	if (!width)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: holds other bytes than were written, %s\n", chip->name,
				     extram_chip_cause(seen, sizeof(seen)));
	if (width != chip->addr_bytes)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: takes %d bytes of address instead of %u, not the part that the device tree names\n",
				     chip->name, width, chip->addr_bytes);
	if (size)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: holds %d bytes instead of %u, not the part that the device tree names\n",
				     chip->name, size, chip->size);
	return 0;

silent:
	if (err == -EBUSY)
		return dev_err_probe(&spi->dev, err, "%s: busy for ever with a write\n",
				     chip->name);
	return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
}

/**
 * extram_check_address() - see that a part has the address width and the size of its row
 * @spi: the chip, set up and listening on one line
 * @chip: its row of facts; its flags must allow the test
 *
 * For parts without an ID. Writes to a few cells at a slow clock, reads back, and restores them; it
 * reads by addresses of the other width before, so that cells of a part of another width are
 * restored as well, also where the bus fails in between, unless it stays silent. Only of a part
 * that cannot be read at all the first two bytes may be lost.
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, -ENODEV when the part is another one or does not hold what is written, -EBUSY when a
 * write does not end, or what the SPI controller's driver answers. What is wrong has been said by
 * dev_err_probe().
 */
int extram_check_address(struct spi_device *spi, const struct extram_chip *chip)
{
	u32 asked = spi->max_speed_hz;
	int err;

	spi->max_speed_hz = extram_check_slow_hz(spi, chip);
	err = check_address(spi, chip);
	spi->max_speed_hz = asked;
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_check_address);

/* Something that every part of the family answers in the same way each time. */
static int check_answer(struct spi_device *spi, const struct extram_chip *chip, u32 hz, u8 *answer)
{
	static const u8 rdid[] = { EXTRAM_OP_RDID, 0, 0, 0 }, rdsr = EXTRAM_OP_RDSR;
	u32 asked = spi->max_speed_hz;
	int err;

	spi->max_speed_hz = hz;
	if (chip->tcem_ns)
		err = extram_chip_command(spi, rdid, sizeof(rdid), answer, 3, extram_chip_hz(chip));
	else
		err = extram_chip_command(spi, &rdsr, 1, answer, 1, extram_chip_hz(chip));
	spi->max_speed_hz = asked;
	return err;
}

/**
 * extram_check_clock() - say whether a part that was not recognised answers otherwise when slower
 * @spi: the chip
 * @chip: its row of facts
 *
 * Writes nothing.
 *
 * Context: May sleep; the caller owns the chip.
 */
void extram_check_clock(struct spi_device *spi, const struct extram_chip *chip)
{
	u32 hz = min(spi->max_speed_hz, extram_chip_hz(chip));
	u8 first[3] = {}, fast[3], slow[3] = {};

	if (check_answer(spi, chip, hz, first))
		return;
	memcpy(fast, first, sizeof(fast));
	for (; hz / 2 >= extram_check_slowest(chip); hz /= 2) {
		if (check_answer(spi, chip, hz / 2, slow))
			return;
		if (!memcmp(fast, slow, sizeof(fast)))
			break;
		memcpy(fast, slow, sizeof(fast));
	}
	if (memcmp(first, slow, sizeof(first)) && hz / 2 >= extram_check_slowest(chip))
		dev_err(&spi->dev, "%s: answers otherwise at %u Hz, try that as spi-max-frequency\n",
			chip->name, hz);
}
