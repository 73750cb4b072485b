// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a chip does with a command: takes it byte by byte as the datasheet says, and counts what the
 * datasheet forbids.
 *
 * Data move at once; everything else is carried out when CE# rises. Opcode, address and data may
 * come on one, two or four lines each, as the command and the mode of the bus want it.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "internal.h"

#define SIM_MODE		GENMASK(7, 6)	/* of the mode register */
#define SIM_MODE_BYTE		0
#define SIM_MODE_PAGE		2
#define SIM_MODE_RESERVED	3

/* Place of what belongs to a number of lines: 1, 2, 4. */
static unsigned int sim_line_index(const struct sim_chip *chip)
{
	return chip->lines / 2;
}

static const struct sim_op *sim_find_op(const struct sim_chip *chip, u8 opcode)
{
	const struct sim_op *op;

	for (op = chip->model->ops; op->kind != SIM_NO_COMMAND; op++) {
		u8 on = op->flags & SIM_ON_ANY;

		if (op->opcode == opcode && (!on || on & BIT(sim_line_index(chip))))
			return op;
	}
	return NULL;
}

static bool sim_byte_mode(const struct sim_chip *chip)
{
	return chip->model->flags & SIM_MODE_REGISTER &&
	       FIELD_GET(SIM_MODE, chip->reg) == SIM_MODE_BYTE;
}

/* The range in which the address runs in a circle. */
static u32 sim_window(const struct sim_chip *chip)
{
	const struct sim_model *model = chip->model;

	if (chip->wrap ||
	    (model->flags & SIM_MODE_REGISTER && FIELD_GET(SIM_MODE, chip->reg) == SIM_MODE_PAGE) ||
	    (model->flags & SIM_EERAM && chip->reg & SIM_SR_PRO))
		return model->window;
	return model->ring ? model->ring : model->size;
}

static bool sim_busy(const struct sim_chip *chip)
{
	return chip->busy_ns && ktime_get_ns() < chip->busy_ns;
}

static bool sim_latched(const struct sim_chip *chip)
{
	return !(chip->model->flags & SIM_LATCH) || chip->reg & SIM_SR_WEL;
}

/* Quarter, half or all of the memory, from the top, is protected. */
static bool sim_protected(const struct sim_chip *chip)
{
	u32 parts;

	if (!(chip->model->flags & SIM_LATCH))
		return false;
	parts = FIELD_GET(SIM_SR_BP, chip->reg);
	return parts && chip->addr >= chip->model->size - (chip->model->size >> (3 - parts));
}

static u8 sim_addr_bytes(const struct sim_chip *chip)
{
	return chip->op->kind <= SIM_WRITE ? chip->model->addr_bytes : chip->op->addr_bytes;
}

/* Opcode and address are through. */
static void sim_begin_data(struct sim_chip *chip)
{
	chip->wait = chip->op->wait[sim_line_index(chip)];
	chip->phase = chip->wait ? SIM_IN_WAIT : SIM_IN_DATA;
}

/* The first byte of a command. */
static void sim_take_opcode(struct sim_chip *chip, u8 opcode)
{
	const struct sim_op *op = sim_find_op(chip, opcode);

	chip->opcode = opcode;
	chip->has_opcode = true;
	chip->phase = SIM_DEAF;

	if (chip->waking) {
		/* Any byte may come with the pulse that wakes, as long as nobody counts on it. */
		if (op && (op->kind <= SIM_WRITE || op->kind == SIM_WRSR || op->kind == SIM_WREN))
			sim_chip_violation(chip, EXTRAM_SIM_ASLEEP,
					   "a command in the pulse that wakes the chip is lost");
		return;
	}
	if (chip->sleep && (!op || op->kind != SIM_WAKE)) {
		sim_chip_violation(chip, EXTRAM_SIM_ASLEEP, "the chip sleeps");
		return;
	}
	if (!op) {
		sim_chip_violation(chip, EXTRAM_SIM_OPCODE, "the part has no such command");
		return;
	}
	if (sim_busy(chip) && op->kind != SIM_RDSR) {
		sim_chip_violation(chip, EXTRAM_SIM_BUSY, "the chip is busy");
		return;
	}
	if (chip->was_armed && op->kind != SIM_RESET && op->kind != SIM_RESET_ENABLE)
		sim_chip_violation(chip, EXTRAM_SIM_RESET, "reset was enabled and does not follow");
	if (chip->model->flags & SIM_NEEDS_RESET && !chip->was_reset &&
	    op->kind != SIM_RESET && op->kind != SIM_RESET_ENABLE)
		sim_chip_violation(chip, EXTRAM_SIM_RESET, "no reset since power-up");

	chip->op = op;
	if (sim_addr_bytes(chip))
		chip->phase = SIM_IN_ADDRESS;
	else
		sim_begin_data(chip);
}

