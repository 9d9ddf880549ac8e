/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of the card. */
#ifndef PINION_IRQ_H
#define PINION_IRQ_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "pinion_regs.h"

/* Causes of the management interrupt that the driver handles. */
#define PINION_IRQ_CAUSES (PINION_INT_ALL & ~PINION_INT_LOG)

struct pinion_card;
struct pinion_hw_queue;

/**
 * struct pinion_vector - an MSI-X vector that queues share
 * @queues: queues by pinion_hw_queue.on_vector; changed under pinion_card.queues_lock, and read
 *	under RCU
 * @rest: work item that looks after the queues that an interrupt leaves
 * @irq: number of the interrupt
 * @name: name of the interrupt in /proc/interrupts
 */
struct pinion_vector {
	struct list_head queues;
	struct work_struct rest;
	int irq;
	char name[40];
};

int pinion_irq_init(struct pinion_card *pdev);
void pinion_irq_sync(struct pinion_card *pdev);
void pinion_irq_enable(struct pinion_card *pdev);
void pinion_irq_attach(struct pinion_hw_queue *q);
void pinion_irq_detach(struct pinion_hw_queue *q);

#endif /* PINION_IRQ_H */
