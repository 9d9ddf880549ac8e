// SPDX-License-Identifier: GPL-2.0
/* What the card's error codes are called, and why a queue stopped. */
#include <drm/drm_print.h>

#include "pinion_accel.h"
#include "pinion_exec.h"
#include "pinion_fault.h"
#include "pinion_io.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_ring.h"

static const struct {
	const char *name;
	int err;
} faults[] = {
	[PINION_STATUS_OK] = { "no fault", 0 },
	[PINION_STATUS_ABORTED] = { "aborted", -ECANCELED },
	[PINION_STATUS_BAD_DESC] = { "bad descriptor", -EBADMSG },
	[PINION_STATUS_BAD_PACKET] = { "bad packet", -EBADMSG },
	[PINION_STATUS_PAGE_FAULT] = { "page fault", -EFAULT },
	[PINION_STATUS_ILLEGAL_INSN] = { "illegal instruction", -ENOEXEC },
	[PINION_STATUS_SCRATCHPAD] = { "access outside the scratchpad", -ERANGE },
	[PINION_STATUS_HOST_DMA] = { "DMA refused by the host", -EIO },
	[PINION_STATUS_TRAP] = { "trap", -ENOEXEC },
	[PINION_STATUS_MATRIX] = { "matrix descriptor out of range", -ERANGE },
	[PINION_STATUS_BAD_RING] = { "ring not usable", -EBADMSG },
};

/**
 * pinion_fault_errno() - the errno of a completion status
 * @status: PINION_STATUS_*, or whatever the card wrote
 * Return: 0 for PINION_STATUS_OK, else -errno; -EIO if unknown.
 */
int pinion_fault_errno(u32 status)
{
	return status < ARRAY_SIZE(faults) ? faults[status].err : -EIO;
}

/**
 * pinion_fault_name() - a completion status in words
 * @status: PINION_STATUS_*, or any other number that the card wrote
 * Return: a constant string.
 */
const char *pinion_fault_name(u32 status)
{
	return status < ARRAY_SIZE(faults) ? faults[status].name : "unknown status";
}

/*
 * Of the job's descriptors the first ones may only wait: the index of the command buffer.
 * What a process that submits by itself put where, it knows.
 */
static u32 fault_buffer(struct pinion_queue *q, u32 part)
{
	struct pinion_job *job = &q->jobs[pinion_ring_slot(q->completed, q->entries)];
	u32 waits = job->nwaits ? job->nwaits - 1 : 0;

	if (q->user)
		return part;
	if (q->submitted == q->completed || part >= job->tail - q->freed)
		return 0;
	return part > waits ? part - waits : 0;
}

/* The oldest in flight; that of a queue which its process submits to is counted by its record. */
static u64 fault_seq(struct pinion_queue *q, u32 status)
{
	return q->completed + (!q->user || status == PINION_STATUS_BAD_RING);
}

/**
 * pinion_fault_read() - save the fault record of a queue that stopped
 * @q: queue
 * @status: PINION_STATUS_* to report; the details are the card's
 *
 * The job blamed is the oldest in flight.
 */
void pinion_fault_read(struct pinion_queue *q, u32 status)
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
	/* Users make mistakes; the log is for operators. */
	drm_dbg(&q->pdev->drm, "queue %u job %llu: %s at va %#llx, packet %u, pc %#llx\n", q->id,
		q->fault.seq, pinion_fault_name(status), rec.va, rec.packet, rec.pc);
}
