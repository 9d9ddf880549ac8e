// SPDX-License-Identifier: GPL-2.0-or-later
/* Applies an activation function to rows; PINION_ACT_NONE copies them. */
#include "kernel_util.h"

PINION_KERNEL(activation, struct pinion_rows_args, 0, PINION_IN(struct pinion_rows_args, x),
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

		if (args->op == PINION_ACT_RELU)
			apply_relu(out, in, args->cols);
		else if (args->op == PINION_ACT_TANH)
			apply_tanh(out, in, args->cols);
		else
			row_scale(out, in, args->cols, 1.0f);
	}
}
