/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of an address space that are prepared now and committed later. */
#ifndef PINION_BIND_H
#define PINION_BIND_H

#include "pinion_device.h"

struct pinion_bind;

/**
 * struct pinion_vm_step - what the steps of one MAP or UNMAP need
 * @vm: address space
 * @spare: mappings: the new one, and a rest at either end of the range
 * @bo: of the new one; NULL: it is sparse
 */
struct pinion_vm_step {
	struct pinion_vm *vm;
	struct list_head spare;
	struct drm_gpuvm_bo *bo;
};

/**
 * struct pinion_vm_change - a MAP or UNMAP, prepared now and committed later
 * @obj: MAP: buffer, referenced; sparse, UNMAP: NULL
 * @offset: MAP: bytes into it
 * @va: virtual address
 * @bytes: length
 * @flags: MAP: DRM_PINION_VM_BIND_READ, WRITE, EXEC, SPARSE; UNMAP: 0
 * @prepared: the rest is valid
 * @step: for drm_gpuvm
 * @tables: page tables put by
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
