// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: fences
 *
 * Other drivers and drm_syncobj wait for sync_files. A sync_file of a point of a timeline has a
 * struct pinion_fence. A dma_fence must signal sooner or later, because the kernel may wait for it
 * where nothing can interrupt the wait. A point may never be reached, so each struct pinion_fence
 * has a time limit, after which it signals with an error.
 *
 * A struct pinion_fence holds the file of its timeline, and so the timeline and this module, whose
 * code may be called as long as the sync_file exists.
 *
 * In the opposite direction, a struct pinion_import raises a timeline when a fence of any driver
 * signals. The callback runs under the fence's lock. That fence may be a struct pinion_fence, which
 * signals under the lock of its own timeline, so raising another timeline from the callback could
 * take timeline locks in a circle. Hence a work item raises the timeline. An import ends when the
 * file that it was made through is released.
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

/*
 * The workqueue signals fences, which reclaim may wait for: hence WQ_MEM_RECLAIM. No work is left
 * on it when the module is unloaded.
 */
static struct workqueue_struct *fence_wq;

/**
 * struct pinion_fence - a point of a timeline, as a dma_fence for other drivers
 * @base: fence; the only one of its context, since points may time out in any order
 * @lock: lock of @base; taken inside pinion_timeline_page.lock
 * @file: file of the timeline, referenced
 * @tl: timeline, kept by @file
 * @waiter: waiter of @tl; @base is referenced while it waits or @end is queued
 * @end: work item that signals an error at the time limit
 */
struct pinion_fence {
	struct dma_fence base;
	spinlock_t lock;
	struct file *file;
	struct pinion_timeline_page *tl;
	struct pinion_timeline_waiter waiter;
	struct delayed_work end;
};

/**
 * struct pinion_import - a fence that raises a timeline
 * @cb: callback of @fence
 * @work: work item that raises @tl
 * @link: entry in pinion_imports.list
 * @imports: imports of the file through which this one was made
 * @tl: timeline, kept by that file
 * @fence: the imported fence, referenced
 * @value: value that @tl is raised to
 */
struct pinion_import {
	struct dma_fence_cb cb;
	struct work_struct work;
	struct list_head link;
	struct pinion_imports *imports;
	struct pinion_timeline_page *tl;
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

/* fput() releases the file later, when this module's code is not on the stack. */
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

/* The time limit has passed: signal an error, unless the point was reached meanwhile. */
static void fence_end(struct work_struct *work)
{
	struct pinion_fence *fence = container_of(to_delayed_work(work), struct pinion_fence, end);

	if (pinion_timeline_remove_waiter(fence->tl, &fence->waiter)) {
		dma_fence_set_error(&fence->base, -ETIMEDOUT);
		dma_fence_signal(&fence->base);
	}
	dma_fence_put(&fence->base);
}

static struct pinion_fence *fence_new(struct file *file, struct pinion_timeline_page *tl, u64 value)
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
	/*
	 * The point may have been reached before the work was queued. Then fence_reached() found no
	 * work to cancel, and nobody else drops this reference.
	 */
	if (!queue_delayed_work(fence_wq, &fence->end, msecs_to_jiffies(timeout_ms)) ||
	    (dma_fence_is_signaled(&fence->base) && cancel_delayed_work(&fence->end)))
		dma_fence_put(&fence->base);
}

/**
 * pinion_fence_export() - create a sync_file of a point
 * @file: file of the timeline
 * @tl: timeline
 * @value: value that the timeline has to reach
 * @timeout_ms: time in ms after which the sync_file signals -ETIMEDOUT in any case; > 0
 * Return: file of the sync_file, or ERR_PTR: -EBUSY: the timeline has too many waiters; -ENOMEM.
 */
struct file *pinion_fence_export(struct file *file, struct pinion_timeline_page *tl, u64 value,
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

/* End an import whose fence has signalled, with or without an error. */
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
 * pinion_fence_imports_init() - begin without imports
 * @imports: imports of a file of a timeline
 */
void pinion_fence_imports_init(struct pinion_imports *imports)
{
	spin_lock_init(&imports->lock);
	INIT_LIST_HEAD(&imports->list);
}

static bool imports_add(struct pinion_imports *imports, struct pinion_import *import)
{
	bool fits;

	spin_lock(&imports->lock);
	fits = imports->count < PINION_TIMELINE_WAITERS;
	if (fits) {
		list_add(&import->link, &imports->list);
		imports->count++;
	}
	spin_unlock(&imports->lock);
	return fits;
}

/**
 * pinion_fence_import() - raise a timeline when a sync_file signals
 * @imports: imports of the timeline's file
 * @tl: timeline, kept by its file
 * @fd: file descriptor of the sync_file
 * @value: value that @tl is raised to
 * Return: 0; -EBADF: not a sync_file; -EBUSY: the file has too many imports; -ENOMEM.
 */
int pinion_fence_import(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
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
 * pinion_fence_imports_end() - end all imports: on return no import raises the timeline any more
 * @imports: imports of a file that is released
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
 * pinion_fence_init() - prepare for fences, before any timeline exists
 * Return: 0; -ENOMEM.
 */
int pinion_fence_init(void)
{
	fence_wq = alloc_workqueue("pinion-fence", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU, 0);
	return fence_wq ? 0 : -ENOMEM;
}

/** pinion_fence_exit() - undo pinion_fence_init(), when no file of a timeline is open any more */
void pinion_fence_exit(void)
{
	destroy_workqueue(fence_wq);
}
