/* SPDX-License-Identifier: GPL-2.0 */
/* The management firmware: loading, booting and starting again. */
#ifndef PINION_FW_H
#define PINION_FW_H

#include <linux/types.h>

struct pinion_card;

#define PINION_FW_NAME "pinion/mgmt.bin"

int pinion_fw_boot(struct pinion_card *pdev);
int pinion_fw_warm(struct pinion_card *pdev);
int pinion_fw_check(struct pinion_card *pdev, const u8 *data, size_t size, const char *name);

#endif /* PINION_FW_H */
