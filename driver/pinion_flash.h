/* SPDX-License-Identifier: GPL-2.0 */
/* Commands to the unit of the card that writes its flash. */
#ifndef PINION_FLASH_H
#define PINION_FLASH_H

#include <linux/types.h>

struct pinion_card;

int pinion_flash_command(struct pinion_card *pdev, u32 command, u32 *status);

#endif /* PINION_FLASH_H */
