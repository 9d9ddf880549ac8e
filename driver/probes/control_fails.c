// SPDX-License-Identifier: GPL-2.0
/*
 * A probe whose answer is no on every kernel: it shows that a call with the wrong type of argument,
 * which may be no more than a warning, is noticed.
 *
 * Stop if: no probe can be trusted: a wrong one compiles.
 */
#include <linux/pci.h>

int probe(struct device *dev)
{
	return pci_enable_device(dev);
}
