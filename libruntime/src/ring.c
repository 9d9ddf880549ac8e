// SPDX-License-Identifier: MIT
/*
 * Submission through an io_uring of the queue's own: a job is one SQE and one system call,
 * and its result is a CQE. No allocation.
 *
 * On a polled queue nothing interrupts: the kernel finds a completion when it is asked to
 * look. A waiting thread asks for one look with each system call, because inside that call
 * it holds the ring and keeps other threads from submitting.
 */
#include <string.h>

#include "internal.h"

#define SUBMISSION_SLOTS      4u /* one SQE at a time is submitted */
#define COMPLETIONS_PER_ENTRY 2u
#define CANCEL_MARK	      UINT64_MAX /* user_data of a cancellation; no job's number */

static void close_ring(struct pinion_queue *queue)
{
	io_uring_queue_exit(&queue->ring);
}

/* Submit the SQE that was filled in last; take it back if the kernel does not take it. */
static int push(struct pinion_queue *queue)
{
	struct io_uring *ring = &queue->ring;
	int ret;

	do {
		ret = io_uring_submit(ring);
	} while (ret == -EINTR);
	if (ret == 1)
		return 0;
	ring->sq.sqe_tail--;
	ring->sq.sqe_head = ring->sq.sqe_tail;
	io_uring_smp_store_release(ring->sq.ktail, ring->sq.sqe_tail);
	return ret < 0 ? ret : -EAGAIN;
}

static bool is_ring_full(const struct pinion_queue *queue)
{
	uint64_t in_flight = queue->submitted - queue->completed;

	if (in_flight >= queue->entries)
		return true;
	/* CQEs that are recorded but not given back; both indexes wrap at 2^32. */
	return in_flight + (queue->seen - *queue->ring.cq.khead) >= queue->ring.cq.ring_entries;
}

static int enter_ring(struct pinion_queue *queue, const struct pinion_job *job, uint64_t seq)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);

	if (!sqe)
		return -EAGAIN;
	pinion_sqe_fill(sqe, 0, job->cbs[0]);
	if (job->points)
		memcpy(sqe->cmd, job->points, sizeof(*job->points));
	if (job->count > 1)
		pinion_sqe_fill_vector(sqe, job, buffers);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->user_data = seq;
	return push(queue);
}

static void reap_ring(struct pinion_queue *queue)
{
	struct io_uring_cq *cq = &queue->ring.cq;
	/* Pairs with the kernel's release of the tail: the entries are written. */
	unsigned int tail = io_uring_smp_load_acquire(cq->ktail);

	for (; queue->seen != tail; queue->seen++) {
		const struct io_uring_cqe *cqe = &cq->cqes[(queue->seen & *cq->kring_mask) << 1];

		if (cqe->user_data != CANCEL_MARK)
			pinion_record(queue, cqe->user_data, cqe->res, cqe->big_cqe[0]);
	}
	/* Pairs with the kernel's acquire of the head: the entries are read. */
	if (!queue->reaping && *cq->khead != tail)
		io_uring_smp_store_release(cq->khead, tail);
}

/* Have the kernel look for completions of a polled queue. */
static void look_in_kernel(struct pinion_queue *queue)
{
	io_uring_enter2(queue->ring.ring_fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, _NSIG / 8);
}

static void look_polled(struct pinion_queue *queue)
{
	look_in_kernel(queue);
	reap_ring(queue);
}

/* Until the completion ring is not empty or @ns are over. */
static void sleep_polled(struct pinion_queue *queue, uint64_t seq, uint64_t number, uint64_t ns)
{
	uint64_t begin = ns == PINION_WAIT_FOREVER ? 0 : pinion_now_ns();

	(void)seq;
	(void)number;
	do {
		look_in_kernel(queue);
	} while (!io_uring_cq_ready(&queue->ring) &&
		 (ns == PINION_WAIT_FOREVER || pinion_now_ns() - begin < ns));
}

static void sleep_ring(struct pinion_queue *queue, uint64_t seq, uint64_t number, uint64_t ns)
{
	struct __kernel_timespec ts = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
	struct io_uring_getevents_arg arg = {
		.sigmask_sz = _NSIG / 8,
		.ts = ns == PINION_WAIT_FOREVER ? 0 : (uintptr_t)&ts,
	};

	(void)seq;
	(void)number;
	/* Whatever it returns (time, signal, completion), the caller looks again. */
	io_uring_enter2(queue->ring.ring_fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			(sigset_t *)&arg, sizeof(arg));
}

/* The cancellation's own completion comes only if it fails; reap_ring() passes over it. */
static int cancel_by_ring(struct pinion_queue *queue, const struct pinion_result *result)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);

	if (!sqe)
		return -EAGAIN;
	memset(sqe, 0, 2 * sizeof(*sqe));
	pinion_sqe_fill_cancel(sqe, 0, result->seq);
	sqe->flags = IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = CANCEL_MARK;
	return push(queue);
}

static const struct pinion_queue_ops ring_ops = {
	.by_kernel = true,
	.close = close_ring,
	.submit_plain = pinion_locked_submit_plain,
	.submit = pinion_locked_submit,
	.is_full = is_ring_full,
	.enter = enter_ring,
	.reap = reap_ring,
	.look = reap_ring,
	.sleep = sleep_ring,
	.cancel = cancel_by_ring,
	.reset = pinion_locked_reset,
};

static const struct pinion_queue_ops polled_ops = {
	.by_kernel = true,
	.close = close_ring,
	.submit_plain = pinion_locked_submit_plain,
	.submit = pinion_locked_submit,
	.is_full = is_ring_full,
	.enter = enter_ring,
	.reap = reap_ring,
	.look = look_polled,
	.sleep = sleep_polled,
	.cancel = cancel_by_ring,
	.reset = pinion_locked_reset,
};

int pinion_ring_open(struct pinion_queue *queue, bool polled)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQE32 | IORING_SETUP_SQE128 | IORING_SETUP_SUBMIT_ALL |
			 IORING_SETUP_CQSIZE,
		.cq_entries = queue->entries * COMPLETIONS_PER_ENTRY,
	};
	int ret;

	if (polled)
		params.flags |= IORING_SETUP_IOPOLL;
	if (params.cq_entries < SUBMISSION_SLOTS)
		params.cq_entries = SUBMISSION_SLOTS;
	ret = io_uring_queue_init_params(SUBMISSION_SLOTS, &queue->ring, &params);
	if (ret)
		return ret;
	if (!(params.features & IORING_FEAT_EXT_ARG)) {
		io_uring_queue_exit(&queue->ring);
		return -ENOSYS;
	}
	queue->ops = polled ? &polled_ops : &ring_ops;
	return 0;
}
