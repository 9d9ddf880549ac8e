// SPDX-License-Identifier: GPL-2.0-or-later
/* Layer norm of rows: computes mean and variance of a row, then scales and shifts it. */
#include "kernel_util.h"

#define PAIR 2

/* The values x * scale + shift of a row have mean 0 and variance 1. */
struct stats {
	float scale, shift;
};

static struct stats row_stats(const float *x, uint32_t n, float eps)
{
	float per = 1.0f / (float)n;
	float mean = row_sum(x, n) * per;
	float var = row_square_sum(x, n, mean) * per;

	float scale = 1.0f / __builtin_sqrtf(var + eps);

	return (struct stats){ scale, -mean * scale };
}

static void normalise(float *out, const float *x, const float *gamma, const float *beta, uint32_t n,
		      struct stats s)
{
#pragma clang loop unroll_count(4)
	for (uint32_t i = 0; i < n; i++)
		out[i] = __builtin_fmaf(__builtin_fmaf(x[i], s.scale, s.shift), gamma[i], beta[i]);
}

/* Normalise two rows at once, so that gamma and beta are loaded once for both. */
static void normalise_pair(const struct pinion_layernorm_args *args, float *out, const float *x,
			   struct stats s, struct stats t)
{
	const float *gamma = pinion_ptr(args->gamma), *beta = pinion_ptr(args->beta);
	const float *x2 = x + args->ldx;
	float *out2 = out + args->ldo;

#pragma clang loop unroll_count(4)
	for (uint32_t i = 0; i < args->cols; i++) {
		float g = gamma[i], b = beta[i];

		out[i] = __builtin_fmaf(__builtin_fmaf(x[i], s.scale, s.shift), g, b);
		out2[i] = __builtin_fmaf(__builtin_fmaf(x2[i], t.scale, t.shift), g, b);
	}
}

PINION_KERNEL(layernorm, struct pinion_layernorm_args, 0,
	      PINION_IN(struct pinion_layernorm_args, x),
	      PINION_IN(struct pinion_layernorm_args, gamma),
	      PINION_IN(struct pinion_layernorm_args, beta),
	      PINION_OUT(struct pinion_layernorm_args, out),
	      PINION_VALUE(struct pinion_layernorm_args, rows),
	      PINION_VALUE(struct pinion_layernorm_args, cols),
	      PINION_VALUE(struct pinion_layernorm_args, ldx),
	      PINION_VALUE(struct pinion_layernorm_args, ldo),
	      PINION_VALUE(struct pinion_layernorm_args, eps))
{
	uint32_t row, end;

	block_rows(x, PINION_ROWS_PER_BLOCK, args->rows, &row, &end);
	for (; row < end; row += PAIR) {
		const float *in = pinion_ptr(args->x) + (uint64_t)row * args->ldx;
		float *out = pinion_ptr(args->out) + (uint64_t)row * args->ldo;
		struct stats s = row_stats(in, args->cols, args->eps);

		if (row + 1 < end)
			normalise_pair(args, out, in, s,
				       row_stats(in + args->ldx, args->cols, args->eps));
		else
			normalise(out, in, pinion_ptr(args->gamma), pinion_ptr(args->beta),
				  args->cols, s);
	}
}
