// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: jobs that end before they are done
 *
 * When a job is cancelled or its deadline passes, its submitter is told at once: the io_uring
 * command completes, and no longer belongs to the job. The card needs longer. Jobs of a queue run
 * in order, so only the oldest job can have begun. If that is the one to end, a posted write to the
 * card's abort register names it. A younger job is aborted when it has become the oldest, by
 * whoever takes the completion record of the job before it. So nothing waits here, and no other job
 * is touched. The point of a job is raised when the card has ended the job, after which the job
 * accesses no memory.
 *
 * If the card does not end a job in time, the whole queue is stopped, as after a fault.
 */
#include <linux/dma-fence.h>
#include <linux/io.h>
#include <linux/io_uring/cmd.h>
#include <linux/workqueue.h>

#include "pinion_ban.h"
#include "pinion_cancel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_health.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_ring.h"
#include "pinion_trace.h"
#include "pinion_uring_done.h"

/* A card ends a job within microseconds; a model of the card on a busy host may take longer. */
#define CANCEL_GRACE_MS 2000

/*
 * Shortest time from one walk over late jobs to the next expiry of the queue's timer. Processes
 * choose the deadlines: without a pause a process could make a CPU do nothing else.
 */
#define CANCEL_WALK_NS (100 * NSEC_PER_USEC)

/* Number of jobs that are looked at or ended at a time with interrupts off. */
#define CANCEL_BATCH 40

/* Whether the oldest job is to end early. */
static bool cancel_is_due(struct pinion_hw_queue *q)
{
	const struct pinion_job_slot *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];

	return q->submitted != q->completed && unlikely(job->cancel) && pinion_queue_runs(q);
}

/**
 * pinion_cancel_abort_oldest() - make the card end the oldest job, if that was cancelled or is late
 * @q: queue; the caller holds pinion_hw_queue.lock
 *
 * The cookie in the abort register also hits a job that the card begins later, or whose descriptor
 * the doorbell has not announced yet.
 */
void pinion_cancel_abort_oldest(struct pinion_hw_queue *q)
{
	u32 cookie = (q->completed + 1) & PINION_ABORT_COOKIE;

	lockdep_assert_held(&q->lock);
	if (likely(!cancel_is_due(q)))
		return;
	writel(cookie | PINION_ABORT_VALID, q->doorbell + PINION_DOORBELL_ABORT);
	if (q->aborted == q->completed + 1)
		return;
	q->aborted = q->completed + 1;
	q->abort_due = jiffies + msecs_to_jiffies(CANCEL_GRACE_MS);
	mod_delayed_work(system_percpu_wq, &q->grace, msecs_to_jiffies(CANCEL_GRACE_MS));
}

/**
 * pinion_cancel_clear_abort() - clear the abort register when the job that it names has ended
 * @q: queue whose oldest job has just ended; the caller holds pinion_hw_queue.lock
 *
 * The register has 31 bits of the cookie, which would match another job once it wraps.
 */
void pinion_cancel_clear_abort(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (q->aborted == q->completed && pinion_queue_runs(q))
		writel(0, q->doorbell + PINION_DOORBELL_ABORT);
}

static bool cancel_is_late(struct pinion_hw_queue *q)
{
	if (!cancel_is_due(q) || q->aborted != q->completed + 1)
		return false;
	/* The grace period began anew, for another job. */
	if (time_before(jiffies, q->abort_due))
		return false;
	pinion_report_ratelimited(q->pdev, PINION_ERROR_ABORT_IGNORED, "queue %u", q->id);
	pinion_fault_blame(q, PINION_ERROR_ABORT_IGNORED, q->completed + 1);
	/* A job that the card does not know of, for lack of a doorbell, is not the user's fault. */
	if (q->lost_job != q->completed + 1 || !q->lost_rings)
		pinion_ban_offend(q->pdev, q->budget);
	return true;
}

/* Runs at pinion_hw_queue.abort_due: stop the queue if the card has not ended the job by now. */
static void cancel_grace(struct work_struct *work)
{
	struct pinion_hw_queue *q = container_of(to_delayed_work(work), struct pinion_hw_queue,
						 grace);
	bool cookie = dma_fence_begin_signalling();

	pinion_exec_drain(q);
	pinion_queue_stop(q, cancel_is_late);
	dma_fence_end_signalling(cookie);
}

