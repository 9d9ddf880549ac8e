// SPDX-License-Identifier: GPL-2.0
/*
 * The gate between programs and a card that may be restarted. A request of a program that needs
 * the card enters the gate, waits there while the card is restarted, and is counted while it is
 * inside. Whoever restarts the card closes the gate and waits until nobody is inside: then no page
 * table is being written, which would get lost while the card does not decode its addresses.
 *
 * A card that nobody uses rests in D3hot behind the closed gate. A request that comes to the gate
 * then wakes the card.
 */
#include <linux/atomic.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "pinion_device.h"
#include "pinion_gate.h"

/**
 * pinion_gate_is_open() - check whether requests may enter, and those inside may go on
 * @pdev: device
 * Return: false: the card is being restarted, which waits for a request that calls this inside.
 */
bool pinion_gate_is_open(struct pinion_card *pdev)
{
	int state = READ_ONCE(pdev->state);

	return state == PINION_CARD_UP || state == PINION_CARD_WEDGED;
}

/**
 * pinion_gate_end_rest() - have the work item start a card that rests
 * @pdev: device in D0, or which the bus cannot bring there: the work item finds that out
 */
void pinion_gate_end_rest(struct pinion_card *pdev)
{
	WRITE_ONCE(pdev->resting, false);
	mod_delayed_work(system_freezable_wq, &pdev->recover, 0);
}

static bool gate_needs_wake(struct pinion_card *pdev)
{
	return !pinion_gate_is_open(pdev) && READ_ONCE(pdev->resting);
}

/**
 * pinion_gate_wait() - wait until the card is not being restarted any more, or a signal kills
 * @pdev: device; the caller holds no lock and is not inside the gate
 *
 * Wakes a card that rests.
 */
void pinion_gate_wait(struct pinion_card *pdev)
{
	int ret;

	do {
		if (gate_needs_wake(pdev) && pm_runtime_resume(pdev->drm.dev) < 0)
			pinion_gate_end_rest(pdev);
		/* A task that is killed stops waiting; its caller finds the gate closed. */
		ret = wait_event_killable(pdev->gate_wait,
					  pinion_gate_is_open(pdev) || gate_needs_wake(pdev));
	} while (!ret && !pinion_gate_is_open(pdev));
}

/**
 * pinion_try_enter() - begin a request that needs the card, without waiting for a restart
 * @pdev: device
 * @idx: out: cookie for pinion_exit()
 *
 * Includes drm_dev_enter().
 * Return: false: the device is gone, or the card is being restarted.
 */
bool pinion_try_enter(struct pinion_card *pdev, int *idx)
{
	if (!drm_dev_enter(&pdev->drm, idx))
		return false;
	atomic_inc(&pdev->inside);
	/* Pairs with the barrier in pinion_set_state(): one of both sees the other. */
	smp_mb__after_atomic();
	if (pinion_gate_is_open(pdev))
		return true;
	pinion_exit(pdev, *idx);
	return false;
}

/**
 * pinion_enter() - begin a request that needs the card, after a restart that is under way
 * @pdev: device; the caller holds no lock of the driver and is not inside the gate already
 * @idx: out: cookie for pinion_exit()
 *
 * Includes drm_dev_enter().
 * Return: true; false: the device is gone, or the task was killed while it waited.
 */
bool pinion_enter(struct pinion_card *pdev, int *idx)
{
	while (!pinion_try_enter(pdev, idx)) {
		if (drm_dev_is_unplugged(&pdev->drm) || fatal_signal_pending(current))
			return false;
		pinion_gate_wait(pdev);
	}
	pm_runtime_mark_last_busy(pdev->drm.dev);
	return true;
}

/**
 * pinion_exit() - end a request that pinion_enter() began
 * @pdev: device
 * @idx: cookie of pinion_enter()
 */
void pinion_exit(struct pinion_card *pdev, int idx)
{
	if (atomic_dec_and_test(&pdev->inside) && !pinion_gate_is_open(pdev))
		wake_up_all(&pdev->gate_wait);
	drm_dev_exit(idx);
}

/**
 * pinion_set_state() - change the state of the card, which opens or closes the gate
 * @pdev: device; the caller holds pinion_card.reset_lock
 * @state: new state of the card, an enum pinion_card_state
 */
void pinion_set_state(struct pinion_card *pdev, int state)
{
	lockdep_assert_held(&pdev->reset_lock);
	WRITE_ONCE(pdev->state, state);
	/* Pairs with the barrier in pinion_enter(). */
	smp_mb();
	wake_up_all(&pdev->gate_wait);
}

/**
 * pinion_gate_drain() - wait until no request is inside the closed gate
 * @pdev: device
 * @timeout_ms: longest time to wait, in ms
 * Return: false if a request is still inside.
 */
bool pinion_gate_drain(struct pinion_card *pdev, unsigned int timeout_ms)
{
	return wait_event_timeout(pdev->gate_wait, !atomic_read(&pdev->inside),
				  msecs_to_jiffies(timeout_ms));
}
