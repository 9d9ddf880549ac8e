// SPDX-License-Identifier: GPL-2.0
/* Queues: a queue is a slot of the card's queue engine, with a descriptor and a completion ring. */
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/idr.h>
#include <linux/pm_runtime.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "pinion_ban.h"
#include "pinion_cancel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_gate.h"
#include "pinion_health.h"
#include "pinion_irq.h"
#include "pinion_limits.h"
#include "pinion_mbox.h"
#include "pinion_moderation.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_reset.h"
#include "pinion_stop.h"
#include "pinion_time.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"
#include "pinion_vm.h"

static size_t queue_ring_bytes(struct pinion_hw_queue *q)
{
	return q->entries * sizeof(*q->ring);
}

static size_t queue_cq_bytes(struct pinion_hw_queue *q)
{
	return q->entries * sizeof(*q->cq);
}

static size_t queue_rings_bytes(struct pinion_hw_queue *q)
{
	return queue_ring_bytes(q) + queue_cq_bytes(q);
}

/* Host memory that a queue takes beside its rings. */
static size_t queue_kept_bytes(struct pinion_hw_queue *q)
{
	return sizeof(*q) + q->entries * sizeof(*q->jobs) +
	       (q->mode == PINION_QUEUE_USER ? PINION_USER_KEPT_BYTES : 0);
}

static int queue_alloc_shadow(struct pinion_hw_queue *q)
{
	if (!(q->pdev->info.caps & PINION_CAP_SHADOW))
		return 0;
	q->shadow = dma_pool_zalloc(q->pdev->shadows, GFP_KERNEL, &q->shadow_dma);
	return q->shadow ? 0 : -ENOMEM;
}

static void queue_free_shadow(struct pinion_hw_queue *q)
{
	if (q->shadow)
		dma_pool_free(q->pdev->shadows, q->shadow, q->shadow_dma);
	q->shadow = NULL;
}

static int queue_alloc_rings(struct pinion_hw_queue *q)
{
	struct device *dev = q->pdev->drm.dev;

	if (q->user)
		return pinion_user_map_rings(q);
	if (queue_alloc_shadow(q))
		return -ENOMEM;
	q->ring = dma_alloc_coherent(dev, queue_ring_bytes(q), &q->ring_dma, GFP_KERNEL_ACCOUNT);
	if (!q->ring)
		goto free_shadow;
	q->cq = dma_alloc_coherent(dev, queue_cq_bytes(q), &q->cq_dma, GFP_KERNEL_ACCOUNT);
	if (q->cq)
		return 0;
	dma_free_coherent(dev, queue_ring_bytes(q), q->ring, q->ring_dma);
	q->ring = NULL;
free_shadow:
	queue_free_shadow(q);
	return -ENOMEM;
}

static void queue_free_rings(struct pinion_hw_queue *q)
{
	struct device *dev = q->pdev->drm.dev;

	if (q->user) {
		pinion_user_unmap_rings(q);
		return;
	}
	dma_free_coherent(dev, queue_cq_bytes(q), q->cq, q->cq_dma);
	dma_free_coherent(dev, queue_ring_bytes(q), q->ring, q->ring_dma);
	queue_free_shadow(q);
	q->ring = NULL;
	q->cq = NULL;
}

/**
 * pinion_queue_get_busy() - find out for how long the jobs of a queue ran
 * @q: queue; the caller holds pinion_hw_queue.lock, or no job can complete
 * Return: sum of the run times of completed jobs, in ticks of device time.
 */
u64 pinion_queue_get_busy(const struct pinion_hw_queue *q)
{
	return pinion_time_limit(q->pdev->info.time_freq) - q->time_left;
}

static void queue_publish(struct pinion_hw_queue *q, struct pinion_hw_queue *value)
{
	lockdep_assert_held(&q->pdev->queues_mutex);
	spin_lock_irq(&q->pdev->queues_lock);
	q->pdev->queues[q->id] = value;
	/* Move the busy time under queues_lock, so that a sum over all queues counts it once. */
	if (!value && q->budget)
		q->budget->busy = pinion_time_add(q->budget->busy, pinion_queue_get_busy(q));
	spin_unlock_irq(&q->pdev->queues_lock);
	/* A queue of a program keeps the card awake: its jobs are submitted without a question. */
	if (q->vm && value)
		pm_runtime_get_noresume(q->pdev->drm.dev);
	else if (q->vm)
		pm_runtime_put_autosuspend(q->pdev->drm.dev);
}

