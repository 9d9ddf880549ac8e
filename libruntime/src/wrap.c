// SPDX-License-Identifier: MIT
/*
 * Buffers that wrap ordinary memory of the caller.
 */
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>

#include "internal.h"

static int fail_wrap(const struct pinion_device *dev, int code, const void *memory, size_t bytes,
		     struct pinion_error *err)
{
	const char *why = pinion_why(dev, code);

	if (code == -EFAULT)
		why = "not all of it is there, writable, and of a kind that can be pinned";
	else if (code == -ENOMEM)
		why = "not enough memory, or more than RLIMIT_MEMLOCK allows";
	else if (code == -EOPNOTSUPP)
		why = "the card's DMA addresses do not reach all memory here; an IOMMU would help";
	return pinion_fail(err, code, "wrapping %zu bytes at %p: %s", bytes, memory, why);
}

static int create(struct pinion_device *dev, void *memory, size_t bytes, uint32_t flags,
		  struct pinion_buffer *buf)
{
	bool read_only = flags & PINION_BUFFER_READONLY;
	struct drm_pinion_bo_userptr arg = {
		.address = (uintptr_t)memory,
		.size = bytes,
		.flags = read_only ? DRM_PINION_USERPTR_READONLY : 0,
	};

	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_BO_USERPTR, &arg))
		return -errno;
	*buf = (struct pinion_buffer){
		.dev = dev,
		.bytes = bytes,
		.map = memory,
		.wrapped = true,
		.access = PINION_MAP_READ | (read_only ? 0 : PINION_MAP_WRITE),
		.handle = arg.handle,
	};
	return 0;
}

static int check(const struct pinion_device *dev, const void *memory, size_t bytes, uint32_t flags,
		 struct pinion_error *err)
{
	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	if (flags & ~(PINION_BUFFER_READONLY | PINION_BUFFER_UNBOUND))
		return pinion_fail(err, -EINVAL, "unknown flags 0x%x", flags);
	if (!bytes || ((uintptr_t)memory | bytes) & (dev->page_bytes - 1))
		return pinion_fail(err, -EINVAL, "%zu bytes at %p are not whole pages of %u", bytes,
				   memory, dev->page_bytes);
	return 0;
}

PINION_EXPORT int pinion_buffer_wrap(struct pinion_device *dev, void *memory, size_t bytes,
				     uint32_t flags, struct pinion_buffer **out,
				     struct pinion_error *err)
{
	struct pinion_buffer *buf;
	int ret = check(dev, memory, bytes, flags, err);

	if (ret)
		return ret;
	buf = calloc(1, sizeof(*buf));
	if (!buf)
		return pinion_fail(err, -ENOMEM, "no memory");
	ret = create(dev, memory, bytes, flags, buf);
	if (ret) {
		free(buf);
		return fail_wrap(dev, ret, memory, bytes, err);
	}
	if (!(flags & PINION_BUFFER_UNBOUND))
		ret = pinion_buffer_place(buf, err);
	if (ret) {
		pinion_buffer_free(buf);
		return ret;
	}
	*out = buf;
	return 0;
}
