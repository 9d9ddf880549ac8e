// SPDX-License-Identifier: GPL-2.0
/* Reads why the card stopped a queue. */
#include <linux/timekeeping.h>

#include <drm/drm_print.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_dump.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_limits.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_ring.h"

/**
 * pinion_fault_errno() - the errno of a completion status
 * @status: PINION_STATUS_*, or any other number that the card wrote
 * Return: 0 for PINION_STATUS_OK, else -errno; -EIO if the status is unknown.
 */
int pinion_fault_errno(u32 status)
{
	return -pinion_error_of(PINION_ERRORS_JOB, status)->err;
}

/**
 * pinion_fault_name() - a completion status in words
 * @status: PINION_STATUS_*, or any other number that the card wrote
 * Return: a constant string.
 */
const char *pinion_fault_name(u32 status)
{
	return pinion_error_of(PINION_ERRORS_JOB, status)->name;
}

/*
 * The index of the command buffer in the job, from the index @part of the descriptor. Descriptors
 * that only wait come before the first command buffer. A process that fills its ring by itself
 * gets the index of the descriptor, which is what it knows.
 */
static u32 fault_buffer(struct pinion_hw_queue *q, u32 part)
{
	struct pinion_job_slot *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];
	u32 waits = job->nwaits ? job->nwaits - 1 : 0;

	if (q->user)
		return part;
	if (q->submitted == q->completed || part >= job->tail - q->freed)
		return 0;
	return part > waits ? part - waits : 0;
}

/*
 * The number of the job that failed: the oldest in flight. On a queue whose process submits by
 * itself, the record of that job has been counted already, unless the job has no record.
 */
static u64 fault_seq(struct pinion_hw_queue *q, u32 status)
{
	return q->completed + (!q->user || status == PINION_STATUS_BAD_RING);
}

/**
 * pinion_fault_forge() - save a fault of which the card has no record
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @status: PINION_STATUS_* to report
 *
 * The oldest job in flight is the one that failed.
 */
void pinion_fault_forge(struct pinion_hw_queue *q, u32 status)
{
	lockdep_assert_held(&q->lock);
	q->fault = (struct pinion_queue_fault){
		.status = status,
		.seq = q->completed + 1,
		.core = ~0u,
	};
}

/**
 * pinion_fault_remember() - remember for the owner of a queue which error stopped it
 * @q: queue; the caller holds pinion_hw_queue.lock
 * @code: PINION_ERROR_*
 * @job: number of the oldest job that was lost
 */
void pinion_fault_remember(struct pinion_hw_queue *q, unsigned int code, u64 job)
{
	lockdep_assert_held(&q->lock);
	q->last = (struct pinion_queue_error){
		.code = code,
		.job = job,
		.boottime = ktime_get_boottime_ns(),
	};
}

/**
 * pinion_fault_blame() - remember for operators and for the owner whose job met an error, and make
 *a dump
 * @q: running queue of the job, which the error stops; the caller holds pinion_hw_queue.lock
 * @code: PINION_ERROR_*
 * @job: number of the job
 */
void pinion_fault_blame(struct pinion_hw_queue *q, unsigned int code, u64 job)
{
	struct pinion_culprit who = { .code = code, .queue = q->id, .job = job };

	pinion_fault_remember(q, code, job);
	pinion_dump_queue(q, code, job);
	if (!q->budget)
		return; /* the driver's own queue */
	who.pid = q->budget->accounts[PINION_PROCESS]->pid;
	who.uid = q->budget->accounts[PINION_USER]->uid;
	pinion_health_blame(q->pdev, &who);
}

static void fault_count(struct pinion_hw_queue *q, u32 status)
{
	pinion_health_count(q->pdev, PINION_COUNT_JOBS_FAULTED);
	if (status == PINION_STATUS_HOST_DMA)
		pinion_health_count(q->pdev, PINION_COUNT_BUS_ERRORS);
	pinion_fault_blame(q, pinion_error_code(PINION_ERRORS_JOB, status), q->fault.seq);
}

/**
 * pinion_fault_read() - save the fault record of a queue that stopped
 * @q: queue
 * @status: PINION_STATUS_* to report; the card's record has the details
 *
 * The oldest job in flight is the one that failed.
 */
void pinion_fault_read(struct pinion_hw_queue *q, u32 status)
{
	struct pinion_fault_record rec;

	lockdep_assert_held(&q->lock);
	pinion_read_words(q->pdev, PINION_FAULT_OFFSET + q->id * sizeof(rec), &rec, sizeof(rec));
	q->fault = (struct pinion_queue_fault){
		.status = status,
		.packet = rec.packet,
		.seq = fault_seq(q, status),
		.va = rec.va,
		.pc = rec.pc,
		.access = rec.access,
		.core = rec.core,
		.insn = rec.insn,
		.block = rec.block,
		.timestamp = rec.timestamp,
		.buffer = fault_buffer(q, rec.part),
	};
	fault_count(q, status);
	/* A program's mistake is told to the program; the log is for operators. */
	drm_dbg(&q->pdev->drm, "queue %u job %llu: %s at va %#llx, packet %u, pc %#llx\n", q->id,
		q->fault.seq, pinion_fault_name(status), rec.va, rec.packet, rec.pc);
}
