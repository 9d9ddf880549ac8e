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

struct file;
struct io_comp_batch;
struct pinion_budget;
struct pinion_device;
struct pinion_queue;
struct pinion_user_queue;
struct pinion_vm;

/**
 * enum pinion_queue_mode - who puts jobs in and learns of their end
 * @PINION_QUEUE_INTERRUPT: commands and ioctls; interrupts tell of their end
 * @PINION_QUEUE_POLLED: commands of rings that poll, who look for it
 * @PINION_QUEUE_USER: the process, in memory; see pinion_user.c
 *
 * The first two are what a command's IO_URING_F_IOPOLL is compared with.
 */
enum pinion_queue_mode {
	PINION_QUEUE_INTERRUPT,
	PINION_QUEUE_POLLED,
	PINION_QUEUE_USER,
};

/**
 * struct pinion_queue_config - how a queue is made, checked
 * @entries: of both rings, a power of two, PINION_RING_MIN..PINION_RING_MAX
 * @priority: 0..3
 * @mode: who puts jobs in and learns of their end
 * @irq_count: completions that share an interrupt, at most 65535; 0: adaptive
 * @irq_us: how long the first of them may wait for it, in microseconds, at most 65535
 * @job_ms: how long a job of PINION_QUEUE_USER may take, in milliseconds; 0: for ever
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
 * struct pinion_waiter - a job of the driver's own
 * @done: completed with it
 * @res: 0 or -errno
 */
struct pinion_waiter {
	struct completion done;
	int res;
};

/**
 * struct pinion_job - a slot for a job in flight
 * @cmd: io_uring command; this or @waiter is set, or neither once the command was
 *	cancelled
 * @waiter: in the kernel
 * @tail: pinion_queue.tail after its last descriptor
 * @nwaits: of @wait; each but one has a descriptor of its own, before the others
 * @wait: timelines that the card looks at before it begins
 * @signal: raised when it ends
 * @deadline: CLOCK_MONOTONIC, when it is to end; 0: none
 * @cancel: why it is to end before it is done: -ECANCELED, -ETIMEDOUT; 0: it is not
 * @res: 0 or -errno, when it has completed; kept until the slot is another job's
 * @end: device time then
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
 * struct pinion_exec - what is submitted, checked
 * @buffers: command buffers, run one after the other; of 0 bytes: nothing to run
 * @count: how many, >= 1
 * @nwaits: points in @wait
 * @wait: all of them must be reached before it begins
 * @signal: raised when it ends
 * @deadline: as in struct pinion_job
 * @one: where @buffers is if there is one
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
 * struct pinion_done - io_uring commands with a result, oldest first
 * @first: NULL if there is none
 * @last: meaningless then
 */
struct pinion_done {
	struct io_uring_cmd *first;
	struct io_uring_cmd *last;
};

/**
 * enum pinion_queue_state - may jobs be put in?
 * @PINION_QUEUE_RUNNING: yes
 * @PINION_QUEUE_STOPPING: no; its jobs are told when the card has let go of them
 * @PINION_QUEUE_STOPPED: by a fault, or because the card broke the contract;
 *	PINION_QUEUE_IOC_RESET starts it again
 * @PINION_QUEUE_DEAD: the card is gone or stopped
 */
enum pinion_queue_state {
	PINION_QUEUE_RUNNING,
	PINION_QUEUE_STOPPING,
	PINION_QUEUE_STOPPED,
	PINION_QUEUE_DEAD,
};

/**
 * struct pinion_queue - a queue, mostly behind a file
 * @lock: protects everything down to @busy; irq-safe; the doorbell is rung
 *	under it, so that the tail never goes back
 * @state: see enum pinion_queue_state
 * @mode: who puts jobs in; constant. PINION_QUEUE_POLLED: only failed jobs and those
 *	that raise a timeline interrupt
 * @entries: of both rings, a power of two; constant
 * @tail: descriptors put into the ring, modulo 2^32
 * @rung: of them the card was told by the doorbell
 * @freed: of them those of completed jobs: their slots may be written again
 * @cq_head: completion records taken, modulo 2^32
 * @submitted: number of the last job, from 1; PINION_QUEUE_USER: of the last known
 * @completed: number of the last job that completed; jobs complete in order
 * @failed: number of the last one that failed, 0 if none
 * @ring: descriptors
 * @cq: completion records
 * @shadow: doorbell in memory; NULL: the card knows none
 * @doorbell: this queue's
 * @jobs: by (job number - 1) % entries
 * @done: completed under this hold of @lock, not yet posted
 * @poller: ring whose poll holds @lock, for comparison
 * @plugged: task that rings the doorbell when its submit ends, for comparison
 * @plug: the call that does so, in the plug of @plugged, if there is one
 * @fault: why it stopped
 * @moderation: of its interrupts
 * @next_deadline: of the jobs that @timer is set for, KTIME_MAX if it is not
 * @next_walk: CLOCK_MONOTONIC, before which @timer does not go off
 * @timer: ends jobs whose deadline has passed
 * @aborted: number of the job that the card was told to end last
 * @abort_due: jiffies, when it has to have ended that
 * @grace: due then
 * @busy: ticks of device time for which its jobs that ended had run
 * @wait: of poll()
 * @pdev: device
 * @vm: address space, referenced; NULL for the driver's own queue
 * @budget: that of @vm, which it is charged to
 * @id: number
 * @vector: MSI-X vector
 * @priority: as in QUEUE_CREATE
 * @ring_dma: DMA address of @ring
 * @cq_dma: DMA address of @cq
 * @shadow_dma: DMA address of @shadow, or 0
 * @reset_lock: one PINION_QUEUE_IOC_RESET at a time
 * @user: of PINION_QUEUE_USER alone
 * @name: in /proc/interrupts
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
void pinion_queue_moderate(struct pinion_queue *q);
int pinion_queue_reset(struct pinion_queue *q);
bool pinion_queues_are_idle(struct pinion_vm *vm);
void pinion_queue_stop(struct pinion_queue *q, bool (*late)(struct pinion_queue *q));
void pinion_queue_fault(struct pinion_device *pdev, u32 id);
void pinion_queues_kill(struct pinion_device *pdev);
void pinion_queues_remove(struct pinion_device *pdev);

/* pinion_uring_poll.c */
void pinion_uring_mark(struct io_uring_cmd *cmd, int res, u64 end, const void *poller);
int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags);

/* pinion_uring_plug.c */
void pinion_uring_plug(struct pinion_queue *q, struct file *file);

/* pinion_uring.c */
int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);
void pinion_uring_complete(struct pinion_done *done, struct io_uring_cmd *cmd, int res, u64 end);
void pinion_uring_post(struct pinion_done *done, bool together);
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
