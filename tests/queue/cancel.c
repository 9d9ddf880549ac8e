// SPDX-License-Identifier: GPL-2.0-or-later
/* CANCEL and deadlines end jobs early, and leave all other jobs alone. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../isolation/code.h"
#include "rig.h"

#define NS   1000000000ull
#define MS   1000000ull
#define LOOP 0x0000006fu /* j . */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static int cancel(struct rig *rig, uint64_t seq)
{
	return try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &seq);
}

/* Submit a job by ioctl: the number of the job. */
static uint64_t exec(struct rig *rig, uint64_t va, uint32_t bytes, uint64_t deadline)
{
	struct pinion_queue_exec args = { .addr = va, .len = bytes, .deadline_ns = deadline };
	int ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args);

	if (ret)
		ksft_exit_fail_msg("EXEC: %s\n", strerror(-ret));
	return args.seq;
}

static int result(struct rig *rig, uint64_t seq, uint64_t until)
{
	struct pinion_queue_wait args = { .seq = seq, .until_ns = until };
	int ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, &args);

	return ret ? ret : args.result;
}

static int final(struct rig *rig, uint64_t seq)
{
	return result(rig, seq, INT64_MAX);
}

/* Submit a job by ioctl that waits for a word in rig->data: the number of the job. */
static uint64_t hang(struct rig *rig, uint64_t deadline)
{
	rig->bytes = 0;
	*(uint64_t *)(rig->data + 4096) = 0;
	rig_sem(rig, PINION_PKT_WAIT, RIG_DATA_VA + 4096, 1);
	return exec(rig, RIG_VA, rig->bytes, deadline);
}

static void running(struct rig *rig)
{
	uint64_t seq = hang(rig, 0), next = exec(rig, 0, 0, 0);

	ksft_test_result(result(rig, seq, now() + 20 * MS) == -ETIME && !cancel(rig, seq) &&
				 final(rig, seq) == -ECANCELED,
			 "a job that waits for ever\n");
	ksft_test_result(!final(rig, next) && !rig_fault(rig).status,
			 "the job behind a cancelled job runs: no fault\n");
	ksft_test_result(cancel(rig, seq) == -ENOENT && cancel(rig, next) == -ENOENT &&
				 cancel(rig, next + 1) == -ENOENT,
			 "cancel a job that is complete or not there: ENOENT\n");
	rig->bytes = 0;
	*(uint32_t *)(rig->data + 8192) = LOOP;
	code_launch(rig, RIG_DATA_VA + 8192, RIG_DATA_VA, 64);
	seq = exec(rig, RIG_VA, rig->bytes, 0);
	next = exec(rig, 0, 0, 0);
	ksft_test_result(result(rig, seq, now() + 20 * MS) == -ETIME && !cancel(rig, seq) &&
				 final(rig, seq) == -ECANCELED && !final(rig, next),
			 "an endless program\n");
}

/* A job that is cancelled behind another job ends, and raises its point, when its turn comes. */
static void behind(struct rig *rig)
{
	struct pinion_queue_exec args = { .flags = 0 };
	uint64_t first, third;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	first = hang(rig, 0);
	args.signal = (struct pinion_uring_point){ .timeline = id, .value = 1 };
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("EXEC with a point\n");
	third = exec(rig, 0, 0, 0);
	ksft_test_result(!cancel(rig, args.seq) && cancel(rig, args.seq) == -ENOENT &&
				 result(rig, args.seq, now() + 20 * MS) == -ETIME &&
				 !rig_timeline_value(tl) && result(rig, first, 0) == -ETIME,
			 "cancelling a job behind a job that runs leaves that alone\n");
	*(volatile uint64_t *)(rig->data + 4096) = 1;
	ksft_test_result(!final(rig, first) && final(rig, args.seq) == -ECANCELED &&
				 !final(rig, third),
			 "a cancelled job ends when its turn comes\n");
	ksft_test_result(rig_timeline_value(tl) == 1,
			 "the point of a cancelled job is raised when its turn comes\n");
	close(tl);
}

static void by_ring(struct rig *rig)
{
	struct pinion_uring_cancel *args;
	struct io_uring_sqe *sqe;
	struct done a, b, c;
	uint64_t mark;

	rig_hang(rig);
	mark = rig->mark;
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	sqe = rig_sqe(rig, 0, 0);
	sqe->cmd_op = PINION_URING_CANCEL;
	args = (void *)sqe->cmd;
	args->user_data = mark + 1;
	rig_submit(rig);
	a = rig_wait(rig);
	b = rig_wait(rig);
	ksft_test_result(a.res + b.res == -ECANCELED && (a.mark == mark + 1 || b.mark == mark + 1),
			 "cancel by user_data: the CQEs of job and CANCEL come at once\n");
	sqe = rig_sqe(rig, 0, 0);
	sqe->cmd_op = PINION_URING_CANCEL;
	args = (void *)sqe->cmd;
	args->user_data = mark + 1;
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -ENOENT, "cancel by user_data again: ENOENT\n");
	ksft_test_result(!cancel(rig, 0), "cancel all jobs in flight\n");
	c = rig_wait(rig);
	ksft_test_result(c.res == -ECANCELED && c.mark == mark && cancel(rig, 0) == -ENOENT,
			 "the first job of all that were cancelled ends\n");
	rig->bytes = 0;
	ksft_test_result(!rig_run(rig).res, "the queue works on\n");
}

