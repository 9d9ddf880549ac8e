// SPDX-License-Identifier: GPL-2.0
/*
 * What a queue is doing, what its oldest job waits for, and who has submitted a job that ends the
 * wait: for the fdinfo of a queue file, and for the file queues in debugfs. All of it comes from
 * the driver's own job slots. Only user-mode queues, whose jobs the driver does not see, need two
 * registers in the page of their doorbell.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>

#include <drm/drm_drv.h>

#include "pinion_device.h"
#include "pinion_errors.h"
#include "pinion_exec.h"
#include "pinion_limits.h"
#include "pinion_queue.h"
#include "pinion_queue_show.h"
#include "pinion_ring.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_user.h"
#include "pinion_vm.h"

/**
 * struct view_wait - a semaphore that the oldest job waits for
 * @va: address of the semaphore in the address space of the queue
 * @value: value at which the wait ends
 * @tl: the timeline at @va, referenced; NULL: the semaphore is no timeline
 */
struct view_wait {
	u64 va;
	u64 value;
	struct pinion_timeline_page *tl;
};

/**
 * struct queue_view - a queue at one moment
 * @id: number of the queue
 * @state: whether the queue accepts jobs
 * @status: PINION_STATUS_* of the job that stopped the queue, 0 if none did
 * @last: the last error that stopped the queue
 * @completed: number of jobs that have completed
 * @flight: number of jobs in flight; 1 stands for any number on a user-mode queue
 * @job: number of the oldest job in flight
 * @seen_ms: time in ms since @job was first found to be the oldest job
 * @deadline: CLOCK_MONOTONIC time in ns after which @job is ended; 0: none
 * @nwaits: number of entries in @wait
 * @wait: semaphores that @job waits for or has waited for
 * @pid: process that opened the accel node, in the reader's pid namespace; 0: not visible there
 */
struct queue_view {
	u32 id;
	enum pinion_queue_state state;
	u32 status;
	struct pinion_queue_error last;
	u64 completed;
	u64 flight;
	u64 job;
	u64 seen_ms;
	u64 deadline;
	u32 nwaits;
	struct view_wait wait[PINION_MAX_WAITS];
	pid_t pid;
};

static const char *const queue_states[] = {
	[PINION_QUEUE_RUNNING] = "running", [PINION_QUEUE_REFUSED] = "refused",
	[PINION_QUEUE_PAUSED] = "paused",   [PINION_QUEUE_STOPPING] = "stopping",
	[PINION_QUEUE_STOPPED] = "stopped", [PINION_QUEUE_ENDED] = "ended",
	[PINION_QUEUE_DEAD] = "dead",
};

static void view_add(struct queue_view *view, const struct pinion_desc *desc,
		     struct pinion_timeline_page *tl)
{
	view->wait[view->nwaits++] = (struct view_wait){
		.va = desc->wait_va,
		.value = desc->wait_value,
		.tl = tl,
	};
}

/* The waits of the oldest job, in the order of its descriptors. */
static void view_job(struct pinion_hw_queue *q, struct queue_view *view)
{
	const struct pinion_job_slot *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];
	const struct pinion_desc *desc;
	u32 at;

	view->deadline = job->deadline.expires;
	for (at = q->freed; at != job->tail && view->nwaits < job->nwaits; at++) {
		desc = &q->ring[pinion_ring_slot(at, q->entries)];
		if (desc->wait_va)
			view_add(view, desc, pinion_timeline_get(job->wait[view->nwaits]->tl));
	}
}

/* The timeline whose word has this address in the address space; NULL if there is none. */
static struct pinion_timeline_page *view_timeline(struct pinion_gpuvm *vm, u64 va)
{
	struct pinion_timeline_page *tl;
	struct pinion_map_point point;
	u64 id = (va - PINION_VA_END) / SZ_4K;

	if (va < PINION_VA_END || !id || id >= PINION_MAX_TIMELINES ||
	    pinion_timeline_use_point(vm, id, 0, &point))
		return NULL;
	tl = pinion_timeline_get(point.map->tl);
	pinion_timeline_unuse(point.map);
	return tl;
}

/* The process may change its descriptors at any time, so each member is read once. */
static struct pinion_desc view_read_desc(struct pinion_hw_queue *q, u32 index)
{
	const struct pinion_desc *desc = &q->ring[pinion_ring_slot(index, q->entries)];

