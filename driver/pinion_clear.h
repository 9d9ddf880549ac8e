/* SPDX-License-Identifier: GPL-2.0 */
/* Zeroing and copying of device memory by the card. */
#ifndef PINION_CLEAR_H
#define PINION_CLEAR_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "pinion_compat.h"
#include "pinion_mmu.h"

/* Size of pinion_clear.stage. */
#define PINION_STAGE_BYTES SZ_256K

struct pinion_budget;
struct pinion_card;
struct pinion_hw_queue;
struct seq_file;
struct work_struct;

/**
 * enum pinion_clear_what - why blocks are zeroed
 * @PINION_CLEAR_TAKEN: a new owner gets the blocks and waits; blocks known to be zero are
 *	skipped
 * @PINION_CLEAR_FREED: the blocks were freed and nobody waits; every block is zeroed
 */
enum pinion_clear_what {
	PINION_CLEAR_TAKEN,
	PINION_CLEAR_FREED,
};

/**
 * struct pinion_clear - zeroes device memory with the card's FILL
 * @lock: held while a FILL job runs, so that there is one at a time; protects @queue, @cmd and
 *	@bytes
 * @mmu: address space that maps all of device memory, writable
 * @queue: the driver's own queue; NULL before pinion_clear_init() and once the queue is freed
 * @block: block of device memory in the window that pinion_clear_check() fills
 * @check: address of @block in device memory
 * @checks: number of jobs of pinion_clear_check() so far, which gives the pattern in @block;
 *	protected by @lock
 * @cmd: command buffer of the FILL job, one page
 * @cmd_dma: DMA address of @cmd
 * @stage: host memory of PINION_STAGE_BYTES, through which pinion_clear_copy() copies
 * @stage_dma: DMA address of @stage
 * @bytes: bytes zeroed so far, by enum pinion_clear_what
 */
struct pinion_clear {
	struct mutex lock;
	struct pinion_mmu mmu;
	struct pinion_hw_queue *queue;
	struct gpu_buddy_block *block;
	u64 check;
	u64 checks;
	void *cmd;
	dma_addr_t cmd_dma;
	void *stage;
	dma_addr_t stage_dma;
	u64 bytes[2];
};

int pinion_clear_init(struct pinion_card *pdev);
int pinion_clear_check(struct pinion_card *pdev);
int pinion_clear_copy(struct pinion_card *pdev, u64 addr, u64 bytes, bool out);
int pinion_clear_restore(struct pinion_card *pdev);
bool pinion_clear_kept(struct pinion_card *pdev);
int pinion_clear(struct pinion_card *pdev, struct pinion_budget *budget, struct list_head *blocks,
		 enum pinion_clear_what what);
void pinion_clear_scrub(struct work_struct *work);
void pinion_clear_show(struct pinion_card *pdev, struct seq_file *m);

#endif /* PINION_CLEAR_H */
