/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the device tree says about a part.
 */
#ifndef _EXTRAM_PROPERTIES_H
#define _EXTRAM_PROPERTIES_H

struct device;
struct extram_chip;

extern const struct extram_chip extram_chip_generic;

int extram_chip_read_properties(struct device *dev, struct extram_chip *chip);

#endif /* _EXTRAM_PROPERTIES_H */
