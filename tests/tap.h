/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP for test programs of one file: tap_plan(), then tap_ok() once per check, then
 * return tap_result() from main().
 */
#ifndef PINION_TESTS_TAP_H
#define PINION_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int tap_planned, tap_count, tap_failed;

static inline void tap_plan(unsigned int n)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tap_planned = n;
	printf("TAP version 13\n1..%u\n", n);
}

__attribute__((format(printf, 2, 3))) static inline bool tap_ok(bool ok, const char *format, ...)
{
	va_list args;

	tap_failed += !ok;
	printf("%sok %u - ", ok ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return ok;
}

/* As many tests as planned for what is not there. */
static inline void tap_skip(unsigned int n, const char *why)
{
	while (n--)
		printf("ok %u - # SKIP %s\n", ++tap_count, why);
}

/* Say why and give up: a test that cannot even start. */
__attribute__((format(printf, 1, 2), noreturn)) static inline void tap_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

/* Exit status: 0 if all that was planned ran and passed. */
static inline int tap_result(void)
{
	if (tap_count != tap_planned)
		printf("# planned %u, ran %u\n", tap_planned, tap_count);
	return tap_failed || tap_count != tap_planned;
}

#endif /* PINION_TESTS_TAP_H */
