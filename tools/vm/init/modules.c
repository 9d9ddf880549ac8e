// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading kernel modules. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

/**
 * load_module() - load a module, unless it is loaded already; ends the guest on failure
 * @path: path of the module
 * @options: options of the module, as modprobe would pass them
 */
void load_module(const char *path, const char *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	if (syscall(SYS_finit_module, fd, options, 0) && errno != EEXIST)
		die(path);
	close(fd);
}

/**
 * load_list() - load the modules that a file of the initramfs names; ends the guest on failure
 * @list: path of the file, which has one path a line, dependencies first
 */
void load_list(const char *list)
{
	char line[256];
	FILE *f = fopen(list, "re");

	if (!f)
		die(list);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line, "");
	}
	fclose(f);
}
