// SPDX-License-Identifier: GPL-2.0-only
/*
 * How tests look at a simulated controller: devices on it, counters, contents, failures to come.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "../compat.h"
#include "internal.h"

/**
 * extram_sim_controller() - the controller as the SPI core knows it
 * @sim: the controller
 *
 * Context: Any.
 * Return: the spi_controller; valid until extram_sim_destroy().
 */
struct spi_controller *extram_sim_controller(struct extram_sim *sim)
{
	return sim->ctlr;
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_controller);

/**
 * extram_sim_add_wide_device() - put an SPI device on a chip select, with so many data lines
 * @sim: the controller
 * @cs: the chip select
 * @modalias: finds the driver
 * @max_speed_hz: its clock
 * @lines: lines that are wired: 1, 2 or 4; those that the controller does not have are left out
 *
 * Context: May sleep. The driver may probe from inside this call.
 * Return: the device, which extram_sim_destroy() removes, or ERR_PTR: -EINVAL for a chip select
 * that does not exist, -ENODEV when the SPI core refuses it.
 */
struct spi_device *extram_sim_add_wide_device(struct extram_sim *sim, unsigned int cs,
					      const char *modalias, u32 max_speed_hz,
					      unsigned int lines)
{
	struct spi_board_info info = {
		.max_speed_hz = max_speed_hz,
		.chip_select = cs,
		.mode = SPI_MODE_0,
	};
	struct spi_device *spi;

	if (cs >= EXTRAM_SIM_MAX_CS || strscpy(info.modalias, modalias, sizeof(info.modalias)) < 0)
		return ERR_PTR(-EINVAL);
	if (lines == 2)
		info.mode |= SPI_TX_DUAL | SPI_RX_DUAL;
	if (lines == 4)
		info.mode |= SPI_TX_QUAD | SPI_RX_QUAD;
	spi = spi_new_device(sim->ctlr, &info);
	return spi ? spi : ERR_PTR(-ENODEV);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_add_wide_device);

/**
 * extram_sim_add_device() - put an SPI device on a chip select, with one data line each way
 * @sim: the controller
 * @cs: the chip select
 * @modalias: finds the driver
 * @max_speed_hz: its clock
 *
 * Context: May sleep. The driver may probe from inside this call.
 * Return: as extram_sim_add_wide_device().
 */
struct spi_device *extram_sim_add_device(struct extram_sim *sim, unsigned int cs,
					 const char *modalias, u32 max_speed_hz)
{
	return extram_sim_add_wide_device(sim, cs, modalias, max_speed_hz, 1);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_add_device);

/**
 * extram_sim_stats() - what happened on a chip select since the last reset of its counters
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 * @stats: filled in
 *
 * Context: May sleep.
 */
void extram_sim_stats(struct extram_sim *sim, unsigned int cs, struct extram_sim_stats *stats)
{
	mutex_lock(&sim->lock);
	sim_chip_stats(&sim->chips[cs], stats);
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_stats);

/**
 * extram_sim_violations() - how many violations of one kind there were
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 * @kind: the kind
 *
 * Context: May sleep.
 * Return: their number since the last reset of the counters.
 */
u64 extram_sim_violations(struct extram_sim *sim, unsigned int cs, enum extram_sim_violation kind)
{
	u64 n;

	mutex_lock(&sim->lock);
	n = sim->chips[cs].violations[kind];
	mutex_unlock(&sim->lock);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_violations);

/**
 * extram_sim_reset_stats() - start all counters of a chip select from zero
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 *
 * Context: May sleep.
 */
void extram_sim_reset_stats(struct extram_sim *sim, unsigned int cs)
{
	mutex_lock(&sim->lock);
	sim_chip_reset_stats(&sim->chips[cs]);
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_reset_stats);

/**
 * extram_sim_last_violation() - the last violation in words
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 *
 * Context: May sleep.
 * Return: the text as it is now, empty when there was none since the last reset of the counters.
 * The next call for this chip select overwrites it, no violation does.
 */
const char *extram_sim_last_violation(struct extram_sim *sim, unsigned int cs)
{
	struct sim_chip *chip = &sim->chips[cs];

	mutex_lock(&sim->lock);
	memcpy(chip->told, chip->last, sizeof(chip->told));
	mutex_unlock(&sim->lock);
	return chip->told;
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_last_violation);

