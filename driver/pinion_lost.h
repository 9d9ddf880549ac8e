/* SPDX-License-Identifier: GPL-2.0 */
/* Finds queues whose doorbell the card has missed. */
#ifndef PINION_LOST_H
#define PINION_LOST_H

struct pinion_card;

void pinion_lost_look(struct pinion_card *pdev);

#endif /* PINION_LOST_H */
