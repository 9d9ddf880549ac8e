// SPDX-License-Identifier: MIT
/*
 * Fills struct pinion_error, with words from the catalogue in pinion_errors.h where it has a row.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

const struct pinion_error_row *pinion_error_row(unsigned int code)
{
	return pinion_error_find(code);
}

static const struct pinion_error_row *status_row(uint32_t status)
{
	return pinion_error_row(pinion_error_code(PINION_ERRORS_JOB, status));
}

PINION_EXPORT const char *pinion_status_name(uint32_t status)
{
	return status_row(status)->name;
}

int pinion_status_errno(uint32_t status)
{
	return status == PINION_STATUS_OK ? 0 : -status_row(status)->err;
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

int pinion_fail_row(struct pinion_error *err, enum pinion_error_code code, const char *subject, ...)
{
	const struct pinion_error_row *row = pinion_error_row(code);
	char about[60];
	va_list args;

	va_start(args, subject);
	vsnprintf(about, sizeof(about), subject, args);
	va_end(args);
	return pinion_fail(err, -row->err, "%s: %s %s", about, row->sentence, row->action);
}

int pinion_fail_forked(struct pinion_error *err)
{
	return pinion_fail_row(err, PINION_ERROR_FORKED, "device");
}
