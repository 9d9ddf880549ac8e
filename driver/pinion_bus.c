// SPDX-License-Identifier: GPL-2.0
/*
 * What the PCI core asks of the driver: a reset of the function, recovery from errors of the bus,
 * and system sleep. The PCI core holds device_lock() during each of these calls.
 */
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/suspend.h>

#include <drm/drm_print.h>

#include "pinion_bus.h"
#include "pinion_device.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_recover.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

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

const struct dev_pm_ops pinion_bus_pm = {
	.prepare = pm_sleep_ptr(bus_sleep),
	.complete = pm_sleep_ptr(bus_wake),
};
