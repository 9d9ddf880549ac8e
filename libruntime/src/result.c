// SPDX-License-Identifier: MIT
/*
 * What became of a job: its result is recorded when its completion is seen, and a
 * failure is described in words with the card's record of the fault.
 */
#include <stdio.h>
#include <string.h>
#include <xf86drm.h>

#include "internal.h"

/* True for the errors of a job at which the card stops the queue and keeps a fault record. */
static bool is_fault(int res)
{
	return res == -EFAULT || res == -ENOEXEC || res == -EBADMSG || res == -ERANGE ||
	       res == -EIO;
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

/* Describe a failed job of which there is no fault record. */
static int fail_without_record(uint64_t seq, int code, struct pinion_error *err)
{
	const char *what = strerror(-code);

	if (code == -ECANCELED)
		what = "stopped before it completed, as it was cancelled, or the queue stopped by a fault or closed";
	if (code == -ETIMEDOUT)
		what = "ended at its deadline";
	return pinion_fail(err, code, "job %llu failed: %s", (unsigned long long)seq, what);
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

/* Write ": write at 0x1000 by core 3 in gemm+0x1c", each part only where it applies. */
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
		fail_without_record(seq, code, err);
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
