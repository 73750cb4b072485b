/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * extram-sim from the inside: what KUnit suites use to build a controller with chips and to judge
 * what went over its wires.
 */
#ifndef _EXTRAM_SIM_H
#define _EXTRAM_SIM_H

#include <linux/types.h>

struct device;
struct extram_sim;
struct spi_controller;
struct spi_device;

#define EXTRAM_SIM_MAX_CS	8
#define EXTRAM_SIM_FOR_EVER	U32_MAX

/*
 * What the chips and the controller complain about. Of one kind, at most one is counted for each
 * time that chip select is asserted.
 */
enum extram_sim_violation {
	EXTRAM_SIM_OPCODE,	/* the part does not know it */
	EXTRAM_SIM_TRUNCATED,	/* chip select rose inside opcode, address or a byte of data */
	EXTRAM_SIM_EXTRA,	/* bytes behind a command that takes none */
	EXTRAM_SIM_CLOCK,	/* faster than the command allows */
	EXTRAM_SIM_MODE,	/* neither SPI mode 0 nor 3 */
	EXTRAM_SIM_BYTE_MODE,	/* a burst while the part is in byte mode */
	EXTRAM_SIM_WREN,	/* a write while the write enable latch is off */
	EXTRAM_SIM_PROTECTED,	/* a write to the protected area */
	EXTRAM_SIM_REGISTER,	/* a value that the register cannot hold */
	EXTRAM_SIM_TCEM,	/* chip select low for too long */
	EXTRAM_SIM_TCPH,	/* chip select high too shortly, as far as the message says */
	EXTRAM_SIM_PAGE,	/* a page edge where none may be crossed */
	EXTRAM_SIM_RESET,	/* broken reset sequence, or used before the reset */
	EXTRAM_SIM_ASLEEP,	/* not awake, or not yet */
	EXTRAM_SIM_WIDTH,	/* on another number of lines than the part expects */
	EXTRAM_SIM_BUSY,	/* a command while the part can only say that it is busy */
	EXTRAM_SIM_LIMIT,	/* the controller cannot do what the message asks for */
	EXTRAM_SIM_VIOLATIONS	/* number of kinds */
};

/* What can happen on the wires, with no controller any the wiser. */
enum extram_sim_noise {
	EXTRAM_SIM_QUIET,
	EXTRAM_SIM_DROP,	/* the rest of the command does not arrive */
	EXTRAM_SIM_FLIP,	/* a bit arrives wrong */
};

/**
 * struct extram_sim_config - a controller and what hangs on its chip selects
 * @models: name of the chip model on each chip select ("23lc1024"), NULL where nothing answers;
 *	not used after the call
 * @max_transfer: bytes in one spi_transfer, 0 for no limit; a longer one fails with -EMSGSIZE
 * @max_message: bytes in one spi_message, 0 for no limit; a longer one fails with -EMSGSIZE
 * @max_hz: fastest clock of the controller, 0 for no limit
 * @lines: data lines, 1, 2 or 4; 0 is 1
 * @max_op: most data bytes of one operation of spi-mem, 0 for no limit
 * @window: bytes from the first one on that a controller of spi-mem shows in a direct map, 0 where
 *	it has none. It reads ahead of what it is asked for.
 * @window_cut: most bytes that it moves at once through that, 0 for no limit
 * @dma_min: transfers of so many bytes or more go by DMA, 0 for none: their buffers must be such
 *	that they can
 * @gap_ns: rest between two transfers under one chip select
 * @mem_ops: the controller knows the operations of spi-mem, and nothing else
 * @real_time: each clock takes its time
 * @no_cs_change: the controller drives chip select itself and refuses cs_change with -EINVAL
 * @half_duplex: SPI_CONTROLLER_HALF_DUPLEX
 * @hide_effective_speed: do not fill spi_transfer.effective_speed_hz
 * @clock_div2: the real clock is @max_hz divided by a power of two, at most what was asked for
 */
struct extram_sim_config {
	const char *models[EXTRAM_SIM_MAX_CS];
	u32 max_transfer;
	u32 max_message;
	u32 max_hz;
	u32 lines;
	u32 max_op;
	u32 window;
	u32 window_cut;
	u32 dma_min;
	u32 gap_ns;
	bool mem_ops;
	bool real_time;
	bool no_cs_change;
	bool half_duplex;
	bool hide_effective_speed;
	bool clock_div2;
};

/* What happened on one chip select since the last reset. */
struct extram_sim_stats {
	u64 selects;		/* CE# assertions */
	u64 clocks;
	u64 bytes;
	u64 payload;		/* data bytes of reads and writes */
	u64 windowed;		/* data bytes that were asked for through a direct map */
	u64 max_low_ns;		/* longest CE# low at the nominal clock */
	u64 violations;		/* sum over all kinds */
};

/**
 * struct extram_sim_time - how busy the wires were, where each clock takes its time
 * @busy_ns: time in which there were clocks
 * @span_ns: from the first of them to the last
 */
struct extram_sim_time {
	u64 busy_ns;
	u64 span_ns;
};

struct extram_sim *extram_sim_create(const struct extram_sim_config *cfg);
void extram_sim_destroy(struct extram_sim *sim);
struct spi_controller *extram_sim_controller(struct extram_sim *sim);
struct spi_device *extram_sim_add_device(struct extram_sim *sim, unsigned int cs,
					 const char *modalias, u32 max_speed_hz);
struct spi_device *extram_sim_add_wide_device(struct extram_sim *sim, unsigned int cs,
					      const char *modalias, u32 max_speed_hz,
					      unsigned int lines);

void extram_sim_stats(struct extram_sim *sim, unsigned int cs, struct extram_sim_stats *stats);
u64 extram_sim_violations(struct extram_sim *sim, unsigned int cs, enum extram_sim_violation kind);
void extram_sim_reset_stats(struct extram_sim *sim, unsigned int cs);
const char *extram_sim_last_violation(struct extram_sim *sim, unsigned int cs);
int extram_sim_peek(struct extram_sim *sim, unsigned int cs, u32 addr, void *buf, size_t len);
int extram_sim_poke(struct extram_sim *sim, unsigned int cs, u32 addr, const void *buf, size_t len);
void extram_sim_power_cycle(struct extram_sim *sim, unsigned int cs);
void extram_sim_cut_in_suspend(struct extram_sim *sim, unsigned int cs);
void extram_sim_slow_writes(struct extram_sim *sim, unsigned int cs, u32 us);
void extram_sim_disturb(struct extram_sim *sim, unsigned int cs, u32 nth, u32 count,
			enum extram_sim_noise noise);
void extram_sim_time(struct extram_sim *sim, struct extram_sim_time *time);
void extram_sim_reset_time(struct extram_sim *sim);
void extram_sim_fail(struct extram_sim *sim, u32 nth, u32 count, int err);

#endif /* _EXTRAM_SIM_H */
