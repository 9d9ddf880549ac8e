// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: descriptors are written into a queue's descriptor ring, and completion records are taken
 * from its completion ring.
 */
#include <linux/dma-fence.h>
#include <linux/io.h>
#include <linux/io_uring/cmd.h>
#include <linux/overflow.h>
#include <linux/poll.h>
#include <linux/workqueue.h>

#include "pinion_accel.h"
#include "pinion_cancel.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_job_fence.h"
#include "pinion_moderation.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_ring.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_trace.h"
#include "pinion_uring_done.h"
#include "pinion_user.h"

/* A job that raises a timeline counts as so many jobs of a batch. */
#define EXEC_RAISE 4

static bool exec_in_flight(const struct pinion_hw_queue *q)
{
	return q->submitted != q->completed;
}

/*
 * Post the results of completed commands. Once no job is in flight, no waiter can be waiting for
 * more results: only then may the commands of one ring share a task work.
 */
static void exec_post(struct pinion_hw_queue *q)
{
	pinion_uring_post(&q->done, !exec_in_flight(q));
}

/*
 * End the job's use of timelines and its deadline, and raise its point and its fence: the card does
 * so only if the job succeeded, and knows no fence.
 */
static void exec_settle(struct pinion_hw_queue *q, struct pinion_job_slot *job)
{
	job->settles = false;
	pinion_cancel_disarm(q, job);
	while (job->nwaits)
		pinion_timeline_unuse(job->wait[--job->nwaits]);
	if (job->signal.map) {
		pinion_timeline_keep(job->signal.map->tl, &job->promise);
		pinion_timeline_unuse(job->signal.map);
		q->batch -= EXEC_RAISE - 1;
	}
	job->signal.map = NULL;
	if (job->fence) {
		pinion_job_fence_end(job->fence, job->res);
		q->batch -= EXEC_RAISE - 1;
	}
	job->fence = NULL;
}

/*
 * Complete the oldest job: its command or its waiter gets the result, and accesses no memory of
 * the queue from then on. exec_post() posts the results of commands.
 */
static void exec_complete(struct pinion_hw_queue *q, int res, u64 start, u64 end)
{
	struct pinion_job_slot *job = &q->jobs[pinion_ring_slot(q->completed++, q->entries)];
	struct io_uring_cmd *cmd = job->cmd;
	struct pinion_waiter *waiter = job->waiter;

	lockdep_assert_held(&q->lock);
	if (unlikely(job->cancel)) {
		res = job->cancel;
		pinion_cancel_clear_abort(q);
	}
	trace_pinion_complete(q, res, start, end);
	job->res = res;
	if (unlikely(job->settles))
		exec_settle(q, job);
	q->batch--;
	q->freed = job->tail;
	job->end = end;
	if (unlikely(res))
		q->failed = q->completed;
	job->cmd = NULL;
	job->waiter = NULL;
	if (cmd && q->mode == PINION_QUEUE_POLLED)
		pinion_uring_mark(cmd, res, end, q->poller);
	else if (cmd)
		pinion_uring_complete(&q->done, cmd, res, end);
	if (waiter) {
		waiter->res = res;
		complete(&waiter->done);
	}
}

/* Whether jobs are in flight that the card will not run. */
static bool exec_must_fail(const struct pinion_hw_queue *q)
{
	return exec_in_flight(q) &&
	       (q->state == PINION_QUEUE_STOPPED || q->state == PINION_QUEUE_DEAD);
}

/* Fail as many jobs as fit into the batch, and leave the others to a work item. */
static void exec_fail(struct pinion_hw_queue *q)
{
	while (exec_in_flight(q) && q->batch > 0)
		exec_complete(q, -ECANCELED, 0, 0);
	exec_post(q);
	wake_up_poll(&q->wait, EPOLLERR | EPOLLOUT);
	if (exec_in_flight(q))
		queue_work(pinion_signal_wq, &q->rest);
}

static void exec_stop(struct pinion_hw_queue *q, enum pinion_queue_state state)
{
	lockdep_assert_held(&q->lock);
	q->state = state;
	if (q->user)
		pinion_user_stopped_locked(q);
	exec_fail(q);
	/* Take no record after this one. */
	q->batch = 0;
}

