// SPDX-License-Identifier: GPL-2.0
/*
 * hrtimer_setup() sets a timer's function, too.
 *
 * Symbol: hrtimer_setup
 */
#include <linux/hrtimer.h>

void probe(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}
