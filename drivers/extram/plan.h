/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of a wire: which commands, on how many lines, at which clock, and how much of what may
 * go at once.
 */
#ifndef _EXTRAM_PLAN_H
#define _EXTRAM_PLAN_H

#include <linux/kconfig.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>
#include <linux/types.h>

#include "chips.h"

/* Behind the scratch is room for the bytes of short messages: a cache line of the longest kind. */
#define EXTRAM_PLAN_SHORT	128

#define EXTRAM_MAX_HEADER	16	/* bytes before the data; no known command needs more */

/*
 * Without spi-mem in the kernel the compiler leaves out all that needs it. Where chip select is a
 * GPIO, spi-mem would make messages of its operations, as we do better.
 */
static inline bool extram_has_mem_ops(const struct spi_device *spi)
{
	const struct spi_controller_mem_ops *ops = spi->controller->mem_ops;

	return IS_ENABLED(CONFIG_SPI_MEM) && ops && ops->exec_op && !spi_get_csgpiod(spi, 0);
}

/**
 * struct extram_cmd - a command as this wire uses it
 * @op: the row's facts about it
 * @header: bytes before the data: opcode, address, dummies
 * @overhead: their clocks
 * @hz: clock to ask for
 * @burst: most data bytes under one chip select
 * @page: no burst may run over a multiple of this, 0 when it may
 * @window: direct map of the controller, which needs no bursts; NULL where there is none
 */
struct extram_cmd {
	const struct extram_op *op;
	u8 header;
	u32 overhead;
	u32 hz;
	u32 burst;
	u32 page;
	struct spi_mem_dirmap_desc *window;
};

/**
 * struct extram_plan - how a chip is reached; constant once the wire has started
 * @spi: the chip on its bus
 * @chip: its row of facts
 * @mem: the same chip to spi-mem
 * @use_mem: through spi-mem, each burst an operation; else through messages
 * @lines: lines on which opcodes travel
 * @read: the read command
 * @write: the write command
 * @max_transfer: most bytes of one spi_transfer
 * @max_message: most bytes of one spi_message
 * @max_xfers: most transfers of one
 * @max_scratch: most bytes of headers and joined bursts of one
 * @cs_change: several chip selects may be in one message
 * @duplex: the controller reads while it writes
 * @op_hz: operations of spi-mem have their own clocks; else spi->max_speed_hz is that of all
 * @hurried: spi->rt was set for it
 */
struct extram_plan {
	struct spi_device *spi;
	const struct extram_chip *chip;
	struct spi_mem mem;
	bool use_mem;
	u8 lines;
	struct extram_cmd read;
	struct extram_cmd write;
	size_t max_transfer;
	size_t max_message;
	unsigned int max_xfers;
	size_t max_scratch;
	bool cs_change;
	bool duplex;
	bool op_hz;
	bool hurried;
};

/* Whether the controller reads while it writes, on one line. */
static inline bool extram_is_duplex(const struct spi_device *spi)
{
	return !(spi->controller->flags & SPI_CONTROLLER_HALF_DUPLEX) && !(spi->mode & SPI_3WIRE);
}

/* As use_mem, but known to be false where the kernel has no spi-mem. */
static inline bool extram_plan_uses_mem(const struct extram_plan *plan)
{
	return IS_ENABLED(CONFIG_SPI_MEM) && plan->use_mem;
}

/* Clocks of a burst of so many data bytes. */
static inline u64 extram_cmd_clocks(const struct extram_cmd *cmd, u32 len)
{
	return cmd->overhead + (u64)len * EXTRAM_WIDTH_CLOCKS(cmd->op->width);
}

/* Nanoseconds of a burst of so many data bytes. */
static inline u64 extram_cmd_ns(const struct extram_cmd *cmd, u32 len)
{
	return div_u64(extram_cmd_clocks(cmd, len) * NSEC_PER_SEC, cmd->hz);
}

/* How much of a range the next burst takes. */
static inline u32 extram_cmd_next(const struct extram_cmd *cmd, u32 addr, size_t len)
{
	u32 n = min_t(size_t, len, cmd->burst);

	return cmd->page ? min(n, cmd->page - (addr & (cmd->page - 1))) : n;
}

/* Most data bytes under one chip select, by whatever way. */
static inline u32 extram_cmd_longest(const struct extram_cmd *cmd)
{
	return cmd->window ? max_t(u64, cmd->burst, cmd->window->info.length) : cmd->burst;
}

/* On parts of 4 Kbit the top address bit is in the opcode. */
static inline u8 extram_plan_opcode(const struct extram_plan *plan, const struct extram_cmd *cmd,
				    u32 addr)
{
	if (!(plan->chip->flags & EXTRAM_CHIP_ADDR_MSB_IN_OPCODE))
		return cmd->op->opcode;
	return cmd->op->opcode | (addr >> 8 * plan->chip->addr_bytes & 1) << 3;
}

bool extram_plan_joins(const struct extram_plan *plan, const struct extram_cmd *cmd, size_t len);
unsigned int extram_plan_header(const struct extram_plan *plan, const struct extram_cmd *cmd,
				u32 addr, u8 *header);
void extram_plan_mem_op(const struct extram_plan *plan, const struct extram_cmd *cmd,
			struct spi_mem_op *op);

int extram_plan_make(struct extram_plan *plan, struct spi_device *spi,
		     const struct extram_chip *chip);
void extram_plan_end(struct extram_plan *plan);
int extram_plan_measure(struct extram_plan *plan, void *scratch);

#endif /* _EXTRAM_PLAN_H */
