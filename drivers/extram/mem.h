/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs as operations of spi-mem, for controllers that know commands.
 */
#ifndef _EXTRAM_MEM_H
#define _EXTRAM_MEM_H

#include <linux/types.h>

struct extram_job;
struct extram_plan;

int extram_mem_run(struct extram_plan *plan, struct extram_job *job, u8 *scratch);

#endif /* _EXTRAM_MEM_H */
