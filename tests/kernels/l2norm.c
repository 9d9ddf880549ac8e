// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares l2norm with double precision; the relative error is at most (cols / 8 + 4) eps. */
#include "kt.h"

static void test_shape(uint32_t rows, uint32_t cols, float range, float least)
{
	struct kt_buf x = kt_randoms((size_t)rows * cols), out = kt_floats((size_t)rows * cols);
	struct pinion_rows_args args = {
		.x = x.va,
		.out = out.va,
		.rows = rows,
		.cols = cols,
		.ldx = cols,
		.ldo = cols,
		.param = least,
	};
	double worst = 0;

	for (size_t i = 0; i < (size_t)rows * cols; i++)
		x.f[i] *= range;
	kt_launch(&args, sizeof(args), PINION_BLOCKS(rows, PINION_ROWS_PER_BLOCK) + 1, 1, 1);
	for (uint32_t i = 0; i < rows; i++) {
		const float *row = x.f + (size_t)i * cols;
		double sum = 0;

		for (uint32_t j = 0; j < cols; j++)
			sum += (double)row[j] * row[j];
		for (uint32_t j = 0; j < cols; j++) {
			double want = row[j] / sqrt(fmax(sum, least));

			kt_error(&worst, out.f[(size_t)i * cols + j], want,
				 fabs(want) * KT_EPS * (cols / 8.0 + 4));
		}
	}
	tap_ok(worst <= 1, "%ux%u, values to %g: error %.2g of its bound", rows, cols, range,
	       worst);
}

int main(void)
{
	tap_plan(5);
	kt_open("l2norm");
	test_shape(1, 1, 1, 1e-12f);
	test_shape(33, 512, 1, 1e-12f);
	test_shape(65, 1023, 1000, 1e-12f);
	test_shape(7, 13, 1e-9f, 1e-12f);
	test_shape(3, 64, 0, 1e-12f);
	kt_close();
	return tap_result();
}
