/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from a memory to its chip: through the gate, with counters, and one error for users.
 */
#ifndef _EXTRAM_WIRE_H
#define _EXTRAM_WIRE_H

#include <linux/atomic.h>
#include <linux/types.h>

struct extram;
struct extram_job;

enum extram_wire_op {
	EXTRAM_WIRE_READ,
	EXTRAM_WIRE_WRITE,
	EXTRAM_WIRE_ZERO,
};

/**
 * struct extram_wire_stats - what went through since the chip appeared, and for whom
 * @transfers: jobs that worked
 * @bytes: their bytes, those of zero-fill among them
 * @errors: jobs that failed for good
 * @retries: tries after the first
 * @users: clients
 */
struct extram_wire_stats {
	atomic64_t transfers;
	atomic64_t bytes;
	atomic64_t errors;
	atomic64_t retries;
	atomic_t users;
};

void extram_wire_add_user(struct extram *ram);
void extram_wire_drop_user(struct extram *ram);
int extram_wire_run(struct extram *ram, u32 epoch, struct extram_job *job);
int extram_wire_submit(struct extram *ram, u32 epoch, struct extram_job *job);
int extram_wire_wait(struct extram *ram, struct extram_job *job);
bool extram_wire_is_cut(const struct extram *ram, const struct extram_job *job);

#endif /* _EXTRAM_WIRE_H */
