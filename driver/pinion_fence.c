// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: fences
 *
 * A sync_file is what other drivers, and drm_syncobj, know of waiting. One of a point of
 * a timeline has a struct pinion_fence. The kernel may wait for a dma_fence where
 * nobody can help it on, so one that never signals is not allowed; but a point may
 * be one that nobody ever reaches. So each has a time limit, and an error at its end.
 *
 * It holds the file of the timeline, and so the timeline and this module: whoever has
 * the sync_file calls our code.
 *
 * The other way round, a struct pinion_import raises a timeline when a fence of anybody's
 * signals. That happens under the fence's lock, which may be one of ours, taken under
 * the lock of another timeline, and so on around a circle: so a work item does the
 * raising. An import ends with the file it was made through.
 */
#include <linux/dma-fence.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <linux/workqueue.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_fence.h"
#include "pinion_timeline.h"

/* Signals fences, so it must go on when memory is short; empty when the module goes. */
static struct workqueue_struct *fence_wq;

/**
 * struct pinion_fence - a point of a timeline, for other drivers
 * @base: fence, alone in its context: points may time out in any order
 * @lock: of @base; below pinion_timeline.lock
 * @file: of the timeline
 * @tl: the timeline
 * @waiter: with @tl; while it is, or @end is due, there is a reference
 * @end: the time limit
 */
struct pinion_fence {
	struct dma_fence base;
	spinlock_t lock;
	struct file *file;
	struct pinion_timeline *tl;
	struct pinion_timeline_waiter waiter;
	struct delayed_work end;
};

/**
 * struct pinion_import - a fence, and what it raises
 * @cb: with @fence
 * @work: raises
 * @link: in pinion_imports.list
 * @imports: of the file
 * @tl: the timeline
 * @fence: referenced
 * @value: what @tl is raised to
 */
struct pinion_import {
	struct dma_fence_cb cb;
	struct work_struct work;
	struct list_head link;
	struct pinion_imports *imports;
	struct pinion_timeline *tl;
	struct dma_fence *fence;
	u64 value;
};

static const char *fence_driver_name(struct dma_fence *base)
{
	return PINION_NAME;
}

static const char *fence_timeline_name(struct dma_fence *base)
{
	return "timeline";
}

/* The file goes later, when this module's code is not on the stack. */
static void fence_release(struct dma_fence *base)
{
	struct pinion_fence *fence = container_of(base, struct pinion_fence, base);

	fput(fence->file);
	dma_fence_free(base);
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

static void fence_end(struct work_struct *work)
{
	struct pinion_fence *fence = container_of(to_delayed_work(work), struct pinion_fence, end);

	if (pinion_timeline_remove_waiter(fence->tl, &fence->waiter)) {
		dma_fence_set_error(&fence->base, -ETIMEDOUT);
		dma_fence_signal(&fence->base);
	}
	dma_fence_put(&fence->base);
}

static struct pinion_fence *fence_new(struct file *file, struct pinion_timeline *tl, u64 value)
{
	struct pinion_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);

	if (!fence)
		return NULL;
	spin_lock_init(&fence->lock);
	dma_fence_init64(&fence->base, &fence_ops, &fence->lock, dma_fence_context_alloc(1), 1);
	INIT_DELAYED_WORK(&fence->end, fence_end);
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
	/* Reached meanwhile: it is just being cancelled, or there was nothing to cancel then. */
	if (!queue_delayed_work(fence_wq, &fence->end, msecs_to_jiffies(timeout_ms)) ||
	    (dma_fence_is_signaled(&fence->base) && cancel_delayed_work(&fence->end)))
		dma_fence_put(&fence->base);
}

/**
 * pinion_fence_export() - a sync_file for a point
 * @file: of the timeline
 * @tl: the timeline
 * @value: to be reached
 * @timeout_ms: after which it signals in any case, with -ETIMEDOUT; > 0
 * Return: its file, or ERR_PTR: -EBUSY: too many wait for it; -ENOMEM.
 */
