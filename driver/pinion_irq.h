/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of the card. */
#ifndef PINION_IRQ_H
#define PINION_IRQ_H

#include "pinion_regs.h"

/* Causes of the management interrupt that the driver handles. */
#define PINION_IRQ_CAUSES (PINION_INT_ALL & ~PINION_INT_LOG)

struct pinion_card;
struct pinion_hw_queue;

int pinion_irq_init(struct pinion_card *pdev);
void pinion_irq_sync(struct pinion_card *pdev);
void pinion_irq_enable(struct pinion_card *pdev);
int pinion_irq_attach(struct pinion_hw_queue *q);
void pinion_irq_detach(struct pinion_hw_queue *q);

#endif /* PINION_IRQ_H */
