// SPDX-License-Identifier: GPL-2.0
/* Buffers in address spaces: how jobs synchronise by them. */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "pinion_accel.h"
#include "pinion_vm.h"
#include "pinion_vm_bo.h"

static struct pinion_vm_bo *to_vm_bo(struct drm_gpuvm_bo *base)
{
	return container_of(base, struct pinion_vm_bo, base);
}

static struct pinion_gpuvm *vm_of(struct drm_gpuvm_bo *base)
{
	return container_of(base->vm, struct pinion_gpuvm, gpuvm);
}

/**
 * pinion_vm_bo_alloc() - allocate a struct pinion_vm_bo (drm_gpuvm_ops.vm_bo_alloc)
 *
 * drm_gpuvm's own allocation would not be charged to the memory cgroup.
 * Return: base of the struct; NULL: no memory.
 */
struct drm_gpuvm_bo *pinion_vm_bo_alloc(void)
{
	struct pinion_vm_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);

	if (!bo)
		return NULL;
	INIT_LIST_HEAD(&bo->synced);
	return &bo->base;
}

/**
 * pinion_vm_bo_free() - free a struct pinion_vm_bo (drm_gpuvm_ops.vm_bo_free)
 * @base: base of the struct; the address space has no mapping of the buffer any more
 */
void pinion_vm_bo_free(struct drm_gpuvm_bo *base)
{
	struct pinion_gpuvm *vm = vm_of(base);
	struct pinion_vm_bo *bo = to_vm_bo(base);

	spin_lock(&vm->synced_lock);
	list_del(&bo->synced);
	spin_unlock(&vm->synced_lock);
	kfree(bo);
}

/**
 * pinion_vm_bo_sync() - remember how jobs synchronise by a buffer of which a mapping was added
 * @base: the buffer in the address space
 * @flags: DRM_PINION_VM_BIND_* of the mapping
 */
void pinion_vm_bo_sync(struct drm_gpuvm_bo *base, u32 flags)
{
	struct pinion_gpuvm *vm = vm_of(base);
	struct pinion_vm_bo *bo = to_vm_bo(base);

	spin_lock(&vm->synced_lock);
	bo->write |= flags & DRM_PINION_VM_BIND_WRITE;
	if (flags & DRM_PINION_VM_BIND_SYNC && list_empty(&bo->synced))
		list_add(&bo->synced, &vm->synced);
	spin_unlock(&vm->synced_lock);
}
