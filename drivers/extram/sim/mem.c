// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated controller that knows operations of spi-mem and nothing else: it drives chip select
 * and the lines of each phase by itself, and takes so many bytes of data at once. It may show a
 * chip in a direct map, too.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>

#include "../compat.h"
#include "internal.h"

#define SIM_MAP_AHEAD	32	/* bytes that a direct map reads ahead */

/* A phase of an operation: bytes on so many lines. */
static void sim_mem_phase(struct extram_sim *sim, struct sim_chip *chip, const u8 *tx, u8 *rx,
			  size_t len, unsigned int lines, u32 hz)
{
	if (!len)
		return;
	sim_noise_clock(chip, tx, rx, len, 8, lines, hz);
	sim_time_pass(sim, len * 8 / lines, hz, 0);
}

static void sim_mem_clock(struct extram_sim *sim, struct sim_chip *chip,
			  const struct spi_mem_op *op, u32 hz)
{
	u8 opcode = op->cmd.opcode, addr[sizeof(op->addr.val)];
	u64 left = op->addr.val;
	unsigned int i;

	for (i = op->addr.nbytes; i; i--, left >>= 8)
		addr[i - 1] = left;
	sim_mem_phase(sim, chip, &opcode, NULL, 1, op->cmd.buswidth, hz);
	sim_mem_phase(sim, chip, addr, NULL, op->addr.nbytes, op->addr.buswidth, hz);
	sim_mem_phase(sim, chip, NULL, NULL, op->dummy.nbytes, op->dummy.buswidth, hz);
	if (op->data.dir == SPI_MEM_DATA_IN)
		sim_mem_phase(sim, chip, NULL, op->data.buf.in, op->data.nbytes,
			      op->data.buswidth, hz);
	else if (op->data.dir == SPI_MEM_DATA_OUT)
		sim_mem_phase(sim, chip, op->data.buf.out, NULL, op->data.nbytes,
			      op->data.buswidth, hz);
}

/* One command, and @ahead bytes more that nobody asked for; the lock is held. */
static int sim_mem_select(struct spi_mem *mem, const struct spi_mem_op *op, u32 ahead)
{
	struct extram_sim *sim = sim_of(mem->spi->controller);
	struct sim_chip *chip = sim_chip_of(mem->spi);
	u32 hz = sim_real_hz(sim, extram_mem_op_hz_of(op, mem->spi));
	int err = 0;

	sim_time_begin(sim);
	sim_select(mem->spi);
	if (sim_fails(sim, chip)) {
		err = sim->fail_err;
	} else {
		sim_mem_clock(sim, chip, op, hz);
		sim_mem_phase(sim, chip, NULL, NULL, ahead, op->data.buswidth, hz);
	}
	sim_deselect(mem->spi);
	return err;
}

static int sim_mem_exec(struct spi_mem *mem, const struct spi_mem_op *op)
{
	struct extram_sim *sim = sim_of(mem->spi->controller);
	u32 max_op = READ_ONCE(sim->cfg.max_op);
	int err;

	mutex_lock(&sim->lock);
	if (max_op && op->data.nbytes > max_op) {
		sim_chip_violation(sim_chip_of(mem->spi), EXTRAM_SIM_LIMIT,
				   "an operation that is too long for the controller");
		mutex_unlock(&sim->lock);
		return -EINVAL;
	}
	err = sim_mem_select(mem, op, 0);
	mutex_unlock(&sim->lock);
	sim_time_wait(sim);
	return err;
}

static int sim_mem_adjust(struct spi_mem *mem, struct spi_mem_op *op)
{
	u32 max_op = READ_ONCE(sim_of(mem->spi->controller)->cfg.max_op);

	if (max_op)
		op->data.nbytes = min(op->data.nbytes, max_op);
	return 0;
}

static int sim_map_create(struct spi_mem_dirmap_desc *desc)
{
	struct extram_sim *sim = sim_of(desc->mem->spi->controller);

	if (desc->info.offset + desc->info.length > sim->cfg.window)
		return -EINVAL;
	atomic_inc(&sim->maps);
	return 0;
}

static void sim_map_destroy(struct spi_mem_dirmap_desc *desc)
{
	atomic_dec(&sim_of(desc->mem->spi->controller)->maps);
}

/* A command of the map; answers how many bytes were moved. */
static ssize_t sim_map_move(struct spi_mem_dirmap_desc *desc, struct spi_mem_op *op, u64 offs,
			    size_t len, u32 ahead)
{
	struct extram_sim *sim = sim_of(desc->mem->spi->controller);
	struct sim_chip *chip = sim_chip_of(desc->mem->spi);
	u32 cut = READ_ONCE(sim->cfg.window_cut);
	int err;

	op->addr.val = desc->info.offset + offs;
	op->data.nbytes = cut ? min_t(size_t, len, cut) : len;
	mutex_lock(&sim->lock);
	if (offs + len > desc->info.length) {
		sim_chip_violation(chip, EXTRAM_SIM_LIMIT, "bytes outside of the direct map");
		mutex_unlock(&sim->lock);
		return -EINVAL;
	}
	err = sim_mem_select(desc->mem, op, ahead);
	if (!err)
		chip->stats.windowed += op->data.nbytes;
	mutex_unlock(&sim->lock);
	sim_time_wait(sim);
	if (err)
		return err;
	return op->data.nbytes;
}

static ssize_t sim_map_read(struct spi_mem_dirmap_desc *desc, u64 offs, size_t len, void *buf)
{
	struct spi_mem_op op = *extram_window_op(&desc->info);

	op.data.buf.in = buf;
	return sim_map_move(desc, &op, offs, len, SIM_MAP_AHEAD);
}

static ssize_t sim_map_write(struct spi_mem_dirmap_desc *desc, u64 offs, size_t len,
			     const void *buf)
{
	struct spi_mem_op op = *extram_window_op(&desc->info);

	op.data.buf.out = buf;
	return sim_map_move(desc, &op, offs, len, 0);
}

const struct spi_controller_mem_caps sim_mem_caps = EXTRAM_MEM_CAPS;

const struct spi_controller_mem_ops sim_mem_ops = {
	.exec_op = sim_mem_exec,
	.adjust_op_size = sim_mem_adjust,
};

/* Those of a controller that has direct maps. */
const struct spi_controller_mem_ops sim_map_ops = {
	.exec_op = sim_mem_exec,
	.adjust_op_size = sim_mem_adjust,
	.dirmap_create = sim_map_create,
	.dirmap_destroy = sim_map_destroy,
	.dirmap_read = sim_map_read,
	.dirmap_write = sim_map_write,
};
