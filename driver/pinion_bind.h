/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of an address space, split into a part that may fail and one that cannot. */
#ifndef PINION_BIND_H
#define PINION_BIND_H

#include "pinion_device.h"

struct pinion_bind;

/**
 * struct pinion_vm_step - resources for the drm_gpuvm steps of one MAP or UNMAP
 * @vm: address space
 * @spare: preallocated struct pinion_va: one for the new mapping, two for what remains of old
 *	mappings at either end of the range
 * @bo: drm_gpuvm's entry for the buffer of the new mapping; NULL: sparse
 */
struct pinion_vm_step {
	struct pinion_vm *vm;
	struct list_head spare;
	struct drm_gpuvm_bo *bo;
};

/**
 * struct pinion_vm_change - a MAP or UNMAP
 * @obj: buffer of a MAP, referenced; NULL: sparse MAP, or UNMAP
 * @offset: offset in the buffer in bytes, for a MAP
 * @va: virtual address
 * @bytes: length in bytes
 * @flags: DRM_PINION_VM_BIND_READ, WRITE, EXEC, SPARSE of a MAP; 0: UNMAP
 * @prepared: whether pinion_vm_prepare() was called, so that @step and @tables are valid
 * @step: resources for the drm_gpuvm steps
 * @tables: page tables allocated in advance
 */
struct pinion_vm_change {
	struct drm_gem_object *obj;
	u64 offset;
	u64 va;
	u64 bytes;
	u32 flags;
	bool prepared;
	struct pinion_vm_step step;
	struct pinion_pt_spare tables;
};

/* pinion_vm.c */
int pinion_vm_map(struct pinion_vm *vm, const struct pinion_vm_change *change);
int pinion_vm_prepare(struct pinion_vm *vm, struct pinion_vm_change *change);
void pinion_vm_commit(struct pinion_vm *vm, struct pinion_vm_change *change);
void pinion_vm_change_free(struct pinion_vm *vm, struct pinion_vm_change *change);

/* pinion_bind_async.c */
void pinion_binds_init(struct pinion_vm *vm);
void pinion_binds_drop(struct pinion_vm *vm);
int pinion_binds_drain(struct pinion_vm *vm);
struct pinion_bind *pinion_bind_new(struct pinion_vm *vm, const struct drm_pinion_vm_bind *args);
struct pinion_vm_change *pinion_bind_change(struct pinion_bind *bind, u32 i);
void pinion_bind_cancel(struct pinion_bind *bind);
void pinion_bind_submit(struct pinion_bind *bind);

#endif /* PINION_BIND_H */
