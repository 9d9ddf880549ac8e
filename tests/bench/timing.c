// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long commands that do nothing take, in the guest, for every mode of
 * submission. The modes of one setting take turns, back and forth, so that what
 * else the machine does befalls them alike: what counts is their ratio within a
 * turn. Prints "sample NAME TURN NANOSECONDS" for each.
 *
 * The submitters of a mode are processes of their own, each with its files and ring.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "modes.h"

#define TURNS		21
#define PROCESSES	8u
#define COMMANDS	2000u		/* of a submitter in one turn, at depth 8 or more */
#define ROUND_TRIPS	200u		/* at depth 1, where each waits */
#define MODES		16u

/**
 * struct setting - what a turn is of
 * @name: as it is part of the names
 * @depth: commands in flight, of each submitter
 * @batch: of them handed over at a time
 * @processes: submitters
 */
struct setting {
	const char *name;
	unsigned int depth;
	unsigned int batch;
	unsigned int processes;
};

/**
 * struct worker - a submitter, as its parent sees it
 * @go: written: do a turn; closed: end
 * @done: read: a turn was done: the median time of a step, ns
 * @pid: of the process
 */
struct worker {
	int go;
	int done;
	pid_t pid;
};

static struct worker workers[MODES][PROCESSES];	/* a row for each mode */

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

static unsigned int steps_of(const struct setting *s)
{
	return s->depth == 1 ? ROUND_TRIPS : COMMANDS / s->batch;
}

/* One turn of one submitter; the median time of a step. */
static uint64_t turn(struct lane *lane, const struct setting *s)
{
	static uint64_t times[COMMANDS];
	unsigned int i, n = steps_of(s);
	uint64_t last = now(), t;

	for (i = 0; i < n; i++) {
		lane_step(lane, s->depth, s->batch);
		t = now();
		times[i] = t - last;
		last = t;
	}
	lane_drain(lane);
	qsort(times, n, sizeof(*times), compare);
	return times[n / 2];
}

static void work(const struct mode *mode, const struct setting *s, int go, int done)
{
	uint64_t median;
	struct lane lane;
	char byte;
	int ret = lane_open(&lane, mode, 1);

	median = ret ? 0 : turn(&lane, s);
	/* A submitter that its guest has nothing for says 0 and ends. */
	need(write(done, &median, sizeof(median)) == sizeof(median), "pipe");
	while (!ret && read(go, &byte, 1) == 1) {
		median = turn(&lane, s);
		need(write(done, &median, sizeof(median)) == sizeof(median), "pipe");
	}
	exit(0);
}

/* A pipe ends when the last one that can write to it has closed it. */
static void forget_others(void)
{
	struct worker *w;

	for (w = workers[0]; w < workers[MODES]; w++)
		if (w->pid) {
			close(w->go);
			close(w->done);
		}
}

/* Its first turn is for warmth; false if its mode is not there. */
static bool start(struct worker *w, const struct mode *mode, const struct setting *s)
{
	int go[2], done[2];
	uint64_t median;

	need(!pipe(go) && !pipe(done), "pipe");
	w->pid = fork();
	need(w->pid >= 0, "fork");
	if (!w->pid) {
		forget_others();
		close(go[1]);
		close(done[0]);
		work(mode, s, go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	w->go = go[1];
	w->done = done[0];
	need(read(w->done, &median, sizeof(median)) == sizeof(median), mode->name);
	return median;
}

static void stop(struct worker *w)
{
	int status;

	close(w->go);
	close(w->done);
	need(waitpid(w->pid, &status, 0) == w->pid && !status, "a submitter");
}

/* ns for each command of all of them; at depth 1 with one of them, the median. */
static double sample(struct worker *w, const struct setting *s)
{
	uint64_t begin = now(), median = 0;
	unsigned int i;

	for (i = 0; i < s->processes; i++)
		need(write(w[i].go, "", 1) == 1, "pipe");
	for (i = 0; i < s->processes; i++)
		need(read(w[i].done, &median, sizeof(median)) == sizeof(median), "a submitter");
	if (s->depth == 1 && s->processes == 1)
		return median;
	return (double)(now() - begin) / steps_of(s) / s->batch / s->processes;
}

static void take_turns(const bool *present, const struct setting *s)
{
	unsigned int t, i, k;

	for (t = 0; t < TURNS; t++)
		for (i = 0; i < nmodes; i++) {
			k = t & 1 ? nmodes - 1 - i : i;
			if (present[k])
				printf("sample %s_%s %u %.1f\n", modes[k].name, s->name, t,
				       sample(workers[k], s) / mode_commands(&modes[k]));
		}
}

static void run(const struct setting *s, bool devices_only)
{
	bool present[MODES] = {};
	unsigned int i, k;

	for (i = 0; i < nmodes; i++) {
		if ((devices_only && !modes[i].device) ||
		    (modes[i].vector && s->depth > LANE_VECTORS))
			continue;
		present[i] = true;
		for (k = 0; k < s->processes; k++)
			present[i] &= start(&workers[i][k], &modes[i], s);
	}
	take_turns(present, s);
	for (i = 0; i < nmodes; i++)
		for (k = 0; k < s->processes; k++)
			if (workers[i][k].pid)
				stop(&workers[i][k]);
	memset(workers, 0, sizeof(workers));
}

int main(void)
{
	static const struct setting all[] = {
		{ "qd1", 1, 1, 1 }, { "qd8", 8, 8, 1 }, { "qd32", 32, 32, 1 },
		{ "qd128", 128, 128, 1 },
	};
	static const struct setting devices[] = {
		{ "qd128_batch1", 128, 1, 1 }, { "qd128_batch8", 128, 8, 1 },
		{ "qd128_batch64", 128, 64, 1 }, { "qd32_processes2", 32, 32, 2 },
		{ "qd32_processes4", 32, 32, 4 }, { "qd32_processes8", 32, 32, 8 },
	};
	unsigned int i;

	setlinebuf(stdout);
	need(nmodes <= MODES, "too many modes");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		run(&all[i], false);
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		run(&devices[i], true);
	return 0;
}
