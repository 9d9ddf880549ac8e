// SPDX-License-Identifier: GPL-2.0
/*
 * The operator's time limit of jobs, limits/job_ms. While there is a limit, a work item looks at
 * all queues a few times in each limit: submitting a job costs nothing more. It adds up the time
 * for which the oldest job of a queue was found running, and ends the job when that exceeds the
 * limit. A job that waits for a semaphore has not run. Jobs of user-mode queues are left to their
 * own watch, which takes the shorter of both limits.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "pinion_cancel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_user.h"
#include "pinion_watch.h"

#define WATCH_LOOKS 4 /* looks at each queue in one time limit */

/* Milliseconds from one look to the next. */
static u32 watch_period(u32 job_ms)
{
	return max(job_ms / WATCH_LOOKS, 1u);
}

static bool watch_runs(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (!pinion_queue_runs(q) || q->submitted == q->completed)
		return false;
	return !(q->pdev->info.caps & PINION_CAP_PROGRESS) ||
	       readl(q->doorbell + PINION_DOORBELL_STATE) == PINION_Q_RUNNING;
}

static void watch_queue(struct pinion_hw_queue *q, u32 job_ms)
{
	if (q->mode == PINION_QUEUE_POLLED)
		pinion_exec_drain(q);
	spin_lock_irq(&q->lock);
	if (q->watched != q->completed + 1) {
		q->watched = q->completed + 1;
		q->watched_ms = 0;
	} else if (watch_runs(q)) {
		q->watched_ms += watch_period(job_ms);
		/* In the first period the job may have begun just before the look. */
		if (q->watched_ms >= job_ms + watch_period(job_ms))
			pinion_cancel_oldest(q, -ETIMEDOUT);
	}
	spin_unlock_irq(&q->lock);
}

static void watch_user(struct pinion_hw_queue *q)
{
	if (pinion_user_is_idle(q))
		return;
	mutex_lock(&q->pdev->doorbells_lock);
	pinion_user_watch(q->user);
	mutex_unlock(&q->pdev->doorbells_lock);
}

static void watch_queues(struct pinion_card *pdev, u32 job_ms)
{
	struct pinion_hw_queue *q;
	u32 id;

	mutex_lock(&pdev->queues_mutex);
	for (id = 0; id < pdev->info.queues; id++) {
		q = pdev->queues[id];
		/* The driver's own queue has no address space of a process, and no time limit. */
		if (q && q->user)
			watch_user(q);
		else if (q && q->vm)
			watch_queue(q, job_ms);
	}
	mutex_unlock(&pdev->queues_mutex);
}

static void watch_work(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(to_delayed_work(work), struct pinion_card, watch);
	u32 job_ms = READ_ONCE(pdev->limits.job_ms);
	int idx;

	if (!job_ms || !drm_dev_enter(&pdev->drm, &idx))
		return;
	watch_queues(pdev, job_ms);
	queue_delayed_work(system_dfl_wq, &pdev->watch, msecs_to_jiffies(watch_period(job_ms)));
	drm_dev_exit(idx);
}

/**
 * pinion_watch_init() - begin without a time limit
 * @pdev: device, in probe
 */
void pinion_watch_init(struct pinion_card *pdev)
{
	INIT_DELAYED_WORK(&pdev->watch, watch_work);
}

/**
 * pinion_watch_set() - set the time limit of jobs
 * @pdev: device
 * @job_ms: time that a job may run in milliseconds; 0: no limit
 */
void pinion_watch_set(struct pinion_card *pdev, u32 job_ms)
{
	WRITE_ONCE(pdev->limits.job_ms, job_ms);
	mod_delayed_work(system_dfl_wq, &pdev->watch, 0);
}

/**
 * pinion_watch_stop() - look at the queues no more
 * @pdev: device whose files in sysfs are gone
 */
void pinion_watch_stop(struct pinion_card *pdev)
{
	cancel_delayed_work_sync(&pdev->watch);
}
