/* SPDX-License-Identifier: GPL-2.0 */
/* What the firmware left behind in a crash. */
#ifndef PINION_FW_CRASH_H
#define PINION_FW_CRASH_H

struct pinion_card;
struct seq_file;

int pinion_fw_report_crash(struct pinion_card *pdev);
void pinion_fw_show_crash(struct pinion_card *pdev, struct seq_file *m);

#endif /* PINION_FW_CRASH_H */
