/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes in and out of ranges, with every way in which that can fail told.
 */
#ifndef _EXTRAMCTL_MOVE_H
#define _EXTRAMCTL_MOVE_H

#include "extramctl.h"

/*
 * Whether a range that this command may use holds @offset and the *@length bytes behind; with @all,
 * *@length becomes what is left of it.
 */
int ctl_within(struct ctl *ctl, struct extram *ram, uint64_t offset, uint64_t *length, bool all);

int ctl_read_all(struct ctl *ctl, struct extram *ram, void *bytes, size_t length, uint64_t offset);
int ctl_write_all(struct ctl *ctl, struct extram *ram, const void *bytes, size_t length,
		  uint64_t offset);
void ctl_tell_moved(struct ctl *ctl, const char *what, uint64_t offset, uint64_t length);

#endif /* _EXTRAMCTL_MOVE_H */
