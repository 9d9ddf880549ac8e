// SPDX-License-Identifier: GPL-2.0
/* How queues stop: a single queue that takes too long, every queue when the card is taken down. */
#include <linux/dma-fence.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_stop.h"
#include "pinion_user_mmap.h"

/**
 * pinion_stop_begin() - accept no more jobs if the oldest job takes too long
 * @q: queue
 * @late: checks whether the oldest job still takes too long; called under pinion_hw_queue.lock
 *
 * If true is returned, the caller has the card reset the queue, then calls pinion_stop_end(). Jobs
 * in flight do not fail before that, since the card still uses their memory.
 * Return: true if the queue was running and @late returned true.
 */
bool pinion_stop_begin(struct pinion_hw_queue *q, bool (*late)(struct pinion_hw_queue *q))
{
	bool stops;

	spin_lock_irq(&q->lock);
	stops = pinion_queue_runs(q) && late(q);
	if (stops)
		q->state = PINION_QUEUE_STOPPING;
	spin_unlock_irq(&q->lock);
	return stops;
}

/**
 * pinion_stop_end() - fail the jobs in flight, once the card does not use their memory
 * @q: queue for which pinion_stop_begin() returned true, reset by the card
 */
void pinion_stop_end(struct pinion_hw_queue *q)
{
	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_STOPPING) {
		pinion_fault_forge(q, PINION_STATUS_ABORTED);
		pinion_exec_stop(q, PINION_QUEUE_STOPPED);
	}
	spin_unlock_irq(&q->lock);
	if (!q->user)
		pinion_exec_drain(q);
}

/**
 * pinion_stop_kill() - accept no job any more, and fail some of those in flight
 * @q: queue that the card does not run any more
 * Return: true if more jobs are in flight: the caller repeats the call until there are none.
 */
bool pinion_stop_kill(struct pinion_hw_queue *q)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&q->lock, flags);
	pinion_exec_stop(q, PINION_QUEUE_DEAD);
	more = q->submitted != q->completed;
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

/* Accept no jobs while the card is restarted; those in flight are left to stop_end_jobs(). */
static bool stop_pause(struct pinion_hw_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (pinion_queue_runs(q))
		q->state = PINION_QUEUE_PAUSED;
	/* Here and not in stop_end_jobs(), which finds a fault and may then be called once more. */
	if (q->state == PINION_QUEUE_PAUSED || q->state == PINION_QUEUE_STOPPING)
		memset(&q->fault, 0, sizeof(q->fault));
	spin_unlock_irqrestore(&q->lock, flags);
	return false;
}

/* The jobs of the queue are lost because the card was taken down, for which nobody has a record. */
static void stop_forge(struct pinion_hw_queue *q)
{
	pinion_fault_forge(q, PINION_STATUS_ABORTED);
	pinion_fault_remember(q, q->pdev->cause, q->fault.seq);
}

/*
 * A queue that had nothing to do goes on after the restart. One that has lost jobs is stopped as
 * after a fault, since later jobs may rely on the lost ones.
 */
static void stop_paused(struct pinion_hw_queue *q)
{
	if (!q->fault.status && (q->submitted != q->completed || q->state == PINION_QUEUE_STOPPING))
		stop_forge(q);
	pinion_exec_stop(q, q->fault.status ? PINION_QUEUE_STOPPED : PINION_QUEUE_PAUSED);
}

/*
 * A user-mode queue ends for good, even one that was stopped before: only its process knows what is
 * in the rings, and may be writing to them.
 */
static void stop_user(struct pinion_hw_queue *q)
{
	if (q->state >= PINION_QUEUE_ENDED)
		return;
	if (!q->fault.status)
		stop_forge(q);
	pinion_exec_stop(q, PINION_QUEUE_ENDED);
}

/* End jobs, as the card has been taken down. Return: whether jobs are left to end. */
static bool stop_end_jobs(struct pinion_hw_queue *q)
{
	unsigned long flags;
	bool more = false;

	spin_lock_irqsave(&q->lock, flags);
	if (q->user) {
		stop_user(q);
	} else if (q->state == PINION_QUEUE_PAUSED || q->state == PINION_QUEUE_STOPPING) {
		more = pinion_exec_harvest(q);
		if (!more)
			stop_paused(q);
	}
	more |= pinion_exec_fail(q);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

/*
 * Call a function for a queue until it returns false. The lock that keeps the queue from being
 * freed is held with interrupts off, so it is released between two calls.
 */
static void stop_repeat(struct pinion_card *pdev, u32 id, bool (*step)(struct pinion_hw_queue *q))
{
	bool more, cookie = dma_fence_begin_signalling();
	unsigned long flags;

	do {
		spin_lock_irqsave(&pdev->queues_lock, flags);
		more = pdev->queues[id] && step(pdev->queues[id]);
		spin_unlock_irqrestore(&pdev->queues_lock, flags);
	} while (more);
	dma_fence_end_signalling(cookie);
}

/**
 * pinion_queue_handle_fault() - handle the card's report that a queue faulted
 * @pdev: device
 * @id: number of the queue, below the number of queues of the card
 */
void pinion_queue_handle_fault(struct pinion_card *pdev, u32 id)
{
	stop_repeat(pdev, id, pinion_exec_handle_fault);
}

static void stop_all(struct pinion_card *pdev, bool (*step)(struct pinion_hw_queue *q))
{
	u32 id;

	for (id = 0; id < pdev->info.queues; id++)
		stop_repeat(pdev, id, step);
	pinion_user_revoke_all(pdev);
}

/**
 * pinion_queues_pause() - accept no jobs on any queue while the card is restarted
 * @pdev: device
 *
 * On return no process has a doorbell, and no queue's code writes one.
 */
void pinion_queues_pause(struct pinion_card *pdev)
{
	stop_all(pdev, stop_pause);
}

/**
 * pinion_queues_end_jobs() - end all jobs of all queues, as the card has been taken down
 * @pdev: device that issues no DMA, after pinion_queues_pause()
 */
void pinion_queues_end_jobs(struct pinion_card *pdev)
{
	stop_all(pdev, stop_end_jobs);
}

/**
 * pinion_queues_kill() - fail all jobs of all queues, after a reset of the card
 * @pdev: device
 */
void pinion_queues_kill(struct pinion_card *pdev)
{
	stop_all(pdev, pinion_stop_kill);
}
