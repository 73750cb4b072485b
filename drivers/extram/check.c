// SPDX-License-Identifier: GPL-2.0-only
/*
 * What probe finds out by writing to a part and reading back, where that is allowed: whether its
 * addresses are as wide and its memory as large as the row says, and whether bytes come through the
 * wires at the clock that is asked for. What was there before is put back.
 */
#include <linux/device.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "check.h"
#include "chips.h"
#include "compat.h"
#include "io.h"

#define CHECK_MIN_HZ	100000	/* nobody's wires are so long that slower would help */

/* Slower than this not one byte fits into the time that chip select may stay low. */
static u32 check_slowest(const struct extram_chip *chip)
{
	u32 bytes = max_t(u32, chip->setup_bytes, 1 + chip->addr_bytes + 2);

	if (!chip->tcem_ns)
		return CHECK_MIN_HZ;
	return max_t(u32, CHECK_MIN_HZ,
		     DIV_ROUND_UP_ULL(bytes * 8ULL * NSEC_PER_SEC, chip->tcem_ns));
}

/* A clock at which wires are not to blame, whatever the board asks for. */
static u32 check_slow_hz(const struct spi_device *spi, const struct extram_chip *chip)
{
	return min(spi->max_speed_hz, max(spi->max_speed_hz / 8, 2 * check_slowest(chip)));
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
	return chip->busy ? -ETIMEDOUT : 0;
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

/*
 * The first cell holds a mark. A smaller memory shows it again at a power of two: 0 when it does
 * not, the size when it does, or an errno.
 */
static int check_size(struct spi_device *spi, const struct extram_chip *chip)
{
	u32 addr = rounddown_pow_of_two(chip->size - 1), size = 0;
	unsigned int width = chip->addr_bytes;
	u8 was, first;
	int err;

	/* The first cell is the caller's to restore: where the two are one, nothing is lost. */
	for (; addr > 1; addr /= 2) {
		err = check_peek(spi, chip, width, addr, &was) ?:
		      check_poke(spi, chip, width, addr, ~check_marks[0]) ?:
		      check_peek(spi, chip, width, 0, &first) ?:
		      check_poke(spi, chip, width, addr, was);
		if (err)
			return err;
		if (first == check_marks[0])
			break;
		size = addr;
	}
	return size;
}

static int check_address(struct spi_device *spi, const struct extram_chip *chip)
{
	unsigned int width = chip->addr_bytes;
	unsigned int other = width == 2 ? 3 : width == 3 ? 2 : 0;
	u8 was[2], other_was[2], seen[2], other_seen[2];
	int ok, size = 0, err;

	err = check_peek_two(spi, chip, width, was);
	if (!err && other)
		err = check_peek_two(spi, chip, other, other_was);
	ok = err ?: check_width(spi, chip, width, seen);
	if (ok > 0)
		size = check_size(spi, chip);
	if (ok < 0 || size < 0)
		goto silent;

	if (!ok && other) {
		ok = check_width(spi, chip, other, other_seen);
		if (ok > 0)
			ok = check_poke_two(spi, chip, other, other_was) ?: 1;
		if (ok < 0)
			goto silent;
		if (ok)
			return dev_err_probe(&spi->dev, -ENODEV,
					     "%s: takes %u bytes of address instead of %u, not the part that the device tree names\n",
					     chip->name, other, width);
	}

	if (!ok)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: holds other bytes than were written, %s\n", chip->name,
				     extram_chip_cause(seen, sizeof(seen)));
	err = check_poke_two(spi, chip, width, was);
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (size)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: holds %d bytes instead of %u, not the part that the device tree names\n",
				     chip->name, size, chip->size);
	return 0;

silent:
	err = ok < 0 ? ok : size;
	return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
}

