// SPDX-License-Identifier: GPL-2.0
/*
 * One doorbell for a submit of several commands: a call in the task's plug, which
 * io_uring makes at the end of the submit, or schedule() before the task sleeps.
 *
 * The call is part of the queue, so that nothing is allocated: it is in the plug
 * of one task at most. blk_check_plugged() would allocate one for each batch. A
 * second task that submits to the queue meanwhile rings for each command; the
 * first finds its jobs told of.
 */
#include <linux/file.h>

#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_uring_plug.h"

static void plug_end(struct blk_plug_cb *cb, bool from_schedule)
{
	struct pinion_queue *q = container_of(cb, struct pinion_queue, plug);
	struct file *file;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	file = cb->data;
	/* Not in a plug any more: the next task may have it. */
	q->plugged = NULL;
	pinion_exec_ring(q);
	spin_unlock_irqrestore(&q->lock, flags);
	fput(file);
}

/**
 * pinion_uring_plug() - ring once at the end of this submit, or now if another task will ring
 * @q: queue; the caller holds pinion_queue.lock, and has a plug
 * @file: of the queue
 *
 * The call holds the file, and so the queue: its jobs may be started by another
 * task's doorbell and be gone by then.
 */
void pinion_uring_plug(struct pinion_queue *q, struct file *file)
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