static int queue_enable(struct pinion_hw_queue *q)
{
	struct pinion_msg_queue_create args = {
		.queue = q->id,
		.vm = q->mmu_id,
		.ring_lo = lower_32_bits(q->ring_dma),
		.ring_hi = upper_32_bits(q->ring_dma),
		.cq_lo = lower_32_bits(q->cq_dma),
		.cq_hi = upper_32_bits(q->cq_dma),
		.entries = q->entries,
		.vector = q->vector,
		.priority = q->priority,
		.shadow_lo = lower_32_bits(q->shadow_dma),
		.shadow_hi = upper_32_bits(q->shadow_dma),
		.flags = q->flags,
	};

	return pinion_mbox_call(q->pdev, q->budget, PINION_MSG_QUEUE_CREATE, &args, sizeof(args),
				NULL);
}

/*
 * A request to stop a queue has ended with @ret: see to it that the card makes no memory access for
 * the queue. A card that was taken down has forgotten the queue.
 */
static void queue_settle(struct pinion_hw_queue *q, int ret, enum pinion_error_code code)
{
	struct pinion_card *pdev = q->pdev;

	if (ret == -EAGAIN || ret == -ENODEV) {
		pinion_wait_quiet(pdev);
	} else if (ret) {
		/* Silent firmware is nobody's fault. */
		if (ret != -EIO)
			pinion_ban_offend(pdev, q->budget);
		pinion_fail(pdev, code);
	}
}

/* On return the card makes no memory access for this queue. */
static void queue_disable(struct pinion_hw_queue *q)
{
	struct pinion_msg_queue args = { .queue = q->id };
	struct pinion_card *pdev = q->pdev;
	int ret, idx;

	/* The card was quiet when it forgot a queue that has ended. */
	if (READ_ONCE(q->state) == PINION_QUEUE_ENDED || !drm_dev_enter(&pdev->drm, &idx))
		return;
	ret = pinion_mbox_call_to_end(pdev, q->budget, PINION_MSG_QUEUE_DESTROY, &args,
				      sizeof(args));
	queue_settle(q, ret, PINION_ERROR_QUEUE_KEPT);
	drm_dev_exit(idx);
}

/*
 * Remove the doorbell from the page tables of processes. The next access faults it in again, as the
 * real doorbell only if the queue runs.
 */
static void queue_revoke(struct pinion_hw_queue *q)
{
	if (!q->user)
		return;
	mutex_lock(&q->pdev->doorbells_lock);
	pinion_user_revoke(q->pdev, q->id, 1);
	mutex_unlock(&q->pdev->doorbells_lock);
}

/* The card does not use the queue any more: end its jobs, its interrupt and its memory. */
static void queue_teardown(struct pinion_hw_queue *q)
{
	lockdep_assert_held(&q->pdev->queues_mutex);
	while (pinion_stop_kill(q))
		cond_resched();
	queue_revoke(q);
	queue_publish(q, NULL);
	pinion_irq_detach(q);
	queue_free_rings(q);
}

/* The card serves the queue. Its user may be refused since a moment ago. */
static void queue_run_locked(struct pinion_hw_queue *q)
{
	bool refused = pinion_ban_left(q->pdev, q->budget);

	q->state = refused && !q->user ? PINION_QUEUE_REFUSED : PINION_QUEUE_RUNNING;
	if (refused && q->user)
		pinion_user_refuse_locked(q);
	pinion_exec_moderate(q);
}

/* Do all parts of the creation that need the card. */
static int queue_start(struct pinion_hw_queue *q)
{
	int ret;

	ret = queue_alloc_rings(q);
	if (ret)
		return ret;
	pinion_irq_attach(q);
	/* Publish first, so that a reset of the card during the request finds the queue. */
	mutex_lock(&q->pdev->queues_mutex);
	queue_publish(q, q);
	mutex_unlock(&q->pdev->queues_mutex);
	ret = queue_enable(q);
	if (ret) {
		mutex_lock(&q->pdev->queues_mutex);
		queue_teardown(q);
		mutex_unlock(&q->pdev->queues_mutex);
		return ret;
	}
	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_RUNNING)
		queue_run_locked(q);
	spin_unlock_irq(&q->lock);
	return 0;
}

