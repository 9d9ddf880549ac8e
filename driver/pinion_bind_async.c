// SPDX-License-Identifier: GPL-2.0
/*
 * Asynchronous VM_BIND, which takes effect when a timeline reaches a point. The ioctl prepares:
 * it does everything that can fail and allocates all the memory that will be needed. A worker
 * commits binds in the order of their ioctls, each when its point is reached.
 */
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "pinion_accel.h"
#include "pinion_await.h"
#include "pinion_bind_async.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_job_fence.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

/**
 * struct pinion_bind - changes that one ioctl asked for
 * @link: entry in pinion_gpuvm.binds
 * @vm: address space; needs no reference, as its release drops all binds
 * @wait: point to reach before the bind commits
 * @signal: point raised when the bind has committed or is dropped
 * @await: fences that must signal before the bind commits; NULL: none
 * @fence: fence that signals when the bind has committed or is dropped, referenced; NULL: none
 * @waiter: callback for @wait, added once this bind is the oldest
 * @armed: whether @waiter was added to the timeline; used by the worker only
 * @count: number of entries in @change
 * @change: prepared changes, in the order of the ops
 */
struct pinion_bind {
	struct list_head link;
	struct pinion_gpuvm *vm;
	struct pinion_map_point wait;
	struct pinion_map_point signal;
	struct pinion_await *await;
	struct dma_fence *fence;
	struct pinion_timeline_waiter waiter;
	bool armed;
	u32 count;
	struct pinion_vm_change change[] __counted_by(count);
};

static void bind_reached(struct pinion_timeline_waiter *waiter)
{
	struct pinion_bind *bind = container_of(waiter, struct pinion_bind, waiter);

	queue_work(system_dfl_wq, &bind->vm->bind_work);
}

static bool bind_waits(struct pinion_bind *bind)
{
	if (bind->await && !pinion_await_is_over(bind->await))
		return true;
	if (!bind->wait.map)
		return false;
	if (!bind->armed) {
		bind->armed = true;
		return pinion_timeline_add_waiter(bind->wait.map->tl, &bind->waiter);
	}
	return pinion_timeline_raise(bind->wait.map->tl, 0) < bind->wait.value;
}

static u64 bind_bytes(u32 count)
{
	return sizeof(struct pinion_bind) + (u64)count * pinion_vm_change_bytes();
}

static void bind_free(struct pinion_bind *bind)
{
	u32 i;

	if (bind->await)
		pinion_await_drop(bind->await);
	if (bind->armed)
		pinion_timeline_remove_waiter(bind->wait.map->tl, &bind->waiter);
	if (bind->wait.map)
		pinion_timeline_unuse(bind->wait.map);
	if (bind->signal.map)
		pinion_timeline_unuse(bind->signal.map);
	for (i = 0; i < bind->count; i++)
		pinion_vm_change_free(bind->vm, &bind->change[i]);
	pinion_uncharge(bind->vm->mmu.budget, PINION_USE_BINDS, bind_bytes(bind->count), 0);
	kvfree(bind);
}

/* Signal to whoever waits for a bind. @error: for its fence: why the bind did not commit, or 0. */
static void bind_signal(struct pinion_bind *bind, int error)
{
	bool cookie = dma_fence_begin_signalling();

	if (bind->signal.map)
		pinion_timeline_raise(bind->signal.map->tl, bind->signal.value);
	if (bind->fence)
		pinion_job_fence_end(bind->fence, error);
	dma_fence_end_signalling(cookie);
}

/* The bind has been committed, or is dropped. */
static void bind_finish(struct pinion_bind *bind, int error)
{
	struct pinion_gpuvm *vm = bind->vm;

	spin_lock(&vm->binds_lock);
	list_del(&bind->link);
	spin_unlock(&vm->binds_lock);
	bind_signal(bind, error);
	bind_free(bind);
	wake_up_all(&vm->mmu.pdev->binds_wait);
}

/* Return: 0; -ENODEV: the card is gone. */
static int bind_commit(struct pinion_bind *bind)
{
	struct pinion_gpuvm *vm = bind->vm;
	struct pinion_card *pdev = vm->mmu.pdev;
	u32 i = 0;
	int idx;

	/*
	 * Once the card is gone there is nothing to change. Very many changes take long: if the
	 * card is to be restarted meanwhile, leave the gate, and go on after the restart.
	 */
	while (i < bind->count && pinion_enter(pdev, &idx)) {
		mutex_lock(&vm->lock);
		do
			pinion_vm_commit(vm, &bind->change[i++]);
		while (i < bind->count && pinion_gate_is_open(pdev));
		pinion_vm_flush(vm);
		mutex_unlock(&vm->lock);
		pinion_exit(pdev, idx);
	}
	return i < bind->count ? -ENODEV : 0;
}

static struct pinion_bind *bind_first(struct pinion_gpuvm *vm)
{
	struct pinion_bind *bind;

	spin_lock(&vm->binds_lock);
	bind = list_first_entry_or_null(&vm->binds, struct pinion_bind, link);
	spin_unlock(&vm->binds_lock);
	return bind;
}

static void bind_work(struct work_struct *work)
{
	struct pinion_gpuvm *vm = container_of(work, struct pinion_gpuvm, bind_work);
	struct pinion_bind *bind;

	while ((bind = bind_first(vm)) && !bind_waits(bind))
		bind_finish(bind, bind_commit(bind));
}

