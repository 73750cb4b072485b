/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: direct maps of spi-mem, for controllers that can show a chip as memory of their own.
 */
#ifndef _EXTRAM_WINDOW_H
#define _EXTRAM_WINDOW_H

#include <linux/types.h>

struct extram_cmd;
struct extram_job;
struct extram_plan;

void extram_window_open(struct extram_plan *plan);
void extram_window_close(struct extram_plan *plan);
ssize_t extram_window_move(const struct extram_cmd *cmd, const struct extram_job *job, size_t done);

#endif /* _EXTRAM_WINDOW_H */
