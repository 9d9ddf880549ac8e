// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network in double precision on the host, step by step as the graph of
 * model.json has it: slow, and simple enough to be believed.
 */
#include "hostref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* out (n x cols) = x (n x rows) * w (rows x cols) + bias */
static void dense(const double *x, unsigned int n, const float *w, const float *bias,
		  unsigned int rows, unsigned int cols, double *out)
{
	unsigned int t, i, j;

	for (t = 0; t < n; t++) {
		for (j = 0; j < cols; j++)
			out[t * cols + j] = bias[j];
		for (i = 0; i < rows; i++)
			for (j = 0; j < cols; j++)
				out[t * cols + j] += x[t * rows + i] * w[i * cols + j];
	}
}

static void add(double *x, const double *y, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		x[i] += y[i];
}

static void norm(const double *x, unsigned int n, const float *gamma, const float *beta,
		 unsigned int cols, double *out)
{
	unsigned int t, i;

	for (t = 0; t < n; t++) {
		const double *row = x + t * cols;
		double mean = 0, var = 0;

		for (i = 0; i < cols; i++)
			mean += row[i] / cols;
		for (i = 0; i < cols; i++)
			var += (row[i] - mean) * (row[i] - mean) / cols;
		for (i = 0; i < cols; i++)
			out[t * cols + i] =
				(row[i] - mean) / sqrt(var + MODEL_NORM_EPS) * gamma[i] + beta[i];
	}
}

/* One query row of one head; q, k, v and out point at the head's first column. */
static void attend(const double *q, const double *k, const double *v, unsigned int n,
		   unsigned int cols, double *out)
{
	double score[MODEL_MAX_TOKENS], sum = 0;
	const unsigned int d = cols / MODEL_HEADS;
	unsigned int t, i;

	for (t = 0; t < n; t++) {
		score[t] = 0;
		for (i = 0; i < d; i++)
			score[t] += q[i] * k[t * 3 * cols + i];
		score[t] = exp(score[t] / sqrt(d));
		sum += score[t];
	}
	memset(out, 0, d * sizeof(*out));
	for (t = 0; t < n; t++)
		for (i = 0; i < d; i++)
			out[i] += score[t] / sum * v[t * 3 * cols + i];
}

static void attention(const double *qkv, unsigned int n, unsigned int cols, double *out)
{
	const unsigned int d = cols / MODEL_HEADS;
	unsigned int t, h;

	for (t = 0; t < n; t++)
		for (h = 0; h < MODEL_HEADS; h++)
			attend(qkv + t * 3 * cols + h * d, qkv + cols + h * d,
			       qkv + 2 * cols + h * d, n, cols, out + t * cols + h * d);
}

/**
 * struct room - rows of a sentence between the steps
 * @x: the stream, MODEL_EMBED wide before layer 0, then MODEL_WIDTH
 * @h: normalised, or the attention's output
 * @wide: queries, keys, values; or the inside of the feed-forward part
 * @y: what a part adds to the stream
 */
struct room {
	double x[MODEL_MAX_TOKENS * MODEL_WIDTH];
	double h[MODEL_MAX_TOKENS * MODEL_WIDTH];
	double wide[MODEL_MAX_TOKENS * MODEL_FFN];
	double y[MODEL_MAX_TOKENS * MODEL_WIDTH];
};

#define W(w)  model_weight(files, w)
#define LW(w) model_weight(files, layer_weight(layer, w))

static void layer_attention(const struct model_files *files, unsigned int layer, struct room *r,
			    unsigned int n)
{
	const unsigned int in = layer ? MODEL_WIDTH : MODEL_EMBED;

	norm(r->x, n, LW(LW_NORM_GAMMA), LW(LW_NORM_BETA), in, r->h);
	dense(r->h, n, LW(LW_QKV), LW(LW_QKV_BIAS), in, 3 * in, r->wide);
	attention(r->wide, n, in, r->h);
	dense(r->h, n, LW(LW_OUT), LW(LW_OUT_BIAS), in, MODEL_WIDTH, r->y);
	if (!layer) {
		dense(r->x, n, W(W_RESIDUAL), W(W_RESIDUAL_BIAS), in, MODEL_WIDTH, r->wide);
		memcpy(r->x, r->wide, n * MODEL_WIDTH * sizeof(*r->x));
	}
	add(r->x, r->y, n * MODEL_WIDTH);
}

static void layer_ffn(const struct model_files *files, unsigned int layer, struct room *r,
		      unsigned int n)
{
	unsigned int i;

	norm(r->x, n, LW(LW_FFN_NORM_GAMMA), LW(LW_FFN_NORM_BETA), MODEL_WIDTH, r->h);
	dense(r->h, n, LW(LW_FFN1), LW(LW_FFN1_BIAS), MODEL_WIDTH, MODEL_FFN, r->wide);
	for (i = 0; i < n * MODEL_FFN; i++)
		r->wide[i] = r->wide[i] > 0 ? r->wide[i] : 0;
	dense(r->wide, n, LW(LW_FFN2), LW(LW_FFN2_BIAS), MODEL_FFN, MODEL_WIDTH, r->y);
	add(r->x, r->y, n * MODEL_WIDTH);
}

/* The table's row counts twice: the graph adds rows + positions to the rows. */
static void lookup(const struct model_files *files, const uint32_t *ids, unsigned int n,
		   struct room *r)
{
	const unsigned int half = MODEL_EMBED / 2;
	unsigned int t, i;

	for (t = 0; t < n; t++) {
		const float *row = W(W_EMBEDDINGS) + ids[t] * MODEL_EMBED;

		for (i = 0; i < MODEL_EMBED; i++) {
			double angle = t * (double)W(W_POSITION_INV)[i % half];

			r->x[t * MODEL_EMBED + i] = 2.0 * row[i] +
						    (i < half ? sin(angle) : cos(angle));
		}
	}
}

static void sentence(const struct model_files *files, const struct room *r, unsigned int n,
		     double *out)
{
	double mean[MODEL_WIDTH] = { 0 }, squares = 0;
	unsigned int t, i;

	for (t = 0; t < n; t++)
		for (i = 0; i < MODEL_WIDTH; i++)
			mean[i] += r->x[t * MODEL_WIDTH + i] / n;
	dense(mean, 1, W(W_HIDDEN), W(W_HIDDEN_BIAS), MODEL_WIDTH, MODEL_WIDTH, out);
	for (i = 0; i < MODEL_WIDTH; i++) {
		out[i] = tanh(out[i]);
		squares += out[i] * out[i];
	}
	for (i = 0; i < MODEL_WIDTH; i++)
		out[i] /= sqrt(fmax(squares, MODEL_L2_MIN));
}

void hostref_embed(const struct model_files *files, const uint32_t *ids, unsigned int n,
		   double *out)
{
	struct room *r = calloc(1, sizeof(*r));
	unsigned int layer;

	if (!r)
		abort();
	lookup(files, ids, n, r);
	for (layer = 0; layer < MODEL_LAYERS; layer++) {
		layer_attention(files, layer, r, n);
		layer_ffn(files, layer, r, n);
	}
	sentence(files, r, n, out);
	free(r);
}

double hostref_cosine(const float *a, const float *b, unsigned int n)
{
	double ab = 0, aa = 0, bb = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		ab += (double)a[i] * b[i];
		aa += (double)a[i] * a[i];
		bb += (double)b[i] * b[i];
	}
	return ab / sqrt(aa * bb);
}
