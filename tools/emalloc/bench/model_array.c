// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model of the original emalloc's lazily sorted array: one 64-bit node per block in a single array. An allocation takes
 * the first free node that is large enough, from the high end. A free goes through the whole array for its node and for
 * free neighbours. When no node fits, the array is sorted by offset (heap sort: in place, no recursion) before giving up.
 *
 * It keeps the shape of the costs, linear searches and a whole sort inside one operation, but not the original's faults:
 * it never overlaps and it finds every hole that exists.
 */
#include <stdbool.h>

#include "models.h"

#define GRANULE	16u
#define USED	0x80000000u

static uint64_t *node;		/* start granule << 32 | used << 31 | granules */
static uint32_t nodes, most;
static bool sorted;

static uint32_t start_of(uint64_t n)
{
	return (uint32_t)(n >> 32);
}

static uint32_t length_of(uint64_t n)
{
	return (uint32_t)n & ~USED;
}

void model_array_init(uint64_t *memory, uint32_t max, uint32_t size)
{
	node = memory;
	most = max;
	nodes = 1;
	sorted = true;
	node[0] = size / GRANULE;
}

static void sift(uint32_t i, uint32_t n)
{
	uint64_t v = node[i];
	uint32_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && node[child + 1] > node[child])
			child++;
		if (node[child] <= v)
			break;
		node[i] = node[child];
		i = child;
	}
	node[i] = v;
}

static void sort(void)
{
	uint32_t i;
	uint64_t v;

	for (i = nodes / 2; i-- > 0;)
		sift(i, nodes);
	for (i = nodes; i-- > 1;) {
		v = node[0];
		node[0] = node[i];
		node[i] = v;
		sift(0, i);
	}
	sorted = true;
}

static uint32_t search(uint32_t len)
{
	uint32_t i;

	for (i = nodes; i-- > 0;)	/* a used node has its top bit set: below zero */
		if ((int32_t)(uint32_t)node[i] >= (int32_t)len)
			return i;
	return MODEL_ARRAY_FULL;
}

uint32_t model_array_alloc(uint32_t size)
{
	uint32_t len = (size + GRANULE - 1) / GRANULE, i = search(len), start;

	if (i == MODEL_ARRAY_FULL && !sorted) {
		sort();
		i = search(len);
	}
	if (i == MODEL_ARRAY_FULL)
		return MODEL_ARRAY_FULL;
	start = start_of(node[i]);
	if (length_of(node[i]) == len) {
		node[i] |= USED;
		return start * GRANULE;
	}
	if (nodes == most)
		return MODEL_ARRAY_FULL;
	node[nodes++] = (uint64_t)start << 32 | USED | len;
	node[i] += ((uint64_t)len << 32) - len;
	sorted = false;
	return start * GRANULE;
}

static void drop(uint32_t i)
{
	node[i] = node[--nodes];
	sorted = false;
}

int model_array_free(uint32_t offset)
{
	uint32_t at = offset / GRANULE, i, mine = nodes, left = nodes, right = nodes, start, len;

	for (i = 0; i < nodes; i++)
		if (start_of(node[i]) == at && ((uint32_t)node[i] & USED))
			break;
	if (i == nodes)
		return -1;
	mine = i;
	len = length_of(node[mine]);
	for (i = 0; i < nodes; i++) {
		if ((uint32_t)node[i] & USED)
			continue;
		start = start_of(node[i]);
		if (start == at + len)
			right = i;
		else if (start + (uint32_t)node[i] == at)
			left = i;
	}
	node[mine] &= ~(uint64_t)USED;
	if (left < nodes) {
		node[left] += len;
		if (right < nodes)
			node[left] += (uint32_t)node[right];
		if (right < nodes && right > mine)
			drop(right);
		drop(mine);
		if (right < mine)
			drop(right);
	} else if (right < nodes) {
		node[mine] += (uint32_t)node[right];
		drop(right);
	}
	return 0;
}
