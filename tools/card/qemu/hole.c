// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On a PC, a read that no device answers returns all ones; in QEMU it returns zero. Drivers
 * recognise by the all ones that a card was pulled out, so a memory region of the lowest priority
 * answers wherever there is no device.
 */
#include "pci.h"
#include "exec/address-spaces.h"

#define HOLE_PRIORITY (-1000)

static MemTxResult hole_read(void *opaque, hwaddr addr, uint64_t *value, unsigned int size,
			     MemTxAttrs attrs)
{
	*value = UINT64_MAX;
	return MEMTX_DECODE_ERROR;
}

static MemTxResult hole_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size,
			      MemTxAttrs attrs)
{
	return MEMTX_DECODE_ERROR;
}

static const MemoryRegionOps hole_ops = {
	.read_with_attrs = hole_read,
	.write_with_attrs = hole_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
	.impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

/**
 * pinion_hole_init() - let unanswered reads return all ones
 *
 * Done once in a machine, whatever the number of cards; the region stays when they are unplugged.
 */
void pinion_hole_init(void)
{
	static MemoryRegion *hole;

	if (hole)
		return;
	hole = g_new0(MemoryRegion, 1);
	memory_region_init_io(hole, NULL, &hole_ops, NULL, "pinion-hole", UINT64_MAX);
	memory_region_add_subregion_overlap(get_system_memory(), 0, hole, HOLE_PRIORITY);
}
