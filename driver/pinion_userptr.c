// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of user memory. The pages are pinned until the buffer is freed, and counted against
 * RLIMIT_MEMLOCK. An MMU notifier would allow pages to move, but needs a card that can wait for a
 * page. This card stops the queue at a page fault, so every page that moved would cost a job.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "pinion_accel.h"
#include "pinion_bo.h"
#include "pinion_device.h"
#include "pinion_limits.h"
#include "pinion_userptr.h"

#define PIN_CHUNK 512u /* pages to pin between two checks for a fatal signal */

/*
 * CPU and card use the memory at the same time, and a page may belong to several buffers, so
 * there is no moment at which to sync it.
 */
#define USERPTR_ATTRS DMA_ATTR_SKIP_CPU_SYNC

static void userptr_unpin(struct pinion_userptr *user, bool dirty)
{
	unpin_user_pages_dirty_lock(user->pages, user->pinned, dirty);
	user->pinned = 0;
}

static int userptr_pin(struct pinion_userptr *user, unsigned long address, bool read_only)
{
	unsigned int flags = FOLL_LONGTERM | (read_only ? 0 : FOLL_WRITE);

	while (user->pinned < user->count) {
		unsigned long at = address + (user->pinned << PAGE_SHIFT);
		int n;

		if (fatal_signal_pending(current))
			return -EINTR;
		n = pin_user_pages_fast(at, min(user->count - user->pinned, PIN_CHUNK), flags,
					user->pages + user->pinned);
		if (n <= 0)
			return n ? n : -EFAULT;
		user->pinned += n;
		cond_resched();
	}
	return 0;
}

static int userptr_map_dma(struct pinion_bo *bo)
{
	struct device *dev = bo->shmem.base.dev->dev;
	struct pinion_userptr *user = bo->user;
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!sgt)
		return -ENOMEM;
	ret = sg_alloc_table_from_pages_segment(sgt, user->pages, user->count, 0,
						(u64)user->count << PAGE_SHIFT,
						dma_get_max_seg_size(dev), GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free_sgt;
	ret = dma_map_sgtable(dev, sgt, user->direction, USERPTR_ATTRS);
	if (ret)
		goto free_table;
	bo->shmem.sgt = sgt;
	return 0;

free_table:
	sg_free_table(sgt);
free_sgt:
	kfree(sgt);
	return ret;
}

static struct pinion_userptr *userptr_alloc(unsigned long count, bool read_only)
{
	struct pinion_userptr *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return NULL;
	user->pages = kvmalloc_array(count, sizeof(*user->pages), GFP_KERNEL_ACCOUNT);
	if (!user->pages) {
		kfree(user);
		return NULL;
	}
	user->count = count;
	user->direction = read_only ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
	user->mm = current->mm;
	mmgrab(user->mm);
	return user;
}

static void userptr_free(struct pinion_userptr *user)
{
	userptr_unpin(user, user->direction == DMA_BIDIRECTIONAL);
	if (user->charged)
		account_locked_vm(user->mm, user->count, false);
	mmdrop(user->mm);
	kvfree(user->pages);
	kfree(user);
}

static int userptr_fill(struct pinion_bo *bo, unsigned long address)
{
	struct pinion_userptr *user = bo->user;
	int ret;

	ret = account_locked_vm(user->mm, user->count, true);
	if (ret)
		return ret;
	user->charged = true;
	return userptr_pin(user, address, user->direction == DMA_TO_DEVICE);
}

/* drm_dev_enter() keeps out mappings that pinion_bo_unmap_all() would miss. */
static int userptr_publish(struct pinion_bo *bo)
{
	int ret, idx;

	if (!drm_dev_enter(bo->shmem.base.dev, &idx))
		return -ENODEV;
	ret = userptr_map_dma(bo);
	if (!ret)
		pinion_bo_link(bo);
	drm_dev_exit(idx);
	return ret;
}

