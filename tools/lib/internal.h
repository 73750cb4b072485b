/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of libextram share. Programs never see it.
 */
#ifndef _LIBEXTRAM_INTERNAL_H
#define _LIBEXTRAM_INTERNAL_H

#include "libextram.h"

/**
 * struct extram - an open memory; constant from open to close, so threads need no lock
 * @fd: its node
 * @path: how it was found
 */
struct extram {
	int fd;
	char path[];
};

#endif /* _LIBEXTRAM_INTERNAL_H */
