// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Migration. QEMU stops the machine first, and the worker with it. Device memory is a RAM region,
 * which QEMU copies itself.
 */
#include "pci.h"
#include "hw/pci/msix.h"
#include "migration/vmstate.h"

static int pre_save(void *opaque)
{
	struct pinion_dev *s = opaque;

	dev_lock(s);
	g_free(s->state);
	s->state_bytes = card_save_bytes(s->card);
	s->state = g_malloc(s->state_bytes);
	card_save(s->card, s->state);
	dev_unlock(s);
	return 0;
}

static int post_save(void *opaque)
{
	struct pinion_dev *s = opaque;

	g_free(s->state);
	s->state = NULL;
	return 0;
}

static int pre_load(void *opaque)
{
	return post_save(opaque);
}

/* Called before QEMU allocates state_bytes, which come from the stream. */
static bool state_fits(void *opaque, int version)
{
	struct pinion_dev *s = opaque;

	return s->state_bytes == card_save_bytes(s->card);
}

static int post_load(void *opaque, int version)
{
	struct pinion_dev *s = opaque;
	int ret;

	dev_lock(s);
	ret = card_load(s->card, s->state, s->state_bytes);
	dev_unlock(s);
	post_save(s);
	pinion_power_load(s);
	pinion_kick(s);
	return ret ? -EINVAL : 0;
}

const VMStateDescription pinion_vmstate = {
	.name = TYPE_PINION,
	.version_id = 1,
	.minimum_version_id = 1,
	.pre_save = pre_save,
	.post_save = post_save,
	.pre_load = pre_load,
	.post_load = post_load,
	.fields = (VMStateField[]){ VMSTATE_PCI_DEVICE(pdev, struct pinion_dev),
				    VMSTATE_MSIX(pdev, struct pinion_dev),
				    VMSTATE_UINT32(state_bytes, struct pinion_dev),
				    VMSTATE_VALIDATE("the card's state has another length",
						     state_fits),
				    VMSTATE_VBUFFER_ALLOC_UINT32(state, struct pinion_dev, 1, NULL,
								 state_bytes),
				    VMSTATE_END_OF_LIST() },
};