	return (struct pinion_desc){
		.flags = READ_ONCE(desc->flags),
		.wait_va = READ_ONCE(desc->wait_va),
		.wait_value = READ_ONCE(desc->wait_value),
	};
}

/* The last record says how many descriptors the card has begun. */
static void view_user_job(struct pinion_hw_queue *q, struct queue_view *view)
{
	u32 last = pinion_ring_slot(q->cq_head - 1, q->entries);
	u32 i, begun = q->cq_head ? READ_ONCE(q->cq[last].sq_head) : 0;
	struct pinion_desc desc;

	for (i = 0; i < q->entries && view->nwaits < PINION_MAX_WAITS; i++) {
		desc = view_read_desc(q, begun + i);
		if (desc.wait_va)
			view_add(view, &desc, view_timeline(q->vm, desc.wait_va));
		if (!(desc.flags & PINION_DESC_F_MORE))
			return;
	}
}

static void view_user(struct pinion_hw_queue *q, struct queue_view *view)
{
	int idx;

	if (q->state != PINION_QUEUE_RUNNING || !drm_dev_enter(&q->pdev->drm, &idx))
		return;
	pinion_user_look_locked(q);
	view->completed = q->completed;
	view->flight = readl(q->doorbell + PINION_DOORBELL_STATE) != PINION_Q_IDLE;
	if (view->flight)
		view_user_job(q, view);
	drm_dev_exit(idx);
}

/* Jobs carry no time of submission, so the age of a job counts from when somebody looked. */
static void view_age(struct pinion_hw_queue *q, struct queue_view *view)
{
	view->job = view->completed + 1;
	if (q->shown_job != view->job) {
		q->shown_job = view->job;
		q->shown_at = jiffies;
	}
	view->seen_ms = jiffies_to_msecs(jiffies - q->shown_at);
}

static void view_take(struct pinion_hw_queue *q, struct queue_view *view)
{
	lockdep_assert_held(&q->lock);
	*view = (struct queue_view){
		.id = q->id,
		.state = q->state,
		.status = q->fault.status,
		.last = q->last,
		.completed = q->completed,
		.flight = q->submitted - q->completed,
	};
	if (q->budget)
		view->pid = pid_vnr(q->budget->accounts[PINION_PROCESS]->pid);
	if (q->user)
		view_user(q, view);
	else if (view->flight)
		view_job(q, view);
	if (view->flight)
		view_age(q, view);
}

/* Whether the reader may know whose queue it is. */
static bool view_may_name(struct pinion_hw_queue *q)
{
	return (q->budget && uid_eq(q->budget->accounts[PINION_USER]->uid, current_uid())) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE);
}

/* The number of the oldest job in flight that raises the timeline far enough; 0 if none does. */
static u64 view_raiser(struct pinion_hw_queue *q, const struct view_wait *wait)
{
	const struct pinion_job_slot *job;
	u64 n;

	lockdep_assert_held(&q->lock);
	for (n = q->completed; n != q->submitted; n++) {
		job = &q->jobs[pinion_ring_slot(n, q->entries)];
		if (job->signal.map && job->signal.map->tl == wait->tl &&
		    job->signal.value >= wait->value)
			return n + 1;
	}
	return 0;
}

static bool show_raiser(struct pinion_hw_queue *q, struct seq_file *m, const struct view_wait *wait)
{
	u64 job;

	spin_lock(&q->lock);
	job = view_raiser(q, wait);
	spin_unlock(&q->lock);
	if (job && view_may_name(q))
		seq_printf(m, "pinion-raised-by:\tqueue %u, job %llu, process %d\n", q->id, job,
			   pid_vnr(q->budget->accounts[PINION_PROCESS]->pid));
	else if (job)
		seq_puts(m, "pinion-raised-by:\ta queue of another user\n");
	return job;
}

/* Interrupts are off for the jobs of one queue at a time. */
static void show_raisers(struct pinion_card *pdev, struct seq_file *m, const struct view_wait *wait)
{
	bool any = false;
	u32 id;

	for (id = 0; id < pdev->info.queues; id++) {
		spin_lock_irq(&pdev->queues_lock);
		if (pdev->queues[id])
			any |= show_raiser(pdev->queues[id], m, wait);
		spin_unlock_irq(&pdev->queues_lock);
	}
	if (!any)
		seq_puts(m, "pinion-raised-by:\tnobody known\n");
}

