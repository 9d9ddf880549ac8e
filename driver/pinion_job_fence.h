/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs and binds as fences. */
#ifndef PINION_JOB_FENCE_H
#define PINION_JOB_FENCE_H

#include <linux/types.h>

struct dma_fence;
struct pinion_budget;
struct pinion_card;

struct dma_fence *pinion_job_fence_new(struct pinion_card *pdev, struct pinion_budget *budget,
				       u64 context, u64 seqno);
void pinion_job_fence_end(struct dma_fence *base, int error);

#endif /* PINION_JOB_FENCE_H */
