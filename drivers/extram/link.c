// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link test: whether bytes come through the wires at the clock that is asked for, by writing to
 * a few places of a part and reading back, where that is allowed. What was there before is put
 * back.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "check.h"
#include "chips.h"
#include "compat.h"
#include "io.h"

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

	while (hz / 2 >= extram_check_slowest(chip)) {
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
	u32 slow = extram_check_slow_hz(spi, chip);
	unsigned int tries = 0;
	int ok, restored;

	if (!test)
		return -ENOMEM;
	ok = link_at(spi, chip, slow, link_save, test);
	if (ok > 0) {
		ok = link_at(spi, chip, asked, link_reads_and_holds, test);
		if (!ok)
			found = link_find_clock(spi, chip, test);
		/* Also over a bus that has failed a moment ago. */
		do {
			restored = link_at(spi, chip, slow, link_restore, test);
		} while (restored < 0 && ++tries < EXTRAM_IO_TRIES);
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
