// SPDX-License-Identifier: GPL-2.0-or-later
/* Scales rows to length 1: x / sqrt(max(sum of squares, param)). */
#include "kernel_util.h"

PINION_KERNEL(l2norm, struct pinion_rows_args, 0, PINION_IN(struct pinion_rows_args, x),
	      PINION_OUT(struct pinion_rows_args, out), PINION_VALUE(struct pinion_rows_args, rows),
	      PINION_VALUE(struct pinion_rows_args, cols),
	      PINION_VALUE(struct pinion_rows_args, ldx),
	      PINION_VALUE(struct pinion_rows_args, ldo),
	      PINION_VALUE(struct pinion_rows_args, param),
	      PINION_VALUE(struct pinion_rows_args, op))
{
	uint32_t row, end;

	block_rows(x, PINION_ROWS_PER_BLOCK, args->rows, &row, &end);
	for (; row < end; row++) {
		const float *in = pinion_ptr(args->x) + (uint64_t)row * args->ldx;
		float *out = pinion_ptr(args->out) + (uint64_t)row * args->ldo;

		float sum = __builtin_fmaxf(row_square_sum(in, args->cols, 0.0f), args->param);

		row_scale(out, in, args->cols, 1.0f / __builtin_sqrtf(sum));
	}
}