/* The card broke the contract: stop this queue, and no other. */
static void exec_broken(struct pinion_hw_queue *q, const char *what)
{
	pinion_report_ratelimited(q->pdev, PINION_ERROR_BAD_RECORD, "queue %u, record with %s",
				  q->id, what);
	pinion_fault_forge(q, PINION_STATUS_BAD_RING);
	pinion_health_count(q->pdev, PINION_COUNT_RECORDS_REFUSED);
	pinion_fault_blame(q, PINION_ERROR_BAD_RECORD, q->fault.seq);
	exec_stop(q, PINION_QUEUE_STOPPED);
}

static bool exec_is_cancelled(struct pinion_hw_queue *q)
{
	return q->jobs[pinion_ring_slot(q->completed, q->entries)].cancel;
}

/* What in a completion record contradicts the contract, or NULL. Inline: each completion asks. */
static __always_inline const char *exec_lie(struct pinion_hw_queue *q, const struct pinion_cqe *rec)
{
	if (!exec_in_flight(q))
		return "no job in flight";
	if (rec->cookie != q->completed + 1)
		return "the wrong cookie";
	if (!pinion_ring_has_head(rec->sq_head, q->freed, q->tail))
		return "a head outside the ring";
	if (rec->status & PINION_CQE_RESERVED)
		return "reserved status bits set";
	if ((rec->status & PINION_CQE_STATUS) == PINION_STATUS_ABORTED && !exec_is_cancelled(q))
		return "a job aborted that nobody cancelled";
	return NULL;
}

static void exec_take(struct pinion_hw_queue *q, const struct pinion_cqe *rec)
{
	u32 status = rec->status & PINION_CQE_STATUS;
	const char *lie = exec_lie(q, rec);
	u64 left;

	/* A job that ended before it began ran for longer than any queue has left, as well. */
	if (!lie && unlikely(check_sub_overflow(q->time_left, rec->end - rec->start, &left)))
		lie = "an impossible time";
	if (lie) {
		exec_broken(q, lie);
		return;
	}
	q->time_left = left;
	q->cq_head++;
	if (!status || status == PINION_STATUS_ABORTED) {
		exec_complete(q, 0, rec->start, rec->end);
		return;
	}
	pinion_fault_read(q, status);
	exec_complete(q, pinion_fault_errno(status), rec->start, rec->end);
	exec_stop(q, PINION_QUEUE_STOPPED);
}

/**
 * pinion_exec_moderate() - tell the card how many completions share an interrupt
 * @q: queue; the caller holds pinion_hw_queue.lock
 *
 * Nothing happens unless the queue runs: the doorbell page of a stopped queue may be unmapped.
 */
void pinion_exec_moderate(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (pinion_queue_runs(q) && q->pdev->info.caps & PINION_CAP_MODERATION)
		writel(q->moderation.value, q->doorbell + PINION_DOORBELL_MODERATION);
}

/* Complete q->batch jobs, > 0, whose records have arrived. Return: whether a record was there. */
static bool exec_reap_locked(struct pinion_hw_queue *q)
{
	u32 n, head = q->cq_head;
	struct pinion_cqe rec;

	if (!pinion_queue_runs(q))
		return false;
	do {
		if (!pinion_ring_read_record(q->cq, q->cq_head, q->entries, &rec))
			break;
		exec_take(q, &rec);
	} while (q->batch > 0);
	n = q->cq_head - head;
	if (!n)
		return q->batch <= 0; /* a record that broke the contract */
	exec_post(q);
	pinion_cancel_abort_oldest(q);
	if (pinion_moderation_learn(&q->moderation, n, exec_in_flight(q), rec.end))
		pinion_exec_moderate(q);
	/* poll() joins the waiters before it reads the queue's state under pinion_hw_queue.lock. */
	if (waitqueue_active(&q->wait))
		wake_up_poll(&q->wait, EPOLLOUT);
	return true;
}

static bool exec_reap_batch(struct pinion_hw_queue *q)
{
	q->batch = PINION_EXEC_BATCH;
	return exec_reap_locked(q);
}

/* Whether the batch was full and another record has arrived. */
static bool exec_is_behind(struct pinion_hw_queue *q)
{
	return q->batch <= 0 && pinion_queue_runs(q) && pinion_exec_has_news(q);
}

