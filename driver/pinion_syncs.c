// SPDX-License-Identifier: GPL-2.0
/* The drm_syncobjs that a job or a bind waits for and raises. */
#include <linux/dma-fence-chain.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_syncobj.h>

#include "pinion_accel.h"
#include "pinion_await.h"
#include "pinion_syncs.h"

/* Look up the drm_syncobj to raise, and allocate all that raising it will need. */
static int sync_find_signal(struct drm_file *file, const struct drm_pinion_sync *from,
			    struct pinion_sync *sync)
{
	sync->obj = drm_syncobj_find(file, from->handle);
	if (!sync->obj)
		return -ENOENT;
	sync->point = from->point;
	if (!from->point)
		return 0;
	sync->chain = dma_fence_chain_alloc();
	return sync->chain ? 0 : -ENOMEM;
}

static int sync_init(struct pinion_syncs *syncs, struct drm_file *file,
		     const struct drm_pinion_sync *from, struct pinion_sync *sync)
{
	if (from->flags & ~DRM_PINION_SYNC_SIGNAL)
		return -EINVAL;
	if (from->flags & DRM_PINION_SYNC_SIGNAL) {
		syncs->signals = true;
		return sync_find_signal(file, from, sync);
	}
	syncs->waits = true;
	return drm_syncobj_find_fence(file, from->handle, from->point, 0, &sync->fence);
}

static int syncs_read(struct pinion_syncs *syncs, struct drm_file *file, void __user *from,
		      u32 stride)
{
	struct drm_pinion_sync one;
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < syncs->count; i++) {
		ret = copy_struct_from_user(&one, sizeof(one), from + (size_t)i * stride, stride);
		if (!ret)
			ret = sync_init(syncs, file, &one, &syncs->sync[i]);
	}
	return ret == -E2BIG ? -EINVAL : ret;
}

/**
 * pinion_syncs_new() - look up the drm_syncobjs of a job or a bind
 * @file: open file of the accel node in which the handles are valid
 * @from: user address of an array of struct drm_pinion_sync
 * @count: number of entries in the array, as the user gave it
 * @stride: size of an entry, as the user gave it
 * Return: the drm_syncobjs, for pinion_syncs_free(), or ERR_PTR: -EINVAL, also if one to wait for
 * has no fence; -ENOENT: no such handle; -EFAULT, -ENOMEM.
 */
struct pinion_syncs *pinion_syncs_new(struct drm_file *file, u64 from, u32 count, u32 stride)
{
	struct pinion_syncs *syncs;
	int ret;

	if (count > DRM_PINION_SYNCS || stride > PAGE_SIZE ||
	    stride < sizeof(struct drm_pinion_sync))
		return ERR_PTR(-EINVAL);
	syncs = kzalloc(struct_size(syncs, sync, count), GFP_KERNEL_ACCOUNT);
	if (!syncs)
		return ERR_PTR(-ENOMEM);
	syncs->count = count;
	ret = syncs_read(syncs, file, u64_to_user_ptr(from), stride);
	if (!ret)
		return syncs;
	pinion_syncs_free(syncs);
	return ERR_PTR(ret);
}

/**
 * pinion_syncs_await() - wait for the fences of all drm_syncobjs that are to be waited for
 * @syncs: drm_syncobjs of a job or a bind
 * @await: set that the fences are added to
 * @budget: budget to charge
 * Return: 0 or an error of pinion_await_add().
 */
int pinion_syncs_await(const struct pinion_syncs *syncs, struct pinion_await *await,
		       struct pinion_budget *budget)
{
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < syncs->count; i++)
		if (syncs->sync[i].fence)
			ret = pinion_await_add(await, budget, syncs->sync[i].fence);
	return ret;
}

/**
 * pinion_syncs_signal() - give all drm_syncobjs that are to be raised their fence
 * @syncs: drm_syncobjs of a job or a bind that was submitted; called once
 * @fence: fence of the job or bind
 */
void pinion_syncs_signal(struct pinion_syncs *syncs, struct dma_fence *fence)
{
	struct pinion_sync *sync;
	u32 i;

	for (i = 0; i < syncs->count; i++) {
		sync = &syncs->sync[i];
		if (sync->chain)
			drm_syncobj_add_point(sync->obj, sync->chain, fence, sync->point);
		else if (sync->obj)
			drm_syncobj_replace_fence(sync->obj, fence);
		sync->chain = NULL;
	}
}

/**
 * pinion_syncs_free() - release all drm_syncobjs
 * @syncs: drm_syncobjs of pinion_syncs_new()
 */
void pinion_syncs_free(struct pinion_syncs *syncs)
{
	struct pinion_sync *sync;
	u32 i;

	for (i = 0; i < syncs->count; i++) {
		sync = &syncs->sync[i];
		dma_fence_put(sync->fence);
		dma_fence_chain_free(sync->chain);
		if (sync->obj)
			drm_syncobj_put(sync->obj);
	}
	kfree(syncs);
}
