// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy allocator for device memory is called gpu_buddy and no longer drm_buddy.
 *
 * Symbol: gpu_buddy_alloc_blocks
 */
#include <linux/gpu_buddy.h>

u64 probe(struct gpu_buddy *mm, struct gpu_buddy_block *block)
{
	return gpu_buddy_block_size(mm, block);
}