/* Complete a batch of jobs. Return: whether another batch can follow. */
static bool exec_run_batch(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (exec_must_fail(q)) {
		q->batch = PINION_EXEC_BATCH;
		exec_fail(q);
	} else {
		exec_reap_batch(q);
	}
	return exec_must_fail(q) || exec_is_behind(q);
}

/**
 * pinion_exec_drain() - complete all jobs whose records have arrived, and those of a stopped queue
 * @q: queue that is no PINION_QUEUE_USER queue; the caller may sleep
 */
void pinion_exec_drain(struct pinion_hw_queue *q)
{
	bool more;

	do {
		spin_lock_irq(&q->lock);
		more = exec_run_batch(q);
		spin_unlock_irq(&q->lock);
		cond_resched();
	} while (more);
}

/* Complete a batch. The work is queued anew for the next, so that other work gets a turn. */
static void exec_rest(struct work_struct *work)
{
	struct pinion_hw_queue *q = container_of(work, struct pinion_hw_queue, rest);
	bool cookie = dma_fence_begin_signalling();

	spin_lock_irq(&q->lock);
	if (exec_run_batch(q))
		queue_work(pinion_signal_wq, work);
	spin_unlock_irq(&q->lock);
	dma_fence_end_signalling(cookie);
}

/**
 * pinion_exec_begin() - set up the work item that completes what an interrupt leaves
 * @q: new queue; pinion_exec_end() must be called before it is freed
 */
void pinion_exec_begin(struct pinion_hw_queue *q)
{
	INIT_WORK(&q->rest, exec_rest);
}

/**
 * pinion_exec_end() - make sure that the work item of pinion_exec_begin() runs no more
 * @q: queue without an interrupt handler and without jobs
 */
void pinion_exec_end(struct pinion_hw_queue *q)
{
	cancel_work_sync(&q->rest);
}

/**
 * pinion_exec_reap() - complete the jobs whose records have arrived, in an interrupt handler
 * @q: queue; interrupts are off, so no flags are saved: tasks call pinion_exec_drain() instead
 * @batch: number of jobs that may be completed at once, > 0; a work item completes others later
 * Return: how many further jobs may be completed at once, possibly fewer than none.
 */
int pinion_exec_reap(struct pinion_hw_queue *q, int batch)
{
	spin_lock(&q->lock);
	q->batch = batch;
	exec_reap_locked(q);
	batch = q->batch;
	if (unlikely(batch <= 0) && exec_is_behind(q))
		queue_work(pinion_signal_wq, &q->rest);
	spin_unlock(&q->lock);
	return batch;
}

/**
 * pinion_exec_reap_later() - have a work item complete the jobs whose records have arrived
 * @q: queue; any context
 */
void pinion_exec_reap_later(struct pinion_hw_queue *q)
{
	queue_work(pinion_signal_wq, &q->rest);
}

/**
 * pinion_exec_poll() - complete the jobs whose records have arrived, for a ring that polls
 * @q: queue
 * @poller: the ring; the caller holds its lock
 * Return: true if a record had arrived.
 */
bool pinion_exec_poll(struct pinion_hw_queue *q, const void *poller)
{
	bool any;

	spin_lock_irq(&q->lock);
	q->poller = poller;
	any = exec_reap_batch(q);
	q->poller = NULL;
	spin_unlock_irq(&q->lock);
	return any;
}

/**
 * pinion_exec_handle_fault() - handle the card's report that a queue faulted
 * @q: queue
 *
 * The completion record of the failed job usually says so, too. If the card cannot write to the
 * completion ring, this report is the only one.
 * Return: true if there are more records to take first: the caller repeats the call.
 */
