// SPDX-License-Identifier: GPL-2.0-only
/* The oracle of the tests: see oracle.h. */
#include <string.h>

#include "oracle.h"

void oracle_init(struct oracle *o, uint32_t size, uint32_t max_blocks, struct oracle_block *block)
{
	*o = (struct oracle){ .size = size, .max_blocks = max_blocks, .n = 1, .block = block };
	block[0] = (struct oracle_block){ .size = size };
}

static uint32_t holder(const struct oracle *o, uint32_t at)
{
	uint32_t i = 0;

	while (o->block[i].start + o->block[i].size <= at)
		i++;
	return i;
}

static void insert(struct oracle *o, uint32_t i, uint32_t start, uint32_t size, bool used)
{
	memmove(o->block + i + 1, o->block + i, (o->n - i) * sizeof(*o->block));
	o->block[i] = (struct oracle_block){ start, size, used };
	o->n++;
}

static void drop(struct oracle *o, uint32_t i)
{
	o->n--;
	memmove(o->block + i, o->block + i + 1, (o->n - i) * sizeof(*o->block));
}

/* n granules from start on, out of the free block i */
static int take(struct oracle *o, uint32_t i, uint32_t start, uint32_t n)
{
	struct oracle_block b = o->block[i];
	uint32_t front = start - b.start, back = b.size - front - n;

	if (o->n + !!front + !!back > o->max_blocks)
		return EMALLOC_ENOMEM;
	o->block[i] = (struct oracle_block){ start, n, true };
	if (back)
		insert(o, i + 1, start + n, back, false);
	if (front)
		insert(o, i, b.start, front, false);
	o->used += n;
	o->used_blocks++;
	return 0;
}

int oracle_alloc(struct oracle *o, uint32_t n, uint32_t align, uint32_t *start)
{
	uint32_t i, at, best = o->n;

	for (i = 0; i < o->n; i++) {
		at = (o->block[i].start + align - 1) / align * align;
		if (o->block[i].used || at + n > o->block[i].start + o->block[i].size)
			continue;
		if (best == o->n || (o->best_fit && o->block[i].size < o->block[best].size))
			best = i;
		if (!o->best_fit)
			break;
	}
	if (best == o->n)
		return EMALLOC_ENOSPC;
	*start = (o->block[best].start + align - 1) / align * align;
	return take(o, best, *start, n);
}

int oracle_alloc_at(struct oracle *o, uint32_t start, uint32_t n)
{
	uint32_t i = holder(o, start);

	if (o->block[i].used || start + n > o->block[i].start + o->block[i].size)
		return EMALLOC_EEXIST;
	return take(o, i, start, n);
}

static void merge(struct oracle *o, uint32_t i)
{
	if (i + 1 < o->n && !o->block[i + 1].used) {
		o->block[i].size += o->block[i + 1].size;
		drop(o, i + 1);
	}
	if (i && !o->block[i - 1].used) {
		o->block[i - 1].size += o->block[i].size;
		drop(o, i);
	}
}

int oracle_free(struct oracle *o, uint32_t start, uint32_t *n)
{
	uint32_t i;

	if (start >= o->size)
		return EMALLOC_ENOENT;
	i = holder(o, start);
	if (o->block[i].start != start || !o->block[i].used)
		return EMALLOC_ENOENT;
	*n = o->block[i].size;
	o->block[i].used = false;
	o->used -= *n;
	o->used_blocks--;
	merge(o, i);
	return 0;
}

int oracle_resize(struct oracle *o, uint32_t start, uint32_t n)
{
	struct oracle_block *b, *next = NULL;
	uint32_t i, delta;

	if (start >= o->size)
		return EMALLOC_ENOENT;
	i = holder(o, start);
	b = &o->block[i];
	if (b->start != start || !b->used)
		return EMALLOC_ENOENT;
	if (i + 1 < o->n && !b[1].used)
		next = &b[1];
	if (n > b->size) {
		delta = n - b->size;
		if (!next || next->size < delta)
			return EMALLOC_ENOSPC;
		next->start += delta;
		next->size -= delta;
		b->size = n;
		o->used += delta;
		if (!next->size)
			drop(o, i + 1);
	} else if (n < b->size) {
		delta = b->size - n;
		if (!next && o->n == o->max_blocks)
			return EMALLOC_ENOMEM;
		b->size = n;
		o->used -= delta;
		insert(o, i + 1, start + n, delta, false);
		merge(o, i + 1);
	}
	return 0;
}

const struct oracle_block *oracle_find(const struct oracle *o, uint32_t at)
{
	return at < o->size ? &o->block[holder(o, at)] : NULL;
}

uint32_t oracle_largest(const struct oracle *o)
{
	uint32_t i, most = 0;

	for (i = 0; i < o->n; i++)
		if (!o->block[i].used && o->block[i].size > most)
			most = o->block[i].size;
	return most;
}
