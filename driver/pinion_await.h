/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of fences that a job or a bind waits for. */
#ifndef PINION_AWAIT_H
#define PINION_AWAIT_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "pinion_import.h"

struct dma_fence;
struct pinion_budget;
struct work_struct;
struct workqueue_struct;

/**
 * struct pinion_await - fences that must all signal before a job or a bind goes on
 * @refs: references of the owner and of each fence that has not signalled
 * @pending: number of fences that have not signalled, and one more until pinion_await_go()
 * @imports: fences of the set that have not signalled
 * @lock: protects @work against the end of the owner
 * @wq: workqueue of @work
 * @work: work item of the owner that is queued when @pending becomes 0; NULL: the owner is gone
 * @link: entry in pinion_inlet.jobs, if the owner is an inlet
 * @value: value that the inlet's timeline is raised to
 */
struct pinion_await {
	struct kref refs;
	atomic_t pending;
	struct pinion_imports imports;
	spinlock_t lock;
	struct workqueue_struct *wq;
	struct work_struct *work;
	struct list_head link;
	u64 value;
};

/**
 * pinion_await_is_over() - check whether all fences of a set have signalled
 * @await: set of fences
 * Return: true if they have, and pinion_await_go() was called.
 */
static inline bool pinion_await_is_over(struct pinion_await *await)
{
	return !atomic_read(&await->pending);
}

/**
 * pinion_await_is_empty() - check whether a set has no fence that has not signalled
 * @await: set before pinion_await_go()
 * Return: true if there is nothing to wait for.
 */
static inline bool pinion_await_is_empty(struct pinion_await *await)
{
	return atomic_read(&await->pending) == 1;
}

struct pinion_await *pinion_await_new(struct workqueue_struct *wq, struct work_struct *work);
int pinion_await_add(struct pinion_await *await, struct pinion_budget *budget,
		     struct dma_fence *fence);
void pinion_await_go(struct pinion_await *await);
void pinion_await_drop(struct pinion_await *await);

#endif /* PINION_AWAIT_H */
