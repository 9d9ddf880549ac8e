/* SPDX-License-Identifier: GPL-2.0 */
/* Watches the heartbeat of the firmware. */
#ifndef PINION_HEARTBEAT_H
#define PINION_HEARTBEAT_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct pinion_card;

/**
 * struct pinion_heartbeat - watches the heartbeat of the firmware
 * @work: work item that looks at the heartbeat once a second
 * @beat: value of FW_HEARTBEAT when @work last found another value than before
 * @at: device time at which @work found @beat
 * @misses: number of times that @work has found @beat since then
 */
struct pinion_heartbeat {
	struct delayed_work work;
	u32 beat;
	u64 at;
	u32 misses;
};

void pinion_heartbeat_init(struct pinion_card *pdev);
void pinion_heartbeat_start(struct pinion_card *pdev);
void pinion_heartbeat_stop(struct pinion_card *pdev);

#endif /* PINION_HEARTBEAT_H */
