// SPDX-License-Identifier: MIT
/*
 * Reading sysfs, where it is mounted: which driver a node belongs to, and why there is no node.
 */
#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "internal.h"

#define ACCEL_CLASS "/sys/class/accel"

/* Read the last component of a link's target. */
static int link_name(const char *path, char *name, size_t bytes)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	last = basename(target);
	if (strlen(last) >= bytes)
		return -ENAMETOOLONG;
	strcpy(name, last);
	return 0;
}

static int is_ours(const struct dirent *entry)
{
	char path[PATH_MAX];
	char driver[32];

	if (strncmp(entry->d_name, "accel", 5) || strlen(entry->d_name) > 40)
		return 0;
	snprintf(path, sizeof(path), ACCEL_CLASS "/%s/device/driver", entry->d_name);
	return !link_name(path, driver, sizeof(driver)) && !strcmp(driver, PINION_DRIVER_NAME);
}

/* The name of the first card's node, which exists even if this container does not show it. */
static bool first_name(char *name, size_t bytes)
{
	struct dirent **entries;
	int count = scandir(ACCEL_CLASS, &entries, is_ours, versionsort);

	if (count < 0)
		return false;
	if (count)
		snprintf(name, bytes, "%.40s", entries[0]->d_name);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count;
}

int pinion_sysfs_link(dev_t number, const char *link, char *name, size_t bytes)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/%s", major(number), minor(number), link);
	return link_name(path, name, bytes);
}

static unsigned int read_hex(const char *device, const char *file)
{
	unsigned int value = 0;
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), PINION_PCI_DEVICES "/%.32s/%s", device, file);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%x", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

static bool card_present(char *pci, size_t bytes)
{
	DIR *dir = opendir(PINION_PCI_DEVICES);
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		found = read_hex(entry->d_name, "vendor") == PINION_PCI_VENDOR &&
			read_hex(entry->d_name, "device") == PINION_PCI_DEVICE;
		if (found)
			snprintf(pci, bytes, "%.32s", entry->d_name);
	}
	closedir(dir);
	return found;
}

int pinion_fail_no_card(struct pinion_error *err)
{
	char pci[40], name[48];

	if (access(PINION_PCI_DEVICES, F_OK))
		return pinion_fail(err, -ENODEV,
				   "no node of a Pinion card in " PINION_NODES
				   " and no /sys to tell why: a container is given one with "
				   "'--device " PINION_NODES "/accel0'");
	if (first_name(name, sizeof(name)))
		return pinion_fail(err, -ENODEV,
				   "the driver has a card as %s, but there is no such node here: "
				   "a container is given it with '--device " PINION_NODES "/%s'",
				   name, name);
	if (!card_present(pci, sizeof(pci)))
		return pinion_fail(err, -ENODEV,
				   "no Pinion card in this machine (lspci -d %04x:%04x shows none)",
				   PINION_PCI_VENDOR, PINION_PCI_DEVICE);
	if (access("/sys/module/" PINION_DRIVER_NAME, F_OK))
		return pinion_fail(err, -ENODEV,
				   "card %s has no driver: load the kernel module with 'modprobe %s'",
				   pci, PINION_DRIVER_NAME);
	return pinion_fail(err, -ENODEV,
			   "card %s is not bound to the driver %s: somebody unbound it, or the driver refused it, perhaps for its firmware; see 'dmesg | grep %s'",
			   pci, PINION_DRIVER_NAME, PINION_DRIVER_NAME);
}

/* For how many seconds the driver refuses the user of this process; 0: not, or unknown. */
static unsigned int refused_seconds(const struct pinion_device *dev)
{
	unsigned int uid, left;
	char path[PATH_MAX];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), PINION_PCI_DEVICES "/%.32s/limits/banned_users", dev->pci);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!found && fscanf(f, "%u %u", &uid, &left) == 2)
		found = uid == getuid();
	fclose(f);
	return found ? left : 0;
}

int pinion_fail_quota(const struct pinion_device *dev, const char *what, struct pinion_error *err)
{
	unsigned int left = refused_seconds(dev);

	if (left)
		return pinion_fail_row(err, PINION_ERROR_USER_REFUSED,
				       "%s: user %u, for %u more seconds", what, getuid(), left);
	return pinion_fail(err, -EDQUOT, "%s: %s", what, pinion_why(dev, -EDQUOT));
}
