// SPDX-License-Identifier: GPL-2.0-or-later
/* The device: properties, creation and removal. */
#include "pci.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"

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
	if (s->without_caps & ~PINION_CAPS_ALL) {
		error_setg(errp, "without-caps must have no other bits than 0x%" PRIx64,
			   (uint64_t)PINION_CAPS_ALL);
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
	return true;
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
	if (!pinion_config_init(s, errp) || !make_card(s, errp)) {
		pinion_config_exit(s);
		pinion_flash_close(s);
		return;
	}
	pinion_hole_init();
	pinion_run_start(s);
	pinion_knobs_apply(s);
}

static void pinion_exit(PCIDevice *pdev)
{
	struct pinion_dev *s = PINION(pdev);

	pinion_run_stop(s);
	pinion_flash_close(s);
	/* QEMU frees the region later, perhaps after another card came into this slot. */
	vmstate_unregister_ram(&s->memory, DEVICE(s));
	pinion_config_exit(s);
}

/*
 * A processor may have begun to access a register just before the card was pulled out, and goes on
 * when it gets the BQL. QEMU keeps the object until such accesses are over.
 */
static void pinion_finalize(Object *obj)
{
	struct pinion_dev *s = PINION(obj);

	if (!s->card)
		return;
	pinion_run_free(s);
	card_free(s->card);
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
	DEFINE_PROP_BOOL("no-soft-reset", struct pinion_dev, no_soft_reset, true),
	DEFINE_PROP_STRING("power-loss", struct pinion_dev, power_loss),
	DEFINE_PROP_BOOL("sync", struct pinion_dev, sync, false),
	DEFINE_PROP_UINT32("delay-ns", struct pinion_dev, delay_ns, 1000),
	DEFINE_PROP_UINT32("step-ns", struct pinion_dev, step_ns, 20000),
	DEFINE_PROP_BOOL("verbose", struct pinion_dev, verbose, false),
	PROPERTIES_END
};

/* What "-device pinion,help" prints beside the defaults. */
static const struct {
	const char *name, *text;
} descriptions[] = {
	{ "memory", "device memory, a multiple of 2M from 16M to 256G" },
	{ "window", "bytes that BAR4 shows, a power of two; 0: as many as possible" },
	{ "cores", "compute cores, 1 to 64" },
	{ "scratchpad", "bytes of each core, a power of two from 65536 to 1048576" },
	{ "serial", "serial number of the board" },
	{ "dma-bits", "width of the card's DMA addresses, 32 to 57" },
	{ "without-caps", "PINION_CAP_* bits that the card lacks" },
	{ "debug", "the guest can use fault knobs through BAR0" },
	{ "flash", "file that is the card's flash, made if it does not exist" },
	{ "no-soft-reset", "off: the way from D3hot to D0 is a reset" },
	{ "power-loss", "what is lost with the power: memory, or nothing but registers" },
	{ "sync", "step the card from the virtual clock, not from a thread" },
	{ "delay-ns", "with sync=on: time from a doorbell to the first step" },
	{ "step-ns", "with sync=on: time that a step takes, not 0" },
	{ "verbose", "print the card's messages to standard error" },
};

static void describe_properties(ObjectClass *class)
{
	for (size_t i = 0; i < G_N_ELEMENTS(descriptions); i++)
		object_class_property_set_description(class, descriptions[i].name,
						      descriptions[i].text);
}

static void pinion_class_init(ObjectClass *class, CLASS_DATA *data)
{
	DeviceClass *dc = DEVICE_CLASS(class);
	PCIDeviceClass *pc = PCI_DEVICE_CLASS(class);

	pc->realize = pinion_realize;
	pc->exit = pinion_exit;
	pc->config_read = pinion_config_read;
	pc->config_write = pinion_config_write;
	pc->vendor_id = PINION_PCI_VENDOR;
	pc->device_id = PINION_PCI_DEVICE;
	pc->revision = PINION_PCI_REVISION;
	pc->class_id = PINION_PCI_CLASS >> 8;
	dc->desc = "Pinion accelerator card";
	dc->vmsd = &pinion_vmstate;
	device_class_set_legacy_reset(dc, pinion_reset);
	device_class_set_props(dc, pinion_properties);
	describe_properties(class);
	pinion_knobs_add(class);
	pinion_slot_add(class);
	set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo pinion_type = {
	.name = TYPE_PINION,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(struct pinion_dev),
	.instance_finalize = pinion_finalize,
	.class_init = pinion_class_init,
	.interfaces = (InterfaceInfo[]){ { INTERFACE_PCIE_DEVICE }, {} },
};

static void pinion_register_type(void)
{
	type_register_static(&pinion_type);
}

type_init(pinion_register_type)
