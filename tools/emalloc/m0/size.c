// SPDX-License-Identifier: GPL-2.0-only
/* The least program: what it links of emalloc is what an allocator costs that only allocates and frees. */
#include <linux/emalloc.h>

static struct emalloc_pool pool;
static uint64_t nodes[64];

int main(void)
{
	static const struct emalloc_config cfg = { .size = 4096, .nodes = nodes, .nodes_size = sizeof(nodes) };
	uint64_t offset;

	return emalloc_pool_init(&pool, &cfg) | emalloc_pool_alloc(&pool, 100, 0, &offset) | emalloc_pool_free(&pool, offset);
}
