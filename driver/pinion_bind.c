// SPDX-License-Identifier: GPL-2.0
/* VM_BIND: checks each op of the ioctl and hands it to the address space. */
#include <linux/dma-fence.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>

#include "pinion_accel.h"
#include "pinion_bind.h"
#include "pinion_bind_async.h"
#include "pinion_bo.h"
#include "pinion_device.h"
#include "pinion_fence.h"
#include "pinion_file.h"
#include "pinion_gate.h"
#include "pinion_job_fence.h"
#include "pinion_queue.h"
#include "pinion_syncs.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

#define MAX_BIND_OPS 65536
#define BIND_PAUSED  1 /* operations are left, to be carried out after a restart of the card */
#define BIND_ACCESS  (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | DRM_PINION_VM_BIND_EXEC)
#define SPARSE_FLAGS \
	(DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | DRM_PINION_VM_BIND_SPARSE)

static bool bind_map_valid(const struct drm_pinion_vm_bind_op *op)
{
	if (!(op->flags & DRM_PINION_VM_BIND_SPARSE))
		return op->flags & BIND_ACCESS &&
		       !(op->flags & ~(BIND_ACCESS | DRM_PINION_VM_BIND_SYNC));
	return !(op->flags & ~SPARSE_FLAGS) && op->flags != DRM_PINION_VM_BIND_SPARSE &&
	       !op->handle && !op->offset;
}

static int bind_check(const struct drm_pinion_vm_bind_op *op)
{
	u64 end;

	if (op->pad || !op->size || !IS_ALIGNED(op->offset | op->va | op->size, SZ_4K))
		return -EINVAL;
	if (check_add_overflow(op->va, op->size, &end) || op->va < PINION_VA_START ||
	    end > PINION_VA_END)
		return -EINVAL;
	if (op->op == DRM_PINION_VM_BIND_MAP)
		return bind_map_valid(op) ? 0 : -EINVAL;
	if (op->op != DRM_PINION_VM_BIND_UNMAP || op->flags || op->handle || op->offset)
		return -EINVAL;
	return 0;
}

/**
 * struct bind_ops - the operations of a VM_BIND, copied from user memory
 * @op: operations of the ioctl, checked
 * @count: number of entries in @op; the first operation that is refused has none
 * @done: number of operations that have taken effect, or have been prepared
 * @error: why the operation after these is refused; 0: none is
 * @sync: whether an operation has DRM_PINION_VM_BIND_SYNC
 */
struct bind_ops {
	struct drm_pinion_vm_bind_op *op;
	u32 count;
	u32 done;
	int error;
	bool sync;
};

static int bind_copy(struct drm_pinion_vm_bind_op *op, void __user *uop, u32 stride)
{
	int ret = copy_struct_from_user(op, sizeof(*op), uop, stride);

	if (ret)
		return ret == -E2BIG ? -EINVAL : ret;
	return bind_check(op);
}

/*
 * Copy all operations before a lock is taken and before drm_dev_enter(): user memory may lie behind
 * a fault that nobody answers, and then nothing but the task itself may wait.
 */
static int bind_read(const struct drm_pinion_vm_bind *args, struct bind_ops *ops)
{
	void __user *from = u64_to_user_ptr(args->ops);

	ops->op = kvmalloc_array(args->count, sizeof(*ops->op), GFP_KERNEL_ACCOUNT);
	if (!ops->op)
		return -ENOMEM;
	ops->error = 0;
	ops->done = 0;
	ops->sync = false;
	for (ops->count = 0; ops->count < args->count; ops->count++) {
		ops->error = bind_copy(&ops->op[ops->count],
				       from + (size_t)ops->count * args->stride, args->stride);
		if (!ops->error && fatal_signal_pending(current))
			ops->error = -EINTR;
		if (ops->error)
			break;
		ops->sync |= ops->op[ops->count].flags & DRM_PINION_VM_BIND_SYNC;
		cond_resched();
	}
	return 0;
}

/* Look up the buffer of a MAP and take a reference. */
static struct drm_gem_object *bind_buffer(struct drm_file *file,
					  const struct drm_pinion_vm_bind_op *op)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, op->handle);
	int ret = -EINVAL;

	if (!obj)
		return ERR_PTR(-ENOENT);
	if (op->flags & DRM_PINION_VM_BIND_WRITE && pinion_bo_read_only(to_pinion_bo(obj)))
		ret = -EACCES;
	else if (op->offset < obj->size && op->size <= obj->size - op->offset)
		return obj;
	drm_gem_object_put(obj);
	return ERR_PTR(ret);
}

/* Turn an operation into a change; the change of a MAP holds a reference to its buffer. */
static int bind_change(struct drm_file *file, const struct drm_pinion_vm_bind_op *op,
		       struct pinion_vm_change *change)
{
	struct drm_gem_object *obj;

