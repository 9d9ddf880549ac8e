// SPDX-License-Identifier: GPL-2.0-or-later
/* The mean of each sentence's rows. */
#include "kernel_util.h"

#define MAX_COLS 1024

static void add_row(float *sum, const float *row, uint32_t n)
{
#pragma clang loop unroll_count(4)
	for (uint32_t i = 0; i < n; i++)
		sum[i] += row[i];
}

PINION_KERNEL(pool, struct pinion_pool_args, MAX_COLS * 4, PINION_IN(struct pinion_pool_args, x),
	      PINION_IN(struct pinion_pool_args, starts), PINION_OUT(struct pinion_pool_args, out),
	      PINION_VALUE(struct pinion_pool_args, sentences),
	      PINION_VALUE(struct pinion_pool_args, cols))
{
	const uint32_t *starts = u32_ptr(args->starts);
	float *out = pinion_ptr(args->out) + (uint64_t)x * args->cols;
	float *sum = pinion_scratch(0);
	uint32_t n = args->cols, first, end;

	if (x >= args->sentences)
		return;
	first = starts[x];
	end = starts[x + 1];
	require(first <= end && n <= MAX_COLS);
	for (uint32_t i = 0; i < n; i++)
		sum[i] = 0.0f;
	for (uint32_t row = first; row < end; row++)
		add_row(sum, pinion_ptr(args->x) + (uint64_t)row * n, n);
	row_scale(out, sum, n, end > first ? 1.0f / (float)(end - first) : 0.0f);
}
