// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: exported fences
 *
 * Other drivers and drm_syncobj wait for sync_files. A sync_file of a point of a timeline has a
 * struct pinion_fence. A dma_fence must signal sooner or later, because the kernel may wait for it
 * where nothing can interrupt the wait. So a fence is only made of a point that is reached, or that
 * a job in flight with a time limit will reach. A job in front of that one may run without a limit,
 * so each struct pinion_fence has a time limit, too, after which it signals with an error.
 *
 * A struct pinion_fence holds the file of its timeline, and so the timeline and this module, whose
 * code may be called as long as the sync_file exists.
 */
#include <linux/dma-fence.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <linux/workqueue.h>

#include "pinion_accel.h"
#include "pinion_cancel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_fence.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"

/**
 * struct pinion_fence - a point of a timeline, as a dma_fence for other drivers
 * @base: fence; the only one of its context, since points may time out in any order
 * @lock: lock of @base; taken inside pinion_timeline_page.lock
 * @file: file of the timeline, referenced
 * @tl: timeline, kept by @file
 * @waiter: waiter of @tl; @base is referenced while it waits or @end is queued
 * @end: work item that signals an error at the time limit
 * @free: work item that frees the fence, since the last reference may go with interrupts off
 */
struct pinion_fence {
	struct dma_fence base;
	spinlock_t lock;
	struct file *file;
	struct pinion_timeline_page *tl;
	struct pinion_timeline_waiter waiter;
	struct delayed_work end;
	struct work_struct free;
};

/* What a fence is charged for, its sync_file included. */
#define FENCE_BYTES (sizeof(struct pinion_fence) + sizeof(struct sync_file) + sizeof(struct file))

static const char *fence_driver_name(struct dma_fence *base)
{
	return PINION_NAME;
}

static const char *fence_timeline_name(struct dma_fence *base)
{
	return "timeline";
}

static void fence_free(struct work_struct *work)
{
	struct pinion_fence *fence = container_of(work, struct pinion_fence, free);

	pinion_uncharge(fence->tl->budget, PINION_USE_WAIT, FENCE_BYTES, 0);
	fput(fence->file);
	dma_fence_free(&fence->base);
}

static void fence_release(struct dma_fence *base)
{
	struct pinion_fence *fence = container_of(base, struct pinion_fence, base);

	queue_work(pinion_signal_wq, &fence->free);
}

static const struct dma_fence_ops fence_ops = {
	PINION_FENCE_64BIT.get_driver_name = fence_driver_name,
	.get_timeline_name = fence_timeline_name,
	.release = fence_release,
};

static void fence_reached(struct pinion_timeline_waiter *waiter)
{
	struct pinion_fence *fence = container_of(waiter, struct pinion_fence, waiter);

	dma_fence_signal(&fence->base);
	if (cancel_delayed_work(&fence->end))
		dma_fence_put(&fence->base);
}

/* The time limit has passed: signal, and an error unless the point was reached meanwhile. */
static void fence_end(struct work_struct *work)
{
	struct pinion_fence *fence = container_of(to_delayed_work(work), struct pinion_fence, end);
	bool cookie = dma_fence_begin_signalling();

	if (pinion_timeline_remove_waiter(fence->tl, &fence->waiter)) {
		if (pinion_timeline_raise(fence->tl, 0) < fence->waiter.value)
			dma_fence_set_error(&fence->base, -ETIMEDOUT);
		dma_fence_signal(&fence->base);
	}
	dma_fence_end_signalling(cookie);
	dma_fence_put(&fence->base);
}

static struct pinion_fence *fence_new(struct file *file, struct pinion_timeline_page *tl, u64 value)
{
	struct pinion_fence *fence;
	int ret = pinion_charge(tl->budget, PINION_USE_WAIT, FENCE_BYTES, 0);

	if (ret)
		return ERR_PTR(ret);
	fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);
	if (!fence) {
		pinion_uncharge(tl->budget, PINION_USE_WAIT, FENCE_BYTES, 0);
		return ERR_PTR(-ENOMEM);
	}
	spin_lock_init(&fence->lock);
	dma_fence_init64(&fence->base, &fence_ops, &fence->lock, dma_fence_context_alloc(1), 1);
	INIT_DELAYED_WORK(&fence->end, fence_end);
	INIT_WORK(&fence->free, fence_free);
	fence->file = get_file(file);
	fence->tl = tl;
	fence->waiter.value = value;
	fence->waiter.call = fence_reached;
	return fence;
}

static void fence_start(struct pinion_fence *fence, u32 timeout_ms)
{
	if (!pinion_timeline_add_waiter(fence->tl, &fence->waiter)) {
		dma_fence_signal(&fence->base);
		return;
	}
	dma_fence_get(&fence->base);
	/*
	 * The point may have been reached before the work was queued. Then fence_reached() found no
	 * work to cancel, and nobody else drops this reference.
	 */
	if (!queue_delayed_work(pinion_signal_wq, &fence->end, msecs_to_jiffies(timeout_ms)) ||
	    (dma_fence_is_signaled(&fence->base) && cancel_delayed_work(&fence->end)))
		dma_fence_put(&fence->base);
}

/**
 * pinion_fence_limit_job() - make sure that a point is reached in finite time
 * @tl: timeline
 * @value: value of the point, which is reached, or a job in flight raises @tl to it
 *
 * A job without a deadline is given one.
 * Return: 0; -EINVAL: no job in flight raises the timeline that far; -EOPNOTSUPP: the card cannot
 * end a job early.
 */
int pinion_fence_limit_job(struct pinion_timeline_page *tl, u64 value)
{
	const u64 deadline = ktime_get_ns() + PINION_TIMELINE_TIMEOUT_MS * (u64)NSEC_PER_MSEC;
	struct pinion_timeline_promise promise;
	int ret = 0;

	if (pinion_timeline_raise(tl, 0) >= value)
		return 0;
	rcu_read_lock();
	if (pinion_timeline_find_promise(tl, value, &promise))
		ret = pinion_cancel_limit(promise.q, promise.seq, deadline);
	else if (pinion_timeline_raise(tl, 0) < value) /* the job may have ended meanwhile */
		ret = -EINVAL;
	rcu_read_unlock();
	return ret;
}

/**
 * pinion_fence_export() - create a sync_file of a point
 * @file: file of the timeline
 * @tl: timeline
 * @value: value that the timeline has to reach
 * @timeout_ms: time in ms after which the sync_file signals -ETIMEDOUT in any case; > 0
 * Return: file of the sync_file, or ERR_PTR: -EINVAL: no job in flight raises @tl to @value;
 * -EBUSY: the timeline has too many waiters; -EDQUOT: over a limit; -EOPNOTSUPP: the card cannot
 * end a job early; -ENOMEM.
 */
struct file *pinion_fence_export(struct file *file, struct pinion_timeline_page *tl, u64 value,
				 u32 timeout_ms)
{
	struct pinion_fence *fence;
	struct sync_file *sync;
	int ret = pinion_fence_limit_job(tl, value);

	if (ret)
		return ERR_PTR(ret);
	if (pinion_timeline_is_crowded(tl))
		return ERR_PTR(-EBUSY);
	fence = fence_new(file, tl, value);
	if (IS_ERR(fence))
		return ERR_CAST(fence);
	sync = sync_file_create(&fence->base);
	if (sync)
		fence_start(fence, timeout_ms);
	dma_fence_put(&fence->base);
	return sync ? sync->file : ERR_PTR(-ENOMEM);
}
