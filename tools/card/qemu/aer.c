// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Errors of the bus that a test asked for, reported to the root port by AER (Advanced Error
 * Reporting). QEMU 7.2 offers its code for that to its monitor alone, so this file uses the
 * monitor's command.
 */
#include "pci.h"
#include "qapi/qmp/qdict.h"
#include "qemu/error-report.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pcie.h"

/* In QEMU the declaration's header depends on the version. */
void hmp_pcie_aer_inject_error(Monitor *mon, const QDict *args);

/* One error of each severity, named as in QEMU's monitor. */
static const char *const error_names[] = {
	[PINION_DEBUG_AER_CORRECTABLE] = "BAD_TLP",
	[PINION_DEBUG_AER_NONFATAL] = "COMP_TIME",
	[PINION_DEBUG_AER_FATAL] = "MALF_TLP",
};

/* The port above the card, if it is a root port that collects errors; otherwise NULL. */
static PCIDevice *root_port(PCIDevice *pdev)
{
	PCIDevice *port = pci_bridge_get_device(pci_get_bus(pdev));

	if (!port || !port->exp.aer_cap || pcie_cap_get_type(port) != PCI_EXP_TYPE_ROOT_PORT)
		return NULL;
	return port;
}

static bool may_report_correctable(PCIDevice *pdev, PCIDevice *port)
{
	uint8_t *control = pdev->config + pdev->exp.exp_cap + PCI_EXP_DEVCTL;

	return pci_get_word(control) & PCI_EXP_DEVCTL_CERE &&
	       pci_get_word(port->config + PCI_BRIDGE_CONTROL) & PCI_BRIDGE_CTL_SERR;
}

/* QEMU 7.2 sends a correctable error to no port: do what the root port does on its arrival. */
static void send_correctable(PCIDevice *pdev)
{
	PCIDevice *port = root_port(pdev);
	uint8_t *aer;

	if (!port || !may_report_correctable(pdev, port))
		return;
	aer = port->config + port->exp.aer_cap;
	if (pci_get_long(aer + PCI_ERR_ROOT_STATUS) & PCI_ERR_ROOT_COR_RCV)
		return;
	pci_set_word(aer + PCI_ERR_ROOT_ERR_SRC, pci_requester_id(pdev));
	pci_long_test_and_set_mask(aer + PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_COR_RCV);
	/* Called as if reporting had just been enabled, this sends the port's interrupt. */
	pcie_aer_root_write_config(port, 0, 0, 0, 0);
}

static void report(PCIDevice *pdev, unsigned int severity)
{
	QDict *args = qdict_new();

	qdict_put_str(args, "id", pdev->qdev.id);
	qdict_put_str(args, "error_status", error_names[severity]);
	hmp_pcie_aer_inject_error(NULL, args);
	qobject_unref(args);
	if (severity == PINION_DEBUG_AER_CORRECTABLE)
		send_correctable(pdev);
}

/**
 * pinion_report_errors() - report the errors that the core asked for
 * @s: the device; the BQL is held, @lock is not
 */
void pinion_report_errors(struct pinion_dev *s)
{
	unsigned int errors = qatomic_xchg(&s->errors, 0);

	if (errors && !s->pdev.qdev.id) {
		warn_report("a card needs an id to report errors, as in -device pinion,id=card0");
		return;
	}
	for (; errors; errors &= errors - 1)
		report(&s->pdev, ctz32(errors));
}
