// SPDX-License-Identifier: GPL-2.0-only
/* Model of FreeRTOS heap_4: first fit over a list of free blocks by address, merged with its neighbours at each free. */
#include "models.h"

struct block {
	struct block *next;	/* the next free block; unused in a block that is allocated */
	size_t size;		/* with this header */
};

#define ALIGN(n)	(((n) + 2 * sizeof(size_t) - 1) & ~(2 * sizeof(size_t) - 1))

static struct block head, *tail;

void model_heap4_init(void *pool, size_t size)
{
	struct block *first = pool;

	size &= ~(sizeof(*first) - 1);
	tail = (struct block *)((char *)pool + size) - 1;
	*tail = (struct block){ NULL, 0 };
	*first = (struct block){ tail, (size_t)((char *)tail - (char *)first) };
	head = (struct block){ first, 0 };
}

void *model_heap4_alloc(size_t size)
{
	struct block *prev = &head, *b = head.next, *rest;

	size = ALIGN(size + sizeof(*b));
	while (b != tail && b->size < size) {
		prev = b;
		b = b->next;
	}
	if (b == tail)
		return NULL;
	if (b->size - size > 2 * sizeof(*b)) {
		rest = (struct block *)((char *)b + size);
		rest->size = b->size - size;
		rest->next = b->next;
		b->size = size;
		prev->next = rest;
	} else {
		prev->next = b->next;
	}
	b->next = NULL;
	return b + 1;
}

void model_heap4_free(void *p)
{
	struct block *b = (struct block *)p - 1, *prev = &head;

	while (prev->next < b)
		prev = prev->next;
	b->next = prev->next;
	if (prev != &head && (char *)prev + prev->size == (char *)b) {
		prev->size += b->size;
		b = prev;
	} else {
		prev->next = b;
	}
	if (b->next != tail && (char *)b + b->size == (char *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
}