static struct pinion_job_slot *cancel_slot(struct pinion_hw_queue *q, u64 seq)
{
	return &q->jobs[pinion_ring_slot(seq - 1, q->entries)];
}

/* The number of the job in flight that is in a slot. */
static u64 cancel_seq(struct pinion_hw_queue *q, const struct pinion_job_slot *job)
{
	return q->completed + 1 + pinion_ring_slot(job - q->jobs - q->completed, q->entries);
}

/* Tell whoever submitted it; pinion_uring_post() and pinion_cancel_abort_oldest() follow. */
static void cancel_job(struct pinion_hw_queue *q, struct pinion_job_slot *job, u64 seq, int why)
{
	struct io_uring_cmd *cmd = job->cmd;

	trace_pinion_cancel(q, seq, why);
	if (why == -ETIMEDOUT)
		pinion_health_count(q->pdev, PINION_COUNT_JOBS_LATE);
	job->cancel = why;
	job->cmd = NULL;
	if (cmd && q->mode == PINION_QUEUE_POLLED)
		pinion_uring_mark(cmd, why, 0, q->poller);
	else if (cmd)
		pinion_uring_complete(&q->done, cmd, why, 0);
}

/**
 * pinion_cancel() - cancel jobs in flight
 * @q: queue
 * @first: number of the first job that may be meant, >= 1
 * @last: number of the last job that may be meant
 * @match: whether to cancel the job; called under pinion_hw_queue.lock. NULL: cancel every job
 * @key: last argument of @match
 * Return: 0; -ENOENT: no job in flight is meant.
 */
int pinion_cancel(struct pinion_hw_queue *q, u64 first, u64 last,
		  bool (*match)(const struct pinion_job_slot *job, const void *key),
		  const void *key)
{
	u64 seq = first, end;
	int ret = -ENOENT;

	/* Reap a polled queue first, as maybe nobody polls: a completed job cannot be cancelled. */
	if (q->mode == PINION_QUEUE_POLLED)
		pinion_exec_drain(q);
	last = min(last, READ_ONCE(q->submitted));
	do {
		spin_lock_irq(&q->lock);
		seq = max(seq, q->completed + 1);
		for (end = seq + CANCEL_BATCH; seq < end && seq <= last; seq++) {
			struct pinion_job_slot *job = cancel_slot(q, seq);

			if (job->cancel || (match && !match(job, key)))
				continue;
			cancel_job(q, job, seq, -ECANCELED);
			ret = 0;
		}
		pinion_uring_post(&q->done, false);
		pinion_cancel_abort_oldest(q);
		spin_unlock_irq(&q->lock);
		cond_resched();
	} while (seq <= last);
	return ret;
}

/**
 * pinion_cancel_oldest() - end the oldest job in flight
 * @q: queue with a job in flight; the caller holds pinion_hw_queue.lock
 * @why: result of the job, -errno
 *
 * Nothing happens if the job is about to end early anyway.
 */
void pinion_cancel_oldest(struct pinion_hw_queue *q, int why)
{
	struct pinion_job_slot *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];

	lockdep_assert_held(&q->lock);
	if (job->cancel)
		return;
	cancel_job(q, job, q->completed + 1, why);
	pinion_uring_post(&q->done, false);
	pinion_cancel_abort_oldest(q);
}

/* Set the timer for a deadline that is earlier than the one it is set for. */
static void cancel_set_timer(struct pinion_hw_queue *q, u64 deadline)
{
	lockdep_assert_held(&q->lock);
	if (deadline >= q->next_deadline)
		return;
	q->next_deadline = deadline;
	hrtimer_start(&q->timer, max(deadline, q->next_walk), HRTIMER_MODE_ABS_SOFT);
}

/**
 * pinion_cancel_arm() - have a job ended at its deadline
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @job: new job without a deadline
 * @deadline: CLOCK_MONOTONIC time in ns, > 0
 */
void pinion_cancel_arm(struct pinion_hw_queue *q, struct pinion_job_slot *job, u64 deadline)
{
	job->settles = true;
	job->deadline.expires = deadline;
	timerqueue_init(&job->deadline);
	timerqueue_add(&q->deadlines, &job->deadline);
	cancel_set_timer(q, deadline);
}

/**
 * pinion_cancel_disarm() - forget the deadline of a job
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @job: job with or without a deadline
 */
