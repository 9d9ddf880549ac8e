/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines: 64-bit words that only grow, raised and waited for by cards and host. */
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
 * struct pinion_timeline - one page of host memory that begins with the word
 * @refs: of its files, of its mappings and of those who wait
 * @word: the word; the page is the card's to write, too
 * @lock: protects @seen, @waiters and @nwaiters; irq-safe; below pinion_queue.lock
 * @seen: highest value seen; the timeline's value for the host
 * @waiters: struct pinion_timeline_waiter, the lowest value first
 * @nwaiters: of them
 * @readers: of poll() and of PINION_TIMELINE_IOC_WAIT
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
 * enum pinion_waiter_state - of a struct pinion_timeline_waiter
 * @PINION_WAITER_NEW: not yet with the timeline
 * @PINION_WAITER_WAITING: in its list
 * @PINION_WAITER_DONE: called or removed
 */
enum pinion_waiter_state {
	PINION_WAITER_NEW,
	PINION_WAITER_WAITING,
	PINION_WAITER_DONE,
};

/**
 * struct pinion_timeline_waiter - wants to be called when a value is reached
 * @link: in pinion_timeline.waiters while it waits
 * @value: to be reached
 * @state: protected by pinion_timeline.lock
 * @call: any context, under pinion_timeline.lock
 */
struct pinion_timeline_waiter {
	struct list_head link;
	u64 value;
	enum pinion_waiter_state state;
	void (*call)(struct pinion_timeline_waiter *waiter);
};

/**
 * struct pinion_timeline_map - a timeline in an address space
 * @users: the address space, and each job in flight that names it
 * @tl: referenced
 * @pdev: device of the address space
 * @id: in pinion_vm.timelines
 * @dma: address of its page
 * @link: in pinion_device.timelines while @dma is mapped
 * @dying: in pinion_vm.dying when its id is gone
 * @rcu: jobs look it up without a lock
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
 * struct pinion_point - a value of a timeline, as a job names it
 * @map: the job is one of its users; NULL: none
 * @value: to be reached
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