static void sim_take_address(struct sim_chip *chip, u8 in)
{
	chip->addr = chip->addr << 8 | in;
	if (++chip->header < sim_addr_bytes(chip))
		return;

	chip->addr = (chip->addr + chip->op->base) & (chip->model->size - 1);
	chip->start = chip->addr;
	sim_begin_data(chip);
	if (chip->op->kind == SIM_WRITE && !sim_latched(chip)) {
		sim_chip_violation(chip, EXTRAM_SIM_WREN, "the write enable latch is off");
		chip->drop = true;
	}
}

static void sim_cross_page(struct sim_chip *chip)
{
	chip->at_edge = false;
	if (chip->crossed++)
		sim_chip_violation(chip, EXTRAM_SIM_PAGE, "the second page edge in one burst");
	else if (chip->hz > chip->model->cross_hz)
		sim_chip_violation(chip, EXTRAM_SIM_PAGE, "a page edge at too fast a clock");
}

static void sim_advance(struct sim_chip *chip, u32 n)
{
	u32 window = sim_window(chip);

	chip->addr = (chip->addr & ~(window - 1)) | ((chip->addr + n) & (window - 1));
	chip->at_edge = chip->model->page && window > chip->model->page &&
			!(chip->addr & (chip->model->page - 1));
}

/**
 * sim_command_lines() - on how many lines the chip expects the next bit
 * @chip: the chip
 *
 * Context: Holds the lock of the controller.
 * Return: 1, 2 or 4. While it waits or does not listen the number means nothing.
 */
u8 sim_command_lines(const struct sim_chip *chip)
{
	u8 lines = 0;

	if (chip->op && chip->phase == SIM_IN_ADDRESS)
		lines = chip->op->addr_lines;
	else if (chip->op && chip->phase == SIM_IN_DATA)
		lines = chip->op->data_lines;
	return lines ? lines : chip->lines;
}

/**
 * sim_command_span() - how many bytes of data can move at once
 * @chip: the chip
 * @len: how many there are
 *
 * Context: Holds the lock of the controller.
 * Return: bytes up to the next thing that matters, at most @len; 0 when there is no data to move.
 */
size_t sim_command_span(const struct sim_chip *chip, size_t len)
{
	u32 window;

	if (chip->phase != SIM_IN_DATA || chip->bits || chip->op->kind > SIM_WRITE)
		return 0;
	if (sim_byte_mode(chip) || (chip->op->kind == SIM_WRITE &&
				    (chip->undo || chip->reg & SIM_SR_BP)))
		return 1;
	window = sim_window(chip);
	if (chip->model->page)
		window = min(window, chip->model->page);
	return min_t(size_t, len, window - (chip->addr & (window - 1)));
}

/**
 * sim_command_move() - move bytes of data in or out
 * @chip: the chip
 * @tx: what MOSI carries, NULL for zeros
 * @rx: what MISO carried, NULL when nobody wants to know; may be @tx
 * @n: how many, no more than sim_command_span() said
 *
 * Context: Holds the lock of the controller.
 */
