// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures in the guest how long commands that do nothing take, for every mode of submission. The
 * modes of one setting take turns, back and forth, so that other work of the machine slows all
 * modes alike. What counts is the ratio between modes within a turn. Prints "sample NAME TURN
 * NANOSECONDS" for each turn of each mode.
 *
 * The submitters of a mode are processes, each with files and a ring of its own. If a submitter of
 * a peer fails, all submitters of that mode start again and repeat the turn, up to FAILURES times.
 *
 * Arguments name settings to run; without arguments, all run.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "modes.h"

#define TURNS	    21
#define PROCESSES   8u
#define COMMANDS    2000u /* commands of a submitter in one turn, at depth 8 or more */
#define ROUND_TRIPS 200u  /* commands in one turn at depth 1, where each is waited for */
#define MODES	    16u
#define FAILURES    5u /* failures of a peer after which the program ends with PEER_FAILED */

/**
 * struct setting - how the commands of a turn are submitted
 * @name: name of the setting, with which the names of its samples end
 * @depth: number of commands that each submitter has in flight
 * @batch: number of commands submitted at a time
 * @processes: number of submitters at once
 */
struct setting {
	const char *name;
	unsigned int depth;
	unsigned int batch;
	unsigned int processes;
};

/**
 * struct worker - a submitter, as its parent sees it
 * @go: pipe to the submitter; a byte starts a turn, and closing the pipe ends the submitter
 * @done: pipe from the submitter; after a turn it brings the median time of a step in ns
 * @pid: process id of the submitter; 0: not started
 */
struct worker {
	int go;
	int done;
	pid_t pid;
};

static struct worker workers[MODES][PROCESSES]; /* a row for each mode */

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

/* Take one turn in the submitter; returns the median time of a step in ns. */
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

/* If the parent has closed the pipe, it has given up on another submitter of the mode. */
static void say_done(int done, uint64_t median)
{
	if (write(done, &median, sizeof(median)) != sizeof(median))
		exit(0);
}

static void work(const struct mode *mode, const struct setting *s, int go, int done)
{
	struct lane lane;
	char byte;
	int ret = lane_open(&lane, mode, 1);

	/* If the guest lacks what the mode needs, report 0 and end. */
	say_done(done, ret ? 0 : turn(&lane, s));
	while (!ret && read(go, &byte, 1) == 1)
		say_done(done, turn(&lane, s));
	exit(0);
}

/* Close the pipes of older submitters: a pipe only ends when no process can write to it. */
static void forget_others(void)
{
	struct worker *w;

	for (w = workers[0]; w < workers[MODES]; w++)
		if (w->pid) {
			close(w->go);
			close(w->done);
		}
}

/* Wait for the end of a turn; returns false if the submitter ended instead. */
static bool turn_done(struct worker *w, uint64_t *median)
{
	return read(w->done, median, sizeof(*median)) == sizeof(*median);
}

/*
 * Start a submitter and wait for its first turn, which warms caches and does not count. Returns
 * false if it failed. @median becomes 0 if the guest lacks what the mode needs.
 */
static bool start(struct worker *w, const struct mode *mode, const struct setting *s,
		  uint64_t *median)
{
	int go[2], done[2];

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
	return turn_done(w, median);
}

/* Stop all submitters of a mode that were started. */
static void stop_all(unsigned int mode)
{
	struct worker *w;
	int status;

	for (w = workers[mode]; w < workers[mode + 1]; w++) {
		if (!w->pid)
			continue;
		close(w->go);
		close(w->done);
		need(waitpid(w->pid, &status, 0) == w->pid, "a submitter");
		errno = ECANCELED;
		need_mode(&modes[mode], !status || modes[mode].peer, "a submitter");
		w->pid = 0;
	}
}

