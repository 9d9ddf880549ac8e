// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Universal Sentence Encoder Lite as a sequence of kernel launches.
 *
 * The tokens of all sentences of a batch are in one matrix, one sentence after the other, so that
 * few large matrix products do the work and nothing is padded. The intermediate results are:
 *   embed   tokens x MODEL_EMBED      input of layer 0
 *   x       tokens x MODEL_WIDTH      residual stream, to which each layer adds
 *   h       tokens x MODEL_WIDTH      normalised stream, later the output of attention
 *   wide    tokens x MODEL_FFN        queries, keys and values; hidden layer of the feed-forward
 * part mean    sentences x MODEL_WIDTH   mean over the tokens of each sentence hidden  sentences x
 * MODEL_WIDTH   output of the last layer, not normalised
 */
#include "network.h"

#include <math.h>

#include "pinion_kernels.h"

/**
 * struct pass - the recording of one pass through the network
 * @engine: card with kernels and weights
 * @cb: command buffer to append to
 * @batch: sentences to embed
 * @embed: card address of the matrix embed, see above
 * @x: card address of the matrix x
 * @h: card address of the matrix h
 * @wide: card address of the matrix wide
 * @mean: card address of the matrix mean
 * @hidden: card address of the matrix hidden
 */
struct pass {
	const struct engine *engine;
	struct pinion_cmdbuf *cb;
	const struct network_batch *batch;
	uint64_t embed;
	uint64_t x;
	uint64_t h;
	uint64_t wide;
	uint64_t mean;
	uint64_t hidden;
};

size_t network_work_bytes(uint32_t tokens, uint32_t sentences)
{
	const size_t per_token = MODEL_EMBED + 2 * MODEL_WIDTH + MODEL_FFN;

	return (tokens * per_token + 2ul * sentences * MODEL_WIDTH) * sizeof(float);
}

static void launch(const struct pass *p, enum engine_kernel k, uint32_t x, uint32_t y,
		   const void *args, size_t bytes)
{
	pinion_cmd_launch(p->cb, p->engine->kernels[k], x, y, 1, args, bytes);
}

static void gemm(const struct pass *p, const struct pinion_gemm_args *args)
{
	launch(p, K_GEMM, PINION_BLOCKS(args->n, PINION_GEMM_TILE_N),
	       PINION_BLOCKS(args->m, PINION_GEMM_TILE_M), args, sizeof(*args));
}

/* A dense layer: out (rows x cols) = act(in (rows x width) * weight + bias + addend). */
struct dense {
	uint64_t in;
	uint64_t out;
	uint64_t addend;
	unsigned int weight;
	unsigned int bias;
	uint32_t rows;
	uint32_t width;
	uint32_t cols;
	uint32_t act;
};

static void dense(const struct pass *p, const struct dense *d)
{
	const struct pinion_gemm_args args = {
		.a = d->in,
		.b = engine_weight(p->engine, d->weight),
		.c = d->out,
		.bias = engine_weight(p->engine, d->bias),
		.addend = d->addend,
		.m = d->rows,
		.n = d->cols,
		.k = d->width,
		.lda = d->width,
		.ldb = d->cols,
		.ldc = d->cols,
		.ldd = d->cols,
		.act = d->act,
	};

	gemm(p, &args);
}

static void norm(const struct pass *p, uint64_t in, uint32_t cols, unsigned int gamma,
		 unsigned int beta)
{
	const struct pinion_layernorm_args args = {
		.x = in,
		.gamma = engine_weight(p->engine, gamma),
		.beta = engine_weight(p->engine, beta),
		.out = p->h,
		.rows = p->batch->tokens,
		.cols = cols,
		.ldx = cols,
		.ldo = cols,
		.eps = MODEL_NORM_EPS,
	};

	launch(p, K_LAYERNORM, PINION_BLOCKS(args.rows, PINION_ROWS_PER_BLOCK), 1, &args,
	       sizeof(args));
}

/* The scale is 2 because the model's graph adds (row + position) to the row of the table. */
static void lookup(const struct pass *p)
{
	const struct pinion_gather_args args = {
		.table = engine_weight(p->engine, W_EMBEDDINGS),
		.ids = p->batch->ids,
		.add = pinion_buffer_address(p->engine->positions),
		.pos = p->batch->positions,
		.out = p->embed,
		.rows = p->batch->tokens,
		.cols = MODEL_EMBED,
		.table_rows = MODEL_VOCAB,
		.add_rows = MODEL_MAX_TOKENS,
		.scale = 2.0f,
	};

	launch(p, K_GATHER, PINION_BLOCKS(args.rows, PINION_GATHER_ROWS), 1, &args, sizeof(args));
}

/* A row of wide has the query, the key and the value of a token, @cols columns each. */
static void attention(const struct pass *p, uint32_t cols)
{
	const struct pinion_attention_args args = {
		.q = p->wide,
		.k = p->wide + cols * sizeof(float),
		.v = p->wide + 2 * cols * sizeof(float),
		.out = p->h,
		.starts = p->batch->starts,
		.sentences = p->batch->sentences,
		.heads = MODEL_HEADS,
		.head_cols = cols / MODEL_HEADS,
		.ld = 3 * cols,
		.ldo = cols,
		.scale = 1.0f / sqrtf((float)cols / MODEL_HEADS),
	};

	launch(p, K_ATTENTION, MODEL_HEADS, args.sentences, &args, sizeof(args));
}

