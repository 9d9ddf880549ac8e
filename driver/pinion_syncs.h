/* SPDX-License-Identifier: GPL-2.0 */
/* The drm_syncobjs that a job or a bind names. */
#ifndef PINION_SYNCS_H
#define PINION_SYNCS_H

#include <linux/types.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_syncobj;
struct pinion_await;
struct pinion_budget;

/**
 * struct pinion_sync - a drm_syncobj to wait for, or to raise
 * @fence: to wait for: the fence, referenced; NULL: to raise
 * @obj: to raise: the drm_syncobj, referenced; NULL: to wait for
 * @chain: memory for the point of a timeline drm_syncobj to raise; NULL: none is needed
 * @point: point of a timeline drm_syncobj to raise
 */
struct pinion_sync {
	struct dma_fence *fence;
	struct drm_syncobj *obj;
	struct dma_fence_chain *chain;
	u64 point;
};

/**
 * struct pinion_syncs - all drm_syncobjs of a job or a bind
 * @count: number of entries in @sync
 * @waits: whether there is one to wait for
 * @signals: whether there is one to raise
 * @sync: drm_syncobjs, in the order of the array that the user gave
 */
struct pinion_syncs {
	u32 count;
	bool waits;
	bool signals;
	struct pinion_sync sync[] __counted_by(count);
};

struct pinion_syncs *pinion_syncs_new(struct drm_file *file, u64 from, u32 count, u32 stride);
int pinion_syncs_await(const struct pinion_syncs *syncs, struct pinion_await *await,
		       struct pinion_budget *budget);
void pinion_syncs_signal(struct pinion_syncs *syncs, struct dma_fence *fence);
void pinion_syncs_free(struct pinion_syncs *syncs);

#endif /* PINION_SYNCS_H */
