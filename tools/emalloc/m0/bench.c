// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces (a) on an emulated microcontroller: instructions of every operation, for emalloc, newlib's malloc and the models.
 * Prints one line for each trace and allocator: allocations, their sum and worst, frees, their sum and worst, failures.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <linux/emalloc.h>

#include "board.h"
#include "models.h"
#include "trace.h"

#define FAILED		UINT32_MAX
/* The first three traces leave a rest of the pool beside their 2048 blocks: 2049 in all. */
#define ARENA		(RP2040_POOL + 16 * 2 * RP2040_BLOCKS)

static uint64_t nodes[(RP2040_BLOCKS + 1) * 12 / 8 + 1];
static struct emalloc_pool pool;
static _Alignas(16) char arena[ARENA];
static struct op ops[RP2040_MAX_OPS];
static uint32_t handle[RP2040_MAX_OPS];

/* newlib's malloc gets its memory here. */
extern char __heap[], __heap_end[];
void *_sbrk(ptrdiff_t by);
void *_sbrk(ptrdiff_t by)
{
	static char *now;
	char *was;

	if (!now)
		now = __heap;
	was = now;
	if (by > __heap_end - now)
		return (void *)-1;
	now += by;
	return was;
}

static bool start_nothing(void)
{
	return true;
}

static uint32_t alloc_nothing(uint32_t size)
{
	return size;
}

static void free_nothing(uint32_t h)
{
	(void)h;
}

static bool start_emalloc(uint32_t flags, size_t size)
{
	struct emalloc_config cfg = { .size = RP2040_POOL, .flags = flags, .nodes = nodes, .nodes_size = size };

	return !emalloc_pool_init(&pool, &cfg);
}

static bool start_first_fit(void)
{
	return start_emalloc(0, (RP2040_BLOCKS + 1) * 8);
}

static bool start_best_fit(void)
{
	return start_emalloc(EMALLOC_BEST_FIT, (RP2040_BLOCKS + 1) * 12);
}

static uint32_t alloc_emalloc(uint32_t size)
{
	uint64_t offset;

	return emalloc_pool_alloc(&pool, size, 0, &offset) ? FAILED : (uint32_t)offset;
}

static void free_emalloc(uint32_t h)
{
	emalloc_pool_free(&pool, h);
}

static uint32_t from_pointer(void *p)
{
	return p ? (uint32_t)(uintptr_t)p : FAILED;
}

static uint32_t alloc_newlib(uint32_t size)
{
	return from_pointer(malloc(size));
}

static void free_newlib(uint32_t h)
{
	free((void *)(uintptr_t)h);
}

static bool start_array(void)
{
	model_array_init(nodes, RP2040_BLOCKS + 1, RP2040_POOL);
	return true;
}

static uint32_t alloc_array(uint32_t size)
{
	return model_array_alloc(size);
}

static void free_array(uint32_t h)
{
	model_array_free(h);
}

static bool start_heap4(void)
{
	model_heap4_init(arena, sizeof(arena));
	return true;
}

static uint32_t alloc_heap4(uint32_t size)
{
	return from_pointer(model_heap4_alloc(size));
}

static void free_heap4(uint32_t h)
{
	model_heap4_free((void *)(uintptr_t)h);
}

static bool start_tlsf(void)
{
	model_tlsf_init(arena, sizeof(arena));
	return true;
}

static uint32_t alloc_tlsf(uint32_t size)
{
	return from_pointer(model_tlsf_alloc(size));
}

static void free_tlsf(uint32_t h)
{
	model_tlsf_free((void *)(uintptr_t)h);
}

static const struct peer {
	const char *name;
	bool (*start)(void);
	uint32_t (*alloc)(uint32_t size);
	void (*free)(uint32_t h);
} peers[] = {
	{ "nothing", start_nothing, alloc_nothing, free_nothing },
	{ "emalloc", start_first_fit, alloc_emalloc, free_emalloc },
	{ "emalloc best fit", start_best_fit, alloc_emalloc, free_emalloc },
	{ "newlib", start_nothing, alloc_newlib, free_newlib },
	{ "original's array (model)", start_array, alloc_array, free_array },
	{ "heap_4 (model)", start_heap4, alloc_heap4, free_heap4 },
	{ "TLSF (model)", start_tlsf, alloc_tlsf, free_tlsf },
};

