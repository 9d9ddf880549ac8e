// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator of device memory: gpu_buddy, which also remembers which free blocks are zero.
 *
 * Freed blocks of buffers first go to a list of dirty blocks. A work item zeroes the blocks of the
 * list, then returns them to gpu_buddy, so that their next owner need not wait. Dirty blocks count
 * as free: an allocation that finds no block in gpu_buddy waits for the work item.
 *
 * Where the kernel has the dmem cgroup, memory is charged to the cgroup of the task that allocates
 * it, until it is free again and zeroed. So an allocation over the cgroup's limit waits for the
 * work item, too, before it is refused.
 */
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_managed.h>

#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_limits.h"
#include "pinion_vram.h"

/**
 * struct vram_owner - who pays for an allocation of buffers or save areas
 * @budget: budget of the owner, referenced; NULL: the driver itself
 * @pool: the dmem cgroup that is charged; NULL: none
 * @bytes: size of the allocation
 * @left: size of those of its blocks that have not returned to pinion_vram.buddy
 *
 * gpu_buddy_block.private of each block of the allocation points here.
 */
struct vram_owner {
	struct pinion_budget *budget;
	struct dmem_cgroup_pool_state *pool;
	u64 bytes;
	u64 left;
};

static u64 vram_dirty_bytes(const struct pinion_vram *vram)
{
	lockdep_assert_held(&vram->lock);
	return vram->freed - vram->returned;
}

/* Whether memory that was freed before pinion_vram.freed had the value @freed is not zeroed yet. */
static bool vram_is_behind(struct pinion_vram *vram, u64 freed)
{
	bool behind;

	mutex_lock(&vram->lock);
	behind = vram->returned < freed;
	mutex_unlock(&vram->lock);
	return behind;
}

/*
 * Wait until all memory that was freed before this call is zeroed.
 * Return: 1; 0: there was none to wait for; -EINTR: the task is being killed.
 */
static int vram_settle(struct pinion_vram *vram)
{
	int waited = 0;
	u64 freed;

	mutex_lock(&vram->lock);
	freed = vram->freed;
	mutex_unlock(&vram->lock);
	while (vram_is_behind(vram, freed)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		flush_work(&vram->scrub);
		waited = 1;
	}
	return waited;
}

/* Charge memory to the cgroup of the current task; the driver's own memory is not charged. */
static int vram_charge(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
		       struct dmem_cgroup_pool_state **pool)
{
	struct pinion_vram *vram = &pdev->vram;
	int ret;

	*pool = NULL;
	if (!budget || !vram->region)
		return 0;
	ret = dmem_cgroup_try_charge(vram->region, bytes, pool, NULL);
	if (ret != -EAGAIN)
		return ret;
	ret = vram_settle(vram);
	if (ret > 0)
		ret = dmem_cgroup_try_charge(vram->region, bytes, pool, NULL);
	else if (!ret)
		ret = -EAGAIN;
	return ret == -EAGAIN ? -EDQUOT : ret;
}

static struct vram_owner *owner_new(struct pinion_card *pdev, struct pinion_budget *budget,
				    u64 bytes)
{
	struct vram_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!owner)
		return ERR_PTR(-ENOMEM);
	ret = vram_charge(pdev, budget, bytes, &owner->pool);
	if (ret) {
		kfree(owner);
		return ERR_PTR(ret);
	}
	owner->budget = pinion_budget_get(budget);
	owner->bytes = bytes;
	owner->left = bytes;
	return owner;
}

static void owner_free(struct vram_owner *owner)
{
	dmem_cgroup_uncharge(owner->pool, owner->bytes);
	pinion_budget_put(owner->budget);
	kfree(owner);
}

/* Give an allocation, whose result is @ret, to @owner. Return: @ret. */
static int owner_take(struct vram_owner *owner, struct list_head *blocks, int ret)
{
	struct gpu_buddy_block *block;

	if (ret) {
		owner_free(owner);
		return ret;
	}
	list_for_each_entry(block, blocks, link)
		block->private = owner;
	return 0;
}

/*
 * The limit of a cgroup has become less than its memory. What is mapped or has a handle stays: the
 * card's jobs may use it at any time, without asking the driver. But memory that was freed, and is
 * charged until it is zeroed, can be waited for.
 */
