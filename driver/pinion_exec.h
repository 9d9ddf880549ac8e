/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs: descriptors of a queue's ring, and the completion records that answer them. */
#ifndef PINION_EXEC_H
#define PINION_EXEC_H

#include <linux/completion.h>
#include <linux/timerqueue.h>
#include <linux/types.h>

#include "pinion_accel.h"
#include "pinion_queue.h"
#include "pinion_ring.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"

struct dma_fence;
struct io_uring_cmd;
struct pinion_hw_queue;

#define PINION_MAX_WAITS (1 + PINION_EXEC_WAITS)

/*
 * Jobs complete with interrupts off, and processes choose how many jobs complete at once. So they
 * complete in batches of this many, with interrupts on in between.
 */
#define PINION_EXEC_BATCH 40

/**
 * struct pinion_waiter - submitter that waits for one of the driver's own jobs
 * @done: completed when the job has completed
 * @res: result of the job: 0 or -errno
 */
struct pinion_waiter {
	struct completion done;
	int res;
};

/**
 * struct pinion_job_slot - slot for a job in flight
 * @cmd: io_uring command that gets the result; NULL: an ioctl or @waiter submitted the job, or
 *	the command was cancelled
 * @waiter: waiter in the kernel that gets the result; NULL: the job is not the driver's own
 * @tail: value of pinion_hw_queue.tail after the last descriptor of the job
 * @nwaits: number of entries in @wait; each but one takes a descriptor in front of the command
 *	buffers
 * @wait: timelines that the card waits for before the job begins
 * @signal: point raised when the job ends
 * @promise: tells the timeline of @signal about the job
 * @settles: whether @wait, @signal or @deadline is set, and has to be cleared when the job ends
 * @deadline: node in pinion_hw_queue.deadlines, by the CLOCK_MONOTONIC time in ns after which the
 *	job is ended; pinion_job_slot.deadline.expires is 0 while it is no node
 * @fence: fence that signals when the job ends, referenced; NULL: none
 * @cancel: -ECANCELED or -ETIMEDOUT if the job is being ended early, and then its result; 0
 *	otherwise
 * @res: result once the job has completed, 0 or -errno; valid until the slot is reused
 * @end: device time at which the job ended
 */
struct pinion_job_slot {
	struct io_uring_cmd *cmd;
	struct pinion_waiter *waiter;
	u32 tail;
	u32 nwaits;
	struct pinion_timeline_map *wait[PINION_MAX_WAITS];
	struct pinion_map_point signal;
	struct pinion_timeline_promise promise;
	bool settles;
	struct timerqueue_node deadline;
	struct dma_fence *fence;
	int cancel;
	int res;
	u64 end;
};

/**
 * struct pinion_exec - checked description of a job to submit
 * @buffers: command buffers, run one after the other; a single one of 0 bytes makes an empty
 *	job
 * @count: number of entries in @buffers, >= 1
 * @nwaits: number of entries in @wait
 * @wait: points that must all be reached before the job begins
 * @signal: point raised when the job ends
 * @deadline: CLOCK_MONOTONIC time in ns after which the job is ended; 0: none
 * @fence: fence that signals when the job ends, or NULL; only read if there is a deadline, which
 *	every job with a fence has
 * @one: storage for @buffers if the job has a single command buffer
 */
struct pinion_exec {
	const struct pinion_exec_buffer *buffers;
	u32 count;
	u32 nwaits;
	struct pinion_map_point wait[PINION_MAX_WAITS];
	struct pinion_map_point signal;
	u64 deadline;
	struct dma_fence *fence;
	struct pinion_exec_buffer one;
};

/**
 * pinion_exec_has_news() - check whether a completion record may have arrived
 * @q: queue; the caller knows that its rings stay allocated
 *
 * The check takes no lock, since most queues that share a vector did not send the interrupt.
 * The card sends another interrupt for a record that it writes after the check.
 * Return: true if pinion_exec_reap() may find a record.
 */
static inline bool pinion_exec_has_news(const struct pinion_hw_queue *q)
{
	return pinion_ring_has_record(q->cq, READ_ONCE(q->cq_head), q->entries);
}

struct pinion_job_slot *pinion_exec_submit_locked(struct pinion_hw_queue *q,
						  const struct pinion_exec *exec);
void pinion_exec_ring(struct pinion_hw_queue *q);
int pinion_exec_get_result(struct pinion_hw_queue *q, struct pinion_queue_wait *wait);
void pinion_exec_moderate(struct pinion_hw_queue *q);
void pinion_exec_begin(struct pinion_hw_queue *q);
void pinion_exec_end(struct pinion_hw_queue *q);
int pinion_exec_reap(struct pinion_hw_queue *q, int batch);
void pinion_exec_reap_later(struct pinion_hw_queue *q);
void pinion_exec_drain(struct pinion_hw_queue *q);
bool pinion_exec_handle_fault(struct pinion_hw_queue *q);
bool pinion_exec_harvest(struct pinion_hw_queue *q);
void pinion_exec_stop(struct pinion_hw_queue *q, enum pinion_queue_state state);
bool pinion_exec_fail(struct pinion_hw_queue *q);
bool pinion_exec_poll(struct pinion_hw_queue *q, const void *poller);

#endif /* PINION_EXEC_H */
