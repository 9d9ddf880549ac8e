// SPDX-License-Identifier: GPL-2.0
/* Reports errors to the kernel log, in the words of the catalogue. */
#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_health.h"
#include "pinion_report.h"

/**
 * pinion_error_of() - the catalogue's row for a value that the card reported
 * @range: PINION_ERRORS_*
 * @value: the card's value, any
 * Return: the row; the range's row for unknown values if the catalogue does not have @value.
 */
const struct pinion_error_row *pinion_error_of(enum pinion_error_range range, u32 value)
{
	return pinion_error_find(pinion_error_code(range, value));
}

/**
 * pinion_report() - tell the operator of an error, in the kernel log and in sysfs
 * @pdev: device
 * @code: PINION_ERROR_*
 * @subject: format of what the error is about, without a full stop
 *
 * The line reads "subject: Sentence. error=0x305 blame=host action=What to do."
 * Return: the error's negative errno.
 */
int pinion_report(struct pinion_card *pdev, unsigned int code, const char *subject, ...)
{
	const struct pinion_error_row *row = pinion_error_find(code);
	struct va_format vaf = { .fmt = subject };
	va_list args;

	va_start(args, subject);
	vaf.va = &args;
	drm_err(&pdev->drm, "%pV: %s error=%#05x blame=%s action=%s\n", &vaf, row->sentence,
		row->code, pinion_blame_word(row->blame), row->action);
	va_end(args);
	pinion_health_error(pdev, code);
	return -row->err;
}