static struct pinion_hw_queue *queue_alloc(struct pinion_gpuvm *vm,
					   const struct pinion_queue_config *config)
{
	struct pinion_hw_queue *q;
	int ret = -ENOMEM;

	if (vm && pinion_ban_left(vm->mmu.pdev, vm->mmu.budget))
		return ERR_PTR(-EDQUOT);
	q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	if (!q)
		return ERR_PTR(-ENOMEM);
	q->entries = config->entries;
	q->mode = config->mode;
	q->jobs = kvcalloc(q->entries, sizeof(*q->jobs), GFP_KERNEL_ACCOUNT);
	if (!q->jobs)
		goto free_queue;
	q->budget = vm ? vm->mmu.budget : NULL;
	ret = pinion_charge(q->budget, PINION_USE_RINGS, queue_rings_bytes(q), queue_kept_bytes(q));
	if (ret)
		goto free_jobs;
	q->vm = vm ? pinion_vm_get(vm) : NULL;
	spin_lock_init(&q->lock);
	mutex_init(&q->reset_lock);
	init_waitqueue_head(&q->wait);
	return q;

free_jobs:
	kvfree(q->jobs);
free_queue:
	kfree(q);
	return ERR_PTR(ret);
}

static void queue_dealloc(struct pinion_hw_queue *q)
{
	pinion_uncharge(q->budget, PINION_USE_RINGS, queue_rings_bytes(q), queue_kept_bytes(q));
	if (q->vm)
		pinion_vm_put(q->vm);
	kvfree(q->jobs);
	kfree_rcu(q, rcu);
}

static void queue_init_moderation(struct pinion_hw_queue *q,
				  const struct pinion_queue_config *config)
{
	struct pinion_info *info = &q->pdev->info;

	if (q->mode == PINION_QUEUE_POLLED || !(info->caps & PINION_CAP_MODERATION))
		return;
	if (config->irq_count)
		q->moderation.value = PINION_MODERATION(config->irq_count, config->irq_us);
	else if (q->mode != PINION_QUEUE_USER)
		pinion_moderation_init(&q->moderation, q->entries, info->time_freq);
}

/* On return no work item or timer of the queue, which the card does not know, runs any more. */
static void queue_end_work(struct pinion_hw_queue *q)
{
	pinion_cancel_fini(q);
	pinion_exec_end(q);
	pinion_user_fini(q);
}

static void queue_init(struct pinion_hw_queue *q, const struct pinion_queue_config *config)
{
	q->priority = config->priority;
	q->short_path = PINION_SHORT_PATH(config->mode);
	q->fences = dma_fence_context_alloc(1);
	q->time_left = pinion_time_limit(q->pdev->info.time_freq);
	q->flags = config->charge ? PINION_QUEUE_F_CHARGE : 0;
	q->doorbell = q->pdev->doorbells + q->id * PINION_DOORBELL_STRIDE + PINION_DOORBELL_TAIL;
	queue_init_moderation(q, config);
	pinion_exec_begin(q);
	pinion_cancel_init(q);
}

/**
 * pinion_queue_new() - create a queue
 * @pdev: device; the caller is inside pinion_enter(), or in probe
 * @vm: address space of the queue's jobs, gets referenced; NULL for the driver's own queue
 * @mmu_id: number of the card's slot that has the address space
 * @config: parameters of the queue
 * Return: the queue, or ERR_PTR: -EDQUOT: over a limit, or refused for a time; -ENOSPC: the card
 * has no free queue; -ENOMEM; an error of pinion_mbox_call().
 */
struct pinion_hw_queue *pinion_queue_new(struct pinion_card *pdev, struct pinion_gpuvm *vm,
					 u32 mmu_id, const struct pinion_queue_config *config)
{
	struct pinion_hw_queue *q = queue_alloc(vm, config);
	int ret;

	if (IS_ERR(q))
		return q;
	ret = ida_alloc_max(&pdev->queue_ids, pdev->info.queues - 1, GFP_KERNEL);
	if (ret < 0)
		goto dealloc;
	q->id = ret;
	q->pdev = pdev;
	q->mmu_id = mmu_id;
	queue_init(q, config);
	ret = pinion_user_init(q, config);
	if (ret)
		goto free_id;
	ret = queue_start(q);
	if (ret)
		goto end_work;
	/* The queue is published: either this or pinion_resv_begin() sees the other. */
	if (vm && pinion_vm_is_synced(vm))
		q->short_path = PINION_SHORT_PATH(PINION_QUEUE_USER);
	drm_dev_get(&pdev->drm);
	return q;

end_work:
	pinion_user_stop_watch(q);
	queue_end_work(q);
free_id:
	ida_free(&pdev->queue_ids, q->id);
dealloc:
	queue_dealloc(q);
	return ERR_PTR(ret);
}

