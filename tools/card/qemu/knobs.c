// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fault knobs as properties of the device. Unlike other properties they can be set while the
 * machine runs, by qom-set in QEMU's monitor.
 */
#include "pci.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

static void get_knob(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	struct pinion_dev *s = PINION(obj);
	uintptr_t index = (uintptr_t)opaque;
	uint32_t value = s->knobs[index];

	if (s->card) {
		dev_lock(s);
		value = card_knob(s->card, index);
		dev_unlock(s);
	}
	visit_type_uint32(v, name, &value, errp);
}

static void set_knob(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	struct pinion_dev *s = PINION(obj);
	uintptr_t index = (uintptr_t)opaque;
	uint32_t value;

	if (!visit_type_uint32(v, name, &value, errp))
		return;
	if (!s->card) {
		s->knobs[index] = value;
		return;
	}
	dev_lock(s);
	card_set_knob(s->card, index, value);
	dev_unlock(s);
	pinion_send_msis(s);
}

/**
 * pinion_knobs_add() - add a property for each knob, such as "dma-stray" for dma_stray
 * @class: class of the device
 */
void pinion_knobs_add(ObjectClass *class)
{
	const char *name;
	uintptr_t i;

	for (i = 0; (name = card_knob_name(i)); i++) {
		g_autofree char *property = g_strdelimit(g_strdup(name), "_", '-');

		object_class_property_add(class, property, "uint32", get_knob, set_knob, NULL,
					  (void *)i);
		object_class_property_set_description(class, property, card_knob_text(i));
	}
}

/**
 * pinion_knobs_apply() - pass the values that were set before the card existed
 * @s: the device, whose card is new and can be stepped
 */
void pinion_knobs_apply(struct pinion_dev *s)
{
	unsigned int i;

	dev_lock(s);
	for (i = 0; card_knob_name(i); i++)
		card_set_knob(s->card, i, s->knobs[i]);
	dev_unlock(s);
}
