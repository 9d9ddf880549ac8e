/* SPDX-License-Identifier: GPL-2.0 */
/* How queues stop. */
#ifndef PINION_STOP_H
#define PINION_STOP_H

#include <linux/types.h>

struct pinion_card;
struct pinion_hw_queue;

bool pinion_stop_begin(struct pinion_hw_queue *q, bool (*late)(struct pinion_hw_queue *q));
void pinion_stop_end(struct pinion_hw_queue *q);
bool pinion_stop_kill(struct pinion_hw_queue *q);
void pinion_queue_handle_fault(struct pinion_card *pdev, u32 id);
void pinion_queues_pause(struct pinion_card *pdev);
void pinion_queues_end_jobs(struct pinion_card *pdev);
void pinion_queues_kill(struct pinion_card *pdev);

#endif /* PINION_STOP_H */
