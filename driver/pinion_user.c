// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: user-mode submission
 *
 * A queue of PINION_QUEUE_USER has its rings and its doorbell mapped into a process,
 * which puts jobs in without a system call. The card keeps them to the address space
 * of the queue, as any job, so the ring may hold what it will. The kernel does not
 * see the jobs. It knows how many have completed from PINION_DOORBELL_RECORDS, which
 * it reads when an interrupt has come or somebody asks, and keeps:
 *
 * - who may have one: pinion_user_allowed();
 * - the rings' memory, and its teardown with the queue;
 * - the doorbell, taken away when the queue stops: pinion_user_mmap.c;
 * - what timelines tell those who wait in the kernel, if the job that raises one
 *   interrupts;
 * - how long a job may take: user_round().
 *
 * The watch runs only while the process has the doorbell in its page tables. If the
 * queue is idle when it does, the doorbell is taken away, and the fault that the next
 * job brings starts the watch again: an idle queue costs nothing.
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

#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_ring.h"
#include "pinion_timeline_map.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"
#include "pinion_vm.h"

/* All cards reach it, so none of it is bounced. */
static void *user_pages(size_t bytes)
{
	return alloc_pages_exact(bytes, GFP_KERNEL_ACCOUNT | GFP_DMA32 | __GFP_ZERO | __GFP_NOWARN);
}

/* The shadow doorbell is behind the descriptors. */
static size_t user_ring_bytes(u32 entries)
{
	return entries * sizeof(struct pinion_desc) + sizeof(struct pinion_shadow);
}

static void user_free(struct pinion_user_queue *user)
{
	if (user->dummy)
		free_page((unsigned long)user->dummy);
	if (user->cq)
		free_pages_exact(user->cq, user->cq_bytes);
	if (user->ring)
		free_pages_exact(user->ring, user->ring_bytes);
	kfree(user);
}

/* Those who wait in the kernel are told by whoever completes the job that raises it. */
static void user_notice(struct work_struct *work)
{
	struct pinion_user_queue *user = container_of(work, struct pinion_user_queue, notice);

	pinion_timelines_notice(user->q->vm);
}

/**
 * pinion_user_notice() - jobs may have raised timelines: have those told who wait in the kernel
 * @q: queue; any context
 */
void pinion_user_notice(struct pinion_queue *q)
{
	if (!xa_empty(&q->vm->timelines))
		queue_work(system_highpri_wq, &q->user->notice);
}

static u32 user_reg(struct pinion_queue *q, u32 reg)
{
	return readl(q->doorbell + reg);
}

/**
 * pinion_user_has_news() - whether a record may have been written since the last look
 * @q: queue; the caller knows that its rings stay
 *
 * For interrupts, which may be other queues'. The phase does not tell if the process
 * went round the ring since; then the slot's record is a later one.
 */
bool pinion_user_has_news(struct pinion_queue *q)
{
	u32 slot = pinion_ring_slot(READ_ONCE(q->cq_head), q->entries);

	return pinion_exec_has_news(q) || READ_ONCE(q->cq[slot].end) != READ_ONCE(q->user->stale);
}

/**
 * pinion_user_look_locked() - take notice of the records that the card has written
 * @q: queue; the caller holds pinion_queue.lock
 * Return: true if the card has written records that the driver had not noticed yet.
 */
bool pinion_user_look_locked(struct pinion_queue *q)
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
 * @q: queue; the caller does not hold pinion_queue.lock
 * Return: true if the card has written records that the driver had not noticed yet.
 */
bool pinion_user_look(struct pinion_queue *q)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&q->lock, flags);
	more = pinion_user_look_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

/**
 * pinion_user_reset_locked() - the card has reset the queue: count from zero
 * @q: queue; the caller holds pinion_queue.lock
 */
void pinion_user_reset_locked(struct pinion_queue *q)
{
	lockdep_assert_held(&q->lock);
	q->submitted = 0;
	q->completed = 0;
	q->user->stale = 0;
	q->user->was_busy = false;
	q->user->late = false;
}

/**
 * pinion_user_events() - what poll() says of a queue that runs
 * @q: queue; the caller holds pinion_queue.lock
 * Return: EPOLL*.
 */
