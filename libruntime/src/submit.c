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
				   "the queue is full: its %u entries are in flight, wait for a job",
				   queue->entries);
	case -ESHUTDOWN:
		return pinion_fail(err, code,
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
	       res == -ENOENT || res == -EOPNOTSUPP;
}

static bool full(const struct pinion_queue *queue)
{
	uint64_t in_flight = queue->submitted - queue->completed;

	if (in_flight >= queue->entries || queue->barred)
		return in_flight >= queue->entries;
	/* Both go round at 2^32. */
	return in_flight + (queue->seen - *queue->ring.cq.khead) >= queue->ring.cq.ring_entries;
}

_Static_assert(sizeof(struct pinion_submit_entry) == sizeof(struct pinion_exec_buffer),
	       "room for an entry");

void pinion_fill_buffers(struct pinion_exec_buffer *buffers, const struct pinion_job *job)
{
	unsigned int i;

	for (i = 0; i < job->count; i++) {
		const struct pinion_cmdbuf *cb = job->cbs[i];

		buffers[i] = (struct pinion_exec_buffer){
			.va = cb->head ? cb->buf->range.start : 0,
			.bytes = cb->head,
		};
	}
}

/* The kernel reads @buffers when it takes the SQE. */
static void fill_vector(struct io_uring_sqe *sqe, const struct pinion_job *job,
			struct pinion_exec_buffer *buffers)
{
	struct pinion_uring_exec *exec = (void *)sqe->cmd;

	pinion_fill_buffers(buffers, job);
	exec->flags |= PINION_EXEC_VECTOR;
	sqe->addr = (uintptr_t)buffers;
	sqe->len = job->count;
}

int pinion_push(struct pinion_queue *queue)
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

static int enter(struct pinion_queue *queue, const struct pinion_job *job, uint64_t seq)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);

	if (!sqe)
		return -EAGAIN;
	pinion_sqe_fill(sqe, 0, job->cbs[0]);
	if (job->points)
		memcpy(sqe->cmd, job->points, sizeof(*job->points));
	if (job->count > 1)
		fill_vector(sqe, job, buffers);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->user_data = seq;
	return pinion_push(queue);
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

static int submit(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *out)
{
	uint64_t seq = queue->submitted + 1;
	struct pinion_result *result;
	int ret;

	if (full(queue))
		pinion_look(queue);
	if (full(queue))
		return -EAGAIN;
	ret = claim_result(queue, seq);
	if (!ret)
		ret = queue->barred
			      ? pinion_barred_submit(queue, job, &pinion_result(queue, seq)->number)
			      : enter(queue, job, seq);
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
	if (queue->user) {
		ret = pinion_user_submit(queue, job);
		seq = queue->submitted;
	} else {
		pthread_mutex_lock(&queue->lock);
		ret = submit(queue, job, &seq);
		pthread_mutex_unlock(&queue->lock);
	}
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

	if (queue->user && pinion_user_submit_plain(queue, cb)) {
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
	if (!ret && queue->user && known.deadline_ns)
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

	if (!ret && queue->user)
		ret = -EOPNOTSUPP;
	if (ret)
		return ret;
	pinion_sqe_fill(sqe, queue->fd, cb);
	cb->submitted = true;
	return 0;
}

/* An SQE of 64 bytes has no room for more than one wait. */
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
	if (!ret && queue->user)
		ret = -EOPNOTSUPP;
	for (i = 0; !ret && i < count; i++)
		ret = pinion_cmdbuf_check(cbs[i], queue, NULL);
	if (ret)
		return ret;
	pinion_sqe_fill(sqe, queue->fd, cbs[0]);
	prep_points(sqe, &points);
	fill_vector(sqe, &job, (struct pinion_exec_buffer *)entries);
	for (i = 0; i < count; i++)
		cbs[i]->submitted = true;
	return 0;
}
