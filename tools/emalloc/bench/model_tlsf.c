// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model of TLSF, written from the paper (Masmano, Ripoll, Crespo, Real: "TLSF: a new dynamic memory allocator for
 * real-time systems", 2004): good fit in constant time from two levels of bitmaps over segregated free lists, boundary
 * tags in the memory itself. 16 lists to the power of two, 16-byte blocks at 64 bit.
 */
#include "models.h"

#define WORD		sizeof(size_t)
#define SL_BITS		4
#define SL		(1u << SL_BITS)
#define FL		32
#define SMALL		(SL * 2 * WORD)	/* below this, lists are linear */
#define SMALL_BITS	(WORD == 8 ? 8 : 7)
#define FREE		1u		/* this block is free */
#define PREV_FREE	2u		/* the block before is, and its address is in the word before */

struct block {
	struct block *before;	/* inside the previous block's last word: valid when that one is free */
	size_t size;		/* payload, and flags */
	struct block *next;	/* payload begins here */
	struct block *prev;
};

#define HEADER	(2 * WORD)	/* of which the first word belongs to the block before */

static struct block *list[FL][SL];
static uint32_t fl_map, sl_map[FL];

static size_t size_of(const struct block *b)
{
	return b->size & ~(size_t)3;
}

static struct block *after(struct block *b)
{
	return (struct block *)((char *)b + WORD + size_of(b));
}

static unsigned int top_bit(size_t v)
{
	return (unsigned int)(sizeof(long) * 8 - 1) - (unsigned int)__builtin_clzl(v);
}

static void mapping(size_t size, unsigned int *f, unsigned int *s)
{
	unsigned int top;

	if (size < SMALL) {
		*f = 0;
		*s = (unsigned int)(size / (2 * WORD));
		return;
	}
	top = top_bit(size);
	*f = top - SMALL_BITS + 1;
	*s = (unsigned int)(size >> (top - SL_BITS)) ^ SL;
}

static void insert(struct block *b)
{
	unsigned int f, s;

	mapping(size_of(b), &f, &s);
	b->prev = NULL;
	b->next = list[f][s];
	if (b->next)
		b->next->prev = b;
	list[f][s] = b;
	sl_map[f] |= 1u << s;
	fl_map |= 1u << f;
}

static void take(struct block *b)
{
	unsigned int f, s;

	mapping(size_of(b), &f, &s);
	if (b->next)
		b->next->prev = b->prev;
	if (b->prev) {
		b->prev->next = b->next;
		return;
	}
	list[f][s] = b->next;
	if (!b->next) {
		sl_map[f] &= ~(1u << s);
		if (!sl_map[f])
			fl_map &= ~(1u << f);
	}
}

static void mark_free(struct block *b)
{
	struct block *n = after(b);

	b->size |= FREE;
	n->before = b;
	n->size |= PREV_FREE;
}

void model_tlsf_init(void *pool, size_t size)
{
	struct block *b = pool, *end;
	unsigned int f, s;

	for (f = 0; f < FL; f++) {
		sl_map[f] = 0;
		for (s = 0; s < SL; s++)
			list[f][s] = NULL;
	}
	fl_map = 0;
	/* Payloads are aligned to two words: a block's size is an odd number of words. */
	b->size = ((size - 3 * WORD) & ~(2 * WORD - 1)) - WORD;
	end = after(b);
	end->size = 0;
	mark_free(b);
	insert(b);
}

void *model_tlsf_alloc(size_t size)
{
	size_t round, want = ((size + WORD + 2 * WORD - 1) & ~(2 * WORD - 1)) - WORD;
	struct block *b, *rest;
	unsigned int f, s;
	uint32_t map;

	if (want < 3 * WORD)
		want = 3 * WORD;
	round = want < SMALL ? want : want + ((size_t)1 << (top_bit(want) - SL_BITS)) - 1;
	mapping(round, &f, &s);
	if (f >= FL)
		return NULL;
	map = sl_map[f] & (~0u << s);
	if (!map) {
		map = f + 1 < FL ? fl_map & (~0u << (f + 1)) : 0;
		if (!map)
			return NULL;
		f = (unsigned int)__builtin_ctz(map);
		map = sl_map[f];
	}
	b = list[f][__builtin_ctz(map)];
	take(b);
	if (size_of(b) >= want + 4 * WORD) {
		rest = (struct block *)((char *)b + WORD + want);
		rest->size = size_of(b) - want - WORD;
		b->size = want | (b->size & PREV_FREE);
		mark_free(rest);
		insert(rest);
	} else {
		b->size &= ~(size_t)FREE;
		after(b)->size &= ~(size_t)PREV_FREE;
	}
	return &b->next;
}

void model_tlsf_free(void *p)
{
	struct block *b = (struct block *)((char *)p - HEADER), *n = after(b);

	if (b->size & PREV_FREE) {
		struct block *before = b->before;

		take(before);
		before->size += size_of(b) + WORD;
		b = before;
	}
	if (n->size & FREE) {
		take(n);
		b->size += size_of(n) + WORD;
	}
	mark_free(b);
	insert(b);
}
