// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures round trips of a job in a guest with two processors, while the submitter runs on the
 * processor that the card interrupts ("near") and on the other one ("far"), in turns. Prints
 * "placed NAME TURN NANOSECONDS SLEEPS" for each turn: the median of the round trips, and in how
 * many of 100 round trips the submitter slept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "modes.h"

#define TURNS	    21
#define ROUND_TRIPS 200u

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	need(!sched_setaffinity(0, sizeof(set), &set), "a second processor");
}

/* Send all interrupts of the card to the first processor. */
static void direct_interrupts(void)
{
	FILE *table = fopen("/proc/interrupts", "r");
	char line[512], path[64];
	unsigned int irq, found = 0;
	FILE *file;

	need(table, "/proc/interrupts");
	while (fgets(line, sizeof(line), table)) {
		if (!strstr(line, "pinion") || sscanf(line, " %u:", &irq) != 1)
			continue;
		snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity_list", irq);
		file = fopen(path, "w");
		need(file && fputs("0", file) >= 0 && !fclose(file), path);
		found++;
	}
	fclose(table);
	errno = ENOENT;
	need(found, "the card's interrupts");
}

static long sleeps(void)
{
	struct rusage usage;

	need(!getrusage(RUSAGE_SELF, &usage), "getrusage()");
	return usage.ru_nvcsw;
}

static void turn(struct lane *lane, const char *name, unsigned int cpu, unsigned int t)
{
	uint64_t times[ROUND_TRIPS], last, at;
	unsigned int i;
	long before;

	run_on(cpu);
	before = sleeps();
	last = now();
	for (i = 0; i < ROUND_TRIPS; i++) {
		lane_step(lane, 1, 1);
		at = now();
		times[i] = at - last;
		last = at;
	}
	before = sleeps() - before;
	qsort(times, ROUND_TRIPS, sizeof(*times), compare);
	printf("placed %s_%s_qd1 %u %" PRIu64 " %.1f\n", lane->mode->name, name, t,
	       times[ROUND_TRIPS / 2], 100.0 * before / ROUND_TRIPS);
}

int main(void)
{
	struct lane lane;
	unsigned int t;

	setlinebuf(stdout);
	errno = -lane_open(&lane, mode_named("exec_uring"), 1);
	need(!errno, "exec_uring");
	direct_interrupts();
	for (t = 0; t < TURNS; t++) {
		turn(&lane, t & 1 ? "far" : "near", t & 1, t);
		turn(&lane, t & 1 ? "near" : "far", !(t & 1), t);
	}
	lane_close(&lane);
	return 0;
}
