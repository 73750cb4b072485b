/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Models: small allocators written for this comparison from what is published about others. They are not those others'
 * code, and their figures are not those others' figures. They need no library and no division.
 */
#ifndef EMALLOC_BENCH_MODELS_H
#define EMALLOC_BENCH_MODELS_H

#include <stddef.h>
#include <stdint.h>

/* Separate metadata in an array of 8-byte nodes, searched from end to end and sorted when it has to be. */
#define MODEL_ARRAY_FULL	UINT32_MAX
void model_array_init(uint64_t *nodes, uint32_t max, uint32_t size);
uint32_t model_array_alloc(uint32_t size);
int model_array_free(uint32_t offset);

/* The first-fit list of FreeRTOS heap_4: headers in the memory itself, free blocks in a list by address. */
void model_heap4_init(void *pool, size_t size);
void *model_heap4_alloc(size_t size);
void model_heap4_free(void *p);

/* Two-level segregated fit after Masmano, Ripoll, Crespo and Real, 2004: 16 second-level lists. */
void model_tlsf_init(void *pool, size_t size);
void *model_tlsf_alloc(size_t size);
void model_tlsf_free(void *p);

#endif
