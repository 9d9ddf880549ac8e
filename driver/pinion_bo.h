/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers. */
#ifndef PINION_BO_H
#define PINION_BO_H

#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>

#include "pinion_userptr.h"

struct dma_buf;
struct drm_device;
struct file;
struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_bo - a buffer
 * @shmem: GEM object of every buffer (its base); the other members serve buffers in host memory
 * @flags: DRM_PINION_BO_*
 * @blocks: buffer in device memory: its blocks of gpu_buddy; constant
 * @link: entry in pinion_card.host_bos or pinion_card.device_bos
 * @copy: buffer in device memory: file that holds its content while the card may lose it; NULL:
 *	none; protected by device_lock()
 * @populated: buffer in host memory that was not imported: whether its pages are allocated,
 *	which lasts until the buffer is freed; protected by the reservation lock
 * @budget: budget that the buffer is charged to, referenced; NULL: not charged
 * @user: buffer of user memory: the pinned pages; NULL otherwise
 * @dmabuf: imported buffer: the dma-buf, referenced by the attachment or, once the device is
 *	removed, by this pointer; NULL otherwise
 */
struct pinion_bo {
	struct drm_gem_shmem_object shmem;
	u32 flags;
	struct list_head blocks;
	struct list_head link;
	struct file *copy;
	bool populated;
	struct pinion_budget *budget;
	struct pinion_userptr *user;
	struct dma_buf *dmabuf;
};

#define to_pinion_bo(obj_) container_of(obj_, struct pinion_bo, shmem.base)

/**
 * pinion_bo_kept_bytes() - say what the kernel keeps for a buffer in host memory
 * @bytes: size of the buffer
 * Return: bytes of host memory beside the pages of the buffer, at most: the buffer's structs, the
 * list of its pages, and the list of its addresses for DMA.
 */
static inline u64 pinion_bo_kept_bytes(u64 bytes)
{
	return sizeof(struct pinion_bo) + sizeof(struct pinion_userptr) +
	       (bytes >> PAGE_SHIFT) * (sizeof(struct page *) + sizeof(struct scatterlist));
}

/**
 * pinion_bo_read_only() - check whether the card may only read a buffer
 * @bo: buffer
 * Return: true for user memory that was pinned for reading.
 */
static inline bool pinion_bo_read_only(const struct pinion_bo *bo)
{
	return bo->user && bo->user->direction == DMA_TO_DEVICE;
}

/**
 * struct pinion_run - a contiguous piece of a buffer, as the card addresses it
 * @addr: device address or host DMA address of the first byte
 * @bytes: length in bytes
 */
struct pinion_run {
	u64 addr;
	u64 bytes;
};

/**
 * struct pinion_bo_iter - position in a walk over the runs of a buffer
 * @bo: buffer
 * @at: struct gpu_buddy_block or struct scatterlist that holds the next run
 * @skip: bytes from the start of @at to the next run
 */
struct pinion_bo_iter {
	struct pinion_bo *bo;
	void *at;
	u64 skip;
};

struct drm_gem_object *pinion_bo_create_object(struct drm_device *drm, size_t size);
struct pinion_bo *pinion_bo_new(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
				u32 flags);
int pinion_bo_map_dma(struct pinion_bo *bo);
void pinion_bo_iter_init(struct pinion_bo_iter *it, struct pinion_bo *bo, u64 offset);
struct pinion_run pinion_bo_iter_next(struct pinion_bo_iter *it, u64 max);
void pinion_bo_link(struct pinion_bo *bo);
void pinion_bo_unlink(struct pinion_bo *bo);
void pinion_bo_unmap_all(struct pinion_card *pdev);

#endif /* PINION_BO_H */
