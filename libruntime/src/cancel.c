// SPDX-License-Identifier: MIT
/* Ending a job before it is done. */
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

static void fill(struct io_uring_sqe *sqe, int fd, uint64_t user_data)
{
	struct pinion_uring_cancel *args = (void *)sqe->cmd;

	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = PINION_URING_CANCEL;
	args->user_data = user_data;
}

PINION_EXPORT void pinion_prep_cancel(struct io_uring_sqe *sqe, const struct pinion_queue *queue,
				      uint64_t user_data)
{
	memset(sqe, 0, sizeof(*sqe));
	fill(sqe, queue->fd, user_data);
}

/* Its own completion comes only if it fails, and is left out by pinion_reap(). */
static int cancel_by_ring(struct pinion_queue *queue, uint64_t seq)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);

	if (!sqe)
		return -EAGAIN;
	memset(sqe, 0, 2 * sizeof(*sqe));
	fill(sqe, 0, seq);
	sqe->flags = IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = PINION_CANCEL_MARK;
	return pinion_push(queue);
}

static int cancel_by_ioctl(struct pinion_queue *queue, uint64_t number)
{
	return ioctl(queue->fd, PINION_QUEUE_IOC_CANCEL, &number) ? -errno : 0;
}

static int cancel(struct pinion_queue *queue, uint64_t seq)
{
	const struct pinion_result *result = pinion_result(queue, seq);

	if (!seq || seq > queue->submitted)
		return -EINVAL;
	pinion_look(queue);
	if (result->seq != seq || result->done)
		return -ENOENT;
	return queue->barred ? cancel_by_ioctl(queue, result->number) : cancel_by_ring(queue, seq);
}

PINION_EXPORT int pinion_cancel(const struct pinion_point *point, struct pinion_error *err)
{
	struct pinion_queue *queue = point->queue;
	int ret;

	if (pinion_forked(queue->dev))
		return pinion_fail_forked(err);
	if (!(queue->dev->info.caps & PINION_CAP_ABORT))
		return pinion_fail(err, -EOPNOTSUPP, "this card cannot end a single job");
	if (queue->user)
		return pinion_fail(err, -EOPNOTSUPP,
				   "jobs of a queue of PINION_QUEUE_USER cannot be cancelled");
	pthread_mutex_lock(&queue->lock);
	ret = cancel(queue, point->seq);
	pthread_mutex_unlock(&queue->lock);
	if (ret == -EINVAL)
		return pinion_fail(err, ret, "no such job on this queue");
	if (ret == -ENOENT)
		return pinion_fail(err, ret, "job %llu is complete",
				   (unsigned long long)point->seq);
	return ret ? pinion_fail(err, ret, "cancelling: %s", strerror(-ret)) : 0;
}