	if (op->op == DRM_PINION_VM_BIND_MAP && !(op->flags & DRM_PINION_VM_BIND_SPARSE)) {
		obj = bind_buffer(file, op);
		if (IS_ERR(obj))
			return PTR_ERR(obj);
		change->obj = obj;
	}
	change->offset = op->offset;
	change->va = op->va;
	change->bytes = op->size;
	change->flags = op->flags;
	return 0;
}

static int bind_one(struct pinion_gpuvm *vm, struct drm_file *file,
		    const struct drm_pinion_vm_bind_op *op)
{
	struct pinion_vm_change change = {};
	int ret;

	ret = bind_change(file, op, &change);
	if (ret)
		return ret;
	if (change.flags)
		ret = pinion_vm_map(vm, &change);
	else
		ret = pinion_vm_unmap(vm, change.va, change.bytes);
	pinion_vm_change_free(vm, &change);
	return ret;
}

/*
 * Why the operations that are left are not carried out now, or 0. The driver cannot be unbound, nor
 * the card be restarted, before the caller leaves the gate.
 */
static int bind_stopped(struct pinion_gpuvm *vm)
{
	struct pinion_card *pdev = vm->mmu.pdev;

	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	if (drm_dev_is_unplugged(&pdev->drm))
		return -ENODEV;
	return pinion_gate_is_open(pdev) ? 0 : BIND_PAUSED;
}

/*
 * The number of ops that took effect goes into args->count. A signal while waiting for the lock
 * (-EINTR) leaves args->count alone, so that the ioctl can be repeated. It cannot any more once
 * some ops have taken effect: then only a signal that kills ends the wait.
 */
static int bind_some(struct pinion_gpuvm *vm, struct drm_file *file, struct bind_ops *ops,
		     struct drm_pinion_vm_bind *args)
{
	int ret;

	ret = ops->done ? mutex_lock_killable(&vm->lock) : mutex_lock_interruptible(&vm->lock);
	if (ret)
		return ret;
	while (!ret && ops->done < ops->count) {
		ret = bind_one(vm, file, &ops->op[ops->done]);
		ops->done += !ret;
		ret = ret ?: bind_stopped(vm);
	}
	pinion_vm_flush(vm);
	mutex_unlock(&vm->lock);
	args->count = ops->done;
	return ret;
}

static int bind_prepare(struct pinion_gpuvm *vm, struct drm_file *file,
			const struct drm_pinion_vm_bind_op *op, struct pinion_vm_change *change)
{
	int ret = bind_change(file, op, change);

	return ret ? ret : pinion_vm_prepare(vm, change);
}

static int bind_prepare_some(struct pinion_gpuvm *vm, struct drm_file *file, struct bind_ops *ops,
			     struct pinion_bind *bind)
{
	int ret = 0;

	while (!ret && ops->done < ops->count) {
		ret = bind_prepare(vm, file, &ops->op[ops->done],
				   pinion_bind_get_change(bind, ops->done));
		ops->done += !ret;
		ret = ret ?: bind_stopped(vm);
	}
	return ret;
}

/*
 * Carry out all ops, or prepare them for @bind. A restart of the card, which waits until nobody is
 * inside the gate, need not wait for the last op: the call leaves the gate and goes on afterwards.
 */
static int bind_all(struct pinion_gpuvm *vm, struct drm_file *file, struct bind_ops *ops,
		    struct drm_pinion_vm_bind *args, struct pinion_bind *bind)
{
	struct pinion_card *pdev = vm->mmu.pdev;
	int ret, idx;

	do {
		if (!pinion_enter(pdev, &idx)) {
			args->count = ops->done;
			return -ENODEV;
		}
		if (bind)
			ret = bind_prepare_some(vm, file, ops, bind);
		else
			ret = bind_some(vm, file, ops, args);
		pinion_exit(pdev, idx);
	} while (ret == BIND_PAUSED);
	return ret ?: ops->error;
}

static int bind_await(struct pinion_gpuvm *vm, struct pinion_bind *bind,
		      const struct pinion_syncs *syncs)
{
	struct pinion_await *await = pinion_bind_new_await(bind);

	return await ? pinion_syncs_await(syncs, await, vm->mmu.budget) : -ENOMEM;
}

/*
 * Let a bind wait for drm_syncobjs, and give it the fence of those that it raises. @fence: out: the
 * fence, referenced, if there are any.
 */
