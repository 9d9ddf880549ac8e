// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: user-mode submission
 *
 * A user-mode queue (PINION_QUEUE_USER) has its rings and its doorbell mapped into a process,
 * which submits jobs without a system call. The card confines each job to the address space of the
 * queue, so the process may write anything into the ring. The kernel does not see the jobs. It
 * learns how many have completed from register PINION_DOORBELL_RECORDS, which it reads after an
 * interrupt or when a process asks. These things remain the kernel's:
 *
 * - who may create such a queue: pinion_user_check_allowed();
 * - the memory of the rings, until the queue is freed;
 * - whether the queue runs, which the process reads in a page of its own: struct
 *   pinion_queue_status;
 * - the doorbell, which is taken away when the queue stops: pinion_user_mmap.c;
 * - waking tasks that wait in the kernel for a timeline, if the job that raises it asks for an
 *   interrupt;
 * - the time limit of jobs: user_watch().
 *
 * The time limit is only checked while the process has the doorbell in its page tables. If a check
 * finds the queue idle, the doorbell is taken away. The page fault of the next job starts the
 * checks again, so an idle queue costs nothing.
 */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "pinion_accel.h"
#include "pinion_ban.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_errors.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_health.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_ring.h"
#include "pinion_timeline_map.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"
#include "pinion_vm.h"

/* Memory below 4 GiB, which every card reaches, so that no page needs a bounce buffer. */
static void *user_pages(size_t bytes)
{
	return alloc_pages_exact(bytes, GFP_KERNEL_ACCOUNT | GFP_DMA32 | __GFP_ZERO | __GFP_NOWARN);
}

/* The shadow doorbell follows the descriptors in memory. */
static size_t user_ring_bytes(u32 entries)
{
	return entries * sizeof(struct pinion_desc) + sizeof(struct pinion_shadow);
}

static void user_free(struct pinion_user_queue *user)
{
	if (user->status)
		free_page((unsigned long)user->status);
	if (user->dummy)
		free_page((unsigned long)user->dummy);
	if (user->cq)
		free_pages_exact(user->cq, user->cq_bytes);
	if (user->ring)
		free_pages_exact(user->ring, user->ring_bytes);
	kfree(user);
}

/* Timelines of the address space may have been raised: wake whoever waits in the kernel. */
static void user_notice(struct work_struct *work)
{
	struct pinion_user_queue *user = container_of(work, struct pinion_user_queue, notice);

	pinion_timelines_notice(user->q->vm);
}

/**
 * pinion_user_notice() - wake waiters in the kernel for timelines that jobs may have raised
 * @q: user-mode queue; called in any context
 */
void pinion_user_notice(struct pinion_hw_queue *q)
{
	if (!xa_empty(&q->vm->timelines))
		queue_work(system_highpri_wq, &q->user->notice);
}

static u32 user_reg(struct pinion_hw_queue *q, u32 reg)
{
	return readl(q->doorbell + reg);
}

/**
 * pinion_user_has_news() - check cheaply whether the card may have written another record
 * @q: user-mode queue; the caller makes sure that its rings stay
 *
 * For the interrupt handler, as the interrupt may be another queue's. The phase bit alone is not
 * enough: if the process has gone around the ring since, the next slot holds a record of a later
 * round, whose phase bit looks old. So the end time in the slot is compared as well.
 * Return: false if there is certainly no new record.
 */
bool pinion_user_has_news(struct pinion_hw_queue *q)
{
	u32 slot = pinion_ring_slot(READ_ONCE(q->cq_head), q->entries);

	return pinion_exec_has_news(q) || READ_ONCE(q->cq[slot].end) != READ_ONCE(q->user->stale);
}

/**
 * pinion_user_look_locked() - take notice of the records that the card has written
 * @q: user-mode queue; the caller holds pinion_hw_queue.lock
 * Return: true if the card has written records that the driver had not noticed yet.
 */
bool pinion_user_look_locked(struct pinion_hw_queue *q)
{
	u32 more;

	lockdep_assert_held(&q->lock);
	if (q->state != PINION_QUEUE_RUNNING)
		return false;
	more = user_reg(q, PINION_DOORBELL_RECORDS) - q->cq_head;
	if (!more)
		return false;
	q->completed += more;
	q->submitted = q->completed;
	WRITE_ONCE(q->cq_head, q->cq_head + more);
	WRITE_ONCE(q->user->stale, READ_ONCE(q->cq[pinion_ring_slot(q->cq_head, q->entries)].end));
	if (q->completed >= q->user->armed)
		wake_up_poll(&q->wait, EPOLLIN | EPOLLRDNORM);
	pinion_user_notice(q);
	return true;
}

