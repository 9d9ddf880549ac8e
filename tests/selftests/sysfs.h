/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sysfs files of the first card, and the uevents of its PCI device. */
#ifndef PINION_SELFTESTS_SYSFS_H
#define PINION_SELFTESTS_SYSFS_H

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

#define SYSFS_TIMEOUT_MS 60000 /* after this the test has failed */

/* Open a file in the sysfs folder of the card's PCI device: the file, or -errno. */
static inline int sysfs_open(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", rig_pci_address(), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Read an open file from its beginning, without the last newline; kept until the next call. */
static inline const char *sysfs_reread(int fd)
{
	static char text[4097];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		ksft_exit_fail_msg("a file in sysfs: %s\n", strerror(errno));
	text[n && text[n - 1] == '\n' ? n - 1 : n] = 0;
	return text;
}

/* Read a file in the sysfs folder of the card's PCI device; kept until the next call. */
static inline const char *sysfs_read(const char *name)
{
	int fd = sysfs_open(name);
	const char *text;

	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", name, strerror(-fd));
	text = sysfs_reread(fd);
	close(fd);
	return text;
}

static inline unsigned long sysfs_number(const char *name)
{
	return strtoul(sysfs_read(name), NULL, 0);
}

/* Sleep until sysfs_notify() is called for a file that was read: whether it was. */
static inline bool sysfs_wait(int fd)
{
	struct pollfd changed = { .fd = fd, .events = POLLPRI };

	return poll(&changed, 1, SYSFS_TIMEOUT_MS) == 1 && changed.revents & POLLPRI;
}

/* Begin to listen to the kernel's uevents. */
static inline int uevents_open(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		ksft_exit_fail_msg("uevents: %s\n", strerror(errno));
	return fd;
}

/* Find the value of KEY in the lines KEY=VALUE of a uevent, each of which ends with a NUL. */
static inline const char *uevent_value(const char *event, size_t bytes, const char *key)
{
	size_t at, n = strlen(key);

	for (at = 0; at < bytes; at += strlen(event + at) + 1)
		if (!strncmp(event + at, key, n) && event[at + n] == '=')
			return event + at + n + 1;
	return "";
}

static char uevent[8193]; /* the last uevent that arrived */
static ssize_t uevent_bytes;

/* Find the value of KEY in the last uevent that arrived; "" if it does not have KEY. */
static inline const char *uevent_again(const char *key)
{
	return uevent_value(uevent, uevent_bytes, key);
}

/*
 * Wait for a uevent of the card's PCI device, or of its accel node, that has KEY: the value, or ""
 * after a time-out.
 */
static inline const char *uevent_wait(int fd, const char *key)
{
	struct pollfd more = { .fd = fd, .events = POLLIN };

	while (poll(&more, 1, SYSFS_TIMEOUT_MS) == 1) {
		uevent_bytes = recv(fd, uevent, sizeof(uevent) - 1, 0);
		if (uevent_bytes <= 0)
			break;
		uevent[uevent_bytes] = 0;
		if (*uevent_again(key) && strstr(uevent, rig_pci_address()))
			return uevent_again(key);
	}
	uevent_bytes = 0;
	return "";
}

#endif /* PINION_SELFTESTS_SYSFS_H */
