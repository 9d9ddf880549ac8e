/* SPDX-License-Identifier: GPL-2.0 */
/* Queues: creation, state, reset and removal. */
#ifndef PINION_QUEUE_H
#define PINION_QUEUE_H

#include <linux/blkdev.h>
#include <linux/hrtimer.h>
#include <linux/io_uring/cmd.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pinion_accel.h"
#include "pinion_moderation.h"
#include "pinion_regs.h"
#include "pinion_uring_done.h"

struct pinion_budget;
struct pinion_card;
struct pinion_inlet;
struct pinion_job_slot;
struct pinion_user_queue;
struct pinion_gpuvm;
struct task_struct;

/**
 * enum pinion_queue_mode - who submits jobs and how completions are found
 * @PINION_QUEUE_INTERRUPT: jobs come from io_uring commands and ioctls; an interrupt announces
 *	completions
 * @PINION_QUEUE_POLLED: jobs come from io_uring commands of IOPOLL rings, which poll for
 *	completions
 * @PINION_QUEUE_USER: the process writes jobs into mapped rings; see pinion_user.c
 *
 * The values matter to PINION_SHORT_PATH().
 */
enum pinion_queue_mode {
	PINION_QUEUE_INTERRUPT,
	PINION_QUEUE_POLLED,
	PINION_QUEUE_USER,
};

/*
 * Value of pinion_hw_queue.short_path for a queue of a mode: IO_URING_F_IOPOLL as the EXECs of the
 * mode have it among their issue flags, so that a single comparison admits an EXEC to the short
 * path. The value for PINION_QUEUE_USER is one that no EXEC has.
 */
#define PINION_SHORT_PATH(mode) ((mode) * IO_URING_F_IOPOLL)

/**
 * struct pinion_queue_config - checked parameters of a new queue
 * @entries: number of slots in each ring, a power of two in PINION_RING_MIN..PINION_RING_MAX
 * @priority: priority of the queue's jobs, 0..3
 * @mode: how jobs are submitted and how completions are found
 * @irq_count: number of completions that share an interrupt, at most 65535; 0: adaptive
 * @irq_us: longest time in microseconds that a completion is held back for a shared interrupt,
 *	at most 65535
 * @job_ms: time limit of a job of a PINION_QUEUE_USER queue in milliseconds; 0: no limit
 * @charge: each descriptor names the scheduling group that pays; needs PINION_CAP_PREEMPT
 */
struct pinion_queue_config {
	u32 entries;
	u32 priority;
	enum pinion_queue_mode mode;
	u32 irq_count;
	u32 irq_us;
	u32 job_ms;
	bool charge;
};

/**
 * enum pinion_queue_state - whether a queue accepts jobs
 * @PINION_QUEUE_RUNNING: the queue accepts jobs
 * @PINION_QUEUE_REFUSED: the queue accepts no jobs for a time, as its user has cost the card too
 *	many resets; jobs in flight go on
 * @PINION_QUEUE_STOPPING: the queue accepts no jobs; those in flight fail once the card has
 *	stopped using their memory
 * @PINION_QUEUE_STOPPED: stopped by a fault, by a time limit, or because the card broke the
 *	contract; PINION_QUEUE_IOC_RESET starts the queue again
 * @PINION_QUEUE_PAUSED: the card is being restarted; the queue has no jobs and accepts none until
 *	it runs again
 * @PINION_QUEUE_ENDED: a PINION_QUEUE_USER queue that the card has forgotten when it was taken
 *	down; the queue never runs again
 * @PINION_QUEUE_DEAD: the card is gone or stopped
 */
enum pinion_queue_state {
	PINION_QUEUE_RUNNING,
	PINION_QUEUE_REFUSED,
	PINION_QUEUE_STOPPING,
	PINION_QUEUE_STOPPED,
	PINION_QUEUE_PAUSED,
	PINION_QUEUE_ENDED,
	PINION_QUEUE_DEAD,
};

/**
 * struct pinion_queue_error - an error that stopped a queue
 * @code: the error: PINION_ERROR_*; 0: there was none
 * @job: number of the oldest job that was lost
 * @boottime: time since the machine booted, in ns
 */
struct pinion_queue_error {
	unsigned int code;
	u64 job;
	u64 boottime;
};

