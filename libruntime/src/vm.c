// SPDX-License-Identifier: MIT
/*
 * Address spaces in which the caller chooses every address, and ranges of the device's own
 * address space that the caller lays out.
 */
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>

#include "internal.h"

#define ACCESS (PINION_MAP_READ | PINION_MAP_WRITE | PINION_MAP_EXEC)

_Static_assert(PINION_MAP_READ == DRM_PINION_VM_BIND_READ, "access flags");
_Static_assert(PINION_MAP_WRITE == DRM_PINION_VM_BIND_WRITE, "access flags");
_Static_assert(PINION_MAP_EXEC == DRM_PINION_VM_BIND_EXEC, "access flags");

int pinion_bind(struct pinion_device *dev, uint32_t vm, struct drm_pinion_vm_bind_op *op,
		struct pinion_error *err)
{
	struct drm_pinion_vm_bind arg = {
		.vm = vm,
		.stride = sizeof(*op),
		.count = 1,
		.ops = (uintptr_t)op,
	};
	const char *verb = op->op == DRM_PINION_VM_BIND_MAP ? "binding" : "unbinding";
	int ret = drmIoctl(dev->fd, DRM_IOCTL_PINION_VM_BIND, &arg) ? -errno : 0;

	if (ret)
		return pinion_fail(err, ret, "%s %llu bytes at 0x%llx: %s", verb,
				   (unsigned long long)op->size, (unsigned long long)op->va,
				   ret == -ENOSPC ? "no device memory for page tables"
						  : pinion_why(dev, ret));
	return 0;
}

PINION_EXPORT int pinion_vm_create(struct pinion_device *dev, struct pinion_vm **out,
				   struct pinion_error *err)
{
	struct drm_pinion_vm_create arg = {};
	struct pinion_vm *vm;
	int ret;

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return pinion_fail(err, -ENOMEM, "no memory");
	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_VM_CREATE, &arg)) {
		ret = -errno;
		free(vm);
		return pinion_fail(err, ret, "a new address space: %s",
				   ret == -ENOSPC ? "all that the card has are in use"
						  : pinion_why(dev, ret));
	}
	vm->dev = dev;
	vm->id = arg.vm;
	*out = vm;
	return 0;
}

static int take_range(struct pinion_vm *vm, uint64_t va, uint64_t bytes)
{
	struct pinion_va *space = &vm->dev->va;
	int ret;

	pthread_mutex_lock(&vm->dev->lock);
	if (va)
		ret = pinion_va_reserve(space, va, bytes, &vm->range);
	else
		ret = pinion_va_alloc(space, bytes, PAGE_2M, &vm->range);
	pthread_mutex_unlock(&vm->dev->lock);
	return ret;
}

static void give_range_back(struct pinion_vm *vm)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = vm->range.start,
		.size = vm->range.bytes,
	};

	pinion_bind(vm->dev, 0, &op, NULL);
	pthread_mutex_lock(&vm->dev->lock);
	pinion_va_free(&vm->dev->va, &vm->range);
	pthread_mutex_unlock(&vm->dev->lock);
}

PINION_EXPORT void pinion_vm_free(struct pinion_vm *vm)
{
	struct drm_pinion_vm_destroy arg;

	if (!vm)
		return;
	arg = (struct drm_pinion_vm_destroy){ .vm = vm->id };
	/* A child must not destroy the address space of its parent. */
	if (pinion_forked(vm->dev))
		;
	else if (vm->range.bytes)
		give_range_back(vm);
	else
		drmIoctl(vm->dev->fd, DRM_IOCTL_PINION_VM_DESTROY, &arg);
	free(vm);
}

static int check_range(const struct pinion_vm *vm, uint64_t va, uint64_t bytes,
		       struct pinion_error *err)
{
	uint64_t start = vm->dev->va.start, end = vm->dev->va.end;

	if (pinion_forked(vm->dev))
		return pinion_fail_forked(err);
	if (vm->range.bytes) {
		start = vm->range.start;
		end = start + vm->range.bytes;
	}
	if (!bytes || (va | bytes) & (vm->dev->page_bytes - 1))
		return pinion_fail(err, -EINVAL,
				   "0x%llx bytes at 0x%llx: both must be multiples of %u, and not 0 bytes",
				   (unsigned long long)bytes, (unsigned long long)va,
				   vm->dev->page_bytes);
	if (va < start || va >= end || bytes > end - va)
		return pinion_fail(err, -EINVAL, "addresses go from 0x%llx up to 0x%llx",
				   (unsigned long long)start, (unsigned long long)end);
	return 0;
}

