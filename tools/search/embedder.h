/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts in, embeddings on the card out: batches in flight while the next is tokenised. */
#ifndef SEARCH_EMBEDDER_H
#define SEARCH_EMBEDDER_H

#include <stdbool.h>

#include "engine.h"
#include "lines.h"
#include "tokenizer.h"

#define EMBEDDER_SLOTS	   3
#define EMBEDDER_MAX_BATCH 1024

/**
 * struct slot - what one batch in flight needs
 * @cb: its command buffer
 * @host: ids, positions, starts and two timestamps, for the card to fetch and write
 * @room: device memory: ids, positions and starts, then network_work_bytes()
 * @point: of its job
 * @tokens: in it
 * @sentences: in it
 * @busy: the job was submitted and not waited for
 */
struct slot {
	struct pinion_cmdbuf *cb;
	struct pinion_buffer *host;
	struct pinion_buffer *room;
	struct pinion_point point;
	uint32_t tokens;
	uint32_t sentences;
	bool busy;
};

/**
 * struct embedder - the pipeline
 * @engine: card
 * @tok: tokeniser
 * @max_sentences: of a batch
 * @max_tokens: of a batch
 * @slots: used in turn
 * @next: slot to fill next
 */
struct embedder {
	struct engine *engine;
	const struct tokenizer *tok;
	uint32_t max_sentences;
	uint32_t max_tokens;
	struct slot slots[EMBEDDER_SLOTS];
	unsigned int next;
};

/**
 * embedder_open() - make the slots
 * @embedder: out; embedder_close() also after failure
 * @engine: card
 * @tok: tokeniser
 * @batch: sentences per batch, 1..EMBEDDER_MAX_BATCH
 * @err: reason
 *
 * Return: 0 or -1.
 */
int embedder_open(struct embedder *embedder, struct engine *engine, const struct tokenizer *tok,
		  uint32_t batch, struct err *err);
/* After an error call engine_stop() first. */
void embedder_close(struct embedder *embedder);

/**
 * embedder_run() - embed texts, in order
 * @embedder: pipeline
 * @lines: texts, none empty
 * @count: how many, >= 1
 * @out: device memory, count x MODEL_WIDTH floats
 * @progress: called with the number done now and then; or NULL
 * @err: reason
 *
 * Return: 0 when all are there, or -1.
 */
int embedder_run(struct embedder *embedder, const struct line *lines, size_t count, uint64_t out,
		 void (*progress)(size_t done, size_t count), struct err *err);

#endif /* SEARCH_EMBEDDER_H */
