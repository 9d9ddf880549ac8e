// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiles if PCIDevice says in has_power, not in enabled, whether its slot has power. */
#include "qemu/osdep.h"
#if __has_include("hw/pci/pci_device.h")
#include "hw/pci/pci_device.h"
#else
#include "hw/pci/pci.h"
#endif

bool probe(PCIDevice *pdev);

bool probe(PCIDevice *pdev)
{
	return pdev->has_power;
}
