/* SPDX-License-Identifier: GPL-2.0 */
/* Queues that their process puts jobs into by itself. */
#ifndef PINION_USER_H
#define PINION_USER_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "pinion_queue.h"

/**
 * struct pinion_user_queue - what a queue of PINION_QUEUE_USER has in addition
 * @q: the queue
 * @ring: its descriptors and shadow doorbell, whole pages; the process may write them
 * @ring_bytes: of them
 * @cq: its completion records, whole pages; the process may read them
 * @cq_bytes: of them
 * @dummy: page that takes the doorbell's place while the queue does not run
 * @stale: pinion_cqe.end in the slot of the next record, when last looked at;
 *	protected by pinion_queue.lock
 * @armed: poll() says POLLIN when there are as many records; U64_MAX until it is set;
 *	likewise
 * @notice: raises the timelines for those who wait in the kernel
 * @job_ms: how long a job may take; 0: for ever; constant
 * @watch: runs each @job_ms while the process has the doorbell
 * @watching: it is due; protected by pinion_device.doorbells_lock
 * @was_busy: the queue was, when @watch ran last; protected by pinion_queue.lock
 * @late: its oldest job takes longer; likewise
 * @seen: records when @watch ran last; likewise
 */
struct pinion_user_queue {
	struct pinion_queue *q;
	void *ring;
	size_t ring_bytes;
	void *cq;
	size_t cq_bytes;
	void *dummy;
	u64 stale;
	u64 armed;
	struct work_struct notice;
	u32 job_ms;
	struct delayed_work watch;
	bool watching;
	bool was_busy;
	bool late;
	u64 seen;
};

extern const struct attribute_group pinion_user_group;

/* pinion_user.c */
int pinion_user_init(struct pinion_queue *q, const struct pinion_queue_config *config);
void pinion_user_quiet(struct pinion_queue *q);
void pinion_user_fini(struct pinion_queue *q);
void pinion_user_notice(struct pinion_queue *q);
bool pinion_user_look(struct pinion_queue *q);
bool pinion_user_look_locked(struct pinion_queue *q);
bool pinion_user_has_news(struct pinion_queue *q);
void pinion_user_reset_locked(struct pinion_queue *q);
__poll_t pinion_user_events(const struct pinion_queue *q);
void pinion_user_arm(struct pinion_queue *q, u64 records);
bool pinion_user_is_idle(struct pinion_queue *q);
int pinion_user_allowed(struct pinion_device *pdev);
int pinion_user_map_rings(struct pinion_queue *q);
void pinion_user_unmap_rings(struct pinion_queue *q);
void pinion_user_watch(struct pinion_user_queue *user);

/* pinion_user_mmap.c */
int pinion_user_mmap(struct file *file, struct vm_area_struct *vma);
void pinion_user_revoke(struct pinion_device *pdev, u32 first, u32 count);

#endif /* PINION_USER_H */
