/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the kernel uses, to find out whether something leaks. */
#ifndef PINION_SELFTESTS_LEAK_H
#define PINION_SELFTESTS_LEAK_H

#include <stdio.h>
#include <unistd.h>

#include "rig.h"

/* Slabs vary by hundreds of KiB. */
#define LEAK_KIB 512

/* Kernel memory in use that cannot be reclaimed, in KiB. */
static inline long leak_kernel_memory(void)
{
	static const char *const fields[] = {
		"SUnreclaim: %ld",
		"VmallocUsed: %ld",
		"KernelStack: %ld",
		"Percpu: %ld",
	};
	long sum = 0, value;
	char line[128];
	FILE *file;
	size_t i;

	try_write("/proc/sys/vm/drop_caches", "3");
	file = fopen("/proc/meminfo", "r");
	while (file && fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (sscanf(line, fields[i], &value) == 1)
				sum += value;
	if (file)
		fclose(file);
	return sum;
}

/* Report whether kernel memory has grown since it was @before. */
static inline void leak_result(long before)
{
	long after = leak_kernel_memory();

	ksft_print_msg("kernel memory: %ld KiB before, %ld KiB after\n", before, after);
	/* KASAN delays frees; on that kernel kmemleak looks for leaks when all tests are done. */
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		rig_skip(1, "kmemleak looks for leaks on this kernel");
	else
		ksft_test_result(after - before < LEAK_KIB,
				 "kernel memory has not grown by %d KiB\n", LEAK_KIB);
}

#endif /* PINION_SELFTESTS_LEAK_H */
