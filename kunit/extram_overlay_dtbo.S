/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator's overlay as it is shipped; libfdt wants it on eight bytes.
 */
	.section .rodata, "a"
	.balign 8
	.globl extram_sim_dtbo
extram_sim_dtbo:
	.incbin EXTRAM_SIM_DTBO
	.globl extram_sim_dtbo_end
extram_sim_dtbo_end:
	.byte 0
	.section .note.GNU-stack, ""
