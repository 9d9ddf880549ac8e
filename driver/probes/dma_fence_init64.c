// SPDX-License-Identifier: GPL-2.0
/*
 * A fence with 64-bit numbers is made by a function of its own, not by a member of its operations.
 *
 * Symbol: dma_fence_init64
 */
#include <linux/dma-fence.h>

void probe(struct dma_fence *fence, const struct dma_fence_ops *ops, spinlock_t *lock)
{
	dma_fence_init64(fence, ops, lock, 1, 1);
}
