/* SPDX-License-Identifier: GPL-2.0-only */
/* The emulated board: QEMU's mps2-an385, with semihosting for output and the exit status, SysTick for the time. */
#ifndef EMALLOC_M0_BOARD_H
#define EMALLOC_M0_BOARD_H

#include <stdint.h>

void board_print(const char *text);
void board_print_number(uint32_t n);
_Noreturn void board_exit(int status);

/*
 * Under -icount shift=S each instruction takes exactly 2^S ns of virtual time, and SysTick counts the machine's 25 MHz
 * clock, 40 ns a tick. With S = 7 an instruction is 3.2 ticks, so the difference of two readings, times 5 / 16 and
 * rounded, is the number of instructions between them. The counter has 24 bits: five million instructions.
 */
#define BOARD_ICOUNT_SHIFT	7

void board_timer_start(void);

static inline uint32_t board_timer(void)
{
	return *(volatile uint32_t *)0xe000e018u;
}

static inline uint32_t board_instructions(uint32_t before, uint32_t after)
{
	return (((before - after) & 0xffffffu) * 5u + 8u) >> 4;
}

#endif
