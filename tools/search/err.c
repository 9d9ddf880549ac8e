// SPDX-License-Identifier: GPL-2.0-or-later
/* Error messages: one sentence that says what is wrong and what the user can do. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct err *err, int status, const char *format, ...)
{
	va_list args;

	err->status = status;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -1;
}

int fail_memory(struct err *err)
{
	return fail(err, EXIT_MEMORY, "out of memory: use a smaller --batch or --limit.");
}
