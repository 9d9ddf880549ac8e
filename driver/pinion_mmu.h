/* SPDX-License-Identifier: GPL-2.0 */
/* The card's address-space slots. */
#ifndef PINION_MMU_H
#define PINION_MMU_H

#include <linux/list.h>
#include <linux/types.h>

#include "pinion_pt.h"

struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_mmu - one of the card's address-space slots
 * @pdev: device
 * @budget: budget that pays for the page tables, referenced by the owner; NULL: nobody pays
 * @id: number of the slot, 1..VMS-1
 * @save: device memory of the save area, into which the card writes blocks that it preempts; empty:
 *	the card has no PINION_CAP_PREEMPT, or the address space is the driver's own
 * @save_addr: device address of the save area; 0: none
 * @pt: page tables; the owner serialises changes
 */
struct pinion_mmu {
	struct pinion_card *pdev;
	struct pinion_budget *budget;
	u32 id;
	struct list_head save;
	u64 save_addr;
	struct pinion_pt pt;
};

int pinion_mmu_init(struct pinion_card *pdev, struct pinion_mmu *mmu);
int pinion_mmu_restore(struct pinion_mmu *mmu);
void pinion_mmu_disable(struct pinion_mmu *mmu);
void pinion_mmu_fini(struct pinion_mmu *mmu);
void pinion_mmu_flush(struct pinion_mmu *mmu);

#endif /* PINION_MMU_H */
