// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the card down: makes it quiet, so that memory it could reach may be freed, and ends all
 * jobs. pinion_recover.c starts the card again.
 */
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "pinion_device.h"
#include "pinion_dump.h"
#include "pinion_gate.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"
#include "pinion_stop.h"

/* The hardware contract allows 100 ms; a model of the card on a busy host may take longer. */
#define RESET_TIMEOUT_MS 2000

/* Firmware that fails again so soon after a restart is not restarted alone once more. */
#define WARM_PAUSE (10 * HZ)

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

	if (id != ~0u)
		pinion_write(pdev, PINION_REG_INT_ENABLE, 0);
	if (id == PINION_ID &&
	    (!pinion_reset(pdev, PINION_RESET_FIRMWARE) || !pinion_reset(pdev, PINION_RESET_CARD)))
		return;
	if (id != ~0u)
		pinion_report(pdev, PINION_ERROR_RESET_STUCK, "reset");
	/* All ones: the card is gone, or only its registers cannot be reached. */
	pci_clear_master(to_pci_dev(pdev->drm.dev));
}

/**
 * pinion_take_down() - make the card quiet and end all jobs
 * @pdev: device; the caller holds pinion_card.reset_lock
 * @code: PINION_ERROR_* that says why
 * @way: whether registers may be accessed
 *
 * On return the card issues no DMA, no job is in flight, and the driver accesses no register until
 * the card is started again.
 */
void pinion_take_down(struct pinion_card *pdev, enum pinion_error_code code,
		      enum pinion_down_way way)
{
	lockdep_assert_held(&pdev->reset_lock);
	/* A card that rests is as healthy as before. */
	if (code != PINION_ERROR_RESTING)
		pinion_health_set(pdev, PINION_HEALTH_RECOVERING, code);
	pdev->cause = code;
	pdev->down_at = ktime_get_ns();
	pinion_set_state(pdev, PINION_CARD_DOWN);
	pinion_queues_pause(pdev);
	if (way == PINION_DOWN_BY_RESET)
		reset_quiesce(pdev);
	else
		pci_clear_master(to_pci_dev(pdev->drm.dev));
	pinion_queues_end_jobs(pdev);
	pinion_mbox_abort(pdev);
}

/**
 * pinion_fail() - stop a card that does not work as it should, fail all its jobs, and have it
 * restarted
 * @pdev: device
 * @code: PINION_ERROR_* that says why
 *
 * On return no job runs that ran before the call, even if another caller has stopped the card
 * first. May be called with any mutex held except pinion_card.reset_lock.
 */
void pinion_fail(struct pinion_card *pdev, enum pinion_error_code code)
{
	bool booting;

	mutex_lock(&pdev->reset_lock);
	if (pinion_answers(pdev)) {
		pinion_report(pdev, code, "the card is reset");
		/* Whoever is starting the card finds out by himself that this has failed. */
		booting = pdev->state == PINION_CARD_BOOTING;
		pinion_dump_card(pdev, code);
		pinion_take_down(pdev, code, PINION_DOWN_BY_RESET);
		if (!booting)
			mod_delayed_work(system_freezable_wq, &pdev->recover, 0);
	}
	mutex_unlock(&pdev->reset_lock);
}

/* How firmware that has failed is dealt with. */
enum reset_choice {
	RESET_WARM,  /* the firmware alone is started again */
	RESET_ALL,   /* the card is taken down */
	RESET_BEGUN, /* the firmware alone is being started again already */
};

static enum reset_choice reset_choose(struct pinion_card *pdev)
{
	lockdep_assert_held(&pdev->reset_lock);
	if (pdev->state != PINION_CARD_UP)
		return RESET_ALL;
	if (pdev->warm)
		return RESET_BEGUN;
	if (!(pdev->info.caps & PINION_CAP_WARM))
		return RESET_ALL;
	return !pdev->warm_at || time_after(jiffies, pdev->warm_at + WARM_PAUSE) ? RESET_WARM
										 : RESET_ALL;
}

/**
 * pinion_fail_firmware() - have firmware that does not work any more started again
 * @pdev: device; the caller does not hold pinion_mbox.rx_lock
 * @code: PINION_ERROR_* that says why
 *
 * If the card has PINION_CAP_WARM, the firmware alone is started again, while jobs go on.
 * Otherwise, and if that has been done just before, the effect is that of pinion_fail(). While that
 * is being done nothing happens: firmware that is silent is found so by its heartbeat as well as by
 * its mailbox, and whoever starts it finds out by himself if it fails again.
 */
void pinion_fail_firmware(struct pinion_card *pdev, enum pinion_error_code code)
{
	enum reset_choice choice;

	/* The mailbox is closed before anybody can open it again for the new firmware. */
	mutex_lock(&pdev->mbox.rx_lock);
	mutex_lock(&pdev->reset_lock);
	choice = reset_choose(pdev);
	if (choice == RESET_WARM) {
		pinion_mbox_close_locked(pdev);
		pinion_report(pdev, code, "the firmware is started again");
		pinion_dump_card(pdev, code);
		pdev->warm_at = jiffies ?: 1;
		pdev->warm = true;
		pdev->cause = code;
	}
	mutex_unlock(&pdev->reset_lock);
	mutex_unlock(&pdev->mbox.rx_lock);
	if (choice == RESET_ALL)
		pinion_fail(pdev, code);
	else if (choice == RESET_WARM)
		mod_delayed_work(system_freezable_wq, &pdev->recover, 0);
}

static void reset_stop(struct pinion_card *pdev, enum pinion_down_way way)
{
	bool quiet = pdev->state == PINION_CARD_DOWN;

	lockdep_assert_held(&pdev->reset_lock);
	if (pdev->state == PINION_CARD_WEDGED)
		return;
	pinion_set_state(pdev, PINION_CARD_WEDGED);
	if (!quiet && way == PINION_DOWN_BY_RESET)
		reset_quiesce(pdev);
	pinion_queues_kill(pdev);
	pinion_mbox_abort(pdev);
}

/**
 * pinion_stop_card() - stop the card because the driver leaves it, without a message in the log
 * @pdev: device
 */
void pinion_stop_card(struct pinion_card *pdev)
{
	mutex_lock(&pdev->reset_lock);
	reset_stop(pdev, PINION_DOWN_BY_RESET);
	mutex_unlock(&pdev->reset_lock);
}

/**
 * pinion_wedge() - give a card up that cannot be started again
 * @pdev: device
 * @code: PINION_ERROR_* that says why
 * @way: whether registers may be accessed
 *
 * From then on everything that needs the card fails with -ENODEV, until the driver is bound again.
 */
void pinion_wedge(struct pinion_card *pdev, enum pinion_error_code code, enum pinion_down_way way)
{
	mutex_lock(&pdev->reset_lock);
	if (pdev->state != PINION_CARD_WEDGED) {
		pinion_report(pdev, code, "the card is stopped");
		pinion_health_set(pdev, PINION_HEALTH_FAILED, code);
		if (way == PINION_DOWN_BY_RESET)
			pinion_dump_card(pdev, code);
	}
	reset_stop(pdev, way);
	pci_clear_master(to_pci_dev(pdev->drm.dev));
	mutex_unlock(&pdev->reset_lock);
}

/**
 * pinion_wait_quiet() - wait until a card that is being taken down issues no DMA any more
 * @pdev: device
 */
void pinion_wait_quiet(struct pinion_card *pdev)
{
	mutex_lock(&pdev->reset_lock);
	mutex_unlock(&pdev->reset_lock);
}
