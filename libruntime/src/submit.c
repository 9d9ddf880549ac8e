// SPDX-License-Identifier: MIT
/*
 * The way of a job into the kernel: one SQE, one system call, no allocation.
 */
#include <string.h>

#include "internal.h"

void pinion_sqe_fill(struct io_uring_sqe *sqe, int fd, const struct pinion_cmdbuf *cb)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = PINION_URING_EXEC;
	if (cb->head) {
		sqe->addr = cb->buf->range.start;
		sqe->len = cb->head;
	}
}

static int fail_submit(const struct pinion_queue *queue, int code, struct pinion_error *err)
{
	switch (code) {
	case -EAGAIN:
		return pinion_fail(err, code,
				   "the queue is full: %u jobs are in flight, wait for one",
				   queue->entries);
	case -ESHUTDOWN:
		return pinion_fail(
			err, code,
			"the queue was stopped by a fault: pinion_queue_reset() starts it again");
	case -ENODEV:
		return pinion_fail(err, code, "the card is gone");
	default:
		return pinion_fail(err, code, "the job was not accepted: %s", strerror(-code));
	}
}

/* Errors that the driver gives for a job without having queued it. */
static bool refused(int res)
{
	return res == -EAGAIN || res == -ESHUTDOWN || res == -ENODEV || res == -EINVAL ||
	       res == -EOPNOTSUPP;
}

static bool full(const struct pinion_queue *queue)
{
	unsigned int unread = queue->submitted - queue->completed + queue->seen -
			      *queue->ring.cq.khead;

	return queue->submitted - queue->completed >= queue->entries ||
	       unread >= queue->ring.cq.ring_entries;
}

/* One SQE. If the kernel does not take it, take it back. */
static int enter(struct pinion_queue *queue, const struct pinion_cmdbuf *cb, uint64_t seq)
{
	struct io_uring *ring = &queue->ring;
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int ret;

	if (!sqe)
		return -EAGAIN;
	pinion_sqe_fill(sqe, 0, cb);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->user_data = seq;
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

/*
 * The slot of a new job. Completions are posted for the threads that submitted,
 * so one may be late while newer jobs come and go: its slot is not taken away.
 */
static int claim_result(struct pinion_queue *queue, uint64_t seq)
{
	struct pinion_result *result = pinion_result(queue, seq);

	if (result->seq && result->seq <= queue->submitted && !result->done)
		return -EAGAIN;
	if (result->seq && result->res < 0)
		queue->forgotten_failure = result->seq;
	*result = (struct pinion_result){ .seq = seq };
	return 0;
}

static int submit(struct pinion_queue *queue, const struct pinion_cmdbuf *cb, uint64_t *out)
{
	uint64_t seq = queue->submitted + 1;
	struct pinion_result *result;
	int ret;

	if (full(queue))
		pinion_reap(queue);
	if (full(queue))
		return -EAGAIN;
	ret = claim_result(queue, seq);
	if (!ret)
		ret = enter(queue, cb, seq);
	if (ret)
		return ret;
	queue->submitted = seq;
	pinion_reap(queue);
	result = pinion_result(queue, seq);
	if (result->done && refused(result->res))
		return result->res;
	*out = seq;
	return 0;
}

PINION_EXPORT int pinion_submit(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
				struct pinion_point *point, struct pinion_error *err)
{
	uint64_t seq = 0;
	int ret = pinion_cmdbuf_check(cb, queue, err);

	if (ret)
		return ret;
	pthread_mutex_lock(&queue->lock);
	ret = submit(queue, cb, &seq);
	pthread_mutex_unlock(&queue->lock);
	if (ret)
		return fail_submit(queue, ret, err);
	cb->submitted = true;
	if (point)
		*point = (struct pinion_point){ .queue = queue, .seq = seq };
	return 0;
}

PINION_EXPORT int pinion_prep_submit(struct io_uring_sqe *sqe, struct pinion_queue *queue,
				     struct pinion_cmdbuf *cb)
{
	int ret = pinion_cmdbuf_check(cb, queue, NULL);

	if (ret)
		return ret;
	pinion_sqe_fill(sqe, queue->fd, cb);
	cb->submitted = true;
	return 0;
}
