/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's files: read, compared with known digests, and taken apart. */
#ifndef SEARCH_WEIGHTS_H
#define SEARCH_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What the network is, as found in its graph (model.json). */
#define MODEL_VOCAB	 8002 /* rows of the embedding table */
#define MODEL_EMBED	 256  /* columns of it, width of layer 0's input */
#define MODEL_WIDTH	 512  /* width after layer 0, and of a sentence's embedding */
#define MODEL_FFN	 1536
#define MODEL_HEADS	 4
#define MODEL_LAYERS	 2
#define MODEL_MAX_TOKENS 128 /* of a sentence; the rest is not read */
#define MODEL_NORM_EPS	 1e-6f
#define MODEL_L2_MIN	 1e-12f

enum weight {
	W_EMBEDDINGS,	/* MODEL_VOCAB x MODEL_EMBED */
	W_POSITION_INV, /* MODEL_EMBED / 2 frequencies */
	W_RESIDUAL,	/* MODEL_EMBED x MODEL_WIDTH: layer 0's way round its attention */
	W_RESIDUAL_BIAS,
	W_HIDDEN, /* MODEL_WIDTH x MODEL_WIDTH */
	W_HIDDEN_BIAS,
	W_LAYER0, /* enum layer_weight, MODEL_LAYERS times */
};

enum layer_weight {
	LW_NORM_GAMMA,
	LW_NORM_BETA,
	LW_QKV, /* in x 3 in */
	LW_QKV_BIAS,
	LW_OUT, /* in x MODEL_WIDTH */
	LW_OUT_BIAS,
	LW_FFN_NORM_GAMMA,
	LW_FFN_NORM_BETA,
	LW_FFN1, /* MODEL_WIDTH x MODEL_FFN */
	LW_FFN1_BIAS,
	LW_FFN2, /* MODEL_FFN x MODEL_WIDTH */
	LW_FFN2_BIAS,
	LW_COUNT,
};

#define WEIGHTS (W_LAYER0 + MODEL_LAYERS * LW_COUNT)

/* Number in enum weight of a layer's weight. */
static inline unsigned int layer_weight(unsigned int layer, enum layer_weight w)
{
	return W_LAYER0 + layer * LW_COUNT + w;
}

/**
 * struct model_files - what was read
 * @weights: all shards, one after the other
 * @weights_bytes: of them
 * @offset: where each tensor (floats, row-major) begins in @weights
 * @vocab: text of vocab.json
 * @vocab_bytes: of it
 */
struct model_files {
	char *weights;
	size_t weights_bytes;
	uint64_t offset[WEIGHTS];
	char *vocab;
	size_t vocab_bytes;
};

/**
 * model_files_load() - read a model's folder
 * @dir: folder of model.json
 * @files: out; free with model_files_free()
 * @err: reason
 *
 * Return: 0, or -1: a file is missing, truncated or altered, or memory is short.
 */
int model_files_load(const char *dir, struct model_files *files, struct err *err);
void model_files_free(struct model_files *files);

static inline const float *model_weight(const struct model_files *files, unsigned int w)
{
	return (const float *)(files->weights + files->offset[w]);
}

#endif /* SEARCH_WEIGHTS_H */
