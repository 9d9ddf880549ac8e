// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The property "pulled": when it is set to true, the card is gone from its slot at once, and the
 * guest learns of it afterwards. QEMU's device_del asks the guest first.
 */
#include "pci.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pcie.h"

/* The port above the card, if it does the hotplug of its slot itself; otherwise NULL. */
static PCIDevice *hotplug_port(PCIDevice *pdev)
{
	PCIDevice *port = pci_bridge_get_device(pci_get_bus(pdev));
	uint8_t *express;

	if (!port || !port->exp.exp_cap)
		return NULL;
	express = port->config + port->exp.exp_cap;
	return pci_get_long(express + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_HPC ? port : NULL;
}

/*
 * QEMU takes the card out of a slot that the guest switches off. So act as if the guest had just
 * done that; the slot's registers still say that the slot is on.
 */
static void pull(void *opaque)
{
	PCIDevice *port = opaque;
	uint32_t control = port->exp.exp_cap + PCI_EXP_SLTCTL;
	uint16_t status = pci_get_word(port->config + port->exp.exp_cap + PCI_EXP_SLTSTA);

	pcie_cap_slot_write_config(port, 0, status, control,
				   PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PIC_OFF, 2);
	object_unref(OBJECT(port));
}

/* The card cannot be freed while one of its properties is being set: pull it a little later. */
static void set_pulled(Object *obj, bool value, Error **errp)
{
	PCIDevice *port = hotplug_port(PCI_DEVICE(obj));

	if (!value)
		return;
	if (!port) {
		error_setg(errp, "the port above the card leaves hotplug to ACPI: start QEMU with "
				 "-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off");
		return;
	}
	object_ref(OBJECT(port));
	aio_bh_schedule_oneshot(qemu_get_aio_context(), pull, port);
}

static bool get_pulled(Object *obj, Error **errp)
{
	return false;
}

/**
 * pinion_slot_add() - add the property "pulled"
 * @class: class of the device
 */
void pinion_slot_add(ObjectClass *class)
{
	object_class_property_add_bool(class, "pulled", get_pulled, set_pulled);
	object_class_property_set_description(class, "pulled",
					      "true: the card is pulled out of its slot");
}
