// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: which bytes are whose, and which of those that are nobody's are
 * zero. What is given back is put by and zeroed by a worker, so that who gets it
 * next need not wait. gpu_buddy remembers which blocks are zero; those put by are
 * not in it, but count as free, and who finds no others waits for the worker.
 */
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include <drm/drm_managed.h>

#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_vram.h"

static void vram_fini(struct drm_device *drm, void *arg)
{
	struct pinion_vram *vram = &to_pinion(drm)->vram;

	flush_work(&vram->scrub);
	gpu_buddy_fini(&vram->buddy);
}

/**
 * pinion_vram_init() - start with all of it free, and none of it known to be zero
 * @pdev: device
 * @scrub: work function that zeroes freed blocks: it takes them with pinion_vram_take_freed() and
 *	returns them with pinion_vram_put_freed()
 *
 * The allocator lives as long as the DRM device: buffers can outlive the card.
 * Return: 0 or -ENOMEM.
 */
int pinion_vram_init(struct pinion_device *pdev, work_func_t scrub)
{
	struct pinion_vram *vram = &pdev->vram;
	int ret;

	INIT_LIST_HEAD(&vram->dirty);
	INIT_WORK(&vram->scrub, scrub);
	ret = gpu_buddy_init(&vram->buddy, pdev->info.memory, SZ_4K);
	if (ret)
		return ret;
	return drmm_add_action_or_reset(&pdev->drm, vram_fini, NULL);
}

static int vram_take(struct pinion_vram *vram, u64 end, u64 bytes, struct list_head *blocks,
		     unsigned long flags)
{
	lockdep_assert_held(&vram->lock);
	INIT_LIST_HEAD(blocks);
	return gpu_buddy_alloc_blocks(&vram->buddy, 0, end, bytes, SZ_4K, blocks, flags);
}

/* What was taken too much: as zero as it was. */
static void vram_untake(struct pinion_vram *vram, struct list_head *blocks)
{
	struct gpu_buddy_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link)
		gpu_buddy_free_block(&vram->buddy, block);
}

static bool vram_is_beyond(const struct list_head *blocks, u64 window)
{
	struct gpu_buddy_block *block;

	list_for_each_entry(block, blocks, link)
		if (gpu_buddy_block_offset(block) < window)
			return false;
	return true;
}

/*
 * As high as there is room. gpu_buddy puts zero blocks above high ones, but the
 * window is scarcer: if zeroes are in the window, look for others beyond it.
 */
static int vram_take_high(struct pinion_device *pdev, u64 bytes, struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	u64 window = pdev->info.window, end = pdev->info.memory;
	struct list_head others;
	int ret;

	ret = vram_take(vram, end, bytes, blocks,
			GPU_BUDDY_TOPDOWN_ALLOCATION | GPU_BUDDY_CLEAR_ALLOCATION);
	if (ret || vram_is_beyond(blocks, window) ||
	    vram_take(vram, end, bytes, &others, GPU_BUDDY_TOPDOWN_ALLOCATION))
		return ret;
	if (vram_is_beyond(&others, window))
		list_swap(blocks, &others);
	vram_untake(vram, &others);
	return 0;
}

/* -EAGAIN: not now, but perhaps when the worker is done. */
static int vram_try(struct pinion_device *pdev, u64 bytes, bool in_window, struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	const struct pinion_info *info = &pdev->info;
	unsigned long flags = GPU_BUDDY_CLEAR_ALLOCATION;
	int ret;

	/* A range is found by a walk of all blocks there are: only where it is needed. */
	if (in_window && info->window < info->memory)
		flags |= GPU_BUDDY_RANGE_ALLOCATION;
	mutex_lock(&vram->lock);
	if (in_window || info->window == info->memory)
		ret = vram_take(vram, info->window, bytes, blocks, flags);
	else
		ret = vram_take_high(pdev, bytes, blocks);
	if (ret == -ENOSPC && vram->dirty_bytes)
		ret = -EAGAIN;
	mutex_unlock(&vram->lock);
	return ret;
}

