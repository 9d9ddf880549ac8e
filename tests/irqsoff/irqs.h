/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest time for which interrupts are off, by the kernel's tracer "irqsoff". In a guest of
 * pinion-vm --icount 0 an instruction takes 1 ns of the guest's time, so that the microseconds of
 * the tracer are thousands of instructions. What the whole machine does counts, the kernel's own
 * work included. The kernel's page allocator alone reaches 50,000 instructions, sooner or later: by
 * so many may a large count exceed a small one.
 */
#ifndef PINION_IRQSOFF_IRQS_H
#define PINION_IRQSOFF_IRQS_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../isolation/operator.h"
#include "tracefs.h"

#define IRQS_MOST   100u /* thousands of instructions */
#define IRQS_MORE   50u
#define IRQS_SETTLE 100000 /* us in which the kernel ends what a process left */

/**
 * struct irqs_case - something that a process can do often
 * @name: the objects, as the results name them
 * @run: does it @n times, or until the driver or a limit refuses; returns how many times it was
 */
struct irqs_case {
	const char *name;
	unsigned int (*run)(unsigned int n);
};

/*
 * The page allocator moves up to 2,016 pages at a time with interrupts off, which would hide all
 * that the driver does. With the shortest lists of free pages it moves fewer than 200.
 */
static inline void irqs_calm(void)
{
	if (try_write("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000"))
		ksft_exit_fail_msg("vm.percpu_pagelist_high_fraction\n");
}

/* Skip the test on a kernel without the tracer. */
static inline void irqs_begin(void)
{
	char tracers[256] = "";
	FILE *file;

	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	file = fopen(TRACEFS "available_tracers", "r");
	if (file) {
		if (!fgets(tracers, sizeof(tracers), file))
			tracers[0] = 0;
		fclose(file);
	}
	if (!strstr(tracers, "irqsoff"))
		ksft_exit_skip("this kernel has no tracer of the time with interrupts off\n");
	ksft_print_header();
	irqs_calm();
	trace_set("tracing_on", "0");
	trace_set("current_tracer", "irqsoff");
}

/* Print where the longest time began and where it ended. */
static inline void irqs_show(void)
{
	FILE *file = fopen(TRACEFS "trace", "r");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (*line != '#' || strstr(line, "=> ") || strstr(line, "latency:"))
			printf("# %s", line);
	if (file)
		fclose(file);
}

static inline unsigned int irqs_read(void)
{
	FILE *file = fopen(TRACEFS "tracing_max_latency", "r");
	unsigned int us;

	if (!file || fscanf(file, "%u", &us) != 1)
		ksft_exit_fail_msg(TRACEFS "tracing_max_latency\n");
	fclose(file);
	return us;
}

/*
 * Run a case in a process of its own, which ends with all that it has made. @n: in: how many times;
 * out: how many it was. Return: the longest time with interrupts off, in thousands of instructions.
 */
static inline unsigned int irqs_measure(const struct irqs_case *it, unsigned int *n)
{
	unsigned int us;
	int status, ends[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(ends))
		ksft_exit_fail_msg("pipe\n");
	trace_set("tracing_max_latency", "0");
	trace_set("tracing_on", "1");
	pid = fork();
	if (!pid) {
		*n = it->run(*n);
		_exit(write(ends[1], n, sizeof(*n)) != sizeof(*n));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status ||
	    read(ends[0], n, sizeof(*n)) != sizeof(*n))
		ksft_exit_fail_msg("%s: the process failed\n", it->name);
	usleep(IRQS_SETTLE);
	trace_set("tracing_on", "0");
	us = irqs_read();
	if (us > IRQS_MOST)
		irqs_show();
	close(ends[0]);
	close(ends[1]);
	return us;
}

static inline void irqs_test(const struct irqs_case *it, unsigned int few, unsigned int many)
{
	unsigned int low = irqs_measure(it, &few), high = irqs_measure(it, &many);

	ksft_test_result(low <= IRQS_MOST && high <= IRQS_MOST,
			 "%s: at most %u,000 instructions with interrupts off\n", it->name,
			 IRQS_MOST);
	ksft_test_result(high <= low + IRQS_MORE,
			 "%s: %u,000 instructions with %u, %u,000 with %u\n", it->name, low, few,
			 high, many);
	fflush(stdout);
}

#endif /* PINION_IRQSOFF_IRQS_H */
