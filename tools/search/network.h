/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Universal Sentence Encoder Lite as a row of kernel launches. */
#ifndef SEARCH_NETWORK_H
#define SEARCH_NETWORK_H

#include "engine.h"

/**
 * struct network_batch - sentences to embed; all addresses are in device memory
 * @ids: tokens of all sentences, one after the other (u32)
 * @positions: of each token, its place in its sentence (u32)
 * @starts: sentences + 1 indices into them (u32)
 * @work: network_work_bytes() of memory
 * @out: sentences x MODEL_WIDTH floats
 * @tokens: >= 1
 * @sentences: >= 1
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

/* Device memory for what lies between the steps. */
size_t network_work_bytes(uint32_t tokens, uint32_t sentences);

/* Append the launches; errors stick in @cb until it is submitted. */
void network_record(const struct engine *engine, struct pinion_cmdbuf *cb,
		    const struct network_batch *batch);

/**
 * network_scores() - append c (m x n) = a (m x MODEL_WIDTH) * b (n x MODEL_WIDTH) transposed
 */
void network_scores(const struct engine *engine, struct pinion_cmdbuf *cb, uint64_t a, uint32_t m,
		    uint64_t b, uint32_t n, uint64_t c);

#endif /* SEARCH_NETWORK_H */
