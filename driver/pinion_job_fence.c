// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: fences of jobs
 *
 * A job or an asynchronous bind that raises a drm_syncobj has a struct pinion_job_fence, which
 * signals when the job has ended or the bind has taken effect, with the error of a job that failed.
 * The memory is allocated before the job is submitted. Only a job with a deadline has a fence, so
 * the card ends the job by then. A job in front of it may run without a deadline: so the fence
 * itself has a time limit as well, at which it signals with -ETIMEDOUT.
 *
 * A fence holds neither its queue nor its address space. It holds the module, whose code may be
 * called as long as the fence exists.
 */
#include <linux/dma-fence.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_job_fence.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"

/* The latest deadline of a job that has a fence, and the time that a card has to end the job. */
#define FENCE_LIMIT_MS (PINION_TIMELINE_TIMEOUT_MS + 2000)

/**
 * struct pinion_job_fence - a job or a bind, as a dma_fence
 * @base: fence, often the only one of its context
 * @lock: lock of @base; taken inside pinion_hw_queue.lock
 * @pdev: device, referenced, as @budget needs it
 * @budget: budget that is charged, referenced
 * @limit: work item that signals an error at the time limit; has a reference to @base while it is
 *	queued
 * @free: work item that frees the fence, since the last reference may go with interrupts off
 */
struct pinion_job_fence {
	struct dma_fence base;
	spinlock_t lock;
	struct pinion_card *pdev;
	struct pinion_budget *budget;
	struct delayed_work limit;
	struct work_struct free;
};

static struct pinion_job_fence *to_job_fence(struct dma_fence *base)
{
	return container_of(base, struct pinion_job_fence, base);
}

static const char *fence_driver_name(struct dma_fence *base)
{
	return PINION_NAME;
}

static const char *fence_timeline_name(struct dma_fence *base)
{
	return "job";
}

static void fence_free(struct work_struct *work)
{
	struct pinion_job_fence *jfence = container_of(work, struct pinion_job_fence, free);

	pinion_uncharge(jfence->budget, PINION_USE_WAIT, sizeof(*jfence), 0);
	pinion_budget_put(jfence->budget);
	drm_dev_put(&jfence->pdev->drm);
	dma_fence_free(&jfence->base);
	/* The module ends only after the workqueue, and so after this function. */
	module_put(THIS_MODULE);
}

static void fence_release(struct dma_fence *base)
{
	queue_work(pinion_signal_wq, &to_job_fence(base)->free);
}

static const struct dma_fence_ops fence_ops = {
	PINION_FENCE_64BIT.get_driver_name = fence_driver_name,
	.get_timeline_name = fence_timeline_name,
	.release = fence_release,
};

/* Signal, unless that has happened already. */
static void fence_signal(struct pinion_job_fence *jfence, int error)
{
	unsigned long flags;

	spin_lock_irqsave(&jfence->lock, flags);
	if (!dma_fence_is_signaled_locked(&jfence->base)) {
		if (error)
			dma_fence_set_error(&jfence->base, error);
		dma_fence_signal_locked(&jfence->base);
	}
	spin_unlock_irqrestore(&jfence->lock, flags);
}

static void fence_limit(struct work_struct *work)
{
	struct pinion_job_fence *jfence = container_of(to_delayed_work(work),
						       struct pinion_job_fence, limit);
	bool cookie = dma_fence_begin_signalling();

	fence_signal(jfence, -ETIMEDOUT);
	dma_fence_end_signalling(cookie);
	dma_fence_put(&jfence->base);
}

/**
 * pinion_job_fence_new() - create the fence of a job or a bind that is about to be submitted
 * @pdev: device
 * @budget: budget to charge
 * @context: context of fences
 * @seqno: number of the fence in @context, in the order in which the fences will signal
 *
 * The time limit begins. pinion_job_fence_end() must follow.
 * Return: the fence, with one reference, or ERR_PTR: -EDQUOT: over a limit; -ENOMEM.
 */
struct dma_fence *pinion_job_fence_new(struct pinion_card *pdev, struct pinion_budget *budget,
				       u64 context, u64 seqno)
{
	struct pinion_job_fence *jfence;
	int ret = pinion_charge(budget, PINION_USE_WAIT, sizeof(*jfence), 0);

	if (ret)
		return ERR_PTR(ret);
	jfence = kzalloc(sizeof(*jfence), GFP_KERNEL_ACCOUNT);
	if (!jfence) {
		pinion_uncharge(budget, PINION_USE_WAIT, sizeof(*jfence), 0);
		return ERR_PTR(-ENOMEM);
	}
	__module_get(THIS_MODULE);
	drm_dev_get(&pdev->drm);
	jfence->pdev = pdev;
	jfence->budget = pinion_budget_get(budget);
	spin_lock_init(&jfence->lock);
	dma_fence_init64(&jfence->base, &fence_ops, &jfence->lock, context, seqno);
	INIT_WORK(&jfence->free, fence_free);
	INIT_DELAYED_WORK(&jfence->limit, fence_limit);
	dma_fence_get(&jfence->base);
	queue_delayed_work(pinion_signal_wq, &jfence->limit, msecs_to_jiffies(FENCE_LIMIT_MS));
	return &jfence->base;
}

/**
 * pinion_job_fence_end() - signal the fence of a job or a bind that has ended
 * @base: fence of pinion_job_fence_new(), of which the caller gives a reference up; any context
 * @error: result of the job, 0 or -errno
 */
void pinion_job_fence_end(struct dma_fence *base, int error)
{
	struct pinion_job_fence *jfence = to_job_fence(base);

	fence_signal(jfence, error);
	if (cancel_delayed_work(&jfence->limit))
		dma_fence_put(base);
	dma_fence_put(base);
}
