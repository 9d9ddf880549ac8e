// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The deadlines of a full queue of jobs pass in quick succession: every job ends by its deadline,
 * and the expiries of the queue's timer keep their distance.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define TRACING "/sys/kernel/tracing/"
#define TIMER	TRACING "events/timer/hrtimer_expire_entry/enable"
#define ENTRIES 4096u
#define APART	5000ull	     /* ns between two deadlines */
#define SLACK	100000ull    /* ns between two expiries of the queue's timer, at least */
#define AHEAD	500000000ull /* ns from the submission to the first deadline */

static struct rig rig;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void set(const char *path, const char *value)
{
	int ret = try_write(path, value);

	if (ret)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(-ret));
}

/* The first job blocks the queue until the deadlines of the others have passed: how many passed. */
static unsigned int storm(void)
{
	unsigned int i, late = 0;
	uint64_t begin;

	rig.bytes = 0;
	rig_sem(&rig, PINION_PKT_WAIT, RIG_DATA_VA, 1);
	rig_sqe_long(&rig, RIG_VA, rig.bytes);
	begin = now() + AHEAD;
	for (i = 1; i < ENTRIES; i++)
		rig_sqe_long(&rig, 0, 0)->deadline_ns = begin + i * APART;
	rig_submit(&rig);
	for (i = 1; i < ENTRIES; i++)
		late += rig_wait(&rig).res == -ETIMEDOUT;
	__atomic_store_n((uint64_t *)rig.data, 1, __ATOMIC_RELEASE);
	return rig_wait(&rig).res ? 0 : late;
}

/* The shortest time between two expiries of the queue's timer, and in @count their number. */
static uint64_t least_gap(unsigned int *count)
{
	FILE *file = fopen(TRACING "trace", "r");
	uint64_t least = UINT64_MAX, at, before = 0;
	char line[512], *found;

	if (!file)
		ksft_exit_fail_msg(TRACING "trace\n");
	for (*count = 0; fgets(line, sizeof(line), file);) {
		found = strstr(line, "function=cancel_due");
		found = found ? strstr(found, "now=") : NULL;
		if (!found)
			continue;
		at = strtoull(found + 4, NULL, 10);
		if (before && at - before < least)
			least = at - before;
		before = at;
		(*count)++;
	}
	fclose(file);
	return least;
}

int main(void)
{
	unsigned int late, count;
	uint64_t least;

	rig_open(&rig, ENTRIES);
	rig_long_ring(&rig, ENTRIES);
	ksft_print_header();
	ksft_set_plan(3);
	mount("nodev", "/sys/kernel/tracing", "tracefs", 0, NULL);
	/* Task names need a probe in the scheduler, which crashes some versions of QEMU. */
	set(TRACING "options/record-cmd", "0");
	set(TRACING "trace", "");
	set(TIMER, "1");
	late = storm();
	set(TIMER, "0");
	ksft_test_result(late == ENTRIES - 1, "%u jobs end by their deadlines\n", late);
	least = least_gap(&count);
	ksft_test_result(count && least >= SLACK,
			 "%u times the timer came, never less than %" PRIu64 " ns apart\n", count,
			 least);
	rig_sqe_long(&rig, 0, 0);
	rig_submit(&rig);
	ksft_test_result(!rig_wait(&rig).res, "the queue works on\n");
	rig_close(&rig);
	ksft_finished();
}
