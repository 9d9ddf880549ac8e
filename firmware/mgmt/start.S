/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot ROM has copied the image into RAM and zeroed the RAM after it that the header asks for,
 * and jumps to _start. mstatus.MIE stays off, so no interrupt is ever taken: mie only selects the
 * interrupts that end WFI, and every trap is fatal.
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
	unimp				/* main() does not return */

	.balign	4
trap:
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	la	sp, __stack_top			/* a stack overflow may be the cause */
	call	fw_panic
1:	j	1b
