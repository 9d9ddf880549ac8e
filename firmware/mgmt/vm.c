// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces: root of the page tables, save area and group, and how many queues use each. */
#include "fw.h"
#include "io.h"

#define ROOT_VALID  1u
#define TABLE_BYTES 4096u

static void root_write(uint32_t vm, uint64_t root)
{
	uint32_t addr = PINION_MGMT_VM_BASE + vm * PINION_MGMT_VM_STRIDE;

	io_write(addr + PINION_MGMT_VM_ROOT_HI, (uint32_t)(root >> 32));
	io_write(addr + PINION_MGMT_VM_ROOT_LO, (uint32_t)root);
}

/* To be called while the address space has no root: otherwise the registers keep their values. */
static void save_write(uint32_t vm, uint64_t save, uint32_t group)
{
	uint32_t addr = PINION_MGMT_SAVE_BASE + vm * PINION_MGMT_SAVE_STRIDE;

	io_write(addr + PINION_MGMT_SAVE_HI, (uint32_t)(save >> 32));
	io_write(addr + PINION_MGMT_SAVE_LO, (uint32_t)save);
	io_write(addr + PINION_MGMT_SAVE_GROUP, group);
}

/**
 * vms_adopt() - take over the address spaces that the firmware before this one had set
 * @fw: the firmware's state
 *
 * An address space that has a root exists: a reset of level WARM has left it in use.
 * Return: number of address spaces taken over.
 */
uint32_t vms_adopt(struct fw *fw)
{
	uint32_t adopted = 0;

	for (uint32_t i = 1; i < fw->vms; i++) {
		fw->vm[i].set = io_read(PINION_MGMT_VM_BASE + i * PINION_MGMT_VM_STRIDE +
					PINION_MGMT_VM_ROOT_LO) &
				ROOT_VALID;
		adopted += fw->vm[i].set;
	}
	return adopted;
}

static bool vm_valid(const struct fw *fw, const struct pinion_msg_vm *arg)
{
	return arg->vm && arg->vm < fw->vms && all_zero(arg->reserved, 8);
}

static uint64_t root_of(const struct pinion_msg_vm *arg)
{
	return (uint64_t)arg->root_hi << 32 | arg->root_lo;
}

static uint64_t save_of(const struct pinion_msg_vm *arg)
{
	return (uint64_t)arg->save_hi << 32 | arg->save_lo;
}

/* Whether save area and group are in range; both are 0 if the card cannot preempt. */
static bool sharing_valid(const struct fw *fw, const struct pinion_msg_vm *arg)
{
	uint64_t save = save_of(arg);

	if (!(fw->caps & PINION_CAP_PREEMPT))
		return !save && !arg->group;
	return arg->group < PINION_MAX_GROUPS && !(save % TABLE_BYTES) &&
	       fw->save_bytes <= fw->memory && save <= fw->memory - fw->save_bytes;
}

bool vm_set_valid(const struct fw *fw, const union msg_args *args)
{
	uint64_t root = root_of(&args->vm);

	return vm_valid(fw, &args->vm) && !(root % TABLE_BYTES) && fw->memory >= TABLE_BYTES &&
	       root <= fw->memory - TABLE_BYTES && sharing_valid(fw, &args->vm);
}

/**
 * vm_set() - give an address space its page tables, its save area and its group
 * @fw: the firmware's state
 * @args: arguments that vm_set_valid() has checked
 *
 * Return: PINION_MBOX_OK; BUSY if the address space has page tables already.
 */
uint16_t vm_set(struct fw *fw, union msg_args *args)
{
	const struct pinion_msg_vm *arg = &args->vm;

	if (fw->vm[arg->vm].set)
		return PINION_MBOX_BUSY;
	fw->vm[arg->vm].set = true;
	if (fw->caps & PINION_CAP_PREEMPT)
		save_write(arg->vm, save_of(arg), arg->group);
	root_write(arg->vm, root_of(arg) | ROOT_VALID);
	return PINION_MBOX_OK;
}

bool vm_clear_valid(const struct fw *fw, const union msg_args *args)
{
	return vm_valid(fw, &args->vm) && !root_of(&args->vm) && !save_of(&args->vm) &&
	       !args->vm.group;
}

/**
 * vm_clear() - take the page tables away from an address space
 * @fw: the firmware's state
 * @args: arguments that vm_clear_valid() has checked
 *
 * The card may still cache translations of the address space: the host drops them by MMU_INV.
 *
 * Return: PINION_MBOX_OK; NOT_FOUND if the address space has no page tables; BUSY while a queue
 * uses it.
 */
uint16_t vm_clear(struct fw *fw, union msg_args *args)
{
	uint32_t vm = args->vm.vm;

	if (!fw->vm[vm].set)
		return PINION_MBOX_NOT_FOUND;
	if (fw->vm[vm].queues)
		return PINION_MBOX_BUSY;
	fw->vm[vm].set = false;
	root_write(vm, 0);
	if (fw->caps & PINION_CAP_PREEMPT)
		save_write(vm, 0, 0);
	return PINION_MBOX_OK;
}
