/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers in address spaces. */
#ifndef PINION_VM_BO_H
#define PINION_VM_BO_H

#include <linux/list.h>
#include <linux/types.h>

#include <drm/drm_gpuvm.h>

/**
 * struct pinion_vm_bo - a buffer of which an address space has mappings
 * @base: what drm_gpuvm knows of the buffer
 * @synced: entry in pinion_gpuvm.synced from the first mapping with DRM_PINION_VM_BIND_SYNC on;
 *	empty before
 * @write: whether jobs may write to the buffer
 */
struct pinion_vm_bo {
	struct drm_gpuvm_bo base;
	struct list_head synced;
	bool write;
};

struct drm_gpuvm_bo *pinion_vm_bo_alloc(void);
void pinion_vm_bo_free(struct drm_gpuvm_bo *base);
void pinion_vm_bo_sync(struct drm_gpuvm_bo *base, u32 flags);

#endif /* PINION_VM_BO_H */