/**
 * pinion_queue_free() - stop a queue, then free it
 * @q: queue
 */
void pinion_queue_free(struct pinion_hw_queue *q)
{
	struct pinion_card *pdev = q->pdev;

	pinion_user_stop_watch(q);
	/* A forced stop that is under way uses the queue's number until it ends. */
	mutex_lock(&q->reset_lock);
	/* Until the card knows it no more, a restarted card must not be told of it again. */
	down_read(&pdev->told_lock);
	queue_disable(q);
	mutex_lock(&pdev->queues_mutex);
	/* Without rings: pinion_queues_remove() has taken the queue down. */
	if (q->ring)
		queue_teardown(q);
	mutex_unlock(&pdev->queues_mutex);
	up_read(&pdev->told_lock);
	mutex_unlock(&q->reset_lock);
	queue_end_work(q);
	ida_free(&pdev->queue_ids, q->id);
	queue_dealloc(q);
	drm_dev_put(&pdev->drm);
}

/**
 * pinion_queues_remove() - free the rings and interrupts of all queues when the device goes
 * @pdev: device, stopped and unplugged
 *
 * The files of queues may stay open, but the queues are dead.
 */
void pinion_queues_remove(struct pinion_card *pdev)
{
	u32 id;

	mutex_lock(&pdev->queues_mutex);
	for (id = 0; id < pdev->info.queues; id++)
		if (pdev->queues[id])
			queue_teardown(pdev->queues[id]);
	mutex_unlock(&pdev->queues_mutex);
}

/* Accept no jobs while the card resets the queue. @was: out: the state before. */
static int queue_reset_begin(struct pinion_hw_queue *q, enum pinion_queue_state *was)
{
	int ret = 0;

	spin_lock_irq(&q->lock);
	*was = q->state;
	if (q->state == PINION_QUEUE_DEAD)
		ret = -ENODEV;
	else if (q->state == PINION_QUEUE_ENDED)
		ret = -ENOTRECOVERABLE;
	else if (q->submitted != q->completed)
		ret = -EBUSY;
	else
		q->state = PINION_QUEUE_STOPPING;
	spin_unlock_irq(&q->lock);
	return ret;
}

/* The card did not reset the queue: go on in the state @state. */
static void queue_reset_fail(struct pinion_hw_queue *q, enum pinion_queue_state state)
{
	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_STOPPING)
		q->state = state;
	spin_unlock_irq(&q->lock);
	wake_up_poll(&q->wait, EPOLLERR | EPOLLOUT);
}

/*
 * The card has reset the queue, or was restarted: begin with empty rings, unless the state changed
 * from @from meanwhile. If the card was taken down again before, nobody would pause the queue once
 * it runs: the next restart begins it. If that happens after, pinion_queues_pause() waits for the
 * lock and pauses it.
 */
static void queue_begin(struct pinion_hw_queue *q, enum pinion_queue_state from)
{
	spin_lock_irq(&q->lock);
	if (q->state == from && pinion_answers(q->pdev)) {
		memset(q->cq, 0, queue_cq_bytes(q));
		if (q->shadow)
			memset(q->shadow, 0, sizeof(*q->shadow));
		memset(&q->fault, 0, sizeof(q->fault));
		q->tail = 0;
		q->rung = 0;
		q->freed = 0;
		q->cq_head = 0;
		if (q->user)
			pinion_user_reset_locked(q);
		queue_run_locked(q);
	}
	spin_unlock_irq(&q->lock);
	wake_up_poll(&q->wait, EPOLLOUT);
}

