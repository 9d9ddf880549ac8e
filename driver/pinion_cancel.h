/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs that end early: cancelled, or past their deadline. */
#ifndef PINION_CANCEL_H
#define PINION_CANCEL_H

#include <linux/types.h>

struct pinion_job_slot;
struct pinion_hw_queue;

void pinion_cancel_init(struct pinion_hw_queue *q);
void pinion_cancel_fini(struct pinion_hw_queue *q);
int pinion_cancel(struct pinion_hw_queue *q,
		  bool (*match)(const struct pinion_job_slot *job, u64 seq, const void *key),
		  const void *key);
void pinion_cancel_oldest(struct pinion_hw_queue *q, int why);
void pinion_cancel_arm(struct pinion_hw_queue *q, u64 deadline);
void pinion_cancel_abort_oldest(struct pinion_hw_queue *q);
void pinion_cancel_clear_abort(struct pinion_hw_queue *q);

#endif /* PINION_CANCEL_H */
