// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan of a wire, made once at probe from what the part, the board's wires and the controller
 * can do: the commands that move most bytes in a second, and how long their bursts may be.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/property.h>
#include <linux/sizes.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "compat.h"
#include "io.h"
#include "plan.h"

/* What commands are compared with: the bursts of a part without limits are this long. */
#define EXTRAM_PLAN_TYPICAL	4096

static unsigned int extram_plan_lines(u32 mode, u32 two, u32 four)
{
	return mode & four ? 4 : mode & two ? 2 : 1;
}

/* More lines than one where the board has wired them, in the direction that is asked for. */
static bool extram_plan_wired(const struct spi_device *spi, const struct extram_op *op, bool reads)
{
	unsigned int tx, rx;

	tx = extram_plan_lines(spi->mode, SPI_TX_DUAL, SPI_TX_QUAD | SPI_TX_OCTAL);
	rx = extram_plan_lines(spi->mode, SPI_RX_DUAL, SPI_RX_QUAD | SPI_RX_OCTAL);
	if (max(EXTRAM_WIDTH_COMMAND(op->width), EXTRAM_WIDTH_ADDR(op->width)) > tx)
		return false;
	/* In a mode of more lines than one the status register answers on all of them. */
	return EXTRAM_WIDTH_DATA(op->width) <= (reads ? rx : tx) &&
	       EXTRAM_WIDTH_COMMAND(op->width) <= extram_chip_lines(spi);
}

/**
 * extram_plan_mem_op() - the spi-mem operation of a command, without address and buffer
 * @plan: the plan
 * @cmd: one of its commands
 * @op: filled in, with one byte of data
 *
 * Context: Any.
 */
void extram_plan_mem_op(const struct extram_plan *plan, const struct extram_cmd *cmd,
			struct spi_mem_op *op)
{
	u8 addr_lines = EXTRAM_WIDTH_ADDR(cmd->op->width);

	memset(op, 0, sizeof(*op));
	op->cmd.nbytes = 1;
	op->cmd.opcode = cmd->op->opcode;
	op->cmd.buswidth = EXTRAM_WIDTH_COMMAND(cmd->op->width);
	op->addr.nbytes = plan->chip->addr_bytes;
	op->addr.buswidth = addr_lines;
	op->dummy.nbytes = cmd->op->dummy * addr_lines / 8;
	op->dummy.buswidth = op->dummy.nbytes ? addr_lines : 0;
	op->data.buswidth = EXTRAM_WIDTH_DATA(cmd->op->width);
	op->data.dir = cmd == &plan->read ? SPI_MEM_DATA_IN : SPI_MEM_DATA_OUT;
	op->data.nbytes = 1;
	if (plan->op_hz)
		extram_mem_op_hz(op, cmd->hz);
}

/**
 * extram_plan_joins() - whether a burst is one transfer, header and data together
 * @plan: the plan
 * @cmd: one of its commands
 * @len: data bytes of the burst
 *
 * Copying a few bytes costs less than the set-up of a transfer, and bursts that are short because
 * of tCEM must not have gaps inside.
 *
 * Context: Any.
 * Return: true when it is.
 */
bool extram_plan_joins(const struct extram_plan *plan, const struct extram_cmd *cmd, size_t len)
{
	u16 width = cmd->op->width;

	if (len > EXTRAM_IO_JOIN)
		return false;
	if (cmd == &plan->read)
		return width == 0x111 && plan->duplex;
	return width == 0x111 || width == 0x222 || width == 0x444;
}

/**
 * extram_plan_header() - what a burst sends before its data
 * @plan: the plan
 * @cmd: one of its commands
 * @addr: the address
 * @header: cmd->header bytes, filled in
 *
 * Context: Any.
 * Return: the opcode's bytes among them that travel on other lines than the rest: 1 or 0.
 */
