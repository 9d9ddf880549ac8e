// SPDX-License-Identifier: GPL-2.0
/*
 * Implicit synchronisation. A job names no buffers, so each job of an address space synchronises by
 * all buffers that are mapped there with DRM_PINION_VM_BIND_SYNC: it waits for the fences in their
 * reservations, and its own fence is added to them. The reservations stay locked from the look at
 * their fences until the job is in the ring and its fence is added, so that jobs of several queues
 * and drivers have one order.
 *
 * The fences of a queue have one context, in the order of its jobs: a reservation keeps the last
 * one only, and a job does not wait for earlier jobs of its queue.
 */
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>

#include "pinion_await.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_job_fence.h"
#include "pinion_queue.h"
#include "pinion_resv.h"
#include "pinion_vm.h"
#include "pinion_vm_bo.h"

/**
 * struct pinion_resv_bo - a buffer by which a job synchronises
 * @obj: the buffer, referenced
 * @write: whether the job may write to the buffer
 */
struct pinion_resv_bo {
	struct drm_gem_object *obj;
	bool write;
};

/**
 * pinion_resv_begin() - have all later jobs of an address space synchronise by its buffers
 * @vm: address space, which is to have mappings with DRM_PINION_VM_BIND_SYNC
 * Return: 0; -EOPNOTSUPP: the card lacks PINION_CAP_ABORT, so that a job's fence might never
 * signal; -EBUSY: the address space has a PINION_QUEUE_USER queue.
 */
int pinion_resv_begin(struct pinion_gpuvm *vm)
{
	struct pinion_card *pdev = vm->mmu.pdev;
	u32 id;

	if (!(pdev->info.caps & PINION_CAP_ABORT))
		return -EOPNOTSUPP;
	if (!pinion_vm_set_synced(vm))
		return -EBUSY;
	mutex_lock(&pdev->queues_mutex);
	for (id = 0; id < pdev->info.queues; id++)
		if (pdev->queues[id] && pdev->queues[id]->vm == vm)
			WRITE_ONCE(pdev->queues[id]->short_path,
				   PINION_SHORT_PATH(PINION_QUEUE_USER));
	mutex_unlock(&pdev->queues_mutex);
	return 0;
}

static u32 resv_count(struct pinion_gpuvm *vm)
{
	u32 count;

	spin_lock(&vm->synced_lock);
	count = list_count_nodes(&vm->synced);
	spin_unlock(&vm->synced_lock);
	return count;
}

/* Copy the list of buffers. Return: whether @room sufficed. */
static bool resv_fill(struct pinion_resv *resv, struct pinion_gpuvm *vm, u32 room)
{
	struct pinion_vm_bo *bo;
	bool fits = true;

	spin_lock(&vm->synced_lock);
	list_for_each_entry(bo, &vm->synced, synced) {
		fits = resv->count < room;
		if (!fits)
			break;
		drm_gem_object_get(bo->base.obj);
		resv->bos[resv->count++] = (struct pinion_resv_bo){ .obj = bo->base.obj,
								    .write = bo->write };
	}
	spin_unlock(&vm->synced_lock);
	return fits;
}

static void resv_free(struct pinion_resv *resv)
{
	while (resv->count)
		drm_gem_object_put(resv->bos[--resv->count].obj);
	kvfree(resv->bos);
	resv->bos = NULL;
}

/* Find the buffers. The list may grow while memory is allocated: then begin again. */
static int resv_find(struct pinion_resv *resv, struct pinion_gpuvm *vm)
{
	bool fits;
	u32 room;

	do {
		room = resv_count(vm);
		resv->bos = kvcalloc(max(room, 1u), sizeof(*resv->bos), GFP_KERNEL_ACCOUNT);
		if (!resv->bos)
			return -ENOMEM;
		fits = resv_fill(resv, vm, room);
		if (!fits)
			resv_free(resv);
	} while (!fits);
	return 0;
}

/* Lock all reservations, with room for one more fence in each. */
static int resv_prepare(struct pinion_resv *resv)
{
	int ret = 0;
	u32 i;

	drm_exec_until_all_locked(&resv->exec) {
		for (i = 0; i < resv->count; i++) {
			ret = drm_exec_prepare_obj(&resv->exec, resv->bos[i].obj, 1);
			drm_exec_retry_on_contention(&resv->exec);
			if (ret)
				return ret;
		}
	}
	return 0;
}

/**
 * pinion_resv_lock() - lock the reservations of all buffers by which jobs synchronise
 * @resv: reservations after pinion_resv_init()
 * @vm: address space of the jobs
 *
 * pinion_resv_unlock() must follow, also after an error.
 * Return: 0; -ENOMEM; -EINTR: a signal came.
 */
int pinion_resv_lock(struct pinion_resv *resv, struct pinion_gpuvm *vm)
{
	int ret = resv_find(resv, vm);

	if (ret)
		return ret;
	drm_exec_init(&resv->exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES,
		      resv->count);
	ret = resv_prepare(resv);
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/**
 * pinion_resv_await() - wait for the fences that a job has to wait for
 * @resv: reservations that pinion_resv_lock() has locked
 * @await: set that the fences are added to
 * @q: queue of the job
 * Return: 0 or an error of pinion_await_add().
 */
int pinion_resv_await(struct pinion_resv *resv, struct pinion_await *await,
		      struct pinion_hw_queue *q)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < resv->count; i++)
		dma_resv_for_each_fence(&cursor, resv->bos[i].obj->resv,
					dma_resv_usage_rw(resv->bos[i].write), fence) {
			if (fence->context != q->fences)
				ret = pinion_await_add(await, q->budget, fence);
			if (ret)
				break;
		}
	return ret;
}

/**
 * pinion_resv_fence() - create the fence of a job
 * @resv: locked reservations, which make the order of the fences that of the jobs, or none
 * @q: queue of the job
 * Return: the fence, or ERR_PTR: an error of pinion_job_fence_new().
 */
struct dma_fence *pinion_resv_fence(struct pinion_resv *resv, struct pinion_hw_queue *q)
{
	if (!resv->count)
		return pinion_job_fence_new(q->pdev, q->budget, dma_fence_context_alloc(1), 1);
	return pinion_job_fence_new(q->pdev, q->budget, q->fences,
				    atomic64_inc_return(&q->last_fence));
}

/**
 * pinion_resv_publish() - have others wait for a job that was submitted
 * @resv: reservations that pinion_resv_lock() has locked
 * @fence: fence of the job
 */
void pinion_resv_publish(struct pinion_resv *resv, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; i < resv->count; i++)
		dma_resv_add_fence(resv->bos[i].obj->resv, fence,
				   resv->bos[i].write ? DMA_RESV_USAGE_WRITE : DMA_RESV_USAGE_READ);
}

/**
 * pinion_resv_unlock() - unlock the reservations
 * @resv: reservations, locked or not
 */
void pinion_resv_unlock(struct pinion_resv *resv)
{
	if (!resv->bos)
		return;
	drm_exec_fini(&resv->exec);
	resv_free(resv);
}
