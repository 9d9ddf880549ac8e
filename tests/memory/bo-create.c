// SPDX-License-Identifier: GPL-2.0-or-later
/* BO_CREATE: sizes, flags, memory given back. */
#include <unistd.h>

#include "rig.h"

static void expect(int fd, uint64_t size, uint32_t flags, int want, const char *what)
{
	uint32_t handle;
	int ret = try_bo(fd, size, flags, &handle);

	tap_ok(ret == want, "%s: %s", what, strerror(-ret));
	if (!ret)
		rig_bo_close(fd, handle);
}

static void flags(int fd)
{
	expect(fd, 4096, DRM_PINION_BO_DEVICE, 0, "device memory");
	expect(fd, 4096, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE, 0,
	       "mappable device memory");
	expect(fd, 4096, DRM_PINION_BO_HOST, 0, "host memory");
	expect(fd, 4096, DRM_PINION_BO_HOST | DRM_PINION_BO_WC, 0, "write-combined host memory");
	expect(fd, 4096, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE | DRM_PINION_BO_WC, -EINVAL,
	       "write-combined device memory");
	expect(fd, 4096, 0, -EINVAL, "nowhere");
	expect(fd, 4096, DRM_PINION_BO_DEVICE | DRM_PINION_BO_HOST, -EINVAL, "in both");
	expect(fd, 4096, DRM_PINION_BO_HOST | DRM_PINION_BO_MAPPABLE, -EINVAL,
	       "mappable host memory");
	expect(fd, 4096, DRM_PINION_BO_DEVICE | 1u << 31, -EINVAL, "unknown flag");
}

static void sizes(int fd)
{
	struct drm_pinion_dev_info info = rig_info(fd);

	expect(fd, 0, DRM_PINION_BO_DEVICE, -EINVAL, "size 0");
	expect(fd, ~0ull, DRM_PINION_BO_DEVICE, -EINVAL, "size that overflows, device");
	expect(fd, ~0ull, DRM_PINION_BO_HOST, -EINVAL, "size that overflows, host");
	expect(fd, 1ull << 62, DRM_PINION_BO_DEVICE, -ENOSPC, "2^62 bytes of device memory");
	expect(fd, 1ull << 62, DRM_PINION_BO_HOST, -ENOMEM, "2^62 bytes of host memory");
	expect(fd, info.memory_bytes, DRM_PINION_BO_DEVICE, -ENOSPC, "more than is free");
	expect(fd, info.memory_free / 2, DRM_PINION_BO_DEVICE, 0, "half of what is free");
}

static void accounting(int fd)
{
	struct drm_pinion_bo_create args = { .size = 5000, .flags = DRM_PINION_BO_DEVICE };
	uint64_t before = rig_info(fd).memory_free;

	tap_ok(!try_ioctl(fd, DRM_IOCTL_PINION_BO_CREATE, &args) && args.size == 8192,
	       "5000 bytes become 8192");
	tap_ok(rig_info(fd).memory_free == before - 8192, "and are taken");
	rig_bo_close(fd, args.handle);
	tap_ok(rig_info(fd).memory_free == before, "and given back");
}

static void exhaust(int fd)
{
	uint64_t before = rig_info(fd).memory_free;
	uint32_t handle, n = 0;
	int other = rig_open_node(), ret;

	while (!(ret = try_bo(other, 8 << 20, DRM_PINION_BO_DEVICE, &handle)))
		n++;
	tap_ok(n && ret == -ENOSPC, "memory ends after %u buffers of 8 MiB", n);
	close(other);
	tap_ok(rig_info(fd).memory_free == before, "closing the file gives it back");
}

int main(void)
{
	int fd = rig_open_node();

	tap_plan(21);
	flags(fd);
	sizes(fd);
	accounting(fd);
	exhaust(fd);
	close(fd);
	return tap_result();
}
