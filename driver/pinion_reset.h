/* SPDX-License-Identifier: GPL-2.0 */
/* Resets of the card, and how it is taken down. */
#ifndef PINION_RESET_H
#define PINION_RESET_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "pinion_device.h"
#include "pinion_errors.h"

/**
 * enum pinion_down_way - how a card is made quiet
 * @PINION_DOWN_BY_RESET: by a reset through the card's registers
 * @PINION_DOWN_BY_BUS: by the bridge above, as the registers must not be accessed: the bus has
 *	failed
 */
enum pinion_down_way {
	PINION_DOWN_BY_RESET,
	PINION_DOWN_BY_BUS,
};

int pinion_reset(struct pinion_card *pdev, u32 level);
void pinion_take_down(struct pinion_card *pdev, enum pinion_error_code code,
		      enum pinion_down_way way);
void pinion_fail(struct pinion_card *pdev, enum pinion_error_code code);
void pinion_fail_firmware(struct pinion_card *pdev, enum pinion_error_code code);
void pinion_wedge(struct pinion_card *pdev, enum pinion_error_code code, enum pinion_down_way way);
void pinion_stop_card(struct pinion_card *pdev);
void pinion_wait_quiet(struct pinion_card *pdev);

/**
 * pinion_answers() - check whether the card can be expected to answer
 * @pdev: device
 *
 * The answer may be old when it arrives, unless the caller holds pinion_card.reset_lock.
 * Return: false if the card is down or wedged.
 */
static inline bool pinion_answers(struct pinion_card *pdev)
{
	return READ_ONCE(pdev->state) < PINION_CARD_DOWN;
}

/**
 * pinion_no_answer() - the error of a request to a card that does not answer
 * @pdev: device for which pinion_answers() returned false
 * Return: -EAGAIN: the card is being restarted; -ENODEV: it is stopped.
 */
static inline int pinion_no_answer(struct pinion_card *pdev)
{
	return READ_ONCE(pdev->state) == PINION_CARD_WEDGED ? -ENODEV : -EAGAIN;
}

#endif /* PINION_RESET_H */
