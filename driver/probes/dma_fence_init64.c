// SPDX-License-Identifier: GPL-2.0
/*
 * dma_fence_init64() creates a fence with 64-bit sequence numbers. Before, a member of struct
 * dma_fence_ops asked for them.
 *
 * Symbol: dma_fence_init64
 */
#include <linux/dma-fence.h>

void probe(struct dma_fence *fence, const struct dma_fence_ops *ops, spinlock_t *lock)
{
	dma_fence_init64(fence, ops, lock, 1, 1);
}
