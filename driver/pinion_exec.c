// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: descriptors are written into a queue's descriptor ring, and completion records are taken
 * from its completion ring.
 */
#include <linux/io.h>
#include <linux/io_uring/cmd.h>
#include <linux/poll.h>

#include "pinion_accel.h"
#include "pinion_cancel.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_io.h"
#include "pinion_moderation.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_ring.h"
#include "pinion_time.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_trace.h"
#include "pinion_uring_done.h"
#include "pinion_user.h"

static bool exec_in_flight(struct pinion_hw_queue *q)
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

/* End the job's use of timelines, and raise its point: the card does so only if it succeeded. */
static void exec_settle(struct pinion_job_slot *job)
{
	while (job->nwaits)
		pinion_timeline_unuse(job->wait[--job->nwaits]);
	if (job->signal.map) {
		pinion_timeline_raise(job->signal.map->tl, job->signal.value);
		pinion_timeline_unuse(job->signal.map);
	}
	job->signal.map = NULL;
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
	if (unlikely(job->nwaits || job->signal.map))
		exec_settle(job);
	q->freed = job->tail;
	job->res = res;
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

static void exec_stop(struct pinion_hw_queue *q, enum pinion_queue_state state)
{
	lockdep_assert_held(&q->lock);
	q->state = state;
	while (exec_in_flight(q))
		exec_complete(q, -ECANCELED, 0, 0);
	exec_post(q);
	if (q->user)
		pinion_user_notice(q);
	wake_up_poll(&q->wait, EPOLLERR | EPOLLOUT);
}

/* The card broke the contract: stop this queue, and no other. */
static void exec_broken(struct pinion_hw_queue *q, const char *what)
{
	pinion_report_ratelimited(q->pdev, PINION_ERROR_BAD_RECORD, "queue %u, record with %s",
				  q->id, what);
	pinion_fault_forge(q, PINION_STATUS_BAD_RING);
	exec_stop(q, PINION_QUEUE_STOPPED);
}

static bool exec_is_cancelled(struct pinion_hw_queue *q)
{
	return q->jobs[pinion_ring_slot(q->completed, q->entries)].cancel;
}

/* What in a completion record contradicts the contract, or NULL. */
static const char *exec_lie(struct pinion_hw_queue *q, const struct pinion_cqe *rec)
{
	if (!exec_in_flight(q))
		return "no job in flight";
	if (rec->cookie != q->completed + 1)
		return "the wrong cookie";
	if (!pinion_ring_has_head(rec->sq_head, q->freed, q->tail))
		return "a head outside the ring";
	if (rec->status & PINION_CQE_RESERVED)
		return "reserved status bits set";
	if (rec->end < rec->start || rec->end >= q->time_limit)
		return "an impossible time";
	if ((rec->status & PINION_CQE_STATUS) == PINION_STATUS_ABORTED && !exec_is_cancelled(q))
		return "a job aborted that nobody cancelled";
	return NULL;
}

static void exec_take(struct pinion_hw_queue *q, const struct pinion_cqe *rec)
{
	u32 status = rec->status & PINION_CQE_STATUS;
	const char *lie = exec_lie(q, rec);

	if (lie) {
		exec_broken(q, lie);
		return;
	}
	q->cq_head++;
	q->busy = pinion_time_add(q->busy, rec->end - rec->start);
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
	if (q->state == PINION_QUEUE_RUNNING && q->pdev->info.caps & PINION_CAP_MODERATION)
		writel(q->moderation.value, q->doorbell + PINION_DOORBELL_MODERATION);
}

static bool exec_reap_locked(struct pinion_hw_queue *q)
{
	struct pinion_cqe rec;
	u32 n = 0;

	while (q->state == PINION_QUEUE_RUNNING &&
	       pinion_ring_read_record(q->cq, q->cq_head, q->entries, &rec)) {
		exec_take(q, &rec);
		n++;
	}
	if (!n)
		return false;
	exec_post(q);
	pinion_cancel_abort_oldest(q);
	if (pinion_moderation_learn(&q->moderation, n, exec_in_flight(q), rec.end))
		pinion_exec_moderate(q);
	/* poll() joins the waiters before it reads the queue's state under pinion_hw_queue.lock. */
	if (waitqueue_active(&q->wait))
		wake_up_poll(&q->wait, EPOLLOUT);
	return true;
}

/**
 * pinion_exec_has_news() - check whether a completion record may have arrived
 * @q: queue; the caller knows that its rings stay allocated
 *
 * The check takes no lock, since most queues that share a vector did not send the interrupt.
 * The card sends another interrupt for a record that it writes after the check.
 * Return: true if pinion_exec_reap() may find a record.
 */
bool pinion_exec_has_news(struct pinion_hw_queue *q)
{
	return pinion_ring_has_record(q->cq, READ_ONCE(q->cq_head), q->entries);
}

/**
 * pinion_exec_reap() - complete the jobs whose records have arrived
 * @q: queue; any context
 * Return: true if a record had arrived.
 */
bool pinion_exec_reap(struct pinion_hw_queue *q)
{
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&q->lock, flags);
	any = exec_reap_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
	return any;
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
	any = exec_reap_locked(q);
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
 */
void pinion_exec_handle_fault(struct pinion_hw_queue *q)
{
	unsigned long flags;
	u32 status;

	spin_lock_irqsave(&q->lock, flags);
	if (q->user)
		pinion_user_look_locked(q);
	else
		exec_reap_locked(q);
	status = pinion_read(q->pdev,
			     PINION_FAULT_OFFSET + q->id * sizeof(struct pinion_fault_record));
	/* Zero: the queue was reset since, and the report is about jobs before the reset. */
	if (q->state == PINION_QUEUE_RUNNING && status) {
		pinion_fault_read(q, status);
		if (exec_in_flight(q))
			exec_complete(q, pinion_fault_errno(status), 0, 0);
		exec_stop(q, PINION_QUEUE_STOPPED);
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * pinion_exec_pause() - accept no jobs while the card is restarted
 * @q: queue; the jobs in flight are left to pinion_exec_end_jobs()
 */
void pinion_exec_pause(struct pinion_hw_queue *q)
{
	lockdep_assert_irqs_disabled();
	spin_lock(&q->lock);
	if (q->state == PINION_QUEUE_RUNNING)
		q->state = PINION_QUEUE_PAUSED;
	spin_unlock(&q->lock);
}

/*
 * Complete the jobs whose records the card wrote before it was taken down. Registers cannot be
 * read: the fault of a failed job has no details.
 */
static void exec_harvest(struct pinion_hw_queue *q)
{
	struct pinion_cqe rec;
	u32 status = 0;

	while (!status && exec_in_flight(q) &&
	       pinion_ring_read_record(q->cq, q->cq_head, q->entries, &rec) && !exec_lie(q, &rec)) {
		q->cq_head++;
		status = rec.status & PINION_CQE_STATUS;
		if (status == PINION_STATUS_ABORTED)
			status = 0;
		if (status)
			pinion_fault_forge(q, status);
		exec_complete(q, pinion_fault_errno(status), rec.start, rec.end);
	}
}

/**
 * pinion_exec_end_jobs() - end all jobs of a queue, as the card has been taken down
 * @q: queue that pinion_exec_pause() was called for, and which the card does not serve any more
 *
 * A queue that had nothing to do goes on after the restart. One that has lost jobs is stopped as
 * after a fault, since later jobs may rely on those. So is a user-mode queue, because only its
 * process knows what is in the rings.
 */
void pinion_exec_end_jobs(struct pinion_hw_queue *q)
{
	lockdep_assert_irqs_disabled();
	spin_lock(&q->lock);
	if (q->state == PINION_QUEUE_PAUSED || q->state == PINION_QUEUE_STOPPING) {
		memset(&q->fault, 0, sizeof(q->fault));
		if (!q->user)
			exec_harvest(q);
		if (!q->fault.status &&
		    (exec_in_flight(q) || q->user || q->state == PINION_QUEUE_STOPPING))
			pinion_fault_forge(q, PINION_STATUS_ABORTED);
		exec_stop(q, q->fault.status ? PINION_QUEUE_STOPPED : PINION_QUEUE_PAUSED);
	}
	spin_unlock(&q->lock);
}

/**
 * pinion_exec_kill() - fail all jobs in flight, and accept no job any more
 * @q: queue that the card does not run any more
 */
void pinion_exec_kill(struct pinion_hw_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	exec_stop(q, PINION_QUEUE_DEAD);
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * pinion_exec_stop_begin() - accept no more jobs if the oldest job takes too long
 * @q: queue
 * @late: checks whether the oldest job still takes too long; called under pinion_hw_queue.lock
 *
 * If true is returned, the caller has the card reset the queue, then calls
 * pinion_exec_stop_end(). Jobs in flight do not fail before that, since the card still uses
 * their memory.
 * Return: true if the queue was running and @late returned true.
 */
bool pinion_exec_stop_begin(struct pinion_hw_queue *q, bool (*late)(struct pinion_hw_queue *q))
{
	bool stops;

	spin_lock_irq(&q->lock);
	stops = q->state == PINION_QUEUE_RUNNING && late(q);
	if (stops)
		q->state = PINION_QUEUE_STOPPING;
	spin_unlock_irq(&q->lock);
	return stops;
}

/**
 * pinion_exec_stop_end() - fail the jobs in flight, once the card does not use their memory
 * @q: queue for which pinion_exec_stop_begin() returned true, reset by the card
 */
void pinion_exec_stop_end(struct pinion_hw_queue *q)
{
	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_STOPPING) {
		pinion_fault_forge(q, PINION_STATUS_ABORTED);
		exec_stop(q, PINION_QUEUE_STOPPED);
	}
	spin_unlock_irq(&q->lock);
}

/**
 * pinion_exec_get_result() - look up the result of a job
 * @q: queue
 * @wait: in: the job's number in @wait->seq; out: @wait->result and @wait->end
 *
 * The results of the newest @q->entries jobs are kept. An older job is known to have succeeded
 * if no job failed that has its number or a higher one.
 * Return: 0; -ETIME: the job has not completed; -EINVAL: no job has this number; -ESTALE: the
 * result is not known any more.
 */
int pinion_exec_get_result(struct pinion_hw_queue *q, struct pinion_queue_wait *wait)
{
	const struct pinion_job_slot *job;
	int ret = 0;

	wait->result = 0;
	wait->end = 0;
	spin_lock_irq(&q->lock);
	if (!wait->seq || wait->seq > q->submitted) {
		ret = -EINVAL;
	} else if (wait->seq > q->completed) {
		ret = -ETIME;
	} else if (q->submitted - wait->seq < q->entries) {
		job = &q->jobs[pinion_ring_slot(wait->seq - 1, q->entries)];
		wait->result = job->res;
		wait->end = job->end;
	} else if (wait->seq <= q->failed) {
		ret = -ESTALE;
	}
	spin_unlock_irq(&q->lock);
	return ret;
}

static int exec_admit(struct pinion_hw_queue *q, u32 descs)
{
	if (unlikely(q->state != PINION_QUEUE_RUNNING))
		return q->state == PINION_QUEUE_DEAD ? -ENODEV : -ESHUTDOWN;
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
	if (old == q->tail || q->state != PINION_QUEUE_RUNNING)
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
static void exec_signal(struct pinion_desc *desc, struct pinion_job_slot *job,
			const struct pinion_map_point *point)
{
	desc->signal_va = pinion_timeline_get_va(point->map);
	desc->signal_value = point->value;
	/* Interrupt even on a polled queue, for waiters in the kernel: see exec_settle(). */
	desc->flags = 0;
	job->signal = *point;
}

/**
 * pinion_exec_submit_locked() - write a job's descriptors into the ring
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @exec: description of the job; on success the queue takes over the uses of its timelines
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
	if (unlikely(ret == -EAGAIN && q->mode == PINION_QUEUE_POLLED) && exec_reap_locked(q))
		ret = exec_admit(q, descs);
	if (ret)
		return ERR_PTR(ret);
	job = &q->jobs[pinion_ring_slot(q->submitted++, q->entries)];
	desc = exec_put_first(q, job, exec);
	for (i = 1; i < exec->count; i++)
		desc = exec_put(q, exec->buffers[i].va, exec->buffers[i].bytes);
	desc->flags = q->mode == PINION_QUEUE_POLLED ? PINION_DESC_F_NO_IRQ : 0;
	if (exec->signal.map)
		exec_signal(desc, job, &exec->signal);
	job->tail = q->tail;
	trace_pinion_submit(q, exec->count, exec->nwaits);
	job->cancel = 0;
	job->deadline = exec->deadline;
	if (unlikely(exec->deadline))
		pinion_cancel_arm(q, exec->deadline);
	return job;
}

/**
 * pinion_exec_unuse() - release the timelines of a job that was not submitted
 * @exec: description of the job
 */
void pinion_exec_unuse(const struct pinion_exec *exec)
{
	u32 i;

	for (i = 0; i < exec->nwaits; i++)
		pinion_timeline_unuse(exec->wait[i].map);
	if (exec->signal.map)
		pinion_timeline_unuse(exec->signal.map);
}
