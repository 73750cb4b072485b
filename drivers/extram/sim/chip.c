// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chip as seen from its pins: power, CE# and the clock; what it counts, and what it complains of.
 */
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Constants of Knuth's generator: any contents do that are neither zero nor the same everywhere. */
#define SIM_FILL_MUL		6364136223846793005ULL
#define SIM_FILL_ADD		1442695040888963407ULL

static const char * const sim_violation_names[] = {
	[EXTRAM_SIM_OPCODE] = "opcode",
	[EXTRAM_SIM_TRUNCATED] = "truncated",
	[EXTRAM_SIM_EXTRA] = "extra",
	[EXTRAM_SIM_CLOCK] = "clock",
	[EXTRAM_SIM_MODE] = "spi_mode",
	[EXTRAM_SIM_BYTE_MODE] = "byte_mode",
	[EXTRAM_SIM_WREN] = "wren",
	[EXTRAM_SIM_PROTECTED] = "protected",
	[EXTRAM_SIM_REGISTER] = "register",
	[EXTRAM_SIM_TCEM] = "tcem",
	[EXTRAM_SIM_TCPH] = "tcph",
	[EXTRAM_SIM_PAGE] = "page",
	[EXTRAM_SIM_RESET] = "reset",
	[EXTRAM_SIM_ASLEEP] = "asleep",
	[EXTRAM_SIM_WIDTH] = "width",
	[EXTRAM_SIM_BUSY] = "busy",
	[EXTRAM_SIM_LIMIT] = "limit",
};

static_assert(ARRAY_SIZE(sim_violation_names) == EXTRAM_SIM_VIOLATIONS);

/**
 * sim_violation_name() - short name of a kind of violation
 * @kind: the kind
 *
 * Context: Any.
 * Return: a word that can be a key in a file.
 */
const char *sim_violation_name(enum extram_sim_violation kind)
{
	return sim_violation_names[kind];
}

/**
 * sim_chip_violation() - count a violation, remember it, and warn of the first of its kind
 * @chip: the chip that was treated badly
 * @kind: what it is
 * @what: the same in words
 *
 * One command counts once for each kind. Data never get into the text.
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_violation(struct sim_chip *chip, enum extram_sim_violation kind, const char *what)
{
	int n;

	if (chip->selected) {
		if (chip->raised & BIT(kind))
			return;
		chip->raised |= BIT(kind);
	}

	n = scnprintf(chip->last, sizeof(chip->last), "%s, ", chip->model->name);
	if (chip->selected && chip->has_opcode)
		n += scnprintf(chip->last + n, sizeof(chip->last) - n, "opcode %02x, ",
			       chip->opcode);
	if (chip->selected && chip->op && chip->op->kind <= SIM_WRITE &&
	    chip->phase == SIM_IN_DATA)
		n += scnprintf(chip->last + n, sizeof(chip->last) - n, "address %#x, ",
			       chip->addr);
	scnprintf(chip->last + n, sizeof(chip->last) - n, "%s: %s", sim_violation_name(kind), what);

	if (!chip->violations[kind]++)
		dev_warn_ratelimited(chip->dev, "violation on chip select %u: %s\n", chip->cs,
				     chip->last);
}

/**
 * sim_chip_forget() - let a chip lose what it holds
 * @chip: the chip
 *
 * It then holds noise, other noise than the last time.
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_forget(struct sim_chip *chip)
{
	u64 noise = chip->seed++;
	u64 *word = (u64 *)chip->mem;
	u32 i;

	for (i = 0; i < chip->model->size / sizeof(*word); i++) {
		noise = noise * SIM_FILL_MUL + SIM_FILL_ADD;
		word[i] = noise;
	}
}

/**
 * sim_chip_power_up() - power was off, and comes back
 * @chip: the chip
 *
 * Volatile parts then hold noise, other noise than the last time.
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_power_up(struct sim_chip *chip)
{
	const struct sim_model *model = chip->model;

	chip->selected = false;
	chip->sleep = NULL;
	chip->awake_ns = 0;
	chip->busy_ns = model->busy_us ?
			ktime_get_ns() + model->busy_us * (u64)NSEC_PER_USEC : 0;
	chip->busy_reg = SIM_SR_BUSY;
	chip->shy = model->flags & SIM_SHY;
	chip->armed = false;
	chip->was_reset = false;
	chip->wrap = false;
	chip->lines = 1;
	chip->high_ns = SIM_HIGH_UNKNOWN;
	chip->high_need_ns = model->tcph_ns;

	if (model->flags & SIM_VOLATILE) {
		chip->reg = model->reg_power_up;
		sim_chip_forget(chip);
	} else {
		if (model->flags & SIM_EERAM && !(chip->reg & SIM_SR_ASE))
			sim_chip_forget(chip);
		chip->reg &= ~SIM_SR_WEL;
	}
}

/**
 * sim_chip_init() - put a chip on a chip select
 * @chip: zeroed, with its chip select filled in
 * @model: the part
 * @seed: of its first contents; the same seed gives the same contents
 *
 * Context: May sleep. Nobody else may know the chip yet.
 * Return: 0 or -ENOMEM.
 */
