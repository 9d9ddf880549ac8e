// SPDX-License-Identifier: MIT
/* How much of a card a device, its process and its user have in use, and the limits. */
#include <string.h>
#include <xf86drm.h>

#include "internal.h"

_Static_assert(PINION_LIMIT_BUFFERS == DRM_PINION_LIMIT_BUFFERS &&
		       PINION_LIMIT_DEVICE_BYTES == DRM_PINION_LIMIT_DEVICE_BYTES &&
		       PINION_LIMIT_HOST_BYTES == DRM_PINION_LIMIT_HOST_BYTES &&
		       PINION_LIMIT_VMS == DRM_PINION_LIMIT_VMS &&
		       PINION_LIMIT_QUEUES == DRM_PINION_LIMIT_QUEUES,
	       "indexes of limits");

static struct pinion_allowance allowance(const struct drm_pinion_allowance *from)
{
	return (struct pinion_allowance){ .used = from->used, .max = from->max };
}

static void copy_allowances(struct pinion_allowance *to, const struct drm_pinion_allowance *from)
{
	unsigned int i;

	for (i = 0; i < PINION_LIMITS; i++)
		to[i] = allowance(&from[i]);
}

PINION_EXPORT int pinion_device_usage(struct pinion_device *dev, struct pinion_usage *usage)
{
	struct drm_pinion_usage_info info = {};
	struct drm_pinion_usage arg = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	if (pinion_forked(dev))
		return -EPERM;
	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_USAGE, &arg))
		return -errno;
	memset(usage, 0, sizeof(*usage));
	usage->device_bytes = info.device.bytes;
	usage->device_peak = info.device.peak;
	usage->host_bytes = info.host.bytes;
	usage->host_peak = info.host.peak;
	usage->table_bytes = info.tables.bytes;
	usage->table_peak = info.tables.peak;
	usage->ring_bytes = info.rings.bytes;
	usage->ring_peak = info.rings.peak;
	usage->busy_ns = info.busy_ns;
	usage->buffers = info.buffers;
	usage->vms = info.vms;
	usage->queues = info.queues;
	copy_allowances(usage->process, info.process);
	copy_allowances(usage->user, info.user);
	usage->process_timelines = allowance(&info.process_timelines);
	usage->user_timelines = allowance(&info.user_timelines);
	usage->save_bytes = info.save.bytes;
	usage->save_peak = info.save.peak;
	usage->timelines = info.timelines;
	return 0;
}
