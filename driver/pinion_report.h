/* SPDX-License-Identifier: GPL-2.0 */
/* Errors in the kernel log: each is a row of uapi/pinion_errors.h. */
#ifndef PINION_REPORT_H
#define PINION_REPORT_H

#include <linux/ratelimit.h>

#include "pinion_errors.h"

struct pinion_card;

const struct pinion_error_row *pinion_error_of(enum pinion_error_range range, u32 value);
int pinion_report(struct pinion_card *pdev, unsigned int code, const char *subject, ...)
	__printf(3, 4);

/* For what a card or its firmware could repeat at will; each caller has a rate of its own. */
#define pinion_report_ratelimited(pdev, code, subject, ...)                      \
	do {                                                                     \
		static DEFINE_RATELIMIT_STATE(_rate, DEFAULT_RATELIMIT_INTERVAL, \
					      DEFAULT_RATELIMIT_BURST);          \
		if (__ratelimit(&_rate))                                         \
			pinion_report(pdev, code, subject, ##__VA_ARGS__);       \
	} while (0)

#endif /* PINION_REPORT_H */
