// SPDX-License-Identifier: GPL-2.0
/* Buffers: GEM objects in device memory or in host memory. */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "pinion_accel.h"
#include "pinion_bo.h"
#include "pinion_clear.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_dmabuf.h"
#include "pinion_limits.h"
#include "pinion_userptr.h"
#include "pinion_vram.h"

static bool bo_is_device(struct pinion_bo *bo)
{
	return bo->flags & DRM_PINION_BO_DEVICE;
}

static u64 bo_piece_addr(struct pinion_bo *bo, void *at)
{
	struct scatterlist *sg = at;

	return bo_is_device(bo) ? gpu_buddy_block_offset(at) : sg_dma_address(sg);
}

static u64 bo_piece_bytes(struct pinion_bo *bo, void *at)
{
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);
	struct scatterlist *sg = at;

	return bo_is_device(bo) ? gpu_buddy_block_size(&pdev->vram.buddy, at) : sg_dma_len(sg);
}

static void *bo_piece_next(struct pinion_bo *bo, void *at)
{
	struct gpu_buddy_block *block = at;

	return bo_is_device(bo) ? (void *)list_next_entry(block, link) : sg_next(at);
}

/**
 * pinion_bo_iter_init() - begin a walk over the runs of a buffer at an offset
 * @it: iterator to initialise
 * @bo: buffer; one in host memory has been through pinion_bo_map_dma()
 * @offset: offset in bytes, below the size of the buffer
 */
void pinion_bo_iter_init(struct pinion_bo_iter *it, struct pinion_bo *bo, u64 offset)
{
	it->bo = bo;
	if (bo_is_device(bo))
		it->at = list_first_entry(&bo->blocks, struct gpu_buddy_block, link);
	else
		it->at = bo->shmem.sgt->sgl;
	for (; offset >= bo_piece_bytes(bo, it->at); it->at = bo_piece_next(bo, it->at))
		offset -= bo_piece_bytes(bo, it->at);
	it->skip = offset;
}

/**
 * pinion_bo_iter_next() - get the next contiguous run and step over it
 * @it: iterator that has not reached the end of the buffer
 * @max: upper limit for the length of the run in bytes
 * Return: the run.
 */
struct pinion_run pinion_bo_iter_next(struct pinion_bo_iter *it, u64 max)
{
	u64 left = bo_piece_bytes(it->bo, it->at) - it->skip;
	struct pinion_run run = {
		.addr = bo_piece_addr(it->bo, it->at) + it->skip,
		.bytes = min(left, max),
	};

	it->skip += run.bytes;
	if (run.bytes == left) {
		it->at = bo_piece_next(it->bo, it->at);
		it->skip = 0;
	}
	return run;
}

/**
 * struct bo_around - pages that a page fault inserts: the aligned 2 MiB around the address, as
 *	far as the mapping has them, since one fault for each page would be slow
 * @va: user address of the first page
 * @end: user address after the last page
 * @offset: offset of the first page in the buffer, in bytes
 */
struct bo_around {
	unsigned long va;
	unsigned long end;
	u64 offset;
};

static struct bo_around bo_around(struct vm_fault *vmf, struct drm_gem_object *obj)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long start = ALIGN_DOWN(vmf->address, SZ_2M);
	struct bo_around around = {
		.va = max(start, vma->vm_start),
		.end = min(start + SZ_2M, vma->vm_end),
	};

	/* Count from vm_pgoff: vm_start is not the buffer's start once munmap() cut the mapping. */
	around.offset = PFN_PHYS(vma->vm_pgoff - drm_vma_node_start(&obj->vma_node)) + around.va -
			vma->vm_start;
	return around;
}

static vm_fault_t window_insert(struct vm_fault *vmf, struct pinion_bo *bo)
{
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);
	struct bo_around at = bo_around(vmf, &bo->shmem.base);
	vm_fault_t ret = VM_FAULT_NOPAGE;
	struct pinion_bo_iter it;
	struct pinion_run run;

	pinion_bo_iter_init(&it, bo, at.offset);
	for (; at.va < at.end && ret == VM_FAULT_NOPAGE; at.va += PAGE_SIZE) {
		run = pinion_bo_iter_next(&it, PAGE_SIZE);
		ret = vmf_insert_pfn(vmf->vma, at.va, PHYS_PFN(pdev->window_phys + run.addr));
	}
	return ret;
}

/*
 * The card is gone, or does not decode its addresses while it is restarted. The lock of the
 * process's mappings is not held during the wait, so the fault is tried again afterwards.
 */
