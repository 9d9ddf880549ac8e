// SPDX-License-Identifier: GPL-2.0
/*
 * hrtimer_setup() initialises a timer together with its function; hrtimer_init() did not.
 *
 * Symbol: hrtimer_setup
 */
#include <linux/hrtimer.h>

void probe(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}
