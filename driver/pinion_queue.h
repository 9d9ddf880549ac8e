/* SPDX-License-Identifier: GPL-2.0 */
/* Queues and their jobs. */
#ifndef PINION_QUEUE_H
#define PINION_QUEUE_H

#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/io_uring/cmd.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_moderation.h"
#include "pinion_regs.h"
#include "pinion_timeline.h"
#include "pinion_uring_done.h"

struct file;
struct io_comp_batch;
struct pinion_budget;
struct pinion_device;
struct pinion_queue;
struct pinion_user_queue;
struct pinion_vm;

/**
 * enum pinion_queue_mode - who submits jobs and how completions are found
 * @PINION_QUEUE_INTERRUPT: jobs come from io_uring commands and ioctls; an interrupt announces
 *	completions
 * @PINION_QUEUE_POLLED: jobs come from io_uring commands of IOPOLL rings, which poll for
 *	completions
 * @PINION_QUEUE_USER: the process writes jobs into mapped rings; see pinion_user.c
 *
 * A command is accepted if its IO_URING_F_IOPOLL as 0 or 1 equals the mode of the queue, so the
 * values of the first two modes matter.
 */
enum pinion_queue_mode {
	PINION_QUEUE_INTERRUPT,
	PINION_QUEUE_POLLED,
	PINION_QUEUE_USER,
};

/**
 * struct pinion_queue_config - checked parameters of a new queue
 * @entries: number of slots in each ring, a power of two in PINION_RING_MIN..PINION_RING_MAX
 * @priority: priority, 0..3
 * @mode: who submits jobs and how completions are found
 * @irq_count: number of completions that share an interrupt, at most 65535; 0: adaptive
 * @irq_us: longest time in microseconds that a completion is held back for a shared interrupt,
 *	at most 65535
 * @job_ms: time limit of a job of a PINION_QUEUE_USER queue in milliseconds; 0: no limit
 */
struct pinion_queue_config {
	u32 entries;
	u32 priority;
	enum pinion_queue_mode mode;
	u32 irq_count;
	u32 irq_us;
	u32 job_ms;
};

#define PINION_MAX_WAITS (1 + PINION_EXEC_WAITS)

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
 * struct pinion_job - slot for a job in flight
 * @cmd: io_uring command that gets the result; NULL: an ioctl or @waiter submitted the job, or
 *	the command was cancelled
 * @waiter: waiter in the kernel that gets the result; NULL: the job is not the driver's own
 * @tail: value of pinion_queue.tail after the last descriptor of the job
 * @nwaits: number of entries in @wait; each but one takes a descriptor in front of the command
 *	buffers
 * @wait: timelines that the card waits for before the job begins
 * @signal: point raised when the job ends
 * @deadline: CLOCK_MONOTONIC time in ns after which the job is ended; 0: none
 * @cancel: -ECANCELED or -ETIMEDOUT if the job is being ended early, and then its result; 0
 *	otherwise
 * @res: result once the job has completed, 0 or -errno; valid until the slot is reused
 * @end: device time at which the job ended
 */
struct pinion_job {
	struct io_uring_cmd *cmd;
	struct pinion_waiter *waiter;
	u32 tail;
	u32 nwaits;
	struct pinion_timeline_map *wait[PINION_MAX_WAITS];
	struct pinion_point signal;
	u64 deadline;
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
 * @deadline: as in struct pinion_job
 * @one: storage for @buffers if the job has a single command buffer
 */
struct pinion_exec {
	const struct pinion_exec_buffer *buffers;
	u32 count;
	u32 nwaits;
	struct pinion_point wait[PINION_MAX_WAITS];
	struct pinion_point signal;
	u64 deadline;
	struct pinion_exec_buffer one;
};

/**
 * enum pinion_queue_state - whether a queue accepts jobs
 * @PINION_QUEUE_RUNNING: the queue accepts jobs
 * @PINION_QUEUE_STOPPING: the queue accepts no jobs; those in flight fail once the card has
 *	stopped using their memory
 * @PINION_QUEUE_STOPPED: stopped by a fault, by a time limit, or because the card broke the
 *	contract; PINION_QUEUE_IOC_RESET starts the queue again
 * @PINION_QUEUE_DEAD: the card is gone or stopped
 */
enum pinion_queue_state {
	PINION_QUEUE_RUNNING,
	PINION_QUEUE_STOPPING,
	PINION_QUEUE_STOPPED,
	PINION_QUEUE_DEAD,
};

/**
 * struct pinion_queue - a queue; usually owned by a file
 * @lock: protects everything down to @busy; irq-safe. The doorbell is rung under it, so that
 *	the tail the card sees never goes back
 * @state: whether the queue accepts jobs
 * @mode: who submits jobs; constant. Only failed jobs and jobs that raise a timeline cause an
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
 * @moderation: interrupt moderation
 * @next_deadline: earliest deadline that @timer is set for; KTIME_MAX: not set
 * @next_walk: CLOCK_MONOTONIC time in ns before which @timer does not fire
 * @timer: timer that ends jobs whose deadline has passed
 * @aborted: number of the last job the card was asked to abort
 * @abort_due: time in jiffies by which the card must have ended job @aborted
 * @grace: work that runs at @abort_due and stops the queue if the card did not comply
 * @busy: sum of the run times of completed jobs, in ticks of device time
 * @wait: tasks in poll() or in PINION_QUEUE_IOC_WAIT
 * @pdev: device
 * @vm: address space, referenced; NULL for the driver's own queue
 * @budget: budget of @vm, which the queue is charged to
 * @id: number of the queue
 * @vector: number of the MSI-X vector
 * @priority: priority, as in QUEUE_CREATE
 * @ring_dma: DMA address of @ring
 * @cq_dma: DMA address of @cq
 * @shadow_dma: DMA address of @shadow; 0: none
 * @reset_lock: serialises resets and forced stops of this queue
 * @user: what only a PINION_QUEUE_USER queue has; NULL otherwise
 * @name: name of the interrupt in /proc/interrupts
 */
struct pinion_queue {
	spinlock_t lock;
	enum pinion_queue_state state;
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
	struct pinion_job *jobs;
	struct pinion_done done;
	const void *poller;
	struct task_struct *plugged;
	struct blk_plug_cb plug;
	struct pinion_queue_fault fault;
	struct pinion_moderation moderation;
	u64 next_deadline;
	u64 next_walk;
	struct hrtimer timer;
	u64 aborted;
	unsigned long abort_due;
	struct delayed_work grace;
	u64 busy;