static vm_fault_t window_wait(struct vm_fault *vmf, struct pinion_card *pdev)
{
	if (drm_dev_is_unplugged(&pdev->drm))
		return VM_FAULT_SIGBUS;
	if (!fault_flag_allow_retry_first(vmf->flags))
		return VM_FAULT_NOPAGE;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	drm_dev_get(&pdev->drm);
	mmap_read_unlock(vmf->vma->vm_mm);
	pinion_gate_wait(pdev);
	drm_dev_put(&pdev->drm);
	return VM_FAULT_RETRY;
}

static vm_fault_t window_fault(struct vm_fault *vmf)
{
	struct pinion_bo *bo = to_pinion_bo(vmf->vma->vm_private_data);
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);
	vm_fault_t ret;
	int idx;

	if (!pinion_try_enter(pdev, &idx))
		return window_wait(vmf, pdev);
	ret = window_insert(vmf, bo);
	pinion_exit(pdev, idx);
	return ret;
}

/* Removing the device zaps these mappings; later faults raise SIGBUS. */
static const struct vm_operations_struct window_vm_ops = {
	.fault = window_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

/*
 * Insert the pages themselves and not their frame numbers, so that they can be pinned: O_DIRECT
 * and registered buffers of io_uring work on such mappings. The pages stay in the shmem file
 * until the buffer is freed, which happens after its last mapping is gone. A page that is still
 * pinned then leaves the file, and is freed with its last pin.
 */
static vm_fault_t host_fault(struct vm_fault *vmf)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct page **pages = to_pinion_bo(obj)->shmem.pages;
	struct bo_around at = bo_around(vmf, obj);
	vm_fault_t ret = VM_FAULT_NOPAGE;

	for (; at.va < at.end && ret == VM_FAULT_NOPAGE; at.va += PAGE_SIZE) {
		ret = vmf_insert_page(vmf->vma, at.va, pages[PHYS_PFN(at.offset)]);
		at.offset += PAGE_SIZE;
	}
	return ret;
}

static const struct vm_operations_struct host_vm_ops = {
	.fault = host_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static int bo_device_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct pinion_bo *bo = to_pinion_bo(obj);

	if (!(bo->flags & DRM_PINION_BO_MAPPABLE))
		return -EPERM;
	if (vma_is_cow_mapping(vma))
		return -EINVAL;
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_writecombine(vm_get_page_prot(vma->vm_flags));
	vma->vm_ops = &window_vm_ops;
	return 0;
}

static void bo_uncharge(struct pinion_budget *budget, enum pinion_use use, u64 bytes, u64 kept)
{
	pinion_uncharge(budget, use, bytes, kept);
	pinion_budget_put(budget);
}

static void bo_device_link(struct pinion_card *pdev, struct pinion_bo *bo)
{
	mutex_lock(&pdev->device_bos_lock);
	list_add(&bo->link, &pdev->device_bos);
	mutex_unlock(&pdev->device_bos_lock);
}

static void bo_device_unlink(struct pinion_card *pdev, struct pinion_bo *bo)
{
	mutex_lock(&pdev->device_bos_lock);
	list_del(&bo->link);
	mutex_unlock(&pdev->device_bos_lock);
}

static void bo_device_free(struct drm_gem_object *obj)
{
	struct pinion_card *pdev = to_pinion(obj->dev);
	struct pinion_bo *bo = to_pinion_bo(obj);

	bo_device_unlink(pdev, bo);
	if (bo->copy)
		fput(bo->copy);
	pinion_vram_free(pdev, &bo->blocks);
	bo_uncharge(bo->budget, PINION_USE_DEVICE, obj->size, sizeof(*bo));
	drm_gem_object_release(obj);
	kfree(bo);
}

static const struct drm_gem_object_funcs bo_device_funcs = {
	.free = bo_device_free,
	.mmap = bo_device_mmap,
};

/**
 * pinion_bo_link() - add a buffer in host memory to pinion_card.host_bos
 * @bo: buffer; pinion_bo_unlink() must be called before it is freed
 */
void pinion_bo_link(struct pinion_bo *bo)
{
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);

	mutex_lock(&pdev->host_bos_lock);
	list_add(&bo->link, &pdev->host_bos);
	mutex_unlock(&pdev->host_bos_lock);
}

/**
 * pinion_bo_unlink() - remove a buffer in host memory from pinion_card.host_bos
 * @bo: buffer that is about to be freed
 */
void pinion_bo_unlink(struct pinion_bo *bo)
{
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);

	mutex_lock(&pdev->host_bos_lock);
	list_del(&bo->link);
	mutex_unlock(&pdev->host_bos_lock);
}