/**
 * pinion_user_look() - take notice of the records that the card has written, in any context
 * @q: user-mode queue; the caller does not hold pinion_hw_queue.lock
 * Return: true if the card has written records that the driver had not noticed yet.
 */
bool pinion_user_look(struct pinion_hw_queue *q)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&q->lock, flags);
	more = pinion_user_look_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

/* The error that the process finds in the status of a queue that does not run. */
static u32 user_error(const struct pinion_hw_queue *q)
{
	if (q->state == PINION_QUEUE_ENDED)
		return q->pdev->cause;
	if (q->state != PINION_QUEUE_STOPPED)
		return 0;
	if (q->fault.status != PINION_STATUS_ABORTED)
		return pinion_error_code(PINION_ERRORS_JOB, q->fault.status);
	/* A single job of such a queue cannot be aborted: the whole queue was stopped. */
	return q->user->refused ? PINION_ERROR_USER_REFUSED : PINION_ERROR_JOB_LATE;
}

static u32 user_status(enum pinion_queue_state state)
{
	switch (state) {
	case PINION_QUEUE_STOPPED:
		return PINION_QUEUE_STATUS_STOPPED;
	case PINION_QUEUE_ENDED:
		return PINION_QUEUE_STATUS_ENDED;
	case PINION_QUEUE_DEAD:
		return PINION_QUEUE_STATUS_GONE;
	default:
		return PINION_QUEUE_STATUS_RUNNING;
	}
}

/**
 * pinion_user_stopped_locked() - tell the process, and waiters for timelines, that a queue stopped
 * @q: user-mode queue with its new state and fault; the caller holds pinion_hw_queue.lock
 */
void pinion_user_stopped_locked(struct pinion_hw_queue *q)
{
	struct pinion_queue_status *status = q->user->status;

	lockdep_assert_held(&q->lock);
	WRITE_ONCE(status->error, user_error(q));
	/* Whoever reads the state reads the error after it. */
	smp_store_release(&status->state, user_status(q->state));
	pinion_user_notice(q);
}

/**
 * pinion_user_reset_locked() - count jobs from zero again, as the card has reset the queue
 * @q: user-mode queue; the caller holds pinion_hw_queue.lock
 */
void pinion_user_reset_locked(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	WRITE_ONCE(q->user->status->state, PINION_QUEUE_STATUS_RUNNING);
	q->submitted = 0;
	q->completed = 0;
	q->user->stale = 0;
	q->user->was_busy = false;
	q->user->late = false;
	q->user->refused = false;
}

/**
 * pinion_user_get_events() - compute what poll() reports for a running queue
 * @q: user-mode queue; the caller holds pinion_hw_queue.lock
 * Return: EPOLL* bits.
 */
