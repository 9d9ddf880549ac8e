/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt moderation: how many completions of a queue share an interrupt. */
#ifndef PINION_MODERATION_H
#define PINION_MODERATION_H

#include <linux/types.h>

/**
 * struct pinion_moderation - interrupt moderation of a queue; protected by pinion_hw_queue.lock
 * @value: current value for register PINION_DOORBELL_MODERATION
 * @busy: value for @value while completions come fast; 0: @value is fixed; constant
 * @near: average distance of completions, in ticks of device time, below which they count as
 *	fast; constant
 * @since: device time at which the current window of interrupts began
 * @interrupts: number of interrupts in the window
 * @records: number of completion records that those interrupts found
 * @early: number of interrupts in the window after which jobs were still in flight
 */
struct pinion_moderation {
	u32 value;
	u32 busy;
	u64 near;
	u64 since;
	u32 interrupts;
	u32 records;
	u32 early;
};

void pinion_moderation_init(struct pinion_moderation *m, u32 entries, u32 time_freq);
bool pinion_moderation_learn(struct pinion_moderation *m, u32 records, bool more, u64 end);

#endif /* PINION_MODERATION_H */
