/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What probe finds out by writing to a part and reading back, where that is allowed.
 */
#ifndef _EXTRAM_CHECK_H
#define _EXTRAM_CHECK_H

#include <linux/types.h>

struct extram_chip;
struct spi_device;

u32 extram_check_slowest(const struct extram_chip *chip);
u32 extram_check_slow_hz(const struct spi_device *spi, const struct extram_chip *chip);
int extram_check_address(struct spi_device *spi, const struct extram_chip *chip);
int extram_check_link(struct spi_device *spi, const struct extram_chip *chip);
void extram_check_clock(struct spi_device *spi, const struct extram_chip *chip);

#endif /* _EXTRAM_CHECK_H */