static void deadlines(struct rig *rig)
{
	uint64_t begin = now(), seqs[4], next;
	int i;

	seqs[0] = hang(rig, begin + 30 * MS);
	next = exec(rig, 0, 0, begin + 3600 * NS);
	ksft_test_result(final(rig, seqs[0]) == -ETIMEDOUT && now() >= begin + 30 * MS &&
				 !final(rig, next),
			 "a deadline ends a job, and not the job behind it\n");
	seqs[0] = hang(rig, 1);
	ksft_test_result(final(rig, seqs[0]) == -ETIMEDOUT, "a deadline that is over\n");
	begin = now();
	seqs[0] = hang(rig, begin + 40 * MS);
	seqs[1] = hang(rig, begin + 20 * MS);
	seqs[2] = hang(rig, begin + 60 * MS);
	seqs[3] = exec(rig, 0, 0, UINT64_MAX);
	for (i = 0; i < 3 && final(rig, seqs[i]) == -ETIMEDOUT; i++)
		;
	ksft_test_result(i == 3 && now() >= begin + 60 * MS && !final(rig, seqs[3]),
			 "three deadlines, out of order\n");
	rig_long_ring(rig, 256);
	rig->bytes = 0;
	rig_sem(rig, PINION_PKT_WAIT, RIG_DATA_VA + 4096, 1);
	rig_sqe_long(rig, RIG_VA, rig->bytes)->deadline_ns = now() + 10 * MS;
	rig_sqe_long(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -ETIMEDOUT && !rig_wait(rig).res,
			 "a deadline by io_uring\n");
}

/* A job of four command buffers is cancelled while the second command buffer waits. */
static void vector(struct rig *rig)
{
	struct pinion_exec_buffer buffers[4];
	struct pinion_queue_exec args = {
		.addr = (uintptr_t)buffers,
		.len = 4,
		.flags = PINION_EXEC_VECTOR,
	};
	int i;

	rig->bytes = 0;
	memset(rig->data, 0, 8192);
	for (i = 0; i < 4; i++) {
		buffers[i].va = RIG_VA + rig->bytes;
		if (i == 1)
			rig_sem(rig, PINION_PKT_WAIT, RIG_DATA_VA + 4096, 1);
		else
			rig_fill(rig, RIG_DATA_VA + i, 1, 1, 1);
		buffers[i].bytes = RIG_VA + rig->bytes - buffers[i].va;
		buffers[i].pad = 0;
	}
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("EXEC of a vector\n");
	while (!*(volatile uint8_t *)rig->data)
		;
	ksft_test_result(!cancel(rig, args.seq) && final(rig, args.seq) == -ECANCELED &&
				 rig->data[0] && !rig->data[2] && !rig->data[3],
			 "cancelling a vector leaves out the command buffers behind\n");
}

/* At whatever moment a job is cancelled, all other jobs run, and every job has one result. */
static void races(struct rig *rig)
{
	unsigned int n = rig_times(2000, 50000), i, k, bad = 0, ended = 0;

	srand(1);
	for (i = 0; i < n; i++) {
		uint64_t seqs[4];
		int ends[4];

		memset(rig->data, 0, 4);
		rig->bytes = 0;
		for (k = 0; k < 4; k++) {
			uint32_t at = rig->bytes;

			rig_fill(rig, RIG_DATA_VA + k, 1, 1, 1);
			seqs[k] = exec(rig, RIG_VA + at, rig->bytes - at, 0);
			ends[k] = 1;
		}
		k = rand() % 4;
		ends[k] = cancel(rig, seqs[k]);
		k = rand() % 4;
		if (ends[k] > 0)
			ends[k] = cancel(rig, seqs[k]);
		for (k = 0; k < 4; k++) {
			int res = final(rig, seqs[k]);

			bad += res != (ends[k] ? 0 : -ECANCELED) || (ends[k] && !rig->data[k]);
			ended += !ends[k];
		}
	}
	ksft_test_result(!bad, "%u of %u jobs cancelled at any moment: %u went wrong\n", ended,
			 4 * n, bad);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(18);
	rig_open(&rig, 16);
	running(&rig);
	behind(&rig);
	by_ring(&rig);
	vector(&rig);
	races(&rig);
	deadlines(&rig);
	rig_close(&rig);
	ksft_finished();
}
