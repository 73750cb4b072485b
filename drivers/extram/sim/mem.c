// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated controller that knows operations of spi-mem and nothing else: it drives chip select
 * and the lines of each phase by itself, and takes so many bytes of data at once.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>

#include "../compat.h"
#include "internal.h"

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

static int sim_mem_exec(struct spi_mem *mem, const struct spi_mem_op *op)
{
	struct extram_sim *sim = sim_of(mem->spi->controller);
	struct sim_chip *chip = sim_chip_of(mem->spi);
	u32 max_op = READ_ONCE(sim->cfg.max_op);
	u32 hz = sim_real_hz(sim, extram_mem_op_hz_of(op, mem->spi));
	int err = 0;

	mutex_lock(&sim->lock);
	if (max_op && op->data.nbytes > max_op) {
		sim_chip_violation(chip, EXTRAM_SIM_LIMIT,
				   "an operation that is too long for the controller");
		mutex_unlock(&sim->lock);
		return -EINVAL;
	}
	sim_time_begin(sim);
	sim_select(mem->spi);
	if (sim_fails(sim, chip))
		err = sim->fail_err;
	else
		sim_mem_clock(sim, chip, op, hz);
	sim_deselect(mem->spi);
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

const struct spi_controller_mem_caps sim_mem_caps = EXTRAM_MEM_CAPS;

const struct spi_controller_mem_ops sim_mem_ops = {
	.exec_op = sim_mem_exec,
	.adjust_op_size = sim_mem_adjust,
};