unsigned int extram_plan_header(const struct extram_plan *plan, const struct extram_cmd *cmd,
				u32 addr, u8 *header)
{
	unsigned int i;

	memset(header, 0, cmd->header);
	header[0] = extram_plan_opcode(plan, cmd, addr);
	for (i = plan->chip->addr_bytes; i; i--, addr >>= 8)
		header[i] = addr;
	return EXTRAM_WIDTH_COMMAND(cmd->op->width) != EXTRAM_WIDTH_ADDR(cmd->op->width);
}

/* Time for the clocks of a burst, of that in which chip select may stay low. */
static u32 extram_plan_low_ns(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	const struct extram_chip *chip = plan->chip;
	u16 width = cmd->op->width;
	u32 gaps = EXTRAM_WIDTH_COMMAND(width) != EXTRAM_WIDTH_ADDR(width) ? 2 : 1;

	if (extram_plan_uses_mem(plan) || extram_plan_joins(plan, cmd, 1))
		return chip->tcem_ns;
	return chip->tcem_ns - min_t(u64, mul_u32_u32(gaps, chip->gap_ns), chip->tcem_ns);
}

/* Data bytes that fit into tCEM at a clock of @hz; 0 when not one does. */
static u32 extram_plan_fits(const struct extram_plan *plan, const struct extram_cmd *cmd, u32 hz)
{
	u64 clocks = div_u64(mul_u32_u32(extram_plan_low_ns(plan, cmd), hz), NSEC_PER_SEC);

	if (clocks < cmd->overhead || clocks < plan->chip->setup_bytes * 8)
		return 0;
	return min_t(u64, (clocks - cmd->overhead) * EXTRAM_WIDTH_DATA(cmd->op->width) / 8,
		     U32_MAX);
}

/* The lowest clock at which one does. */
static u32 extram_plan_least_hz(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	const struct extram_chip *chip = plan->chip;
	u32 needed = max(cmd->overhead + DIV_ROUND_UP(8, EXTRAM_WIDTH_DATA(cmd->op->width)),
			 chip->setup_bytes * 8);

	return DIV_ROUND_UP_ULL(needed * (u64)NSEC_PER_SEC,
				extram_plan_low_ns(plan, cmd) ?: chip->tcem_ns);
}

static int extram_plan_too_slow(const struct extram_plan *plan, const struct extram_cmd *cmd,
				u32 hz)
{
	const struct extram_chip *chip = plan->chip;

	return dev_err_probe(&plan->spi->dev, -EINVAL,
			     "%s: at %u Hz not one byte fits into the %u ns that chip select may stay low, %u Hz or more are needed\n",
			     chip->name, hz, chip->tcem_ns, extram_plan_least_hz(plan, cmd));
}

/* The same where only half of the clock that is asked for can be relied on. */
static int extram_plan_half_too_slow(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	const struct extram_chip *chip = plan->chip;

	return dev_err_probe(&plan->spi->dev, -EINVAL,
			     "%s: the controller does not tell its clock, and at half of %u Hz not one byte fits into the %u ns that chip select may stay low, %u Hz or more are needed\n",
			     chip->name, cmd->hz, chip->tcem_ns,
			     2 * extram_plan_least_hz(plan, cmd));
}

/* Most data bytes under one chip select that messages can carry, 0 for none. */
static u64 extram_plan_message_burst(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	bool reads = cmd == &plan->read;
	size_t narrow = plan->max_message;
	size_t headers, wren;

	/* With tCEM a burst is one transfer where the time between two of them is not known. */
	if (plan->chip->tcem_ns) {
		if (!plan->chip->gap_ns && !extram_plan_joins(plan, cmd, 1))
			return 0;
		narrow = min(narrow, plan->max_transfer);
	}
	/* The opcode may need a transfer of its own, and WREN goes before it where it can. */
	wren = !reads && plan->chip->flags & EXTRAM_CHIP_WREN && plan->cs_change;
	headers = DIV_ROUND_UP(cmd->header, plan->max_transfer) + 1 + wren;
	if (narrow <= cmd->header + wren || headers >= plan->max_xfers)
		return 0;

	return min_t(u64, narrow - cmd->header - wren,
		     mul_u32_u32(min_t(size_t, plan->max_transfer, U32_MAX),
				 plan->max_xfers - headers));
}