__poll_t pinion_user_get_events(const struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	return q->completed >= q->user->armed ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * pinion_user_arm() - set the number of records that poll() waits for
 * @q: the user-mode queue
 * @records: number of records since the queue was created or reset
 */
void pinion_user_arm(struct pinion_hw_queue *q, u64 records)
{
	spin_lock_irq(&q->lock);
	q->user->armed = records;
	pinion_user_look_locked(q);
	/* Tasks that poll already have compared with the old value: wake them. */
	if (q->completed >= records)
		wake_up_poll(&q->wait, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irq(&q->lock);
}

/**
 * pinion_user_is_idle() - check whether the card has nothing to do for a user-mode queue
 * @q: queue of any mode, with its doorbell mapped by the driver
 * Return: true if the card has nothing to do, or if a running queue is no user-mode queue.
 */
bool pinion_user_is_idle(struct pinion_hw_queue *q)
{
	bool idle;
	u32 state;

	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_RUNNING) {
		/* The card has a queue as DISABLED until QUEUE_CREATE, and after QUEUE_DESTROY. */
		state = q->user ? user_reg(q, PINION_DOORBELL_STATE) : PINION_Q_IDLE;
		idle = state == PINION_Q_IDLE || state == PINION_Q_DISABLED;
	} else {
		idle = q->state != PINION_QUEUE_STOPPING;
	}
	spin_unlock_irq(&q->lock);
	return idle;
}

/**
 * pinion_user_queues_are_idle() - check that no job is in flight that the kernel does not know
 * @vm: address space; the caller is in drm_dev_enter()
 * Return: false if a PINION_QUEUE_USER queue of the address space may have a job in flight.
 */
bool pinion_user_queues_are_idle(struct pinion_gpuvm *vm)
{
	struct pinion_card *pdev = vm->mmu.pdev;
	struct pinion_hw_queue *q;
	bool idle = true;
	u32 id;

	mutex_lock(&pdev->queues_mutex);
	for (id = 0; idle && id < pdev->info.queues; id++) {
		q = pdev->queues[id];
		idle = !q || q->vm != vm || pinion_user_is_idle(q);
	}
	mutex_unlock(&pdev->queues_mutex);
	return idle;
}

/*
 * Whether the queue runs and has something to do. Its oldest job is late if the same job was the
 * oldest at the last check.
 */
static bool user_is_busy(struct pinion_hw_queue *q)
{
	struct pinion_user_queue *user = q->user;
	bool busy;

	spin_lock_irq(&q->lock);
	pinion_user_look_locked(q);
	busy = q->state == PINION_QUEUE_RUNNING &&
	       user_reg(q, PINION_DOORBELL_STATE) != PINION_Q_IDLE;
	user->late = busy && user->was_busy && q->completed == user->seen;
	user->was_busy = busy;
	user->seen = q->completed;
	spin_unlock_irq(&q->lock);
	return busy;
}

/* The time limit of a job in milliseconds: the process's or the operator's. 0: none. */
static u32 user_job_ms(struct pinion_user_queue *user)
{
	return min_not_zero(user->job_ms, READ_ONCE(user->q->pdev->limits.job_ms));
}

static bool user_is_late(struct pinion_hw_queue *q)
{
	pinion_user_look_locked(q);
	if (!q->user->late || q->completed != q->user->seen)
		return false;
	pinion_health_count(q->pdev, PINION_COUNT_JOBS_LATE);
	pinion_fault_blame(q, PINION_ERROR_JOB_LATE, q->completed + 1);
	pinion_ban_offend(q->pdev, q->budget);
	return true;
}

static bool user_is_refused(struct pinion_hw_queue *q)
{
	return q->user->refused && pinion_ban_left(q->pdev, q->budget);
}

/**
 * pinion_user_refuse_locked() - stop a queue because its user is refused for a time
 * @q: user-mode queue; the caller holds pinion_hw_queue.lock
 *
 * The queue stops a little later. Nothing happens to a queue that does not run.
 */
void pinion_user_refuse_locked(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->lock);
	if (q->state != PINION_QUEUE_RUNNING)
		return;
	q->user->refused = true;
	mod_delayed_work(system_percpu_wq, &q->user->watch, 0);
}

/* Check the oldest job; take the doorbell from an idle queue, and stop the checks. */
static void user_round(struct pinion_user_queue *user)
{
	struct pinion_hw_queue *q = user->q;
	struct pinion_card *pdev = q->pdev;
	u32 job_ms = user_job_ms(user);

	mutex_lock(&pdev->doorbells_lock);
	user->watching = user_is_busy(q);
	if (!user->watching) {
		pinion_user_revoke(pdev, q->id, 1);
		/* The process may have rung the doorbell just before it was revoked: look again. */
		user->watching = user_is_busy(q);
	}
	user->watching &= job_ms > 0;
	if (user->watching)
		schedule_delayed_work(&user->watch, msecs_to_jiffies(job_ms));
	mutex_unlock(&pdev->doorbells_lock);
}

static void user_watch(struct work_struct *work)
{
	struct pinion_user_queue *user = container_of(to_delayed_work(work),
						      struct pinion_user_queue, watch);

	user_round(user);
	if (READ_ONCE(user->refused))
		pinion_queue_stop(user->q, user_is_refused);
	else if (READ_ONCE(user->late) && user_job_ms(user))
		pinion_queue_stop(user->q, user_is_late);
}

/**
 * pinion_user_watch() - start to check the time limit of jobs, as the process gets the doorbell
 * @user: user-mode queue; the caller holds pinion_card.doorbells_lock
 */
void pinion_user_watch(struct pinion_user_queue *user)
{
	u32 job_ms = user_job_ms(user);

	lockdep_assert_held(&user->q->pdev->doorbells_lock);
	if (!job_ms || user->watching)
		return;
	user->watching = true;
	schedule_delayed_work(&user->watch, msecs_to_jiffies(job_ms));
}

/**
 * pinion_user_init() - allocate what a user-mode queue needs in addition
 * @q: new queue; nothing happens if @config has another mode
 * @config: parameters of the queue
 * Return: 0; -ENOMEM; -EBUSY: jobs of the address space synchronise by its buffers.
 */
