/* SPDX-License-Identifier: GPL-2.0 */
/* Starts the card again after it was taken down. */
#ifndef PINION_RECOVER_H
#define PINION_RECOVER_H

#include "pinion_errors.h"
#include "pinion_reset.h"

struct pinion_card;
struct work_struct;

void pinion_card_down(struct pinion_card *pdev, enum pinion_error_code code,
		      enum pinion_down_way way, unsigned int drain_ms);
int pinion_card_start(struct pinion_card *pdev);
int pinion_card_ready(struct pinion_card *pdev);
int pinion_card_save(struct pinion_card *pdev);
int pinion_card_up(struct pinion_card *pdev);
int pinion_card_rest(struct pinion_card *pdev);
void pinion_card_up_or_climb(struct pinion_card *pdev);
void pinion_recover_later(struct pinion_card *pdev, unsigned int delay_ms);
void pinion_recover_after_bus(struct pinion_card *pdev);
void pinion_recover_work(struct work_struct *work);

#endif /* PINION_RECOVER_H */
