/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of the card's operator: files in the folder limits/ of the PCI device in sysfs. */
#ifndef PINION_ISOLATION_OPERATOR_H
#define PINION_ISOLATION_OPERATOR_H

#include <stdio.h>

#include "rig.h"

static inline const char *limit_path(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/limits/%s", rig_pci_address(), name);
	return path;
}

static inline void set_limit(const char *name, const char *value)
{
	int ret = try_write(limit_path(name), value);

	if (ret)
		ksft_exit_fail_msg("limits/%s = %s: %s\n", name, value, strerror(-ret));
}

#endif /* PINION_ISOLATION_OPERATOR_H */
