// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiles if device_class_set_legacy_reset() exists; before, one wrote DeviceClass.reset. */
#include "qemu/osdep.h"
#include "hw/qdev-core.h"

void probe(DeviceClass *class, DeviceReset reset);

void probe(DeviceClass *class, DeviceReset reset)
{
	device_class_set_legacy_reset(class, reset);
}
