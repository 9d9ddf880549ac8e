// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces: where their page tables begin, and who uses them. */
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

static bool vm_ok(const struct fw *fw, const struct pinion_msg_vm *arg)
{
	return arg->vm && arg->vm < fw->vms && all_zero(arg->reserved, 11);
}

/**
 * vm_set() - give an address space its page tables
 * @fw: state
 * @arg: not checked yet
 *
 * Return: PINION_MBOX_OK; INVALID; BUSY if it has some already.
 */
uint16_t vm_set(struct fw *fw, const struct pinion_msg_vm *arg)
{
	uint64_t root = (uint64_t)arg->root_hi << 32 | arg->root_lo;

	if (!vm_ok(fw, arg) || root % TABLE_BYTES)
		return PINION_MBOX_INVALID;
	if (fw->memory < TABLE_BYTES || root > fw->memory - TABLE_BYTES)
		return PINION_MBOX_INVALID;
	if (fw->vm[arg->vm].set)
		return PINION_MBOX_BUSY;
	fw->vm[arg->vm].set = true;
	root_write(arg->vm, root | ROOT_VALID);
	return PINION_MBOX_OK;
}

/**
 * vm_clear() - take them away again
 * @fw: state
 * @arg: not checked yet
 *
 * What the card has cached of it goes by MMU_INV, which is the host's to write.
 *
 * Return: PINION_MBOX_OK; INVALID; NOT_FOUND if it has none; BUSY while a queue uses it.
 */
uint16_t vm_clear(struct fw *fw, const struct pinion_msg_vm *arg)
{
	if (!vm_ok(fw, arg) || arg->root_lo || arg->root_hi)
		return PINION_MBOX_INVALID;
	if (!fw->vm[arg->vm].set)
		return PINION_MBOX_NOT_FOUND;
	if (fw->vm[arg->vm].queues)
		return PINION_MBOX_BUSY;
	fw->vm[arg->vm].set = false;
	root_write(arg->vm, 0);
	return PINION_MBOX_OK;
}
