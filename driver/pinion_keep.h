/* SPDX-License-Identifier: GPL-2.0 */
/* Copies of device memory in host memory, while the card may lose its power. */
#ifndef PINION_KEEP_H
#define PINION_KEEP_H

#include <linux/types.h>

struct pinion_card;

bool pinion_keep_is_needed(struct pinion_card *pdev);
int pinion_keep_save(struct pinion_card *pdev);
int pinion_keep_restore(struct pinion_card *pdev);
void pinion_keep_drop(struct pinion_card *pdev);

#endif /* PINION_KEEP_H */
