// SPDX-License-Identifier: GPL-2.0-only
/* The models themselves: what they hand out does not overlap, keeps its contents, and all comes back as one piece. */
#include <stdio.h>
#include <string.h>

#include "models.h"

#define POOL	(1u << 20)
#define LIVE	60000

static _Alignas(16) unsigned char pool[POOL];
static uint64_t nodes[LIVE];
static unsigned int passed, failed, model;

static void check(int right, const char *what)
{
	if (right) {
		passed++;
		return;
	}
	failed++;
	printf("model %u: %s\n", model, what);
}

static unsigned char *get(uint32_t size)
{
	uint32_t offset;

	if (model == 0)
		return model_tlsf_alloc(size);
	if (model == 1)
		return model_heap4_alloc(size);
	offset = model_array_alloc(size);
	return offset == MODEL_ARRAY_FULL ? NULL : pool + offset;
}

static void put(unsigned char *p)
{
	if (model == 0)
		model_tlsf_free(p);
	else if (model == 1)
		model_heap4_free(p);
	else
		check(!model_array_free((uint32_t)(p - pool)), "an allocation is not found");
}

static void start(void)
{
	if (model == 0)
		model_tlsf_init(pool, POOL);
	else if (model == 1)
		model_heap4_init(pool, POOL);
	else
		model_array_init(nodes, LIVE, POOL);
}

static uint32_t state;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void churn(uint32_t seed)
{
	static struct {
		unsigned char *p;
		uint32_t size;
		unsigned char mark;
	} live[LIVE];
	uint32_t i, k, n = 0, wrong = 0;

	state = seed;
	start();
	for (i = 0; i < 40000; i++) {
		if (!n || next() % 100 < (i % 2000 < 1000 ? 70 : 30)) {
			uint32_t size = 1 + next() % (next() % 16 ? 600 : 20000);
			unsigned char *p = get(size);

			if (!p)
				continue;
			wrong += p < pool || p + size > pool + POOL || (size_t)p % 16;
			memset(p, (int)i, size);
			live[n].p = p;
			live[n].size = size;
			live[n++].mark = (unsigned char)i;
			continue;
		}
		k = next() % n;
		for (uint32_t j = 0; j < live[k].size; j++)
			wrong += live[k].p[j] != live[k].mark;
		put(live[k].p);
		live[k] = live[--n];
	}
	check(!wrong, "contents were overwritten, or a place is outside or misaligned");
	while (n)
		put(live[--n].p);
	check(get(POOL / 10 * 9) != NULL, "freed memory did not merge into one piece");
}

int main(void)
{
	for (model = 0; model < 3; model++)
		for (uint32_t seed = 1; seed <= 5; seed++)
			churn(seed * 2654435761u);
	printf("models: %u passed, %u failed\n", passed, failed);
	return failed != 0;
}
