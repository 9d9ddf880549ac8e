// SPDX-License-Identifier: GPL-2.0-or-later
/* c = a + b: the smallest useful kernel. A block adds PINION_VECADD_BLOCK elements. */
#include "pinion_kernel.h"
#include "pinion_vecadd.h"

PINION_KERNEL(vecadd, struct pinion_vecadd_args, 0, PINION_IN(struct pinion_vecadd_args, a),
	      PINION_IN(struct pinion_vecadd_args, b), PINION_OUT(struct pinion_vecadd_args, c),
	      PINION_VALUE(struct pinion_vecadd_args, n))
{
	uint64_t begin = (uint64_t)x * PINION_VECADD_BLOCK, end = begin + PINION_VECADD_BLOCK;
	const float *a = pinion_ptr(args->a), *b = pinion_ptr(args->b);
	float *c = pinion_ptr(args->c);

	if (end > args->n)
		end = args->n;
#pragma clang loop unroll_count(4)
	for (uint64_t i = begin; i < end; i++)
		c[i] = a[i] + b[i];
}
