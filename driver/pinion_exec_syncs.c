// SPDX-License-Identifier: GPL-2.0
/*
 * EXEC of jobs that others may wait for: by drm_syncobjs, or by the buffers of an address space
 * with DRM_PINION_VM_BIND_SYNC. Everything that can fail, and all memory, comes before the job is
 * in the ring: pinion_exec_submit_locked() treats the job like any other. Fences that the job waits
 * for become a point of the queue's inlet; drm_syncobjs that the job raises, and the buffers, get
 * the fence of the job.
 */
#include <linux/dma-fence.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_await.h"
#include "pinion_device.h"
#include "pinion_exec_args.h"
#include "pinion_exec_syncs.h"
#include "pinion_file.h"
#include "pinion_inlet.h"
#include "pinion_job_fence.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_resv.h"
#include "pinion_syncs.h"
#include "pinion_vm.h"

static struct pinion_syncs *syncs_find(const struct pinion_exec_syncs *args)
{
	struct pinion_syncs *syncs = ERR_PTR(-EINVAL);
	struct file *file = fget(args->fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &pinion_file_fops)
		syncs = pinion_syncs_new(file->private_data, args->syncs, args->nsyncs,
					 args->stride);
	fput(file);
	return syncs;
}

/* Read the arguments of an EXEC with PINION_EXEC_SYNCS. */
static int syncs_init(struct pinion_exec_synced *job, u64 addr, u32 len)
{
	struct pinion_exec_syncs args;
	int ret;

	if (len < sizeof(args) || len > PAGE_SIZE)
		return -EINVAL;
	ret = copy_struct_from_user(&args, sizeof(args), u64_to_user_ptr(addr), len);
	if (ret)
		return ret == -E2BIG ? -EINVAL : ret;
	ret = pinion_exec_init_vector(&job->exec, job->buffers, args.buffers, args.nbuffers);
	if (ret)
		return ret;
	job->syncs = syncs_find(&args);
	return PTR_ERR_OR_ZERO(job->syncs);
}

/**
 * pinion_exec_syncs_init() - read the arguments of an EXEC that others may wait for
 * @job: job to initialise, so far without points of timelines
 * @flags: 0, PINION_EXEC_VECTOR or PINION_EXEC_SYNCS
 * @addr: addr of the EXEC, as the user gave it
 * @len: len of the EXEC, as the user gave it
 *
 * pinion_exec_syncs_prepare() and pinion_exec_syncs_end() follow if 0 is returned.
 * Return: 0; -EINVAL, -EFAULT, -EBADF; an error of pinion_syncs_new().
 */
int pinion_exec_syncs_init(struct pinion_exec_synced *job, u32 flags, u64 addr, u32 len)
{
	job->syncs = NULL;
	job->fence = NULL;
	pinion_resv_init(&job->resv);
	switch (flags) {
	case 0:
		return pinion_exec_init(&job->exec, addr, len);
	case PINION_EXEC_VECTOR:
		return pinion_exec_init_vector(&job->exec, job->buffers, addr, len);
	case PINION_EXEC_SYNCS:
		return syncs_init(job, addr, len);
	default:
		return -EINVAL;
	}
}

/* Collect all fences that the job has to wait for. */
static int syncs_collect(struct pinion_exec_synced *job, struct pinion_hw_queue *q,
			 struct pinion_await *await)
{
	int ret = job->syncs ? pinion_syncs_await(job->syncs, await, q->budget) : 0;

	return ret ?: pinion_resv_await(&job->resv, await, q);
}

/* Have the job wait for a point that the inlet of the queue raises when all fences have signalled.
 */
static int syncs_wait(struct pinion_exec_synced *job, struct pinion_inlet *inlet,
		      struct pinion_hw_queue *q)
{
	struct pinion_await *await = pinion_inlet_new_await(inlet);
	struct pinion_exec *exec = &job->exec;
	int ret;

	if (!await)
		return -ENOMEM;
	ret = syncs_collect(job, q, await);
	if (!ret && pinion_await_is_empty(await)) {
		pinion_await_drop(await);
		return 0;
	}
	if (!ret)
		ret = pinion_inlet_await(inlet, await, &exec->wait[exec->nwaits]);
	if (ret)
		pinion_await_drop(await);
	else
		exec->nwaits++;
	return ret;
}

static int syncs_signal(struct pinion_exec_synced *job, struct pinion_hw_queue *q)
{
	u64 latest = ktime_get_ns() + PINION_TIMELINE_TIMEOUT_MS * (u64)NSEC_PER_MSEC;
	struct pinion_exec *exec = &job->exec;
	struct dma_fence *fence;
	int ret;

	ret = pinion_exec_set_deadline(exec, q->vm,
				       exec->deadline ? min(exec->deadline, latest) : latest);
	if (ret)
		return ret;
	fence = pinion_resv_fence(&job->resv, q);
	if (IS_ERR(fence))
		return PTR_ERR(fence);
	job->fence = dma_fence_get(fence);
	exec->fence = fence;
	return 0;
}

/**
 * pinion_exec_syncs_prepare() - do all that can fail before a job is written into the ring
 * @job: job with all its points of timelines
 * @q: queue of the job
 *
 * The reservations of the buffers by which the job synchronises are locked afterwards. Whatever is
 * returned, pinion_exec_syncs_end() must follow.
 * Return: 0; -EINVAL: too many points to wait for; -EOPNOTSUPP: the card cannot end a job early;
 * -EDQUOT: over a limit; -EBUSY: too many jobs wait for fences; -ENOMEM, -EINTR, or an error of
 * pinion_inlet_get().
 */
int pinion_exec_syncs_prepare(struct pinion_exec_synced *job, struct pinion_hw_queue *q)
{
	bool synced = pinion_vm_is_synced(q->vm);
	struct pinion_inlet *inlet = NULL;
	int ret = 0;

	if (synced || (job->syncs && job->syncs->waits)) {
		if (job->exec.nwaits > PINION_EXEC_WAITS)
			return -EINVAL;
		/* Before the reservations, which are locked inside pinion_gpuvm.lock elsewhere. */
		inlet = pinion_inlet_get(q);
	}
	if (IS_ERR(inlet))
		return PTR_ERR(inlet);
	if (synced)
		ret = pinion_resv_lock(&job->resv, q->vm);
	if (!ret && (synced || (job->syncs && job->syncs->signals)))
		ret = syncs_signal(job, q);
	if (!ret && inlet)
		ret = syncs_wait(job, inlet, q);
	return ret;
}

/**
 * pinion_exec_syncs_end() - publish the fence of a job that was submitted, and free the rest
 * @job: job after pinion_exec_syncs_init()
 * @ret: 0: the job was submitted; -errno: it was not, and nobody learns of it
 */
void pinion_exec_syncs_end(struct pinion_exec_synced *job, int ret)
{
	if (!ret && job->fence) {
		pinion_resv_publish(&job->resv, job->fence);
		if (job->syncs)
			pinion_syncs_signal(job->syncs, job->fence);
	}
	if (ret)
		pinion_exec_unuse(&job->exec);
	if (ret && job->fence)
		pinion_job_fence_end(job->fence, ret);
	pinion_resv_unlock(&job->resv);
	dma_fence_put(job->fence);
	if (job->syncs)
		pinion_syncs_free(job->syncs);
}
