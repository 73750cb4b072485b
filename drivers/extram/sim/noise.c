// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disturbances that no controller notices: commands that do not arrive, and bits that arrive wrong.
 */
#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../compat.h"
#include "internal.h"

#define SIM_NOISY_BIT	BIT(4)

static enum extram_sim_noise sim_noise_now(struct sim_chip *chip)
{
	if (!chip->noise_left)
		return EXTRAM_SIM_QUIET;
	if (chip->noise_skip) {
		chip->noise_skip--;
		return EXTRAM_SIM_QUIET;
	}
	chip->noise_left--;
	return chip->noise;
}

/**
 * sim_noise_clock() - sim_chip_clock() with the disturbance that was asked for, if any
 * @chip: the chip
 * @tx: what goes to the chip, NULL for zeros
 * @rx: what came from it, NULL when nobody wants to know
 * @len: how many words
 * @bits: bits in a word
 * @lines: on how many lines they travel
 * @hz: the clock
 *
 * Context: Holds the lock of the controller. May sleep.
 */
void sim_noise_clock(struct sim_chip *chip, const u8 *tx, u8 *rx, size_t len, unsigned int bits,
		     unsigned int lines, u32 hz)
{
	enum extram_sim_noise noise = len ? sim_noise_now(chip) : EXTRAM_SIM_QUIET;
	u8 *wrong = NULL;

	if (noise == EXTRAM_SIM_DROP) {
		chip->phase = SIM_DEAF;
		chip->aborted = true;
	} else if (noise == EXTRAM_SIM_FLIP && !rx && tx) {
		wrong = kmemdup(tx, len, GFP_KERNEL);
		if (wrong)
			wrong[len / 2] ^= SIM_NOISY_BIT;
	}
	sim_chip_clock(chip, wrong ? wrong : tx, rx, len, bits, lines, hz);
	if (noise == EXTRAM_SIM_FLIP && rx)
		rx[len / 2] ^= SIM_NOISY_BIT;
	kfree(wrong);
}

/**
 * extram_sim_disturb() - disturb transfers that are still to come
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 * @nth: the first one to disturb, 1 for the next of this chip select
 * @count: how many, 0 to call it off
 * @noise: EXTRAM_SIM_DROP: the rest of the command does not arrive, and what is read is what an
 *	idle line carries; EXTRAM_SIM_FLIP: one bit in the middle is wrong
 *
 * The controller tells of success. What is missing in a command is not counted against the host.
 *
 * Context: May sleep.
 */
void extram_sim_disturb(struct extram_sim *sim, unsigned int cs, u32 nth, u32 count,
			enum extram_sim_noise noise)
{
	struct sim_chip *chip = &sim->chips[cs];

	mutex_lock(&sim->lock);
	chip->noise_skip = nth ? nth - 1 : 0;
	chip->noise_left = count;
	chip->noise = noise;
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_disturb);