struct tally {
	uint32_t n, sum, worst;
};

static void add(struct tally *t, uint32_t n, uint32_t less)
{
	n = n > less ? n - less : 0;
	t->n++;
	t->sum += n;
	if (n > t->worst)
		t->worst = n;
}

static __attribute__((noinline)) uint32_t timed_alloc(const struct peer *p, uint32_t size, uint32_t *h)
{
	uint32_t before = board_timer(), after;

	*h = p->alloc(size);
	after = board_timer();
	return board_instructions(before, after);
}

static __attribute__((noinline)) uint32_t timed_free(const struct peer *p, uint32_t h)
{
	uint32_t before = board_timer(), after;

	p->free(h);
	after = board_timer();
	return board_instructions(before, after);
}

static void replay(const struct peer *p, const struct trace *t, const uint32_t *less, struct tally *out,
		   uint32_t *failed)
{
	size_t i;

	for (i = 0; i < t->slots; i++)
		handle[i] = FAILED;
	for (i = 0; i < t->count; i++) {
		const struct op *op = &t->ops[i];
		uint32_t *h = &handle[op->slot];

		if (op->size) {
			add(&out[0], timed_alloc(p, op->size, h), less[0]);
			*failed += *h == FAILED;
		} else if (*h != FAILED) {
			add(&out[1], timed_free(p, *h), less[1]);
			*h = FAILED;
		}
	}
}

/*
 * Loops of known length: 2 n instructions for n turns, and 64 in a row. The count has to be exact. Both readings are in
 * the same asm, so that the compiler puts nothing between them.
 */
#define COUNT_ASM(body, n) do { \
	uint32_t before_, after_; \
	__asm__ volatile("ldr %0, [%3]\n\t" body "ldr %1, [%3]" \
			 : "=&l"(before_), "=&l"(after_), "+l"(n) : "l"(0xe000e018u) : "cc"); \
	return board_instructions(before_, after_); \
} while (0)

static __attribute__((noinline)) uint32_t count_loop(uint32_t n)
{
	COUNT_ASM(".syntax unified\n1: subs %2, #1\n\tbne 1b\n\t", n);
}

static __attribute__((noinline)) uint32_t count_row(uint32_t n)
{
	COUNT_ASM(".rept 64\n\tnop\n\t.endr\n\t", n);
}

static __attribute__((noinline)) uint32_t count_none(uint32_t n)
{
	COUNT_ASM("", n);
}

static int check_counter(void)
{
	static const uint32_t turns[] = { 1, 2, 3, 5, 7, 10, 100, 1000, 12345, 1000000 };
	uint32_t i, none = count_none(0), wrong = count_row(0) - none != 64;

	for (i = 0; i < sizeof(turns) / sizeof(*turns); i++)
		wrong += count_loop(turns[i]) - none != 2 * turns[i];
	board_print("counter ");
	board_print_number(sizeof(turns) / sizeof(*turns) + 1);
	board_print(wrong ? " checks, wrong " : " checks, right, wrong ");
	board_print_number(wrong);
	board_print("\n");
	return wrong != 0;
}

static void print_tally(const struct tally *t)
{
	board_print_number(t->n);
	board_print(" ");
	board_print_number(t->sum);
	board_print(" ");
	board_print_number(t->worst);
	board_print(" ");
}

int main(void)
{
	unsigned int nr, i;

	board_timer_start();
	if (check_counter())
		return 1;
	for (nr = 0; nr < RP2040_TRACES; nr++) {
		uint32_t less[2] = { 0, 0 };
		struct trace t;

		trace_rp2040(nr, &t, ops);
		for (i = 0; i < sizeof(peers) / sizeof(*peers); i++) {
			struct tally out[2] = { { 0 } };
			uint32_t failed = 0;

			if (!peers[i].start())
				continue;
			replay(&peers[i], &t, less, out, &failed);
			if (!i) {	/* what the measurement costs is the same each time */
				less[0] = out[0].worst;
				less[1] = out[1].worst;
				continue;
			}
			board_print("trace ");
			print_tally(&out[0]);
			print_tally(&out[1]);
			board_print_number(failed);
			board_print("|");
			board_print(t.name);
			board_print("|");
			board_print(peers[i].name);
			board_print("\n");
		}
	}
	board_print("done\n");
	return 0;
}
