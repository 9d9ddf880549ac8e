// SPDX-License-Identifier: GPL-2.0-or-later
/* Output for the user: hits, figures and progress, as text or as one JSON object. */
#include "report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BAR 40

int report_begin(struct report *report, bool json, struct err *err)
{
	memset(report, 0, sizeof(*report));
	if (!json)
		return 0;
	report->json = json_object();
	report->answers = json_array();
	if (!report->json || json_object_set_new(report->json, "answers", report->answers))
		return fail_memory(err);
	return 0;
}

void report_text(const struct text *text, FILE *out)
{
	size_t i;

	for (i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->bytes[i];

		/* Terminals obey C0 and DEL, of one byte, and C1: U+0080 to U+009F, of two bytes.
		 */
		if (c == 0xc2 && ((unsigned char)text->bytes[i + 1] & 0xe0) == 0x80) {
			c = ' ';
			i++;
		}
		fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
	}
}

static const struct text *shown(const struct line *line)
{
	return line->label.bytes ? &line->label : &line->text;
}

static void json_hits(json_t *answers, const char *query, const struct lines *lines,
		      const struct hit *hits, size_t count)
{
	struct text text;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < count; i++) {
		const struct text *label = shown(&lines->v[hits[i].line]);

		json_array_append_new(list,
				      json_pack("{s:I, s:f, s:o}", "line", (json_int_t)hits[i].line,
						"score", (double)hits[i].score, "text",
						json_stringn_nocheck(label->bytes, label->len)));
	}
	if (text_from_bytes(query, strlen(query), &text))
		return json_decref(list);
	json_array_append_new(answers, json_pack("{s:s, s:o}", "query", text.bytes, "hits", list));
	text_free(&text);
}

void report_hits(struct report *report, const char *query, const struct lines *lines,
		 const struct hit *hits, size_t count)
{
	size_t i;

	if (report->json) {
		json_hits(report->answers, query, lines, hits, count);
		return;
	}
	printf("%s\n", query);
	for (i = 0; i < count; i++) {
		printf("%4zu. %.3f  ", i + 1, (double)hits[i].score);
		report_text(shown(&lines->v[hits[i].line]), stdout);
		putchar('\n');
	}
	fflush(stdout);
}

void report_figures(struct report *report, const struct figures *f)
{
	const double rate = f->index_seconds > 0 ? (double)f->lines / f->index_seconds : 0;
	const double share = f->seconds > 0 ? f->busy_seconds / f->seconds : 0;

	if (report->json) {
		json_object_set_new(report->json, "stats",
				    json_pack("{s:I, s:f, s:f, s:f, s:I, s:I, s:I}", "lines",
					      (json_int_t)f->lines, "seconds", f->seconds,
					      "sentences_per_second", rate, "card_share", share,
					      "jobs", (json_int_t)f->stats.jobs, "bytes_to_card",
					      (json_int_t)f->stats.to_card, "bytes_from_card",
					      (json_int_t)f->stats.from_card));
		return;
	}
	printf("%zu lines embedded in %.2f s: %.1f sentences/s\n", f->lines, f->index_seconds,
	       rate);
	printf("share of time on the card: %.1f %%\n", 100 * share);
	printf("jobs: %llu, bytes moved: %llu to the card, %llu from it\n",
	       (unsigned long long)f->stats.jobs, (unsigned long long)f->stats.to_card,
	       (unsigned long long)f->stats.from_card);
}

int report_end(struct report *report, struct err *err)
{
	int bad = 0;

	if (report->json) {
		bad = json_dumpf(report->json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(report->json);
		report->json = NULL;
	}
	if (fflush(stdout) || ferror(stdout) || bad)
		return fail(err, EXIT_OUTPUT, "cannot write to standard output: %s.",
			    strerror(errno));
	return 0;
}

void report_progress(size_t done, size_t count)
{
	const int filled = (int)(done * BAR / count);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\rembedding [%-*.*s] %zu of %zu lines", BAR, filled,
		"########################################", done, count);
	if (done == count)
		fprintf(stderr, "\r%*s\r", BAR + 48, "");
}