static void bo_host_free(struct drm_gem_object *obj)
{
	struct pinion_bo *bo = to_pinion_bo(obj);
	struct pinion_budget *budget = bo->budget;
	struct dma_buf *dmabuf = bo->dmabuf, *detached;
	u64 bytes = obj->size;

	pinion_bo_unlink(bo);
	detached = obj->import_attach ? NULL : dmabuf;
	if (bo->populated)
		drm_gem_shmem_unpin(&bo->shmem);
	drm_gem_shmem_free(&bo->shmem);
	if (detached)
		dma_buf_put(detached);
	if (dmabuf)
		bo_uncharge(budget, PINION_USE_IMPORT, 0, pinion_bo_kept_bytes(0));
	else
		bo_uncharge(budget, PINION_USE_HOST, bytes, pinion_bo_kept_bytes(bytes));
}

/*
 * Allocate all pages of a buffer or none: pages of a failed attempt would stay in the shmem file,
 * charged to a process that is at its limit. They can be dropped, as the buffer has no content
 * yet: every user of the memory calls this function first.
 */
static int bo_populate(struct pinion_bo *bo)
{
	struct drm_gem_object *obj = &bo->shmem.base;
	int ret;

	dma_resv_assert_held(obj->resv);
	if (bo->populated || bo->dmabuf)
		return 0;
	ret = drm_gem_shmem_pin_locked(&bo->shmem);
	if (ret)
		shmem_truncate_range(file_inode(obj->filp), 0, -1);
	bo->populated = !ret;
	return ret;
}

static int bo_populate_unlocked(struct pinion_bo *bo)
{
	int ret;

	dma_resv_lock(bo->shmem.base.resv, NULL);
	ret = bo_populate(bo);
	dma_resv_unlock(bo->shmem.base.resv);
	return ret;
}

static int bo_host_pin(struct drm_gem_object *obj)
{
	return bo_populate(to_pinion_bo(obj)) ?: drm_gem_shmem_object_pin(obj);
}

static int bo_host_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	return bo_populate(to_pinion_bo(obj)) ?: drm_gem_shmem_object_vmap(obj, map);
}

static int bo_host_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct pinion_bo *bo = to_pinion_bo(obj);

	int ret;

	if (bo->dmabuf)
		return pinion_dmabuf_mmap(bo, vma);
	if (vma_is_cow_mapping(vma))
		return -EINVAL;
	ret = bo_populate_unlocked(bo);
	if (ret)
		return ret;
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	/* The kernel maps the pages write-combined as well, for as long as the buffer has them. */
	if (bo->shmem.map_wc)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	return 0;
}

static const struct drm_gem_object_funcs bo_host_funcs = {
	.free = bo_host_free,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = bo_host_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = bo_host_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = bo_host_mmap,
	.vm_ops = &host_vm_ops,
};

/**
 * pinion_bo_create_object() - allocate a buffer in host memory (drm_driver.gem_create_object)
 * @drm: device
 * @size: size in bytes; unused, as the helper sets it in the object
 * Return: a buffer in host memory, or ERR_PTR.
 */
struct drm_gem_object *pinion_bo_create_object(struct drm_device *drm, size_t size)
{
	struct pinion_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->flags = DRM_PINION_BO_HOST;
	INIT_LIST_HEAD(&bo->link);
	bo->shmem.base.funcs = &bo_host_funcs;
	return &bo->shmem.base;
}

static struct pinion_bo *bo_host_new(struct pinion_card *pdev, u64 bytes, u32 flags)
{
	struct drm_gem_shmem_object *shmem;
	struct pinion_bo *bo;

	if (bytes >> PAGE_SHIFT > totalram_pages())
		return ERR_PTR(-ENOMEM);
	shmem = drm_gem_shmem_create(&pdev->drm, bytes);
	if (IS_ERR(shmem))
		return ERR_CAST(shmem);
	/* Bounce buffers are not coherent: allocate pages below 4 GiB, which the card reaches. */
	if (dma_addressing_limited(pdev->drm.dev))
		mapping_set_gfp_mask(shmem->base.filp->f_mapping,
				     GFP_USER | __GFP_DMA32 | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	bo = to_pinion_bo(&shmem->base);
	bo->flags = flags;
	shmem->map_wc = flags & DRM_PINION_BO_WC;
	pinion_bo_link(bo);
	return bo;
}

static int bo_device_fill(struct pinion_card *pdev, struct pinion_budget *budget,
			  struct pinion_bo *bo, u64 bytes)
{
	int ret;

