// SPDX-License-Identifier: GPL-2.0
/* Makes the card quiet, so that memory it could reach may be freed. */
#include <linux/pci.h>

#include "pinion_device.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

/* The hardware contract allows 100 ms; a model of the card on a busy host may take longer. */
#define RESET_TIMEOUT_MS 2000

/**
 * pinion_reset() - reset a part of the card and wait for the end of the reset
 * @pdev: device; the caller holds pinion_card.reset_lock
 * @level: part to reset: PINION_RESET_*
 * Return: 0; -ETIMEDOUT: the reset does not end; -EIO: the card reports that it failed.
 */
int pinion_reset(struct pinion_card *pdev, u32 level)
{
	u32 result;
	int ret;

	lockdep_assert_held(&pdev->reset_lock);
	pinion_health_count(pdev, PINION_COUNT_CARD_RESETS);
	pinion_write(pdev, PINION_REG_RESET, level);
	ret = pinion_poll(pdev, PINION_REG_RESET, ~0u, 0, RESET_TIMEOUT_MS);
	if (ret)
		return ret;
	result = pinion_read(pdev, PINION_REG_RESET_RESULT);
	return result & 0xff00 ? -EIO : 0;
}

/* On return the card issues no DMA, whatever state it was in. */
static void reset_quiesce(struct pinion_card *pdev)
{
	u32 id = pinion_read(pdev, PINION_REG_ID);

	if (id == ~0u)
		return; /* the card is gone */
	if (id == PINION_ID &&
	    (!pinion_reset(pdev, PINION_RESET_FIRMWARE) || !pinion_reset(pdev, PINION_RESET_CARD)))
		return;
	pinion_report(pdev, PINION_ERROR_RESET_STUCK, "reset");
	pci_clear_master(to_pci_dev(pdev->drm.dev));
}

/**
 * pinion_wedge() - stop a card that does not work any more, and fail all its jobs
 * @pdev: device
 * @code: PINION_ERROR_* that says why
 *
 * On return no queue runs, even if another caller has stopped the card first. May be called with
 * any mutex held except pinion_card.reset_lock.
 */
void pinion_wedge(struct pinion_card *pdev, enum pinion_error_code code)
{
	mutex_lock(&pdev->reset_lock);
	if (!pdev->wedged) {
		pinion_report(pdev, code, "the card is stopped");
		pinion_health_set(pdev, PINION_HEALTH_FAILED, code);
		WRITE_ONCE(pdev->wedged, true);
		reset_quiesce(pdev);
		pinion_queues_kill(pdev);
	}
	mutex_unlock(&pdev->reset_lock);
}

/**
 * pinion_stop_card() - stop the card because the driver leaves it, without a message in the log
 * @pdev: device
 */
void pinion_stop_card(struct pinion_card *pdev)
{
	mutex_lock(&pdev->reset_lock);
	if (!pdev->wedged) {
		WRITE_ONCE(pdev->wedged, true);
		pinion_write(pdev, PINION_REG_INT_ENABLE, 0);
		reset_quiesce(pdev);
		pinion_queues_kill(pdev);
	}
	mutex_unlock(&pdev->reset_lock);
}
