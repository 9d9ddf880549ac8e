// SPDX-License-Identifier: GPL-2.0
/* The ioctls of the accel node that create timelines and give them ids in address spaces. */
#include <linux/file.h>

#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_file.h"
#include "pinion_gate.h"
#include "pinion_ioctl_timeline.h"
#include "pinion_timeline.h"
#include "pinion_timeline_file.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

/* Add a timeline to an address space of the file; returns its id there, or -errno. */
static int timeline_attach(struct drm_device *drm, struct drm_file *file, u32 vm_id,
			   struct pinion_timeline_page *tl)
{
	struct pinion_gpuvm *vm;
	int ret, idx;

	if (!pinion_enter(to_pinion(drm), &idx))
		return -ENODEV;
	vm = pinion_file_get_vm(to_pinion(drm), file->driver_priv, vm_id);
	ret = IS_ERR(vm) ? PTR_ERR(vm) : pinion_timeline_attach(vm, tl);
	pinion_exit(to_pinion(drm), idx);
	/* The last reference waits for binds, which may wait at the gate. */
	if (!IS_ERR(vm))
		pinion_vm_put(vm);
	return ret;
}

static int timeline_create(struct drm_device *drm, struct drm_file *file,
			   struct pinion_timeline_page *tl, struct drm_pinion_timeline_create *args)
{
	struct file *out;
	int fd, id;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	out = pinion_timeline_file(tl);
	if (IS_ERR(out)) {
		put_unused_fd(fd);
		return PTR_ERR(out);
	}
	id = timeline_attach(drm, file, args->vm, tl);
	if (id < 0) {
		fput(out);
		put_unused_fd(fd);
		return id;
	}
	args->timeline = id;
	args->fd = fd;
	fd_install(fd, out);
	return 0;
}

/**
 * pinion_ioctl_timeline_create() - handle DRM_IOCTL_PINION_TIMELINE_CREATE
 * @drm: device
 * @data: struct drm_pinion_timeline_create, copied from and back to user space
 * @file: open file of the accel node
 * Return: 0 or -errno, as pinion_accel.h says.
 */
int pinion_ioctl_timeline_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_timeline_create *args = data;
	struct pinion_file *pf = file->driver_priv;
	struct pinion_timeline_page *tl;
	int ret;

	if (args->flags)
		return -EINVAL;
	tl = pinion_timeline_new(to_pinion(drm), pf->budget, args->value);
	if (IS_ERR(tl))
		return PTR_ERR(tl);
	ret = timeline_create(drm, file, tl, args);
	pinion_timeline_put(tl);
	return ret;
}

/**
 * pinion_ioctl_timeline_import() - handle DRM_IOCTL_PINION_TIMELINE_IMPORT
 * @drm: device
 * @data: struct drm_pinion_timeline_import, copied from and back to user space
 * @file: open file of the accel node
 * Return: 0 or -errno, as pinion_accel.h says.
 */
int pinion_ioctl_timeline_import(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_timeline_import *args = data;
	struct pinion_timeline_page *tl;
	struct file *from;
	int ret = -EINVAL;

	if (args->flags)
		return -EINVAL;
	from = fget(args->fd);
	if (!from)
		return -EBADF;
	tl = pinion_timeline_of_file(from);
	if (tl)
		ret = timeline_attach(drm, file, args->vm, tl);
	fput(from);
	if (ret < 0)
		return ret;
	args->timeline = ret;
	return 0;
}

/**
 * pinion_ioctl_timeline_destroy() - handle DRM_IOCTL_PINION_TIMELINE_DESTROY
 * @drm: device
 * @data: struct drm_pinion_timeline_destroy, copied from and back to user space
 * @file: open file of the accel node
 * Return: 0 or -errno, as pinion_accel.h says.
 */
int pinion_ioctl_timeline_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_timeline_destroy *args = data;
	struct pinion_gpuvm *vm;
	int ret, idx;

	if (!pinion_enter(to_pinion(drm), &idx))
		return -ENODEV;
	vm = pinion_file_get_vm(to_pinion(drm), file->driver_priv, args->vm);
	ret = IS_ERR(vm) ? PTR_ERR(vm) : pinion_timeline_detach(vm, args->timeline);
	pinion_exit(to_pinion(drm), idx);
	if (!IS_ERR(vm))
		pinion_vm_put(vm);
	return ret;
}
