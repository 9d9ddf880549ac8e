/* SPDX-License-Identifier: GPL-2.0 */
/* How a queue is made, and how it learns of completions. */
#ifndef PINION_QUEUE_H
#define PINION_QUEUE_H

#include <linux/types.h>

struct file;
struct io_comp_batch;
struct io_uring_cmd;
struct pinion_device;
struct pinion_queue;
struct pinion_vm;

/**
 * struct pinion_queue_config - how a queue is made, checked
 * @entries: of both rings, a power of two, PINION_RING_MIN..PINION_RING_MAX
 * @priority: 0..3
 * @polled: completions are looked for: no interrupts
 * @irq_count: completions that share an interrupt, at most 65535; 0: adaptive
 * @irq_us: how long the first of them may wait for it, in microseconds, at most 65535
 */
struct pinion_queue_config {
	u32 entries;
	u32 priority;
	bool polled;
	u32 irq_count;
	u32 irq_us;
};

/**
 * struct pinion_moderation - how a queue's interrupts are held back; protected by pinion_queue.lock
 * @value: of PINION_DOORBELL_MODERATION
 * @busy: its value while completions come thick and fast; 0: @value is fixed; constant
 * @near: ticks of device time; completions that are less apart do; constant
 * @since: device time when the window began
 * @interrupts: in this window
 * @records: that they found
 * @early: interrupts of the window that found jobs still in flight
 */
struct pinion_moderation {
	u32 value;
	u32 busy;
	u64 near;
	u64 since;
	u32 interrupts;
	u32 records;
	u32 early;
};

/* pinion_queue.c */
struct pinion_queue *pinion_queue_new(struct pinion_device *pdev, struct pinion_vm *vm,
				      u32 mmu_id, const struct pinion_queue_config *config);
void pinion_queue_free(struct pinion_queue *q);
void pinion_queue_moderate(struct pinion_queue *q);
struct file *pinion_queue_file(struct pinion_queue *q);
void pinion_queue_fault(struct pinion_device *pdev, u32 id);
void pinion_queues_kill(struct pinion_device *pdev);
void pinion_queues_remove(struct pinion_device *pdev);

/* pinion_moderation.c */
void pinion_moderation_init(struct pinion_moderation *m, u32 entries, u32 time_freq);
bool pinion_moderation_learn(struct pinion_moderation *m, u32 records, bool more, u64 end);

/* pinion_uring_poll.c */
void pinion_uring_mark(struct io_uring_cmd *cmd, int res, u64 end, const void *poller);
int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags);

/* pinion_uring_plug.c */
void pinion_uring_plug(struct pinion_queue *q, struct file *file);

/* pinion_uring.c */
void pinion_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags);

/* pinion_exec.c */
bool pinion_exec_poll(struct pinion_queue *q, const void *poller);

#endif /* PINION_QUEUE_H */
