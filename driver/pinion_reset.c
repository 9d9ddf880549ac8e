// SPDX-License-Identifier: GPL-2.0
/* Makes the card quiet, so that memory it could reach may be freed. */
#include <linux/pci.h>

#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_io.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_reset.h"

/* The contract's bound is 100 ms; a model on a busy host deserves more. */
#define RESET_TIMEOUT_MS 2000

/**
 * pinion_reset() - do one level of the reset ladder and wait for it
 * @pdev: device
 * @level: PINION_RESET_*
 * Return: 0; -ETIMEDOUT, or -EIO if the card reports failure.
 */
int pinion_reset(struct pinion_device *pdev, u32 level)
{
	u32 result;
	int ret;

	lockdep_assert_held(&pdev->reset_lock);
	pinion_write(pdev, PINION_REG_RESET, level);
	ret = pinion_poll(pdev, PINION_REG_RESET, ~0u, 0, RESET_TIMEOUT_MS);
	if (ret)
		return ret;
	result = pinion_read(pdev, PINION_REG_RESET_RESULT);
	return result & 0xff00 ? -EIO : 0;
}

/* After this no DMA of the card happens, whatever state it is in. */
static void reset_quiesce(struct pinion_device *pdev)
{
	u32 id = pinion_read(pdev, PINION_REG_ID);

	if (id == ~0u)
		return; /* it is not there any more */
	if (id == PINION_ID &&
	    (!pinion_reset(pdev, PINION_RESET_FIRMWARE) || !pinion_reset(pdev, PINION_RESET_CARD)))
		return;
	drm_err(&pdev->drm,
		"the card does not finish a reset; its bus mastering is off now. action=replace or power-cycle the card\n");
	pci_clear_master(to_pci_dev(pdev->drm.dev));
}

/**
 * pinion_wedge() - the card cannot be trusted to work: stop it, fail all jobs
 * @pdev: device
 * @why: for the log, a whole sentence's beginning
 *
 * On return no queue runs, whoever came first. May be called under any mutex
 * but pinion_device.reset_lock.
 */
void pinion_wedge(struct pinion_device *pdev, const char *why)
{
	mutex_lock(&pdev->reset_lock);
	if (!pdev->wedged) {
		drm_err(&pdev->drm, "%s; the card is stopped. action=unbind and bind the driver\n",
			why);
		WRITE_ONCE(pdev->wedged, true);
		reset_quiesce(pdev);
		pinion_queues_kill(pdev);
	}
	mutex_unlock(&pdev->reset_lock);
}

/**
 * pinion_stop_card() - the driver leaves: stop it without a word
 * @pdev: device
 */
void pinion_stop_card(struct pinion_device *pdev)
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
