// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: jobs that end before they are done
 *
 * A job that is cancelled, or whose deadline has passed, is told of at once: its
 * command completes, and no longer belongs to the job. The card needs longer. Jobs
 * of a queue run in order, and only the oldest can have begun, so that one is what the
 * card is told to end, by a posted write; the others are told of when their turn
 * comes, by whoever takes the completion record of the one before. So there is nothing
 * to wait for here, and no job but those that are to end is touched. A job's point is
 * raised when the card has ended it: then it makes no more accesses.
 *
 * A card that does not end a job in time has the whole queue stopped, as by a fault.
 */
#include <linux/io.h>
#include <linux/io_uring/cmd.h>
#include <linux/workqueue.h>

#include <drm/drm_print.h>

#include "pinion_cancel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_ring.h"
#include "pinion_trace.h"
#include "pinion_uring_done.h"

/* Dropping what is in flight takes a card microseconds; a model on a busy host deserves more. */
#define CANCEL_GRACE_MS 2000

/*
 * The timer looks at all jobs in flight with interrupts off, and deadlines are what a process
 * likes: without a pause between two looks it could keep a CPU in there.
 */
#define CANCEL_WALK_NS (100 * NSEC_PER_USEC)

/* Whether the oldest job is to end. */
static bool cancel_is_due(struct pinion_queue *q)
{
	const struct pinion_job *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];

	return q->submitted != q->completed && unlikely(job->cancel) &&
	       q->state == PINION_QUEUE_RUNNING;
}

/**
 * pinion_cancel_oldest() - have the card end the oldest job, if it is to
 * @q: queue; the caller holds pinion_queue.lock
 *
 * The name holds for a job that the card has not begun yet, or was not told of.
 */
void pinion_cancel_oldest(struct pinion_queue *q)
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
 * pinion_cancel_done() - a job that was to end has ended
 * @q: queue that it was the oldest of; the caller holds pinion_queue.lock
 *
 * The card would go on to look for its name, which returns after 2^31 jobs.
 */
void pinion_cancel_done(struct pinion_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (q->aborted == q->completed && q->state == PINION_QUEUE_RUNNING)
		writel(0, q->doorbell + PINION_DOORBELL_ABORT);
}

static bool cancel_is_late(struct pinion_queue *q)
{
	if (!cancel_is_due(q) || q->aborted != q->completed + 1)
		return false;
	/* Told of it just now. */
	if (time_before(jiffies, q->abort_due))
		return false;
	drm_err_ratelimited(&q->pdev->drm,
			    "queue %u: the card does not end a job; the queue is stopped. action=report a hardware bug\n",
			    q->id);
	return true;
}

/* The card was told to end a job, and time is up. */
static void cancel_grace(struct work_struct *work)
{
	struct pinion_queue *q = container_of(to_delayed_work(work), struct pinion_queue, grace);

	pinion_exec_reap(q);
	pinion_queue_stop(q, cancel_is_late);
}

/* Tell whoever submitted it; pinion_uring_post() and pinion_cancel_oldest() follow. */
static void cancel_job(struct pinion_queue *q, struct pinion_job *job, u64 seq, int why)
{
	struct io_uring_cmd *cmd = job->cmd;

	trace_pinion_cancel(q, seq, why);
	job->cancel = why;
	job->cmd = NULL;
	if (cmd && q->mode == PINION_QUEUE_POLLED)
		pinion_uring_mark(cmd, why, 0, q->poller);
	else if (cmd)
		pinion_uring_complete(&q->done, cmd, why, 0);
}

/**
 * pinion_cancel() - end jobs in flight
 * @q: queue
 * @match: which; called under pinion_queue.lock
 * @key: for @match
 * Return: 0, or -ENOENT: there is none.
 */
int pinion_cancel(struct pinion_queue *q,
		  bool (*match)(const struct pinion_job *job, u64 seq, const void *key),
		  const void *key)
{
	int ret = -ENOENT;
	u64 n;

	/* Nobody else takes its records when nobody polls; what is complete cannot be cancelled. */
	if (q->mode == PINION_QUEUE_POLLED)
		pinion_exec_reap(q);
	spin_lock_irq(&q->lock);
	for (n = q->completed; n != q->submitted; n++) {
		struct pinion_job *job = &q->jobs[pinion_ring_slot(n, q->entries)];

		if (job->cancel || !match(job, n + 1, key))
			continue;
		cancel_job(q, job, n + 1, -ECANCELED);
		ret = 0;
	}
	pinion_uring_post(&q->done, false);
	pinion_cancel_oldest(q);
	spin_unlock_irq(&q->lock);
	return ret;
}

/**
 * pinion_cancel_arm() - a job with a deadline was put in
 * @q: queue; the caller holds pinion_queue.lock
 * @deadline: CLOCK_MONOTONIC
 */
void pinion_cancel_arm(struct pinion_queue *q, u64 deadline)
{
	lockdep_assert_held(&q->lock);
	if (deadline >= q->next_deadline)
		return;
	q->next_deadline = deadline;
	hrtimer_start(&q->timer, max(deadline, q->next_walk), HRTIMER_MODE_ABS);
}

/* The earliest deadline has passed, or the job that had it is gone. */
static enum hrtimer_restart cancel_due(struct hrtimer *timer)
{
	struct pinion_queue *q = container_of(timer, struct pinion_queue, timer);
	u64 n, next = KTIME_MAX, now = ktime_get();
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	for (n = q->completed; n != q->submitted; n++) {
		struct pinion_job *job = &q->jobs[pinion_ring_slot(n, q->entries)];

		if (!job->deadline || job->cancel)
			continue;
		if (job->deadline <= now)
			cancel_job(q, job, n + 1, -ETIMEDOUT);
		else
			next = min(next, job->deadline);
	}
	pinion_uring_post(&q->done, false);
	pinion_cancel_oldest(q);
	q->next_deadline = KTIME_MAX;
	q->next_walk = ktime_get() + CANCEL_WALK_NS;
	if (next != KTIME_MAX)
		pinion_cancel_arm(q, next);
	spin_unlock_irqrestore(&q->lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * pinion_cancel_init() - no deadlines yet
 * @q: queue; pinion_cancel_fini() before it is freed
 */
void pinion_cancel_init(struct pinion_queue *q)
{
	q->next_deadline = KTIME_MAX;
	hrtimer_setup(&q->timer, cancel_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	INIT_DELAYED_WORK(&q->grace, cancel_grace);
}

/**
 * pinion_cancel_fini() - on return timer and work do not touch the queue
 * @q: queue, which takes no jobs any more
 */
void pinion_cancel_fini(struct pinion_queue *q)
{
	hrtimer_cancel(&q->timer);
	cancel_delayed_work_sync(&q->grace);
}
