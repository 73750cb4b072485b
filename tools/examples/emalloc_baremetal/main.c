// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * emalloc on bare metal: a program written to the original's interface, for a microcontroller with a memory chip on a
 * serial bus. The chip here is an array that only ext_write() and ext_read() touch; on a board they would be the SPI
 * transfers of the chip's driver. The exit status, by semihosting, is the number of what went wrong.
 */
#include <emalloc/emalloc.h>

#include "board.h"

#define EXTERNAL_BYTES	(64u * 1024u)
#define NODES		256u

static uint64_t nodes[NODES];		/* the only memory that the allocator uses */
static sEMALLOC_ctx heap;

static uint8_t chip[EXTERNAL_BYTES];

static void ext_write(uint32_t offset, const uint8_t *from, uint32_t n)
{
	while (n--)
		chip[offset++] = *from++;
}

static void ext_read(uint32_t offset, uint8_t *to, uint32_t n)
{
	while (n--)
		*to++ = chip[offset++];
}

static int wrong;

static void expect(int right, const char *what)
{
	board_print(right ? "ok - " : "not ok - ");
	board_print(what);
	board_print("\n");
	wrong += !right;
}

int main(void)
{
	static const uint8_t hello[] = "bytes in external memory";
	sEMALLOC_cfg cfg = {
		.nodes_poll = nodes, .nodes_poll_length = NODES, .external_memory_size_bytes = EXTERNAL_BYTES,
	};
	uint8_t back[sizeof(hello)];
	uint32_t a, b, c, i, n;

	expect(emalloc_init(&heap, &cfg) == EMALLOC_OK, "the memory is set up");

	a = emalloc_alloc(&heap, sizeof(hello));
	b = emalloc_alloc(&heap, 1000);
	expect(!(a & EMALLOC_ERR_MASK) && a == 0, "the first allocation is at offset 0");
	expect(b == 32, "the next one follows it, on a 16-byte boundary");
	expect(emalloc_get_allocated_size_bytes(&heap) == 32 + 1008, "sizes are rounded up to 16");

	ext_write(a, hello, sizeof(hello));
	ext_read(a, back, sizeof(back));
	for (i = 0, n = 0; i < sizeof(hello); i++)
		n += back[i] == hello[i];
	expect(n == sizeof(hello), "what was written is read back");

	expect(emalloc_free(&heap, a) == EMALLOC_OK, "it is given back");
	expect(emalloc_free(&heap, a) == EMALLOC_ERR_OFFSET_NOT_FOUND, "giving it back twice is refused");
	expect(emalloc_free(&heap, b + 16) == EMALLOC_ERR_OFFSET_NOT_FOUND, "so is the inside of an allocation");
	expect(emalloc_free(&heap, b + 1) == EMALLOC_ERR_INVALID_PARAMETER, "and an offset off the boundary");
	c = emalloc_alloc(&heap, 16);
	expect(c == 0, "first fit: the hole is used again");
	expect(emalloc_alloc(&heap, 0) == EMALLOC_ERR_ZERO_REQUESTED, "zero bytes are refused");
	expect(emalloc_alloc(&heap, EXTERNAL_BYTES) == EMALLOC_ERR_NO_EXTERNAL_MEMORY, "too much is refused");

	/* Every node is good for one block: 256 blocks need 255 small ones and the free rest. */
	for (n = 2; !((i = emalloc_alloc(&heap, 16)) & EMALLOC_ERR_MASK); n++)
		;
	expect(i == EMALLOC_ERR_NO_MORE_FREE_NODES, "in the end the nodes run out");
	expect(heap.node_count == NODES, "all of them are in use");
	expect(n == NODES - 1, "and all but the free rest are allocations");

	board_print(wrong ? "failed\n" : "passed\n");
	return wrong;
}
