// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares pool with results in double precision. For a sentence of n rows, the error is at most
 * (n + 2) eps times the mean of the absolute values.
 */
#include "kt.h"

static void test_shape(uint32_t sentences, uint32_t cols, uint32_t most)
{
	struct kt_buf starts = kt_floats(sentences + 1);
	uint32_t *at = (uint32_t *)starts.f;
	struct kt_buf x, out = kt_floats((size_t)(sentences + 1) * cols);
	struct pinion_pool_args args = {
		.starts = starts.va, .out = out.va, .sentences = sentences, .cols = cols
	};
	double worst = 0;

	at[0] = 0;
	for (uint32_t i = 0; i < sentences; i++)
		at[i + 1] = at[i] + (i == 1 ? 0 : 1 + kt_random_u32() % most);
	x = kt_randoms((size_t)at[sentences] * cols);
	args.x = x.va;
	kt_launch(&args, sizeof(args), sentences + 1, 1, 1);
	for (uint32_t i = 0; i < sentences; i++) {
		uint32_t n = at[i + 1] - at[i];

		for (uint32_t j = 0; j < cols; j++) {
			double sum = 0, size = 0;

			for (uint32_t row = at[i]; row < at[i + 1]; row++) {
				sum += x.f[(size_t)row * cols + j];
				size += fabs(x.f[(size_t)row * cols + j]);
			}
			kt_error(&worst, out.f[(size_t)i * cols + j], n ? sum / n : 0,
				 n ? (n + 2) * KT_EPS * size / n : 1e-45);
		}
	}
	tap_ok(worst <= 1 && out.f[(size_t)sentences * cols] == KT_GUARD,
	       "%u sentences of %u columns: error %.2g of its bound", sentences, cols, worst);
}

int main(void)
{
	tap_plan(4);
	kt_open("pool");
	test_shape(1, 1, 1);
	test_shape(40, 512, 20);
	test_shape(3, 1024, 500);
	test_shape(9, 77, 3);
	kt_close();
	return tap_result();
}
