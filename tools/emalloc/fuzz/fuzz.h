/* SPDX-License-Identifier: GPL-2.0-only */
/* The entry that libFuzzer wants, for drive.c. */
#ifndef EMALLOC_FUZZ_H
#define EMALLOC_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
