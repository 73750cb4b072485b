// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device tree says about a part: everything about one that has no row, and for every part
 * what differs from board to board.
 *
 * The binding misc/serial-ram.yaml says what each property means.
 */
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "chips.h"
#include "compat.h"
#include "properties.h"

#define GENERIC_MIN_SIZE	64
#define GENERIC_MAX_COMMANDS	8
#define GENERIC_MAX_DUMMY	64	/* clocks */

/* Reading back is the only proof that the chip is there. */
static int generic_set_mode(struct spi_device *spi, const struct extram_chip *chip)
{
	const u8 set[2] = { EXTRAM_OP_WRSR, chip->mode }, get = EXTRAM_OP_RDSR;
	u8 mode;
	int err;

	err = extram_chip_command(spi, set, sizeof(set), NULL, 0, extram_chip_hz(chip)) ?:
	      extram_chip_command(spi, &get, 1, &mode, 1, extram_chip_hz(chip));
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (mode != chip->mode)
		return dev_err_probe(&spi->dev, -ENODEV,
				     "%s: mode register reads %02x after %02x was written, %s\n",
				     chip->name, mode, chip->mode, extram_chip_cause(&mode, 1));
	return 0;
}

static int generic_init(struct spi_device *spi, const struct extram_chip *chip)
{
	unsigned int lines = min(extram_chip_lines(spi), extram_chip_bus_lines(chip));
	int err = 0;

	/* Only on more than one line: nobody knows what the opcode means on one. */
	for (; chip->leave && lines > 1 && !err; lines /= 2)
		err = extram_chip_leave(spi, chip, lines);
	if (!err && chip->flags & EXTRAM_CHIP_RESET)
		err = extram_chip_reset(spi, chip);
	if (err)
		return dev_err_probe(&spi->dev, err, "%s: no transfer on the bus\n", chip->name);
	if (chip->flags & EXTRAM_CHIP_MODE)
		return generic_set_mode(spi, chip);
	return extram_plain_ops.init(spi, chip);
}

static const struct extram_chip_ops generic_ops = {
	.init = generic_init,
	.enter = extram_chip_enter,
	.leave = extram_chip_leave,
};

/*
 * The part that the device tree describes. Each command as most parts have it, as fast as the board
 * allows; rest and power-up as the slowest family of the table wants them.
 */
const struct extram_chip extram_chip_generic = {
	.name = "serial-ram",
	.ops = &generic_ops,
	.tcph_ns = 60,
	.power_up_us = 1000,
	.reads = EXTRAM_OPS({ EXTRAM_OP_READ, 0x111, 0, U32_MAX }),
	.writes = EXTRAM_OPS({ EXTRAM_OP_WRITE, 0x111, 0, U32_MAX }),
};
EXPORT_SYMBOL_IF_KUNIT(extram_chip_generic);

static int bad(struct device *dev, const char *property, const char *why)
{
	return dev_err_probe(dev, -EINVAL, "property %s: %s\n", property, why);
}

/* Leaves @value as it is when there is no such property. */
static int read_u32(struct device *dev, const char *property, u32 *value)
{
	if (!device_property_present(dev, property))
		return 0;
	if (device_property_count_u32(dev, property) != 1 ||
	    device_property_read_u32(dev, property, value))
		return bad(dev, property, "not a single number");
	return 0;
}

static int read_byte(struct device *dev, const char *property, const char *why, u8 *byte)
{
	u32 value = *byte;
	int err = read_u32(dev, property, &value);

	if (!err && value > U8_MAX)
		err = bad(dev, property, why);
	*byte = value;
	return err;
}

static int read_opcode(struct device *dev, const char *property, u8 *opcode)
{
	return read_byte(dev, property, "not an opcode, which is a byte", opcode);
}

static bool width_is_known(u32 width)
{
	switch (width) {
	case 0x111:
	case 0x112:
	case 0x114:
	case 0x122:
	case 0x144:
	case 0x222:
	case 0x444:
		return true;
	}
	return false;
}

