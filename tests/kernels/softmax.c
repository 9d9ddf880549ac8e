// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares softmax with results in double precision. The exponent param * (x - max) has an absolute
 * error of at most 2 eps * |param| * max |x|, in the numerator and in the sum. The exponential, the
 * sum over the columns and the product add a relative error of (cols / 4 + 8) eps. A result smaller
 * than e^-87 times the largest may be zero.
 */
#include "kt.h"

struct shape {
	uint32_t rows, cols, pad;
	float range, param;
};

static const struct shape shapes[] = {
	{ 1, 1, 0, 1, 1 },	    { 2, 2, 1, 1, 1 },	    { 33, 17, 0, 10, 1 },
	{ 64, 1024, 0, 1, 0.125f }, { 40, 127, 3, 100, 1 }, { 5, 333, 0, 1000, 0.5f },
	{ 7, 64, 0, 30, -1 },	    { 3, 100, 0, 0, 1 },    { 4, 50, 0, 1e30f, 1 },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void check_row(const struct shape *s, const float *x, const float *out, double *worst)
{
	double max = -INFINITY, sum = 0, all = 0;

	for (uint32_t j = 0; j < s->cols; j++)
		max = fmax(max, (double)s->param * x[j]);
	for (uint32_t j = 0; j < s->cols; j++)
		sum += exp((double)s->param * x[j] - max);
	for (uint32_t j = 0; j < s->cols; j++) {
		double want = exp((double)s->param * x[j] - max) / sum;
		double part = KT_EPS * (4 * fabs(s->param) * s->range + s->cols / 4.0 + 8);

		kt_error(worst, out[j], want, want * fmin(part, 1) + 1e-37);
		all += out[j];
	}
	kt_error(worst, all, 1, KT_EPS * (s->cols + 8));
}

static void test_shape(const struct shape *s)
{
	uint32_t ld = s->cols + s->pad;
	struct kt_buf x = kt_randoms((size_t)s->rows * ld);
	struct kt_buf out = kt_floats((size_t)s->rows * ld);
	struct pinion_rows_args args = {
		.x = x.va,
		.out = out.va,
		.rows = s->rows,
		.cols = s->cols,
		.ldx = ld,
		.ldo = ld,
		.param = s->param,
	};
	double worst = 0;

	for (size_t i = 0; i < (size_t)s->rows * ld; i++)
		x.f[i] *= s->range;
	kt_launch(&args, sizeof(args), PINION_BLOCKS(s->rows, PINION_ROWS_PER_BLOCK) + 1, 1, 1);
	for (uint32_t i = 0; i < s->rows; i++)
		check_row(s, x.f + (size_t)i * ld, out.f + (size_t)i * ld, &worst);
	tap_ok(worst <= 1 && kt_guarded(out.f, s->rows, s->cols, ld),
	       "%ux%u, values to %g by %g: error %.2g of its bound", s->rows, s->cols, s->range,
	       s->param, worst);
}

int main(void)
{
	tap_plan(N_SHAPES);
	kt_open("softmax");
	for (unsigned int i = 0; i < N_SHAPES; i++)
		test_shape(&shapes[i]);
	kt_close();
	return tap_result();
}
