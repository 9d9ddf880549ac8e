// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracepoints: the stages of a job come in order, with the same queue and job number. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tracefs.h"

#define JOBS  3
#define LINES 64

static char text[65536];
static char *lines[LINES];
static unsigned int nlines;

static void read_trace(void)
{
	int fd = open(TRACEFS "trace", O_RDONLY);
	ssize_t n = 0, got;
	char *line;

	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	for (line = strtok(text, "\n"); line && nlines < LINES; line = strtok(NULL, "\n"))
		if (strstr(line, "pinion_"))
			lines[nlines++] = line;
}

/* Index of the first line from @from on with both @event and @what in it, or LINES. */
static unsigned int find(unsigned int from, const char *event, const char *what)
{
	for (; from < nlines; from++)
		if (strstr(lines[from], event) && strstr(lines[from], what))
			return from;
	return LINES;
}

static void stages(void)
{
	unsigned int i, at, bad = 0;
	char job[32], mark[32];

	for (i = 1; i <= JOBS; i++) {
		snprintf(job, sizeof(job), " job=%u ", i);
		snprintf(mark, sizeof(mark), "user_data=%#x res=0", i);
		at = find(0, "pinion_submit:", job);
		at = find(at, "pinion_doorbell:", job);
		at = find(at, "pinion_complete:", job);
		bad += !strstr(lines[at % LINES] ? lines[at % LINES] : "", " res=0 ");
		bad += find(at, "pinion_cqe:", mark) == LINES;
	}
	ksft_test_result(!bad, "submit, doorbell, complete, cqe of %u jobs\n", JOBS);
}

/* Print the events, from which a failure can be explained. */
static void show(void)
{
	unsigned int i;

	ksft_print_msg("%u events\n", nlines);
	for (i = 0; i < nlines; i++)
		ksft_print_msg("%s\n", lines[i]);
}

/* Some jobs, a job that is cancelled, and a job behind it for which no doorbell is rung. */
static void run_jobs(struct rig *rig)
{
	uint64_t seq = JOBS + 1;
	unsigned int i;

	for (i = 0; i < JOBS; i++) {
		rig->bytes = 0;
		rig_run(rig);
	}
	rig_hang(rig);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &seq))
		ksft_exit_fail_msg("CANCEL\n");
	rig_wait(rig);
	rig_wait(rig);
}

int main(void)
{
	struct rig rig;
	unsigned int i;

	if (!trace_mount())
		ksft_exit_skip("this kernel has no tracepoints\n");
	ksft_print_header();
	ksft_set_plan(4);
	rig_open(&rig, 8);
	trace_set("trace", "");
	trace_set("events/pinion/enable", "1");
	run_jobs(&rig);
	trace_set("events/pinion/enable", "0");
	read_trace();
	stages();
	i = find(0, "pinion_cancel:", " job=4 why=-125");
	ksft_test_result(i < LINES && find(i, "pinion_cqe:", "res=-125") < LINES,
			 "a job that is cancelled\n");
	ksft_test_result(find(0, "pinion_submit:", " buffers=1 waits=0") < LINES,
			 "how many buffers and points\n");
	i = find(0, "pinion_submit:", " job=5 ");
	ksft_test_result(find(i, "pinion_doorbell:", " job=5 tail=5 rung=0") < LINES,
			 "a doorbell that is a word in memory\n");
	if (ksft_get_fail_cnt())
		show();
	trace_set("trace", "");
	rig_close(&rig);
	ksft_finished();
}
