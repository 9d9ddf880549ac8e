// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of other drivers and of other cards, imported as dma-bufs. The
 * attachment is a static one, which makes the exporter keep the memory where
 * it is: what VM_BIND has mapped may be used at any time, without the kernel
 * being asked, so there is no moment at which memory could be moved back.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>

#include <drm/drm_drv.h>
#include <drm/drm_prime.h>

#include "pinion_bo.h"
#include "pinion_compat.h"
#include "pinion_dmabuf.h"

/* Whole pages, and as many as the buffer says it has. */
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
 * pinion_dmabuf_import_sg() - drm_driver.gem_prime_import_sg_table
 * @drm: device; the caller is in drm_dev_enter()
 * @attach: attachment of it to the dma-buf
 * @sgt: the memory, mapped for the card
 * Return: a buffer that takes over @sgt, or ERR_PTR: -EINVAL: not whole pages;
 * -EOPNOTSUPP: the card may not reach it without copies; -ENOMEM.
 */
struct drm_gem_object *pinion_dmabuf_import_sg(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt)
{
	struct drm_gem_object *obj;

	/* It may be in bounce buffers, and those are copied at the ends of a transfer only. */
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

/**
 * pinion_dmabuf_to_handle() - drm_driver.prime_fd_to_handle
 * @drm: device
 * @file: file
 * @fd: of the dma-buf
 * @handle: out
 *
 * Not while the card goes: pinion_bo_unmap_all() must see the buffer.
 * Return: 0; -ENODEV; as drm_gem_prime_fd_to_handle().
 */
int pinion_dmabuf_to_handle(struct drm_device *drm, struct drm_file *file, int fd, u32 *handle)
{
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_fd_to_handle(drm, file, fd, handle);
	drm_dev_exit(idx);
	return ret;
}

/**
 * pinion_dmabuf_from_handle() - drm_driver.prime_handle_to_fd
 * @drm: device
 * @file: file
 * @handle: of a buffer
 * @flags: of the new file descriptor
 * @fd: out
 *
 * Not while the card goes: it looks at the attachment of an imported buffer.
 * Return: 0; -ENODEV; as drm_gem_prime_handle_to_fd().
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
 * pinion_dmabuf_mmap() - drm_gem_object_funcs.mmap of an imported buffer
 * @bo: buffer
 * @vma: for the exporter
 * Return: 0; -ENODEV: the card is gone, and the attachment with it; as dma_buf_mmap().
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
 * pinion_dmabuf_detach() - the card goes: end its mapping of an imported buffer
 * @bo: buffer; the device is unplugged
 *
 * Unmapping is not enough: an exporter may keep a mapping for as long as the
 * attachment, as udmabuf does. bo->dmabuf keeps its reference, to the end.
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