int sim_chip_init(struct sim_chip *chip, const struct sim_model *model, u32 seed)
{
	chip->model = model;
	chip->seed = seed;
	chip->reg = model->reg_power_up;
	if (!(model->flags & SIM_DEAD)) {
		chip->mem = kvmalloc(model->size, GFP_KERNEL);
		if (!chip->mem)
			return -ENOMEM;
		if (!(model->flags & SIM_VOLATILE))
			sim_chip_forget(chip);
	}
	if (model->flags & SIM_WHOLE_WRITES) {
		chip->undo = kvmalloc(model->size, GFP_KERNEL);
		if (!chip->undo)
			return -ENOMEM;
	}
	sim_chip_power_up(chip);
	return 0;
}

/**
 * sim_chip_exit() - take a chip off again
 * @chip: the chip; one that sim_chip_init() failed for, or that it never saw, is fine too
 *
 * Context: May sleep. Nobody else may know the chip any more.
 */
void sim_chip_exit(struct sim_chip *chip)
{
	kvfree(chip->mem);
	kvfree(chip->undo);
	chip->mem = NULL;
	chip->undo = NULL;
}

/**
 * sim_chip_stats() - what happened since the last reset of the counters
 * @chip: the chip
 * @stats: filled in
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_stats(const struct sim_chip *chip, struct extram_sim_stats *stats)
{
	unsigned int kind;

	*stats = chip->stats;
	stats->violations = 0;
	for (kind = 0; kind < EXTRAM_SIM_VIOLATIONS; kind++)
		stats->violations += chip->violations[kind];
}

/**
 * sim_chip_reset_stats() - start all counters from zero
 * @chip: the chip; its contents and its state stay as they are
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_reset_stats(struct sim_chip *chip)
{
	memset(&chip->stats, 0, sizeof(chip->stats));
	memset(chip->violations, 0, sizeof(chip->violations));
	chip->last[0] = '\0';
}

/* One clock: @in comes in on @lines lines. Returns what goes out on them, as the lowest bits. */
static u8 sim_edge(struct sim_chip *chip, u8 in, unsigned int lines)
{
	u8 mask = BIT(lines) - 1, out;

	if (chip->phase == SIM_IN_WAIT) {
		if (!--chip->wait)
			chip->phase = SIM_IN_DATA;
		return chip->model->idle & mask;
	}
	if (chip->phase == SIM_DEAF)
		return chip->model->idle & mask;
	if (lines != sim_command_lines(chip)) {
		sim_command_strange(chip);
		return chip->model->idle & mask;
	}

	if (!chip->bits) {
		chip->shift_out = sim_command_out(chip);
		chip->shift_in = 0;
	}
	out = chip->shift_out >> (8 - lines) & mask;
	chip->shift_out <<= lines;
	chip->shift_in = chip->shift_in << lines | (in & mask);
	chip->bits += lines;
	if (chip->bits >= 8) {
		chip->bits = 0;
		sim_command_take(chip, chip->shift_in);
	}
	return out;
}

/* A word, first bit first. Bytes of a command that goes as it should are taken at once. */
static u8 sim_word(struct sim_chip *chip, u8 word, unsigned int bits, unsigned int lines)
{
	u8 out = 0;

	if (bits == 8 && !chip->bits && chip->phase != SIM_IN_WAIT &&
	    lines == sim_command_lines(chip)) {
		out = sim_command_out(chip);
		sim_command_take(chip, word);
		return out;
	}

	while (bits) {
		unsigned int n = min(bits, lines);

		bits -= n;
		out = out << n | sim_edge(chip, word >> bits, lines);
	}
	return out;
}

/* A wire that is too long for the clock: each byte arrives one bit late. */
static void sim_smear(u8 *rx, size_t len)
{
	while (len--)
		*rx++ >>= 1;
}

