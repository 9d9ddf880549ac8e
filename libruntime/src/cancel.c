// SPDX-License-Identifier: MIT
/* Cancelling jobs. */
#include <string.h>

#include "internal.h"

PINION_EXPORT void pinion_prep_cancel(struct io_uring_sqe *sqe, const struct pinion_queue *queue,
				      uint64_t user_data)
{
	pinion_sqe_fill_cancel(sqe, queue->fd, user_data);
}

static int cancel(struct pinion_queue *queue, uint64_t seq)
{
	const struct pinion_result *result = pinion_result(queue, seq);

	if (!seq || seq > queue->submitted)
		return -EINVAL;
	queue->ops->look(queue);
	if (result->seq != seq || result->done)
		return -ENOENT;
	return queue->ops->cancel(queue, result);
}

PINION_EXPORT int pinion_cancel(const struct pinion_point *point, struct pinion_error *err)
{
	struct pinion_queue *queue = point->queue;
	int ret;

	if (pinion_forked(queue->dev))
		return pinion_fail_forked(err);
	if (!(queue->dev->info.caps & PINION_CAP_ABORT))
		return pinion_fail(err, -EOPNOTSUPP, "this card cannot end a single job");
	if (!queue->ops->by_kernel)
		return pinion_fail(err, -EOPNOTSUPP,
				   "jobs of a queue of PINION_QUEUE_USER cannot be cancelled");
	pthread_mutex_lock(&queue->lock);
	ret = cancel(queue, point->seq);
	pthread_mutex_unlock(&queue->lock);
	if (ret == -EINVAL)
		return pinion_fail_row(err, PINION_ERROR_NO_SUCH_JOB, "job %llu",
				       (unsigned long long)point->seq);
	if (ret == -ENOENT)
		return pinion_fail(err, ret, "job %llu is complete",
				   (unsigned long long)point->seq);
	return ret ? pinion_fail(err, ret, "cancelling: %s", pinion_why(queue->dev, ret)) : 0;
}
