// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that needs nothing of the host while its command runs, so that it can be suspended: the
 * files that the command needs are copied to a tmpfs, which is the root. Linux cannot resume a
 * mounted 9p file system, nor its device.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

#define HOST_DIR    "/host"
#define PORT_STATUS "/dev/vport0p4"
#define DRIVER_9P   "/sys/bus/virtio/drivers/9pnet_virtio"

/* Open a file of the host, where absolute links mean the host's root. */
static int open_on_host(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Copy the content and the mode of the file at @path of the host. */
static void copy_file(int root, const char *path)
{
	char to[2200];
	struct stat st;
	int in, out;

	below_root(to, sizeof(to), path);
	*strrchr(to, '/') = '\0';
	make_path("", to);
	to[strlen(to)] = '/';
	in = open_on_host(root, path);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (in < 0 || out < 0 || fstat(in, &st))
		die(path);
	while (st.st_size > 0) {
		ssize_t n = sendfile(out, in, NULL, (size_t)st.st_size);

		if (n <= 0)
			die(path);
		st.st_size -= n;
	}
	if (fchmod(out, st.st_mode & 07777) || close(out) || close(in))
		die(path);
}

/**
 * mount_own_root() - make a tmpfs with the files of conf->files the root of this process
 * @conf: what the host asks for
 *
 * Until detach() the build folder is where it is on the host, as after mount_root().
 */
void mount_own_root(const struct vm_conf *conf)
{
	char build[2200];
	size_t i;
	int root;

	mkdir(ROOT_DIR, 0755);
	if (mount("tmpfs", ROOT_DIR, "tmpfs", 0, "mode=0755"))
		die(ROOT_DIR);
	mount_host(HOST_DIR);
	root = open(HOST_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mount_pseudo();
	for (i = 0; i < conf->files.count; i++)
		copy_file(root, conf->files.items[i]);
	if (close(root) || umount(HOST_DIR))
		die(HOST_DIR);
	make_path(ROOT_DIR, conf->cwd);
	make_path(ROOT_DIR, conf->build);
	below_root(build, sizeof(build), conf->build);
	if (mount(SHARE_DIR, build, NULL, MS_MOVE, NULL))
		die(conf->build);
	move_root();
}

/**
 * detach() - unmount the build folder, and take the devices of file systems from their driver
 * @conf: what the host asks for
 */
void detach(const struct vm_conf *conf)
{
	glob_t devices;
	size_t i;

	if (umount(conf->build))
		die(conf->build);
	if (glob(DRIVER_9P "/virtio*", 0, NULL, &devices))
		die(DRIVER_9P);
	for (i = 0; i < devices.gl_pathc; i++)
		if (write_file(DRIVER_9P "/unbind", strrchr(devices.gl_pathv[i], '/') + 1))
			die(DRIVER_9P "/unbind");
	globfree(&devices);
}

/**
 * report_detached() - send the command's exit status to the host through a virtio port
 * @status: the exit status
 */
void report_detached(int status)
{
	int fd = open(PORT_STATUS, O_WRONLY | O_CLOEXEC);

	/* The kernel waits for the host to see the end of the port, and so what was written to it.
	 */
	if (fd < 0 || dprintf(fd, "%d\n", status) < 0 || close(fd))
		say("%s: %s", PORT_STATUS, strerror(errno));
}
