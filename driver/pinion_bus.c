// SPDX-License-Identifier: GPL-2.0
/*
 * What the PCI core asks of the driver: a reset of the function, recovery from errors of the bus,
 * and system sleep. The PCI core holds device_lock() during each of these calls.
 */
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>
#include <linux/suspend.h>

#include <drm/drm_print.h>

#include "pinion_bus.h"
#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_recover.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

/*
 * An idle card is put to sleep after this time, if power/control in sysfs says auto. Programs that
 * follow each other, as in a batch, come sooner, so that a batch waits for the card once.
 */
#define REST_MS 10000

/* Jobs may end by themselves for this long before the machine goes to sleep. */
#define SLEEP_DRAIN_MS 2000

static void bus_reset_prepare(struct pci_dev *pci)
{
	struct pinion_card *pdev = pci_get_drvdata(pci);

	if (READ_ONCE(pdev->state) == PINION_CARD_UP)
		drm_info(&pdev->drm, "the host resets the card\n");
	pinion_card_down(pdev, PINION_ERROR_HOST_RESET, PINION_DOWN_BY_RESET, 0);
}

static void bus_reset_done(struct pci_dev *pci)
{
	pinion_card_up_or_climb(pci_get_drvdata(pci));
}

/* An error that leaves the link usable: registers may be accessed. */
static pci_ers_result_t bus_error_detected(struct pci_dev *pci, pci_channel_state_t state)
{
	struct pinion_card *pdev = pci_get_drvdata(pci);

	pinion_health_count(pdev, PINION_COUNT_BUS_ERRORS);
	switch (state) {
	case pci_channel_io_normal:
		pinion_report(pdev, PINION_ERROR_BUS_ERROR, "bus");
		pinion_card_down(pdev, PINION_ERROR_BUS_ERROR, PINION_DOWN_BY_RESET, 0);
		pinion_recover_after_bus(pdev);
		return PCI_ERS_RESULT_CAN_RECOVER;
	case pci_channel_io_frozen:
		pinion_report(pdev, PINION_ERROR_BUS_FATAL, "bus");
		pinion_card_down(pdev, PINION_ERROR_BUS_FATAL, PINION_DOWN_BY_BUS, 0);
		pinion_recover_after_bus(pdev);
		return PCI_ERS_RESULT_NEED_RESET;
	default:
		pinion_wedge(pdev, PINION_ERROR_BUS_GONE, PINION_DOWN_BY_BUS);
		return PCI_ERS_RESULT_DISCONNECT;
	}
}

static bool bus_answers(struct pinion_card *pdev)
{
	return pinion_read(pdev, PINION_REG_ID) == PINION_ID;
}

static pci_ers_result_t bus_mmio_enabled(struct pci_dev *pci)
{
	return bus_answers(pci_get_drvdata(pci)) ? PCI_ERS_RESULT_RECOVERED
						 : PCI_ERS_RESULT_NEED_RESET;
}

/* The link was reset, so the card has lost its configuration as well. */
static pci_ers_result_t bus_slot_reset(struct pci_dev *pci)
{
	struct pinion_card *pdev = pci_get_drvdata(pci);

	pci_restore_state(pci);
	pci_save_state(pci);
	if (bus_answers(pdev))
		return PCI_ERS_RESULT_RECOVERED;
	pinion_wedge(pdev, PINION_ERROR_BUS_GONE, PINION_DOWN_BY_BUS);
	return PCI_ERS_RESULT_DISCONNECT;
}

static void bus_resume(struct pci_dev *pci)
{
	pinion_card_up_or_climb(pci_get_drvdata(pci));
}

const struct pci_error_handlers pinion_bus_errors = {
	.error_detected = bus_error_detected,
	.mmio_enabled = bus_mmio_enabled,
	.slot_reset = bus_slot_reset,
	.resume = bus_resume,
	.reset_prepare = bus_reset_prepare,
	.reset_done = bus_reset_done,
};

/* The machine has woken up, or does not go to sleep after all, or its image has been made. */
static void bus_wake(struct device *dev)
{
	/* For the recovery from errors of the bus: waking up has used the state saved before. */
	pci_save_state(to_pci_dev(dev));
	/* A card that does not start must not keep the machine from waking up. */
	pinion_card_up_or_climb(dev_get_drvdata(dev));
}

/*
 * The machine goes to sleep: programs are frozen, and all devices still work. So the copy of device
 * memory may be swapped out, and swapped in when the machine has woken up. Only a suspend to idle
 * leaves the card its power.
 */
static int bus_sleep(struct device *dev)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	int ret;

	/* The work item that starts a card which has rested is frozen, so the card stays down. */
	pm_runtime_resume(dev);
	pinion_card_down(pdev, PINION_ERROR_SLEEP, PINION_DOWN_BY_RESET, SLEEP_DRAIN_MS);
	if (pm_suspend_target_state == PM_SUSPEND_TO_IDLE)
		return 0;
	ret = pinion_card_save(pdev);
	if (!ret)
		return 0;
	pinion_report(pdev, PINION_ERROR_NOT_SAVED, "sleep (%d)", ret);
	bus_wake(dev);
	return ret;
}

/*
 * Nobody has used the card for a while, and there is no queue. Whoever holds the lock starts the
 * card, or removes the driver; the removal waits for this function.
 */
static int bus_rest(struct device *dev)
{
	int ret = -EBUSY;

	if (device_trylock(dev)) {
		ret = pinion_card_rest(dev_get_drvdata(dev));
		device_unlock(dev);
	}
	/* Try again after another autosuspend delay. */
	if (ret)
		pm_runtime_mark_last_busy(dev);
	return ret;
}

/* Whoever wakes the card may hold the lock that its start needs: leave that to the work item. */
static int bus_unrest(struct device *dev)
{
	pci_save_state(to_pci_dev(dev));
	pinion_gate_end_rest(dev_get_drvdata(dev));
	return 0;
}

/**
 * pinion_bus_allow_rest() - let the kernel put the card to sleep when nobody uses it
 * @pdev: device that works, at the end of probe
 *
 * The administrator decides whether that happens: by default power/control is "on", as for every
 * PCI device. The card loses its memory without power (D3cold), so it keeps its power (D3hot).
 */
void pinion_bus_allow_rest(struct pinion_card *pdev)
{
	struct device *dev = pdev->drm.dev;

	pci_d3cold_disable(to_pci_dev(dev));
	pm_runtime_set_autosuspend_delay(dev, REST_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_mark_last_busy(dev);
	pm_runtime_put_autosuspend(dev);
}

/**
 * pinion_bus_forbid_rest() - undo pinion_bus_allow_rest()
 * @pdev: device that is about to be removed, and does not rest
 */
void pinion_bus_forbid_rest(struct pinion_card *pdev)
{
	struct device *dev = pdev->drm.dev;

	pm_runtime_get_sync(dev);
	pm_runtime_dont_use_autosuspend(dev);
	pci_d3cold_enable(to_pci_dev(dev));
}

const struct dev_pm_ops pinion_bus_pm = {
	RUNTIME_PM_OPS(bus_rest, bus_unrest, NULL).prepare = pm_sleep_ptr(bus_sleep),
	.complete = pm_sleep_ptr(bus_wake),
};