void pinion_cancel_disarm(struct pinion_hw_queue *q, struct pinion_job_slot *job)
{
	lockdep_assert_held(&q->lock);
	if (!job->deadline.expires)
		return;
	timerqueue_del(&q->deadlines, &job->deadline);
	job->deadline.expires = 0;
}

/**
 * pinion_cancel_limit() - make sure that a job has a deadline
 * @q: queue of the job; the caller is in rcu_read_lock(), as the queue may end with the job
 * @seq: number of the job
 * @deadline: CLOCK_MONOTONIC time in ns, for a job that has no deadline
 *
 * Nothing happens if the job has ended.
 * Return: 0; -EOPNOTSUPP: the card cannot end a job early.
 */
int pinion_cancel_limit(struct pinion_hw_queue *q, u64 seq, u64 deadline)
{
	struct pinion_job_slot *job;
	int ret = 0;

	spin_lock_irq(&q->lock);
	if (seq > q->completed) {
		job = cancel_slot(q, seq);
		if (!(q->pdev->info.caps & PINION_CAP_ABORT))
			ret = -EOPNOTSUPP;
		else if (!job->deadline.expires && !job->cancel)
			pinion_cancel_arm(q, job, deadline);
	}
	spin_unlock_irq(&q->lock);
	return ret;
}

/* The job with the earliest deadline, if that is before @now. */
static struct pinion_job_slot *cancel_first_late(struct pinion_hw_queue *q, u64 now)
{
	struct timerqueue_node *first = timerqueue_getnext(&q->deadlines);

	if (!first || first->expires > now)
		return NULL;
	return container_of(first, struct pinion_job_slot, deadline);
}

/* End jobs whose deadline has passed. If a batch is full, the timer comes again for the others. */
static void cancel_late_jobs(struct pinion_hw_queue *q)
{
	struct pinion_job_slot *job;
	u64 now = ktime_get();
	u32 n;

	for (n = 0; n < CANCEL_BATCH && (job = cancel_first_late(q, now)); n++) {
		pinion_cancel_disarm(q, job);
		if (!job->cancel)
			cancel_job(q, job, cancel_seq(q, job), -ETIMEDOUT);
	}
	pinion_uring_post(&q->done, false);
	pinion_cancel_abort_oldest(q);
}

/* The earliest deadline that the timer was set for has passed; its job may have completed since. */
static void cancel_late(struct work_struct *work)
{
	struct pinion_hw_queue *q = container_of(work, struct pinion_hw_queue, late);
	bool cookie = dma_fence_begin_signalling();
	struct timerqueue_node *next;

	spin_lock_irq(&q->lock);
	cancel_late_jobs(q);
	q->next_deadline = KTIME_MAX;
	q->next_walk = ktime_get() + CANCEL_WALK_NS;
	next = timerqueue_getnext(&q->deadlines);
	if (next)
		cancel_set_timer(q, next->expires);
	spin_unlock_irq(&q->lock);
	dma_fence_end_signalling(cookie);
}

/*
 * Processes choose how many queues have deadlines, and when. So the timer only queues a work item,
 * which gets no more of the processor than any task. Timers of many queues may expire at once: in
 * this mode of the timer interrupts are on between them.
 */
static enum hrtimer_restart cancel_due(struct hrtimer *timer)
{
	struct pinion_hw_queue *q = container_of(timer, struct pinion_hw_queue, timer);

	queue_work(pinion_signal_wq, &q->late);
	return HRTIMER_NORESTART;
}

/**
 * pinion_cancel_init() - set up the deadline timer and the grace period of a new queue
 * @q: queue; pinion_cancel_fini() must be called before it is freed
 */
void pinion_cancel_init(struct pinion_hw_queue *q)
{
	q->next_deadline = KTIME_MAX;
	timerqueue_init_head(&q->deadlines);
	hrtimer_setup(&q->timer, cancel_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	INIT_WORK(&q->late, cancel_late);
	INIT_DELAYED_WORK(&q->grace, cancel_grace);
}

/**
 * pinion_cancel_fini() - stop the deadline timer and the grace period of a queue
 * @q: queue that accepts no jobs any more, and has none
 *
 * On return neither the timer nor a work item of this file uses the queue.
 */
void pinion_cancel_fini(struct pinion_hw_queue *q)
{
	hrtimer_cancel(&q->timer);
	cancel_work_sync(&q->late);
	cancel_delayed_work_sync(&q->grace);
}
