// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs as operations of spi-mem, for controllers that know commands: one operation for each burst,
 * or many of them at once where there is a window.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "compat.h"
#include "io.h"
#include "mem.h"
#include "plan.h"
#include "window.h"

/* A command without address, and without data or with one byte of answer. */
static int extram_mem_short(struct extram_plan *plan, u8 opcode, u8 *answer)
{
	struct spi_mem_op op = SPI_MEM_OP(SPI_MEM_OP_CMD(opcode, plan->lines), SPI_MEM_OP_NO_ADDR,
					  SPI_MEM_OP_NO_DUMMY, SPI_MEM_OP_NO_DATA);

	if (answer) {
		op.data.dir = SPI_MEM_DATA_IN;
		op.data.nbytes = 1;
		op.data.buswidth = plan->lines;
		op.data.buf.in = answer;
	}
	if (plan->op_hz)
		extram_mem_op_hz(&op, min(plan->write.hz, extram_chip_hz(plan->chip)));
	return spi_mem_exec_op(&plan->mem, &op);
}

static int extram_mem_wait(struct extram_plan *plan, u8 *scratch)
{
	unsigned long deadline = jiffies + usecs_to_jiffies(plan->chip->busy_us) + 1;
	bool late;
	int err;

	do {
		late = time_after(jiffies, deadline);
		err = extram_mem_short(plan, EXTRAM_OP_RDSR, scratch);
		if (err || !(*scratch & plan->chip->busy))
			return err;
		cond_resched();
	} while (!late);
	return -EIO;
}

/**
 * extram_mem_run() - carry a job out
 * @plan: how the chip is reached
 * @job: the job
 * @scratch: a byte that the controller may reach by DMA
 *
 * Context: May sleep; nobody else may use the chip.
 * Return: 0, -EIO when a write does not end, or what the controller's driver answers.
 */
int extram_mem_run(struct extram_plan *plan, struct extram_job *job, u8 *scratch)
{
	const struct extram_cmd *cmd = job->write ? &plan->write : &plan->read;
	struct spi_mem_op op;
	size_t done = 0;
	int err;

	extram_plan_mem_op(plan, cmd, &op);
	while (done < job->len) {
		ssize_t moved = extram_window_move(cmd, job, done);
		u32 addr = job->addr + done;

		if (moved < 0)
			return moved;
		if (moved) {
			done += moved;
			continue;
		}
		op.cmd.opcode = extram_plan_opcode(plan, cmd, addr);
		op.addr.val = addr;
		op.data.nbytes = extram_cmd_next(cmd, addr, job->len - done);
		if (job->write)
			op.data.buf.out = job->data + done;
		else
			op.data.buf.in = job->data + done;

		err = spi_mem_adjust_op_size(&plan->mem, &op);
		if (!err && job->write && plan->chip->flags & EXTRAM_CHIP_WREN)
			err = extram_mem_short(plan, EXTRAM_OP_WREN, NULL);
		if (!err)
			err = spi_mem_exec_op(&plan->mem, &op);
		if (!err && job->write && plan->chip->busy)
			err = extram_mem_wait(plan, scratch);
		if (err)
			return err;
		done += op.data.nbytes;
	}
	return 0;
}
