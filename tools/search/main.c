// SPDX-License-Identifier: GPL-2.0-or-later
/* pinion-search: find lines by meaning, with a neural network that runs on a Pinion card. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "finder.h"
#include "interrupt.h"
#include "options.h"
#include "report.h"

static int answer(struct finder *finder, struct report *report, const char *query, size_t len,
		  struct err *err)
{
	struct hit hits[FINDER_MAX_TOP];
	struct text text;
	int ret;

	if (text_from_bytes(query, len, &text))
		return fail_memory(err);
	ret = finder_search(finder, &text, hits, err);
	text_free(&text);
	if (!ret)
		report_hits(report, query, finder->lines, hits, finder->top);
	return ret;
}

/* Read queries from standard input and answer each before the next is read. */
static int answer_stdin(struct finder *finder, struct report *report, struct err *err)
{
	const bool prompt = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	while (!ret) {
		if (prompt)
			fputs("query> ", stderr);
		len = getline(&line, &size, stdin);
		if (len < 0)
			break;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[strspn(line, " \t\v\f")])
			ret = answer(finder, report, line, strlen(line), err);
	}
	if (!ret && (interrupted() || ferror(stdin)))
		ret = fail(err, EXIT_INPUT, "cannot read queries: %s.", strerror(errno));
	free(line);
	return ret;
}

static int answer_all(const struct options *o, struct finder *finder, struct report *report,
		      struct err *err)
{
	size_t i;
	int ret = 0;

	if (!o->nqueries && !o->embed)
		return answer_stdin(finder, report, err);
	for (i = 0; i < o->nqueries && !ret; i++)
		ret = answer(finder, report, o->queries[i], strlen(o->queries[i]), err);
	return ret;
}

/* Index and answer. The time that a user takes to type queries is part of figures->seconds. */
static int index_and_answer(const struct options *o, struct finder *finder, struct report *report,
			    struct figures *figures, struct err *err)
{
	struct engine *engine = finder->embedder->engine;
	double start, indexed, end;

	if (engine_clock(engine, &start, err) || finder_index(finder, report_progress, err) ||
	    engine_clock(engine, &indexed, err) || answer_all(o, finder, report, err) ||
	    engine_clock(engine, &end, err))
		return -1;
	figures->index_seconds = indexed - start;
	figures->seconds = end - start;
	figures->busy_seconds = (double)engine->stats.busy_ticks / (double)engine->info.time_freq;
	return 0;
}

static int search(const struct options *o, struct finder *finder, struct report *report,
		  struct err *err)
{
	struct figures figures = { .lines = finder->lines->count };

	if (index_and_answer(o, finder, report, &figures, err))
		return -1;
	if (o->embed && finder_save(finder, o->embed, err))
		return -1;
	figures.stats = finder->embedder->engine->stats;
	if (o->stats)
		report_figures(report, &figures);
	return 0;
}

static int with_embedder(const struct options *o, const struct lines *lines,
			 struct embedder *embedder, struct err *err)
{
	struct report report;
	struct finder finder;
	int ret;

	ret = report_begin(&report, o->json, err);
	if (ret)
		return ret;
	ret = finder_open(&finder, embedder, lines, o->top, err);
	if (!ret)
		ret = search(o, &finder, &report, err);
	if (ret)
		engine_stop(embedder->engine);
	finder_close(&finder);
	if (!ret)
		return report_end(&report, err);
	json_decref(report.json);
	return ret;
}

static int with_model(const struct options *o, const struct lines *lines,
		      const struct model_files *files, struct err *err)
{
	struct embedder embedder = { 0 };
	struct tokenizer *tok = NULL;
	struct engine engine;
	const char *why;
	int ret;

	ret = tokenizer_new(files->vocab, files->vocab_bytes, &tok, &why);
	if (ret == -ENOMEM)
		return fail_memory(err);
	if (ret)
		return fail(err, EXIT_MODEL, "%s/vocab.json: %s.", o->model, why);
	ret = engine_open(&engine, o->device, o->kernels, files, err);
	if (!ret)
		ret = embedder_open(&embedder, &engine, tok, o->batch, err);
	if (!ret)
		ret = with_embedder(o, lines, &embedder, err);
	if (ret)
		engine_stop(&engine);
	embedder_close(&embedder);
	engine_close(&engine);
	tokenizer_free(tok);
	return ret;
}

/* Print the lines as they are; on a terminal, without characters that would control it. */
static int list(const struct lines *lines, struct err *err)
{
	const bool terminal = isatty(STDOUT_FILENO);
	size_t i;

	for (i = 0; i < lines->count; i++) {
		const struct text *text = &lines->v[i].text;

		if (terminal)
			report_text(text, stdout);
		else
			fwrite(text->bytes, 1, text->len, stdout);
		putchar('\n');
	}
	if (fflush(stdout) || ferror(stdout))
		return fail(err, EXIT_OUTPUT, "cannot write to standard output: %s.",
			    strerror(errno));
	return 0;
}

static int with_lines(const struct options *o, const struct lines *lines, struct err *err)
{
	struct model_files files;
	int ret;

	if (lines->beyond)
		fprintf(stderr, "pinion-search: note: %zu lines beyond --limit are not searched\n",
			lines->beyond);
	if (o->list)
		return list(lines, err);
	ret = model_files_load(o->model, &files, err);
	if (ret)
		return ret;
	ret = with_model(o, lines, &files, err);
	model_files_free(&files);
	return ret;
}

static int run(const struct options *o, struct err *err)
{
	struct lines lines;
	int ret;

	if (o->man)
		ret = lines_read_man(o->sections, o->limit, &lines, err);
	else
		ret = lines_read_file(o->file, o->limit, &lines, err);
	if (ret)
		return ret;
	ret = with_lines(o, &lines, err);
	lines_free(&lines);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err = { 0 };

	options_parse(&options, argc, argv);
	interrupt_catch();
	if (!run(&options, &err))
		return 0;
	/* After a signal any error is a consequence: the signal ended a call, or whatis. */
	if (interrupted())
		fail(&err, EXIT_INTERRUPT, "interrupted.");
	fprintf(stderr, "pinion-search: %s\n", err.text);
	return err.status;
}
