// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs are submitted and waited for by ioctl, in one order with the jobs of io_uring. */
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define DEPTH	8
#define FOREVER INT64_MAX
#define NS	1000000000ull

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* Submit a job by ioctl: the number of the job, or -errno. */
static int64_t exec(struct rig *rig, uint64_t va, uint32_t bytes)
{
	struct pinion_queue_exec args = { .addr = va, .len = bytes };
	int ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args);

	return ret ? ret : (int64_t)args.seq;
}

static int wait_until(struct rig *rig, int64_t seq, uint64_t until, struct pinion_queue_wait *out)
{
	*out = (struct pinion_queue_wait){ .seq = seq, .until_ns = until };
	return try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, out);
}

/* Wait for the job number @seq: its result, or the error of the ioctl. */
static int result(struct rig *rig, int64_t seq)
{
	struct pinion_queue_wait wait;
	int ret = wait_until(rig, seq, FOREVER, &wait);

	return ret ? ret : wait.result;
}

static void works(struct rig *rig)
{
	struct pinion_queue_wait first, second;
	int64_t seq, bad = 0;
	unsigned int i;

	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 4096, 0x5a, 1);
	seq = exec(rig, RIG_VA, rig->bytes);
	ksft_test_result(seq == 1 && !wait_until(rig, seq, FOREVER, &first) && !first.result &&
				 rig_all(rig->data, 4096, 0x5a),
			 "the first job\n");
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res && !wait_until(rig, 2, 0, &second) &&
				 second.end >= first.end && first.end,
			 "a job by io_uring has the next number, and can be waited for by ioctl\n");
	for (i = 0; i < 1000; i++) {
		seq = exec(rig, 0, 0);
		bad += seq != i + 3 || result(rig, seq);
	}
	ksft_test_result(!bad, "1000 jobs one by one\n");
}

static void arguments(struct rig *rig)
{
	struct pinion_queue_exec args = { .flags = 1 }, *null = NULL;
	struct pinion_queue_wait wait = { .seq = 1, .pad = 1 };
	struct drm_pinion_queue_create polled = { .flags = DRM_PINION_QUEUE_POLLED,
						  .entries = 4,
						  .priority = 1 };

	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args) == -EINVAL, "flags\n");
	args = (struct pinion_queue_exec){ .waits[1] = { .timeline = 77 } };
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args) == -ENOENT,
			 "no such timeline\n");
	args = (struct pinion_queue_exec){ .waits[2] = { .pad = 1 } };
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args) == -EINVAL, "pad\n");
	ksft_test_result(exec(rig, RIG_VA + 4, 8) == -EINVAL, "misaligned\n");
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, null) == -EFAULT,
			 "no struct\n");
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, &wait) == -EINVAL,
			 "pad of WAIT\n");
	ksft_test_result(result(rig, 0) == -EINVAL && result(rig, 1 << 30) == -EINVAL,
			 "no such job\n");
	if (try_queue(rig->fd, &polled))
		ksft_exit_fail_msg("no polled queue\n");
	args = (struct pinion_queue_exec){};
	ksft_test_result(try_ioctl(polled.fd, PINION_QUEUE_IOC_EXEC, &args) == -EOPNOTSUPP &&
				 try_ioctl(polled.fd, PINION_QUEUE_IOC_WAIT, &wait) == -EOPNOTSUPP,
			 "a polled queue\n");
	close(polled.fd);
}

static void full(struct rig *rig)
{
	struct pinion_queue_wait wait;
	int64_t first, last = 0, more;
	uint64_t before;
	unsigned int i;

	rig_hang(rig);
	first = exec(rig, 0, 0);
	for (i = 2; i < DEPTH; i++)
		last = exec(rig, 0, 0);
	more = exec(rig, 0, 0);
	ksft_test_result(last == first + DEPTH - 2 && more == -EAGAIN, "a full queue\n");
	ksft_test_result(wait_until(rig, first, 0, &wait) == -ETIME,
			 "WAIT without waiting: ETIME\n");
	before = now();
	ksft_test_result(wait_until(rig, first, before + NS / 50, &wait) == -ETIME &&
				 now() - before >= NS / 50,
			 "WAIT until a time: ETIME\n");
	rig_unhang(rig);
	ksft_test_result(!result(rig, last) && !result(rig, first),
			 "WAIT for the last job, then for the first\n");
	rig_wait(rig);
}

