/* SPDX-License-Identifier: GPL-2.0 */
/* How many completions of a queue share an interrupt. Pure. */
#ifndef PINION_MODERATION_H
#define PINION_MODERATION_H

#include <linux/types.h>

/**
 * struct pinion_moderation - how a queue's interrupts are held back; protected by pinion_queue.lock
 * @value: of PINION_DOORBELL_MODERATION
 * @busy: its value while completions come thick and fast; 0: @value is fixed; constant
 * @near: ticks of device time; completions that are less apart do; constant
 * @since: device time when the window began
 * @interrupts: in this window
 * @records: that they found
 * @early: interrupts of the window that found jobs still in flight
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
