/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dump that devcoredump keeps of the first card. */
#ifndef PINION_SELFTESTS_COREDUMP_H
#define PINION_SELFTESTS_COREDUMP_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#define COREDUMPS "/sys/class/devcoredump"

/* Find the file with the dump of the card: its path, or NULL; kept until the next call. */
static inline const char *coredump_path(void)
{
	static char path[PATH_MAX];
	char link[PATH_MAX], *device;
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(COREDUMPS);

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(link, sizeof(link), COREDUMPS "/%s/failing_device", entry->d_name);
		device = realpath(link, NULL);
		found = device && strstr(device, rig_pci_address());
		snprintf(path, sizeof(path), COREDUMPS "/%s/data", entry->d_name);
		free(device);
	}
	if (dir)
		closedir(dir);
	return found ? path : NULL;
}

/* Wait until there is a dump that has the words, and read it; kept until the next call. */
static inline const char *coredump_wait(const char *words)
{
	static char text[1 << 16];
	const char *path;
	unsigned int tries;
	FILE *file;
	size_t n;

	for (tries = 0; tries < 6000; tries++, usleep(10000)) {
		path = coredump_path();
		file = path ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		n = fread(text, 1, sizeof(text) - 1, file);
		text[n] = 0;
		fclose(file);
		if (strstr(text, words))
			return text;
	}
	ksft_exit_fail_msg("no dump has '%s'\n", words);
}

/* Throw the dump away, if there is one, and wait until it is gone. */
static inline void coredump_drop(void)
{
	const char *path;

	while ((path = coredump_path())) {
		try_write(path, "1");
		usleep(10000);
	}
}

/* The value behind "\nNAME=" in a section of the dump, as a number; -1 if there is none. */
static inline long long coredump_number(const char *text, const char *section, const char *name)
{
	const char *from = strstr(text, section), *to, *at;
	char line[64];

	if (!from)
		return -1;
	to = strstr(from, "\n\n");
	snprintf(line, sizeof(line), "\n%s=", name);
	at = strstr(from, line);
	return !at || (to && at > to) ? -1 : strtoll(at + strlen(line), NULL, 0);
}

#endif /* PINION_SELFTESTS_COREDUMP_H */
