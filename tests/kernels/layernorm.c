// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares layernorm with results in double precision. With mean m and standard deviation s,
 * subtracting the mean brings an error in the order of eps * |m| / s. The bound is
 * eps * (16 * (1 + |unit| + |m| / s) * |gamma| + 4 * |beta|) for a normalised value unit.
 */
#include "kt.h"

struct shape {
	uint32_t rows, cols, pad;
	float offset;
};

static const struct shape shapes[] = {
	{ 1, 1, 0, 0 },	     { 1, 2, 0, 0 },	 { 3, 7, 2, 0 },	{ 33, 512, 0, 0 },
	{ 100, 1024, 0, 0 }, { 65, 511, 1, 10 }, { 32, 256, 0, -1000 }, { 31, 1023, 9, 100 },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))
#define NORM_EPS 1e-6

struct operands {
	struct kt_buf x, gamma, beta, out;
};

static void check_row(const struct shape *s, const struct operands *o, const float *x,
		      const float *out, double *worst)
{
	double mean = 0, var = 0, dev;

	for (uint32_t j = 0; j < s->cols; j++)
		mean += x[j];
	mean /= s->cols;
	for (uint32_t j = 0; j < s->cols; j++)
		var += (x[j] - mean) * (x[j] - mean);
	dev = sqrt(var / s->cols + (float)NORM_EPS);
	for (uint32_t j = 0; j < s->cols; j++) {
		double unit = (x[j] - mean) / dev, gamma = o->gamma.f[j], beta = o->beta.f[j];

		kt_error(worst, out[j], unit * gamma + beta,
			 KT_EPS * (16 * (1 + fabs(unit) + fabs(mean) / dev) * fabs(gamma) +
				   4 * fabs(beta)));
	}
}

static void test_shape(const struct shape *s, bool in_place)
{
	uint32_t ld = s->cols + s->pad;
	size_t all = (size_t)s->rows * ld;
	struct operands o = { kt_randoms(all), kt_randoms(s->cols), kt_randoms(s->cols),
			      kt_floats(all) };
	struct pinion_layernorm_args args = {
		.x = o.x.va,
		.gamma = o.gamma.va,
		.beta = o.beta.va,
		.out = o.out.va,
		.rows = s->rows,
		.cols = s->cols,
		.ldx = ld,
		.ldo = ld,
		.eps = NORM_EPS,
	};
	struct kt_buf before = kt_floats(all);
	double worst = 0;

	for (size_t i = 0; i < all; i++)
		o.x.f[i] = i % ld < s->cols ? o.x.f[i] + s->offset : KT_GUARD;
	memcpy(before.f, o.x.f, all * 4);
	if (in_place) {
		args.out = args.x;
		o.out = o.x;
	}
	kt_launch(&args, sizeof(args), PINION_BLOCKS(s->rows, PINION_ROWS_PER_BLOCK) + 1, 1, 1);
	for (uint32_t i = 0; i < s->rows; i++)
		check_row(s, &o, before.f + (size_t)i * ld, o.out.f + (size_t)i * ld, &worst);
	tap_ok(worst <= 1 && kt_guarded(o.out.f, s->rows, s->cols, ld),
	       "%ux%u, offset %g%s: error %.2g of its bound", s->rows, s->cols, s->offset,
	       in_place ? ", in place" : "", worst);
}

int main(void)
{
	tap_plan(N_SHAPES + 1);
	kt_open("layernorm");
	for (unsigned int i = 0; i < N_SHAPES; i++)
		test_shape(&shapes[i], false);
	test_shape(&shapes[3], true);
	kt_close();
	return tap_result();
}