/**
 * struct pinion_hw_queue - a queue; usually owned by a file
 * @lock: protects everything down to @shown_at; irq-safe. The doorbell is rung under it, so that
 *	the tail the card sees never goes back
 * @state: whether the queue accepts jobs
 * @short_path: PINION_SHORT_PATH() of the EXECs that may go the short path; that of
 *	PINION_QUEUE_USER in an address space with DRM_PINION_VM_BIND_SYNC, too
 * @mode: how jobs are submitted; constant. Only failed jobs and jobs that raise a timeline cause an
 *	interrupt on a PINION_QUEUE_POLLED queue
 * @entries: number of slots in each ring, a power of two; constant
 * @tail: number of descriptors ever written to the ring, modulo 2^32
 * @rung: value of @tail last announced to the card
 * @freed: value of @tail up to which descriptors belong to completed jobs; slots below it may
 *	be reused
 * @cq_head: number of completion records consumed, modulo 2^32
 * @submitted: number of the newest job, counted from 1; on a PINION_QUEUE_USER queue equal to
 *	@completed
 * @completed: number of the last job that completed; jobs complete in order
 * @failed: number of the last job that failed; 0: none
 * @ring: descriptor ring
 * @cq: ring of completion records
 * @shadow: shadow doorbell in host memory; NULL: the card has no PINION_CAP_SHADOW
 * @doorbell: doorbell registers of this queue
 * @jobs: slots for jobs in flight, indexed by (job number - 1) % entries
 * @done: commands completed since @lock was taken that have not been posted to their rings
 * @poller: ring whose poll holds @lock; only ever compared, never dereferenced
 * @plugged: task that rings the doorbell at the end of its io_uring submission; only ever
 *	compared, never dereferenced
 * @plug: callback in the block plug of @plugged that rings the doorbell
 * @fault: why the queue stopped
 * @last: the last error that stopped the queue; a reset of the queue does not clear it
 * @moderation: state of the interrupt moderation
 * @batch: number of jobs that may still complete before @lock is released
 * @rest: work item that completes jobs which an interrupt or a stop has left
 * @deadlines: pinion_job_slot.deadline of all jobs in flight that have one
 * @next_deadline: earliest deadline that @timer is set for; KTIME_MAX: not set
 * @next_walk: CLOCK_MONOTONIC time in ns before which @timer does not fire
 * @timer: timer that queues @late
 * @late: work item that ends jobs whose deadline has passed
 * @aborted: number of the last job the card was asked to abort
 * @abort_due: time in jiffies by which the card must have ended job @aborted
 * @grace: work that runs at @abort_due and stops the queue if the card did not comply
 * @watched: number of the job that was the oldest when the operator's time limit was last looked
 *	after
 * @watched_ms: milliseconds for which job @watched has been found running
 * @lost_job: number of the job that was the oldest at the last look for lost doorbells
 * @lost_rings: number of times that the doorbell was rung again for @lost_job
 * @time_left: pinion_time_limit() less the run times of completed jobs, in ticks of device time
 * @shown_job: number of the job that was the oldest in flight when somebody last asked
 * @shown_at: time in jiffies when somebody first found @shown_job to be the oldest
 * @wait: tasks in poll() or in PINION_QUEUE_IOC_WAIT
 * @pdev: device
 * @vm: address space, referenced; NULL for the driver's own queue
 * @budget: budget of @vm, which the queue is charged to
 * @id: number of the queue
 * @mmu_id: number of the card's slot that has the address space
 * @vector: number of the MSI-X vector
 * @priority: priority, as in QUEUE_CREATE
 * @flags: PINION_QUEUE_F_*, as in QUEUE_CREATE
 * @ring_dma: DMA address of @ring
 * @cq_dma: DMA address of @cq
 * @shadow_dma: DMA address of @shadow; 0: none
 * @reset_lock: serialises resets and forced stops of this queue
 * @user: what only a PINION_QUEUE_USER queue has; NULL otherwise
 * @inlet: holds jobs back that wait for fences; NULL until there is such a job
 * @fences: context of the fences in reservations
 * @last_fence: number of the last fence in @fences
 * @on_vector: entry in pinion_vector.queues
 * @rcu: defers the free, since pinion_cancel_limit() takes @lock when the queue may have ended
 */
struct pinion_hw_queue {
	spinlock_t lock;
	enum pinion_queue_state state;
	u32 short_path;
	enum pinion_queue_mode mode;
	u32 entries;
	u32 tail;
	u32 rung;
	u32 freed;
	u32 cq_head;
	u64 submitted;
	u64 completed;
	u64 failed;
	struct pinion_desc *ring;
	struct pinion_cqe *cq;
	struct pinion_shadow *shadow;
	void __iomem *doorbell;
	struct pinion_job_slot *jobs;
	struct pinion_done done;
	const void *poller;
	struct task_struct *plugged;
	struct blk_plug_cb plug;
	struct pinion_queue_fault fault;
	struct pinion_queue_error last;
	struct pinion_moderation moderation;
	int batch;
	struct work_struct rest;
	struct timerqueue_head deadlines;
	u64 next_deadline;
	u64 next_walk;
	struct hrtimer timer;
	struct work_struct late;
	u64 aborted;
	unsigned long abort_due;
	struct delayed_work grace;
	u64 watched;
	u32 watched_ms;
	u64 lost_job;
	u32 lost_rings;
	u64 time_left;
	u64 shown_job;
	unsigned long shown_at;

	wait_queue_head_t wait;
	struct pinion_card *pdev;
	struct pinion_gpuvm *vm;
	struct pinion_budget *budget;
	u32 id;
	u32 mmu_id;
	u32 vector;
	u32 priority;
	u32 flags;
	dma_addr_t ring_dma;
	dma_addr_t cq_dma;
	dma_addr_t shadow_dma;
	struct mutex reset_lock;
	struct pinion_user_queue *user;
	struct pinion_inlet *inlet;
	u64 fences;
	atomic64_t last_fence;
	struct list_head on_vector;
	struct rcu_head rcu;
};

struct pinion_hw_queue *pinion_queue_new(struct pinion_card *pdev, struct pinion_gpuvm *vm,
					 u32 mmu_id, const struct pinion_queue_config *config);
void pinion_queue_free(struct pinion_hw_queue *q);
int pinion_queue_reset(struct pinion_hw_queue *q);
int pinion_queue_restore(struct pinion_hw_queue *q);
u64 pinion_queue_get_busy(const struct pinion_hw_queue *q);
void pinion_queue_stop(struct pinion_hw_queue *q, bool (*late)(struct pinion_hw_queue *q));
void pinion_queues_remove(struct pinion_card *pdev);

/**
 * pinion_queue_runs() - check whether the card runs the jobs of a queue
 * @q: queue; the caller holds pinion_hw_queue.lock
 * Return: true also if the queue accepts no jobs for a time.
 */
static inline bool pinion_queue_runs(const struct pinion_hw_queue *q)
{
	return q->state <= PINION_QUEUE_REFUSED;
}

#endif /* PINION_QUEUE_H */
