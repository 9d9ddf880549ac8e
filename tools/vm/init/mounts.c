// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's file systems: the host's / read-only, the host's build folder writable. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define P9_OPTIONS "trans=virtio,version=9p2000.L,msize=512000,cache="

static const struct {
	const char *dir, *type, *data;
	bool needed;
} guest_mounts[] = {
	{ "/proc", "proc", NULL, true },
	{ "/sys", "sysfs", NULL, true },
	{ "/dev", "devtmpfs", "mode=0755", true },
	{ "/dev/pts", "devpts", "gid=5,mode=620,ptmxmode=666", true },
	{ "/dev/shm", "tmpfs", "mode=1777", true },
	{ "/run", "tmpfs", "mode=0755", true },
	{ "/tmp", "tmpfs", "mode=1777", true },
	{ "/sys/kernel/debug", "debugfs", NULL, false },
	{ "/sys/kernel/security", "securityfs", NULL, false },
	{ "/sys/kernel/tracing", "tracefs", NULL, false },
};

/**
 * make_path() - make a folder and those above it, like mkdir -p
 * @base: folder below which they are made
 * @path: path below @base, from a slash on
 *
 * An error shows when the folder is used.
 */
void make_path(const char *base, const char *path)
{
	char full[2200];
	size_t i, start = strlen(base) + 1;

	if (snprintf(full, sizeof(full), "%s%s", base, path) >= (int)sizeof(full))
		die("a path from the host is too long");
	for (i = start; full[i]; i++) {
		if (full[i] != '/')
			continue;
		full[i] = '\0';
		mkdir(full, 0755);
		full[i] = '/';
	}
	mkdir(full, 0755);
}

/**
 * below_root() - find where a path of the new root is before it is the root
 * @out: out: the path below ROOT_DIR
 * @size: size of @out in bytes
 * @path: the path that it will have, from a slash on
 */
void below_root(char *out, size_t size, const char *path)
{
	if (snprintf(out, size, ROOT_DIR "%s", path) >= (int)size)
		die("a path from the host is too long");
}

/**
 * mount_share() - mount the build folder at SHARE_DIR, so that the run's files can be read
 */
void mount_share(void)
{
	mkdir(SHARE_DIR, 0755);
	if (mount("build", SHARE_DIR, "9p", 0, P9_OPTIONS "mmap"))
		die("mount the build folder");
}

/**
 * mount_host() - mount the host's / read-only; ends the guest on failure
 * @dir: folder on which it is mounted
 */
void mount_host(const char *dir)
{
	mkdir(dir, 0755);
	if (mount("root", dir, "9p", MS_RDONLY, P9_OPTIONS "loose"))
		die("mount the host's /");
}

/**
 * move_root() - make what is mounted on ROOT_DIR the root; ends the guest on failure
 */
void move_root(void)
{
	if (chdir(ROOT_DIR) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
		die("switch the root");
}

/* Bind each path of conf->keep to /keepN, before mount_pseudo() hides it under a tmpfs. */
static void keep_aside(const struct vm_conf *conf)
{
	char from[2200], aside[32];
	size_t i;

	for (i = 0; i < conf->keep.count; i++) {
		below_root(from, sizeof(from), conf->keep.items[i]);
		snprintf(aside, sizeof(aside), "/keep%zu", i);
		mkdir(aside, 0755);
		if (mount(from, aside, NULL, MS_BIND, NULL))
			die(conf->keep.items[i]);
	}
}

/* Move each /keepN back to its path of conf->keep, now on the tmpfs. */
static void keep_back(const struct vm_conf *conf)
{
	char to[2200], aside[32];
	size_t i;

	for (i = 0; i < conf->keep.count; i++) {
		below_root(to, sizeof(to), conf->keep.items[i]);
		make_path(ROOT_DIR, conf->keep.items[i]);
		snprintf(aside, sizeof(aside), "/keep%zu", i);
		if (mount(aside, to, NULL, MS_MOVE, NULL))
			die(conf->keep.items[i]);
	}
}

/* Create the links in /dev that udev would create. */
static void link_dev(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		below_root(path, sizeof(path), links[i][1]);
		if (symlink(links[i][0], path))
			die(path);
	}
}

/**
 * mount_pseudo() - mount what is no file system of the host below ROOT_DIR
 */
void mount_pseudo(void)
{
	char dir[64];
	size_t i;

	for (i = 0; i < sizeof(guest_mounts) / sizeof(guest_mounts[0]); i++) {
		below_root(dir, sizeof(dir), guest_mounts[i].dir);
		mkdir(dir, 0755);
		if (mount(guest_mounts[i].type, dir, guest_mounts[i].type, 0,
			  guest_mounts[i].data) &&
		    guest_mounts[i].needed)
			die(guest_mounts[i].dir);
	}
	link_dev();
}

/*
 * Mount a tmpfs for the folders of a pinion-vm that runs in this guest. On the 9p file system of
 * QEMU it could create neither pipes nor sockets, and every lock is granted without asking the
 * host.
 */
static void mount_runs(const struct vm_conf *conf)
{
	char path[2200], dir[2300];

	run_path(conf, "guests", path, sizeof(path));
	below_root(dir, sizeof(dir), path);
	/* A second kernel finds the folder of the first one. */
	if ((mkdir(dir, 0755) && errno != EEXIST) || mount("tmpfs", dir, "tmpfs", 0, "mode=0755"))
		die(path);
}

/**
 * mount_root() - mount the host's / and make it the root of this process
 * @conf: what the host asks for
 *
 * Afterwards the build folder is writable at the path that it has on the host. All other files,
 * except those on a tmpfs, are read-only.
 */
void mount_root(const struct vm_conf *conf)
{
	char build[2200];

	mount_host(ROOT_DIR);
	keep_aside(conf);
	mount_pseudo();
	keep_back(conf);
	below_root(build, sizeof(build), conf->build);
	if (mount(SHARE_DIR, build, NULL, MS_BIND, NULL))
		die(conf->build);
	mount_runs(conf);
	move_root();
}
