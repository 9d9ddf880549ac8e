// SPDX-License-Identifier: MIT
/*
 * Submitting jobs: the checks and options that all ways of submission have in common, and
 * SQEs for an io_uring of the caller's own.
 */
#include <string.h>

#include "internal.h"

static int fail_submit(const struct pinion_queue *queue, int code, struct pinion_error *err)
{
	const char *trouble;

	switch (code) {
	case -EAGAIN:
		return pinion_fail(err, code,
				   "the queue is full: its %u entries are in flight, wait for a job",
				   queue->entries);
	case -ESHUTDOWN:
		trouble = pinion_trouble(queue->dev);
		if (trouble)
			return pinion_fail(err, code, "the queue was stopped; %s", trouble);
		return pinion_fail(err, code,
				   "the queue was stopped by a fault: pinion_queue_reset() starts it again");
	case -ENOTRECOVERABLE:
		return pinion_fail_row(err, PINION_ERROR_JOBS_LOST, "jobs %llu to %llu",
				       (unsigned long long)queue->loss.first,
				       (unsigned long long)queue->loss.last);
	case -EDQUOT:
		return pinion_fail_quota(queue->dev, "the job was not accepted", err);
	default:
		return pinion_fail(err, code, "the job was not accepted: %s",
				   pinion_why(queue->dev, code));
	}
}

static int submit_checked(struct pinion_queue *queue, const struct pinion_job *job,
			  struct pinion_point *point, struct pinion_error *err)
{
	unsigned int i;
	uint64_t seq = 0;
	int ret = 0;

	for (i = 0; i < job->count && !ret; i++)
		ret = pinion_cmdbuf_check(job->cbs[i], queue, err);
	if (ret)
		return ret;
	ret = queue->ops->submit(queue, job, &seq);
	if (ret)
		return fail_submit(queue, ret, err);
	for (i = 0; i < job->count; i++)
		job->cbs[i]->submitted = true;
	if (point)
		*point = (struct pinion_point){ .queue = queue, .seq = seq };
	return 0;
}

PINION_EXPORT int pinion_submit(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
				struct pinion_point *point, struct pinion_error *err)
{
	const struct pinion_job job = { .cbs = &cb, .count = 1 };

	if (queue->ops->submit_plain(queue, cb)) {
		if (point)
			*point = (struct pinion_point){ .queue = queue, .seq = queue->submitted };
		return 0;
	}
	return submit_checked(queue, &job, point, err);
}

static int copy_options(struct pinion_submit_options *to, const struct pinion_submit_options *from,
			uint32_t flags, struct pinion_error *err)
{
	int ret = pinion_copy_options(to, sizeof(*to), from, err);

	if (ret)
		return ret;
	if (to->flags & ~flags || !pinion_all_zero(to->reserved, sizeof(to->reserved)))
		return pinion_fail(err, -EINVAL,
				   "unknown flags or reserved options that are not zero");
	return 0;
}

PINION_EXPORT int pinion_submit_vector(struct pinion_queue *queue, struct pinion_cmdbuf *const *cbs,
				       unsigned int count,
				       const struct pinion_submit_options *options,
				       struct pinion_point *point, struct pinion_error *err)
{
	struct pinion_submit_options known;
	struct pinion_uring_exec128 points;
	const struct pinion_job job = { .cbs = cbs, .count = count, .points = &points };
	int ret = copy_options(&known, options, 0, err);

	if (!ret && (!count || count > PINION_SUBMIT_BUFFERS))
		ret = pinion_fail(err, -EINVAL, "%u command buffers: 1 to %u go", count,
				  PINION_SUBMIT_BUFFERS);
	if (!ret && !queue->ops->by_kernel && known.deadline_ns)
		ret = pinion_fail(err, -EOPNOTSUPP,
				  "a queue of PINION_QUEUE_USER has one bound for all jobs: job_ms of its options");
	if (!ret)
		ret = pinion_fill_points(&points, queue, &known, err);
	return ret ? ret : submit_checked(queue, &job, point, err);
}

PINION_EXPORT int pinion_submit_sync(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
				     const struct pinion_submit_options *options,
				     struct pinion_point *point, struct pinion_error *err)
{
	return pinion_submit_vector(queue, &cb, 1, options, point, err);
}

PINION_EXPORT int pinion_prep_submit(struct io_uring_sqe *sqe, struct pinion_queue *queue,
				     struct pinion_cmdbuf *cb)
{
	int ret = pinion_cmdbuf_check(cb, queue, NULL);

	if (!ret && !queue->ops->by_kernel)
		ret = -EOPNOTSUPP;
	if (ret)
		return ret;
	pinion_sqe_fill(sqe, queue->fd, cb);
	cb->submitted = true;
	return 0;
}

/* Refuse options that do not fit into 64 bytes unless the caller has an SQE of 128 bytes. */
static int prep_options(struct pinion_uring_exec128 *points, const struct pinion_queue *queue,
			const struct pinion_submit_options *options)
{
	struct pinion_submit_options known;
	int ret = copy_options(&known, options, PINION_SUBMIT_SQE128, NULL);

	if (!ret)
		ret = pinion_fill_points(points, queue, &known, NULL);
	if (!ret && points->exec.flags & PINION_EXEC_SQE128 &&
	    !(known.flags & PINION_SUBMIT_SQE128))
		ret = -EINVAL;
	return ret;
}

static void prep_points(struct io_uring_sqe *sqe, const struct pinion_uring_exec128 *points)
{
	memcpy(sqe->cmd, points,
	       points->exec.flags & PINION_EXEC_SQE128 ? sizeof(*points) : sizeof(points->exec));
}

PINION_EXPORT int pinion_prep_submit_sync(struct io_uring_sqe *sqe, struct pinion_queue *queue,
					  struct pinion_cmdbuf *cb,
					  const struct pinion_submit_options *options)
{
	struct pinion_uring_exec128 points;
	int ret = prep_options(&points, queue, options);

	if (!ret)
		ret = pinion_prep_submit(sqe, queue, cb);
	if (!ret)
		prep_points(sqe, &points);
	return ret;
}

PINION_EXPORT int pinion_prep_submit_vector(struct io_uring_sqe *sqe, struct pinion_queue *queue,
					    struct pinion_cmdbuf *const *cbs, unsigned int count,
					    const struct pinion_submit_options *options,
					    struct pinion_submit_entry *entries)
{
	const struct pinion_job job = { .cbs = cbs, .count = count };
	struct pinion_uring_exec128 points;
	unsigned int i;
	int ret = prep_options(&points, queue, options);

	if (!ret && (!count || count > PINION_SUBMIT_BUFFERS))
		ret = -EINVAL;
	if (!ret && !queue->ops->by_kernel)
		ret = -EOPNOTSUPP;
	for (i = 0; !ret && i < count; i++)
		ret = pinion_cmdbuf_check(cbs[i], queue, NULL);
	if (ret)
		return ret;
	pinion_sqe_fill(sqe, queue->fd, cbs[0]);
	prep_points(sqe, &points);
	pinion_sqe_fill_vector(sqe, &job, (struct pinion_exec_buffer *)entries);
	for (i = 0; i < count; i++)
		cbs[i]->submitted = true;
	return 0;
}
