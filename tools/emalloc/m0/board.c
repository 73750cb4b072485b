// SPDX-License-Identifier: GPL-2.0-only
/* Start-up, semihosting and SysTick for QEMU's mps2-an385. Built for Thumb-1, so that a Cortex-M0+ could run it. */
#include "board.h"

#define SYS_WRITE0		0x04
#define SYS_EXIT_EXTENDED	0x20
#define ADP_STOPPED_EXIT	0x20026u

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[], __stack_top[];
int main(void);

static uintptr_t semihost(uintptr_t op, uintptr_t arg)
{
	register uintptr_t r0 __asm__("r0") = op;
	register uintptr_t r1 __asm__("r1") = arg;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

void board_print(const char *text)
{
	semihost(SYS_WRITE0, (uintptr_t)text);
}

void board_print_number(uint32_t n)
{
	static const uint32_t power[] = { 1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1 };
	char text[11], *p = text;
	uint32_t i;

	for (i = 0; i < 10; i++) {
		char digit = '0';

		for (; n >= power[i]; n -= power[i])
			digit++;
		if (digit != '0' || p != text || i == 9)
			*p++ = digit;
	}
	*p = 0;
	board_print(text);
}

_Noreturn void board_exit(int status)
{
	uintptr_t block[2] = { ADP_STOPPED_EXIT, (uintptr_t)status };

	semihost(SYS_EXIT_EXTENDED, (uintptr_t)block);
	for (;;)
		;
}

void board_timer_start(void)
{
	*(volatile uint32_t *)0xe000e014u = 0xffffffu;	/* reload */
	*(volatile uint32_t *)0xe000e018u = 0;
	*(volatile uint32_t *)0xe000e010u = 5;		/* on, processor clock, no interrupt */
}

static void fault(void)
{
	board_print("fault\n");
	board_exit(99);
}

void board_reset(void)
{
	uint32_t *from = __data_load, *to;

	for (to = __data_start; to < __data_end; to++)
		*to = *from++;
	for (to = __bss_start; to < __bss_end; to++)
		*to = 0;
	board_exit(main());
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
	(uintptr_t)__stack_top, (uintptr_t)board_reset, (uintptr_t)fault, (uintptr_t)fault, (uintptr_t)fault,
	(uintptr_t)fault, (uintptr_t)fault, 0, 0, 0, 0, (uintptr_t)fault, (uintptr_t)fault, 0, (uintptr_t)fault,
	(uintptr_t)fault,
};
