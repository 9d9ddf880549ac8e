/* SPDX-License-Identifier: GPL-2.0 */
/* The least version of firmware that a card with a flash boots. */
#ifndef PINION_FW_MINIMUM_H
#define PINION_FW_MINIMUM_H

struct attribute_group;

/* The folder flash/ of the PCI device in sysfs. */
extern const struct attribute_group pinion_flash_group;

#endif /* PINION_FW_MINIMUM_H */
