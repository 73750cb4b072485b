/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The supply of a chip, and the sleep of the system: whether the chip still holds what it held.
 */
#ifndef _EXTRAM_POWER_H
#define _EXTRAM_POWER_H

#include <linux/notifier.h>
#include <linux/pm.h>
#include <linux/types.h>

#define EXTRAM_MARKS		4
#define EXTRAM_MARK_LEN		32	/* bytes of one mark */

struct device;
struct extram;
struct extram_chip;
struct extram_spi;
struct regulator;
struct spi_device;

/**
 * struct extram_marks - what is written over a few places of a volatile chip while it sleeps
 * @mark: the bytes, random; from the heap like all of this, since the controller reads it by DMA
 * @saved: what the places held
 * @seen: what they hold after waking up
 */
struct extram_marks {
	u8 mark[EXTRAM_MARK_LEN] ____cacheline_aligned;
	u8 saved[EXTRAM_MARKS][EXTRAM_MARK_LEN] ____cacheline_aligned;
	u8 seen[EXTRAM_MARK_LEN] ____cacheline_aligned;
};

/**
 * struct extram_power - the supply of a chip
 * @supply: its regulator, NULL when the device tree names none
 * @notifier: hears of it being switched off
 * @marks: NULL for a chip that keeps its contents
 * @marked: the marks are on the chip
 * @cut: the supply may have been cut since the system fell asleep
 * @stays_on: the device tree says that it never is
 */
struct extram_power {
	struct regulator *supply;
	struct notifier_block notifier;
	struct extram_marks *marks;
	bool marked;
	bool cut;
	bool stays_on;
};

extern const struct dev_pm_ops extram_pm_ops;

int extram_power_get(struct device *dev, const struct extram_chip *chip,
		     struct extram_power *power);
int extram_power_get_marks(struct device *dev, const struct extram_chip *chip,
			   struct extram_power *power);
int extram_power_start(struct extram_spi *priv);
void extram_power_stop(struct extram_spi *priv);
void extram_power_fails(struct extram_spi *priv);
void extram_power_failed(struct extram_spi *priv);
void extram_power_shutdown(struct spi_device *spi);
int extram_power_set_up(struct extram *ram);
void extram_power_sleep(struct extram_spi *priv);
void extram_power_wake(struct extram_spi *priv, bool cut);

#endif /* _EXTRAM_POWER_H */
