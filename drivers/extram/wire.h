/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from a memory to its chip: through the gate, with retries, counters, and one error for
 * users.
 */
#ifndef _EXTRAM_WIRE_H
#define _EXTRAM_WIRE_H

#include <linux/atomic.h>
#include <linux/types.h>

struct extram;

enum extram_wire_op {
	EXTRAM_WIRE_READ,
	EXTRAM_WIRE_WRITE,
	EXTRAM_WIRE_ZERO,
};

/*
 * A chunk is tried this often before its error reaches the user, where the controller's driver
 * calls the error transient: -EAGAIN or -ETIMEDOUT. To send a chunk again does no harm.
 */
#define EXTRAM_WIRE_TRIES	4

/**
 * struct extram_wire_stats - what went through since the chip appeared
 * @transfers: chunks that worked
 * @bytes: their bytes, those of zero-fill among them
 * @errors: chunks that failed for good
 * @retries: tries after the first
 */
struct extram_wire_stats {
	atomic64_t transfers;
	atomic64_t bytes;
	atomic64_t errors;
	atomic64_t retries;
};

int extram_wire_read(struct extram *ram, u32 epoch, u64 addr, void *buf, size_t len);
int extram_wire_write(struct extram *ram, u32 epoch, u64 addr, const void *buf, size_t len);
int extram_wire_zero(struct extram *ram, u32 epoch, u64 addr, size_t len);

#endif /* _EXTRAM_WIRE_H */
