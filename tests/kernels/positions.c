// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares positions with sine and cosine in double precision of the same fp32 angle; the absolute
 * error is at most 2e-7.
 */
#include "kt.h"

static void test_shape(uint32_t rows, uint32_t cols, double base)
{
	uint32_t half = cols / 2;
	struct kt_buf inv = kt_floats(half), out = kt_floats((size_t)rows * cols);
	struct pinion_positions_args args = { inv.va, out.va, rows, cols };
	double worst = 0;

	for (uint32_t i = 0; i < half; i++)
		inv.f[i] = (float)pow(base, -(double)i / half);
	kt_launch(&args, sizeof(args), rows + 1, 1, 1);
	for (uint32_t p = 0; p < rows; p++) {
		for (uint32_t i = 0; i < half; i++) {
			float angle = (float)p * inv.f[i];

			kt_error(&worst, out.f[(size_t)p * cols + i], sin(angle), 2e-7);
			kt_error(&worst, out.f[(size_t)p * cols + half + i], cos(angle), 2e-7);
		}
	}
	tap_ok(worst <= 1, "%u positions of %u columns: error %.2g of its bound", rows, cols,
	       worst);
}

int main(void)
{
	tap_plan(4);
	kt_open("positions");
	test_shape(1, 2, 10000);
	test_shape(128, 512, 10000);
	test_shape(4096, 64, 10000);
	test_shape(100, 1024, 1.01);
	kt_close();
	return tap_result();
}
