// SPDX-License-Identifier: MIT
/*
 * Error codes, and the sentences that describe them.
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
