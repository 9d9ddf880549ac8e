/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic of device time. The card says how fast its clock counts and when a job began and
 * ended; whatever it says, no function here divides by zero or overflows.
 */
#ifndef PINION_TIME_H
#define PINION_TIME_H

#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>

/**
 * pinion_time_limit() - longest time that the jobs of a queue can run, one after the other
 * @freq: ticks of device time per second
 * Return: number of ticks in a hundred years, for which no card has been in use.
 */
static inline u64 pinion_time_limit(u32 freq)
{
	return 100ull * 365 * 24 * 3600 * freq;
}

/**
 * pinion_time_add() - add two spans of device time
 * @a: number of ticks
 * @b: number of ticks
 * Return: the sum, or U64_MAX if the sum is larger.
 */
static inline u64 pinion_time_add(u64 a, u64 b)
{
	return b > U64_MAX - a ? U64_MAX : a + b;
}

/**
 * pinion_time_to_ns() - convert a span of device time
 * @ticks: number of ticks
 * @freq: ticks per second, > 0
 * Return: the span in ns, or U64_MAX if it is longer than that.
 */
static inline u64 pinion_time_to_ns(u64 ticks, u32 freq)
{
	u32 rest;
	u64 seconds = div_u64_rem(ticks, freq, &rest);

	if (seconds >= div_u64(U64_MAX, NSEC_PER_SEC))
		return U64_MAX;
	return seconds * NSEC_PER_SEC + div_u64((u64)rest * NSEC_PER_SEC, freq);
}

#endif /* PINION_TIME_H */
