/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from a memory to its chip: through the gate, with one error for users.
 */
#ifndef _EXTRAM_WIRE_H
#define _EXTRAM_WIRE_H

#include <linux/types.h>

struct extram;

int extram_wire_read(struct extram *ram, u64 addr, void *buf, size_t len);
int extram_wire_write(struct extram *ram, u64 addr, const void *buf, size_t len);
int extram_wire_zero(struct extram *ram, u64 addr, size_t len);

#endif /* _EXTRAM_WIRE_H */