static void *wait_for(void *arg)
{
	struct rig *rig = arg;

	return (void *)(intptr_t)result(rig, rig->mark);
}

static void on_signal(int number)
{
	(void)number;
}

/* A wait that a signal interrupts, and that is restarted, misses no completion. */
static void many_wait(struct rig *rig)
{
	pthread_t threads[4];
	unsigned int i, bad = 0;
	void *res;

	signal(SIGUSR1, on_signal);
	rig_hang(rig);
	rig->mark = exec(rig, 0, 0);
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, wait_for, rig);
	for (i = 0; i < 100; i++) {
		usleep(500);
		pthread_kill(threads[i % 4], SIGUSR1);
	}
	rig_unhang(rig);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &res);
		bad += res != NULL;
	}
	ksft_test_result(!bad, "four threads wait, signals come\n");
	rig_wait(rig);
}

static void fails(struct rig *rig)
{
	int64_t bad, behind, seq;
	unsigned int i;

	rig_hang(rig);
	bad = exec(rig, 0x900000000, 8);
	behind = exec(rig, 0, 0);
	rig_unhang(rig);
	ksft_test_result(result(rig, bad) == -EFAULT && result(rig, behind) == -ECANCELED,
			 "a fault\n");
	ksft_test_result(exec(rig, 0, 0) == -ESHUTDOWN, "the queue is stopped\n");
	rig_wait(rig);
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("reset\n");
	ksft_test_result(result(rig, bad) == -EFAULT,
			 "the result of a failed job is known after a reset\n");
	for (i = 0; i < DEPTH; i++) {
		seq = exec(rig, 0, 0);
		if (result(rig, seq))
			break;
	}
	ksft_test_result(i == DEPTH && result(rig, bad) == -ESTALE &&
				 result(rig, behind) == -ESTALE,
			 "the result of a failed job is lost when many jobs have followed\n");
	for (i = 0; i < DEPTH; i++)
		result(rig, exec(rig, 0, 0));
	ksft_test_result(!result(rig, seq), "the result of old jobs that did not fail is known\n");
}

static void points(struct rig *rig)
{
	struct pinion_exec_buffer buffers[2] = {};
	struct pinion_queue_exec args = {
		.addr = (uintptr_t)buffers,
		.len = 2,
		.flags = PINION_EXEC_VECTOR,
	};
	struct pinion_queue_wait wait;
	uint32_t ids[3];
	int files[3], i;

	for (i = 0; i < 3; i++)
		files[i] = rig_timeline(rig->fd, 0, &ids[i]);
	args.waits[0] = (struct pinion_uring_point){ .timeline = ids[0], .value = 1 };
	args.waits[2] = (struct pinion_uring_point){ .timeline = ids[1], .value = 2 };
	args.signal = (struct pinion_uring_point){ .timeline = ids[2], .value = 3 };
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("EXEC of a vector\n");
	rig_timeline_raise(files[0], 1);
	ksft_test_result(wait_until(rig, args.seq, now() + NS / 100, &wait) == -ETIME &&
				 !rig_timeline_value(files[2]),
			 "a vector waits for two points\n");
	rig_timeline_raise(files[1], 2);
	ksft_test_result(!result(rig, args.seq) && rig_timeline_value(files[2]) == 3,
			 "a vector raises a point\n");
	for (i = 0; i < 3; i++)
		close(files[i]);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(23);
	rig_open(&rig, DEPTH);
	works(&rig);
	arguments(&rig);
	full(&rig);
	many_wait(&rig);
	fails(&rig);
	points(&rig);
	rig_close(&rig);
	ksft_finished();
}