static void show_wait(struct pinion_card *pdev, struct seq_file *m, const struct view_wait *wait)
{
	u64 now;

	if (!wait->tl) {
		seq_printf(m, "pinion-waits-for:\taddress %#llx, value %llu\n", wait->va,
			   wait->value);
		return;
	}
	now = max(READ_ONCE(*wait->tl->word), READ_ONCE(wait->tl->seen));
	if (now >= wait->value)
		return;
	seq_printf(m, "pinion-waits-for:\ttimeline %llu, value %llu, now %llu\n",
		   (wait->va - PINION_VA_END) / SZ_4K, wait->value, now);
	show_raisers(pdev, m, wait);
}

static void show_oldest(struct pinion_card *pdev, struct seq_file *m, const struct queue_view *view)
{
	u32 i;

	seq_printf(m, "pinion-oldest-job:\t%llu\n", view->job);
	seq_printf(m, "pinion-oldest-seen-ms:\t%llu\n", view->seen_ms);
	if (view->deadline)
		seq_printf(m, "pinion-oldest-left-ms:\t%lld\n",
			   ktime_to_ms(view->deadline - ktime_get()));
	for (i = 0; i < view->nwaits; i++)
		show_wait(pdev, m, &view->wait[i]);
}

/* What stopped a queue that met the error: the card by itself, or the rung of the ladder. */
static const char *show_rung(unsigned int code)
{
	switch (code) {
	case PINION_ERROR_BAD_RECORD:
	case PINION_ERROR_ABORT_IGNORED:
	case PINION_ERROR_JOB_LATE:
		return "a reset of the queue";
	default:
		return code < PINION_ERRORS_BOOT ? "the job's own error" : "a reset of the card";
	}
}

static void show_last(struct seq_file *m, const struct pinion_queue_error *last)
{
	if (!last->code)
		return;
	seq_printf(m, "pinion-last-error:\t%#05x %s\n", last->code,
		   pinion_error_find(last->code)->sentence);
	seq_printf(m, "pinion-last-error-job:\t%llu\n", last->job);
	seq_printf(m, "pinion-last-error-ns:\t%llu\n", last->boottime);
	seq_printf(m, "pinion-last-error-cost:\t%s\n", show_rung(last->code));
}

static void view_show(struct pinion_card *pdev, struct seq_file *m, struct queue_view *view)
{
	unsigned int code = pinion_error_code(PINION_ERRORS_JOB, view->status);
	u32 i;

	seq_printf(m, "pinion-queue:\t%u\n", view->id);
	seq_printf(m, "pinion-state:\t%s\n", queue_states[view->state]);
	if (view->status)
		seq_printf(m, "pinion-error:\t%#05x %s\n", code, pinion_error_find(code)->sentence);
	show_last(m, &view->last);
	seq_printf(m, "pinion-completed:\t%llu\n", view->completed);
	seq_printf(m, "pinion-in-flight:\t%llu\n", view->flight);
	if (view->flight)
		show_oldest(pdev, m, view);
	for (i = 0; i < view->nwaits; i++)
		if (view->wait[i].tl)
			pinion_timeline_put(view->wait[i].tl);
}

/**
 * pinion_queue_show_fdinfo() - file_operations.show_fdinfo of a queue file
 * @m: the fdinfo file that is being read
 * @file: file of the queue to describe
 */
void pinion_queue_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct pinion_hw_queue *q = file->private_data;
	struct queue_view view;

	spin_lock_irq(&q->lock);
	view_take(q, &view);
	spin_unlock_irq(&q->lock);
	view_show(q->pdev, m, &view);
}

static bool view_take_id(struct pinion_card *pdev, u32 id, struct queue_view *view)
{
	struct pinion_hw_queue *q;

	spin_lock_irq(&pdev->queues_lock);
	q = pdev->queues[id];
	if (q) {
		spin_lock(&q->lock);
		view_take(q, view);
		spin_unlock(&q->lock);
	}
	spin_unlock_irq(&pdev->queues_lock);
	return q;
}

/**
 * pinion_queues_show() - print all queues of a card
 * @pdev: device
 * @m: file in debugfs
 */
void pinion_queues_show(struct pinion_card *pdev, struct seq_file *m)
{
	struct queue_view view;
	u32 id;

	for (id = 0; id < pdev->info.queues; id++) {
		if (!view_take_id(pdev, id, &view))
			continue;
		view_show(pdev, m, &view);
		seq_printf(m, "pinion-process:\t%d\n\n", view.pid);
	}
}
