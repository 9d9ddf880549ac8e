// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The deadlines of a full queue of jobs pass in quick succession: every job ends by its deadline,
 * and the expiries of the queue's timer keep their distance.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tracefs.h"

#define TIMER	"events/timer/hrtimer_expire_entry/enable"
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
	FILE *file = trace_open();
	uint64_t least = UINT64_MAX, at, before = 0;
	char line[512], *found;

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
	if (!trace_mount())
		ksft_exit_skip("this kernel has no tracepoints\n");
	trace_set("trace", "");
	trace_set(TIMER, "1");
	late = storm();
	trace_set(TIMER, "0");
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
