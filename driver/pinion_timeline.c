// SPDX-License-Identifier: GPL-2.0
/*
 * Timelines. The word is raised by the card, in jobs, and by the kernel, with a
 * compare-and-exchange that the card's read and write may run into: then the
 * word goes back. Whoever raised it completes a job soon after, and completing
 * raises it again to the highest value seen. The host goes by that value, and
 * the card's waits that were satisfied stay so.
 */
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "pinion_accel.h"
#include "pinion_timeline.h"

/**
 * pinion_timeline_new() - make a timeline
 * @value: to start at
 *
 * Its page is where every card reaches it: which ones will share it is not known.
 * Return: it, with one reference, or ERR_PTR(-ENOMEM).
 */
struct pinion_timeline *pinion_timeline_new(u64 value)
{
	struct pinion_timeline *tl = kzalloc(sizeof(*tl), GFP_KERNEL_ACCOUNT);

	if (!tl)
		return ERR_PTR(-ENOMEM);
	tl->word = (u64 *)__get_free_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_DMA32);
	if (!tl->word) {
		kfree(tl);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&tl->refs);
	spin_lock_init(&tl->lock);
	INIT_LIST_HEAD(&tl->waiters);
	init_waitqueue_head(&tl->readers);
	*tl->word = value;
	tl->seen = value;
	return tl;
}

struct pinion_timeline *pinion_timeline_get(struct pinion_timeline *tl)
{
	kref_get(&tl->refs);
	return tl;
}

static void timeline_release(struct kref *ref)
{
	struct pinion_timeline *tl = container_of(ref, struct pinion_timeline, refs);

	/* Those who have it mmapped keep the page. */
	free_page((unsigned long)tl->word);
	kfree(tl);
}

/**
 * pinion_timeline_put() - drop a reference; any context
 * @tl: timeline, mapped nowhere and waited for by nobody if it is the last one
 */
void pinion_timeline_put(struct pinion_timeline *tl)
{
	kref_put(&tl->refs, timeline_release);
}

/* The word after it was raised to @value at least, and to what was seen before. */
static u64 timeline_raise_word(struct pinion_timeline *tl, u64 value)
{
	u64 old = READ_ONCE(*tl->word);

	lockdep_assert_held(&tl->lock);
	value = max(value, tl->seen);
	while (old < value && !try_cmpxchg64(tl->word, &old, value))
		;
	return max(old, value);
}

/* Under the lock, so that nobody is called who was removed. */
static void timeline_call(struct pinion_timeline *tl)
{
	struct pinion_timeline_waiter *waiter, *next;

	lockdep_assert_held(&tl->lock);
	list_for_each_entry_safe(waiter, next, &tl->waiters, link) {
		if (waiter->value > tl->seen)
			return;
		waiter->state = PINION_WAITER_DONE;
		list_del(&waiter->link);
		tl->nwaiters--;
		waiter->call(waiter);
	}
}

/**
 * pinion_timeline_raise() - raise to a value, and wake those who wait for it
 * @tl: timeline; any context
 * @value: at least this; 0 to take notice of what a card has written
 * Return: its value now.
 */
u64 pinion_timeline_raise(struct pinion_timeline *tl, u64 value)
{
	unsigned long flags;
	bool grown;

	spin_lock_irqsave(&tl->lock, flags);
	value = timeline_raise_word(tl, value);
	grown = value > tl->seen;
	if (grown) {
		tl->seen = value;
		timeline_call(tl);
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	if (grown && wq_has_sleeper(&tl->readers))
		wake_up_poll(&tl->readers, EPOLLIN | EPOLLRDNORM);
	return value;
}

/**
 * pinion_timeline_is_crowded() - whether no more are to wait for it
 * @tl: timeline
 *
 * Those who wait are looked at and called with interrupts off. Each processor may add one more.
 * Return: whether it has PINION_TIMELINE_WAITERS.
 */
bool pinion_timeline_is_crowded(const struct pinion_timeline *tl)
{
	return READ_ONCE(tl->nwaiters) >= PINION_TIMELINE_WAITERS;
}

/**
 * pinion_timeline_add_waiter() - ask for a call when a value is reached
 * @tl: timeline, referenced until the call or pinion_timeline_remove_waiter()
 * @waiter: new, its value and call are set
 * Return: false: there will be no call, since the value is reached already or the
 * waiter was removed before.
 */
bool pinion_timeline_add_waiter(struct pinion_timeline *tl, struct pinion_timeline_waiter *waiter)
{
	struct pinion_timeline_waiter *at;
	unsigned long flags;
	bool waits;

	pinion_timeline_raise(tl, 0);
	spin_lock_irqsave(&tl->lock, flags);
	waits = waiter->state == PINION_WAITER_NEW && waiter->value > tl->seen;
	waiter->state = waits ? PINION_WAITER_WAITING : PINION_WAITER_DONE;
	if (waits) {
		/* From the end: most ask for more than those before them. */
		list_for_each_entry_reverse(at, &tl->waiters, link)
			if (at->value <= waiter->value)
				break;
		list_add(&waiter->link, &at->link);
		tl->nwaiters++;
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	return waits;
}

/**
 * pinion_timeline_remove_waiter() - do not call
 * @tl: timeline
 * @waiter: in any state
 * Return: whether it waited; if not, it was called, or pinion_timeline_add_waiter()
 * returns false.
 */
bool pinion_timeline_remove_waiter(struct pinion_timeline *tl,
				   struct pinion_timeline_waiter *waiter)
{
	unsigned long flags;
	bool waited;

	spin_lock_irqsave(&tl->lock, flags);
	waited = waiter->state == PINION_WAITER_WAITING;
	waiter->state = PINION_WAITER_DONE;
	if (waited) {
		list_del(&waiter->link);
		tl->nwaiters--;
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	return waited;
}
