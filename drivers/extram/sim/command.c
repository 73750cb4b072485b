// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a chip does with a command: takes it byte by byte as the datasheet says, and counts what the
 * datasheet forbids.
 *
 * Data move at once; everything else is carried out when CE# rises. Commands on two or four lines
 * are known, and refused: all that comes here came on one line.
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

static const struct sim_op *sim_find_op(const struct sim_model *model, u8 opcode)
{
	const struct sim_op *op;

	for (op = model->ops; op->kind != SIM_NO_COMMAND; op++)
		if (op->opcode == opcode)
			return op;
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
	if (chip->wrap || (chip->model->flags & SIM_MODE_REGISTER &&
			   FIELD_GET(SIM_MODE, chip->reg) == SIM_MODE_PAGE))
		return chip->model->window;
	return chip->model->size;
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

/* The first byte of a command. */
static void sim_take_opcode(struct sim_chip *chip, u8 opcode)
{
	const struct sim_op *op = sim_find_op(chip->model, opcode);

	chip->opcode = opcode;
	chip->has_opcode = true;
	chip->phase = SIM_DEAF;

	if (chip->waking) {
		/* Any byte may come with the pulse that wakes, as long as nobody counts on it. */
		if (!op || op->kind != SIM_RDSR)
			sim_chip_violation(chip, EXTRAM_SIM_ASLEEP,
					   "a command in the pulse that wakes the chip is lost");
		return;
	}
	if (chip->asleep && (!op || op->kind != SIM_WAKE)) {
		sim_chip_violation(chip, EXTRAM_SIM_ASLEEP, "the chip sleeps");
		return;
	}
	if (!op) {
		sim_chip_violation(chip, EXTRAM_SIM_OPCODE, "the part has no such command");
		return;
	}
	if (op->kind == SIM_WIDE) {
		sim_chip_violation(chip, EXTRAM_SIM_WIDTH, "the command needs four lines");
		return;
	}
	if (chip->was_armed && op->kind != SIM_RESET && op->kind != SIM_RESET_ENABLE)
		sim_chip_violation(chip, EXTRAM_SIM_RESET, "reset was enabled and does not follow");
	if (chip->model->flags & SIM_NEEDS_RESET && !chip->was_reset &&
	    op->kind != SIM_RESET && op->kind != SIM_RESET_ENABLE)
		sim_chip_violation(chip, EXTRAM_SIM_RESET, "no reset since power-up");

	chip->op = op;
	chip->phase = op->kind <= SIM_WRITE || op->dummy ? SIM_IN_HEADER : SIM_IN_DATA;
}

static void sim_take_header(struct sim_chip *chip, u8 in)
{
	u8 addr_bytes = chip->op->kind <= SIM_WRITE ? chip->model->addr_bytes : 0;

	if (chip->header < addr_bytes)
		chip->addr = chip->addr << 8 | in;
	if (++chip->header < addr_bytes + chip->op->dummy)
		return;

	chip->addr &= chip->model->size - 1;
	chip->start = chip->addr;
	chip->phase = SIM_IN_DATA;
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
		return chip->reg;
	case SIM_RDID:
		return chip->model->id[chip->count & (chip->model->id_len - 1)];
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
	case SIM_IN_HEADER:
		sim_take_header(chip, in);
		break;
	case SIM_IN_DATA:
		if (chip->op->kind <= SIM_WRITE) {
			sim_command_move(chip, &in, NULL, 1);
		} else {
			if (!chip->count++)
				chip->value = in;
		}
		break;
	case SIM_DEAF:
		break;
	}
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
}

static void sim_write_register(struct sim_chip *chip)
{
	const struct sim_model *model = chip->model;

	if (!chip->count) {
		if (!chip->aborted)
			sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "no value for the register");
		return;
	}
	if (chip->bits || chip->count > 1) {
		sim_chip_violation(chip, EXTRAM_SIM_EXTRA, "the register has one byte");
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
		chip->asleep = true;
		break;
	case SIM_WAKE:
		if (chip->asleep)
			chip->awake_ns = ktime_get_ns() +
					 chip->model->wake_us * (u64)NSEC_PER_USEC;
		chip->asleep = false;
		break;
	case SIM_WRAP:
		chip->wrap = !chip->wrap;
		break;
	case SIM_WIDEN:
		chip->wide = true;
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
		if (chip->phase == SIM_IN_OPCODE && chip->bits && !chip->aborted)
			sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "CE# rose in the opcode");
		return;
	}

	hz = op->max_hz ? op->max_hz : chip->model->max_hz;
	if (chip->wrap && op->wrap_hz)
		hz = op->wrap_hz;
	if (chip->max_hz > hz)
		sim_chip_violation(chip, EXTRAM_SIM_CLOCK, "the clock is too fast for the command");

	if (chip->phase == SIM_IN_HEADER && !chip->aborted)
		sim_chip_violation(chip, EXTRAM_SIM_TRUNCATED, "CE# rose before the data");

	switch (op->kind) {
	case SIM_READ:
	case SIM_RDSR:
	case SIM_RDID:
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
