// SPDX-License-Identifier: GPL-2.0-or-later
/* Layer norm of rows: mean, then variance about it, then scale and shift. */
#include "kernel_util.h"

/* x * a + b brings the row to mean 0 and variance 1. */
static void normalise(float *out, const float *x, const float *gamma, const float *beta,
		      uint32_t n, float mean, float inv)
{
#pragma clang loop unroll_count(4)
	for (uint32_t i = 0; i < n; i++)
		out[i] = __builtin_fmaf((x[i] - mean) * inv, gamma[i], beta[i]);
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
	const float *gamma = pinion_ptr(args->gamma), *beta = pinion_ptr(args->beta);
	float per = 1.0f / (float)args->cols;
	uint32_t row, end;

	block_rows(x, PINION_ROWS_PER_BLOCK, args->rows, &row, &end);
	for (; row < end; row++) {
		const float *in = pinion_ptr(args->x) + (uint64_t)row * args->ldx;
		float *out = pinion_ptr(args->out) + (uint64_t)row * args->ldo;
		float mean = row_sum(in, args->cols) * per;
		float var = row_square_sum(in, args->cols, mean) * per;

		normalise(out, in, gamma, beta, args->cols, mean,
			  1.0f / __builtin_sqrtf(var + args->eps));
	}
}
