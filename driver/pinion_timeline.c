// SPDX-License-Identifier: GPL-2.0
/*
 * Timelines: a word in memory that only grows, and what waits for it.
 *
 * Both the card, in jobs, and the kernel raise the word. The kernel uses compare-and-exchange, but
 * the card's read and write are not one atomic access: if the kernel raises the word between the
 * two, the card's write may lower it again. That does no harm. The card's job completes soon after,
 * and its completion raises the word to the highest value seen. Until then the host goes by the
 * highest value seen, and a wait on the card that was satisfied stays satisfied.
 *
 * Waiters are called under the timeline's lock with interrupts off, and processes choose how many
 * there are. So a raise, which may happen in an interrupt, calls one waiter, and a work item calls
 *the others in batches, between which interrupts are on.
 */
#include <linux/dma-fence.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"

/* Number of waiters that the work item calls at a time. */
#define TIMELINE_BATCH 16

/* What a timeline is charged for. */
#define TIMELINE_BYTES (PAGE_SIZE + sizeof(struct pinion_timeline_page))

struct workqueue_struct *pinion_signal_wq;

/**
 * pinion_timelines_init() - prepare for timelines, before any exists
 * Return: 0; -ENOMEM.
 */
int pinion_timelines_init(void)
{
	pinion_signal_wq = alloc_workqueue("pinion-signal", WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	return pinion_signal_wq ? 0 : -ENOMEM;
}

/** pinion_timelines_exit() - undo pinion_timelines_init(), when no timeline exists any more */
void pinion_timelines_exit(void)
{
	destroy_workqueue(pinion_signal_wq);
}

static struct pinion_timeline_waiter *timeline_waiter(struct rb_node *node)
{
	return rb_entry(node, struct pinion_timeline_waiter, node);
}

/* Call up to @most waiters whose value is reached. Return: whether there are more. */
static bool timeline_call(struct pinion_timeline_page *tl, u32 most)
{
	struct rb_node *node;

	lockdep_assert_held(&tl->lock);
	while ((node = rb_first_cached(&tl->waiters))) {
		struct pinion_timeline_waiter *waiter = timeline_waiter(node);

		if (waiter->value > tl->seen)
			return false;
		if (!most--)
			return true;
		/* Called under the lock: never after pinion_timeline_remove_waiter() returns. */
		waiter->state = PINION_WAITER_DONE;
		rb_erase_cached(node, &tl->waiters);
		tl->nwaiters--;
		waiter->call(waiter);
	}
	return false;
}

/* Call the waiters that are left later. The work item has a reference while it is queued. */
static void timeline_call_rest(struct pinion_timeline_page *tl)
{
	lockdep_assert_held(&tl->lock);
	if (queue_work(pinion_signal_wq, &tl->rest))
		kref_get(&tl->refs);
}

/* Call a batch of waiters. The work is queued anew for the next, so that other work gets a turn. */
static void timeline_rest(struct work_struct *work)
{
	struct pinion_timeline_page *tl = container_of(work, struct pinion_timeline_page, rest);
	bool cookie = dma_fence_begin_signalling();

	spin_lock_irq(&tl->lock);
	if (timeline_call(tl, TIMELINE_BATCH))
		timeline_call_rest(tl);
	spin_unlock_irq(&tl->lock);
	dma_fence_end_signalling(cookie);
	pinion_timeline_put(tl);
}

/*
 * The page lies below 4 GiB, where every card can reach it: which cards will share the timeline is
 * not known yet.
 */
static struct pinion_timeline_page *timeline_alloc(void)
{
	struct pinion_timeline_page *tl = kzalloc(sizeof(*tl), GFP_KERNEL_ACCOUNT);

	if (!tl)
		return NULL;
	tl->word = (u64 *)__get_free_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_DMA32);
	if (tl->word)
		return tl;
	kfree(tl);
	return NULL;
}

/**
 * pinion_timeline_new() - create a timeline
 * @pdev: device, gets referenced
 * @budget: budget to charge, gets referenced
 * @value: initial value
 *
 * A timeline has its page for itself: processes map the page, and jobs write to all of it.
 * Return: the timeline, with one reference, or ERR_PTR: -EDQUOT: over a limit; -ENOMEM.
 */
