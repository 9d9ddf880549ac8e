/* SPDX-License-Identifier: GPL-2.0 */
/* Resets of the card. */
#ifndef PINION_RESET_H
#define PINION_RESET_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "pinion_device.h"
#include "pinion_errors.h"

int pinion_reset(struct pinion_card *pdev, u32 level);
void pinion_wedge(struct pinion_card *pdev, enum pinion_error_code code);
void pinion_stop_card(struct pinion_card *pdev);

/**
 * pinion_is_wedged() - check whether the card is stopped
 * @pdev: device
 *
 * The answer may be old when it arrives, unless the caller holds pinion_card.reset_lock.
 * Return: true if the card is stopped until the driver is bound again.
 */
static inline bool pinion_is_wedged(struct pinion_card *pdev)
{
	return READ_ONCE(pdev->wedged);
}

#endif /* PINION_RESET_H */