static int vram_reclaim(struct dmem_cgroup_pool_state *pool, u64 bytes, void *priv)
{
	struct pinion_card *pdev = priv;
	int ret = vram_settle(&pdev->vram);

	return ret ? min(ret, 0) : -ENOSPC;
}

static const struct dmem_cgroup_ops vram_dmem_ops = { .reclaim = vram_reclaim };

static void vram_fini(struct drm_device *drm, void *arg)
{
	struct pinion_vram *vram = &to_pinion(drm)->vram;

	/* A run of the work item takes some of the freed blocks, and queues the item anew. */
	while (flush_work(&vram->scrub))
		;
	gpu_buddy_fini(&vram->buddy);
}

/**
 * pinion_vram_init() - begin with all memory free, and no block known to be zero
 * @pdev: device
 * @scrub: work function that zeroes freed blocks: it takes them with pinion_vram_take_freed() and
 *	returns them with pinion_vram_put_freed()
 *
 * The allocator lives as long as the DRM device, since buffers can outlive the card.
 * Return: 0 or -ENOMEM.
 */
int pinion_vram_init(struct pinion_card *pdev, work_func_t scrub)
{
	struct pinion_vram *vram = &pdev->vram;
	int ret;

	INIT_LIST_HEAD(&vram->dirty);
	INIT_WORK(&vram->scrub, scrub);
	/* Registered first, so that it is unregistered when vram_fini() has ended all charges. */
	vram->region = pinion_dmem_register(&pdev->drm, pdev->info.memory, &vram_dmem_ops, pdev);
	if (IS_ERR(vram->region))
		return PTR_ERR(vram->region);
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

/* Return blocks that were allocated and not used: a block that was zero still is. */
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
 * Allocate at high addresses, since the window at the low ones is scarce. gpu_buddy prefers zero
 * blocks to high ones: if it returns blocks in the window, try for blocks beyond it that need not
 * be zero.
 */
static int vram_take_high(struct pinion_card *pdev, u64 bytes, struct list_head *blocks)
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

/*
 * @flags: GPU_BUDDY_CLEAR_ALLOCATION to prefer blocks that are zero, or 0 for those that are not.
 * Return: 0 or an error; -EAGAIN: repeat once pinion_vram.scrub has returned the dirty blocks.
 */
static int vram_try(struct pinion_card *pdev, u64 bytes, bool in_window, unsigned long flags,
		    struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	const struct pinion_info *info = &pdev->info;
	int ret;

	/* gpu_buddy walks all blocks to allocate in a range, so ask for a range only if needed. */
	if (in_window && info->window < info->memory)
		flags |= GPU_BUDDY_RANGE_ALLOCATION;
	mutex_lock(&vram->lock);
	if (in_window || info->window == info->memory)
		ret = vram_take(vram, info->window, bytes, blocks, flags);
	else
		ret = vram_take_high(pdev, bytes, blocks);
	if (ret == -ENOSPC && vram_dirty_bytes(vram))
		ret = -EAGAIN;
	mutex_unlock(&vram->lock);
	return ret;
}

/**
 * pinion_vram_alloc() - allocate device memory
 * @pdev: device
 * @budget: budget of the owner, which pays for the zeroing as well; NULL: the driver itself
 * @bytes: size in bytes, a multiple of 4 KiB
 * @in_window: true: allocate in the window, where the CPU can reach the memory; false: at the
 *	highest free addresses
 * @blocks: out: list of gpu_buddy blocks, in the order of their use
 *
 * A block is zero if gpu_buddy_block_is_clear(). Any other block has the content that its last
 * owner left.
 * Return: 0; -ENOSPC: too little device memory; -EDQUOT: over the limit of the task's dmem cgroup;
 * -ENOMEM: too little host memory; -EINTR: the task is being killed.
 */
int pinion_vram_alloc(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
		      bool in_window, struct list_head *blocks)
{
	struct vram_owner *owner;
	int ret;

	if (bytes > (in_window ? pdev->info.window : pdev->info.memory))
		return -ENOSPC;
	owner = owner_new(pdev, budget, bytes);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	while ((ret = vram_try(pdev, bytes, in_window, GPU_BUDDY_CLEAR_ALLOCATION, blocks)) ==
	       -EAGAIN)
		flush_work(&pdev->vram.scrub);
	return owner_take(owner, blocks, ret);
}

/* Contiguous memory, which the CPU need not reach. Return: as of vram_try(). */
static int vram_try_run(struct pinion_card *pdev, u64 bytes, struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	int ret;

	mutex_lock(&vram->lock);
	ret = vram_take(vram, pdev->info.memory, bytes, blocks,
			GPU_BUDDY_CONTIGUOUS_ALLOCATION | GPU_BUDDY_TOPDOWN_ALLOCATION);
	if (ret == -ENOSPC && vram_dirty_bytes(vram))
		ret = -EAGAIN;
	mutex_unlock(&vram->lock);
	return ret;
}

/**
 * pinion_vram_alloc_run() - allocate contiguous device memory
 * @pdev: device
 * @budget: budget of the owner, which pays for the zeroing as well; NULL: the driver itself
 * @bytes: size in bytes, a multiple of 4 KiB
 * @blocks: out: list of gpu_buddy blocks, without gaps between them
 * @start: out: device address of the first byte, 4 KiB aligned
 * Return: 0; -ENOSPC: too little device memory without a gap; -EDQUOT: over the limit of the task's
 * dmem cgroup; -ENOMEM: too little host memory; -EINTR: the task is being killed.
 */
int pinion_vram_alloc_run(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
			  struct list_head *blocks, u64 *start)
{
	struct gpu_buddy_block *block;
	struct vram_owner *owner;
	u64 first = U64_MAX;
	int ret;

	if (bytes > pdev->info.memory)
		return -ENOSPC;
	owner = owner_new(pdev, budget, bytes);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	while ((ret = vram_try_run(pdev, bytes, blocks)) == -EAGAIN)
		flush_work(&pdev->vram.scrub);
	ret = owner_take(owner, blocks, ret);
	if (ret)
		return ret;
	list_for_each_entry(block, blocks, link)
		first = min(first, gpu_buddy_block_offset(block));
	*start = first;
	return 0;
}

/**
 * pinion_vram_alloc_table() - allocate a page of device memory for a page table
 * @pdev: device
 * @budget: budget of the owner; NULL: the driver itself
 * @block: out: the page, in the window; its content is anything
 *
 * The driver writes a page table as a whole before the card reads it, so pages that are zero are
 * left to buffers as long as there are others.
 * Return: 0; -ENOSPC: too little device memory; -EDQUOT: over the limit of the task's dmem cgroup;
 * -ENOMEM: too little host memory; -EINTR: the task is being killed.
 */
int pinion_vram_alloc_table(struct pinion_card *pdev, struct pinion_budget *budget,
			    struct gpu_buddy_block **block)
{
	struct dmem_cgroup_pool_state *pool;
	struct list_head blocks;
	int ret = vram_charge(pdev, budget, SZ_4K, &pool);

	if (ret)
		return ret;
	while ((ret = vram_try(pdev, SZ_4K, true, 0, &blocks)) == -EAGAIN)
		flush_work(&pdev->vram.scrub);
	if (ret) {
		dmem_cgroup_uncharge(pool, SZ_4K);
		return ret;
	}
	*block = list_first_entry(&blocks, struct gpu_buddy_block, link);
	list_del_init(&(*block)->link);
	/* A page has no struct vram_owner: it is freed as soon as its owner drops it. */
	(*block)->private = pool;
	return 0;
}

/**
 * pinion_vram_free_table() - free a page of pinion_vram_alloc_table()
 * @pdev: device
 * @block: the page, which the card no longer reads
 * @zero: whether the card has got zeroes for every byte of the page
 *
 * The page is free at once and takes no work of the card: if it is not zero, it is zeroed when a
 * buffer gets it.
 */
void pinion_vram_free_table(struct pinion_card *pdev, struct gpu_buddy_block *block, bool zero)
{
	struct dmem_cgroup_pool_state *pool = block->private;
	struct pinion_vram *vram = &pdev->vram;
	LIST_HEAD(blocks);

	list_add(&block->link, &blocks);
	mutex_lock(&vram->lock);
	gpu_buddy_free_list(&vram->buddy, &blocks, zero ? GPU_BUDDY_CLEARED : 0);
	mutex_unlock(&vram->lock);
	dmem_cgroup_uncharge(pool, SZ_4K);
}

/**
 * pinion_vram_free() - free blocks, which are zeroed before their next use
 * @pdev: device
 * @blocks: all blocks of an allocation, which no page table of the card maps; empty afterwards
 */
void pinion_vram_free(struct pinion_card *pdev, struct list_head *blocks)
{
	struct pinion_vram *vram = &pdev->vram;
	struct gpu_buddy_block *block;

	mutex_lock(&vram->lock);
	list_for_each_entry(block, blocks, link)
		vram->freed += gpu_buddy_block_size(&vram->buddy, block);
	list_splice_tail_init(blocks, &vram->dirty);
	mutex_unlock(&vram->lock);
	queue_work(system_dfl_wq, &vram->scrub);
}

/**
 * pinion_vram_take_freed() - take freed blocks of one owner that have to be zeroed
 * @pdev: device
 * @blocks: list to which the blocks are added
 * @bytes: size at which no further block is taken; the last block may exceed it
 * @budget: out: budget of the last owner of the blocks, valid until pinion_vram_put_freed();
 *	NULL: the driver itself
 * Return: size of the blocks taken, in bytes; 0: no freed block is left.
 */
u64 pinion_vram_take_freed(struct pinion_card *pdev, struct list_head *blocks, u64 bytes,
			   struct pinion_budget **budget)
{
	struct pinion_vram *vram = &pdev->vram;
	struct gpu_buddy_block *block, *next;
	u64 taken = 0;

	mutex_lock(&vram->lock);
	list_for_each_entry_safe(block, next, &vram->dirty, link) {
		const struct vram_owner *owner = block->private;

		if (!taken)
			*budget = owner->budget;
		if (taken >= bytes || owner->budget != *budget)
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
void pinion_vram_put_freed(struct pinion_card *pdev, struct list_head *blocks, u64 bytes, bool zero)
{
	struct pinion_vram *vram = &pdev->vram;
	struct gpu_buddy_block *block;

	/* The work item alone changes owners of freed blocks. */
	list_for_each_entry(block, blocks, link) {
		struct vram_owner *owner = block->private;

		owner->left -= gpu_buddy_block_size(&vram->buddy, block);
		if (!owner->left)
			owner_free(owner);
	}
	mutex_lock(&vram->lock);
	gpu_buddy_free_list(&vram->buddy, blocks, zero ? GPU_BUDDY_CLEARED : 0);
	vram->returned += bytes;
	mutex_unlock(&vram->lock);
}

/**
 * pinion_vram_forget() - know of no free block any more that it is zero
 * @pdev: device whose memory may have lost its content
 */
void pinion_vram_forget(struct pinion_card *pdev)
{
	mutex_lock(&pdev->vram.lock);
	gpu_buddy_reset_clear(&pdev->vram.buddy, false);
	mutex_unlock(&pdev->vram.lock);
}

/**
 * pinion_vram_available() - say how much device memory is free
 * @pdev: device
 * Return: number of free bytes, blocks that are yet to be zeroed included.
 */
u64 pinion_vram_available(struct pinion_card *pdev)
{
	u64 bytes;

	mutex_lock(&pdev->vram.lock);
	bytes = pdev->vram.buddy.avail + vram_dirty_bytes(&pdev->vram);
	mutex_unlock(&pdev->vram.lock);
	return bytes;
}

/**
 * pinion_vram_show() - print how much device memory is free, and how much of it is zero
 * @pdev: device
 * @m: file in debugfs
 */
void pinion_vram_show(struct pinion_card *pdev, struct seq_file *m)
{
	struct pinion_vram *vram = &pdev->vram;

	mutex_lock(&vram->lock);
	seq_printf(m, "free: %llu\n", vram->buddy.avail + vram_dirty_bytes(vram));
	seq_printf(m, "zero: %llu\n", vram->buddy.clear_avail);
	seq_printf(m, "being zeroed: %llu\n", vram_dirty_bytes(vram));
	mutex_unlock(&vram->lock);
}
