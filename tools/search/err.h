/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors for people: one sentence that says what is wrong and what to do. */
#ifndef SEARCH_ERR_H
#define SEARCH_ERR_H

/* Exit statuses of pinion-search; listed in --help and in the manual page. */
#define EXIT_JOB       1 /* the card did not do the job */
#define EXIT_USAGE     2
#define EXIT_MODEL     3 /* model files missing, truncated or altered */
#define EXIT_INPUT     4 /* input missing, unreadable or without a line */
#define EXIT_DEVICE    5 /* no card, or it or its driver is not usable */
#define EXIT_MEMORY    6
#define EXIT_OUTPUT    7 /* a result could not be written */
#define EXIT_INTERRUPT 130

/**
 * struct err - why something failed
 * @status: exit status that fits
 * @text: one or two sentences, zero-terminated
 */
struct err {
	int status;
	char text[512];
};

/* Fill @err. Return: -1, so that a caller can return it. */
int fail(struct err *err, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_memory(struct err *err);

#endif /* SEARCH_ERR_H */
