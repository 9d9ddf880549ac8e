// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The k largest values of a row. The k best so far are kept sorted in the scratchpad, so most
 * values are rejected by one comparison, with the last of the k.
 */
#include "kernel_util.h"

struct entry {
	float value;
	uint32_t index;
};

static inline int better(float a, float b)
{
	return a > b || (b != b && a == a);
}

/* Insert a value after all entries that are not worse: equal values stay sorted by index. */
static void insert(struct entry *best, uint32_t count, float value, uint32_t index)
{
	uint32_t i = count;

	for (; i && better(value, best[i - 1].value); i--)
		best[i] = best[i - 1];
	best[i].value = value;
	best[i].index = index;
}

/* The first comparison rejects most values. If either side is NaN it is false: better() decides. */
static void scan(struct entry *best, uint32_t k, const float *in, uint32_t i, uint32_t cols)
{
	float worst = best[k - 1].value;

#pragma clang loop unroll_count(8)
	for (; i < cols; i++) {
		if (in[i] <= worst)
			continue;
		if (better(in[i], worst)) {
			/* best[] has k + 1 places: the entry that drops out moves to the last. */
			insert(best, k, in[i], i);
			worst = best[k - 1].value;
		}
	}
}

PINION_KERNEL(topk, struct pinion_topk_args, (PINION_TOPK_MAX + 1) * sizeof(struct entry),
	      PINION_IN(struct pinion_topk_args, x), PINION_OUT(struct pinion_topk_args, values),
	      PINION_OUT(struct pinion_topk_args, indices),
	      PINION_VALUE(struct pinion_topk_args, rows),
	      PINION_VALUE(struct pinion_topk_args, cols),
	      PINION_VALUE(struct pinion_topk_args, ldx), PINION_VALUE(struct pinion_topk_args, k))
{
	const float *in = pinion_ptr(args->x) + (uint64_t)x * args->ldx;
	float *values = pinion_ptr(args->values) + (uint64_t)x * args->k;
	uint32_t *indices = (uint32_t *)(uintptr_t)args->indices + (uint64_t)x * args->k;
	struct entry *best = pinion_scratch(0);
	uint32_t i, k = args->k;

	if (x >= args->rows)
		return;
	require(k && k <= PINION_TOPK_MAX && k <= args->cols);
	for (i = 0; i < k; i++)
		insert(best, i, in[i], i);
	scan(best, k, in, i, args->cols);
	for (i = 0; i < k; i++) {
		values[i] = best[i].value;
		indices[i] = best[i].index;
	}
}
