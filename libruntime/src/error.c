// SPDX-License-Identifier: MIT
/*
 * Errors in words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *const status_names[] = {
	[PINION_STATUS_OK] = "no error",
	[PINION_STATUS_ABORTED] = "stopped before it completed",
	[PINION_STATUS_BAD_DESC] = "bad descriptor",
	[PINION_STATUS_BAD_PACKET] = "bad packet",
	[PINION_STATUS_PAGE_FAULT] = "page fault",
	[PINION_STATUS_ILLEGAL_INSN] = "illegal instruction",
	[PINION_STATUS_SCRATCHPAD] = "access outside the scratchpad",
	[PINION_STATUS_HOST_DMA] = "the host refused a DMA",
	[PINION_STATUS_TRAP] = "trap",
	[PINION_STATUS_MATRIX] = "matrix descriptor out of range",
	[PINION_STATUS_BAD_RING] = "bad ring or doorbell",
};

PINION_EXPORT const char *pinion_status_name(uint32_t status)
{
	if (status >= sizeof(status_names) / sizeof(status_names[0]))
		return "unknown status";
	return status_names[status];
}

static const int status_errnos[] = {
	[PINION_STATUS_OK] = 0,
	[PINION_STATUS_ABORTED] = -ECANCELED,
	[PINION_STATUS_BAD_DESC] = -EBADMSG,
	[PINION_STATUS_BAD_PACKET] = -EBADMSG,
	[PINION_STATUS_PAGE_FAULT] = -EFAULT,
	[PINION_STATUS_ILLEGAL_INSN] = -ENOEXEC,
	[PINION_STATUS_SCRATCHPAD] = -ERANGE,
	[PINION_STATUS_HOST_DMA] = -EIO,
	[PINION_STATUS_TRAP] = -ENOEXEC,
	[PINION_STATUS_MATRIX] = -ERANGE,
	[PINION_STATUS_BAD_RING] = -EBADMSG,
};

int pinion_status_errno(uint32_t status)
{
	return status < sizeof(status_errnos) / sizeof(status_errnos[0]) ? status_errnos[status]
									 : -EIO;
}

PINION_EXPORT uint32_t pinion_version(void)
{
	return (uint32_t)PINION_VERSION_MAJOR << 16 | PINION_VERSION_MINOR;
}

static void clear(struct pinion_error *err, int code)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->core = ~0u;
}

int pinion_fail(struct pinion_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	clear(err, code);
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

const char *pinion_why(int code)
{
	return code == -EDQUOT ? "over the limit that the card's operator set for a process or user"
			       : strerror(-code);
}

int pinion_fail_forked(struct pinion_error *err)
{
	return pinion_fail(err, -EPERM,
			   "this process was forked from the one that opened the device: open it here");
}

/* The job failed and the card's record of it is not at hand. */
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

/* "write at 0x1000", " by core 3 in gemm+0x1c", each only where it applies. */
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
