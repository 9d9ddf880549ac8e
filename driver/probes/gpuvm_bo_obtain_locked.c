// SPDX-License-Identifier: GPL-2.0
/*
 * drm_gpuvm_bo_obtain() is now called drm_gpuvm_bo_obtain_locked(): the caller holds the lock.
 *
 * Symbol: drm_gpuvm_bo_obtain_locked
 */
#include <drm/drm_gpuvm.h>

struct drm_gpuvm_bo *probe(struct drm_gpuvm *gpuvm, struct drm_gem_object *obj)
{
	return drm_gpuvm_bo_obtain_locked(gpuvm, obj);
}
