// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiles with every QEMU. If it does not, the results of the other probes mean nothing. */
#include "qemu/osdep.h"
#include "hw/qdev-core.h"
#include "qom/object.h"

void probe(DeviceClass *class);

void probe(DeviceClass *class)
{
	class->desc = "control";
}