static int bind_set_syncs(struct pinion_gpuvm *vm, struct pinion_bind *bind,
			  const struct pinion_syncs *syncs, struct dma_fence **fence)
{
	const struct pinion_map_point *wait = pinion_bind_get_wait(bind);
	struct dma_fence *made;
	int ret = syncs->waits ? bind_await(vm, bind, syncs) : 0;

	if (ret || !syncs->signals)
		return ret;
	ret = wait->map ? pinion_fence_limit_job(wait->map->tl, wait->value) : 0;
	if (ret)
		return ret;
	made = pinion_job_fence_new(vm->mmu.pdev, vm->mmu.budget, dma_fence_context_alloc(1), 1);
	if (IS_ERR(made))
		return PTR_ERR(made);
	pinion_bind_set_fence(bind, made);
	*fence = dma_fence_get(made);
	return 0;
}

/* Prepare all ops, or none; the worker of the address space commits them later. */
static int bind_async(struct pinion_gpuvm *vm, struct drm_file *file, struct bind_ops *ops,
		      struct drm_pinion_vm_bind *args, struct pinion_syncs *syncs)
{
	struct pinion_bind *bind = pinion_bind_new(vm, args);
	struct dma_fence *fence = NULL;
	int ret;

	if (IS_ERR(bind))
		return PTR_ERR(bind);
	ret = syncs ? bind_set_syncs(vm, bind, syncs, &fence) : 0;
	if (!ret)
		ret = bind_all(vm, file, ops, args, bind);
	if (ret) {
		pinion_bind_cancel(bind);
	} else {
		pinion_bind_submit(bind);
		if (fence)
			pinion_syncs_signal(syncs, fence);
	}
	dma_fence_put(fence);
	return ret;
}

/* Look up the drm_syncobjs of an asynchronous bind, if it has any. */
static int bind_async_synced(struct pinion_gpuvm *vm, struct drm_file *file, struct bind_ops *ops,
			     struct drm_pinion_vm_bind *args)
{
	struct pinion_syncs *syncs = NULL;
	int ret = ops->error;

	if (!ret && args->nsyncs)
		syncs = pinion_syncs_new(file, args->syncs, args->nsyncs, args->sync_stride);
	if (IS_ERR(syncs))
		return PTR_ERR(syncs);
	if (!ret)
		ret = bind_async(vm, file, ops, args, syncs);
	if (syncs)
		pinion_syncs_free(syncs);
	return ret;
}

static int bind_arguments(const struct drm_pinion_vm_bind *args)
{
	bool points = args->wait_timeline || args->wait_value || args->signal_timeline ||
		      args->signal_value || args->nsyncs;

	if (!args->nsyncs && (args->syncs || args->sync_stride))
		return -EINVAL;

	if (args->flags & ~DRM_PINION_VM_BIND_ASYNC || !args->count || args->count > MAX_BIND_OPS ||
	    args->stride > PAGE_SIZE || args->stride < sizeof(struct drm_pinion_vm_bind_op))
		return -EINVAL;
	return points && !(args->flags & DRM_PINION_VM_BIND_ASYNC) ? -EINVAL : 0;
}

static struct pinion_gpuvm *bind_vm(struct drm_device *drm, struct drm_file *file, u32 id)
{
	struct pinion_gpuvm *vm;
	int idx;

	if (!pinion_enter(to_pinion(drm), &idx))
		return ERR_PTR(-ENODEV);
	vm = pinion_file_get_vm(to_pinion(drm), file->driver_priv, id);
	pinion_exit(to_pinion(drm), idx);
	return vm;
}

static int bind_do(struct drm_device *drm, struct drm_file *file, struct bind_ops *ops,
		   struct drm_pinion_vm_bind *args)
{
	struct pinion_gpuvm *vm = bind_vm(drm, file, args->vm);
	int ret;

	if (IS_ERR(vm)) {
		args->count = 0;
		return PTR_ERR(vm);
	}
	ret = ops->sync ? pinion_queues_sync(vm) : 0;
	if (ret) {
		args->count = 0;
	} else if (args->flags & DRM_PINION_VM_BIND_ASYNC) {
		ret = bind_async_synced(vm, file, ops, args);
		if (ret)
			args->count = 0;
	} else {
		/* Wait outside the gate, or removing the device would wait for points of binds. */
		ret = pinion_binds_drain(vm) ?: bind_all(vm, file, ops, args, NULL);
	}
	pinion_vm_put(vm);
	return ret;
}

/**
 * pinion_ioctl_vm_bind() - handle DRM_IOCTL_PINION_VM_BIND
 * @drm: device
 * @data: struct drm_pinion_vm_bind, copied from and back to user space
 * @file: open file of the accel node
 * Return: 0 or -errno, as pinion_accel.h says.
 */
int pinion_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_vm_bind *args = data;
	struct bind_ops ops;
	int ret;

	ret = bind_arguments(args);
	if (!ret)
		ret = bind_read(args, &ops);
	if (ret) {
		args->count = 0;
		return ret;
	}
	ret = bind_do(drm, file, &ops, args);
	kvfree(ops.op);
	return ret;
}
