// SPDX-License-Identifier: GPL-2.0-or-later
/* The device: properties, PCI capabilities, creation, reset and removal. */
#include "pci.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"

#define CAP_PM	       0x40
#define CAP_MSIX       0x50
#define CAP_EXPRESS    0x70
#define EXT_CAP_AER    0x100
#define EXT_CAP_SERIAL 0x150

#define MEMORY_MIN   (16 * MiB)
#define MEMORY_MAX   (256 * GiB)
#define MEMORY_ALIGN (2 * MiB)

/*
 * LD_PRELOAD loaded this object into QEMU; it must not be loaded into programs that QEMU starts,
 * such as the shell of a migration to exec:.
 */
static void __attribute__((constructor)) forget_preload(void)
{
	unsetenv("LD_PRELOAD");
}

static bool check_properties(struct pinion_dev *s, Error **errp)
{
	if (s->memory_bytes < MEMORY_MIN || s->memory_bytes > MEMORY_MAX ||
	    s->memory_bytes % MEMORY_ALIGN) {
		error_setg(errp, "memory must be a multiple of 2M from 16M to 256G");
		return false;
	}
	if (!s->window_bytes)
		s->window_bytes = pow2floor(s->memory_bytes);
	if (s->window_bytes < 4 * KiB || s->window_bytes > s->memory_bytes ||
	    !is_power_of_2(s->window_bytes)) {
		error_setg(errp, "window must be a power of two from 4K to the size of the memory");
		return false;
	}
	if (s->cores < 1 || s->cores > PINION_MAX_CORES) {
		error_setg(errp, "cores must be 1 to %d", PINION_MAX_CORES);
		return false;
	}
	if (s->scratchpad_bytes < 64 * KiB || s->scratchpad_bytes > MiB ||
	    !is_power_of_2(s->scratchpad_bytes)) {
		error_setg(errp, "scratchpad must be a power of two from 65536 to 1048576");
		return false;
	}
	if (s->dma_bits < 32 || s->dma_bits > PINION_DMA_BITS) {
		error_setg(errp, "dma-bits must be 32 to %d", PINION_DMA_BITS);
		return false;
	}
	/* With 0, the timer would expire for ever at one point of the virtual clock. */
	if (!s->step_ns) {
		error_setg(errp, "step-ns must be 1 or more");
		return false;
	}
	return true;
}

static bool make_card(struct pinion_dev *s, Error **errp)
{
	struct card_config config = {
		.ops = &pinion_card_ops,
		.opaque = s,
		.memory = memory_region_get_ram_ptr(&s->memory),
		.memory_bytes = s->memory_bytes,
		.window_bytes = s->window_bytes,
		.cores = s->cores,
		.scratchpad_bytes = s->scratchpad_bytes,
		.serial = s->serial,
		.dma_bits = s->dma_bits,
		.without_caps = s->without_caps,
		.debug = s->debug,
		.flash = s->flash_fd >= 0,
		.public_key = card_test_public_key,
	};

	/* Without a barrier, the card could miss a tail in a shadow doorbell and hang the guest. */
	if (!pinion_host_has_barrier(s))
		config.without_caps |= PINION_CAP_SHADOW;
	s->card = card_new(&config);
	if (!s->card) {
		error_setg(errp, "the card cannot be made with these properties");
		return false;
	}
	card_set_dma_stray(s->card, s->dma_stray);
	return true;
}

