/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's trace, which shows what the driver does, in events that a test counts. */
#ifndef PINION_SELFTESTS_TRACEFS_H
#define PINION_SELFTESTS_TRACEFS_H

#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "rig.h"

#define TRACEFS "/sys/kernel/tracing/"

/* Write @value to the file @name of the trace. */
static inline void trace_set(const char *name, const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), TRACEFS "%s", name);
	ret = try_write(path, value);
	if (ret)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(-ret));
}

/* Mount the trace. Return: whether the driver has events. */
static inline bool trace_mount(void)
{
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(TRACEFS "events/pinion", F_OK))
		return false;
	/* Task names need a probe in the scheduler, which crashes some versions of QEMU. */
	trace_set("options/record-cmd", "0");
	return true;
}

/* The events so far, as lines, for the caller to close. */
static inline FILE *trace_open(void)
{
	FILE *file = fopen(TRACEFS "trace", "r");

	if (!file)
		ksft_exit_fail_msg(TRACEFS "trace: %s\n", strerror(errno));
	return file;
}

#endif /* PINION_SELFTESTS_TRACEFS_H */
