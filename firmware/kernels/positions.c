// SPDX-License-Identifier: GPL-2.0-or-later
/* Sines and cosines of positions: row p of the output is for position p. */
#include "kernel_util.h"

PINION_KERNEL(positions, struct pinion_positions_args, 0,
	      PINION_IN(struct pinion_positions_args, inv),
	      PINION_OUT(struct pinion_positions_args, out),
	      PINION_VALUE(struct pinion_positions_args, rows),
	      PINION_VALUE(struct pinion_positions_args, cols))
{
	uint32_t half = args->cols / 2;
	const float *inv = pinion_ptr(args->inv);
	float *out = pinion_ptr(args->out) + (uint64_t)x * args->cols;

	if (x >= args->rows)
		return;
	for (uint32_t i = 0; i < half; i++)
		pinion_sincosf((float)x * inv[i], out + i, out + half + i);
}
