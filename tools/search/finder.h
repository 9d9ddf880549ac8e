/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index on the card, with a row per line, and the search for the rows nearest to a query. */
#ifndef SEARCH_FINDER_H
#define SEARCH_FINDER_H

#include "embedder.h"

#define FINDER_MAX_TOP	 100
#define FINDER_MAX_LINES 1000000

/**
 * struct hit - a line found
 * @line: number of the line, from 0
 * @score: cosine of the angle between the embeddings of line and query
 */
struct hit {
	uint32_t line;
	float score;
};

/**
 * struct finder - the index
 * @embedder: pipeline that embeds lines and queries
 * @lines: lines that the rows of @matrix stand for
 * @top: number of hits wanted, <= number of lines
 * @matrix: lines x MODEL_WIDTH floats in device memory, the embeddings
 * @work: device memory: query, scores, values and indices of the hits
 * @host: host memory that the card writes: values and indices of the hits, then two timestamps
 * @cb: command buffer of a search
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
 * finder_open() - allocate memory for an index on the card
 * @finder: out; to be closed by finder_close(), after a failure, too
 * @embedder: pipeline that is to embed lines and queries
 * @lines: 1..FINDER_MAX_LINES lines; must exist until finder_close()
 * @top: number of hits wanted, 1..FINDER_MAX_TOP
 * @err: out: reason of a failure
 *
 * Return: 0 or -1.
 */
int finder_open(struct finder *finder, struct embedder *embedder, const struct lines *lines,
		uint32_t top, struct err *err);
/* After an error call engine_stop() first: jobs may still use the buffers. */
void finder_close(struct finder *finder);

/* Embed all lines into the matrix. */
int finder_index(struct finder *finder, void (*progress)(size_t done, size_t count),
		 struct err *err);
/* Find the finder->top lines nearest to a query, nearest first. The query must not be empty. */
int finder_search(struct finder *finder, const struct text *query, struct hit *hits,
		  struct err *err);
/* Write the embeddings of all lines to a file: float32, row by row. */
int finder_save(struct finder *finder, const char *path, struct err *err);

#endif /* SEARCH_FINDER_H */
