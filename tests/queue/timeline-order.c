// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random jobs of several queues wait for each other. They are submitted queue by queue, so that
 * most are submitted before the job that they wait for. Each job records when it began.
 */
#include <unistd.h>

#include "rig.h"

#define QUEUES 4
#define JOBS   48
#define WAITS  (1 + PINION_EXEC_WAITS)

/**
 * struct job - job of a round; a job waits only for jobs with lower indexes
 * @queue: index of the job's queue, and of the timeline that the job raises
 * @point: value to which the job raises the timeline
 * @waits: indexes of the jobs that the job waits for
 * @nwaits: number of jobs in @waits
 */
struct job {
	unsigned int queue;
	uint64_t point;
	unsigned int waits[WAITS];
	unsigned int nwaits;
};

struct state {
	struct rig rig;
	int queue[QUEUES];
	int timeline[QUEUES];
	uint32_t id[QUEUES];
	uint64_t value[QUEUES];
	struct job jobs[JOBS];
};

static void invent(struct state *s)
{
	unsigned int i, k;

	for (i = 0; i < JOBS; i++) {
		struct job *job = &s->jobs[i];

		job->queue = rand() % QUEUES;
		job->point = ++s->value[job->queue];
		job->nwaits = i ? rand() % (WAITS + 1) : 0;
		for (k = 0; k < job->nwaits; k++)
			job->waits[k] = rand() % i;
	}
}

/* Append a packet that writes the time to word @i of the data: the address of the packet. */
static uint64_t record(struct rig *rig, unsigned int i)
{
	uint64_t va = RIG_VA + rig->bytes;

	rig_sem(rig, PINION_PKT_TIMESTAMP, RIG_DATA_VA + 8 * i, 0);
	return va;
}

static struct pinion_uring_point point_of(struct state *s, unsigned int i)
{
	return (struct pinion_uring_point){
		.value = s->jobs[i].point,
		.timeline = s->id[s->jobs[i].queue],
	};
}

static void put(struct state *s, unsigned int i)
{
	struct job *job = &s->jobs[i];
	uint64_t va = record(&s->rig, i);
	struct pinion_uring_exec128 *exec;
	struct pinion_uring_point point;
	unsigned int k;

	s->rig.queue = s->queue[job->queue];
	exec = rig_sqe_long(&s->rig, va, RIG_VA + s->rig.bytes - va);
	exec->signal = point_of(s, i);
	for (k = 0; k < job->nwaits; k++) {
		point = point_of(s, job->waits[k]);
		if (k) {
			exec->waits[k - 1] = point;
			continue;
		}
		exec->exec.wait_timeline = point.timeline;
		exec->exec.wait_value = point.value;
	}
}

static void submit(struct state *s)
{
	unsigned int q, i;

	s->rig.bytes = 0;
	for (q = QUEUES; q-- > 0;) {
		for (i = 0; i < JOBS; i++)
			if (s->jobs[i].queue == q)
				put(s, i);
		rig_submit(&s->rig);
	}
}

static unsigned int check(struct state *s)
{
	volatile uint64_t *began = (uint64_t *)s->rig.data;
	unsigned int i, k, wrong = 0;

	for (i = 0; i < JOBS; i++)
		wrong += rig_wait(&s->rig).res != 0;
	for (i = 0; i < JOBS; i++)
		for (k = 0; k < s->jobs[i].nwaits; k++)
			wrong += began[i] < began[s->jobs[i].waits[k]];
	for (i = 0; i < QUEUES; i++)
		wrong += rig_timeline_value(s->timeline[i]) != s->value[i];
	return wrong;
}

int main(void)
{
	unsigned int rounds = rig_times(200, 20000), round, wrong = 0, i;
	static struct state s;

	srand(20260101);
	ksft_print_header();
	ksft_set_plan(2);
	rig_open(&s.rig, 2);
	rig_long_ring(&s.rig, 256);
	close(s.rig.queue);
	for (i = 0; i < QUEUES; i++) {
		s.queue[i] = rig_queue(s.rig.fd, 256);
		s.timeline[i] = rig_timeline(s.rig.fd, 0, &s.id[i]);
	}
	for (round = 0; round < rounds && !wrong; round++) {
		invent(&s);
		submit(&s);
		wrong = check(&s);
	}
	ksft_test_result(!wrong, "%u rounds of %d jobs, all in order\n", round, JOBS);
	for (i = 0; i < QUEUES; i++)
		wrong += try_timeline_destroy(s.rig.fd, s.id[i]) != 0;
	ksft_test_result(!wrong, "no job holds a timeline when all are complete\n");
	ksft_finished();
}