static void layer_attention(const struct pass *p, unsigned int layer)
{
	const uint32_t in = layer ? MODEL_WIDTH : MODEL_EMBED;
	const struct dense qkv = {
		.in = p->h,
		.out = p->wide,
		.rows = p->batch->tokens,
		.width = in,
		.cols = 3 * in,
		.weight = layer_weight(layer, LW_QKV),
		.bias = layer_weight(layer, LW_QKV_BIAS),
	};
	const struct dense out = {
		.in = p->h,
		.out = p->x,
		.addend = p->x,
		.rows = p->batch->tokens,
		.width = in,
		.cols = MODEL_WIDTH,
		.weight = layer_weight(layer, LW_OUT),
		.bias = layer_weight(layer, LW_OUT_BIAS),
	};

	norm(p, layer ? p->x : p->embed, in, layer_weight(layer, LW_NORM_GAMMA),
	     layer_weight(layer, LW_NORM_BETA));
	dense(p, &qkv);
	attention(p, in);
	dense(p, &out);
}

static void layer_ffn(const struct pass *p, unsigned int layer)
{
	const struct dense inner = {
		.in = p->h,
		.out = p->wide,
		.rows = p->batch->tokens,
		.width = MODEL_WIDTH,
		.cols = MODEL_FFN,
		.act = PINION_ACT_RELU,
		.weight = layer_weight(layer, LW_FFN1),
		.bias = layer_weight(layer, LW_FFN1_BIAS),
	};
	const struct dense outer = {
		.in = p->wide,
		.out = p->x,
		.addend = p->x,
		.rows = p->batch->tokens,
		.width = MODEL_FFN,
		.cols = MODEL_WIDTH,
		.weight = layer_weight(layer, LW_FFN2),
		.bias = layer_weight(layer, LW_FFN2_BIAS),
	};

	norm(p, p->x, MODEL_WIDTH, layer_weight(layer, LW_FFN_NORM_GAMMA),
	     layer_weight(layer, LW_FFN_NORM_BETA));
	dense(p, &inner);
	dense(p, &outer);
}

/* The embedding of a sentence: the mean over its tokens, one more layer, scaled to length 1. */
static void sentences(const struct pass *p)
{
	const uint32_t rows = p->batch->sentences;
	const struct pinion_pool_args pool = {
		.x = p->x,
		.starts = p->batch->starts,
		.out = p->mean,
		.sentences = rows,
		.cols = MODEL_WIDTH,
	};
	const struct dense hidden = {
		.in = p->mean,
		.out = p->hidden,
		.rows = rows,
		.width = MODEL_WIDTH,
		.cols = MODEL_WIDTH,
		.act = PINION_ACT_TANH,
		.weight = W_HIDDEN,
		.bias = W_HIDDEN_BIAS,
	};
	const struct pinion_rows_args unit = {
		.x = p->hidden,
		.out = p->batch->out,
		.rows = rows,
		.cols = MODEL_WIDTH,
		.ldx = MODEL_WIDTH,
		.ldo = MODEL_WIDTH,
		.param = MODEL_L2_MIN,
	};

	launch(p, K_POOL, rows, 1, &pool, sizeof(pool));
	dense(p, &hidden);
	launch(p, K_L2NORM, PINION_BLOCKS(rows, PINION_ROWS_PER_BLOCK), 1, &unit, sizeof(unit));
}

void network_record(const struct engine *engine, struct pinion_cmdbuf *cb,
		    const struct network_batch *batch)
{
	const uint64_t row = batch->tokens * sizeof(float);
	struct pass p = { .engine = engine, .cb = cb, .batch = batch, .embed = batch->work };
	const struct dense residual = {
		.in = p.embed,
		.out = p.embed + row * MODEL_EMBED,
		.rows = batch->tokens,
		.width = MODEL_EMBED,
		.cols = MODEL_WIDTH,
		.weight = W_RESIDUAL,
		.bias = W_RESIDUAL_BIAS,
	};
	unsigned int layer;

	p.x = p.embed + row * MODEL_EMBED;
	p.h = p.x + row * MODEL_WIDTH;
	p.wide = p.h + row * MODEL_WIDTH;
	p.mean = p.wide + row * MODEL_FFN;
	p.hidden = p.mean + batch->sentences * MODEL_WIDTH * sizeof(float);
	lookup(&p);
	dense(&p, &residual);
	for (layer = 0; layer < MODEL_LAYERS; layer++) {
		layer_attention(&p, layer);
		layer_ffn(&p, layer);
	}
	sentences(&p);
}

void network_scores(const struct engine *engine, struct pinion_cmdbuf *cb, uint64_t a, uint32_t m,
		    uint64_t b, uint32_t n, uint64_t c)
{
	const struct pass p = { .engine = engine, .cb = cb };
	const struct pinion_gemm_args args = {
		.a = a,
		.b = b,
		.c = c,
		.m = m,
		.n = n,
		.k = MODEL_WIDTH,
		.lda = MODEL_WIDTH,
		.ldb = MODEL_WIDTH,
		.ldc = n,
		.flags = PINION_GEMM_F_TRANS_B,
	};

	gemm(&p, &args);
}
