// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration space: PCI capabilities, what writes to them do, and resets. */
#include "pci.h"
#include "qapi/error.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pcie.h"

#define CAP_MSIX       0x50
#define CAP_EXPRESS    0x70
#define EXT_CAP_AER    0x100
#define EXT_CAP_SERIAL 0x150

/* PCI Express with reset of the function and reports of errors to the port above. */
static bool add_express(struct pinion_dev *s, Error **errp)
{
	PCIDevice *pdev = &s->pdev;

	if (pcie_endpoint_cap_init(pdev, CAP_EXPRESS) < 0) {
		error_setg(errp,
			   "there is no space for the PCI Express capability in config space");
		return false;
	}
	pcie_cap_flr_init(pdev);
	pcie_cap_deverr_init(pdev);
	if (pcie_aer_init(pdev, PCI_ERR_VER, EXT_CAP_AER, PCI_ERR_SIZEOF, errp) < 0)
		return false;
	pcie_dev_ser_num_init(pdev, EXT_CAP_SERIAL, s->serial);
	return true;
}

static bool add_interrupts(struct pinion_dev *s, Error **errp)
{
	unsigned int i;

	if (msix_init(&s->pdev, PINION_MSIX_VECTORS, &s->regs, PINION_BAR_REGS,
		      PINION_MSIX_TABLE_OFFSET, &s->regs, PINION_BAR_REGS, PINION_MSIX_PBA_OFFSET,
		      CAP_MSIX, errp) < 0)
		return false;
	for (i = 0; i < PINION_MSIX_VECTORS; i++)
		msix_vector_use(&s->pdev, i);
	return true;
}

/*
 * Let the port above the card say whether its link to the card is up: Linux waits for the link
 * after a reset of the bus. QEMU sets the bit only where the port itself does the hotplug, and not
 * where ACPI does. The bit that says that the link has changed is left alone, because pciehp, the
 * kernel's driver of such ports, would take the card for a new one.
 */
static void set_link(struct pinion_dev *s, bool up)
{
	PCIDevice *port = pci_bridge_get_device(pci_get_bus(&s->pdev));
	uint8_t *express;

	if (!port || !port->exp.exp_cap)
		return;
	express = port->config + port->exp.exp_cap;
	pci_word_test_and_clear_mask(express + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
	if (up && pci_get_long(express + PCI_EXP_LNKCAP) & PCI_EXP_LNKCAP_DLLLARC)
		pci_word_test_and_set_mask(express + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
}

/**
 * pinion_config_init() - add the PCI capabilities
 * @s: the device, whose BARs are registered
 * @errp: out: why it failed
 *
 * Return: false if it failed; pinion_config_exit() then removes what was added
 */
bool pinion_config_init(struct pinion_dev *s, Error **errp)
{
	if (!pinion_power_init(s, errp) || !add_express(s, errp) || !add_interrupts(s, errp))
		return false;
	set_link(s, true);
	return true;
}

/**
 * pinion_config_exit() - remove what pinion_config_init() added
 * @s: the device
 */
void pinion_config_exit(struct pinion_dev *s)
{
	set_link(s, false);
	pinion_power_exit(s);
	if (msix_present(&s->pdev))
		msix_uninit(&s->pdev, &s->regs, &s->regs);
	if (s->pdev.exp.aer_cap)
		pcie_aer_exit(&s->pdev);
	if (s->pdev.exp.exp_cap)
		pcie_cap_exit(&s->pdev);
}

/**
 * pinion_reset() - reset the card: DeviceClass.reset
 * @dev: the device, a struct pinion_dev
 *
 * QEMU calls this at power-on, at a reset of the machine or of the bus above, and at an FLR. The
 * status registers of AER keep their values, as the PCI Express specification says.
 */
void pinion_reset(DeviceState *dev)
{
	struct pinion_dev *s = PINION(dev);

	pcie_cap_deverr_reset(&s->pdev);
	dev_lock(s);
	card_reset(s->card);
	qatomic_set(&s->msis, 0);
	s->resetting = card_reset_busy(s->card);
	dev_unlock(s);
	pinion_power_reset(s);
	/* The boot ROM starts the firmware in the flash. */
	pinion_kick(s);
}

/**
 * pinion_config_read() - a read of configuration space: PCIDeviceClass.config_read
 * @pdev: the PCI function
 * @addr: offset in configuration space
 * @len: bytes to read, 1 to 4
 *
 * Return: the value; all ones from a function that has not finished a reset
 */
uint32_t pinion_config_read(PCIDevice *pdev, uint32_t addr, int len)
{
	struct pinion_dev *s = PINION(pdev);

	if (!s->resetting)
		return pci_default_read_config(pdev, addr, len);
	dev_lock(s);
	s->resetting = card_reset_busy(s->card);
	dev_unlock(s);
	return UINT32_MAX;
}

/**
 * pinion_config_write() - a write to configuration space: PCIDeviceClass.config_write
 * @pdev: the PCI function
 * @addr: offset in configuration space
 * @value: value that is written
 * @len: bytes that are written, 1 to 4
 */
void pinion_config_write(PCIDevice *pdev, uint32_t addr, uint32_t value, int len)
{
	if (PINION(pdev)->resetting)
		return;
	pinion_power_write(PINION(pdev), addr, value, len);
	pcie_cap_flr_write_config(pdev, addr, value, len);
	pcie_aer_write_config(pdev, addr, value, len);
}
