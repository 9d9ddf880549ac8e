// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk to which a guest hibernates: swap space, and the image of an earlier run's memory. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init.h"

#define DISK   "/dev/vda"
#define LIST   "/modules.disk"
#define RESUME "/sys/power/resume"

/**
 * disk_start() - go on with the guest that is saved on the disk, if there is one; else use the disk
 *
 * Does nothing in a guest without a disk. If a guest was saved, its kernel takes the place of this
 * one, and this function does not return.
 */
void disk_start(void)
{
	char number[32];
	struct stat st;

	if (access(LIST, F_OK))
		return;
	load_list(LIST);
	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) || stat(DISK, &st))
		die(DISK);
	snprintf(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (write_file(RESUME, number))
		die(RESUME);
	if (umount("/sys") || swapon(DISK, 0))
		die(DISK);
}
