/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest program says to the plugin that counts its instructions. */
#ifndef PINION_BENCH_MARKS_H
#define PINION_BENCH_MARKS_H

#define MARK_BEGIN     0x504e4201 /* an interval begins */
#define MARK_END       0x504e4202 /* it ends */
#define MARK_REPORT    0x504e4203 /* the intervals so far were one measurement */
/* These are followed by a nopl with the low half of the address of the kernel's code. */
#define MARK_WITHOUT   0x504e4204 /* leave out intervals in which that runs */
#define MARK_SWITCH    0x504e4205 /* tell whether that, which switches tasks, ran in one */
#define MARK_INTERRUPT 0x504e4206 /* tell whether that, the entry of devices' interrupts, did */

#define MARK_TEXT_(mark) #mark
#define MARK_TEXT(mark)	 MARK_TEXT_(mark)

/* The jump ends a translation block, so that what follows is not of the mark's. */
#define MARK(mark) \
	__asm__ volatile("jmp 1f\n1: nopl " MARK_TEXT(mark) "(%%rax)\n\tjmp 2f\n2:" ::: "memory")

#endif /* PINION_BENCH_MARKS_H */
