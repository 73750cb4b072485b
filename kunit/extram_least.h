/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least clocks that a transfer takes, worked out from the row of a part and the limits of the
 * controller alone: the payload, and as few commands as these permit.
 */
#ifndef _EXTRAM_LEAST_H
#define _EXTRAM_LEAST_H

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "chips.h"

/* Two commands of a width differ in clock and dummies: the one that runs at this clock, or NULL. */
static inline const struct extram_op *least_op(const struct extram_op *op, u16 width, u32 hz)
{
	for (; op->opcode; op++)
		if (op->width == width && op->max_hz >= hz)
			return op;
	return NULL;
}

/* Clocks of a burst beside its data. */
static inline u64 least_overhead(const struct extram_chip *chip, const struct extram_op *op,
				 bool write)
{
	u64 clocks = 8 / EXTRAM_WIDTH_COMMAND(op->width) +
		     chip->addr_bytes * 8 / EXTRAM_WIDTH_ADDR(op->width) + op->dummy;

	if (write && chip->flags & EXTRAM_CHIP_WREN)
		clocks += 8 / EXTRAM_WIDTH_COMMAND(op->width);
	/* The end of a write must be asked for, once at least. */
	if (write && chip->busy)
		clocks += 16 / EXTRAM_WIDTH_COMMAND(op->width);
	return clocks;
}

/* The longest burst that part and controller permit at the clock @hz; @max_op is 0 for no limit. */
static inline u64 least_burst(const struct extram_chip *chip, u32 max_op,
			      const struct extram_op *op, bool write, u32 hz)
{
	u64 burst = chip->size;

	if (chip->page)
		burst = min_t(u64, burst, chip->page);
	if (max_op)
		burst = min_t(u64, burst, max_op);
	if (chip->tcem_ns) {
		u64 clocks = div_u64((u64)chip->tcem_ns * hz, 1000000000);
		u64 overhead = least_overhead(chip, op, write);

		/* Parts with such a limit have neither WREN nor a status. */
		burst = clocks < overhead ? 0 :
			min_t(u64, burst, (clocks - overhead) * EXTRAM_WIDTH_DATA(op->width) / 8);
	}
	return burst;
}

/*
 * Least clocks of @len bytes from @at on: bursts as long as may be, cut at the edges of pages.
 * U64_MAX where not one byte fits into a burst.
 */
static inline u64 least_clocks(const struct extram_chip *chip, u32 max_op,
			       const struct extram_op *op, bool write, u32 hz, u64 at, u64 len)
{
	u64 burst = least_burst(chip, max_op, op, write, hz), clocks = 0;
	u64 overhead = least_overhead(chip, op, write);
	bool edges = chip->page && hz > chip->page_cross_hz;

	if (!burst)
		return U64_MAX;
	while (len) {
		u64 n = min(len, burst);

		if (edges)
			n = min_t(u64, n, chip->page - (at & (chip->page - 1)));
		clocks += overhead + n * EXTRAM_WIDTH_CLOCKS(op->width);
		at += n;
		len -= n;
	}
	return clocks;
}

#endif /* _EXTRAM_LEAST_H */