/* The same through spi-mem. */
static u64 extram_plan_mem_burst(struct extram_plan *plan, const struct extram_cmd *cmd)
{
	struct spi_mem_op op;

	extram_plan_mem_op(plan, cmd, &op);
	if (!spi_mem_supports_op(&plan->mem, &op))
		return 0;
	op.data.nbytes = plan->chip->size;
	if (spi_mem_adjust_op_size(&plan->mem, &op))
		return 0;
	return op.data.nbytes;
}

/* Sets the limits of a command that has its clock; false when it cannot be used. */
static bool extram_plan_limit(struct extram_plan *plan, struct extram_cmd *cmd)
{
	const struct extram_chip *chip = plan->chip;
	u64 burst = extram_plan_uses_mem(plan) ? extram_plan_mem_burst(plan, cmd) :
				    extram_plan_message_burst(plan, cmd);

	burst = min_t(u64, burst, chip->size);
	if (chip->page)
		burst = min_t(u64, burst, chip->page);
	if (chip->tcem_ns) {
		burst = min_t(u64, burst, extram_plan_fits(plan, cmd, cmd->hz));
		if (!extram_plan_uses_mem(plan))
			burst = min_t(u64, burst, EXTRAM_IO_JOIN);
	}
	cmd->burst = burst;
	cmd->page = cmd->hz > chip->page_cross_hz ? chip->page : 0;
	return burst;
}

static void extram_plan_take(const struct extram_plan *plan, const struct extram_op *op,
			     struct extram_cmd *cmd)
{
	u8 addr_lines = EXTRAM_WIDTH_ADDR(op->width);

	cmd->op = op;
	cmd->hz = min_not_zero(plan->spi->max_speed_hz, op->max_hz);
	cmd->header = 1 + plan->chip->addr_bytes + op->dummy * addr_lines / 8;
	cmd->overhead = 8 / EXTRAM_WIDTH_COMMAND(op->width) +
			plan->chip->addr_bytes * 8 / addr_lines + op->dummy;
}

/* Picoseconds that a byte takes in bursts as long as may be. */
static u64 extram_plan_cost(const struct extram_cmd *cmd)
{
	u32 len = min_t(u32, cmd->burst, EXTRAM_PLAN_TYPICAL);

	return div_u64(extram_cmd_ns(cmd, len) * 1000, len);
}

/*
 * The best of a list of commands whose opcodes travel on @lines; the first of equally good ones.
 * Answers what a byte costs, U64_MAX when there is no such command.
 */
static u64 extram_plan_best(struct extram_plan *plan, const struct extram_op *op,
			    struct extram_cmd *cmd, unsigned int lines)
{
	struct extram_cmd best = {};
	u64 least = U64_MAX;

	for (; op->opcode; op++) {
		if (EXTRAM_WIDTH_COMMAND(op->width) != lines ||
		    !extram_plan_wired(plan->spi, op, cmd == &plan->read))
			continue;
		extram_plan_take(plan, op, cmd);
		if (extram_plan_limit(plan, cmd) && extram_plan_cost(cmd) < least) {
			least = extram_plan_cost(cmd);
			best = *cmd;
		}
	}
	*cmd = best;
	return least;
}

/* Says why there is no command; that the first ones of the row cannot be used is the cause. */
static int extram_plan_none(struct extram_plan *plan)
{
	const struct extram_chip *chip = plan->chip;
	struct device *dev = &plan->spi->dev;
	struct extram_cmd *cmds[] = { &plan->read, &plan->write };
	const struct extram_op *ops[] = { chip->reads, chip->writes };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		extram_plan_take(plan, ops[i], cmds[i]);
		if (chip->tcem_ns && !extram_plan_fits(plan, cmds[i], cmds[i]->hz))
			return extram_plan_too_slow(plan, cmds[i], cmds[i]->hz);
	}
	if (chip->tcem_ns && !extram_plan_uses_mem(plan) && !plan->duplex)
		return dev_err_probe(dev, -EINVAL,
				     "%s: needs a controller that reads while it writes, this one cannot\n",
				     chip->name);
	if (extram_plan_uses_mem(plan))
		return dev_err_probe(dev, -EINVAL,
				     "%s: the controller knows none of its commands\n", chip->name);
	return dev_err_probe(dev, -EINVAL,
			     "%s: the controller takes %zu bytes at once, too few for a header of %u\n",
			     chip->name, min(plan->max_transfer, plan->max_message),
			     plan->write.header);
}

