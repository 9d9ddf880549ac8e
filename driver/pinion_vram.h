/* SPDX-License-Identifier: GPL-2.0 */
/* The allocator of device memory. */
#ifndef PINION_VRAM_H
#define PINION_VRAM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "pinion_compat.h"

struct dmem_cgroup_region;
struct pinion_budget;
struct pinion_card;
struct seq_file;

/**
 * struct pinion_vram - allocator of device memory
 * @lock: protects every member but @scrub and @region
 * @buddy: free blocks of [0, memory), with a flag for each block that is zero
 * @dirty: freed blocks that have to be zeroed before they return to @buddy, oldest first
 * @freed: bytes that were ever added to @dirty
 * @returned: bytes that have returned from @dirty to @buddy
 * @region: the memory as the dmem cgroup knows it; NULL: the kernel has no dmem cgroup
 * @scrub: work item that zeroes the blocks in @dirty and returns them to @buddy
 */
struct pinion_vram {
	struct mutex lock;
	struct gpu_buddy buddy;
	struct list_head dirty;
	u64 freed;
	u64 returned;
	struct dmem_cgroup_region *region;
	struct work_struct scrub;
};

int pinion_vram_init(struct pinion_card *pdev, work_func_t scrub);
int pinion_vram_alloc(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
		      bool in_window, struct list_head *blocks);
int pinion_vram_alloc_run(struct pinion_card *pdev, struct pinion_budget *budget, u64 bytes,
			  struct list_head *blocks, u64 *start);
int pinion_vram_alloc_table(struct pinion_card *pdev, struct pinion_budget *budget,
			    struct gpu_buddy_block **block);
void pinion_vram_free_table(struct pinion_card *pdev, struct gpu_buddy_block *block, bool zero);
void pinion_vram_free(struct pinion_card *pdev, struct list_head *blocks);
u64 pinion_vram_take_freed(struct pinion_card *pdev, struct list_head *blocks, u64 bytes,
			   struct pinion_budget **budget);
void pinion_vram_put_freed(struct pinion_card *pdev, struct list_head *blocks, u64 bytes,
			   bool zero);
void pinion_vram_forget(struct pinion_card *pdev);
u64 pinion_vram_available(struct pinion_card *pdev);
void pinion_vram_show(struct pinion_card *pdev, struct seq_file *m);

#endif /* PINION_VRAM_H */
