// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds cards that the driver refused, so that the host can report them with the reason. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "init.h"
#include "pinion_regs.h"

#define DEVICES	      "/sys/bus/pci/devices"
#define KLOG_READ_ALL 3
#define KLOG_BYTES    (1 << 20)

static unsigned long read_number(const char *address, const char *attribute)
{
	char path[320], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", address, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	if (fd >= 0)
		close(fd);
	return strtoul(text, NULL, 0);
}

/* Whether a PCI device is a card that has no driver. */
static bool refused(const char *address)
{
	char path[320];

	snprintf(path, sizeof(path), DEVICES "/%s/driver", address);
	return address[0] != '.' && read_number(address, "vendor") == PINION_PCI_VENDOR &&
	       read_number(address, "device") == PINION_PCI_DEVICE && access(path, F_OK);
}

/* Set @reason to the text of the last error that the driver logged for a card. */
static void find_reason(char *log, const char *address, char *reason, size_t size)
{
	char *line, *rest = log, *error;

	snprintf(reason, size, "the kernel log does not say why");
	while ((line = strsep(&rest, "\n"))) {
		error = strstr(line, address) ? strstr(line, "*ERROR* ") : NULL;
		if (error)
			snprintf(reason, size, "%s", error + strlen("*ERROR* "));
	}
}

static void add_reason(FILE *file, const char *address)
{
	static char log[KLOG_BYTES];
	char reason[512];
	int n = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);

	log[n < 0 ? 0 : n] = 0;
	find_reason(log, address, reason, sizeof(reason));
	fprintf(file, "the driver did not take card %s: %s\n", address, reason);
}

/**
 * cards_check() - write a line for each card that the driver refused
 * @conf: what the host asks for; the lines go to the file "refused" in the run's folder
 */
void cards_check(const struct vm_conf *conf)
{
	DIR *dir = opendir(DEVICES);
	struct dirent *entry;
	FILE *file = NULL;
	char path[2200];

	run_path(conf, "refused", path, sizeof(path));
	while (dir && (entry = readdir(dir))) {
		if (!refused(entry->d_name))
			continue;
		if (!file)
			file = fopen(path, "we");
		if (file)
			add_reason(file, entry->d_name);
	}
	if (file && fclose(file))
		say("%s: %s", path, strerror(errno));
	if (dir)
		closedir(dir);
}