struct pinion_timeline_page *pinion_timeline_new(struct pinion_card *pdev,
						 struct pinion_budget *budget, u64 value)
{
	struct pinion_timeline_page *tl;
	int ret = pinion_charge(budget, PINION_USE_TIMELINE, TIMELINE_BYTES, 0);

	if (ret)
		return ERR_PTR(ret);
	tl = timeline_alloc();
	if (!tl) {
		pinion_uncharge(budget, PINION_USE_TIMELINE, TIMELINE_BYTES, 0);
		return ERR_PTR(-ENOMEM);
	}
	drm_dev_get(&pdev->drm);
	tl->pdev = pdev;
	tl->budget = pinion_budget_get(budget);
	kref_init(&tl->refs);
	spin_lock_init(&tl->lock);
	tl->waiters = RB_ROOT_CACHED;
	tl->promises = RB_ROOT_CACHED;
	INIT_WORK(&tl->rest, timeline_rest);
	init_waitqueue_head(&tl->readers);
	*tl->word = value;
	tl->seen = value;
	return tl;
}

/**
 * pinion_timeline_get() - take a reference
 * @tl: timeline
 * Return: @tl.
 */
struct pinion_timeline_page *pinion_timeline_get(struct pinion_timeline_page *tl)
{
	kref_get(&tl->refs);
	return tl;
}

static void timeline_release(struct kref *ref)
{
	struct pinion_timeline_page *tl = container_of(ref, struct pinion_timeline_page, refs);

	/* Processes that have mapped the page hold references to it. */
	free_page((unsigned long)tl->word);
	pinion_uncharge(tl->budget, PINION_USE_TIMELINE, TIMELINE_BYTES, 0);
	pinion_budget_put(tl->budget);
	drm_dev_put(&tl->pdev->drm);
	kfree(tl);
}

/**
 * pinion_timeline_put() - drop a reference, not in an interrupt
 * @tl: timeline; if the reference is the last one, no address space maps it and it has no waiters
 */
void pinion_timeline_put(struct pinion_timeline_page *tl)
{
	kref_put(&tl->refs, timeline_release);
}

/* Raise the word to @value and to the highest value seen, at least. Return: the word's value. */
static u64 timeline_raise_word(struct pinion_timeline_page *tl, u64 value)
{
	u64 old = READ_ONCE(*tl->word);

	lockdep_assert_held(&tl->lock);
	value = max(value, tl->seen);
	while (old < value && !try_cmpxchg64(tl->word, &old, value))
		;
	return max(old, value);
}

/* Raise a timeline to *@value, and set that to the value afterwards. Return: whether it grew. */
static bool timeline_raise(struct pinion_timeline_page *tl, u64 *value)
{
	*value = timeline_raise_word(tl, *value);
	if (*value <= tl->seen)
		return false;
	tl->seen = *value;
	if (timeline_call(tl, 1))
		timeline_call_rest(tl);
	return true;
}

static void timeline_wake(struct pinion_timeline_page *tl)
{
	if (wq_has_sleeper(&tl->readers))
		wake_up_poll(&tl->readers, EPOLLIN | EPOLLRDNORM);
}

/**
 * pinion_timeline_raise() - raise a timeline to a value, and wake its waiters
 * @tl: timeline; any context
 * @value: value that the timeline has afterwards, at least; 0: only notice what a card has written
 * Return: the value of the timeline.
 */
u64 pinion_timeline_raise(struct pinion_timeline_page *tl, u64 value)
{
	unsigned long flags;
	bool grown;

	spin_lock_irqsave(&tl->lock, flags);
	grown = timeline_raise(tl, &value);
	spin_unlock_irqrestore(&tl->lock, flags);
	if (grown)
		timeline_wake(tl);
	return value;
}

static struct pinion_timeline_promise *timeline_promise(struct rb_node *node)
{
	return rb_entry(node, struct pinion_timeline_promise, node);
}

static bool promise_is_before(struct rb_node *a, const struct rb_node *b)
{
	return timeline_promise(a)->value <
	       rb_entry(b, struct pinion_timeline_promise, node)->value;
}

/**
 * pinion_timeline_promise() - take note that a job will raise a timeline when it ends
 * @tl: timeline; any context
 * @promise: value and job; belongs to @tl until pinion_timeline_keep()
 */
