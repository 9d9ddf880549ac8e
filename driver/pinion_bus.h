/* SPDX-License-Identifier: GPL-2.0 */
/* What the PCI core asks of the driver: resets, errors of the bus, system sleep. */
#ifndef PINION_BUS_H
#define PINION_BUS_H

#include <linux/pci.h>
#include <linux/pm.h>

extern const struct pci_error_handlers pinion_bus_errors;
extern const struct dev_pm_ops pinion_bus_pm;

struct pinion_card;

void pinion_bus_allow_rest(struct pinion_card *pdev);
void pinion_bus_forbid_rest(struct pinion_card *pdev);

#endif /* PINION_BUS_H */