static int add_power_management(PCIDevice *pdev, Error **errp)
{
	int pos = pci_add_capability(pdev, PCI_CAP_ID_PM, CAP_PM, PCI_PM_SIZEOF, errp);

	if (pos < 0)
		return pos;
	pci_set_word(pdev->config + pos + PCI_PM_PMC, 3); /* version of the PM specification */
	pci_set_word(pdev->config + pos + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	pci_set_word(pdev->wmask + pos + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
	return 0;
}

static int add_capabilities(struct pinion_dev *s, Error **errp)
{
	PCIDevice *pdev = &s->pdev;
	unsigned int i;
	int ret;

	ret = add_power_management(pdev, errp);
	if (ret < 0)
		return ret;
	ret = pcie_endpoint_cap_init(pdev, CAP_EXPRESS);
	if (ret < 0) {
		error_setg(errp,
			   "there is no space for the PCI Express capability in config space");
		return ret;
	}
	pcie_cap_flr_init(pdev);
	ret = pcie_aer_init(pdev, PCI_ERR_VER, EXT_CAP_AER, PCI_ERR_SIZEOF, errp);
	if (ret < 0)
		return ret;
	pcie_dev_ser_num_init(pdev, EXT_CAP_SERIAL, s->serial);
	ret = msix_init(pdev, PINION_MSIX_VECTORS, &s->regs, PINION_BAR_REGS,
			PINION_MSIX_TABLE_OFFSET, &s->regs, PINION_BAR_REGS, PINION_MSIX_PBA_OFFSET,
			CAP_MSIX, errp);
	for (i = 0; !ret && i < PINION_MSIX_VECTORS; i++)
		msix_vector_use(pdev, i);
	return ret;
}

static void remove_capabilities(struct pinion_dev *s)
{
	if (msix_present(&s->pdev))
		msix_uninit(&s->pdev, &s->regs, &s->regs);
	if (s->pdev.exp.aer_cap)
		pcie_aer_exit(&s->pdev);
	if (s->pdev.exp.exp_cap)
		pcie_cap_exit(&s->pdev);
}

/* Device memory without swap space reserved for it: it may be larger than the host's memory. */
static bool make_memory(struct pinion_dev *s, Error **errp)
{
	Error *err = NULL;

	memory_region_init_ram_flags_nomigrate(&s->memory, OBJECT(s), "pinion-memory",
					       s->memory_bytes, RAM_NORESERVE, &err);
	if (err) {
		error_propagate(errp, err);
		return false;
	}
	vmstate_register_ram(&s->memory, DEVICE(s));
	return true;
}

static void pinion_realize(PCIDevice *pdev, Error **errp)
{
	struct pinion_dev *s = PINION(pdev);

	if (!check_properties(s, errp) || !pinion_flash_open(s, errp))
		return;
	if (!make_memory(s, errp)) {
		pinion_flash_close(s);
		return;
	}
	pinion_bars_init(s);
	if (add_capabilities(s, errp) < 0 || !make_card(s, errp)) {
		remove_capabilities(s);
		pinion_flash_close(s);
		return;
	}
	pinion_hole_init();
	pinion_run_start(s);
}

static void pinion_exit(PCIDevice *pdev)
{
	struct pinion_dev *s = PINION(pdev);

	pinion_run_stop(s);
	card_free(s->card);
	s->card = NULL;
	pinion_flash_close(s);
	/* QEMU frees the region later, perhaps after another card came into this slot. */
	vmstate_unregister_ram(&s->memory, DEVICE(s));
	remove_capabilities(s);
}

/* Called at power-on, at a reset of the machine or the bus above, and at an FLR. */
static void pinion_reset(DeviceState *dev)
{
	struct pinion_dev *s = PINION(dev);

	pci_set_word(s->pdev.config + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	dev_lock(s);
	card_reset(s->card);
	qatomic_set(&s->msis, 0);
	dev_unlock(s);
	pinion_kick(s);
}

static void pinion_write_config(PCIDevice *pdev, uint32_t addr, uint32_t value, int len)
{
	pci_default_write_config(pdev, addr, value, len);
	pcie_cap_flr_write_config(pdev, addr, value, len);
}

/* Unlike the properties below, the fault knob dma-stray can be set while the machine runs. */
static void get_dma_stray(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	struct pinion_dev *s = PINION(obj);
	uint32_t count = s->dma_stray;

	if (s->card) {
		dev_lock(s);
		count = card_dma_stray(s->card);
		dev_unlock(s);
	}
	visit_type_uint32(v, name, &count, errp);
}

static void set_dma_stray(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	struct pinion_dev *s = PINION(obj);
	uint32_t count;

	if (!visit_type_uint32(v, name, &count, errp))
		return;
	if (!s->card) {
		s->dma_stray = count;
		return;
	}
	dev_lock(s);
	card_set_dma_stray(s->card, count);
	dev_unlock(s);
}

static const Property pinion_properties[] = {
	DEFINE_PROP_SIZE("memory", struct pinion_dev, memory_bytes, 256 * MiB),
	DEFINE_PROP_SIZE("window", struct pinion_dev, window_bytes, 0),
	DEFINE_PROP_UINT32("cores", struct pinion_dev, cores, 8),
	DEFINE_PROP_UINT32("scratchpad", struct pinion_dev, scratchpad_bytes, 256 * KiB),
	DEFINE_PROP_UINT64("serial", struct pinion_dev, serial, 1),
	DEFINE_PROP_UINT32("dma-bits", struct pinion_dev, dma_bits, PINION_DMA_BITS),
	DEFINE_PROP_UINT64("without-caps", struct pinion_dev, without_caps, 0),
	DEFINE_PROP_BOOL("debug", struct pinion_dev, debug, false),
	DEFINE_PROP_STRING("flash", struct pinion_dev, flash),
	DEFINE_PROP_BOOL("sync", struct pinion_dev, sync, false),
	DEFINE_PROP_UINT32("delay-ns", struct pinion_dev, delay_ns, 1000),
	DEFINE_PROP_UINT32("step-ns", struct pinion_dev, step_ns, 20000),
	DEFINE_PROP_BOOL("verbose", struct pinion_dev, verbose, false),
	PROPERTIES_END
};

static void pinion_class_init(ObjectClass *class, CLASS_DATA *data)
{
	DeviceClass *dc = DEVICE_CLASS(class);
	PCIDeviceClass *pc = PCI_DEVICE_CLASS(class);

	pc->realize = pinion_realize;
	pc->exit = pinion_exit;
	pc->config_write = pinion_write_config;
	pc->vendor_id = PINION_PCI_VENDOR;
	pc->device_id = PINION_PCI_DEVICE;
	pc->revision = PINION_PCI_REVISION;
	pc->class_id = PINION_PCI_CLASS >> 8;
	dc->desc = "Pinion accelerator card";
	dc->vmsd = &pinion_vmstate;
	device_class_set_legacy_reset(dc, pinion_reset);
	device_class_set_props(dc, pinion_properties);
	object_class_property_add(class, "dma-stray", "uint32", get_dma_stray, set_dma_stray, NULL,
				  NULL);
	object_class_property_set_description(class, "dma-stray",
					      "which host access of a COPY goes astray, 0 = none");
	set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo pinion_type = {
	.name = TYPE_PINION,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(struct pinion_dev),
	.class_init = pinion_class_init,
	.interfaces = (InterfaceInfo[]){ { INTERFACE_PCIE_DEVICE }, {} },
};

static void pinion_register_type(void)
{
	type_register_static(&pinion_type);
}

type_init(pinion_register_type)
