// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks that topk is exact: the values and their order, with ties by index and NaN last. */
#include "kt.h"

static const float *row_under_sort;

static int by_rank(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	float x = row_under_sort[i], y = row_under_sort[j];

	if (isnan(x) != isnan(y))
		return isnan(x) ? 1 : -1;
	if (x != y && !isnan(x))
		return x > y ? -1 : 1;
	return i < j ? -1 : 1;
}

/* Test with about @levels different values for each sign; 0: values as they are drawn. */
static void test_shape(uint32_t rows, uint32_t cols, uint32_t k, uint32_t levels, bool nans)
{
	uint32_t ld = cols + 3, *order = malloc(cols * sizeof(*order)), wrong = 0;
	struct kt_buf x = kt_randoms((size_t)rows * ld), values = kt_floats((size_t)rows * k + 1);
	struct kt_buf indices = kt_floats((size_t)rows * k);
	struct pinion_topk_args args = { .x = x.va,
					 .values = values.va,
					 .indices = indices.va,
					 .rows = rows,
					 .cols = cols,
					 .ldx = ld,
					 .k = k };
	const uint32_t *index = (const uint32_t *)indices.f;

	for (size_t i = 0; i < (size_t)rows * ld; i++) {
		if (levels)
			x.f[i] = floorf(x.f[i] * (float)levels);
		if (nans && kt_random_u32() % 4)
			x.f[i] = NAN;
	}
	kt_launch(&args, sizeof(args), rows + 1, 1, 1);
	for (uint32_t r = 0; r < rows; r++) {
		row_under_sort = x.f + (size_t)r * ld;
		for (uint32_t j = 0; j < cols; j++)
			order[j] = j;
		qsort(order, cols, sizeof(*order), by_rank);
		for (uint32_t i = 0; i < k; i++)
			wrong += index[r * k + i] != order[i] ||
				 memcmp(&values.f[r * k + i], &row_under_sort[order[i]], 4);
	}
	free(order);
	tap_ok(!wrong && values.f[(size_t)rows * k] == KT_GUARD,
	       "%u of %u in %u rows%s%s: %u wrong", k, cols, rows, levels ? ", ties" : "",
	       nans ? ", NaN" : "", wrong);
}

static void test_refused(void)
{
	struct kt_buf x = kt_randoms(10);
	struct pinion_topk_args args = { .x = x.va,
					 .values = x.va,
					 .indices = x.va,
					 .rows = 1,
					 .cols = 10,
					 .ldx = 10,
					 .k = 11 };

	tap_ok(kt_refused(&args, sizeof(args), 1, 1, 1),
	       "a k above the number of columns is refused");
}

int main(void)
{
	tap_plan(8);
	kt_open("topk");
	test_shape(1, 1, 1, 0, false);
	test_shape(3, 10000, 5, 0, false);
	test_shape(2, 5000, 128, 0, false);
	test_shape(5, 128, 128, 0, false);
	test_shape(4, 1000, 20, 3, false);
	test_shape(4, 100, 60, 0, true);
	test_shape(2, 7, 7, 2, true);
	test_refused();
	kt_close();
	return tap_result();
}
