/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Embeds texts on the card, in batches: some are in flight while the next is tokenised. */
#ifndef SEARCH_EMBEDDER_H
#define SEARCH_EMBEDDER_H

#include <stdbool.h>

#include "engine.h"
#include "lines.h"
#include "tokenizer.h"

#define EMBEDDER_SLOTS	   3
#define EMBEDDER_MAX_BATCH 1024

/**
 * struct slot - buffers and state of one batch in flight
 * @cb: command buffer of the batch's job
 * @host: host memory: ids, positions and starts, which the card fetches, then two timestamps
 * @device: device memory: ids, positions and starts, then network_work_bytes()
 * @point: timeline point that the job reaches when it ends
 * @tokens: number of tokens in the batch
 * @sentences: number of sentences in the batch
 * @busy: the job was submitted and not yet waited for
 */
struct slot {
	struct pinion_cmdbuf *cb;
	struct pinion_buffer *host;
	struct pinion_buffer *device;
	struct pinion_point point;
	uint32_t tokens;
	uint32_t sentences;
	bool busy;
};

/**
 * struct embedder - a pipeline of batches
 * @engine: card that computes the embeddings
 * @tok: tokeniser of the model
 * @max_sentences: largest number of sentences in a batch
 * @max_tokens: largest number of tokens in a batch
 * @slots: slots, used in turn
 * @next: index of the slot to fill next
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
 * embedder_open() - create the buffers of a pipeline
 * @embedder: out; to be closed by embedder_close(), after a failure, too
 * @engine: card that is to compute the embeddings
 * @tok: tokeniser of the model
 * @batch: sentences per batch, 1..EMBEDDER_MAX_BATCH
 * @err: out: reason of a failure
 *
 * Return: 0 or -1.
 */
int embedder_open(struct embedder *embedder, struct engine *engine, const struct tokenizer *tok,
		  uint32_t batch, struct err *err);
/* After an error call engine_stop() first: jobs may still use the buffers. */
void embedder_close(struct embedder *embedder);

/**
 * embedder_run() - embed texts, in order
 * @embedder: pipeline to use
 * @lines: texts, none of which is empty
 * @count: number of texts, >= 1
 * @out: card address of count x MODEL_WIDTH floats, one row per text
 * @progress: called after each batch with the number of texts done; or NULL
 * @err: out: reason of a failure
 *
 * Return: 0 when all embeddings are at @out, or -1.
 */
int embedder_run(struct embedder *embedder, const struct line *lines, size_t count, uint64_t out,
		 void (*progress)(size_t done, size_t count), struct err *err);

#endif /* SEARCH_EMBEDDER_H */
