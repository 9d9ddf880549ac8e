// SPDX-License-Identifier: GPL-2.0-or-later
/* Accesses of the guest to BAR0 and BAR2. BAR4 is plain memory. */
#include "pci.h"

/* The contract: another width or alignment reads zero and writes nothing. */
static bool access_allowed(hwaddr addr, unsigned int size)
{
	return size == 4 && !(addr & 3);
}

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned int size)
{
	struct pinion_dev *s = opaque;
	uint32_t value;

	if (!access_allowed(addr, size))
		return 0;
	dev_lock(s);
	value = card_reg_read(s->card, addr);
	dev_unlock(s);
	return value;
}

static void regs_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size)
{
	struct pinion_dev *s = opaque;

	if (!access_allowed(addr, size))
		return;
	dev_lock(s);
	card_reg_write(s->card, addr, value);
	dev_unlock(s);
	pinion_send_msis(s);
}

static uint64_t doorbells_read(void *opaque, hwaddr addr, unsigned int size)
{
	struct pinion_dev *s = opaque;
	uint32_t value;

	if (!access_allowed(addr, size))
		return 0;
	dev_lock(s);
	value = card_doorbell_read(s->card, addr);
	dev_unlock(s);
	return value;
}

static void doorbells_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size)
{
	struct pinion_dev *s = opaque;

	if (!access_allowed(addr, size))
		return;
	if (addr % PINION_DOORBELL_STRIDE == PINION_DOORBELL_TAIL) {
		pinion_ring(s, addr / PINION_DOORBELL_STRIDE, value);
		return;
	}
	dev_lock(s);
	card_doorbell_write(s->card, addr, value);
	dev_unlock(s);
	pinion_send_msis(s);
}

/* Let QEMU pass accesses of every width and alignment, so that access_allowed() decides. */
#define ANY_ACCESS { .min_access_size = 1, .max_access_size = 8, .unaligned = true }

static const MemoryRegionOps regs_ops = {
	.read = regs_read,
	.write = regs_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = ANY_ACCESS,
	.impl = ANY_ACCESS,
};

static const MemoryRegionOps doorbells_ops = {
	.read = doorbells_read,
	.write = doorbells_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = ANY_ACCESS,
	.impl = ANY_ACCESS,
};

/**
 * pinion_bars_init() - create the memory regions of the BARs and register them
 * @s: the device; @memory exists already
 */
void pinion_bars_init(struct pinion_dev *s)
{
	Object *owner = OBJECT(s);
	uint8_t memory = PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64;

	memory_region_init_io(&s->regs, owner, &regs_ops, s, "pinion-regs", PINION_BAR_REGS_SIZE);
	memory_region_init_io(&s->doorbells, owner, &doorbells_ops, s, "pinion-doorbells",
			      PINION_MAX_QUEUES * PINION_DOORBELL_STRIDE);
	memory_region_init_alias(&s->window, owner, "pinion-window", &s->memory, 0,
				 s->window_bytes);
	/*
	 * dev_lock() releases the BQL, so a second processor may access the card while the first
	 * one waits. QEMU would take that for a device that calls itself, and refuse the access.
	 */
	s->regs.disable_reentrancy_guard = true;
	s->doorbells.disable_reentrancy_guard = true;
	pci_register_bar(&s->pdev, PINION_BAR_REGS, memory, &s->regs);
	pci_register_bar(&s->pdev, PINION_BAR_DOORBELLS, memory, &s->doorbells);
	pci_register_bar(&s->pdev, PINION_BAR_MEMORY, memory | PCI_BASE_ADDRESS_MEM_PREFETCH,
			 &s->window);
}