PINION_EXPORT int pinion_vm_reserve(struct pinion_device *dev, uint64_t va, uint64_t bytes,
				    struct pinion_vm **out, struct pinion_error *err)
{
	struct pinion_vm *vm = calloc(1, sizeof(*vm));
	int ret;

	if (!vm)
		return pinion_fail(err, -ENOMEM, "no memory");
	vm->dev = dev;
	ret = check_range(vm, va ? va : dev->va.start, bytes, err);
	if (!ret) {
		ret = take_range(vm, va, bytes);
		if (ret)
			pinion_fail(err, ret, "0x%llx bytes of addresses: %s",
				    (unsigned long long)bytes,
				    ret == -EEXIST ? "some of them are in use"
						   : "there are not as many left in a row");
	}
	if (ret) {
		free(vm);
		return ret;
	}
	*out = vm;
	return 0;
}

PINION_EXPORT uint64_t pinion_vm_address(const struct pinion_vm *vm)
{
	return vm->range.start;
}

PINION_EXPORT int pinion_vm_map(struct pinion_vm *vm, uint64_t va, struct pinion_buffer *buf,
				uint64_t offset, uint64_t bytes, uint32_t access,
				struct pinion_error *err)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = access,
		.handle = buf->handle,
		.offset = offset,
		.va = va,
		.size = bytes,
	};
	int ret = check_range(vm, va, bytes, err);

	if (ret)
		return ret;
	if (buf->dev != vm->dev)
		return pinion_fail(err, -EINVAL, "the buffer is another device's");
	if (!access || access & ~ACCESS)
		return pinion_fail(err, -EINVAL, "access 0x%x is not of PINION_MAP_*", access);
	if (offset & (vm->dev->page_bytes - 1) || offset >= buf->bytes ||
	    bytes > buf->bytes - offset)
		return pinion_fail(err, -EINVAL,
				   "0x%llx bytes from 0x%llx are not pages of a buffer of 0x%llx",
				   (unsigned long long)bytes, (unsigned long long)offset,
				   (unsigned long long)buf->bytes);
	return pinion_bind(vm->dev, vm->id, &op, err);
}

PINION_EXPORT int pinion_vm_map_sparse(struct pinion_vm *vm, uint64_t va, uint64_t bytes,
				       uint32_t access, struct pinion_error *err)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = access | DRM_PINION_VM_BIND_SPARSE,
		.va = va,
		.size = bytes,
	};
	int ret = check_range(vm, va, bytes, err);

	if (ret)
		return ret;
	if (!access || access & ~(PINION_MAP_READ | PINION_MAP_WRITE))
		return pinion_fail(err, -EINVAL,
				   "access 0x%x is not of PINION_MAP_READ and PINION_MAP_WRITE",
				   access);
	return pinion_bind(vm->dev, vm->id, &op, err);
}

PINION_EXPORT int pinion_vm_unmap(struct pinion_vm *vm, uint64_t va, uint64_t bytes,
				  struct pinion_error *err)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = va,
		.size = bytes,
	};
	int ret = check_range(vm, va, bytes, err);

	return ret ? ret : pinion_bind(vm->dev, vm->id, &op, err);
}

PINION_EXPORT int pinion_vm_map_cmdbuf(struct pinion_vm *vm, struct pinion_cmdbuf *cb,
				       struct pinion_error *err)
{
	return pinion_vm_map(vm, cb->buf->range.start, cb->buf, 0, cb->buf->bytes, PINION_MAP_READ,
			     err);
}

PINION_EXPORT int pinion_vm_map_program(struct pinion_vm *vm, struct pinion_program *prog,
					struct pinion_error *err)
{
	for (unsigned int i = 0; i < prog->image.segments; i++) {
		const struct pinion_segment *segment = &prog->image.segment[i];
		int ret = pinion_vm_map(vm, prog->buf->range.start + segment->offset, prog->buf,
					segment->offset, segment->bytes, segment->access, err);

		if (ret)
			return ret;
	}
	return 0;
}
