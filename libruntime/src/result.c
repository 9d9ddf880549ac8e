// SPDX-License-Identifier: MIT
/*
 * Results of jobs: a result is recorded when the completion of its job is seen, and a failure is
 * described in words, with details from the card's record of the fault.
 */
#include <stdio.h>
#include <string.h>
#include <xf86drm.h>

#include "internal.h"

#define IS_ERRNO_OF(symbol, number, name, err, blame, sentence, action) || res == -(err)

/*
 * True for the results of a job at which the card stops the queue and keeps a fault record: the
 * errors of every completion status but PINION_STATUS_ABORTED.
 */
static bool is_fault(int res)
{
	return res && res != -ECANCELED && (false PINION_ERRORS_OF_JOBS(IS_ERRNO_OF));
}

static void keep_fault(struct pinion_queue *queue, uint64_t seq)
{
	struct pinion_queue_fault fault;

	if (drmIoctl(queue->fd, PINION_QUEUE_IOC_FAULT, &fault) || !fault.status)
		return;
	queue->fault = fault;
	queue->fault_seq = seq;
}

void pinion_record(struct pinion_queue *queue, uint64_t seq, int res, uint64_t timestamp)
{
	struct pinion_result *result = pinion_result(queue, seq);

	queue->completed++;
	result->res = res;
	result->timestamp = timestamp;
	result->done = true;
	if (is_fault(res))
		keep_fault(queue, seq);
}

/* Describe a job that was lost when its queue ended. */
static int fail_lost(const struct pinion_loss *loss, uint64_t seq, int code,
		     struct pinion_error *err)
{
	const struct pinion_error_row *row = pinion_error_row(PINION_ERROR_JOBS_LOST);

	return pinion_fail(err, code, "job %llu (%s): %s %s", (unsigned long long)seq,
			   pinion_error_row(loss->code)->name, row->sentence, row->action);
}

/* Describe a failed job without a fault record. */
static int fail_without_record(const struct pinion_queue *queue, uint64_t seq, int code,
			       struct pinion_error *err)
{
	const char *trouble = pinion_trouble(queue->dev);
	const struct pinion_loss *loss = &queue->loss;
	unsigned long long job = seq;

	if (code == -ECANCELED && loss->first && seq >= loss->first && seq <= loss->last)
		return fail_lost(loss, seq, code, err);
	if (code == -ECANCELED && trouble)
		return pinion_fail(err, code, "job %llu did not complete: %s", job, trouble);
	if (code == -ECANCELED)
		return pinion_fail_row(err, PINION_ERROR_ABORTED, "job %llu", job);
	if (code == -ETIMEDOUT)
		return pinion_fail_row(err, PINION_ERROR_DEADLINE, "job %llu", job);
	return pinion_fail(err, code, "job %llu failed: %s", job, pinion_why(queue->dev, code));
}

static const char *access_name(uint32_t access)
{
	if (access & PINION_ACCESS_WRITE)
		return "write ";
	if (access & PINION_ACCESS_EXEC)
		return "instruction fetch ";
	return access & PINION_ACCESS_READ ? "read " : "";
}

static bool has_address(uint32_t status)
{
	return status == PINION_STATUS_PAGE_FAULT || status == PINION_STATUS_SCRATCHPAD ||
	       status == PINION_STATUS_HOST_DMA;
}

/*
 * Write the details that follow the name of the error, such as ": write at 0x1000 by core 3 in
 * gemm+0x1c". A part that does not apply to the error is left out.
 */
static void describe_fault(struct pinion_device *dev, const struct pinion_queue_fault *fault,
			   char *text, size_t bytes)
{
	char where[96];
	int n = 0;

	text[0] = '\0';
	if (has_address(fault->status))
		n = snprintf(text, bytes, ": %sat 0x%llx", access_name(fault->access),
			     (unsigned long long)fault->va);
	else if (fault->status == PINION_STATUS_ILLEGAL_INSN)
		n = snprintf(text, bytes, " 0x%x", fault->insn);
	else if (fault->status == PINION_STATUS_TRAP)
		n = snprintf(text, bytes, " (cause %u)", fault->insn);
	if (fault->core == ~0u)
		return;
	pinion_describe_pc(dev, fault->pc, where, sizeof(where));
	snprintf(text + n, bytes - n, " by core %u in %s", fault->core, where);
}

int pinion_fail_job(struct pinion_queue *queue, uint64_t seq, int code,
		    const struct pinion_queue_fault *fault, struct pinion_error *err)
{
	char detail[160], which[40] = "";

	if (!err)
		return code;
	if (!fault) {
		fail_without_record(queue, seq, code, err);
	} else {
		describe_fault(queue->dev, fault, detail, sizeof(detail));
		if (fault->buffer)
			snprintf(which, sizeof(which), "command buffer %u, ", fault->buffer);
		pinion_fail(err, code, "%s%s (job %llu, %spacket %u)",
			    pinion_status_name(fault->status), detail, (unsigned long long)seq,
			    which, fault->packet);
		err->status = fault->status;
		err->packet = fault->packet;
		err->core = fault->core;
		err->pc = fault->pc;
		err->va = fault->va;
	}
	err->seq = seq;
	return code;
}
