// SPDX-License-Identifier: GPL-2.0
/*
 * Finds queues that have jobs while the card rests: it has missed a doorbell, or its word in the
 * shadow doorbell wrongly said that it would look by itself. The driver then rings again. If that
 * does not help, the oldest job is aborted, which is the first rung of the ladder of resets.
 *
 * The heartbeat's work item looks once a second, and reads a register only of a queue whose oldest
 * job was the oldest at the last look. The path of a job knows nothing of this.
 */
#include <linux/errno.h>
#include <linux/io.h>

#include "pinion_cancel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_health.h"
#include "pinion_lost.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"

/* Doorbells that are rung again for a job before it is aborted. */
#define LOST_RINGS 2

/*
 * Whether the card has nothing to do for a queue with jobs in flight. Records that the card wrote
 * before it came to rest have arrived once the register is read.
 */
static bool lost_rests(struct pinion_hw_queue *q)
{
	return q->rung == q->tail && readl(q->doorbell + PINION_DOORBELL_STATE) == PINION_Q_IDLE &&
	       !pinion_exec_has_news(q);
}

static void lost_ring(struct pinion_hw_queue *q)
{
	pinion_health_count(q->pdev, PINION_COUNT_DOORBELLS_LOST);
	pinion_report_ratelimited(q->pdev, PINION_ERROR_DOORBELL_LOST, "queue %u, job %llu", q->id,
				  q->completed + 1);
	writel(q->tail, q->doorbell);
}

static void lost_look_locked(struct pinion_hw_queue *q)
{
	if (!pinion_queue_runs(q) || q->submitted == q->completed)
		return;
	if (q->lost_job != q->completed + 1) {
		q->lost_job = q->completed + 1;
		q->lost_rings = 0;
	} else if (lost_rests(q)) {
		if (q->lost_rings++ < LOST_RINGS)
			lost_ring(q);
		else if (q->vm)
			pinion_cancel_oldest(q, -ECANCELED);
	}
}

static void lost_look(struct pinion_hw_queue *q)
{
	/* The process of a user-mode queue rings by itself, and can ring again. */
	if (q->user)
		return;
	/* Maybe nobody polls a polled queue, or an interrupt is lost: look again afterwards. */
	if (pinion_exec_has_news(q)) {
		pinion_exec_reap_later(q);
		return;
	}
	spin_lock_irq(&q->lock);
	lost_look_locked(q);
	spin_unlock_irq(&q->lock);
}

/**
 * pinion_lost_look() - ring again for queues whose doorbell the card has missed
 * @pdev: device that answers; the caller is inside the gate
 *
 * A card without PINION_CAP_PROGRESS does not say whether it rests.
 */
void pinion_lost_look(struct pinion_card *pdev)
{
	u32 id;

	if (!(pdev->info.caps & PINION_CAP_PROGRESS))
		return;
	mutex_lock(&pdev->queues_mutex);
	for (id = 0; id < pdev->info.queues; id++)
		if (pdev->queues[id])
			lost_look(pdev->queues[id]);
	mutex_unlock(&pdev->queues_mutex);
}
