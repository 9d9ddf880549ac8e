// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the heartbeat of the firmware, which counts ten beats a second while it works. On a slow
 * or busy host both the card and this work item may stand still for long. So the firmware has
 * failed only if many looks in a row find no beat, and the card's own clock has gone on meanwhile.
 */
#include <linux/workqueue.h>

#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_heartbeat.h"
#include "pinion_io.h"
#include "pinion_lost.h"
#include "pinion_regs.h"
#include "pinion_reset.h"

/* Number of looks without a beat, and seconds on the card's clock, after which firmware failed. */
#define HEARTBEAT_MISSES  10
#define HEARTBEAT_SECONDS 10

static bool heartbeat_is_lost(struct pinion_card *pdev)
{
	struct pinion_heartbeat *hb = &pdev->heartbeat;
	u32 beat = pinion_read(pdev, PINION_REG_FW_HEARTBEAT);
	u64 now = pinion_read64(pdev, PINION_REG_TIME_LO);

	if (beat != hb->beat || !hb->misses) {
		hb->beat = beat;
		hb->at = now;
		hb->misses = 1;
		return false;
	}
	hb->misses++;
	return hb->misses > HEARTBEAT_MISSES &&
	       now - hb->at >= (u64)HEARTBEAT_SECONDS * pdev->info.time_freq;
}

static void heartbeat_work(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(to_delayed_work(work), struct pinion_card,
						heartbeat.work);
	bool lost = false;
	int idx;

	if (pinion_try_enter(pdev, &idx)) {
		lost = pinion_answers(pdev) && heartbeat_is_lost(pdev);
		if (pinion_answers(pdev))
			pinion_lost_look(pdev);
		pinion_exit(pdev, idx);
	}
	/* Count anew after a restart of the firmware. */
	if (lost || !pinion_answers(pdev))
		pdev->heartbeat.misses = 0;
	if (lost)
		pinion_fail_firmware(pdev, PINION_ERROR_HEARTBEAT_LOST);
	pinion_heartbeat_start(pdev);
}

/**
 * pinion_heartbeat_init() - prepare the work item
 * @pdev: device, in probe
 */
void pinion_heartbeat_init(struct pinion_card *pdev)
{
	INIT_DELAYED_WORK(&pdev->heartbeat.work, heartbeat_work);
}

/**
 * pinion_heartbeat_start() - look at the heartbeat in a second
 * @pdev: device
 */
void pinion_heartbeat_start(struct pinion_card *pdev)
{
	queue_delayed_work(system_freezable_wq, &pdev->heartbeat.work, HZ);
}

/**
 * pinion_heartbeat_stop() - do not look at the heartbeat any more
 * @pdev: device
 */
void pinion_heartbeat_stop(struct pinion_card *pdev)
{
	cancel_delayed_work_sync(&pdev->heartbeat.work);
}