/* On kernels and controllers without a clock per operation the device has one clock for all. */
static void extram_plan_one_clock(struct extram_plan *plan)
{
	struct spi_mem_op read, write;
	u32 hz = min(plan->read.hz, plan->write.hz);

	plan->op_hz = EXTRAM_HAS_MEM_OP_HZ;
	extram_plan_mem_op(plan, &plan->read, &read);
	extram_plan_mem_op(plan, &plan->write, &write);
	if (plan->op_hz && spi_mem_supports_op(&plan->mem, &read) &&
	    spi_mem_supports_op(&plan->mem, &write))
		return;

	/* At the slower clock another command may be the better one. */
	plan->op_hz = false;
	plan->spi->max_speed_hz = hz;
	extram_plan_best(plan, plan->chip->reads, &plan->read, plan->lines);
	extram_plan_best(plan, plan->chip->writes, &plan->write, plan->lines);
}

static void extram_plan_controller(struct extram_plan *plan)
{
	struct spi_controller *ctlr = plan->spi->controller;

	plan->use_mem = extram_has_mem_ops(plan->spi);
	plan->max_transfer = max_t(size_t, spi_max_transfer_size(plan->spi), 1);
	plan->max_message = spi_max_message_size(plan->spi);
	/* Short bursts, of which a message shall nevertheless last. */
	plan->max_xfers = plan->chip->tcem_ns ? 256 : 64;
	plan->max_scratch = (plan->chip->tcem_ns ? SZ_64K : SZ_8K) - EXTRAM_PLAN_SHORT;
	plan->duplex = extram_is_duplex(plan->spi);
	/*
	 * Where the SPI core walks through the transfers it drives chip select between them itself.
	 * A controller's driver that takes whole messages may not know how to.
	 */
	plan->cs_change = ctlr->transfer_one;
}

/*
 * The thread of the SPI core that walks through a message must not be kept from the next transfer
 * while chip select is low, nor the wire from the next message.
 */
static int extram_plan_hurry(struct extram_plan *plan)
{
	plan->hurried = !plan->spi->rt;
	plan->spi->rt = true;
	return spi_setup(plan->spi);
}

/**
 * extram_plan_end() - leave the device as it was
 * @plan: what extram_plan_make() was asked to fill in, or zeros
 *
 * Not the thread of the controller: the SPI core never takes its priority back.
 *
 * Context: May sleep; nothing is on the wire.
 */
void extram_plan_end(struct extram_plan *plan)
{
	if (plan->hurried)
		plan->spi->rt = false;
}

/**
 * extram_plan_make() - choose the commands of a wire
 * @plan: filled in
 * @spi: the chip on its bus; its max_speed_hz is the clock that the board allows
 * @chip: its row of facts
 *
 * Does not touch the chip, which may not have been set up yet.
 *
 * Context: May sleep.
 * Return: 0, -EINVAL when the clock is too slow for the chip or the controller does not fit it, or
 * as spi_setup(). What is wrong has been said.
 */
