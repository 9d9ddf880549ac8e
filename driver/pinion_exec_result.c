// SPDX-License-Identifier: GPL-2.0
/* The results of jobs, for programs that ask by the number of a job. */
#include "pinion_accel.h"
#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_ring.h"

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
