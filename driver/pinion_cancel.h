/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs that end early: cancelled, or past their deadline. */
#ifndef PINION_CANCEL_H
#define PINION_CANCEL_H

#include <linux/types.h>

struct pinion_job_slot;
struct pinion_hw_queue;

void pinion_cancel_init(struct pinion_hw_queue *q);
void pinion_cancel_fini(struct pinion_hw_queue *q);
int pinion_cancel(struct pinion_hw_queue *q, u64 first, u64 last,
		  bool (*match)(const struct pinion_job_slot *job, const void *key),
		  const void *key);
void pinion_cancel_oldest(struct pinion_hw_queue *q, int why);
void pinion_cancel_arm(struct pinion_hw_queue *q, struct pinion_job_slot *job, u64 deadline);
int pinion_cancel_limit(struct pinion_hw_queue *q, u64 seq, u64 deadline);
void pinion_cancel_disarm(struct pinion_hw_queue *q, struct pinion_job_slot *job);
void pinion_cancel_abort_oldest(struct pinion_hw_queue *q);
void pinion_cancel_clear_abort(struct pinion_hw_queue *q);

#endif /* PINION_CANCEL_H */