int extram_plan_make(struct extram_plan *plan, struct spi_device *spi,
		     const struct extram_chip *chip)
{
	unsigned int lines, most = chip->ops->enter ? extram_chip_lines(spi) : 1;
	u64 least = U64_MAX;

	memset(plan, 0, sizeof(*plan));
	plan->spi = spi;
	plan->chip = chip;
	plan->mem.spi = spi;
	plan->mem.name = dev_name(&spi->dev);
	extram_plan_controller(plan);

	for (lines = 1; lines <= most; lines *= 2) {
		struct extram_plan other = *plan;
		u64 read = extram_plan_best(&other, chip->reads, &other.read, lines);
		u64 write = extram_plan_best(&other, chip->writes, &other.write, lines);

		if (read == U64_MAX || write == U64_MAX || read + write >= least)
			continue;
		least = read + write;
		*plan = other;
		plan->lines = lines;
	}
	if (least == U64_MAX)
		return extram_plan_none(plan);
	if (extram_plan_uses_mem(plan))
		extram_plan_one_clock(plan);
	else if (chip->tcem_ns)
		return extram_plan_hurry(plan);
	return 0;
}

/* The fastest read on a single line, on which the chip listens at first. */
static void extram_plan_narrow_read(const struct extram_plan *plan, struct extram_cmd *cmd)
{
	const struct extram_op *op = plan->chip->reads;
	struct extram_cmd other;

	/* The first one is such a command. */
	extram_plan_take(plan, op, cmd);
	while ((++op)->opcode) {
		extram_plan_take(plan, op, &other);
		if (op->width == 0x111 && other.hz > cmd->hz)
			*cmd = other;
	}
}

/*
 * The clock that really runs when @hz is asked for. A controller that keeps it for itself may
 * divide by powers of two only, so that half of what was asked for is the least that can be
 * relied on.
 */
static int extram_plan_real_hz(struct extram_plan *plan, u32 hz, u8 *scratch, u32 *real,
			       bool *guessed)
{
	struct spi_transfer xfer = {};
	struct extram_cmd cmd;
	int err;

	*guessed = false;
	*real = hz;
	if (device_property_read_bool(&plan->spi->dev, "extram,exact-clock"))
		return 0;
	*guessed = true;
	*real = hz / 2;
	if (extram_plan_uses_mem(plan))
		return 0;

	extram_plan_narrow_read(plan, &cmd);
	extram_plan_header(plan, &cmd, 0, scratch);
	scratch[cmd.header] = 0;
	xfer.tx_buf = scratch;
	xfer.len = cmd.header + 1;
	xfer.speed_hz = min(hz, cmd.hz);
	err = spi_sync_transfer(plan->spi, &xfer, 1);
	if (err)
		return dev_err_probe(&plan->spi->dev, err, "%s: no transfer on the bus\n",
				     plan->chip->name);

	if (hz <= cmd.hz && xfer.effective_speed_hz) {
		*guessed = false;
		*real = min(xfer.effective_speed_hz, hz);
	}
	return 0;
}

static int extram_plan_measure_cmd(struct extram_plan *plan, struct extram_cmd *cmd, u8 *scratch)
{
	u32 real, fits;
	bool guessed;
	int err;

	err = extram_plan_real_hz(plan, cmd->hz, scratch, &real, &guessed);
	if (err)
		return err;
	fits = extram_plan_fits(plan, cmd, real);
	if (!fits && guessed)
		return extram_plan_half_too_slow(plan, cmd);
	if (!fits)
		return extram_plan_too_slow(plan, cmd, real);
	cmd->burst = min(cmd->burst, fits);
	return 0;
}

/**
 * extram_plan_measure() - see which clock really runs, where the chip's limits depend on it
 * @plan: the plan, made; the chip has been set up and listens on one line
 * @scratch: EXTRAM_MAX_HEADER + 1 bytes that the controller may reach by DMA
 *
 * Clocks one byte out of the chip.
 *
 * Context: May sleep.
 * Return: 0, -EINVAL when the clock is too slow for the chip, or what the SPI controller's driver
 * answers. What is wrong has been said by dev_err_probe().
 */
int extram_plan_measure(struct extram_plan *plan, void *scratch)
{
	int err = 0;

	if (plan->chip->tcem_ns)
		err = extram_plan_measure_cmd(plan, &plan->read, scratch) ?:
		      extram_plan_measure_cmd(plan, &plan->write, scratch);
	return err;
}