void pinion_timeline_promise(struct pinion_timeline_page *tl,
			     struct pinion_timeline_promise *promise)
{
	unsigned long flags;

	spin_lock_irqsave(&tl->lock, flags);
	rb_add_cached(&promise->node, &tl->promises, promise_is_before);
	spin_unlock_irqrestore(&tl->lock, flags);
}

/**
 * pinion_timeline_keep() - raise a timeline to the value that an ended job has promised
 * @tl: timeline; any context
 * @promise: promise of the job, belongs to the caller on return
 */
void pinion_timeline_keep(struct pinion_timeline_page *tl, struct pinion_timeline_promise *promise)
{
	u64 value = promise->value;
	unsigned long flags;
	bool grown;

	spin_lock_irqsave(&tl->lock, flags);
	rb_erase_cached(&promise->node, &tl->promises);
	grown = timeline_raise(tl, &value);
	spin_unlock_irqrestore(&tl->lock, flags);
	if (grown)
		timeline_wake(tl);
}

/**
 * pinion_timeline_find_promise() - find a job in flight that raises a timeline far enough
 * @tl: timeline
 * @value: value that the timeline is to reach
 * @found: out: copy of the promise with the lowest value from @value on
 * Return: false if no job in flight raises the timeline to @value.
 */
bool pinion_timeline_find_promise(struct pinion_timeline_page *tl, u64 value,
				  struct pinion_timeline_promise *found)
{
	struct rb_node *node, *best = NULL;

	spin_lock_irq(&tl->lock);
	node = tl->promises.rb_root.rb_node;
	while (node) {
		if (timeline_promise(node)->value < value) {
			node = node->rb_right;
		} else {
			best = node;
			node = node->rb_left;
		}
	}
	if (best)
		*found = *timeline_promise(best);
	spin_unlock_irq(&tl->lock);
	return best;
}

/**
 * pinion_timeline_is_crowded() - check whether a timeline has as many waiters as it may have
 * @tl: timeline
 *
 * The check takes no lock, so the limit may be exceeded by one waiter for each processor.
 * Return: true if there are PINION_TIMELINE_WAITERS.
 */
bool pinion_timeline_is_crowded(const struct pinion_timeline_page *tl)
{
	return READ_ONCE(tl->nwaiters) >= PINION_TIMELINE_WAITERS;
}

static bool waiter_is_before(struct rb_node *a, const struct rb_node *b)
{
	return timeline_waiter(a)->value < rb_entry(b, struct pinion_timeline_waiter, node)->value;
}

/**
 * pinion_timeline_add_waiter() - have a waiter called when its value is reached
 * @tl: timeline, referenced until the call or pinion_timeline_remove_waiter()
 * @waiter: waiter in state PINION_WAITER_NEW, with its value and callback set
 * Return: true if the waiter was added; false if it will not be called, since the value is
 * reached already or the waiter was removed before it was added.
 */
bool pinion_timeline_add_waiter(struct pinion_timeline_page *tl,
				struct pinion_timeline_waiter *waiter)
{
	unsigned long flags;
	bool waits;

	pinion_timeline_raise(tl, 0);
	spin_lock_irqsave(&tl->lock, flags);
	waits = waiter->state == PINION_WAITER_NEW && waiter->value > tl->seen;
	waiter->state = waits ? PINION_WAITER_WAITING : PINION_WAITER_DONE;
	if (waits) {
		rb_add_cached(&waiter->node, &tl->waiters, waiter_is_before);
		tl->nwaiters++;
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	return waits;
}

/**
 * pinion_timeline_remove_waiter() - make sure that a waiter is not called any more
 * @tl: timeline
 * @waiter: waiter in any state
 * Return: true if the waiter was waiting, even if its value is reached and a call was near; false
 * if it was called, or if pinion_timeline_add_waiter() has returned or will return false for it.
 */
bool pinion_timeline_remove_waiter(struct pinion_timeline_page *tl,
				   struct pinion_timeline_waiter *waiter)
{
	unsigned long flags;
	bool waited;

	spin_lock_irqsave(&tl->lock, flags);
	waited = waiter->state == PINION_WAITER_WAITING;
	waiter->state = PINION_WAITER_DONE;
	if (waited) {
		rb_erase_cached(&waiter->node, &tl->waiters);
		tl->nwaiters--;
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	return waited;
}
