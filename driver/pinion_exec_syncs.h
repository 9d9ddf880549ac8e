/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs that wait for drm_syncobjs, and raise them. */
#ifndef PINION_EXEC_SYNCS_H
#define PINION_EXEC_SYNCS_H

#include <linux/types.h>

#include "pinion_accel.h"
#include "pinion_exec.h"
#include "pinion_resv.h"

struct dma_fence;
struct pinion_hw_queue;
struct pinion_syncs;

/**
 * struct pinion_exec_synced - a job with drm_syncobjs, on its way into the ring
 * @exec: description of the job
 * @syncs: drm_syncobjs that the job waits for and raises; NULL: none
 * @resv: locked reservations of the buffers by which the job synchronises
 * @fence: fence of the job, referenced; NULL: nobody can wait for the job
 * @buffers: command buffers of the job
 */
struct pinion_exec_synced {
	struct pinion_exec exec;
	struct pinion_syncs *syncs;
	struct pinion_resv resv;
	struct dma_fence *fence;
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS];
};

int pinion_exec_syncs_init(struct pinion_exec_synced *job, u32 flags, u64 addr, u32 len);
int pinion_exec_syncs_prepare(struct pinion_exec_synced *job, struct pinion_hw_queue *q);
void pinion_exec_syncs_end(struct pinion_exec_synced *job, int ret);

#endif /* PINION_EXEC_SYNCS_H */