static int queue_reset(struct pinion_hw_queue *q)
{
	struct pinion_msg_queue args = { .queue = q->id };
	enum pinion_queue_state was;
	int ret;

	lockdep_assert_held(&q->reset_lock);
	if (!q->user)
		pinion_exec_drain(q);
	ret = queue_reset_begin(q, &was);
	if (ret)
		return ret;
	queue_revoke(q);
	ret = pinion_mbox_call(q->pdev, q->budget, PINION_MSG_QUEUE_RESET, &args, sizeof(args),
			       NULL);
	if (ret == -EINTR) {
		/* The task was killed before the card saw the request. */
		queue_reset_fail(q, was);
		pinion_exec_handle_fault(q);
		return ret;
	}
	if (ret) {
		queue_reset_fail(q, PINION_QUEUE_STOPPED);
		return ret;
	}
	pinion_health_count(q->pdev, PINION_COUNT_QUEUE_RESETS);
	if (q->user)
		pinion_user_notice(q);
	queue_begin(q, PINION_QUEUE_STOPPING);
	/* A thread that wrote a doorbell meanwhile got the page of a stopped queue: remove it. */
	queue_revoke(q);
	return 0;
}

static int queue_reset_once(struct pinion_hw_queue *q)
{
	int ret, idx;

	if (!pinion_enter(q->pdev, &idx))
		return -ENODEV;
	ret = mutex_lock_interruptible(&q->reset_lock);
	if (!ret) {
		ret = queue_reset(q);
		mutex_unlock(&q->reset_lock);
	}
	pinion_exit(q->pdev, idx);
	return ret;
}

/**
 * pinion_queue_reset() - start a stopped queue again, with empty rings
 * @q: queue; the caller is not inside pinion_enter()
 * Return: 0; -EBUSY: jobs are in flight; -ENOTRECOVERABLE: the queue has ended; -EDQUOT: the user
 * is refused for a time; -EINTR; -ENODEV; an error of pinion_mbox_call().
 */
int pinion_queue_reset(struct pinion_hw_queue *q)
{
	int ret;

	if (pinion_ban_left(q->pdev, q->budget))
		return -EDQUOT;
	do
		ret = queue_reset_once(q);
	while (ret == -EAGAIN); /* the card was taken down meanwhile */
	return ret;
}

/**
 * pinion_queue_restore() - tell a card that was restarted of a queue again
 * @q: queue; the caller holds pinion_card.told_lock for writing, and the gate is closed
 *
 * A queue that had no jobs runs again. One that has lost jobs stays stopped until its owner resets
 * it. The driver's own queue runs in any case, because those who waited for its jobs know. A
 * user-mode queue has ended: its process may still be writing to the rings.
 * Return: 0 or an error of pinion_mbox_call().
 */
int pinion_queue_restore(struct pinion_hw_queue *q)
{
	int ret;

	lockdep_assert_held_write(&q->pdev->told_lock);
	if (q->user)
		return 0;
	if (q->shadow)
		memset(q->shadow, 0, sizeof(*q->shadow));
	ret = queue_enable(q);
	if (!ret)
		queue_begin(q, q->vm ? PINION_QUEUE_PAUSED : READ_ONCE(q->state));
	return ret;
}

/**
 * pinion_queue_stop() - stop a queue and end all its jobs if the oldest takes too long
 * @q: queue
 * @late: checks whether the oldest job still takes too long: it may have completed meanwhile;
 *	called under pinion_hw_queue.lock
 *
 * If @late returns true, the queue is stopped on return, as after a fault.
 */
void pinion_queue_stop(struct pinion_hw_queue *q, bool (*late)(struct pinion_hw_queue *q))
{
	struct pinion_msg_queue args = { .queue = q->id };
	int ret, idx;

	if (!drm_dev_enter(&q->pdev->drm, &idx))
		return;
	mutex_lock(&q->reset_lock);
	/* While the card is being started, nobody else may use the mailbox. */
	down_read(&q->pdev->told_lock);
	if (pinion_stop_begin(q, late)) {
		queue_revoke(q);
		ret = pinion_mbox_call_to_end(q->pdev, q->budget, PINION_MSG_QUEUE_RESET, &args,
					      sizeof(args));
		queue_settle(q, ret, PINION_ERROR_QUEUE_RESET);
		if (!ret)
			pinion_health_count(q->pdev, PINION_COUNT_QUEUE_RESETS);
		pinion_stop_end(q);
	}
	up_read(&q->pdev->told_lock);
	mutex_unlock(&q->reset_lock);
	drm_dev_exit(idx);
}
