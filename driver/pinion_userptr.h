/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers of pinned user memory. */
#ifndef PINION_USERPTR_H
#define PINION_USERPTR_H

#include <linux/dma-direction.h>
#include <linux/types.h>

struct mm_struct;
struct page;
struct pinion_bo;
struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_userptr - pinned user memory behind a buffer; constant once created
 * @mm: address space (grabbed) whose RLIMIT_MEMLOCK is charged
 * @pages: the pinned pages
 * @count: number of entries in @pages
 * @pinned: number of entries in @pages pinned so far; differs from @count only during creation
 * @charged: whether @mm has been charged
 * @direction: DMA_TO_DEVICE if the card may only read the memory
 */
struct pinion_userptr {
	struct mm_struct *mm;
	struct page **pages;
	unsigned int count;
	unsigned int pinned;
	bool charged;
	enum dma_data_direction direction;
};

struct pinion_bo *pinion_userptr_new(struct pinion_card *pdev, struct pinion_budget *budget,
				     u64 address, u64 bytes, bool read_only);
void pinion_userptr_unmap(struct pinion_bo *bo);

#endif /* PINION_USERPTR_H */
