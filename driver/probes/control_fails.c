// SPDX-License-Identifier: GPL-2.0
/*
 * A probe whose answer is no on every kernel. It proves that a call with a wrong type of argument
 * counts as a failure, though some compilers only warn of it.
 *
 * Stop if: no probe can be trusted: a wrong one compiles.
 */
#include <linux/pci.h>

int probe(struct device *dev)
{
	return pci_enable_device(dev);
}
