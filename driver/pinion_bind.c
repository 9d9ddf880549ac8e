// SPDX-License-Identifier: GPL-2.0
/* VM_BIND: each op is checked here, then done by the address space. */
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "pinion_device.h"

#define MAX_BIND_OPS		65536
#define BIND_FLAGS		(DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | \
				 DRM_PINION_VM_BIND_EXEC)

static int bind_check(const struct drm_pinion_vm_bind_op *op)
{
	u64 end;

	if (op->pad || !op->size || !IS_ALIGNED(op->offset | op->va | op->size, SZ_4K))
		return -EINVAL;
	if (check_add_overflow(op->va, op->size, &end) || op->va < PINION_VA_START ||
	    end > PINION_VA_END)
		return -EINVAL;
	if (op->op == DRM_PINION_VM_BIND_MAP)
		return !op->flags || op->flags & ~BIND_FLAGS ? -EINVAL : 0;
	if (op->op != DRM_PINION_VM_BIND_UNMAP || op->flags || op->handle || op->offset)
		return -EINVAL;
	return 0;
}

static int bind_map(struct pinion_vm *vm, struct drm_file *file,
		    const struct drm_pinion_vm_bind_op *op)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, op->handle);
	int ret = -EINVAL;

	if (!obj)
		return -ENOENT;
	if (op->flags & DRM_PINION_VM_BIND_WRITE && pinion_bo_read_only(to_pinion_bo(obj)))
		ret = -EACCES;
	else if (op->offset < obj->size && op->size <= obj->size - op->offset)
		ret = pinion_vm_map(vm, obj, op->offset, op->va, op->size, op->flags);
	drm_gem_object_put(obj);
	return ret;
}

static int bind_one(struct pinion_vm *vm, struct drm_file *file, void __user *uop, u32 stride)
{
	struct drm_pinion_vm_bind_op op;
	int ret;

	ret = copy_struct_from_user(&op, sizeof(op), uop, stride);
	if (ret)
		return ret == -E2BIG ? -EINVAL : ret;
	ret = bind_check(&op);
	if (ret)
		return ret;
	if (op.op == DRM_PINION_VM_BIND_MAP)
		return bind_map(vm, file, &op);
	return pinion_vm_unmap(vm, op.va, op.size);
}

/* The number of ops that took effect goes to @count, whatever is returned. */
static int bind_all(struct pinion_vm *vm, struct drm_file *file, struct drm_pinion_vm_bind *args)
{
	void __user *ops = u64_to_user_ptr(args->ops);
	u32 count = args->count, i = 0;
	int ret;

	ret = mutex_lock_interruptible(&vm->lock);
	if (!ret) {
		while (!ret && i < count) {
			ret = bind_one(vm, file, ops + (size_t)i * args->stride, args->stride);
			i += !ret;
			if (fatal_signal_pending(current))
				ret = -EINTR;
			cond_resched();
		}
		pinion_vm_flush(vm);
		mutex_unlock(&vm->lock);
	}
	args->count = i;
	return ret;
}

/**
 * pinion_ioctl_vm_bind() - DRM_IOCTL_PINION_VM_BIND
 * @drm: device
 * @data: struct drm_pinion_vm_bind
 * @file: file
 * Return: 0 or -errno, as pinion_accel.h says.
 */
int pinion_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_vm_bind *args = data;
	struct pinion_vm *vm;
	u32 count = args->count;
	int ret, idx;

	args->count = 0;
	if (args->flags || !count || count > MAX_BIND_OPS || args->stride > PAGE_SIZE ||
	    args->stride < sizeof(struct drm_pinion_vm_bind_op))
		return -EINVAL;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	vm = pinion_file_vm(to_pinion(drm), file->driver_priv, args->vm);
	ret = PTR_ERR_OR_ZERO(vm);
	if (!ret) {
		args->count = count;
		ret = bind_all(vm, file, args);
		pinion_vm_put(vm);
	}
	drm_dev_exit(idx);
	return ret;
}
