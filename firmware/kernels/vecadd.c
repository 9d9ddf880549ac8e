// SPDX-License-Identifier: GPL-2.0-or-later
/* c = a + b: the smallest useful kernel. Block x does PINION_VECADD_BLOCK elements. */
#include "pinion_kernel.h"
#include "pinion_vecadd.h"

PINION_KERNEL(vecadd, struct pinion_vecadd_args, 0,
	      PINION_IN(struct pinion_vecadd_args, a),
	      PINION_IN(struct pinion_vecadd_args, b),
	      PINION_OUT(struct pinion_vecadd_args, c),
	      PINION_VALUE(struct pinion_vecadd_args, n))
{
	uint32_t begin = x * PINION_VECADD_BLOCK;
	uint32_t end = args->n - begin < PINION_VECADD_BLOCK ? args->n
							     : begin + PINION_VECADD_BLOCK;
	const float *a = pinion_ptr(args->a), *b = pinion_ptr(args->b);
	float *c = pinion_ptr(args->c);

	for (uint32_t i = begin; i < end; i++)
		c[i] = a[i] + b[i];
}
