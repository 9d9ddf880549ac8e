/* SPDX-License-Identifier: GPL-2.0 */
/* The folder limits/ of the PCI device in sysfs. */
#ifndef PINION_LIMITS_SYSFS_H
#define PINION_LIMITS_SYSFS_H

#include <linux/sysfs.h>

extern const struct attribute_group pinion_limits_group;

#endif /* PINION_LIMITS_SYSFS_H */