static void userptr_bo_free(struct drm_gem_object *obj)
{
	struct pinion_bo *bo = to_pinion_bo(obj);

	pinion_bo_unlink(bo);
	pinion_userptr_unmap(bo);
	userptr_free(bo->user);
	pinion_uncharge(bo->budget, PINION_USE_HOST, obj->size, pinion_bo_kept_bytes(obj->size));
	pinion_budget_put(bo->budget);
	drm_gem_object_release(obj);
	kfree(bo);
}

/* Refused: a dma-buf would let another process keep the pages of this one pinned for ever. */
static struct dma_buf *userptr_export(struct drm_gem_object *obj, int flags)
{
	return ERR_PTR(-EPERM);
}

static const struct drm_gem_object_funcs userptr_funcs = {
	.free = userptr_bo_free,
	.export = userptr_export,
};

/**
 * pinion_userptr_unmap() - end the DMA mapping; the pages stay pinned
 * @bo: buffer of user memory
 */
void pinion_userptr_unmap(struct pinion_bo *bo)
{
	struct sg_table *sgt = bo->shmem.sgt;

	if (!sgt)
		return;
	dma_unmap_sgtable(bo->shmem.base.dev->dev, sgt, bo->user->direction, USERPTR_ATTRS);
	sg_free_table(sgt);
	kfree(sgt);
	bo->shmem.sgt = NULL;
}

static struct pinion_bo *userptr_new(struct pinion_card *pdev, u64 bytes, bool read_only)
{
	struct pinion_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);

	if (!bo)
		return NULL;
	bo->user = userptr_alloc(bytes >> PAGE_SHIFT, read_only);
	if (!bo->user) {
		kfree(bo);
		return NULL;
	}
	bo->flags = DRM_PINION_BO_HOST;
	bo->shmem.base.funcs = &userptr_funcs;
	INIT_LIST_HEAD(&bo->link);
	drm_gem_private_object_init(&pdev->drm, &bo->shmem.base, bytes);
	return bo;
}

/**
 * pinion_userptr_new() - create a buffer of memory of the current process
 * @pdev: device; the caller holds no lock and is not in drm_dev_enter(), as the memory may lie
 *	behind a page fault that nobody answers
 * @budget: budget that pays for the buffer
 * @address: user address, page-aligned
 * @bytes: length in bytes, page-aligned, > 0; @address + @bytes does not overflow
 * @read_only: whether the card may only read the memory
 * Return: the buffer, or ERR_PTR: -EFAULT: not all of the memory can be pinned; -ENOMEM: no
 * memory, or above RLIMIT_MEMLOCK; -EDQUOT: over a limit; -EOPNOTSUPP: the card might reach the
 * memory through bounce buffers only; -EINTR: the task is being killed; -ENODEV: the card is gone.
 */
struct pinion_bo *pinion_userptr_new(struct pinion_card *pdev, struct pinion_budget *budget,
				     u64 address, u64 bytes, bool read_only)
{
	struct pinion_bo *bo;
	int ret;

	/* Bounce buffers are copied at the ends of a transfer; jobs use the memory at any time. */
	if (dma_addressing_limited(pdev->drm.dev))
		return ERR_PTR(-EOPNOTSUPP);
	if (bytes >> PAGE_SHIFT > totalram_pages())
		return ERR_PTR(-ENOMEM);
	ret = pinion_charge(budget, PINION_USE_HOST, bytes, pinion_bo_kept_bytes(bytes));
	if (ret)
		return ERR_PTR(ret);
	bo = userptr_new(pdev, bytes, read_only);
	if (!bo) {
		pinion_uncharge(budget, PINION_USE_HOST, bytes, pinion_bo_kept_bytes(bytes));
		return ERR_PTR(-ENOMEM);
	}
	bo->budget = pinion_budget_get(budget);
	ret = userptr_fill(bo, address);
	if (!ret)
		ret = userptr_publish(bo);
	if (ret) {
		drm_gem_object_put(&bo->shmem.base);
		return ERR_PTR(ret);
	}
	return bo;
}
