/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output for the user: hits, figures and progress, as text or as one JSON object. */
#ifndef SEARCH_REPORT_H
#define SEARCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "finder.h"

/**
 * struct report - how results are shown
 * @json: object that collects all results until report_end(); NULL for output as text
 * @answers: array in @json with the answers so far
 */
struct report {
	json_t *json;
	json_t *answers;
};

/**
 * struct figures - measurements of a run
 * @lines: number of lines embedded
 * @index_seconds: time from the first line tokenised to the last embedding on the card
 * @seconds: @index_seconds and the time of the searches
 * @busy_seconds: part of @seconds in which a job ran on the card
 * @stats: figures of what the card did
 */
struct figures {
	size_t lines;
	double index_seconds;
	double seconds;
	double busy_seconds;
	struct engine_stats stats;
};

int report_begin(struct report *report, bool json, struct err *err);
void report_hits(struct report *report, const char *query, const struct lines *lines,
		 const struct hit *hits, size_t count);
void report_figures(struct report *report, const struct figures *figures);
/* Print the JSON object, if any. Return: 0, or -1 if standard output cannot be written. */
int report_end(struct report *report, struct err *err);
/* Draw a progress bar on standard error, if that is a terminal. */
void report_progress(size_t done, size_t count);
/* Print a text on one line, with blanks for characters that would control a terminal. */
void report_text(const struct text *text, FILE *out);

#endif /* SEARCH_REPORT_H */