/**
 * pinion_binds_init() - begin with an empty list of binds
 * @vm: address space
 */
void pinion_binds_init(struct pinion_gpuvm *vm)
{
	spin_lock_init(&vm->binds_lock);
	INIT_LIST_HEAD(&vm->binds);
	INIT_WORK(&vm->bind_work, bind_work);
}

/**
 * pinion_binds_drop() - drop all pending binds of an address space that is released
 * @vm: address space without references
 */
void pinion_binds_drop(struct pinion_gpuvm *vm)
{
	struct pinion_bind *bind;

	disable_work_sync(&vm->bind_work);
	while ((bind = bind_first(vm)))
		bind_finish(bind, -ECANCELED);
}

/**
 * pinion_binds_drain() - wait until no binds are pending
 * @vm: address space; the caller is not inside pinion_enter()
 * Return: 0, also if the card is gone; -EINTR: a signal came.
 */
int pinion_binds_drain(struct pinion_gpuvm *vm)
{
	struct pinion_card *pdev = vm->mmu.pdev;
	int ret;

	ret = wait_event_interruptible(pdev->binds_wait,
				       !bind_first(vm) || drm_dev_is_unplugged(&pdev->drm));
	return ret ? -EINTR : 0;
}

/**
 * pinion_bind_new() - create a bind whose changes have yet to be prepared
 * @vm: address space
 * @args: arguments of the ioctl, with flags and count checked
 * Return: a bind with @args->count changes, or ERR_PTR: -ENOENT: no such timeline; -EINVAL: a
 * value without a timeline; -EDQUOT: over a limit; -ENOMEM.
 */
struct pinion_bind *pinion_bind_new(struct pinion_gpuvm *vm, const struct drm_pinion_vm_bind *args)
{
	struct pinion_bind *bind;
	int ret;

	ret = pinion_charge(vm->mmu.budget, PINION_USE_BINDS, bind_bytes(args->count), 0);
	if (ret)
		return ERR_PTR(ret);
	bind = kvzalloc(struct_size(bind, change, args->count), GFP_KERNEL_ACCOUNT);
	if (!bind) {
		pinion_uncharge(vm->mmu.budget, PINION_USE_BINDS, bind_bytes(args->count), 0);
		return ERR_PTR(-ENOMEM);
	}
	bind->count = args->count;
	bind->vm = vm;
	ret = pinion_timeline_use_point(vm, args->wait_timeline, args->wait_value, &bind->wait);
	if (!ret)
		ret = pinion_timeline_use_point(vm, args->signal_timeline, args->signal_value,
						&bind->signal);
	if (ret) {
		bind_free(bind);
		return ERR_PTR(ret);
	}
	bind->waiter.value = bind->wait.value;
	bind->waiter.call = bind_reached;
	return bind;
}

/**
 * pinion_bind_get_change() - find a change that is to be prepared
 * @bind: bind that has not been submitted
 * @i: index of the change, < drm_pinion_vm_bind.count
 * Return: the change, for pinion_vm_prepare().
 */
struct pinion_vm_change *pinion_bind_get_change(struct pinion_bind *bind, u32 i)
{
	return &bind->change[i];
}

/**
 * pinion_bind_cancel() - free a bind whose changes could not all be prepared
 * @bind: bind that has not been submitted
 */
void pinion_bind_cancel(struct pinion_bind *bind)
{
	if (bind->fence)
		pinion_job_fence_end(bind->fence, -ECANCELED);
	bind_free(bind);
}

/**
 * pinion_bind_get_wait() - find the point that must be reached before a bind commits
 * @bind: bind that has not been submitted
 * Return: the point.
 */
const struct pinion_map_point *pinion_bind_get_wait(const struct pinion_bind *bind)
{
	return &bind->wait;
}

/**
 * pinion_bind_new_await() - let a bind wait for fences
 * @bind: bind that has not been submitted, without such a set
 * Return: an empty set of fences, which belongs to the bind; NULL: no memory.
 */
struct pinion_await *pinion_bind_new_await(struct pinion_bind *bind)
{
	bind->await = pinion_await_new(system_dfl_wq, &bind->vm->bind_work);
	return bind->await;
}

/**
 * pinion_bind_set_fence() - have a fence signal when a bind has committed or is dropped
 * @bind: bind that has not been submitted
 * @fence: fence of pinion_job_fence_new(), of which the bind takes over a reference
 */
void pinion_bind_set_fence(struct pinion_bind *bind, struct dma_fence *fence)
{
	bind->fence = fence;
}

/**
 * pinion_bind_submit() - queue a bind behind the earlier binds of its address space
 * @bind: bind with all changes prepared; the address space owns it from here on
 */
void pinion_bind_submit(struct pinion_bind *bind)
{
	struct pinion_gpuvm *vm = bind->vm;

	/* The bind may be gone once it is in the list: the work item below finds it ready. */
	if (bind->await)
		pinion_await_go(bind->await);
	spin_lock(&vm->binds_lock);
	list_add_tail(&bind->link, &vm->binds);
	spin_unlock(&vm->binds_lock);
	queue_work(system_dfl_wq, &vm->bind_work);
}