/**
 * extram_check_address() - see that a part has the address width and the size of its row
 * @spi: the chip, set up and listening on one line
 * @chip: its row of facts; its flags must allow the test
 *
 * For parts without an ID. Writes to a few cells at a slow clock, reads back, and restores them; it
 * reads by addresses of the other width before, so that cells of a part of another width are
 * restored as well. Only of a part that cannot be read at all the first two bytes may be lost.
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, -ENODEV when the part is another one or does not hold what is written, or what the
 * SPI controller's driver answers. What is wrong has been said by dev_err_probe().
 */
int extram_check_address(struct spi_device *spi, const struct extram_chip *chip)
{
	u32 asked = spi->max_speed_hz;
	int err;

	spi->max_speed_hz = check_slow_hz(spi, chip);
	err = check_address(spi, chip);
	spi->max_speed_hz = asked;
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_check_address);

#define LINK_SPAN	16	/* bytes that are tried in one place */
#define LINK_SPANS	3

/* Every line changes between every two bytes somewhere in it, and none stands still. */
static const u8 link_pattern[LINK_SPAN] = {
	0x00, 0xff, 0x55, 0xaa, 0x0f, 0xf0, 0x33, 0xcc,
	0x01, 0x80, 0xfe, 0x7f, 0x96, 0x69, 0xa5, 0x5a,
};

/* Buffers that a controller may reach by DMA. */
struct link_test {
	u8 was[LINK_SPANS][LINK_SPAN];
	u8 out[LINK_SPANS][LINK_SPAN];
	u8 in[LINK_SPANS][LINK_SPAN];
};

/* First bytes, last bytes, and those around the first edge that a burst may have to stop at. */
static u32 link_place(const struct extram_chip *chip, unsigned int span)
{
	u32 edge = chip->page && chip->page < chip->size ? chip->page : chip->size / 2;

	switch (span) {
	case 0:
		return 0;
	case 1:
		return edge - LINK_SPAN / 2;
	default:
		return chip->size - LINK_SPAN;
	}
}

static int link_read(const struct extram_chip *chip, struct extram_io *io,
		     u8 to[LINK_SPANS][LINK_SPAN])
{
	unsigned int span;
	int err = 0;

	for (span = 0; span < LINK_SPANS && !err; span++)
		err = extram_io_read(io, link_place(chip, span), to[span], LINK_SPAN);
	return err;
}

static int link_write(const struct extram_chip *chip, struct extram_io *io,
		      u8 from[LINK_SPANS][LINK_SPAN])
{
	unsigned int span;
	int err = 0;

	/* Backwards: where places overlap, the first one to be read is the last to be written. */
	for (span = LINK_SPANS; span && !err; span--)
		err = extram_io_write(io, link_place(chip, span - 1), from[span - 1], LINK_SPAN);
	return err;
}

/* The steps of the test, each over a wire of its own. 1 when all is well, 0 when bytes change. */
static int link_save(const struct extram_chip *chip, struct extram_io *io, struct link_test *test)
{
	return link_read(chip, io, test->was) ?: 1;
}

static int link_restore(const struct extram_chip *chip, struct extram_io *io,
			struct link_test *test)
{
	return link_write(chip, io, test->was) ?: 1;
}

static int link_reads_the_same(const struct extram_chip *chip, struct extram_io *io,
			       struct link_test *test)
{
	return link_read(chip, io, test->in) ?: !memcmp(test->in, test->was, sizeof(test->in));
}

/* The pattern, then its opposite, so that no chip has either of them by chance. */
static int link_holds(const struct extram_chip *chip, struct extram_io *io, struct link_test *test)
{
	unsigned int span, i;
	u8 flip = 0;
	int ok;

	do {
		for (span = 0; span < LINK_SPANS; span++)
			for (i = 0; i < LINK_SPAN; i++)
				test->out[span][i] = link_pattern[(i + span) % LINK_SPAN] ^ flip;
		ok = link_write(chip, io, test->out) ?: link_read(chip, io, test->in) ?:
		     !memcmp(test->in, test->out, sizeof(test->in));
		flip = ~flip;
	} while (flip && ok > 0);
	return ok;
}

static int link_reads_and_holds(const struct extram_chip *chip, struct extram_io *io,
				struct link_test *test)
{
	int ok = link_reads_the_same(chip, io, test);

