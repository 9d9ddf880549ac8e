// SPDX-License-Identifier: GPL-2.0
/* Sets of fences that a job or a bind waits for. */
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "pinion_await.h"
#include "pinion_import.h"

/**
 * struct await_fence - one fence of a set
 * @base: the import of the fence
 * @await: the set, referenced
 */
struct await_fence {
	struct pinion_import base;
	struct pinion_await *await;
};

static void await_release(struct kref *ref)
{
	kfree(container_of(ref, struct pinion_await, refs));
}

static void await_signalled(struct pinion_import *import)
{
	pinion_await_go(container_of(import, struct await_fence, base)->await);
}

static void await_free(struct pinion_import *import)
{
	struct await_fence *one = container_of(import, struct await_fence, base);

	kref_put(&one->await->refs, await_release);
	kfree(one);
}

static const struct pinion_import_ops await_ops = {
	.signalled = await_signalled,
	.free = await_free,
};

/**
 * pinion_await_new() - create an empty set of fences
 * @wq: workqueue of @work
 * @work: work item that is queued when all fences have signalled, after pinion_await_go()
 * Return: the set, which pinion_await_drop() frees; NULL: no memory.
 */
struct pinion_await *pinion_await_new(struct workqueue_struct *wq, struct work_struct *work)
{
	struct pinion_await *await = kzalloc(sizeof(*await), GFP_KERNEL_ACCOUNT);

	if (!await)
		return NULL;
	kref_init(&await->refs);
	spin_lock_init(&await->lock);
	/* The one is taken back by the owner's pinion_await_go(). */
	atomic_set(&await->pending, 1);
	pinion_imports_init(&await->imports);
	await->wq = wq;
	await->work = work;
	return await;
}

/**
 * pinion_await_add() - add a fence to a set
 * @await: set before pinion_await_go()
 * @budget: budget to charge
 * @fence: the fence; nothing happens if it has signalled
 * Return: 0; -EBUSY: too many fences; -EDQUOT: over a limit; -ENOMEM.
 */
int pinion_await_add(struct pinion_await *await, struct pinion_budget *budget,
		     struct dma_fence *fence)
{
	struct await_fence *one;
	int ret;

	if (dma_fence_is_signaled(fence))
		return 0;
	one = kzalloc(sizeof(*one), GFP_KERNEL_ACCOUNT);
	if (!one)
		return -ENOMEM;
	one->base.ops = &await_ops;
	/* The fence may be the only one of its set. */
	one->base.bytes = sizeof(*one) + sizeof(*await);
	one->await = await;
	kref_get(&await->refs);
	atomic_inc(&await->pending);
	ret = pinion_import_add(&await->imports, &one->base, budget, fence);
	if (ret) {
		atomic_dec(&await->pending);
		await_free(&one->base);
	}
	return ret;
}

/**
 * pinion_await_go() - a fence of a set has signalled, or the owner has added all fences
 * @await: set; process context
 */
void pinion_await_go(struct pinion_await *await)
{
	if (!atomic_dec_and_test(&await->pending))
		return;
	spin_lock(&await->lock);
	if (await->work)
		queue_work(await->wq, await->work);
	spin_unlock(&await->lock);
}

/**
 * pinion_await_drop() - free a set
 * @await: set; its work item is not queued for it any more on return, but may be queued
 */
void pinion_await_drop(struct pinion_await *await)
{
	spin_lock(&await->lock);
	await->work = NULL;
	spin_unlock(&await->lock);
	pinion_imports_end(&await->imports);
	kref_put(&await->refs, await_release);
}
