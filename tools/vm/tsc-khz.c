// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the frequency of this machine's time-stamp counter in kHz. Under emulation the guest reads
 * the same counter, and its kernel would measure the frequency by loops that a busy host disturbs.
 * Here the counter is read between two readings of the clock. Of many tries the quickest counts, in
 * which this program was not interrupted, so that the load of the host does not matter.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define APART_NS 20000000 /* time between two readings */
#define TRIES	 1000	  /* tries for a reading */

struct reading {
	uint64_t ns;
	uint64_t ticks;
	uint64_t took_ns;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct reading read_both(void)
{
	struct reading best = { .took_ns = UINT64_MAX };
	int i;

	for (i = 0; i < TRIES; i++) {
		uint64_t start = now_ns(), ticks = __rdtsc(), end = now_ns();

		if (end - start < best.took_ns)
			best = (struct reading){ start + (end - start) / 2, ticks, end - start };
	}
	return best;
}

int main(void)
{
	struct timespec apart = { .tv_nsec = APART_NS };
	struct reading first = read_both(), last;

	nanosleep(&apart, NULL);
	last = read_both();
	printf("%.0f\n", 1e6 * (double)(last.ticks - first.ticks) / (double)(last.ns - first.ns));
	return 0;
}