__poll_t pinion_user_events(const struct pinion_queue *q)
{
	lockdep_assert_held(&q->lock);
	return q->completed >= q->user->armed ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * pinion_user_arm() - set what poll() waits for
 * @q: queue
 * @records: since the queue was made or reset
 */
void pinion_user_arm(struct pinion_queue *q, u64 records)
{
	spin_lock_irq(&q->lock);
	q->user->armed = records;
	pinion_user_look_locked(q);
	/* Those who poll already have looked with the old value. */
	if (q->completed >= records)
		wake_up_poll(&q->wait, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irq(&q->lock);
}

/**
 * pinion_user_is_idle() - whether the card has nothing to do for the queue
 * @q: queue of any mode, whose doorbell is there
 * Return: true, too, for one that is not of PINION_QUEUE_USER.
 */
bool pinion_user_is_idle(struct pinion_queue *q)
{
	bool idle;

	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_RUNNING)
		idle = !q->user || user_reg(q, PINION_DOORBELL_STATE) == PINION_Q_IDLE;
	else
		idle = q->state != PINION_QUEUE_STOPPING;
	spin_unlock_irq(&q->lock);
	return idle;
}

/*
 * Whether it runs and has something to do. It is late if its oldest job was there the last
 * time, too, and stays so until it is reset.
 */
static bool user_is_busy(struct pinion_queue *q)
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

static bool user_is_late(struct pinion_queue *q)
{
	pinion_user_look_locked(q);
	return q->user->late && q->completed == q->user->seen;
}

/* One round. */
static void user_round(struct pinion_user_queue *user)
{
	struct pinion_queue *q = user->q;
	struct pinion_device *pdev = q->pdev;

	mutex_lock(&pdev->doorbells_lock);
	user->watching = user_is_busy(q);
	if (!user->watching) {
		pinion_user_revoke(pdev, q->id, 1);
		/* A doorbell that was written before that is seen now. */
		user->watching = user_is_busy(q);
	}
	if (user->watching)
		schedule_delayed_work(&user->watch, msecs_to_jiffies(user->job_ms));
	mutex_unlock(&pdev->doorbells_lock);
}

static void user_watch(struct work_struct *work)
{
	struct pinion_user_queue *user = container_of(to_delayed_work(work),
						      struct pinion_user_queue, watch);

	user_round(user);
	if (READ_ONCE(user->late))
		pinion_queue_stop(user->q, user_is_late);
}

/**
 * pinion_user_watch() - the process gets the doorbell: from now on jobs are timed
 * @user: queue; the caller holds pinion_device.doorbells_lock
 */
void pinion_user_watch(struct pinion_user_queue *user)
{
	lockdep_assert_held(&user->q->pdev->doorbells_lock);
	if (!user->job_ms || user->watching)
		return;
	user->watching = true;
	schedule_delayed_work(&user->watch, msecs_to_jiffies(user->job_ms));
}

/**
 * pinion_user_init() - make what a queue of PINION_QUEUE_USER has in addition
 * @q: queue; nothing happens if it is of another mode
 * @config: how it is made
 * Return: 0; -ENOMEM.
 */
int pinion_user_init(struct pinion_queue *q, const struct pinion_queue_config *config)
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
	if (!user->ring || !user->cq || !user->dummy) {
		user_free(user);
		return -ENOMEM;
	}
	q->user = user;
	atomic_inc(&q->vm->user_queues);
	return 0;
}

/**
 * pinion_user_quiet() - on return no job of the queue is timed any more
 * @q: queue that no process has mapped; nothing happens if it is of another mode
 */
void pinion_user_quiet(struct pinion_queue *q)
{
	if (q->user)
		cancel_delayed_work_sync(&q->user->watch);
}

/**
 * pinion_user_fini() - free what pinion_user_init() made
 * @q: queue without an interrupt; nothing happens if it is of another mode
 */
void pinion_user_fini(struct pinion_queue *q)
{
	if (!q->user)
		return;
	/* What its last jobs have raised; their interrupts may never have come. */
	cancel_work_sync(&q->user->notice);
	pinion_timelines_notice(q->vm);
	atomic_dec(&q->vm->user_queues);
	user_free(q->user);
}

/**
 * pinion_user_map_rings() - let the card reach the rings
 * @q: queue
 * Return: 0; -ENOMEM.
 */
int pinion_user_map_rings(struct pinion_queue *q)
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
 * pinion_user_unmap_rings() - the card is quiet: end that
 * @q: queue; the process may keep the memory
 */
void pinion_user_unmap_rings(struct pinion_queue *q)
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
 * pinion_user_allowed() - whether the caller may have a queue of PINION_QUEUE_USER
 * @pdev: device
 * Return: 0; -EOPNOTSUPP: the card cannot tell the kernel of its progress; -EPERM: it is
 * off on this device, or needs CAP_SYS_ADMIN.
 */
int pinion_user_allowed(struct pinion_device *pdev)
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
	struct pinion_device *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", user_policies[READ_ONCE(pdev->user_policy)]);
}

static ssize_t user_submission_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct pinion_device *pdev = dev_get_drvdata(dev);
	int policy = sysfs_match_string(user_policies, buf);

	if (policy < 0)
		return policy;
	WRITE_ONCE(pdev->user_policy, policy);
	return count;
}

static DEVICE_ATTR_RW(user_submission);

static struct attribute *user_attrs[] = { &dev_attr_user_submission.attr, NULL };

/* In the folder of the PCI device, while the driver is bound to it. */
const struct attribute_group pinion_user_group = {
	.attrs = user_attrs,
};
