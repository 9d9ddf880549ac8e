/* SPDX-License-Identifier: GPL-2.0 */
/* The management firmware: loading, booting and starting again. */
#ifndef PINION_FW_H
#define PINION_FW_H

struct pinion_card;

#define PINION_FW_NAME "pinion/mgmt.bin"

int pinion_fw_boot(struct pinion_card *pdev);
int pinion_fw_warm(struct pinion_card *pdev);

#endif /* PINION_FW_H */
