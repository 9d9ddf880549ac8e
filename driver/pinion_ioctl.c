// SPDX-License-Identifier: GPL-2.0
/* The ioctls of the accel node: they check all arguments, then call the files that do the work. */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "pinion_accel.h"
#include "pinion_bind.h"
#include "pinion_bo.h"
#include "pinion_device.h"
#include "pinion_file.h"
#include "pinion_gate.h"
#include "pinion_info.h"
#include "pinion_ioctl.h"
#include "pinion_ioctl_timeline.h"
#include "pinion_queue.h"
#include "pinion_queue_file.h"
#include "pinion_regs.h"
#include "pinion_usage.h"
#include "pinion_user.h"
#include "pinion_userptr.h"
#include "pinion_vm.h"

#define BO_FLAGS \
	(DRM_PINION_BO_DEVICE | DRM_PINION_BO_HOST | DRM_PINION_BO_MAPPABLE | DRM_PINION_BO_WC)

static int bo_check(const struct drm_pinion_bo_create *args)
{
	bool device = args->flags & DRM_PINION_BO_DEVICE;
	bool host = args->flags & DRM_PINION_BO_HOST;

	if (args->flags & ~BO_FLAGS || device == host)
		return -EINVAL;
	if (args->flags & (host ? DRM_PINION_BO_MAPPABLE : DRM_PINION_BO_WC))
		return -EINVAL;
	return !args->size || args->size > U64_MAX - SZ_4K ? -EINVAL : 0;
}

static int ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_bo_create *args = data;
	struct pinion_file *pf = file->driver_priv;
	u64 bytes = ALIGN(args->size, SZ_4K);
	struct pinion_bo *bo;
	int ret, idx;

	ret = bo_check(args);
	if (ret)
		return ret;
	if (!pinion_enter(to_pinion(drm), &idx))
		return -ENODEV;
	bo = pinion_bo_new(to_pinion(drm), pf->budget, bytes, args->flags);
	pinion_exit(to_pinion(drm), idx);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	args->size = bytes;
	ret = drm_gem_handle_create(file, &bo->shmem.base, &args->handle);
	drm_gem_object_put(&bo->shmem.base);
	return ret;
}

static int userptr_check(const struct drm_pinion_bo_userptr *args)
{
	u64 end;

	if (args->flags & ~DRM_PINION_USERPTR_READONLY || !args->size ||
	    !PAGE_ALIGNED(args->address | args->size))
		return -EINVAL;
	return check_add_overflow(args->address, args->size, &end) ? -EINVAL : 0;
}

static int ioctl_bo_userptr(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct pinion_file *pf = file->driver_priv;
	struct drm_pinion_bo_userptr *args = data;
	struct pinion_bo *bo;
	int ret;

	ret = userptr_check(args);
	if (ret)
		return ret;
	bo = pinion_userptr_new(to_pinion(drm), pf->budget, args->address, args->size,
				args->flags & DRM_PINION_USERPTR_READONLY);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	ret = drm_gem_handle_create(file, &bo->shmem.base, &args->handle);
	drm_gem_object_put(&bo->shmem.base);
	return ret;
}

static int ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_bo_mmap_offset *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->pad)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	ret = obj->funcs->mmap ? 0 : -EPERM;
	if (!ret)
		args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return ret;
}

static int ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_vm_create *args = data;
	int ret, idx;

	if (args->flags)
		return -EINVAL;
	if (!pinion_enter(to_pinion(drm), &idx))
		return -ENODEV;
	ret = pinion_file_add_vm(to_pinion(drm), file->driver_priv, &args->vm);
	pinion_exit(to_pinion(drm), idx);
	return ret;
}

static int ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_vm_destroy *args = data;

	return args->pad ? -EINVAL : pinion_file_drop_vm(file->driver_priv, args->vm);
}

#define QUEUE_FLAGS	 (DRM_PINION_QUEUE_POLLED | DRM_PINION_QUEUE_USER)
#define QUEUE_MAX_JOB_MS (3600 * 1000)

/* irq_us only makes sense with irq_count > 1. Both zero: the driver chooses the moderation. */
static int queue_check_irq(struct pinion_card *pdev, const struct drm_pinion_queue_create *args)
{
	bool shared = args->irq_count > 1;

	if (args->flags & DRM_PINION_QUEUE_POLLED)
		return args->irq_count || args->irq_us ? -EINVAL : 0;
	if (args->irq_count > U16_MAX || args->irq_us > U16_MAX || shared == !args->irq_us)
		return -EINVAL;
	if (shared && !(pdev->info.caps & PINION_CAP_MODERATION))
		return -EOPNOTSUPP;
	return 0;
}

