// SPDX-License-Identifier: GPL-2.0
/*
 * A probe whose answer is yes on every kernel. It proves that probes can compile at all.
 *
 * Stop unless: no probe can be trusted: a right one does not compile, or Module.symvers is empty.
 * Symbol: pci_enable_device
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <drm/drm_drv.h>

int probe(struct pci_dev *pci)
{
	return pci_enable_device(pci);
}
