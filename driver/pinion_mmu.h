/* SPDX-License-Identifier: GPL-2.0 */
/* The card's address-space slots. */
#ifndef PINION_MMU_H
#define PINION_MMU_H

#include <linux/types.h>

#include "pinion_pt.h"

struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_mmu - one of the card's address-space slots
 * @pdev: device
 * @budget: budget that pays for the page tables, referenced by the owner; NULL: nobody pays
 * @id: number of the slot, 1..VMS-1
 * @pt: page tables; the owner serialises changes
 */
struct pinion_mmu {
	struct pinion_card *pdev;
	struct pinion_budget *budget;
	u32 id;
	struct pinion_pt pt;
};

int pinion_mmu_init(struct pinion_card *pdev, struct pinion_mmu *mmu);
int pinion_mmus_restore(struct pinion_card *pdev);
void pinion_mmu_disable(struct pinion_mmu *mmu);
void pinion_mmu_fini(struct pinion_mmu *mmu);
void pinion_mmu_flush(struct pinion_mmu *mmu);

#endif /* PINION_MMU_H */