static int sim_poke_check(const struct sim_chip *chip, u32 addr, size_t len)
{
	if (!chip->mem)
		return -ENODEV;
	if (len > chip->model->size || addr > chip->model->size - len)
		return -EINVAL;
	return 0;
}

/**
 * extram_sim_peek() - look into a chip, past its pins
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 * @addr: address in the chip
 * @buf: where the bytes go
 * @len: how many
 *
 * Context: May sleep.
 * Return: 0, -ENODEV when there is no memory, -EINVAL when the range is not in it.
 */
int extram_sim_peek(struct extram_sim *sim, unsigned int cs, u32 addr, void *buf, size_t len)
{
	struct sim_chip *chip = &sim->chips[cs];
	int err = sim_poke_check(chip, addr, len);

	if (err)
		return err;
	mutex_lock(&sim->lock);
	memcpy(buf, chip->mem + addr, len);
	mutex_unlock(&sim->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_peek);

/**
 * extram_sim_poke() - change what a chip holds, past its pins
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 * @addr: address in the chip
 * @buf: the bytes
 * @len: how many
 *
 * Context: May sleep.
 * Return: 0, -ENODEV when there is no memory, -EINVAL when the range is not in it.
 */
int extram_sim_poke(struct extram_sim *sim, unsigned int cs, u32 addr, const void *buf, size_t len)
{
	struct sim_chip *chip = &sim->chips[cs];
	int err = sim_poke_check(chip, addr, len);

	if (err)
		return err;
	mutex_lock(&sim->lock);
	memcpy(chip->mem + addr, buf, len);
	mutex_unlock(&sim->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_poke);

/**
 * extram_sim_power_cycle() - take the power from a chip, and give it back
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 *
 * Volatile parts then hold other contents than before.
 *
 * Context: May sleep.
 */
void extram_sim_power_cycle(struct extram_sim *sim, unsigned int cs)
{
	mutex_lock(&sim->lock);
	sim_chip_power_up(&sim->chips[cs]);
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_power_cycle);

/**
 * extram_sim_cut_in_suspend() - take the power from a chip when the system sleeps next
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS
 *
 * Once, after its driver has been suspended.
 *
 * Context: May sleep.
 */
void extram_sim_cut_in_suspend(struct extram_sim *sim, unsigned int cs)
{
	mutex_lock(&sim->lock);
	sim->chips[cs].cut = true;
	mutex_unlock(&sim->lock);
}

/**
 * extram_sim_slow_writes() - let writes keep a chip busy
 * @sim: the controller
 * @cs: the chip select, less than EXTRAM_SIM_MAX_CS; an EERAM is on it
 * @us: how long each write does from now on, EXTRAM_SIM_FOR_EVER until power goes, 0 not at all
 *
 * Its status register then has the busy bit and the write enable latch set, and the chip takes no
 * other command than that which reads it. A write that is under way ends now.
 *
 * Context: May sleep.
 */
void extram_sim_slow_writes(struct extram_sim *sim, unsigned int cs, u32 us)
{
	mutex_lock(&sim->lock);
	sim->chips[cs].write_us = us;
	sim->chips[cs].busy_ns = 0;
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_slow_writes);

/**
 * extram_sim_fail() - let transfers fail that are still to come
 * @sim: the controller
 * @nth: the first one to fail, 1 for the next; counts over all chip selects
 * @count: how many fail, 0 to call it off
 * @err: the error, negative; 0 for a controller with a message at a time that leaves the rest of
 *	one out and calls it done, but for how much it counts
 *
 * A transfer that fails does not reach the chip. What is missing in a command because of it is
 * not counted against the host.
 *
 * Context: May sleep.
 */
void extram_sim_fail(struct extram_sim *sim, u32 nth, u32 count, int err)
{
	mutex_lock(&sim->lock);
	sim->fail_skip = nth ? nth - 1 : 0;
	sim->fail_left = count;
	sim->fail_err = err;
	mutex_unlock(&sim->lock);
}
EXPORT_SYMBOL_IF_KUNIT(extram_sim_fail);
