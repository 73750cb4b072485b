/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The overlay that extram_overlay_dtbo.S carries.
 */
#ifndef _EXTRAM_OVERLAY_DTBO_H
#define _EXTRAM_OVERLAY_DTBO_H

#include <linux/types.h>

extern const u8 extram_sim_dtbo[];
extern const u8 extram_sim_dtbo_end[];

#endif /* _EXTRAM_OVERLAY_DTBO_H */
