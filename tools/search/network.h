/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Universal Sentence Encoder Lite as a sequence of kernel launches. */
#ifndef SEARCH_NETWORK_H
#define SEARCH_NETWORK_H

#include "engine.h"

/**
 * struct network_batch - sentences to embed
 * @ids: card address of the tokens (u32) of all sentences, one sentence after the other
 * @positions: card address of each token's position (u32) in its sentence
 * @starts: card address of sentences + 1 indices (u32) into @ids
 * @work: card address of network_work_bytes() of memory
 * @out: card address of sentences x MODEL_WIDTH floats, written
 * @tokens: number of tokens, >= 1
 * @sentences: number of sentences, >= 1
 */
struct network_batch {
	uint64_t ids;
	uint64_t positions;
	uint64_t starts;
	uint64_t work;
	uint64_t out;
	uint32_t tokens;
	uint32_t sentences;
};

/* Return: bytes of device memory that the network needs for its intermediate results. */
size_t network_work_bytes(uint32_t tokens, uint32_t sentences);

/* Append the launches to @cb. The submission of @cb reports any error of this function. */
void network_record(const struct engine *engine, struct pinion_cmdbuf *cb,
		    const struct network_batch *batch);

/* Append to @cb: c (m x n) = a (m x MODEL_WIDTH) * b (n x MODEL_WIDTH) transposed. */
void network_scores(const struct engine *engine, struct pinion_cmdbuf *cb, uint64_t a, uint32_t m,
		    uint64_t b, uint32_t n, uint64_t c);

#endif /* SEARCH_NETWORK_H */
