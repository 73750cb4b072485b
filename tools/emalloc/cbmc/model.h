/* SPDX-License-Identifier: GPL-2.0-only */
/* What the model puts into emalloc.c. */
#ifndef HARNESS_MAP
#define HARNESS_MAP	1	/* a map is made where there is memory for one */
#endif
#ifndef HARNESS_SIZES
#define HARNESS_SIZES	0	/* and has sizes */
#endif

struct emalloc_pool;

/* Gives each part of a map an array of its own. */
void harness_parts(struct emalloc_pool *pool);
extern unsigned int harness_root[72];
