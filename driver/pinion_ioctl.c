// SPDX-License-Identifier: GPL-2.0
/* The ioctls of the accel node: arguments are checked here, then called down. */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <drm/drm_ioctl.h>

#include "pinion_device.h"

#define MAX_BIND_OPS		65536
#define BO_FLAGS		(DRM_PINION_BO_DEVICE | DRM_PINION_BO_HOST | DRM_PINION_BO_MAPPABLE)
#define BIND_FLAGS		(DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | \
				 DRM_PINION_VM_BIND_EXEC)

static int ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct pinion_device *pdev = to_pinion(drm);
	struct drm_pinion_dev_query *args = data;
	void __user *to = u64_to_user_ptr(args->pointer);
	struct drm_pinion_dev_info info = {
		.contract = pdev->info.contract,
		.fw_version = pdev->fw_version,
		.caps = pdev->info.caps,
		.serial = pdev->info.serial,
		.memory_bytes = pdev->info.memory,
		.memory_free = pinion_vram_available(pdev),
		.window_bytes = pdev->info.window,
		.time_freq = pdev->info.time_freq,
		.va_start = PINION_VA_START,
		.va_end = PINION_VA_END,
		.cores = pdev->info.cores,
		.scratchpad_bytes = pdev->info.scratchpad,
		.queues = pdev->info.queues,
		.max_entries = PINION_RING_MAX,
		.page_bytes = SZ_4K,
	};
	u32 size = args->size;

	if (args->pad || (args->pointer && size > PAGE_SIZE))
		return -EINVAL;
	args->size = sizeof(info);
	if (!args->pointer)
		return 0;
	if (copy_to_user(to, &info, min_t(u32, size, sizeof(info))))
		return -EFAULT;
	if (size > sizeof(info) && clear_user(to + sizeof(info), size - sizeof(info)))
		return -EFAULT;
	return 0;
}

static int bo_check(const struct drm_pinion_bo_create *args)
{
	bool device = args->flags & DRM_PINION_BO_DEVICE;
	bool host = args->flags & DRM_PINION_BO_HOST;

	if (args->flags & ~BO_FLAGS || device == host)
		return -EINVAL;
	if (host && args->flags & DRM_PINION_BO_MAPPABLE)
		return -EINVAL;
	return !args->size || args->size > U64_MAX - SZ_4K ? -EINVAL : 0;
}

static int ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_bo_create *args = data;
	u64 bytes = ALIGN(args->size, SZ_4K);
	struct pinion_bo *bo;
	int ret, idx;

	ret = bo_check(args);
	if (ret)
		return ret;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	bo = pinion_bo_new(to_pinion(drm), bytes, args->flags);
	drm_dev_exit(idx);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	args->size = bytes;
	ret = drm_gem_handle_create(file, &bo->shmem.base, &args->handle);
	drm_gem_object_put(&bo->shmem.base);
	return ret;
}

static int ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_bo_mmap_offset *args = data;
	struct drm_gem_object *obj;

	if (args->pad)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}

/* The file's address space, made at its first use. The file keeps a reference. */
static struct pinion_vm *file_vm(struct pinion_device *pdev, struct pinion_file *pf)
{
	struct pinion_vm *vm;

	mutex_lock(&pf->lock);
	vm = pf->vm ? pf->vm : pinion_vm_new(pdev);
	if (!IS_ERR(vm))
		pf->vm = vm;
	mutex_unlock(&pf->lock);
	return vm;
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
	if (op->offset < obj->size && op->size <= obj->size - op->offset)
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

static int ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_vm_bind *args = data;
	struct pinion_vm *vm;
	u32 count = args->count;
	int ret, idx;

	args->count = 0;
	if (args->vm)
		return -ENOENT;
	if (args->flags || !count || count > MAX_BIND_OPS || args->stride > PAGE_SIZE ||
	    args->stride < sizeof(struct drm_pinion_vm_bind_op))
		return -EINVAL;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	vm = file_vm(to_pinion(drm), file->driver_priv);
	ret = PTR_ERR_OR_ZERO(vm);
	if (!ret) {
		args->count = count;
		ret = bind_all(vm, file, args);
	}
	drm_dev_exit(idx);
	return ret;
}

static int queue_check(const struct drm_pinion_queue_create *args)
{
	if (args->vm)
		return -ENOENT;
	if (args->flags || args->pad || !args->entries || args->entries > PINION_RING_MAX ||
	    args->priority > 3)
		return -EINVAL;
	return args->priority > 1 && !capable(CAP_SYS_NICE) ? -EACCES : 0;
}

static int queue_install(struct pinion_queue *q, struct drm_pinion_queue_create *args)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = pinion_queue_file(q);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	args->entries = q->entries;
	args->fd = fd;
	fd_install(fd, file);
	return 0;
}

static int queue_make(struct pinion_device *pdev, struct pinion_file *pf,
		      struct drm_pinion_queue_create *args)
{
	u32 entries = max_t(u32, roundup_pow_of_two(args->entries), PINION_RING_MIN);
	struct pinion_vm *vm = file_vm(pdev, pf);
	struct pinion_queue *q;
	int ret;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	q = pinion_queue_new(pdev, vm, vm->mmu.id, entries, args->priority);
	if (IS_ERR(q))
		return PTR_ERR(q);
	ret = queue_install(q, args);
	if (ret)
		pinion_queue_free(q);
	return ret;
}

static int ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_queue_create *args = data;
	int ret, idx;

	ret = queue_check(args);
	if (ret)
		return ret;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = queue_make(to_pinion(drm), file->driver_priv, args);
	drm_dev_exit(idx);
	return ret;
}

const struct drm_ioctl_desc pinion_ioctls[] = {
	DRM_IOCTL_DEF_DRV(PINION_DEV_QUERY, ioctl_dev_query, 0),
	DRM_IOCTL_DEF_DRV(PINION_BO_CREATE, ioctl_bo_create, 0),
	DRM_IOCTL_DEF_DRV(PINION_BO_MMAP_OFFSET, ioctl_bo_mmap_offset, 0),
	DRM_IOCTL_DEF_DRV(PINION_VM_BIND, ioctl_vm_bind, 0),
	DRM_IOCTL_DEF_DRV(PINION_QUEUE_CREATE, ioctl_queue_create, 0),
};

const unsigned int pinion_num_ioctls = ARRAY_SIZE(pinion_ioctls);
