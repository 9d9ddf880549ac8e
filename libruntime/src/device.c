// SPDX-License-Identifier: MIT
/*
 * An open accel node: its limits and its address space.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"

static int query(int fd, struct drm_pinion_dev_info *info)
{
	struct drm_pinion_dev_query arg = {
		.size = sizeof(*info),
		.pointer = (uintptr_t)info,
	};

	memset(info, 0, sizeof(*info));
	return drmIoctl(fd, DRM_IOCTL_PINION_DEV_QUERY, &arg) ? -errno : 0;
}

static int open_node(const char *path, struct pinion_error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case EACCES:
		return pinion_fail(
			err, -EACCES,
			"%s: permission denied: become a member of its group (ls -l %s shows which) or root",
			path, path);
	case ENXIO:
	case ENODEV:
		return pinion_fail(err, -ENODEV, "%s: the card is gone", path);
	default:
		return pinion_fail(err, -errno, "%s: %s", path, strerror(errno));
	}
}

static int check_driver(int fd, const char *path, struct pinion_error *err)
{
	drmVersionPtr version = drmGetVersion(fd);
	bool ours = version && !strcmp(version->name, PINION_DRIVER_NAME);

	if (version)
		drmFreeVersion(version);
	if (ours)
		return 0;
	return pinion_fail(err, -ENODEV, "%s is not a Pinion card", path);
}

static int check_info(const struct drm_pinion_dev_info *info, struct pinion_error *err)
{
	if (info->contract >> 16 != PINION_CONTRACT_MAJOR)
		return pinion_fail(err, -ENODEV,
				   "the card speaks contract version %u, this library %u",
				   info->contract >> 16, PINION_CONTRACT_MAJOR);
	if (!info->page_bytes || info->page_bytes & (info->page_bytes - 1) ||
	    info->va_start >= info->va_end || info->va_end > 1ull << PINION_VA_BITS)
		return pinion_fail(err, -EPROTO, "the driver reports impossible limits");
	return 0;
}

/* A page of which a child process gets an empty one. */
static int map_alive(struct pinion_device *dev, struct pinion_error *err)
{
	size_t bytes = sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return pinion_fail(err, -ENOMEM, "no memory");
	if (madvise(page, bytes, MADV_WIPEONFORK)) {
		munmap(page, bytes);
		return pinion_fail(err, -ENOSYS, "this kernel has no MADV_WIPEONFORK");
	}
	dev->alive = page;
	*dev->alive = 1;
	return 0;
}

static int device_init(struct pinion_device *dev, const char *path, struct pinion_error *err)
{
	int ret = check_driver(dev->fd, path, err);

	if (ret)
		return ret;
	ret = query(dev->fd, &dev->info);
	if (ret)
		return pinion_fail(err, ret, "%s: the driver does not tell about its card: %s",
				   path, strerror(-ret));
	ret = check_info(&dev->info, err);
	if (ret)
		return ret;
	dev->page_bytes = dev->info.page_bytes;
	dev->va.start = dev->info.va_start;
	dev->va.end = dev->info.va_end;
	strcpy(dev->path, path);
	pinion_sysfs_pci(dev->fd, dev->pci, sizeof(dev->pci));
	ret = map_alive(dev, err);
	if (ret)
		return ret;
	pthread_mutex_init(&dev->lock, NULL);
	return 0;
}

PINION_EXPORT int pinion_device_open(const char *path, struct pinion_device **out,
				     struct pinion_error *err)
{
	struct pinion_device *dev;
	char first[1][64];
	int ret;

	if (!path) {
		if (pinion_device_list(first, 1) < 1)
			return pinion_fail_no_card(err);
		path = first[0];
	}
	if (strlen(path) >= sizeof(dev->path))
		return pinion_fail(err, -ENAMETOOLONG, "the path of the device is too long");
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return pinion_fail(err, -ENOMEM, "no memory");
	dev->fd = open_node(path, err);
	if (dev->fd < 0) {
		ret = dev->fd;
		goto free_dev;
	}
	ret = device_init(dev, path, err);
	if (ret)
		goto close_fd;
	*out = dev;
	return 0;

close_fd:
	close(dev->fd);
free_dev:
	free(dev);
	return ret;
}

PINION_EXPORT void pinion_device_close(struct pinion_device *dev)
{
	if (!dev)
		return;
	if (!pinion_forked(dev))
		pthread_mutex_destroy(&dev->lock);
	munmap((void *)dev->alive, sysconf(_SC_PAGESIZE));
	close(dev->fd);
	free(dev);
}

PINION_EXPORT int pinion_device_info(struct pinion_device *dev, struct pinion_device_info *info)
{
	struct drm_pinion_dev_info now;
	int ret;

	if (pinion_forked(dev))
		return -EPERM;
	ret = query(dev->fd, &now);
	if (ret)
		return ret;
	memset(info, 0, sizeof(*info));
	strcpy(info->path, dev->path);
	strcpy(info->pci, dev->pci);
	info->serial = now.serial;
	info->memory_bytes = now.memory_bytes;
	info->memory_free = now.memory_free;
	info->window_bytes = now.window_bytes;
	info->time_freq = now.time_freq;
	info->contract = now.contract;
	info->fw_version = now.fw_version;
	info->cores = now.cores;
	info->scratchpad_bytes = now.scratchpad_bytes;
	info->max_entries = now.max_entries;
	return 0;
}

PINION_EXPORT int pinion_device_fd(const struct pinion_device *dev)
{
	return dev->fd;
}