void sim_command_move(struct sim_chip *chip, const u8 *tx, u8 *rx, u32 n)
{
	u8 *mem = chip->mem + chip->addr;
	bool drop = chip->drop;

	if (chip->at_edge)
		sim_cross_page(chip);
	if (sim_byte_mode(chip) && chip->count) {
		sim_chip_violation(chip, EXTRAM_SIM_BYTE_MODE, "more than one byte in byte mode");
		drop = true;
	}

	if (chip->op->kind == SIM_READ) {
		if (rx && drop)
			memset(rx, chip->model->idle, n);
		else if (rx)
			memcpy(rx, mem, n);
	} else {
		if (!drop && sim_protected(chip)) {
			sim_chip_violation(chip, EXTRAM_SIM_PROTECTED, "the address is protected");
			drop = true;
		}
		/* Only what was there before the burst ran round the whole memory. */
		if (chip->undo && chip->count < chip->model->size)
			chip->undo[chip->addr] = *mem;
		if (!drop && tx)
			memcpy(mem, tx, n);
		else if (!drop)
			memset(mem, 0, n);
		if (rx)
			memset(rx, chip->model->idle, n);
	}

	chip->stats.payload += n;
	chip->count += n;
	sim_advance(chip, n);
}

/**
 * sim_command_out() - what MISO carries during the next byte
 * @chip: the chip
 *
 * Context: Holds the lock of the controller.
 * Return: the byte.
 */
u8 sim_command_out(const struct sim_chip *chip)
{
	if (chip->phase != SIM_IN_DATA)
		return chip->model->idle;

	switch (chip->op->kind) {
	case SIM_READ:
		return sim_byte_mode(chip) && chip->count ? chip->model->idle :
			chip->mem[chip->addr];
	case SIM_RDSR:
		if (chip->model->reg_bytes > 1 && chip->count % chip->model->reg_bytes)
			return 0;
		return chip->reg | (sim_busy(chip) ? chip->busy_reg : 0);
	case SIM_RDID:
		return chip->shy ? chip->model->idle :
			chip->model->id[chip->count % chip->model->id_len];
	default:
		return chip->model->idle;
	}
}

/**
 * sim_command_take() - a byte is complete
 * @chip: the chip
 * @in: what MOSI carried
 *
 * Context: Holds the lock of the controller.
 */
void sim_command_take(struct sim_chip *chip, u8 in)
{
	switch (chip->phase) {
	case SIM_IN_OPCODE:
		sim_take_opcode(chip, in);
		break;
	case SIM_IN_ADDRESS:
		sim_take_address(chip, in);
		break;
	case SIM_IN_DATA:
		if (chip->op->kind <= SIM_WRITE) {
			sim_command_move(chip, &in, NULL, 1);
		} else {
			if (!chip->count++)
				chip->value = in;
		}
		break;
	case SIM_IN_WAIT:
	case SIM_DEAF:
		break;
	}
}

/**
 * sim_command_strange() - a clock on another number of lines than the chip expects
 * @chip: the chip
 *
 * Too few of them to make up an opcode, such as those of a command that is meant for a chip in
 * another mode, do no harm. More than that is a command that nobody knows.
 *
 * Context: Holds the lock of the controller.
 */
void sim_command_strange(struct sim_chip *chip)
{
	chip->strange = true;
	if (chip->phase == SIM_IN_OPCODE) {
		chip->bits += chip->lines;
		if (chip->bits < 8)
			return;
	}
	chip->bits = 0;
	sim_chip_violation(chip, EXTRAM_SIM_WIDTH, "on other lines than the chip expects");
	chip->phase = SIM_DEAF;
}

/* Puts back what a write has changed that does not count. */
static void sim_undo(struct sim_chip *chip)
{
	u32 mask = chip->model->size - 1;
	u64 n = min_t(u64, chip->count, chip->model->size);
	u32 i;

	for (i = 0; i < n; i++)
		chip->mem[(chip->start + i) & mask] = chip->undo[(chip->start + i) & mask];
}

static void sim_end_write(struct sim_chip *chip)
{
	if (chip->phase == SIM_IN_DATA && chip->bits) {
		if (!chip->aborted)
			sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED,
					   "CE# rose inside a byte of data");
		if (chip->undo)
			sim_undo(chip);
	}
	if (chip->model->flags & SIM_LATCH && !(chip->model->flags & SIM_LATCH_STICKS))
		chip->reg &= ~SIM_SR_WEL;
	/* The latch seems to be on until it is done. */
	if (chip->write_us && !chip->drop) {
		chip->busy_reg = SIM_SR_BUSY | SIM_SR_WEL;
		chip->busy_ns = chip->write_us == EXTRAM_SIM_FOR_EVER ? U64_MAX :
				ktime_get_ns() + chip->write_us * (u64)NSEC_PER_USEC;
	}
}

