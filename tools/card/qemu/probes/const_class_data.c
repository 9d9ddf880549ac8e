// SPDX-License-Identifier: GPL-2.0-or-later
/* The data that TypeInfo.class_init is given is constant. */
#include "qemu/osdep.h"
#include "qom/object.h"

void probe(ObjectClass *class, const void *data);

const TypeInfo probe_type = {
	.class_init = probe,
};