/* The flags exclude each other: at most one may be set. */
static int queue_check(struct pinion_card *pdev, const struct drm_pinion_queue_create *args)
{
	int ret;

	if (args->flags & (args->flags - 1) || args->flags & ~QUEUE_FLAGS || !args->entries ||
	    args->entries > PINION_RING_MAX || args->priority > 3)
		return -EINVAL;
	if (args->job_ms > QUEUE_MAX_JOB_MS ||
	    (args->job_ms && !(args->flags & DRM_PINION_QUEUE_USER)))
		return -EINVAL;
	if (args->priority > 1 && !capable(CAP_SYS_NICE))
		return -EACCES;
	ret = args->flags & DRM_PINION_QUEUE_USER ? pinion_user_check_allowed(pdev) : 0;
	return ret ?: queue_check_irq(pdev, args);
}

/* Give the queue a file and a descriptor. On error the caller still owns the queue. */
static int queue_install(struct pinion_hw_queue *q, struct drm_pinion_queue_create *args)
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

static enum pinion_queue_mode queue_mode(u32 flags)
{
	if (flags & DRM_PINION_QUEUE_USER)
		return PINION_QUEUE_USER;
	return flags & DRM_PINION_QUEUE_POLLED ? PINION_QUEUE_POLLED : PINION_QUEUE_INTERRUPT;
}

static int queue_make(struct pinion_card *pdev, struct pinion_gpuvm *vm,
		      struct drm_pinion_queue_create *args)
{
	struct pinion_queue_config config = {
		.entries = max_t(u32, roundup_pow_of_two(args->entries), PINION_RING_MIN),
		.priority = args->priority,
		.mode = queue_mode(args->flags),
		.irq_count = args->irq_count,
		.irq_us = args->irq_us,
		.job_ms = args->job_ms,
	};
	struct pinion_hw_queue *q = pinion_queue_new(pdev, vm, vm->mmu.id, &config);
	int ret;

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
	struct pinion_gpuvm *vm;
	int ret, idx;

	ret = queue_check(to_pinion(drm), args);
	if (ret)
		return ret;
	if (!pinion_enter(to_pinion(drm), &idx))
		return -ENODEV;
	vm = pinion_file_get_vm(to_pinion(drm), file->driver_priv, args->vm);
	ret = IS_ERR(vm) ? PTR_ERR(vm) : queue_make(to_pinion(drm), vm, args);
	pinion_exit(to_pinion(drm), idx);
	/* The last reference waits for binds, which may wait at the gate. */
	if (!IS_ERR(vm))
		pinion_vm_put(vm);
	return ret;
}

const struct drm_ioctl_desc pinion_ioctls[] = {
	DRM_IOCTL_DEF_DRV(PINION_DEV_QUERY, pinion_ioctl_dev_query, 0),
	DRM_IOCTL_DEF_DRV(PINION_BO_CREATE, ioctl_bo_create, 0),
	DRM_IOCTL_DEF_DRV(PINION_BO_MMAP_OFFSET, ioctl_bo_mmap_offset, 0),
	DRM_IOCTL_DEF_DRV(PINION_VM_BIND, pinion_ioctl_vm_bind, 0),
	DRM_IOCTL_DEF_DRV(PINION_QUEUE_CREATE, ioctl_queue_create, 0),
	DRM_IOCTL_DEF_DRV(PINION_VM_CREATE, ioctl_vm_create, 0),
	DRM_IOCTL_DEF_DRV(PINION_VM_DESTROY, ioctl_vm_destroy, 0),
	DRM_IOCTL_DEF_DRV(PINION_BO_USERPTR, ioctl_bo_userptr, 0),
	DRM_IOCTL_DEF_DRV(PINION_USAGE, pinion_ioctl_usage, 0),
	DRM_IOCTL_DEF_DRV(PINION_TIMELINE_CREATE, pinion_ioctl_timeline_create, 0),
	DRM_IOCTL_DEF_DRV(PINION_TIMELINE_DESTROY, pinion_ioctl_timeline_destroy, 0),
	DRM_IOCTL_DEF_DRV(PINION_TIMELINE_IMPORT, pinion_ioctl_timeline_import, 0),
};

const unsigned int pinion_num_ioctls = ARRAY_SIZE(pinion_ioctls);