	ret = pinion_vram_alloc(pdev, budget, bytes, bo->flags & DRM_PINION_BO_MAPPABLE,
				&bo->blocks);
	if (ret)
		return ret;
	ret = pinion_clear(pdev, budget, &bo->blocks, PINION_CLEAR_TAKEN);
	if (ret)
		pinion_vram_free(pdev, &bo->blocks);
	return ret;
}

static struct pinion_bo *bo_device_new(struct pinion_card *pdev, struct pinion_budget *budget,
				       u64 bytes, u32 flags)
{
	struct pinion_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->flags = flags;
	bo->shmem.base.funcs = &bo_device_funcs;
	ret = bo_device_fill(pdev, budget, bo, bytes);
	if (ret) {
		kfree(bo);
		return ERR_PTR(ret);
	}
	drm_gem_private_object_init(&pdev->drm, &bo->shmem.base, bytes);
	bo_device_link(pdev, bo);
	return bo;
}

static struct pinion_bo *bo_new(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
				u32 flags)
{
	struct pinion_bo *bo;
	int ret;

	if (flags & DRM_PINION_BO_DEVICE)
		bo = bo_device_new(pdev, budget, bytes, flags);
	else
		bo = bo_host_new(pdev, bytes, flags);
	if (IS_ERR(bo))
		return bo;
	ret = drm_gem_create_mmap_offset(&bo->shmem.base);
	if (ret) {
		drm_gem_object_put(&bo->shmem.base);
		return ERR_PTR(ret);
	}
	return bo;
}

/**
 * pinion_bo_new() - create a buffer filled with zeroes
 * @pdev: device; the caller is in drm_dev_enter()
 * @budget: budget that pays for the buffer
 * @bytes: size in bytes, a multiple of 4 KiB
 * @flags: DRM_PINION_BO_*, checked
 * Return: the buffer, or ERR_PTR: -EDQUOT: over a limit, that of the task's dmem cgroup included;
 * -ENOSPC: no device memory; -ENOMEM, -ENODEV; -EINTR: the task is being killed.
 */
struct pinion_bo *pinion_bo_new(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
				u32 flags)
{
	enum pinion_use use = flags & DRM_PINION_BO_DEVICE ? PINION_USE_DEVICE : PINION_USE_HOST;
	u64 kept = use == PINION_USE_DEVICE ? sizeof(struct pinion_bo)
					    : pinion_bo_kept_bytes(bytes);
	struct pinion_bo *bo;
	int ret;

	ret = pinion_charge(budget, use, bytes, kept);
	if (ret)
		return ERR_PTR(ret);
	bo = bo_new(pdev, budget, bytes, flags);
	if (IS_ERR(bo))
		pinion_uncharge(budget, use, bytes, kept);
	else
		bo->budget = pinion_budget_get(budget);
	return bo;
}

/* The helper fails if a signal comes while the resv is contended: repeat unless it is fatal. */
static struct sg_table *bo_map_pages(struct pinion_bo *bo)
{
	struct dma_resv *resv = bo->shmem.base.resv;
	struct sg_table *sgt;

	while ((sgt = drm_gem_shmem_get_pages_sgt(&bo->shmem)) == ERR_PTR(-EINTR) &&
	       !fatal_signal_pending(current)) {
		dma_resv_lock(resv, NULL);
		dma_resv_unlock(resv);
	}
	return sgt;
}

/**
 * pinion_bo_map_dma() - make a buffer reachable for the card
 * @bo: buffer; the caller is in drm_dev_enter() and does not hold its resv
 *
 * The first call allocates the pages of a buffer in host memory and maps them for DMA. The pages
 * stay until the buffer is freed, the DMA mapping until then or until the device is removed.
 * Return: 0 or -errno; -EINTR: the task is being killed.
 */
int pinion_bo_map_dma(struct pinion_bo *bo)
{
	int ret;

	if (bo_is_device(bo) || bo->user)
		return 0;
	ret = bo_populate_unlocked(bo);
	return ret ? ret : PTR_ERR_OR_ZERO(bo_map_pages(bo));
}

static void bo_unmap_dma(struct pinion_bo *bo)
{
	struct drm_gem_shmem_object *shmem = &bo->shmem;

	if (bo->dmabuf) {
		pinion_dmabuf_detach(bo);
		return;
	}
	dma_resv_lock(shmem->base.resv, NULL);
	if (bo->user) {
		pinion_userptr_unmap(bo);
	} else if (shmem->sgt) {
		dma_unmap_sgtable(shmem->base.dev->dev, shmem->sgt, DMA_BIDIRECTIONAL, 0);
		sg_free_table(shmem->sgt);
		kfree(shmem->sgt);
		shmem->sgt = NULL;
	}
	dma_resv_unlock(shmem->base.resv);
}

/**
 * pinion_bo_unmap_all() - end the DMA mappings of all buffers in host memory
 * @pdev: device, stopped and unplugged
 *
 * Processes keep the pages of buffers that they have mapped.
 */
void pinion_bo_unmap_all(struct pinion_card *pdev)
{
	struct pinion_bo *bo;

	mutex_lock(&pdev->host_bos_lock);
	list_for_each_entry(bo, &pdev->host_bos, link)
		bo_unmap_dma(bo);
	mutex_unlock(&pdev->host_bos_lock);
}
