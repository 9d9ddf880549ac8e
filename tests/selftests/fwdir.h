/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder in which the kernel looks for firmware first, so that a test can offer the card
 * other images than the installed one.
 */
#ifndef PINION_SELFTESTS_FWDIR_H
#define PINION_SELFTESTS_FWDIR_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#define FWDIR_PARAM   "/sys/module/firmware_class/parameters/path"
#define FWDIR_DEFAULT "/lib/firmware" /* where the kernel looks for what it has not found there */

/**
 * struct fwdir - the test's firmware folder
 * @usual: value of the kernel's parameter before the test, put back by fwdir_leave()
 * @file: path of the image in the test's folder
 * @image: the installed image; the array is larger than an image that the card takes
 * @bytes: size of the installed image in bytes
 */
struct fwdir {
	char usual[256];
	char file[64];
	uint8_t image[PINION_FW_MAX_BYTES + 4096];
	size_t bytes;
};

static size_t fwdir_read(const char *path, void *into, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, into, size);

	if (n < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(fd);
	return n;
}

static void fwdir_write(const struct fwdir *dir, const void *bytes, size_t n)
{
	int fd = open(dir->file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		ksft_exit_fail_msg("%s: %s\n", dir->file, strerror(errno));
	close(fd);
}

/* The terminating zero is written as well: the kernel would ignore a write of no bytes. */
static int fwdir_set(const char *path)
{
	int fd = open(FWDIR_PARAM, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, path, strlen(path) + 1);

	if (fd >= 0)
		close(fd);
	return n < 0 ? -errno : 0;
}

/* Make the folder, with the installed image in it, and have the kernel look there first. */
static void fwdir_enter(struct fwdir *dir)
{
	char own[] = "/tmp/pinion-fw-XXXXXX", sub[40], path[300];

	fwdir_read(FWDIR_PARAM, dir->usual, sizeof(dir->usual) - 1);
	dir->usual[strcspn(dir->usual, "\n")] = 0;
	snprintf(path, sizeof(path), "%s/pinion/mgmt.bin",
		 dir->usual[0] ? dir->usual : FWDIR_DEFAULT);
	dir->bytes = fwdir_read(path, dir->image, PINION_FW_MAX_BYTES);
	if (dir->bytes <= sizeof(struct pinion_fw_header))
		ksft_exit_fail_msg("%s: too short\n", path);
	if (!mkdtemp(own))
		ksft_exit_fail_msg("mkdtemp: %s\n", strerror(errno));
	snprintf(sub, sizeof(sub), "%s/pinion", own);
	mkdir(sub, 0755);
	snprintf(dir->file, sizeof(dir->file), "%s/mgmt.bin", sub);
	fwdir_write(dir, dir->image, dir->bytes);
	if (fwdir_set(own))
		ksft_exit_fail_msg(FWDIR_PARAM ": cannot be written\n");
}

/* Remove the folder, and have the kernel look where it did before: 0 or -errno. */
static int fwdir_leave(const struct fwdir *dir)
{
	char path[sizeof(dir->file)];
	int i;

	unlink(dir->file);
	strcpy(path, dir->file);
	for (i = 0; i < 2; i++) {
		*strrchr(path, '/') = 0;
		rmdir(path);
	}
	return fwdir_set(dir->usual);
}

#endif
