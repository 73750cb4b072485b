/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * extram-sim from the inside: what KUnit suites use to build a controller with chips and to judge what went over its wires.
 */
#ifndef _EXTRAM_SIM_H
#define _EXTRAM_SIM_H

#include <linux/types.h>

struct device;
struct extram_sim;
struct spi_controller;
struct spi_device;

#define EXTRAM_SIM_MAX_CS	8

/**
 * struct extram_sim_config - a controller and what hangs on its chip selects
 * @models: name of the chip model on each chip select ("23lc1024"), NULL where nothing answers
 * @max_transfer: bytes in one spi_transfer, 0 for no limit
 * @max_message: bytes in one spi_message, 0 for no limit
 * @max_hz: fastest clock of the controller, 0 for no limit
 * @no_cs_change: the controller drives its own chip select and refuses cs_change inside a message (-EINVAL)
 * @half_duplex: SPI_CONTROLLER_HALF_DUPLEX
 * @hide_effective_speed: do not fill spi_transfer.effective_speed_hz
 * @clock_div2: the real clock is the nearest power-of-two division of @max_hz at or below what was asked
 */
struct extram_sim_config {
	const char *models[EXTRAM_SIM_MAX_CS];
	u32 max_transfer;
	u32 max_message;
	u32 max_hz;
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
	u64 max_low_ns;		/* longest CE# low at the nominal clock */
	u64 violations;		/* sum over all kinds */
};

struct extram_sim *extram_sim_create(const struct extram_sim_config *cfg);
void extram_sim_destroy(struct extram_sim *sim);
struct spi_controller *extram_sim_controller(struct extram_sim *sim);
struct spi_device *extram_sim_add_device(struct extram_sim *sim, unsigned int cs,
					 const char *modalias, u32 max_speed_hz);

void extram_sim_stats(struct extram_sim *sim, unsigned int cs, struct extram_sim_stats *stats);
void extram_sim_reset_stats(struct extram_sim *sim, unsigned int cs);
const char *extram_sim_last_violation(struct extram_sim *sim, unsigned int cs);
int extram_sim_peek(struct extram_sim *sim, unsigned int cs, u32 addr, void *buf, size_t len);
int extram_sim_poke(struct extram_sim *sim, unsigned int cs, u32 addr, const void *buf, size_t len);
void extram_sim_fail(struct extram_sim *sim, u32 nth, u32 count, int err);

#endif /* _EXTRAM_SIM_H */
