// SPDX-License-Identifier: GPL-2.0
/*
 * One doorbell for all commands that a task submits at once. The first command adds a callback to
 * the task's block plug. io_uring runs it at the end of the submission; schedule() runs it earlier
 * if the task sleeps.
 *
 * The callback is embedded in struct pinion_hw_queue, so that nothing is allocated, whereas
 * blk_check_plugged() would allocate a callback for each batch. Hence a queue has its callback in
 * the plug of one task at most. A second task that submits to the queue meanwhile rings the
 * doorbell for each command, which also tells the card about jobs of the first task.
 */
#include <linux/file.h>

#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_uring_plug.h"

static void plug_end(struct blk_plug_cb *cb, bool from_schedule)
{
	struct pinion_hw_queue *q = container_of(cb, struct pinion_hw_queue, plug);
	struct file *file;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	file = cb->data;
	/* The callback is in no plug any more, so another task may use it. */
	q->plugged = NULL;
	pinion_exec_ring(q);
	spin_unlock_irqrestore(&q->lock, flags);
	fput(file);
}

/**
 * pinion_uring_plug() - ring the doorbell at the end of the current task's submission
 * @q: queue; the caller holds pinion_hw_queue.lock, and its task has a plug
 * @file: file of the queue
 *
 * If the callback is in the plug of another task, the doorbell is rung now.
 *
 * The callback holds a reference to the file, and so to the queue: another task's doorbell may
 * start the jobs that the callback is for, and they may have completed when it runs.
 */
void pinion_uring_plug(struct pinion_hw_queue *q, struct file *file)
{
	lockdep_assert_held(&q->lock);
	if (q->plugged) {
		pinion_exec_ring(q);
		return;
	}
	q->plugged = current;
	q->plug.callback = plug_end;
	q->plug.data = get_file(file);
	list_add(&q->plug.list, &current->plug->cb_list);
}