/**
 * pinion_vram_alloc() - take blocks
 * @pdev: device
 * @bytes: how much, a multiple of 4 KiB
 * @in_window: where the CPU can reach it; else as high as there is room
 * @blocks: out: list of gpu_buddy blocks, in the order of their use
 *
 * Zero if gpu_buddy_block_is_clear(); if not, the content is what the last owner
 * left there.
 * Return: 0, -ENOSPC (device memory) or -ENOMEM (host memory).
 */
int pinion_vram_alloc(struct pinion_device *pdev, u64 bytes, bool in_window,
		      struct list_head *blocks)
{
	int ret;

	if (bytes > (in_window ? pdev->info.window : pdev->info.memory))
		return -ENOSPC;
	while ((ret = vram_try(pdev, bytes, in_window, blocks)) == -EAGAIN)
		flush_work(&pdev->vram.scrub);
	return ret;
}

/**
 * pinion_vram_free() - give blocks back; the card reaches them no more
 * @pdev: device
 * @blocks: list
 */
void pinion_vram_free(struct pinion_device *pdev, struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	struct gpu_buddy_block *block;

	mutex_lock(&vram->lock);
	list_for_each_entry(block, blocks, link)
		vram->dirty_bytes += gpu_buddy_block_size(&vram->buddy, block);
	list_splice_tail_init(blocks, &vram->dirty);
	mutex_unlock(&vram->lock);
	queue_work(system_dfl_wq, &vram->scrub);
}

/**
 * pinion_vram_take_freed() - take freed blocks that have to be zeroed
 * @pdev: device
 * @blocks: list to which the blocks are added
 * @bytes: size at which no further block is taken; the last block may exceed it
 * Return: size of the blocks taken, in bytes; 0: no freed block is left.
 */
u64 pinion_vram_take_freed(struct pinion_device *pdev, struct list_head *blocks, u64 bytes)
{
	struct pinion_vram *vram = &pdev->vram;
	struct gpu_buddy_block *block, *next;
	u64 taken = 0;

	mutex_lock(&vram->lock);
	list_for_each_entry_safe(block, next, &vram->dirty, link) {
		if (taken >= bytes)
			break;
		taken += gpu_buddy_block_size(&vram->buddy, block);
		list_move_tail(&block->link, blocks);
	}
	mutex_unlock(&vram->lock);
	return taken;
}

/**
 * pinion_vram_put_freed() - return blocks of pinion_vram_take_freed() to the allocator
 * @pdev: device
 * @blocks: all blocks that one call of pinion_vram_take_freed() added; the list is empty afterwards
 * @bytes: return value of that call
 * @zero: whether every byte of the blocks is zero now
 */
void pinion_vram_put_freed(struct pinion_device *pdev, struct list_head *blocks, u64 bytes,
			   bool zero)
{
	struct pinion_vram *vram = &pdev->vram;

	mutex_lock(&vram->lock);
	gpu_buddy_free_list(&vram->buddy, blocks, zero ? GPU_BUDDY_CLEARED : 0);
	vram->dirty_bytes -= bytes;
	mutex_unlock(&vram->lock);
}

/**
 * pinion_vram_available() - how much is free
 * @pdev: device
 * Return: bytes, with those that are yet to be zeroed.
 */
u64 pinion_vram_available(struct pinion_device *pdev)
{
	u64 bytes;

	mutex_lock(&pdev->vram.lock);
	bytes = pdev->vram.buddy.avail + pdev->vram.dirty_bytes;
	mutex_unlock(&pdev->vram.lock);
	return bytes;
}

/**
 * pinion_vram_show() - print how much of what is free is zero
 * @pdev: device
 * @m: of debugfs
 */
void pinion_vram_show(struct pinion_device *pdev, struct seq_file *m)
{
	struct pinion_vram *vram = &pdev->vram;

	mutex_lock(&vram->lock);
	seq_printf(m, "free: %llu\n", vram->buddy.avail + vram->dirty_bytes);
	seq_printf(m, "zero: %llu\n", vram->buddy.clear_avail);
	seq_printf(m, "being zeroed: %llu\n", vram->dirty_bytes);
	mutex_unlock(&vram->lock);
}
