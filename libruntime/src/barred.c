// SPDX-License-Identifier: MIT
/*
 * Submission by ioctls of the queue file, where io_uring is not allowed, as in many containers.
 * One system call submits a job, and one asks for the result of the oldest job in flight: jobs of
 * a queue complete in order, so a younger job cannot have completed before.
 */
#include <sys/ioctl.h>

#include "internal.h"

static void fill_points(struct pinion_queue_exec *args, const struct pinion_uring_exec128 *points)
{
	unsigned int i;

	args->waits[0].timeline = points->exec.wait_timeline;
	args->waits[0].value = points->exec.wait_value;
	for (i = 0; i < PINION_EXEC_WAITS; i++)
		args->waits[i + 1] = points->waits[i];
	args->signal = points->signal;
	args->deadline_ns = points->deadline_ns;
}

/* ioctl() and not drmIoctl(), which retries after EAGAIN: that says here that the queue is full. */
static int enter_barred(struct pinion_queue *queue, const struct pinion_job *job, uint64_t seq)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS];
	struct pinion_queue_exec args = {};

	pinion_fill_buffers(buffers, job);
	if (job->count > 1) {
		args.flags = PINION_EXEC_VECTOR;
		args.addr = (uintptr_t)buffers;
		args.len = job->count;
	} else {
		args.addr = buffers[0].va;
		args.len = buffers[0].bytes;
	}
	if (job->points)
		fill_points(&args, job->points);
	if (ioctl(queue->fd, PINION_QUEUE_IOC_EXEC, &args))
		return -errno;
	pinion_result(queue, seq)->number = args.seq;
	return 0;
}

static void reap_barred(struct pinion_queue *queue)
{
	while (queue->completed < queue->submitted) {
		uint64_t seq = queue->completed + 1;
		struct pinion_queue_wait args = { .seq = pinion_result(queue, seq)->number };

		if (!ioctl(queue->fd, PINION_QUEUE_IOC_WAIT, &args))
			pinion_record(queue, seq, args.result, args.end);
		else if (errno == ETIME || errno == EINTR)
			return;
		else
			pinion_record(queue, seq, -errno, 0);
	}
}

static void sleep_barred(struct pinion_queue *queue, uint64_t seq, uint64_t number, uint64_t ns)
{
	struct pinion_queue_wait args = { .seq = number, .until_ns = pinion_deadline(ns) };

	(void)seq;
	/* Whatever it returns (time, signal, completion), the caller looks again. */
	ioctl(queue->fd, PINION_QUEUE_IOC_WAIT, &args);
}

static int cancel_by_ioctl(struct pinion_queue *queue, const struct pinion_result *result)
{
	uint64_t number = result->number;

	return ioctl(queue->fd, PINION_QUEUE_IOC_CANCEL, &number) ? -errno : 0;
}

static bool is_barred_full(const struct pinion_queue *queue)
{
	return queue->submitted - queue->completed >= queue->entries;
}

/* There is no ring to close; pinion_queue_close() closes the queue file. */
static void close_barred(struct pinion_queue *queue)
{
	(void)queue;
}

const struct pinion_queue_ops pinion_barred_ops = {
	.by_kernel = true,
	.close = close_barred,
	.submit_plain = pinion_locked_submit_plain,
	.submit = pinion_locked_submit,
	.is_full = is_barred_full,
	.enter = enter_barred,
	.reap = reap_barred,
	.look = reap_barred,
	.sleep = sleep_barred,
	.cancel = cancel_by_ioctl,
	.reset = pinion_locked_reset,
};
