// SPDX-License-Identifier: GPL-2.0
/* Device memory: which bytes are whose. */
#include <drm/drm_managed.h>

#include "pinion_device.h"

static void vram_fini(struct drm_device *drm, void *arg)
{
	drm_buddy_fini(&to_pinion(drm)->vram.buddy);
}

/**
 * pinion_vram_init() - start with all of it free
 * @pdev: device
 *
 * The allocator lives as long as the DRM device: buffers can outlive the card.
 * Return: 0 or -ENOMEM.
 */
int pinion_vram_init(struct pinion_device *pdev)
{
	int ret;

	ret = drm_buddy_init(&pdev->vram.buddy, pdev->info.memory, SZ_4K);
	if (ret)
		return ret;
	return drmm_add_action_or_reset(&pdev->drm, vram_fini, NULL);
}

/**
 * pinion_vram_alloc() - take blocks
 * @pdev: device
 * @bytes: how much, a multiple of 4 KiB
 * @in_window: where the CPU can reach it; else as high as there is room
 * @blocks: out: list of drm_buddy blocks, in the order of their use
 *
 * The content is what the last owner left there.
 * Return: 0, -ENOSPC (device memory) or -ENOMEM (host memory).
 */
int pinion_vram_alloc(struct pinion_device *pdev, u64 bytes, bool in_window,
		      struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	u64 end = in_window ? pdev->info.window : pdev->info.memory;
	unsigned long flags = 0;
	int ret;

	INIT_LIST_HEAD(blocks);
	if (bytes > end)
		return -ENOSPC;
	/* A range is found by a walk of all blocks there are: only where it is needed. */
	if (end < pdev->info.memory)
		flags = DRM_BUDDY_RANGE_ALLOCATION;
	else if (!in_window && pdev->info.window < pdev->info.memory)
		flags = DRM_BUDDY_TOPDOWN_ALLOCATION;
	mutex_lock(&vram->lock);
	ret = drm_buddy_alloc_blocks(&vram->buddy, 0, end, bytes, SZ_4K, blocks, flags);
	mutex_unlock(&vram->lock);
	return ret;
}

/**
 * pinion_vram_free() - give blocks back; the card reaches them no more
 * @pdev: device
 * @blocks: list
 */
void pinion_vram_free(struct pinion_device *pdev, struct list_head *blocks)
{
	mutex_lock(&pdev->vram.lock);
	drm_buddy_free_list(&pdev->vram.buddy, blocks, 0);
	mutex_unlock(&pdev->vram.lock);
}

/**
 * pinion_vram_available() - how much is free
 * @pdev: device
 * Return: bytes.
 */
u64 pinion_vram_available(struct pinion_device *pdev)
{
	u64 bytes;

	mutex_lock(&pdev->vram.lock);
	bytes = pdev->vram.buddy.avail;
	mutex_unlock(&pdev->vram.lock);
	return bytes;
}