	wait_queue_head_t wait;
	struct pinion_device *pdev;
	struct pinion_vm *vm;
	struct pinion_budget *budget;
	u32 id;
	u32 vector;
	u32 priority;
	dma_addr_t ring_dma;
	dma_addr_t cq_dma;
	dma_addr_t shadow_dma;
	struct mutex reset_lock;
	struct pinion_user_queue *user;
	char name[24];
};

/* pinion_queue.c */
struct pinion_queue *pinion_queue_new(struct pinion_device *pdev, struct pinion_vm *vm, u32 mmu_id,
				      const struct pinion_queue_config *config);
void pinion_queue_free(struct pinion_queue *q);
int pinion_queue_reset(struct pinion_queue *q);
bool pinion_queues_are_idle(struct pinion_vm *vm);
void pinion_queue_stop(struct pinion_queue *q, bool (*late)(struct pinion_queue *q));
void pinion_queue_fault(struct pinion_device *pdev, u32 id);
void pinion_queues_kill(struct pinion_device *pdev);
void pinion_queues_remove(struct pinion_device *pdev);

/* pinion_uring_poll.c */
int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags);

/* pinion_uring_plug.c */
void pinion_uring_plug(struct pinion_queue *q, struct file *file);

/* pinion_uring.c */
int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);
void pinion_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags);

/* pinion_queue_file.c */
struct file *pinion_queue_file(struct pinion_queue *q);

/* pinion_cancel.c */
void pinion_cancel_init(struct pinion_queue *q);
void pinion_cancel_fini(struct pinion_queue *q);
int pinion_cancel(struct pinion_queue *q,
		  bool (*match)(const struct pinion_job *job, u64 seq, const void *key),
		  const void *key);
void pinion_cancel_arm(struct pinion_queue *q, u64 deadline);
void pinion_cancel_oldest(struct pinion_queue *q);
void pinion_cancel_done(struct pinion_queue *q);

/* pinion_exec.c */
struct pinion_job *pinion_exec_locked(struct pinion_queue *q, const struct pinion_exec *exec);
void pinion_exec_unuse(const struct pinion_exec *exec);
void pinion_exec_ring(struct pinion_queue *q);
int pinion_exec_result(struct pinion_queue *q, struct pinion_queue_wait *wait);
bool pinion_exec_has_news(struct pinion_queue *q);
void pinion_exec_moderate(struct pinion_queue *q);
bool pinion_exec_reap(struct pinion_queue *q);
void pinion_exec_stopped(struct pinion_queue *q);
void pinion_exec_kill(struct pinion_queue *q);
bool pinion_exec_stop_begin(struct pinion_queue *q, bool (*late)(struct pinion_queue *q));
void pinion_exec_stop_end(struct pinion_queue *q);
bool pinion_exec_poll(struct pinion_queue *q, const void *poller);

/* pinion_uring_wait.c */
int pinion_uring_wait(struct io_uring_cmd *cmd, struct pinion_timeline *tl, struct pinion_vm *vm,
		      unsigned int issue_flags);
void pinion_uring_wait_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags);

/* pinion_fault.c */
int pinion_fault_errno(u32 status);
const char *pinion_fault_name(u32 status);
void pinion_fault_read(struct pinion_queue *q, u32 status);

#endif /* PINION_QUEUE_H */
