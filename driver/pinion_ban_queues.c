// SPDX-License-Identifier: GPL-2.0
/*
 * Tells queues that their user is refused for a time, or no longer. A queue of the kernel's then
 * accepts no jobs, while those in flight go on. A user-mode queue is stopped, since its process
 * could submit jobs as long as the card reads the rings.
 */
#include <linux/poll.h>
#include <linux/workqueue.h>

#include "pinion_ban.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_queue.h"
#include "pinion_user.h"

static void ban_kernel_queue(struct pinion_hw_queue *q, bool refused)
{
	if (refused && q->state == PINION_QUEUE_RUNNING)
		q->state = PINION_QUEUE_REFUSED;
	else if (!refused && q->state == PINION_QUEUE_REFUSED)
		q->state = PINION_QUEUE_RUNNING;
	wake_up_poll(&q->wait, EPOLLOUT | EPOLLWRNORM);
}

static void ban_queue(struct pinion_hw_queue *q)
{
	bool refused = pinion_ban_left(q->pdev, q->budget);

	spin_lock(&q->lock);
	if (!q->user)
		ban_kernel_queue(q, refused);
	else if (refused)
		pinion_user_refuse_locked(q);
	spin_unlock(&q->lock);
}

/**
 * pinion_ban_queues() - work function of pinion_bans.work
 * @work: the work item pinion_bans.work
 */
void pinion_ban_queues(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(to_delayed_work(work), struct pinion_card,
						bans.work);
	u32 id, next;

	for (id = 0; id < pdev->info.queues; id++) {
		spin_lock_irq(&pdev->queues_lock);
		if (pdev->queues[id])
			ban_queue(pdev->queues[id]);
		spin_unlock_irq(&pdev->queues_lock);
	}
	next = pinion_ban_next(pdev);
	if (next)
		queue_delayed_work(system_dfl_wq, &pdev->bans.work, next * HZ);
}
