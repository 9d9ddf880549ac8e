/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of a test's own, in memory, that the kernel takes firmware from. */
#ifndef PINION_SELFTESTS_FWDIR_H
#define PINION_SELFTESTS_FWDIR_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#define FWDIR_PARAM "/sys/module/firmware_class/parameters/path"

/**
 * struct fwdir - where firmware comes from
 * @usual: the kernel's folder, put back by fwdir_leave()
 * @file: path of the image in the test's folder
 * @image: the image of the usual folder, and room for more than a card takes
 * @bytes: of the image
 */
struct fwdir {
	char usual[256];
	char file[64];
	uint8_t image[PINION_FW_MAX_BYTES + 4096];
	size_t bytes;
};

static size_t fwdir_read(const char *path, void *into, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, into, room);

	if (n < 0)
		tap_bail("%s: %s", path, strerror(errno));
	close(fd);
	return n;
}

static void fwdir_write(const struct fwdir *dir, const void *bytes, size_t n)
{
	int fd = open(dir->file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		tap_bail("%s: %s", dir->file, strerror(errno));
	close(fd);
}

/* From now on firmware comes from a new folder, with the usual image in it. */
static void fwdir_enter(struct fwdir *dir)
{
	char own[] = "/tmp/pinion-fw-XXXXXX", sub[40], path[300];

	fwdir_read(FWDIR_PARAM, dir->usual, sizeof(dir->usual) - 1);
	dir->usual[strcspn(dir->usual, "\n")] = 0;
	snprintf(path, sizeof(path), "%s/pinion/mgmt.bin", dir->usual);
	dir->bytes = fwdir_read(path, dir->image, PINION_FW_MAX_BYTES);
	if (dir->bytes <= sizeof(struct pinion_fw_header))
		tap_bail("%s: too short", path);
	if (!mkdtemp(own))
		tap_bail("mkdtemp: %s", strerror(errno));
	snprintf(sub, sizeof(sub), "%s/pinion", own);
	mkdir(sub, 0755);
	snprintf(dir->file, sizeof(dir->file), "%s/mgmt.bin", sub);
	fwdir_write(dir, dir->image, dir->bytes);
	if (try_write(FWDIR_PARAM, own))
		tap_bail(FWDIR_PARAM ": cannot be written");
}

/* From its usual place again: 0 or -errno. The folder goes with the guest. */
static int fwdir_leave(const struct fwdir *dir)
{
	return try_write(FWDIR_PARAM, dir->usual);
}

#endif
