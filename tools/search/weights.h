/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the model's files, compares them with known digests and finds the tensors in them. */
#ifndef SEARCH_WEIGHTS_H
#define SEARCH_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Sizes of the network, as its graph in model.json has them. */
#define MODEL_VOCAB	 8002 /* rows of the embedding table */
#define MODEL_EMBED	 256  /* columns of the embedding table; width of layer 0's input */
#define MODEL_WIDTH	 512  /* width after layer 0, and of a sentence's embedding */
#define MODEL_FFN	 1536 /* width of a layer's feed-forward part */
#define MODEL_HEADS	 4    /* heads of a layer's attention */
#define MODEL_LAYERS	 2
#define MODEL_MAX_TOKENS 128 /* tokens of a sentence that are read; the rest is ignored */
#define MODEL_NORM_EPS	 1e-6f
#define MODEL_L2_MIN	 1e-12f

enum weight {
	W_EMBEDDINGS,	/* MODEL_VOCAB x MODEL_EMBED */
	W_POSITION_INV, /* MODEL_EMBED / 2 frequencies */
	W_RESIDUAL,	/* MODEL_EMBED x MODEL_WIDTH: bypasses the attention of layer 0 */
	W_RESIDUAL_BIAS,
	W_HIDDEN, /* MODEL_WIDTH x MODEL_WIDTH */
	W_HIDDEN_BIAS,
	W_LAYER0, /* first weight of enum layer_weight for layer 0; the other layers follow */
};

enum layer_weight {
	LW_NORM_GAMMA,
	LW_NORM_BETA,
	LW_QKV, /* width of the layer's input x 3 times that width */
	LW_QKV_BIAS,
	LW_OUT, /* width of the layer's input x MODEL_WIDTH */
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

/* Return: the number of a layer's weight in the numbering of enum weight. */
static inline unsigned int layer_weight(unsigned int layer, enum layer_weight w)
{
	return W_LAYER0 + layer * LW_COUNT + w;
}

/**
 * struct model_files - content of the model's files
 * @weights: content of all shards, one after the other
 * @weights_bytes: length of @weights
 * @offset: offset in @weights of each tensor (floats, row-major), by enum weight
 * @vocab: text of vocab.json
 * @vocab_bytes: length of @vocab
 */
struct model_files {
	char *weights;
	size_t weights_bytes;
	uint64_t offset[WEIGHTS];
	char *vocab;
	size_t vocab_bytes;
};

/**
 * model_files_load() - read and check the files of a model
 * @dir: folder of model.json
 * @files: out; to be freed by model_files_free()
 * @err: out: reason of a failure
 *
 * Return: 0, or -1 if a file is missing, truncated or altered, or memory is short.
 */
int model_files_load(const char *dir, struct model_files *files, struct err *err);
void model_files_free(struct model_files *files);

static inline const float *model_weight(const struct model_files *files, unsigned int w)
{
	return (const float *)(files->weights + files->offset[w]);
}

#endif /* SEARCH_WEIGHTS_H */
