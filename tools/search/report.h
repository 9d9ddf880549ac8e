/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: hits, figures, progress; as text or as one JSON object. */
#ifndef SEARCH_REPORT_H
#define SEARCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "finder.h"

/**
 * struct report - how results are shown
 * @json: collects everything until report_end(), NULL for text
 * @answers: in @json
 */
struct report {
	json_t *json;
	json_t *answers;
};

/**
 * struct figures - of a run
 * @lines: embedded
 * @index_seconds: from the first line tokenised to the last embedding on the card
 * @seconds: the same with the searches
 * @busy_seconds: of @seconds, with a job running on the card
 * @stats: of the card
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
/* Print what is left to print. Return: 0, or -1 if standard output failed. */
int report_end(struct report *report, struct err *err);
/* A bar on standard error, if that is a terminal. */
void report_progress(size_t done, size_t count);
/* A text on one line of a terminal, without characters that would control it. */
void report_text(const struct text *text, FILE *out);

#endif /* SEARCH_REPORT_H */
