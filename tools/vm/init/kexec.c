// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A second kernel that the guest's kernel starts, without a reset of the machine or its cards: by
 * kexec when the command has ended, or by kdump when the kernel panics.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

#define SECOND "second"

static int open_image(const struct vm_conf *conf, const char *name)
{
	char path[sizeof(conf->image) + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", conf->image, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

/* The arguments of this kernel, and behind "--" the word that tells the second kernel's init. */
static void second_arguments(char *line, size_t size)
{
	char first[4096] = "", *run;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, first, sizeof(first) - 1) < 0)
		die("/proc/cmdline");
	close(fd);
	first[strcspn(first, "\n")] = '\0';
	run = strrchr(first, ' ');
	if (!run)
		die("find the run's name in /proc/cmdline");
	*run++ = '\0';
	snprintf(line, size, "%s " SECOND " %s", first, run);
}

/**
 * kexec_is_second() - whether this kernel was started by a first one
 * @argc: number of arguments of init
 * @argv: arguments of init
 *
 * Return: true in the second kernel
 */
bool kexec_is_second(int argc, char **argv)
{
	return argc > 2 && !strcmp(argv[argc - 2], SECOND);
}

/**
 * kexec_load() - load the second kernel; ends the guest on failure
 * @conf: what the host asks for
 *
 * With conf->kdump the second kernel starts when the first one panics, otherwise at kexec_start().
 */
void kexec_load(const struct vm_conf *conf)
{
	char line[4200];
	int kernel = open_image(conf, "kernel"), initramfs = open_image(conf, "initramfs");

	second_arguments(line, sizeof(line));
	if (syscall(SYS_kexec_file_load, kernel, initramfs, strlen(line) + 1, line,
		    conf->kdump ? KEXEC_FILE_ON_CRASH : 0))
		die("kexec_file_load");
	close(kernel);
	close(initramfs);
}

/**
 * kexec_start() - start the second kernel in the place of this one
 */
void kexec_start(void)
{
	sync();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	die("kexec");
}
