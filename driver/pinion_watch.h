/* SPDX-License-Identifier: GPL-2.0 */
/* The operator's time limit of jobs. */
#ifndef PINION_WATCH_H
#define PINION_WATCH_H

#include <linux/types.h>

struct pinion_card;

void pinion_watch_init(struct pinion_card *pdev);
void pinion_watch_set(struct pinion_card *pdev, u32 job_ms);
void pinion_watch_stop(struct pinion_card *pdev);

#endif /* PINION_WATCH_H */
