/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error messages: one sentence that says what is wrong and what the user can do. */
#ifndef SEARCH_ERR_H
#define SEARCH_ERR_H

/* Exit statuses of pinion-search; listed in --help and in the manual page. */
#define EXIT_JOB       1   /* a job failed on the card */
#define EXIT_USAGE     2   /* wrong usage */
#define EXIT_MODEL     3   /* a file of the model is missing, truncated or altered */
#define EXIT_INPUT     4   /* the input is missing, unreadable or without a line */
#define EXIT_DEVICE    5   /* there is no usable card */
#define EXIT_MEMORY    6   /* out of memory, in the host or on the card */
#define EXIT_OUTPUT    7   /* a result could not be written */
#define EXIT_INTERRUPT 130 /* ended by SIGINT or SIGTERM */

/**
 * struct err - why something failed
 * @status: exit status of the program, EXIT_*
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