struct file *pinion_fence_export(struct file *file, struct pinion_timeline *tl, u64 value,
				 u32 timeout_ms)
{
	struct pinion_fence *fence;
	struct sync_file *sync;

	if (pinion_timeline_is_crowded(tl))
		return ERR_PTR(-EBUSY);
	fence = fence_new(file, tl, value);
	if (!fence)
		return ERR_PTR(-ENOMEM);
	sync = sync_file_create(&fence->base);
	if (sync)
		fence_start(fence, timeout_ms);
	dma_fence_put(&fence->base);
	return sync ? sync->file : ERR_PTR(-ENOMEM);
}

static void import_free(struct pinion_import *import)
{
	dma_fence_put(import->fence);
	kfree(import);
}

static void import_signalled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct pinion_import *import = container_of(cb, struct pinion_import, cb);

	queue_work(fence_wq, &import->work);
}

/* The end of an import whose fence has signalled: well or with an error. */
static void import_raise(struct work_struct *work)
{
	struct pinion_import *import = container_of(work, struct pinion_import, work);
	struct pinion_imports *imports = import->imports;

	pinion_timeline_raise(import->tl, import->value);
	spin_lock(&imports->lock);
	list_del(&import->link);
	imports->count--;
	spin_unlock(&imports->lock);
	import_free(import);
}

/**
 * pinion_fence_imports_init() - none yet
 * @imports: of a file
 */
void pinion_fence_imports_init(struct pinion_imports *imports)
{
	spin_lock_init(&imports->lock);
	INIT_LIST_HEAD(&imports->list);
}

static bool imports_add(struct pinion_imports *imports, struct pinion_import *import)
{
	bool room;

	spin_lock(&imports->lock);
	room = imports->count < PINION_TIMELINE_WAITERS;
	if (room) {
		list_add(&import->link, &imports->list);
		imports->count++;
	}
	spin_unlock(&imports->lock);
	return room;
}

/**
 * pinion_fence_import() - raise a timeline when a sync_file signals
 * @imports: of the file of the timeline
 * @tl: the timeline, kept by the file
 * @fd: of the sync_file
 * @value: to raise it to
 * Return: 0; -EBADF: not a sync_file; -EBUSY: too many by this file; -ENOMEM.
 */
int pinion_fence_import(struct pinion_imports *imports, struct pinion_timeline *tl, int fd,
			u64 value)
{
	struct pinion_import *import = kzalloc(sizeof(*import), GFP_KERNEL_ACCOUNT);

	if (!import)
		return -ENOMEM;
	import->fence = sync_file_get_fence(fd);
	if (!import->fence) {
		kfree(import);
		return -EBADF;
	}
	INIT_WORK(&import->work, import_raise);
	import->imports = imports;
	import->tl = tl;
	import->value = value;
	if (!imports_add(imports, import)) {
		import_free(import);
		return -EBUSY;
	}
	if (dma_fence_add_callback(import->fence, &import->cb, import_signalled))
		import_raise(&import->work);
	return 0;
}

/**
 * pinion_fence_imports_end() - on return none of them raises the timeline
 * @imports: of a file that is released
 */
void pinion_fence_imports_end(struct pinion_imports *imports)
{
	struct pinion_import *import, *next;
	bool called = false;

	spin_lock(&imports->lock);
	list_for_each_entry_safe(import, next, &imports->list, link) {
		if (dma_fence_remove_callback(import->fence, &import->cb)) {
			list_del(&import->link);
			import_free(import);
		} else {
			called = true;
		}
	}
	spin_unlock(&imports->lock);
	if (called)
		flush_workqueue(fence_wq);
}

/**
 * pinion_fence_init() - before any timeline
 * Return: 0; -ENOMEM.
 */
int pinion_fence_init(void)
{
	fence_wq = alloc_workqueue("pinion-fence", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU, 0);
	return fence_wq ? 0 : -ENOMEM;
}

/** pinion_fence_exit() - when no file of a timeline is open any more */
void pinion_fence_exit(void)
{
	destroy_workqueue(fence_wq);
}
