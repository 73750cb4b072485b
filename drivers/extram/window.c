// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: direct maps of spi-mem, for controllers that can show a chip as memory of their own.
 *
 * Such a controller sends the commands itself, and is not bound to what one operation can carry: a
 * job that would be many operations is one command, or few. When it sends them, how long the chip
 * stays selected and what is read ahead is not known. So there are windows only to chips that mind
 * none of that: no longest time for chip select, no pages, no WREN before what is written.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>

#include "compat.h"
#include "io.h"
#include "plan.h"
#include "window.h"

#define EXTRAM_WINDOW_LEAST	4096	/* bytes; a smaller one would save nothing */

/* Whether chip and controller allow a window for the command. */
static bool extram_window_serves(const struct extram_plan *plan, const struct extram_cmd *cmd)
{
	const struct spi_controller_mem_ops *ops = plan->spi->controller->mem_ops;
	const struct extram_chip *chip = plan->chip;

	if (chip->tcem_ns || chip->page || chip->flags & EXTRAM_CHIP_ADDR_MSB_IN_OPCODE)
		return false;
	if (!ops->dirmap_create)
		return false;
	if (cmd == &plan->read)
		return ops->dirmap_read;
	return ops->dirmap_write && !(chip->flags & EXTRAM_CHIP_WREN) && !chip->busy;
}

/* The largest window from the first byte of the chip on, NULL when there is none. */
static struct spi_mem_dirmap_desc *extram_window_create(struct extram_plan *plan,
							const struct extram_cmd *cmd)
{
	struct spi_mem_dirmap_info info = { .length = plan->chip->size };
	struct spi_mem_op *op = extram_window_op(&info);
	struct spi_mem_dirmap_desc *window;

	extram_plan_mem_op(plan, cmd, op);
	op->data.nbytes = 0;
	do {
		window = spi_mem_dirmap_create(&plan->mem, &info);
		if (IS_ERR(window))
			return NULL;
		if (!window->nodirmap)
			return window;
		/* The SPI core would make operations of it, as we do better. */
		spi_mem_dirmap_destroy(window);
		info.length /= 2;
	} while (info.length >= EXTRAM_WINDOW_LEAST);
	return NULL;
}

/**
 * extram_window_open() - open the windows that serve
 * @plan: the plan, measured; the chip listens on plan->lines
 *
 * Does nothing where they are open. That there is none is no error.
 *
 * Context: May sleep; nobody else may use the chip.
 */
void extram_window_open(struct extram_plan *plan)
{
	struct extram_cmd *cmds[] = { &plan->read, &plan->write };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!cmds[i]->window && extram_window_serves(plan, cmds[i]))
			cmds[i]->window = extram_window_create(plan, cmds[i]);
}

/**
 * extram_window_close() - undo extram_window_open()
 * @plan: the plan
 *
 * Context: May sleep; nobody may use the chip.
 */
void extram_window_close(struct extram_plan *plan)
{
	struct extram_cmd *cmds[] = { &plan->read, &plan->write };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		if (cmds[i]->window)
			spi_mem_dirmap_destroy(cmds[i]->window);
		cmds[i]->window = NULL;
	}
}

/**
 * extram_window_move() - move bytes of a job through a window
 * @cmd: the command of the job
 * @job: the job
 * @done: how many of its bytes have been moved
 *
 * What one operation can do is left to one.
 *
 * Context: May sleep; nobody else may use the chip.
 * Return: how many more have been moved; 0 when the next ones are to be moved by an operation; or
 * what the controller's driver answers.
 */
ssize_t extram_window_move(const struct extram_cmd *cmd, const struct extram_job *job, size_t done)
{
	struct spi_mem_dirmap_desc *window = cmd->window;
	u32 addr = job->addr + done;
	size_t len = job->len - done;
	ssize_t moved;

	if (!window || len <= cmd->burst || addr >= window->info.length)
		return 0;
	len = min_t(u64, len, window->info.length - addr);
	if (job->write)
		moved = spi_mem_dirmap_write(window, addr, len, job->data + done);
	else
		moved = spi_mem_dirmap_read(window, addr, len, job->data + done);
	if (moved == -EOPNOTSUPP || moved == -ENOTSUPP)
		return 0;
	return moved > (ssize_t)len ? -EIO : moved;
}
