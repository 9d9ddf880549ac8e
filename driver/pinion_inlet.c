// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: jobs that wait for fences
 *
 * The card waits for words of memory alone. So a queue whose jobs wait for fences has a struct
 * pinion_inlet, with a timeline that no program knows: each such job waits for the next value of
 * it. When the fences of a job have signalled, and those of all earlier jobs, a work item raises
 * the timeline. Jobs of a queue run in order, so none waits for longer than it must.
 */
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "pinion_accel.h"
#include "pinion_await.h"
#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_inlet.h"
#include "pinion_queue.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

/**
 * struct pinion_inlet - what holds jobs of a queue back until fences have signalled
 * @vm: address space of the queue, referenced
 * @map: the timeline in @vm
 * @lock: protects @jobs, @count and @last
 * @jobs: struct pinion_await of the jobs that wait, in the order of their values
 * @count: number of entries in @jobs
 * @last: value that the newest job waits for
 * @work: work item that raises the timeline
 */
struct pinion_inlet {
	struct pinion_gpuvm *vm;
	struct pinion_timeline_map *map;
	spinlock_t lock;
	struct list_head jobs;
	u32 count;
	u64 last;
	struct work_struct work;
};

static struct pinion_await *inlet_first(struct pinion_inlet *inlet)
{
	lockdep_assert_held(&inlet->lock);
	return list_first_entry_or_null(&inlet->jobs, struct pinion_await, link);
}

/* Take the oldest job; unless @all is set, only if its fences have signalled. */
static struct pinion_await *inlet_take(struct pinion_inlet *inlet, bool all)
{
	struct pinion_await *await;

	spin_lock(&inlet->lock);
	await = inlet_first(inlet);
	if (await && (all || pinion_await_is_over(await))) {
		list_del(&await->link);
		inlet->count--;
	} else {
		await = NULL;
	}
	spin_unlock(&inlet->lock);
	return await;
}

static void inlet_work(struct work_struct *work)
{
	struct pinion_inlet *inlet = container_of(work, struct pinion_inlet, work);
	bool cookie = dma_fence_begin_signalling();
	struct pinion_await *await;

	while ((await = inlet_take(inlet, false))) {
		pinion_timeline_raise(inlet->map->tl, await->value);
		pinion_await_drop(await);
	}
	dma_fence_end_signalling(cookie);
}

static struct pinion_inlet *inlet_new(struct pinion_hw_queue *q)
{
	struct pinion_inlet *inlet = kzalloc(sizeof(*inlet), GFP_KERNEL_ACCOUNT);
	struct pinion_timeline_page *tl;

	if (!inlet)
		return ERR_PTR(-ENOMEM);
	tl = pinion_timeline_new(q->pdev, q->budget, 0);
	if (IS_ERR(tl)) {
		kfree(inlet);
		return ERR_CAST(tl);
	}
	inlet->map = pinion_timeline_attach_hidden(q->vm, tl);
	pinion_timeline_put(tl);
	if (IS_ERR(inlet->map)) {
		void *error = inlet->map;

		kfree(inlet);
		return error;
	}
	inlet->vm = pinion_vm_get(q->vm);
	spin_lock_init(&inlet->lock);
	INIT_LIST_HEAD(&inlet->jobs);
	INIT_WORK(&inlet->work, inlet_work);
	return inlet;
}

/**
 * pinion_inlet_get() - find the inlet of a queue, which is made when it is first needed
 * @q: queue of the kernel's that has a file
 * Return: the inlet, or ERR_PTR: -EDQUOT: over a limit; -ENOSPC: no id for a timeline or no device
 * memory for page tables is left; -ESHUTDOWN: the card is being restarted; -ENODEV: the card is
 * gone; -ENOMEM, -EINTR.
 */
struct pinion_inlet *pinion_inlet_get(struct pinion_hw_queue *q)
{
	struct pinion_inlet *inlet, *other;
	int idx;

	/* Pairs with cmpxchg() below: a thread that sees the inlet sees what inlet_new() set. */
	inlet = smp_load_acquire(&q->inlet);
	if (inlet)
		return inlet;
	if (!pinion_try_enter(q->pdev, &idx))
		return ERR_PTR(drm_dev_is_unplugged(&q->pdev->drm) ? -ENODEV : -ESHUTDOWN);
	inlet = inlet_new(q);
	pinion_exit(q->pdev, idx);
	if (IS_ERR(inlet))
		return inlet;
	other = cmpxchg(&q->inlet, NULL, inlet);
	if (!other)
		return inlet;
	pinion_inlet_free(inlet);
	return other;
}

/**
 * pinion_inlet_new_await() - create an empty set of fences for a job
 * @inlet: inlet of the queue of the job
 * Return: the set, for pinion_inlet_await() or pinion_await_drop(); NULL: no memory.
 */
struct pinion_await *pinion_inlet_new_await(struct pinion_inlet *inlet)
{
	return pinion_await_new(pinion_signal_wq, &inlet->work);
}

/**
 * pinion_inlet_await() - have a job wait until fences have signalled
 * @inlet: inlet of the queue of the job
 * @await: fences, all added; belongs to @inlet if 0 is returned
 * @point: out: point for the job to wait for, which pinion_timeline_unuse() releases
 *
 * Nothing has to be undone if the job is not submitted.
 * Return: 0; -EBUSY: too many jobs of the queue wait for fences.
 */
int pinion_inlet_await(struct pinion_inlet *inlet, struct pinion_await *await,
		       struct pinion_map_point *point)
{
	spin_lock(&inlet->lock);
	if (inlet->count >= PINION_TIMELINE_WAITERS) {
		spin_unlock(&inlet->lock);
		return -EBUSY;
	}
	inlet->count++;
	await->value = ++inlet->last;
	*point = (struct pinion_map_point){ .map = inlet->map, .value = await->value };
	refcount_inc(&inlet->map->users);
	list_add_tail(&await->link, &inlet->jobs);
	spin_unlock(&inlet->lock);
	pinion_await_go(await);
	return 0;
}

/**
 * pinion_inlet_free() - free the inlet of a queue that is gone
 * @inlet: inlet, or NULL; no job in flight waits for it
 */
void pinion_inlet_free(struct pinion_inlet *inlet)
{
	struct pinion_await *await;

	if (!inlet)
		return;
	while ((await = inlet_take(inlet, true))) {
		pinion_await_drop(await);
		cond_resched();
	}
	cancel_work_sync(&inlet->work);
	pinion_timeline_detach_hidden(inlet->vm, inlet->map);
	pinion_vm_put(inlet->vm);
	kfree(inlet);
}
