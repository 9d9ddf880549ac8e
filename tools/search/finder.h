/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index on the card: a row per line, and the search for the nearest rows. */
#ifndef SEARCH_FINDER_H
#define SEARCH_FINDER_H

#include "embedder.h"

#define FINDER_MAX_TOP	 100
#define FINDER_MAX_LINES 1000000

/**
 * struct hit - a line found
 * @line: its number, from 0
 * @score: cosine of its angle with the query
 */
struct hit {
	uint32_t line;
	float score;
};

/**
 * struct finder - the index
 * @embedder: makes embeddings
 * @lines: what the rows stand for
 * @top: hits wanted, <= number of lines
 * @matrix: lines x MODEL_WIDTH, in device memory
 * @work: device memory: query, scores, values and indices of the hits
 * @host: where the card puts values and indices; then two timestamps
 * @cb: of the search
 */
struct finder {
	struct embedder *embedder;
	const struct lines *lines;
	uint32_t top;
	struct pinion_buffer *matrix;
	struct pinion_buffer *work;
	struct pinion_buffer *host;
	struct pinion_cmdbuf *cb;
};

/**
 * finder_open() - make room on the card
 * @finder: out; finder_close() also after failure
 * @embedder: pipeline
 * @lines: 1..FINDER_MAX_LINES lines; must stay
 * @top: hits wanted, 1..FINDER_MAX_TOP
 * @err: reason
 *
 * Return: 0 or -1.
 */
int finder_open(struct finder *finder, struct embedder *embedder, const struct lines *lines,
		uint32_t top, struct err *err);
/* After an error call engine_stop() first. */
void finder_close(struct finder *finder);

/* Embed all lines into the matrix. */
int finder_index(struct finder *finder, void (*progress)(size_t done, size_t count),
		 struct err *err);
/* The finder->top lines nearest to a query that is not empty, nearest first. */
int finder_search(struct finder *finder, const struct text *query, struct hit *hits,
		  struct err *err);
/* Write the matrix to a file: float32, row by row. */
int finder_save(struct finder *finder, const char *path, struct err *err);

#endif /* SEARCH_FINDER_H */