/* Whether dummies of so many clocks are whole bytes on the lines of the address. */
static bool dummy_is_bytes(u32 width, u32 dummy)
{
	return dummy <= GENERIC_MAX_DUMMY && !(dummy * EXTRAM_WIDTH_ADDR(width) % 8);
}

static int read_command(struct device *dev, const char *property, const struct extram_chip *chip,
			const u32 *cells, struct extram_op *op)
{
	u32 width = cells[1];

	if (!cells[0] || cells[0] > U8_MAX)
		return bad(dev, property, "the opcode is not a byte from 0x01 to 0xff");
	if (!width_is_known(width))
		return bad(dev, property,
			   "the width is none of 0x111 0x112 0x114 0x122 0x144 0x222 0x444");
	if (!dummy_is_bytes(width, cells[2]))
		return bad(dev, property,
			   "the dummy clocks are no whole bytes on the lines of the address, or too many");
	if ((width == 0x222 && !(chip->enter_two && chip->leave)) ||
	    (width == 0x444 && !(chip->enter_four && chip->leave)))
		return bad(dev, property,
			   "0x222 and 0x444 need an opcode to enter that mode and one to leave it");

	op->opcode = cells[0];
	op->width = width;
	op->dummy = cells[2];
	op->max_hz = cells[3] ? cells[3] : U32_MAX;
	return 0;
}

