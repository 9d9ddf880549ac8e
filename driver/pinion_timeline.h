/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines: 64-bit words that only grow; cards and the host raise them and wait for them. */
#ifndef PINION_TIMELINE_H
#define PINION_TIMELINE_H

#include <linux/kref.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct pinion_budget;
struct pinion_card;
struct pinion_hw_queue;

/**
 * struct pinion_timeline_page - a timeline: one page of host memory that begins with the word
 * @refs: references of files, of maps in address spaces and of waiters
 * @pdev: device that the timeline was created on, referenced
 * @budget: budget that is charged for the timeline and its fences, referenced
 * @word: the 64-bit word; jobs on the card can write its whole page
 * @lock: protects @seen, @waiters, @nwaiters and @promises; irq-safe
 * @seen: highest value seen so far, which is the value for the host
 * @waiters: struct pinion_timeline_waiter, sorted by value
 * @nwaiters: number of waiters in @waiters
 * @promises: struct pinion_timeline_promise of the jobs in flight that raise the timeline, sorted
 *by value
 * @rest: work item that calls the waiters that a raise left; holds a reference while it is queued
 * @readers: tasks in poll() or in PINION_TIMELINE_IOC_WAIT
 */
struct pinion_timeline_page {
	struct kref refs;
	struct pinion_card *pdev;
	struct pinion_budget *budget;
	u64 *word;
	spinlock_t lock;
	u64 seen;
	struct rb_root_cached waiters;
	u32 nwaiters;
	struct rb_root_cached promises;
	struct work_struct rest;
	wait_queue_head_t readers;
};

/**
 * enum pinion_waiter_state - state of a struct pinion_timeline_waiter
 * @PINION_WAITER_NEW: not added to the timeline yet
 * @PINION_WAITER_WAITING: a node of pinion_timeline_page.waiters
 * @PINION_WAITER_DONE: already called, or removed
 */
enum pinion_waiter_state {
	PINION_WAITER_NEW,
	PINION_WAITER_WAITING,
	PINION_WAITER_DONE,
};

/**
 * struct pinion_timeline_waiter - callback for when a timeline reaches a value
 * @node: node in pinion_timeline_page.waiters while waiting
 * @value: value that the timeline has to reach
 * @state: state, protected by pinion_timeline_page.lock
 * @call: callback; runs in any context, under pinion_timeline_page.lock
 */
struct pinion_timeline_waiter {
	struct rb_node node;
	u64 value;
	enum pinion_waiter_state state;
	void (*call)(struct pinion_timeline_waiter *waiter);
};

/**
 * struct pinion_timeline_promise - a value that a job in flight raises a timeline to when it ends
 * @node: node in pinion_timeline_page.promises
 * @value: value that the timeline is raised to
 * @q: queue of the job
 * @seq: number of the job
 */
struct pinion_timeline_promise {
	struct rb_node node;
	u64 value;
	struct pinion_hw_queue *q;
	u64 seq;
};

/*
 * The workqueue that signals fences, which reclaim may wait for: hence WQ_MEM_RECLAIM. Processes
 * choose how much work there is, so it has no higher priority than their own. No work is left on it
 * when the module is unloaded.
 */
extern struct workqueue_struct *pinion_signal_wq;

int pinion_timelines_init(void);
void pinion_timelines_exit(void);
struct pinion_timeline_page *pinion_timeline_new(struct pinion_card *pdev,
						 struct pinion_budget *budget, u64 value);
struct pinion_timeline_page *pinion_timeline_get(struct pinion_timeline_page *tl);
void pinion_timeline_put(struct pinion_timeline_page *tl);
u64 pinion_timeline_raise(struct pinion_timeline_page *tl, u64 value);
void pinion_timeline_promise(struct pinion_timeline_page *tl,
			     struct pinion_timeline_promise *promise);
void pinion_timeline_keep(struct pinion_timeline_page *tl, struct pinion_timeline_promise *promise);
bool pinion_timeline_find_promise(struct pinion_timeline_page *tl, u64 value,
				  struct pinion_timeline_promise *found);
bool pinion_timeline_is_crowded(const struct pinion_timeline_page *tl);
bool pinion_timeline_add_waiter(struct pinion_timeline_page *tl,
				struct pinion_timeline_waiter *waiter);
bool pinion_timeline_remove_waiter(struct pinion_timeline_page *tl,
				   struct pinion_timeline_waiter *waiter);

#endif /* PINION_TIMELINE_H */
