/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marks by which a program in the guest tells the plugin what instructions to count. */
#ifndef PINION_BENCH_MARKS_H
#define PINION_BENCH_MARKS_H

#define MARK_BEGIN     0x504e4201 /* an interval begins */
#define MARK_END       0x504e4202 /* the interval ends */
#define MARK_REPORT    0x504e4203 /* the intervals since the last report are one measurement */
/*
 * The marks below name a function of the kernel: a nopl with the low half of its address follows.
 */
#define MARK_WITHOUT   0x504e4204 /* leave out intervals in which the function runs */
#define MARK_SWITCH    0x504e4205 /* the function switches tasks; report whether it ran */
#define MARK_INTERRUPT 0x504e4206 /* the function handles interrupts; report whether it ran */

#define MARK_TEXT_(mark) #mark
#define MARK_TEXT(mark)	 MARK_TEXT_(mark)

/* The jumps begin and end a translation block, so that the mark has a block of its own. */
#define MARK(mark) \
	__asm__ volatile("jmp 1f\n1: nopl " MARK_TEXT(mark) "(%%rax)\n\tjmp 2f\n2:" ::: "memory")

#endif /* PINION_BENCH_MARKS_H */
