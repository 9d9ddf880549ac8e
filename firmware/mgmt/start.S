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

/*
 * Keep x1 to x31 as they were for the record of the crash. x31 is the last to be stored, as it
 * holds the address.
 */
	.balign	4
trap:
	csrw	mscratch, x31
	la	x31, trap_registers
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	sw	x\n, (\n - 1) * 4(x31)
	.endr
	csrr	a0, mscratch
	sw	a0, 30 * 4(x31)
	mv	a3, x31
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	la	sp, __stack_top			/* a stack overflow may be the cause */
	call	fw_panic
1:	j	1b

	.bss
	.balign	4
trap_registers:
	.space	31 * 4
