// SPDX-License-Identifier: MIT
/*
 * Waiting. Of the threads that wait on a queue one sleeps in the kernel; the
 * others sleep on a condition until it is back. While it sleeps, results are
 * recorded by whoever holds the lock, but slots of the completion ring are not
 * given back: the ring stays non-empty and the sleeper is sure to wake.
 *
 * On a polled queue it does not sleep but looks, again and again. It lets the
 * kernel look once each time: in there it would hold the ring, and keep those who
 * submit from it.
 */
#include <time.h>
#include <xf86drm.h>

#include "internal.h"

#define NS_PER_S 1000000000ull

/* Errors of a job at which the card stops its queue. */
static bool is_fault(int res)
{
	return res == -EFAULT || res == -ENOEXEC || res == -EBADMSG || res == -ERANGE ||
	       res == -EIO;
}

static void keep_fault(struct pinion_queue *queue, uint64_t seq)
{
	struct pinion_queue_fault fault;

	if (drmIoctl(queue->fd, PINION_QUEUE_IOC_FAULT, &fault) || !fault.status)
		return;
	queue->fault = fault;
	queue->fault_seq = seq;
}

void pinion_record(struct pinion_queue *queue, uint64_t seq, int res, uint64_t timestamp)
{
	struct pinion_result *result = pinion_result(queue, seq);

	queue->completed++;
	result->res = res;
	result->timestamp = timestamp;
	result->done = true;
	if (is_fault(res))
		keep_fault(queue, seq);
}

static void reap_ring(struct pinion_queue *queue)
{
	struct io_uring_cq *cq = &queue->ring.cq;
	/* Pairs with the kernel's release of the tail: the entries are written. */
	unsigned int tail = io_uring_smp_load_acquire(cq->ktail);

	for (; queue->seen != tail; queue->seen++) {
		const struct io_uring_cqe *cqe = &cq->cqes[(queue->seen & *cq->kring_mask) << 1];

		if (cqe->user_data != PINION_CANCEL_MARK)
			pinion_record(queue, cqe->user_data, cqe->res, cqe->big_cqe[0]);
	}
	/* Pairs with the kernel's acquire of the head: the entries are read. */
	if (!queue->reaping && *cq->khead != tail)
		io_uring_smp_store_release(cq->khead, tail);
}

void pinion_reap(struct pinion_queue *queue)
{
	if (queue->user)
		pinion_user_reap(queue);
	else if (queue->barred)
		pinion_barred_reap(queue);
	else
		reap_ring(queue);
}

/* Have the kernel look for completions of a polled queue. */
static void look(struct pinion_queue *queue)
{
	io_uring_enter2(queue->ring.ring_fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, _NSIG / 8);
}

void pinion_look(struct pinion_queue *queue)
{
	if (queue->user) {
		pinion_user_look(queue);
		return;
	}
	if (queue->polled)
		look(queue);
	pinion_reap(queue);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* Until the completion ring is not empty or @ns are over. */
static void poll_in_kernel(struct pinion_queue *queue, uint64_t ns)
{
	uint64_t begin = ns == PINION_WAIT_FOREVER ? 0 : now_ns();

	do {
		look(queue);
	} while (!io_uring_cq_ready(&queue->ring) &&
		 (ns == PINION_WAIT_FOREVER || now_ns() - begin < ns));
}

static void sleep_in_kernel(struct pinion_queue *queue, uint64_t ns)
{
	struct __kernel_timespec ts = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
	struct io_uring_getevents_arg arg = {
		.sigmask_sz = _NSIG / 8,
		.ts = ns == PINION_WAIT_FOREVER ? 0 : (uintptr_t)&ts,
	};

	/* Whatever it returns (time, signal, completion), the caller looks again. */
	io_uring_enter2(queue->ring.ring_fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			(sigset_t *)&arg, sizeof(arg));
}

static void wait_in_kernel(struct pinion_queue *queue, uint64_t seq, uint64_t ns)
{
	uint64_t oldest = pinion_result(queue, queue->completed + 1)->number;

	queue->reaping = true;
	pthread_mutex_unlock(&queue->lock);
	if (queue->user)
		pinion_user_wait(queue, seq, ns);
	else if (queue->barred)
		pinion_barred_sleep(queue, oldest, ns);
	else if (queue->polled)
		poll_in_kernel(queue, ns);
	else
		sleep_in_kernel(queue, ns);
	pthread_mutex_lock(&queue->lock);
	queue->reaping = false;
	pinion_reap(queue);
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

/* The result of a job: 0 or negative errno, 1 if it is not complete. */
static int look_up(struct pinion_queue *queue, uint64_t seq)
{
	const struct pinion_result *result = pinion_result(queue, seq);

	if (queue->user && seq > queue->completed)
		return 1;
	if (result->seq == seq)
		return result->done ? result->res : 1;
	return seq > queue->forgotten_failure ? 0 : -ESTALE;
}

static int wait_locked(struct pinion_queue *queue, uint64_t seq, uint64_t timeout_ns)
{
	uint64_t deadline = PINION_WAIT_FOREVER;
	int ret;

	pinion_reap(queue);
	/* The ring of a queue of PINION_QUEUE_USER is looked at in any case below. */
	if (look_up(queue, seq) > 0 && (!timeout_ns || !queue->user))
		pinion_look(queue);
	ret = look_up(queue, seq);
	if (ret <= 0 || !timeout_ns)
		return ret <= 0 ? ret : -ETIME;
	if (timeout_ns != PINION_WAIT_FOREVER &&
	    __builtin_add_overflow(now_ns(), timeout_ns, &deadline))
		deadline = PINION_WAIT_FOREVER;
	for (;;) {
		uint64_t now = deadline == PINION_WAIT_FOREVER ? 0 : now_ns();

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
		return pinion_fail(err, -EINVAL, "no such job on this queue");
	}
	ret = wait_locked(queue, point->seq, timeout_ns);
	fault = queue->fault;
	known = queue->fault_seq == point->seq;
	pthread_mutex_unlock(&queue->lock);
	switch (ret) {
	case 0:
		return 0;
	case -ETIME:
		return pinion_fail(err, ret, "job %llu is not complete after %llu ns",
				   (unsigned long long)point->seq, (unsigned long long)timeout_ns);
	case -ESTALE:
		return pinion_fail(err, ret, "the result of job %llu is no longer kept",
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
	pinion_reap(queue);
	result = pinion_result(queue, point->seq);
	timestamp = point->seq && result->seq == point->seq && result->done ? result->timestamp : 0;
	pthread_mutex_unlock(&queue->lock);
	return timestamp;
}
