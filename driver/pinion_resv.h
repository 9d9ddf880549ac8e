/* SPDX-License-Identifier: GPL-2.0 */
/* Reservations of the buffers by which the jobs of an address space synchronise. */
#ifndef PINION_RESV_H
#define PINION_RESV_H

#include <linux/types.h>

#include <drm/drm_exec.h>

struct dma_fence;
struct pinion_await;
struct pinion_gpuvm;
struct pinion_hw_queue;
struct pinion_resv_bo;

/**
 * struct pinion_resv - reservations that a job has locked
 * @exec: locks of the reservations
 * @bos: buffers of the reservations; NULL: nothing is locked
 * @count: number of entries in @bos
 */
struct pinion_resv {
	struct drm_exec exec;
	struct pinion_resv_bo *bos;
	u32 count;
};

/**
 * pinion_resv_init() - begin without reservations
 * @resv: reservations to initialise
 */
static inline void pinion_resv_init(struct pinion_resv *resv)
{
	resv->bos = NULL;
	resv->count = 0;
}

int pinion_resv_lock(struct pinion_resv *resv, struct pinion_gpuvm *vm);
int pinion_resv_await(struct pinion_resv *resv, struct pinion_await *await,
		      struct pinion_hw_queue *q);
struct dma_fence *pinion_resv_fence(struct pinion_resv *resv, struct pinion_hw_queue *q);
void pinion_resv_publish(struct pinion_resv *resv, struct dma_fence *fence);
void pinion_resv_unlock(struct pinion_resv *resv);

#endif /* PINION_RESV_H */
