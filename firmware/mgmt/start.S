/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot ROM has put the image into RAM, zeroed the rest of what it asked for and jumps here.
 * Interrupts stay off in mstatus for good: mie decides what ends WFI, and every trap is fatal.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	la	sp, __stack_top
	la	t0, trap
	csrw	mtvec, t0
	li	t0, (1 << 11) | (1 << 7)	/* MEIE, MTIE */
	csrw	mie, t0
	call	main
	unimp				/* it does not return */

	.balign	4
trap:
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	la	sp, __stack_top			/* the old stack may be the reason */
	call	fw_panic
1:	j	1b
