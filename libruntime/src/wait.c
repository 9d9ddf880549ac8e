// SPDX-License-Identifier: MIT
/*
 * Waiting for jobs. Of the threads that wait on a queue, one sleeps in the kernel and the
 * rest sleep on a condition variable until that thread is back. While it sleeps, any thread
 * that holds the lock may record results but must not free slots of the completion ring: the
 * ring stays non-empty, so the sleeping thread is sure to wake.
 */
#include <time.h>

#include "internal.h"

static void wait_in_kernel(struct pinion_queue *queue, uint64_t seq, uint64_t ns)
{
	uint64_t oldest = pinion_result(queue, queue->completed + 1)->number;

	queue->reaping = true;
	pthread_mutex_unlock(&queue->lock);
	queue->ops->sleep(queue, seq, oldest, ns);
	pthread_mutex_lock(&queue->lock);
	queue->reaping = false;
	queue->ops->reap(queue);
	pthread_cond_broadcast(&queue->reaped);
}

static void sleep_beside(struct pinion_queue *queue, uint64_t deadline)
{
	struct timespec ts = { .tv_sec = deadline / NS_PER_S, .tv_nsec = deadline % NS_PER_S };

	if (deadline == PINION_WAIT_FOREVER)
		pthread_cond_wait(&queue->reaped, &queue->lock);
	else
		pthread_cond_timedwait(&queue->reaped, &queue->lock, &ts);
}

/* Return: the result of job @seq, 0 or a negative errno; 1 if the job is not complete. */
static int look_up(struct pinion_queue *queue, uint64_t seq)
{
	const struct pinion_result *result = pinion_result(queue, seq);

	if (result->seq == seq)
		return result->done ? result->res : 1;
	/* A queue of PINION_QUEUE_USER fills a slot only when the job is complete. */
	if (result->seq < seq)
		return 1;
	return seq > queue->forgotten_failure ? 0 : -ESTALE;
}

static int wait_locked(struct pinion_queue *queue, uint64_t seq, uint64_t timeout_ns)
{
	uint64_t deadline;
	int ret;

	queue->ops->reap(queue);
	/*
	 * On a PINION_QUEUE_USER, looking costs a system call, and the sleep below looks anyway.
	 */
	if (look_up(queue, seq) > 0 && (!timeout_ns || queue->ops->by_kernel))
		queue->ops->look(queue);
	ret = look_up(queue, seq);
	if (ret <= 0 || !timeout_ns)
		return ret <= 0 ? ret : -ETIME;
	deadline = pinion_deadline(timeout_ns);
	for (;;) {
		uint64_t now = deadline == PINION_WAIT_FOREVER ? 0 : pinion_now_ns();

		if (now >= deadline)
			return -ETIME;
		if (queue->reaping)
			sleep_beside(queue, deadline);
		else
			wait_in_kernel(queue, seq,
				       deadline == PINION_WAIT_FOREVER ? PINION_WAIT_FOREVER
								       : deadline - now);
		ret = look_up(queue, seq);
		if (ret <= 0)
			return ret;
	}
}

PINION_EXPORT int pinion_wait(const struct pinion_point *point, uint64_t timeout_ns,
			      struct pinion_error *err)
{
	struct pinion_queue *queue = point->queue;
	struct pinion_queue_fault fault;
	bool known;
	int ret;

	if (pinion_forked(queue->dev))
		return pinion_fail_forked(err);
	pthread_mutex_lock(&queue->lock);
	if (!point->seq || point->seq > queue->submitted) {
		pthread_mutex_unlock(&queue->lock);
		return pinion_fail_row(err, PINION_ERROR_NO_SUCH_JOB, "job %llu",
				       (unsigned long long)point->seq);
	}
	ret = wait_locked(queue, point->seq, timeout_ns);
	fault = queue->fault;
	known = queue->fault_seq == point->seq;
	if (ret == -ECANCELED && point->seq >= queue->loss.first)
		queue->loss.untold = false;
	pthread_mutex_unlock(&queue->lock);
	if (!ret || !err)
		return ret;
	switch (ret) {
	case -ETIME:
		return pinion_fail_row(err, PINION_ERROR_NOT_COMPLETE, "job %llu, after %llu ns",
				       (unsigned long long)point->seq,
				       (unsigned long long)timeout_ns);
	case -ESTALE:
		return pinion_fail_row(err, PINION_ERROR_RESULT_GONE, "job %llu",
				       (unsigned long long)point->seq);
	default:
		return pinion_fail_job(queue, point->seq, ret, known ? &fault : NULL, err);
	}
}

PINION_EXPORT uint64_t pinion_point_timestamp(const struct pinion_point *point)
{
	struct pinion_queue *queue = point->queue;
	const struct pinion_result *result;
	uint64_t timestamp;

	if (pinion_forked(queue->dev))
		return 0;
	pthread_mutex_lock(&queue->lock);
	queue->ops->reap(queue);
	result = pinion_result(queue, point->seq);
	timestamp = point->seq && result->seq == point->seq && result->done ? result->timestamp : 0;
	pthread_mutex_unlock(&queue->lock);
	return timestamp;
}
