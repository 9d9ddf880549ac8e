/* SPDX-License-Identifier: GPL-2.0 */
/* Files in debugfs. */
#ifndef PINION_DEBUGFS_H
#define PINION_DEBUGFS_H

struct pinion_card;

void pinion_debugfs_init(struct pinion_card *pdev);

#endif /* PINION_DEBUGFS_H */