static void sim_write_register(struct sim_chip *chip)
{
	const struct sim_model *model = chip->model;

	if (!chip->count) {
		if (!chip->aborted)
			sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "no value for the register");
		return;
	}
	if (chip->bits || chip->count > max_t(u8, model->reg_bytes, 1)) {
		sim_chip_violation(chip, EXTRAM_SIM_EXTRA, "more bytes than the register has");
		return;
	}
	if (!sim_latched(chip)) {
		sim_chip_violation(chip, EXTRAM_SIM_WREN, "the write enable latch is off");
		return;
	}
	if (model->flags & SIM_MODE_REGISTER) {
		if (chip->value & ~model->reg_mask)
			sim_chip_violation(chip, EXTRAM_SIM_REGISTER, "bits that must be zero");
		if (FIELD_GET(SIM_MODE, chip->value) == SIM_MODE_RESERVED) {
			sim_chip_violation(chip, EXTRAM_SIM_REGISTER, "the mode is reserved");
			return;
		}
	}
	chip->reg = (chip->reg & ~model->reg_mask) | (chip->value & model->reg_mask);
	if (model->flags & SIM_LATCH && !(model->flags & SIM_LATCH_STICKS))
		chip->reg &= ~SIM_SR_WEL;
}

static void sim_reset(struct sim_chip *chip)
{
	if (!chip->was_armed) {
		sim_chip_violation(chip, EXTRAM_SIM_RESET, "reset without being enabled before");
		return;
	}
	chip->was_reset = true;
	chip->wrap = false;
	chip->lines = 1;
	chip->high_need_ns = chip->model->trst_ns;
}

/* Commands of one byte. */
static void sim_do(struct sim_chip *chip)
{
	if (chip->bits || chip->count) {
		sim_chip_violation(chip, EXTRAM_SIM_EXTRA, "more clocks than the command has");
		return;
	}

	switch (chip->op->kind) {
	case SIM_WREN:
		chip->reg |= SIM_SR_WEL;
		break;
	case SIM_WRDI:
		chip->reg &= ~SIM_SR_WEL;
		break;
	case SIM_RESET_ENABLE:
		chip->armed = true;
		break;
	case SIM_RESET:
		sim_reset(chip);
		break;
	case SIM_SLEEP:
		chip->sleep = chip->op;
		if (chip->op->flags & SIM_FORGETS)
			sim_chip_forget(chip);
		break;
	case SIM_WAKE:
		if (chip->sleep)
			chip->awake_ns = ktime_get_ns() +
					 chip->sleep->wake_us * (u64)NSEC_PER_USEC;
		chip->sleep = NULL;
		break;
	case SIM_WRAP:
		chip->wrap = !chip->wrap;
		break;
	case SIM_BUS:
		chip->lines = chip->op->bus;
		break;
	default:
		break;
	}
}

/**
 * sim_command_end() - CE# rises, the command is carried out
 * @chip: the chip
 *
 * Context: Holds the lock of the controller.
 */
void sim_command_end(struct sim_chip *chip)
{
	const struct sim_op *op = chip->op;
	u32 hz;

	if (!op) {
		if (chip->phase == SIM_IN_OPCODE && chip->bits && !chip->strange && !chip->aborted)
			sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "CE# rose in the opcode");
		return;
	}

	hz = op->max_hz ? op->max_hz : chip->model->max_hz;
	if (chip->wrap && op->wrap_hz)
		hz = op->wrap_hz;
	if (chip->lines == 4 && op->wide_hz)
		hz = op->wide_hz;
	if (chip->max_hz > hz)
		sim_chip_violation(chip, EXTRAM_SIM_CLOCK, "the clock is too fast for the command");

	if ((chip->phase == SIM_IN_ADDRESS || chip->phase == SIM_IN_WAIT) && !chip->aborted)
		sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "CE# rose before the data");

	switch (op->kind) {
	case SIM_READ:
	case SIM_RDSR:
		break;
	case SIM_RDID:
		chip->shy = false;
		break;
	case SIM_WRITE:
		sim_end_write(chip);
		break;
	case SIM_WRSR:
		sim_write_register(chip);
		break;
	default:
		sim_do(chip);
	}
}