/* Quadruples of opcode, width, dummy clocks and clock. */
static int read_commands(struct device *dev, const char *property, const struct extram_chip *chip,
			 const struct extram_op **list)
{
	u32 cells[4 * GENERIC_MAX_COMMANDS];
	struct extram_op *ops;
	int count, i, err;

	if (!device_property_present(dev, property))
		return 0;
	count = device_property_count_u32(dev, property);
	if (count <= 0 || count % 4 || count > ARRAY_SIZE(cells))
		return bad(dev, property,
			   "not 1 to 8 times an opcode, a width, a number of dummy clocks and a clock");
	err = device_property_read_u32_array(dev, property, cells, count);
	if (err)
		return bad(dev, property, "not readable");

	ops = devm_kcalloc(dev, count / 4 + 1, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	for (i = 0; i < count / 4; i++) {
		err = read_command(dev, property, chip, cells + 4 * i, &ops[i]);
		if (err)
			return err;
	}
	if (ops[0].width != 0x111)
		return bad(dev, property, "the first command must be one of width 0x111");
	*list = ops;
	return 0;
}

static int read_address_width(struct device *dev, struct extram_chip *chip)
{
	u32 width = 0;
	int err = read_u32(dev, "address-width", &width);

	if (err)
		return err;
	switch (width) {
	case 9:
		chip->flags |= EXTRAM_CHIP_ADDR_MSB_IN_OPCODE;
		fallthrough;
	case 8:
		chip->addr_bytes = 1;
		break;
	case 16:
	case 24:
	case 32:
		chip->addr_bytes = width / 8;
		break;
	default:
		return bad(dev, "address-width", "missing, or none of 8, 9, 16, 24, 32");
	}
	if (chip->size - 1 > GENMASK_ULL(width - 1, 0))
		return bad(dev, "address-width", "too narrow for the size");
	return 0;
}

static int read_page(struct device *dev, struct extram_chip *chip)
{
	int err;

	/* As other bindings have it: unheard, bursts would run over the edges of pages. */
	if (device_property_present(dev, "page-size"))
		return bad(dev, "page-size", "is pagesize here");
	err = read_u32(dev, "pagesize", &chip->page);
	if (!err && chip->page && (!is_power_of_2(chip->page) || chip->page < 2))
		err = bad(dev, "pagesize", "not a power of two from 2 up");
	return err;
}

static int read_mode(struct device *dev, struct extram_chip *chip)
{
	const char *property = "extram,mode-register";

	if (!device_property_present(dev, property))
		return 0;
	/* 01 would set its block protection, for good. */
	if (chip->flags & EXTRAM_CHIP_WREN)
		return bad(dev, property, "contradicts extram,write-enable");
	chip->flags |= EXTRAM_CHIP_MODE;
	return read_byte(dev, property, "not a byte", &chip->mode);
}

static int read_generic(struct device *dev, struct extram_chip *chip)
{
	int err;

	err = read_u32(dev, "size", &chip->size);
	if (err)
		return err;
	if (chip->size < GENERIC_MIN_SIZE || chip->size > BIT(31))
		return bad(dev, "size", "missing, or less than 64 bytes, or more than 2 GiB");
	err = read_address_width(dev, chip);
	if (err)
		return err;

	err = read_page(dev, chip);
	if (err)
		return err;

	if (device_property_read_bool(dev, "extram,volatile"))
		chip->flags |= EXTRAM_CHIP_VOLATILE;
	if (device_property_read_bool(dev, "extram,write-enable"))
		chip->flags |= EXTRAM_CHIP_WREN;
	if (device_property_read_bool(dev, "extram,reset"))
		chip->flags |= EXTRAM_CHIP_RESET;

	return read_mode(dev, chip) ?:
	       read_opcode(dev, "extram,enter-dual-opcode", &chip->enter_two) ?:
	       read_opcode(dev, "extram,enter-quad-opcode", &chip->enter_four) ?:
	       read_opcode(dev, "extram,leave-opcode", &chip->leave) ?:
	       read_commands(dev, "extram,read-commands", chip, &chip->reads) ?:
	       read_commands(dev, "extram,write-commands", chip, &chip->writes) ?:
	       read_u32(dev, "extram,power-up-us", &chip->power_up_us);
}

/*
 * Volatile parts may be written to at probe unless it is forbidden, others only where allowed, and
 * those that nobody writes to never.
 */
static int read_writable(struct device *dev, struct extram_chip *chip)
{
	bool yes = device_property_read_bool(dev, "extram,write-test");
	bool no = device_property_read_bool(dev, "extram,no-write-test");

	if (yes && no)
		return bad(dev, "extram,write-test", "contradicts extram,no-write-test");
	if (device_property_read_bool(dev, "read-only")) {
		if (yes)
			return bad(dev, "extram,write-test", "contradicts read-only");
		chip->flags |= EXTRAM_CHIP_READ_ONLY;
		return 0;
	}
	if (yes || (chip->flags & EXTRAM_CHIP_VOLATILE && !no))
		chip->flags |= EXTRAM_CHIP_WRITE_TEST;
	return 0;
}

/**
 * extram_chip_read_properties() - complete a row by what the device tree says
 * @dev: the chip's device; what is allocated here lives as long as its driver is bound
 * @chip: a copy of the row of its part, or of extram_chip_generic
 *
 * Context: May sleep.
 * Return: 0, -EINVAL for a property with a value that makes no sense, or -ENOMEM. What is wrong has
 * been said by dev_err_probe().
 */
int extram_chip_read_properties(struct device *dev, struct extram_chip *chip)
{
	int err = 0;

	if (chip->ops == &generic_ops)
		err = read_generic(dev, chip);
	err = err ?: read_u32(dev, "extram,tcem-ns", &chip->tcem_ns) ?:
	      read_u32(dev, "extram,tcph-ns", &chip->tcph_ns) ?:
	      read_u32(dev, "extram,transfer-gap-ns", &chip->gap_ns) ?:
	      read_writable(dev, chip);
	/* A byte at one address is the longest command that probe sends by itself. */
	if (!err && chip->tcem_ns && !chip->setup_bytes)
		chip->setup_bytes = 1 + chip->addr_bytes + chip->reads->dummy / 8 + 1;
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(extram_chip_read_properties);
