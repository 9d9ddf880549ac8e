// SPDX-License-Identifier: MIT
/*
 * What the two ways of submission through the kernel share: io_uring (ring.c) and ioctls
 * (barred.c). Both submit under the queue's lock.
 */
#include <xf86drm.h>

#include "internal.h"

/* Errors that the driver gives for a job without having queued it. */
static bool is_refused(int res)
{
	return res == -EAGAIN || res == -ESHUTDOWN || res == -ENODEV || res == -EINVAL ||
	       res == -ENOENT || res == -EOPNOTSUPP || res == -EDQUOT;
}

/*
 * Take the result slot of a new job. The kernel posts a completion to the thread that
 * submitted the job, so an old job's may be late while newer jobs come and go: the slot of
 * a job without a result is not taken away.
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

static int submit(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *out)
{
	const struct pinion_queue_ops *ops = queue->ops;
	uint64_t seq = queue->submitted + 1;
	struct pinion_result *result;
	int ret;

	if (ops->is_full(queue))
		ops->look(queue);
	if (ops->is_full(queue))
		return -EAGAIN;
	ret = claim_result(queue, seq);
	if (!ret)
		ret = ops->enter(queue, job, seq);
	if (ret)
		return ret;
	queue->submitted = seq;
	ops->reap(queue);
	result = pinion_result(queue, seq);
	if (result->done && is_refused(result->res))
		return result->res;
	*out = seq;
	return 0;
}

int pinion_locked_submit(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *seq)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	ret = submit(queue, job, seq);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

bool pinion_locked_submit_plain(struct pinion_queue *queue, struct pinion_cmdbuf *cb)
{
	(void)queue;
	(void)cb;
	return false;
}

int pinion_locked_reset(struct pinion_queue *queue)
{
	return drmIoctl(queue->fd, PINION_QUEUE_IOC_RESET, NULL) ? -errno : 0;
}
