/* SPDX-License-Identifier: GPL-2.0 */
/* Updates of the firmware in the card's flash. */
#ifndef PINION_FW_UPLOAD_H
#define PINION_FW_UPLOAD_H

struct pinion_card;

void pinion_fw_upload_init(struct pinion_card *pdev);
void pinion_fw_upload_fini(struct pinion_card *pdev);

#endif /* PINION_FW_UPLOAD_H */
