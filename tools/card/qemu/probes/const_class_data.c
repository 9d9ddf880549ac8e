// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiles if the second argument of TypeInfo.class_init points to constant data. */
#include "qemu/osdep.h"
#include "qom/object.h"

void probe(ObjectClass *class, const void *data);

const TypeInfo probe_type = {
	.class_init = probe,
};
