// SPDX-License-Identifier: MIT
/*
 * Opening an accel node and reading its limits.
 */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"

#define PCI_KEY "drm-pdev:\t"

static int query(int fd, struct drm_pinion_dev_info *info)
{
	struct drm_pinion_dev_query arg = {
		.size = sizeof(*info),
		.pointer = (uintptr_t)info,
	};

	memset(info, 0, sizeof(*info));
	return drmIoctl(fd, DRM_IOCTL_PINION_DEV_QUERY, &arg) ? -errno : 0;
}

/* A group's name, or its number if it has none here. */
static void group_name(gid_t gid, char *name, size_t bytes)
{
	struct group group, *found = NULL;
	char names[1024];

	if (!getgrgid_r(gid, &group, names, sizeof(names), &found) && found)
		snprintf(name, bytes, "%s", found->gr_name);
	else
		snprintf(name, bytes, "%u", gid);
}

/* Say which mode and owner of the node keep this process out, and who can change that. */
static int fail_mode(const char *path, struct pinion_error *err)
{
	char group[32];
	struct stat st;

	if (stat(path, &st) || (st.st_mode & 0006) == 0006)
		return pinion_fail(err, -EACCES, "%s: permission denied", path);
	if (!st.st_gid || (st.st_mode & 0060) != 0060)
		return pinion_fail(err, -EACCES,
				   "%s: permission denied: only user root may open it; a udev rule gives it to group render, see pinion(7)",
				   path);
	group_name(st.st_gid, group, sizeof(group));
	return pinion_fail(err, -EACCES,
			   "%s: permission denied: it is for group %s; root adds a user with 'usermod -aG %s USER', who then logs in again",
			   path, group, group);
}

static int open_node(const char *path, struct pinion_error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case EACCES:
		return fail_mode(path, err);
	case EPERM:
		return pinion_fail(err, -EPERM,
				   "%s: not permitted in this container or control group: a container is given it with '--device %s'",
				   path, path);
	case ENOENT:
		return pinion_fail(err, -ENOENT,
				   "%s: there is no such node; 'ls " PINION_NODES
				   "' shows those that there are",
				   path);
	case ENXIO:
	case ENODEV:
		return pinion_fail(err, -ENODEV, "%s: the card is gone", path);
	default:
		return pinion_fail(err, -errno, "%s: %s", path, strerror(errno));
	}
}

bool pinion_is_ours(int fd)
{
	drmVersionPtr version = drmGetVersion(fd);
	bool ours = version && !strcmp(version->name, PINION_DRIVER_NAME);

	if (version)
		drmFreeVersion(version);
	return ours;
}

/*
 * Read the PCI address from the open file's fdinfo, which needs no sysfs. The address is empty
 * where /proc is not mounted.
 */
static void read_pci(int fd, char *pci, size_t bytes)
{
	char path[48], line[128];
	FILE *f;

	pci[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, PCI_KEY, strlen(PCI_KEY)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(pci, bytes, "%.15s", line + strlen(PCI_KEY));
	}
	fclose(f);
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

/* Map the page that tells parent and child apart: the kernel clears it in a child. */
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
	int ret;

	if (!pinion_is_ours(dev->fd))
		return pinion_fail(err, -ENODEV, "%s is not a Pinion card", path);
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
	read_pci(dev->fd, dev->pci, sizeof(dev->pci));
	ret = map_alive(dev, err);
	if (ret)
		return ret;
	pthread_mutex_init(&dev->lock, NULL);
	return 0;
}

int pinion_open_node(const char *path, struct pinion_device **out, struct pinion_error *err)
{
	struct pinion_device *dev;
	int ret;

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