bool pinion_exec_handle_fault(struct pinion_hw_queue *q)
{
	unsigned long flags;
	bool behind = false;
	u32 status;

	spin_lock_irqsave(&q->lock, flags);
	if (q->user) {
		pinion_user_look_locked(q);
	} else {
		exec_reap_batch(q);
		behind = exec_is_behind(q);
	}
	status = pinion_read(q->pdev,
			     PINION_FAULT_OFFSET + q->id * sizeof(struct pinion_fault_record));
	/* Zero: the queue was reset since, and the report is about jobs before the reset. */
	if (pinion_queue_runs(q) && status && !behind) {
		pinion_fault_read(q, status);
		if (exec_in_flight(q))
			exec_complete(q, pinion_fault_errno(status), 0, 0);
		exec_stop(q, PINION_QUEUE_STOPPED);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return behind;
}

/**
 * pinion_exec_harvest() - complete jobs whose records the card wrote before it was taken down
 * @q: queue that the card does not serve any more; the caller holds pinion_hw_queue.lock
 *
 * Registers cannot be read: the fault of a failed job has no details.
 * Return: whether the batch was full, and records may be left.
 */
bool pinion_exec_harvest(struct pinion_hw_queue *q)
{
	struct pinion_cqe rec;
	u32 status;
	u64 left;

	lockdep_assert_held(&q->lock);
	q->batch = PINION_EXEC_BATCH;
	while (q->batch > 0) {
		if (!exec_in_flight(q) || q->fault.status ||
		    !pinion_ring_read_record(q->cq, q->cq_head, q->entries, &rec) ||
		    exec_lie(q, &rec) ||
		    check_sub_overflow(q->time_left, rec.end - rec.start, &left))
			return false;
		q->time_left = left;
		q->cq_head++;
		status = rec.status & PINION_CQE_STATUS;
		if (status && status != PINION_STATUS_ABORTED) {
			pinion_fault_forge(q, status);
			pinion_fault_remember(q, pinion_error_code(PINION_ERRORS_JOB, status),
					      q->fault.seq);
		}
		exec_complete(q, pinion_fault_errno(status), rec.start, rec.end);
	}
	exec_post(q);
	return true;
}

/**
 * pinion_exec_stop() - fail a batch of the jobs in flight, and change the state of the queue
 * @q: queue that the card does not run any more; the caller holds pinion_hw_queue.lock
 * @state: new state; in another one than PINION_QUEUE_PAUSED the jobs that are left fail later
 */
void pinion_exec_stop(struct pinion_hw_queue *q, enum pinion_queue_state state)
{
	q->batch = PINION_EXEC_BATCH;
	exec_stop(q, state);
}

/**
 * pinion_exec_fail() - fail a batch of the jobs that a stopped queue still has
 * @q: queue; the caller holds pinion_hw_queue.lock
 * Return: whether jobs are left.
 */
bool pinion_exec_fail(struct pinion_hw_queue *q)
{
	if (!exec_must_fail(q))
		return false;
	q->batch = PINION_EXEC_BATCH;
	exec_fail(q);
	return exec_must_fail(q);
}

/* Why a queue that does not accept jobs refuses them. */
static int exec_refuse(const struct pinion_hw_queue *q)
{
	switch (q->state) {
	case PINION_QUEUE_REFUSED:
		return -EDQUOT;
	case PINION_QUEUE_DEAD:
		return -ENODEV;
	default:
		return -ESHUTDOWN;
	}
}

static int exec_admit(struct pinion_hw_queue *q, u32 descs)
{
	if (unlikely(q->state != PINION_QUEUE_RUNNING))
		return exec_refuse(q);
	if (unlikely(descs > q->entries))
		return -EINVAL;
	return pinion_ring_has_room(q->tail, q->freed, descs, q->entries) ? 0 : -EAGAIN;
}

/**
 * pinion_exec_ring() - tell the card about new jobs
 * @q: queue; the caller holds pinion_hw_queue.lock
 *
 * Nothing happens if there are no new jobs, or if the queue does not run: a stopped queue has no
 * jobs, and the doorbell of a dead one may be unmapped.
 */
void pinion_exec_ring(struct pinion_hw_queue *q)
{
	u32 old = q->rung;
	bool rung;

	lockdep_assert_held(&q->lock);
	if (old == q->tail || !pinion_queue_runs(q))
		return;
	q->rung = q->tail;
	rung = pinion_ring_announce(q->shadow, old, q->tail);
	trace_pinion_doorbell(q, rung);
	if (rung)
		writel(q->tail, q->doorbell);
}

/* Write one more descriptor of job @q->submitted, marked as not its last. */
static struct pinion_desc *exec_put(struct pinion_hw_queue *q, u64 va, u32 bytes)
{
	struct pinion_desc *desc = &q->ring[pinion_ring_slot(q->tail++, q->entries)];

	*desc = (struct pinion_desc){
		.opcode = bytes ? PINION_DESC_EXEC : PINION_DESC_NOP,
		.flags = PINION_DESC_F_MORE,
		.bytes = bytes,
		.cmd_va = va,
		.cookie = q->submitted,
	};
	return desc;
}

/* Have the card wait for a point before it begins a descriptor. */
static void exec_wait(struct pinion_desc *desc, struct pinion_job_slot *job,
		      const struct pinion_map_point *point)
{
	desc->wait_va = pinion_timeline_get_va(point->map);
	desc->wait_value = point->value;
	job->wait[job->nwaits++] = point->map;
	job->settles = true;
}

/*
 * Write a job's descriptors up to that of its first command buffer, which is returned. A descriptor
 * waits for one point only, so an empty descriptor goes ahead for each further point.
 */
static struct pinion_desc *exec_put_first(struct pinion_hw_queue *q, struct pinion_job_slot *job,
					  const struct pinion_exec *exec)
{
	struct pinion_desc *desc;
	u32 i;

	for (i = 1; i < exec->nwaits; i++)
		exec_wait(exec_put(q, 0, 0), job, &exec->wait[i]);
	desc = exec_put(q, exec->buffers[0].va, exec->buffers[0].bytes);
	if (exec->nwaits)
		exec_wait(desc, job, &exec->wait[0]);
	return desc;
}

/* Have the card raise a point when the job's last descriptor is done. */
static void exec_signal(struct pinion_hw_queue *q, struct pinion_desc *desc,
			struct pinion_job_slot *job, const struct pinion_map_point *point)
{
	desc->signal_va = pinion_timeline_get_va(point->map);
	desc->signal_value = point->value;
	/* Interrupt even on a polled queue, for waiters in the kernel: see exec_settle(). */
	desc->flags = 0;
	job->signal = *point;
	job->promise.value = point->value;
	job->promise.q = q;
	job->promise.seq = q->submitted;
	pinion_timeline_promise(point->map->tl, &job->promise);
	job->settles = true;
}

/* Have the job end at its deadline, and its fence signal when the job ends. */
static void exec_limit(struct pinion_hw_queue *q, struct pinion_desc *desc,
		       struct pinion_job_slot *job, const struct pinion_exec *exec)
{
	pinion_cancel_arm(q, job, exec->deadline);
	job->fence = exec->fence;
	/* Interrupt even on a polled queue, as others wait for the fence. */
	if (job->fence)
		desc->flags = 0;
}

/**
 * pinion_exec_submit_locked() - write a job's descriptors into the ring
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @exec: description of the job; on success the queue takes over the uses of its timelines
 *	and the reference to its fence
 *
 * pinion_exec_ring() then tells the card. Before the caller releases the lock, it sets @cmd or
 * @waiter of the slot, for the job may complete as soon as the lock is free.
 * Return: slot of the job, or ERR_PTR: -EAGAIN: the ring is full; -ESHUTDOWN: the queue is
 * stopped; -ENODEV: the card is gone; -EINVAL: the job has more command buffers and points to
 * wait for than the ring has slots.
 */
struct pinion_job_slot *pinion_exec_submit_locked(struct pinion_hw_queue *q,
						  const struct pinion_exec *exec)
{
	u32 i, descs = exec->count + (exec->nwaits ? exec->nwaits - 1 : 0);
	struct pinion_desc *desc;
	struct pinion_job_slot *job;
	int ret;

	lockdep_assert_held(&q->lock);
	ret = exec_admit(q, descs);
	/*
	 * No ring may be left to poll for the jobs that fill the queue. Take their records here,
	 * or the queue stays full for ever.
	 */
	if (unlikely(ret == -EAGAIN && q->mode == PINION_QUEUE_POLLED) && exec_reap_batch(q))
		ret = exec_admit(q, descs);
	if (ret)
		return ERR_PTR(ret);
	job = &q->jobs[pinion_ring_slot(q->submitted++, q->entries)];
	desc = exec_put_first(q, job, exec);
	for (i = 1; i < exec->count; i++)
		desc = exec_put(q, exec->buffers[i].va, exec->buffers[i].bytes);
	desc->flags = q->mode == PINION_QUEUE_POLLED ? PINION_DESC_F_NO_IRQ : 0;
	if (exec->signal.map)
		exec_signal(q, desc, job, &exec->signal);
	job->tail = q->tail;
	trace_pinion_submit(q, exec->count, exec->nwaits);
	job->cancel = 0;
	if (unlikely(exec->deadline))
		exec_limit(q, desc, job, exec);
	return job;
}