int pinion_user_init(struct pinion_hw_queue *q, const struct pinion_queue_config *config)
{
	struct pinion_user_queue *user;

	if (config->mode != PINION_QUEUE_USER)
		return 0;
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return -ENOMEM;
	user->q = q;
	user->armed = U64_MAX;
	user->job_ms = config->job_ms;
	INIT_WORK(&user->notice, user_notice);
	INIT_DELAYED_WORK(&user->watch, user_watch);
	user->ring_bytes = PAGE_ALIGN(user_ring_bytes(config->entries));
	user->cq_bytes = PAGE_ALIGN(config->entries * sizeof(*q->cq));
	user->ring = user_pages(user->ring_bytes);
	user->cq = user_pages(user->cq_bytes);
	user->dummy = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	user->status = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!user->ring || !user->cq || !user->dummy || !user->status) {
		user_free(user);
		return -ENOMEM;
	}
	if (!atomic_inc_unless_negative(&q->vm->user_queues)) {
		user_free(user);
		return -EBUSY;
	}
	q->user = user;
	return 0;
}

/**
 * pinion_user_stop_watch() - end the checks of the time limit of jobs for good
 * @q: queue that no process has mapped; nothing happens if it is no user-mode queue
 */
void pinion_user_stop_watch(struct pinion_hw_queue *q)
{
	if (q->user)
		disable_delayed_work_sync(&q->user->watch);
}

/**
 * pinion_user_fini() - free what pinion_user_init() made
 * @q: queue without an interrupt handler; nothing happens if it is no user-mode queue
 */
void pinion_user_fini(struct pinion_hw_queue *q)
{
	if (!q->user)
		return;
	/* The last jobs may have raised timelines without an interrupt that was handled. */
	cancel_work_sync(&q->user->notice);
	pinion_timelines_notice(q->vm);
	atomic_dec(&q->vm->user_queues);
	user_free(q->user);
}

/**
 * pinion_user_map_rings() - map the rings for DMA
 * @q: the user-mode queue
 * Return: 0; -ENOMEM.
 */
int pinion_user_map_rings(struct pinion_hw_queue *q)
{
	struct pinion_user_queue *user = q->user;
	struct device *dev = q->pdev->drm.dev;

	q->ring_dma = dma_map_single(dev, user->ring, user->ring_bytes, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, q->ring_dma))
		return -ENOMEM;
	q->cq_dma = dma_map_single(dev, user->cq, user->cq_bytes, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, q->cq_dma)) {
		dma_unmap_single(dev, q->ring_dma, user->ring_bytes, DMA_BIDIRECTIONAL);
		return -ENOMEM;
	}
	q->ring = user->ring;
	q->cq = user->cq;
	if (q->pdev->info.caps & PINION_CAP_SHADOW) {
		q->shadow = user->ring + q->entries * sizeof(*q->ring);
		q->shadow_dma = q->ring_dma + q->entries * sizeof(*q->ring);
	}
	return 0;
}

/**
 * pinion_user_unmap_rings() - end the DMA mappings of the rings
 * @q: user-mode queue that the card no longer serves; the process may keep the memory
 */
void pinion_user_unmap_rings(struct pinion_hw_queue *q)
{
	struct device *dev = q->pdev->drm.dev;

	dma_unmap_single(dev, q->cq_dma, q->user->cq_bytes, DMA_FROM_DEVICE);
	dma_unmap_single(dev, q->ring_dma, q->user->ring_bytes, DMA_BIDIRECTIONAL);
	q->ring = NULL;
	q->cq = NULL;
	q->shadow = NULL;
}

static const char *const user_policies[] = {
	[PINION_USER_OFF] = "off",
	[PINION_USER_ADMIN] = "admin",
	[PINION_USER_ON] = "on",
};

/**
 * pinion_user_check_allowed() - check whether the current task may create a user-mode queue
 * @pdev: device
 * Return: 0; -EOPNOTSUPP: the card lacks PINION_CAP_PROGRESS; -EPERM: user-mode submission is
 * off on this device, or needs CAP_SYS_ADMIN.
 */
int pinion_user_check_allowed(struct pinion_card *pdev)
{
	if (!(pdev->info.caps & PINION_CAP_PROGRESS))
		return -EOPNOTSUPP;
	switch (READ_ONCE(pdev->user_policy)) {
	case PINION_USER_ON:
		return 0;
	case PINION_USER_ADMIN:
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	default:
		return -EPERM;
	}
}

static ssize_t user_submission_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", user_policies[READ_ONCE(pdev->user_policy)]);
}

static ssize_t user_submission_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	int policy = sysfs_match_string(user_policies, buf);

	if (policy < 0)
		return policy;
	WRITE_ONCE(pdev->user_policy, policy);
	return count;
}

static DEVICE_ATTR_RW(user_submission);

static struct attribute *user_attrs[] = { &dev_attr_user_submission.attr, NULL };

/* Files in the sysfs folder of the PCI device while the driver is bound to it. */
const struct attribute_group pinion_user_group = {
	.attrs = user_attrs,
};