	return ok > 0 ? link_holds(chip, io, test) : ok;
}

typedef int (*link_step)(const struct extram_chip *chip, struct extram_io *io,
			 struct link_test *test);

/* One step at a clock of @hz; errors have been reported. */
static int link_at(struct spi_device *spi, const struct extram_chip *chip, u32 hz, link_step step,
		   struct link_test *test)
{
	u32 asked = spi->max_speed_hz;
	struct extram_io *io;
	int ok;

	spi->max_speed_hz = hz;
	io = extram_io_create(spi, chip);
	if (IS_ERR(io)) {
		ok = PTR_ERR(io);
		goto restore;
	}
	ok = extram_io_start(io);
	if (!ok) {
		ok = step(chip, io, test);
		if (ok < 0)
			dev_err_probe(&spi->dev, ok, "%s: no transfer on the bus\n", chip->name);
	}
	extram_io_destroy(io);
restore:
	spi->max_speed_hz = asked;
	return ok;
}

/* The fastest clock at which the link works: half of what was asked for, and so on; or 0. */
static u32 link_find_clock(struct spi_device *spi, const struct extram_chip *chip,
			   struct link_test *test)
{
	u32 hz = spi->max_speed_hz;

	while (hz / 2 >= check_slowest(chip)) {
		hz /= 2;
		if (link_at(spi, chip, hz, link_reads_and_holds, test) > 0)
			return hz;
	}
	return 0;
}

/**
 * extram_check_link() - see that bytes come through the wires as they were sent
 * @spi: the chip, set up and listening on one line
 * @chip: its row of facts; its flags must allow the test
 *
 * Tries the first and the last bytes and some that a burst may have to be cut in, with the
 * commands, the lines and the clock that will be used. What was there is read and restored at a
 * slow clock, and nothing is written before it reads the same at the fast one. When the link fails,
 * it looks for a clock at which it does not.
 *
 * Context: May sleep; the caller owns the chip.
 * Return: 0, -ENOMEM, -EIO when other bytes come back than were sent, or what the SPI controller's
 * driver answers. What is wrong has been said by dev_err_probe().
 */
int extram_check_link(struct spi_device *spi, const struct extram_chip *chip)
{
	struct link_test *test = kzalloc(sizeof(*test), GFP_KERNEL);
	u32 asked = spi->max_speed_hz, found = 0;
	u32 slow = check_slow_hz(spi, chip);
	int ok, restored;

	if (!test)
		return -ENOMEM;
	ok = link_at(spi, chip, slow, link_save, test);
	if (ok > 0) {
		ok = link_at(spi, chip, asked, link_reads_and_holds, test);
		if (!ok)
			found = link_find_clock(spi, chip, test);
		restored = link_at(spi, chip, slow, link_restore, test);
		if (restored < 0 && ok > 0)
			ok = restored;
	}
	kfree_sensitive(test);

	if (ok)
		return min(ok, 0);
	if (found)
		return dev_err_probe(&spi->dev, -EIO,
				     "%s: bytes change on the way at %u Hz, %u Hz works, try that as spi-max-frequency\n",
				     chip->name, asked, found);
	return dev_err_probe(&spi->dev, -EIO,
			     "%s: bytes change on the way at %u Hz and at every slower clock, check the wiring\n",
			     chip->name, asked);
}
EXPORT_SYMBOL_IF_KUNIT(extram_check_link);

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
	for (; hz / 2 >= check_slowest(chip); hz /= 2) {
		if (check_answer(spi, chip, hz / 2, slow))
			return;
		if (!memcmp(fast, slow, sizeof(fast)))
			break;
		memcpy(fast, slow, sizeof(fast));
	}
	if (memcmp(first, slow, sizeof(first)) && hz / 2 >= check_slowest(chip))
		dev_err(&spi->dev, "%s: answers otherwise at %u Hz, try that as spi-max-frequency\n",
			chip->name, hz);
}
