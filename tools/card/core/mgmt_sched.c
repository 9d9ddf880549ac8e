// SPDX-License-Identifier: GPL-2.0-or-later
/* The registers of the management processor that say who shares cores and queue engine, and how. */
#include "card_int.h"

static uint32_t area_read(const struct card_vm *vm, uint32_t reg)
{
	switch (reg) {
	case PINION_MGMT_SAVE_LO:
		return (uint32_t)vm->save;
	case PINION_MGMT_SAVE_HI:
		return vm->save >> 32;
	case PINION_MGMT_SAVE_GROUP:
		return vm->group;
	default:
		return 0;
	}
}

static void area_write(struct card *card, uint32_t vm, uint32_t reg, uint32_t value)
{
	if (reg == PINION_MGMT_SAVE_HI)
		card->s.vms[vm].save_hi = value;
	else if (vm && reg == PINION_MGMT_SAVE_LO)
		preempt_set_area(card, vm, (uint64_t)card->s.vms[vm].save_hi << 32 | value);
	else if (vm && reg == PINION_MGMT_SAVE_GROUP)
		preempt_set_group(card, vm, value);
}

static uint32_t group_read(const struct card_group *group, uint32_t reg)
{
	switch (reg) {
	case PINION_MGMT_GROUP_WEIGHT:
		return group->weight;
	case PINION_MGMT_GROUP_CYCLES_LO:
		return (uint32_t)group->cycles;
	case PINION_MGMT_GROUP_CYCLES_HI:
		return group->cycles >> 32;
	case PINION_MGMT_GROUP_PREEMPTIONS:
		return group->preemptions;
	default:
		return 0;
	}
}

static bool in_areas(uint32_t va)
{
	return va - PINION_MGMT_SAVE_BASE < PINION_MAX_VMS * PINION_MGMT_SAVE_STRIDE;
}

static bool in_groups(uint32_t va)
{
	return va - PINION_MGMT_GROUP_BASE < PINION_MAX_GROUPS * PINION_MGMT_GROUP_STRIDE;
}

/* Return: the register at @va; 0 if none is there, or the card cannot preempt. */
uint32_t mgmt_sched_read(const struct card *card, uint32_t va)
{
	const uint32_t area = va - PINION_MGMT_SAVE_BASE, group = va - PINION_MGMT_GROUP_BASE;

	if (!(card_caps(card) & PINION_CAP_PREEMPT))
		return 0;
	if (va == PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE)
		return card->s.slice;
	if (va == PINION_MGMT_SYS_BASE + PINION_MGMT_SAVE_BYTES)
		return preempt_save_bytes(card);
	if (in_areas(va))
		return area_read(&card->s.vms[area / PINION_MGMT_SAVE_STRIDE],
				 area % PINION_MGMT_SAVE_STRIDE);
	if (in_groups(va))
		return group_read(&card->s.groups[group / PINION_MGMT_GROUP_STRIDE],
				  group % PINION_MGMT_GROUP_STRIDE);
	return 0;
}

/* A write of a value that the register cannot have, or to no register, has no effect. */
void mgmt_sched_write(struct card *card, uint32_t va, uint32_t value)
{
	const uint32_t area = va - PINION_MGMT_SAVE_BASE, group = va - PINION_MGMT_GROUP_BASE;

	if (!(card_caps(card) & PINION_CAP_PREEMPT))
		return;
	if (va == PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE && value >= PINION_SLICE_MIN)
		card->s.slice = value;
	else if (in_areas(va))
		area_write(card, area / PINION_MGMT_SAVE_STRIDE, area % PINION_MGMT_SAVE_STRIDE,
			   value);
	else if (in_groups(va) && group % PINION_MGMT_GROUP_STRIDE == PINION_MGMT_GROUP_WEIGHT &&
		 value >= PINION_WEIGHT_MIN && value <= PINION_WEIGHT_MAX)
		sched_set_weight(&card->s.groups[group / PINION_MGMT_GROUP_STRIDE], value);
}
