/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ranges a memory has and whose they are, from all that may be known.
 */
#ifndef _EXTRAMCTL_OWNERS_H
#define _EXTRAMCTL_OWNERS_H

#include "extramctl.h"

enum owner_kind {
	OWNER_SHARED,
	OWNER_MINE,	/* of the open file that this command was given */
	OWNER_OTHER,
};

struct owned {
	uint64_t offset;
	uint64_t length;
	enum owner_kind kind;
	int pid;	/* 0: not known */
	char comm[32];
};

/**
 * struct owners - the ranges of a memory, by offset
 * @ranges: those that are known
 * @count: how many
 * @complete: there are no others, so that everything else is free
 * @source: where it is from: "debugfs", "query" or "probe"
 */
struct owners {
	struct owned *ranges;
	size_t count;
	bool complete;
	const char *source;
};

/*
 * Asks debugfs, else the memory itself, which tells shared ranges only. With @probe, takes
 * everything that is free for a moment: what is left belongs to others. 0 or errno.
 */
int owners_find(struct extram *ram, const struct extram_info *info, bool probe,
		struct owners *owners);
void owners_drop(struct owners *owners);

#endif /* _EXTRAMCTL_OWNERS_H */
