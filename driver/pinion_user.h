/* SPDX-License-Identifier: GPL-2.0 */
/* User-mode queues: the process submits jobs by writing to mapped rings. */
#ifndef PINION_USER_H
#define PINION_USER_H

#include <linux/poll.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct attribute_group;
struct pinion_card;
struct pinion_gpuvm;
struct pinion_hw_queue;
struct pinion_queue_config;
struct pinion_queue_status;

/**
 * struct pinion_user_queue - the part of a queue that only PINION_QUEUE_USER needs
 * @q: the queue
 * @ring: whole pages with the descriptors and the shadow doorbell; the process may write them
 * @ring_bytes: size of @ring
 * @cq: whole pages with the completion records; the process may only read them
 * @cq_bytes: size of @cq
 * @dummy: page that is mapped in place of the doorbell while the queue does not run
 * @status: page that tells the process whether the queue runs; the process may only read it;
 *	written under pinion_hw_queue.lock
 * @stale: value of pinion_cqe.end in the next record's slot when it was last read; a different
 *	value means a new record; protected by pinion_hw_queue.lock
 * @armed: number of records from which on poll() reports POLLIN; U64_MAX: never; protected by
 *	pinion_hw_queue.lock
 * @notice: work item that publishes the values of timelines to waiters in the kernel
 * @job_ms: time limit of a job in milliseconds that the process has set; 0: none; constant
 * @watch: work item that checks the time limit while the process has the doorbell mapped, once in
 *	each time limit
 * @watching: whether @watch is scheduled; protected by pinion_card.doorbells_lock
 * @was_busy: whether the queue was busy when @watch last ran; protected by pinion_hw_queue.lock
 * @refused: whether the queue is to be stopped because its user is refused for a time, or was;
 *	until the queue is reset; protected by pinion_hw_queue.lock
 * @late: whether the oldest job has exceeded its time limit; protected by pinion_hw_queue.lock
 * @seen: number of completed jobs when @watch last ran; protected by pinion_hw_queue.lock
 */
struct pinion_user_queue {
	struct pinion_hw_queue *q;
	void *ring;
	size_t ring_bytes;
	void *cq;
	size_t cq_bytes;
	void *dummy;
	struct pinion_queue_status *status;
	u64 stale;
	u64 armed;
	struct work_struct notice;
	u32 job_ms;
	struct delayed_work watch;
	bool watching;
	bool was_busy;
	bool late;
	bool refused;
	u64 seen;
};

/*
 * Host memory that a user-mode queue takes beside its rings, at most: the rings are in whole pages,
 * with the shadow doorbell, and there is a page in place of the doorbell.
 */
#define PINION_USER_KEPT_BYTES (sizeof(struct pinion_user_queue) + 3 * PAGE_SIZE)

/* The file user_submission of the PCI device in sysfs. */
extern const struct attribute_group pinion_user_group;

int pinion_user_init(struct pinion_hw_queue *q, const struct pinion_queue_config *config);
void pinion_user_stop_watch(struct pinion_hw_queue *q);
void pinion_user_fini(struct pinion_hw_queue *q);
void pinion_user_notice(struct pinion_hw_queue *q);
bool pinion_user_look(struct pinion_hw_queue *q);
bool pinion_user_look_locked(struct pinion_hw_queue *q);
bool pinion_user_has_news(struct pinion_hw_queue *q);
void pinion_user_reset_locked(struct pinion_hw_queue *q);
void pinion_user_stopped_locked(struct pinion_hw_queue *q);
void pinion_user_refuse_locked(struct pinion_hw_queue *q);
__poll_t pinion_user_get_events(const struct pinion_hw_queue *q);
void pinion_user_arm(struct pinion_hw_queue *q, u64 records);
bool pinion_user_is_idle(struct pinion_hw_queue *q);
bool pinion_user_queues_are_idle(struct pinion_gpuvm *vm);
int pinion_user_check_allowed(struct pinion_card *pdev);
int pinion_user_map_rings(struct pinion_hw_queue *q);
void pinion_user_unmap_rings(struct pinion_hw_queue *q);
void pinion_user_watch(struct pinion_user_queue *user);

#endif /* PINION_USER_H */