/* Handle the failure of a submitter, which has printed the reason itself. */
static void another_failure(unsigned int mode, const struct setting *s, unsigned int *failures)
{
	errno = ECANCELED;
	need_mode(&modes[mode], modes[mode].peer, "a submitter");
	stop_all(mode);
	if (++*failures > FAILURES)
		exit(PEER_FAILED);
	printf("%s_%s failed and starts again; the kernel's last words about it:\n",
	       modes[mode].name, s->name);
	fflush(stdout);
	if (system("dmesg | grep nvme | tail -n 4"))
		printf("none\n");
}

/* Start all submitters of a mode; returns false if the guest lacks what the mode needs. */
static bool start_all(unsigned int mode, const struct setting *s, unsigned int *failures)
{
	unsigned int k = 0;
	uint64_t median;

	while (k < s->processes) {
		if (!start(&workers[mode][k], &modes[mode], s, &median)) {
			another_failure(mode, s, failures);
			k = 0;
			continue;
		}
		if (!median)
			return false;
		k++;
	}
	return true;
}

/*
 * Let the submitters of a mode take a turn. Returns ns for each command of all submitters, or the
 * median of a single submitter at depth 1; 0 if a submitter failed.
 */
static double take_turn(struct worker *w, const struct setting *s)
{
	uint64_t begin = now(), median = 0;
	unsigned int i;

	for (i = 0; i < s->processes; i++)
		if (write(w[i].go, "", 1) != 1)
			return 0;
	for (i = 0; i < s->processes; i++)
		if (!turn_done(&w[i], &median))
			return 0;
	if (s->depth == 1 && s->processes == 1)
		return median;
	return (double)(now() - begin) / steps_of(s) / s->batch / s->processes;
}

static double sample(unsigned int mode, const struct setting *s)
{
	unsigned int failures = 0;
	double ns;

	while (!(ns = take_turn(workers[mode], s))) {
		another_failure(mode, s, &failures);
		start_all(mode, s, &failures);
	}
	return ns / mode_commands(&modes[mode]);
}

static void take_turns(const bool *present, const struct setting *s)
{
	unsigned int t, i, k;

	for (t = 0; t < TURNS; t++)
		for (i = 0; i < nmodes; i++) {
			k = t & 1 ? nmodes - 1 - i : i;
			if (present[k])
				printf("sample %s_%s %u %.1f\n", modes[k].name, s->name, t,
				       sample(k, s));
		}
}

static void run(const struct setting *s, bool devices_only)
{
	bool present[MODES] = {};
	unsigned int i, failures = 0;

	for (i = 0; i < nmodes; i++) {
		if ((devices_only && !modes[i].device) ||
		    (modes[i].vector && s->depth > LANE_VECTORS))
			continue;
		present[i] = start_all(i, s, &failures);
	}
	take_turns(present, s);
	for (i = 0; i < nmodes; i++)
		stop_all(i);
}

static bool wanted(const struct setting *s, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], s->name); i++)
		;
	return argc == 1 || i < argc;
}

int main(int argc, char **argv)
{
	static const struct setting all[] = {
		{ "qd1", 1, 1, 1 },
		{ "qd8", 8, 8, 1 },
		{ "qd32", 32, 32, 1 },
		{ "qd128", 128, 128, 1 },
	};
	static const struct setting devices[] = {
		{ "qd128_batch1", 128, 1, 1 },	  { "qd128_batch8", 128, 8, 1 },
		{ "qd128_batch64", 128, 64, 1 },  { "qd32_processes2", 32, 32, 2 },
		{ "qd32_processes4", 32, 32, 4 }, { "qd32_processes8", 32, 32, 8 },
	};
	unsigned int i;

	setlinebuf(stdout);
	signal(SIGPIPE, SIG_IGN); /* writing to a submitter that ended returns an error instead */
	need(nmodes <= MODES, "too many modes");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (wanted(&all[i], argc, argv))
			run(&all[i], false);
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (wanted(&devices[i], argc, argv))
			run(&devices[i], true);
	return 0;
}
