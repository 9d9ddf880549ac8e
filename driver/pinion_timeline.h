/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines: 64-bit words that only grow; cards and the host raise them and wait for them. */
#ifndef PINION_TIMELINE_H
#define PINION_TIMELINE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct pinion_device;
struct pinion_vm;

/**
 * struct pinion_timeline - a timeline: one page of host memory that begins with the word
 * @refs: references of files, of maps in address spaces and of waiters
 * @word: the 64-bit word; jobs on the card can write its whole page
 * @lock: protects @seen, @waiters and @nwaiters; irq-safe; below pinion_queue.lock
 * @seen: highest value seen so far, which is the value for the host
 * @waiters: struct pinion_timeline_waiter, sorted by value
 * @nwaiters: number of entries in @waiters
 * @readers: tasks in poll() or in PINION_TIMELINE_IOC_WAIT
 */
struct pinion_timeline {
	struct kref refs;
	u64 *word;
	spinlock_t lock;
	u64 seen;
	struct list_head waiters;
	u32 nwaiters;
	wait_queue_head_t readers;
};

/**
 * enum pinion_waiter_state - state of a struct pinion_timeline_waiter
 * @PINION_WAITER_NEW: not added to the timeline yet
 * @PINION_WAITER_WAITING: in pinion_timeline.waiters
 * @PINION_WAITER_DONE: already called, or removed
 */
enum pinion_waiter_state {
	PINION_WAITER_NEW,
	PINION_WAITER_WAITING,
	PINION_WAITER_DONE,
};

/**
 * struct pinion_timeline_waiter - callback for when a timeline reaches a value
 * @link: entry in pinion_timeline.waiters while waiting
 * @value: value that the timeline has to reach
 * @state: state, protected by pinion_timeline.lock
 * @call: callback; runs in any context, under pinion_timeline.lock
 */
struct pinion_timeline_waiter {
	struct list_head link;
	u64 value;
	enum pinion_waiter_state state;
	void (*call)(struct pinion_timeline_waiter *waiter);
};

/**
 * struct pinion_timeline_map - a timeline in an address space
 * @users: references of the address space and of each job in flight that uses the timeline
 * @tl: the timeline, referenced
 * @pdev: device of the address space
 * @id: index in pinion_vm.timelines
 * @dma: DMA address of the page
 * @link: entry in pinion_device.timelines while @dma is mapped
 * @dying: entry in pinion_vm.dying once the id is removed
 * @rcu: defers the free, as jobs look up maps without a lock
 */
struct pinion_timeline_map {
	refcount_t users;
	struct pinion_timeline *tl;
	struct pinion_device *pdev;
	u32 id;
	dma_addr_t dma;
	struct list_head link;
	struct list_head dying;
	struct rcu_head rcu;
};

/**
 * struct pinion_point - a value of a timeline, to be waited for or raised by a job
 * @map: map of the timeline, in use by the job; NULL: no point
 * @value: value to be reached
 */
struct pinion_point {
	struct pinion_timeline_map *map;
	u64 value;
};

struct pinion_timeline *pinion_timeline_new(u64 value);
struct pinion_timeline *pinion_timeline_get(struct pinion_timeline *tl);
void pinion_timeline_put(struct pinion_timeline *tl);
u64 pinion_timeline_raise(struct pinion_timeline *tl, u64 value);
bool pinion_timeline_is_crowded(const struct pinion_timeline *tl);
bool pinion_timeline_add_waiter(struct pinion_timeline *tl, struct pinion_timeline_waiter *waiter);
bool pinion_timeline_remove_waiter(struct pinion_timeline *tl,
				   struct pinion_timeline_waiter *waiter);

int pinion_timeline_attach(struct pinion_vm *vm, struct pinion_timeline *tl);
int pinion_timeline_detach(struct pinion_vm *vm, u32 id);
int pinion_timeline_point(struct pinion_vm *vm, u32 id, u64 value, struct pinion_point *point);
u64 pinion_timeline_va(const struct pinion_timeline_map *map);
void pinion_timelines_notice(struct pinion_vm *vm);
void pinion_timelines_release(struct pinion_vm *vm);
void pinion_timelines_unmap_all(struct pinion_device *pdev);

static inline void pinion_timeline_unuse(struct pinion_timeline_map *map)
{
	refcount_dec(&map->users);
}

struct file *pinion_timeline_file(struct pinion_timeline *tl);
struct pinion_timeline *pinion_timeline_of_file(struct file *file);

#endif /* PINION_TIMELINE_H */