/**
 * sim_chip_clock() - clock words through a chip
 * @chip: the chip; when it is not selected, it ignores them
 * @tx: what goes to the chip, NULL for zeros
 * @rx: what came from it, NULL when nobody wants to know; may be @tx
 * @len: how many words, a byte of memory each
 * @bits: bits in a word, 1 to 8
 * @lines: on how many lines they travel, 1, 2 or 4; on more than one only @tx or @rx is there, or
 *	neither: clocks in which nobody drives the lines
 * @hz: the clock
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_clock(struct sim_chip *chip, const u8 *tx, u8 *rx, size_t len, unsigned int bits,
		    unsigned int lines, u32 hz)
{
	u64 clocks = (u64)len * DIV_ROUND_UP(bits, lines);
	u64 all = (u64)len * bits + chip->odd;
	u8 *in = rx;
	size_t left = len;

	if (!chip->selected) {
		if (rx)
			memset(rx, chip->model->idle, len);
		return;
	}

	chip->hz = hz;
	chip->max_hz = max(chip->max_hz, hz);
	chip->low_ps += mul_u64_u32_div(clocks * 1000, NSEC_PER_SEC, hz);
	chip->stats.clocks += clocks;
	chip->stats.bytes += all / 8;
	chip->odd = all % 8;

	if (chip->model->flags & SIM_DEAD) {
		if (rx)
			memset(rx, chip->model->idle, len);
		return;
	}

	while (left) {
		size_t n = bits == 8 ? sim_command_span(chip, left) : 0;

		if (n && lines == sim_command_lines(chip)) {
			sim_command_move(chip, tx, in, n);
		} else {
			u8 out = sim_word(chip, tx ? *tx : 0, bits, lines);

			if (in)
				*in = out;
			n = 1;
		}
		left -= n;
		if (tx)
			tx += n;
		if (in)
			in += n;
	}
	if (rx && chip->model->clean_hz && hz > chip->model->clean_hz &&
	    (!(chip->model->flags & SIM_SLOW_ARRAY) || (chip->op && chip->op->kind == SIM_READ)))
		sim_smear(rx, len);
}

/**
 * sim_chip_select() - CE# falls
 * @chip: the chip
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_select(struct sim_chip *chip)
{
	u64 now = ktime_get_ns();

	chip->raised = 0;
	chip->selected = true;
	chip->phase = SIM_IN_OPCODE;
	chip->op = NULL;
	chip->has_opcode = false;
	chip->was_armed = chip->armed;
	chip->armed = false;
	chip->waking = false;
	chip->strange = false;
	chip->drop = false;
	chip->aborted = false;
	chip->at_edge = false;
	chip->header = 0;
	chip->wait = 0;
	chip->addr = 0;
	chip->count = 0;
	chip->crossed = 0;
	chip->bits = 0;
	chip->odd = 0;
	chip->hz = 0;
	chip->max_hz = 0;
	chip->low_ps = 0;
	chip->stats.selects++;

	if (chip->model->flags & SIM_DEAD)
		return;
	if (chip->high_ns < chip->high_need_ns)
		sim_chip_violation(chip, EXTRAM_SIM_TCPH, "CE# was high for too short a time");
	chip->high_ns = SIM_HIGH_UNKNOWN;
	chip->high_need_ns = chip->model->tcph_ns;

	if (chip->sleep && chip->sleep->flags & SIM_BY_SELECT) {
		chip->awake_ns = now + chip->sleep->wake_us * (u64)NSEC_PER_USEC;
		chip->sleep = NULL;
		chip->waking = true;
		chip->reg &= ~SIM_SR_WEL;
	} else if (now < chip->awake_ns) {
		sim_chip_violation(chip, EXTRAM_SIM_ASLEEP, "the chip is not awake yet");
		chip->phase = SIM_DEAF;
	}
}

/**
 * sim_chip_wait() - time without a clock that a message asks for
 * @chip: the chip
 * @ns: how long
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_wait(struct sim_chip *chip, u32 ns)
{
	if (chip->selected)
		chip->low_ps += ns * 1000ULL;
}

/**
 * sim_chip_deselect() - CE# rises
 * @chip: the chip; nothing happens when it was not selected
 *
 * Context: Holds the lock of the controller.
 */
void sim_chip_deselect(struct sim_chip *chip)
{
	if (!chip->selected)
		return;

	chip->stats.max_low_ns = max_t(u64, chip->stats.max_low_ns,
				       DIV_ROUND_UP_ULL(chip->low_ps, 1000));
	if (!(chip->model->flags & SIM_DEAD)) {
		if (chip->model->tcem_ns && chip->low_ps > chip->model->tcem_ns * 1000ULL)
			sim_chip_violation(chip, EXTRAM_SIM_TCEM, "CE# was low for too long");
		sim_command_end(chip);
	}
	chip->selected = false;
}
