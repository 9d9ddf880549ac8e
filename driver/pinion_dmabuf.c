// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of other drivers and of other cards, imported as dma-bufs. A static attachment makes
 * the exporter keep the memory where it is. This is needed because jobs may use what VM_BIND has
 * mapped at any time without asking the kernel, so memory that was moved could not be moved back
 * before its next use.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>

#include <drm/drm_drv.h>
#include <drm/drm_prime.h>

#include "pinion_bo.h"
#include "pinion_compat.h"
#include "pinion_dmabuf.h"
#include "pinion_file.h"
#include "pinion_limits.h"

/* Whether the memory consists of whole pages and is as large as the dma-buf claims. */
static bool dmabuf_fits(const struct sg_table *sgt, size_t bytes)
{
	struct scatterlist *sg;
	u64 total = 0;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (!IS_ALIGNED(sg_dma_address(sg) | sg_dma_len(sg), SZ_4K))
			return false;
		total += sg_dma_len(sg);
	}
	return bytes && total >= PAGE_ALIGN(bytes);
}

/**
 * pinion_dmabuf_import_sg() - make a buffer of a dma-buf (drm_driver.gem_prime_import_sg_table)
 * @drm: device; the caller is in drm_dev_enter()
 * @attach: attachment of the device to the dma-buf
 * @sgt: memory of the dma-buf, mapped for the card
 * Return: a buffer that takes over @sgt, or ERR_PTR: -EINVAL: not whole pages;
 * -EOPNOTSUPP: the card might reach the memory through bounce buffers only; -ENOMEM.
 */
struct drm_gem_object *pinion_dmabuf_import_sg(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt)
{
	struct drm_gem_object *obj;

	/* Bounce buffers are copied at the ends of a transfer; jobs use the memory at any time. */
	if (dma_addressing_limited(drm->dev))
		return ERR_PTR(-EOPNOTSUPP);
	if (!dmabuf_fits(sgt, attach->dmabuf->size))
		return ERR_PTR(-EINVAL);
	obj = drm_gem_shmem_prime_import_sg_table(drm, attach, sgt);
	if (IS_ERR(obj))
		return obj;
	to_pinion_bo(obj)->dmabuf = attach->dmabuf;
	pinion_bo_link(to_pinion_bo(obj));
	return obj;
}

/*
 * Leave the charge for an import to the buffer that a handle names. Return: whether the buffer has
 * taken it: a buffer that was imported or made before has been charged already.
 */
static bool dmabuf_give(struct drm_file *file, u32 handle, struct pinion_budget *budget)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, handle);
	struct pinion_bo *bo;
	bool taken;

	/* Another thread of the process may have closed the handle, which it could guess. */
	if (!obj)
		return false;
	bo = to_pinion_bo(obj);
	pinion_budget_get(budget);
	taken = bo->dmabuf && !cmpxchg(&bo->budget, NULL, budget);
	if (!taken)
		pinion_budget_put(budget);
	drm_gem_object_put(obj);
	return taken;
}

static int dmabuf_import(struct drm_device *drm, struct drm_file *file, int fd, u32 *handle)
{
	struct pinion_file *pf = file->driver_priv;
	u64 kept = pinion_bo_kept_bytes(0);
	int ret;

	ret = pinion_charge(pf->budget, PINION_USE_IMPORT, 0, kept);
	if (ret)
		return ret;
	ret = drm_gem_prime_fd_to_handle(drm, file, fd, handle);
	if (ret || !dmabuf_give(file, *handle, pf->budget))
		pinion_uncharge(pf->budget, PINION_USE_IMPORT, 0, kept);
	return ret;
}

/**
 * pinion_dmabuf_to_handle() - import a dma-buf (drm_driver.prime_fd_to_handle)
 * @drm: device
 * @file: open file of the accel node
 * @fd: file descriptor of the dma-buf
 * @handle: out: GEM handle
 *
 * drm_dev_enter() keeps out imports that pinion_bo_unmap_all() would miss.
 * Return: 0; -EDQUOT: over a limit; -ENODEV: the card is gone; or an error of
 * drm_gem_prime_fd_to_handle().
 */
int pinion_dmabuf_to_handle(struct drm_device *drm, struct drm_file *file, int fd, u32 *handle)
{
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = dmabuf_import(drm, file, fd, handle);
	drm_dev_exit(idx);
	return ret;
}

/**
 * pinion_dmabuf_from_handle() - export a buffer as a dma-buf (drm_driver.prime_handle_to_fd)
 * @drm: device
 * @file: open file of the accel node
 * @handle: GEM handle of the buffer
 * @flags: flags of the new file descriptor
 * @fd: out: file descriptor of the dma-buf
 *
 * drm_dev_enter() keeps the attachment of an imported buffer in place while it is exported.
 * Return: 0; -ENODEV: the card is gone; or an error of drm_gem_prime_handle_to_fd().
 */
int pinion_dmabuf_from_handle(struct drm_device *drm, struct drm_file *file, u32 handle, u32 flags,
			      int *fd)
{
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_handle_to_fd(drm, file, handle, flags, fd);
	drm_dev_exit(idx);
	return ret;
}

/**
 * pinion_dmabuf_mmap() - map an imported buffer into a process (drm_gem_object_funcs.mmap)
 * @bo: buffer imported as a dma-buf
 * @vma: mapping that the exporter will serve
 * Return: 0; -ENODEV: the card is gone, and the attachment with it; or an error of
 * dma_buf_mmap().
 */
int pinion_dmabuf_mmap(struct pinion_bo *bo, struct vm_area_struct *vma)
{
	int ret, idx;

	if (!drm_dev_enter(bo->shmem.base.dev, &idx))
		return -ENODEV;
	ret = drm_gem_shmem_object_mmap(&bo->shmem.base, vma);
	drm_dev_exit(idx);
	return ret;
}

/**
 * pinion_dmabuf_detach() - end the attachment of an imported buffer when the card is removed
 * @bo: buffer imported as a dma-buf; the device is unplugged
 *
 * Unmapping alone is not enough, as an exporter (such as udmabuf) may keep a DMA mapping for as
 * long as the attachment. pinion_bo.dmabuf keeps its reference until the buffer is freed.
 */
void pinion_dmabuf_detach(struct pinion_bo *bo)
{
	struct dma_buf_attachment *attach = bo->shmem.base.import_attach;

	if (!attach)
		return;
	dma_buf_unmap_attachment_unlocked(attach, bo->shmem.sgt, DMA_BIDIRECTIONAL);
	dma_buf_detach(bo->dmabuf, attach);
	bo->shmem.sgt = NULL;
	bo->shmem.base.import_attach = NULL;
}

PINION_IMPORT_NS(DMA_BUF);
