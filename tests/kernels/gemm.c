// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares gemm with sums in double precision. A chain of k fused multiply-adds and at most two
 * more additions has an error of at most (k + 2) eps times the sum of the absolute values. As the
 * signs of the rounding errors are as good as random, 4 sqrt(k + 2) eps times that sum is exceeded
 * in one case of many millions only. The smaller value is the bound.
 */
#include "kt.h"

struct shape {
	uint32_t m, n, k, pad;
	bool trans, bias, addend;
	uint32_t act;
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 0, false, false, false, PINION_ACT_NONE },
	{ 1, 1, 1, 3, true, true, true, PINION_ACT_RELU },
	{ 64, 128, 96, 0, false, false, false, PINION_ACT_NONE },
	{ 65, 129, 97, 1, false, true, false, PINION_ACT_RELU },
	{ 63, 127, 95, 5, true, false, true, PINION_ACT_NONE },
	{ 7, 300, 512, 0, false, true, true, PINION_ACT_TANH },
	{ 200, 33, 1000, 0, true, true, false, PINION_ACT_TANH },
	{ 1, 1000, 256, 0, true, false, false, PINION_ACT_NONE },
	{ 300, 1, 31, 2, false, true, false, PINION_ACT_RELU },
	{ 130, 260, 1536, 0, false, true, true, PINION_ACT_NONE },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

struct operands {
	struct kt_buf a, b, bias, addend, c;
	uint32_t lda, ldb, ldc;
};

static struct operands make(const struct shape *s)
{
	struct operands o = {
		.lda = s->k + s->pad,
		.ldb = (s->trans ? s->k : s->n) + s->pad,
		.ldc = s->n + s->pad,
	};

	o.a = kt_randoms((size_t)s->m * o.lda);
	o.b = kt_randoms((size_t)(s->trans ? s->n : s->k) * o.ldb);
	o.bias = kt_randoms(s->n);
	o.addend = kt_randoms((size_t)s->m * o.ldc);
	o.c = kt_floats((size_t)s->m * o.ldc);
	return o;
}

static double activate(uint32_t act, double x)
{
	if (act == PINION_ACT_RELU)
		return x > 0 ? x : 0;
	return act == PINION_ACT_TANH ? tanh(x) : x;
}

static void check_element(const struct shape *s, const struct operands *o, uint32_t i, uint32_t j,
			  double *worst)
{
	double sum = 0, size = 0;

	for (uint32_t l = 0; l < s->k; l++) {
		double b = s->trans ? o->b.f[(size_t)j * o->ldb + l]
				    : o->b.f[(size_t)l * o->ldb + j];
		double p = o->a.f[(size_t)i * o->lda + l] * b;

		sum += p;
		size += fabs(p);
	}
	if (s->bias) {
		sum += o->bias.f[j];
		size += fabs(o->bias.f[j]);
	}
	if (s->addend) {
		sum += o->addend.f[(size_t)i * o->ldc + j];
		size += fabs(o->addend.f[(size_t)i * o->ldc + j]);
	}
	kt_error(worst, o->c.f[(size_t)i * o->ldc + j], activate(s->act, sum),
		 fmin(s->k + 2, 4 * sqrt(s->k + 2)) * KT_EPS * size +
			 (s->act == PINION_ACT_TANH ? 4e-7 : 0));
}

static struct pinion_gemm_args arguments(const struct shape *s, const struct operands *o)
{
	return (struct pinion_gemm_args){
		.a = o->a.va,
		.b = o->b.va,
		.c = o->c.va,
		.bias = s->bias ? o->bias.va : 0,
		.addend = s->addend ? o->addend.va : 0,
		.m = s->m,
		.n = s->n,
		.k = s->k,
		.lda = o->lda,
		.ldb = o->ldb,
		.ldc = o->ldc,
		.ldd = o->ldc,
		.act = s->act,
		.flags = s->trans ? PINION_GEMM_F_TRANS_B : 0,
	};
}

static void launch(const struct pinion_gemm_args *args)
{
	/* One block too many in both dimensions: those blocks must do nothing. */
	kt_launch(args, sizeof(*args), PINION_BLOCKS(args->n, PINION_GEMM_TILE_N) + 1,
		  PINION_BLOCKS(args->m, PINION_GEMM_TILE_M) + 1, 1);
}

static void test_shape(const struct shape *s)
{
	struct operands o = make(s);
	struct pinion_gemm_args args = arguments(s, &o);
	double worst = 0;

	launch(&args);
	for (uint32_t i = 0; i < s->m; i++)
		for (uint32_t j = 0; j < s->n; j++)
			check_element(s, &o, i, j, &worst);
	tap_ok(worst <= 1 && kt_guarded(o.c.f, s->m, s->n, o.ldc),
	       "%ux%ux%u%s%s%s act %u: error %.2g of its bound", s->m, s->n, s->k,
	       s->trans ? " trans" : "", s->bias ? " bias" : "", s->addend ? " addend" : "", s->act,
	       worst);
}

/* With small whole numbers no rounding happens, and the result must be exact. */
static void test_exact(void)
{
	const struct shape s = { 70, 140, 200, 0, false, true, false, PINION_ACT_NONE };
	struct operands o = make(&s);
	struct pinion_gemm_args args = arguments(&s, &o);
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < s.m * s.k; i++)
		o.a.f[i] = (float)(int)(kt_random() * 8);
	for (uint32_t i = 0; i < s.k * s.n; i++)
		o.b.f[i] = (float)(int)(kt_random() * 8);
	for (uint32_t j = 0; j < s.n; j++)
		o.bias.f[j] = (float)j;
	launch(&args);
	for (uint32_t i = 0; i < s.m; i++) {
		for (uint32_t j = 0; j < s.n; j++) {
			float sum = o.bias.f[j];

			for (uint32_t l = 0; l < s.k; l++)
				sum += o.a.f[i * s.k + l] * o.b.f[l * s.n + j];
			wrong += o.c.f[i * s.n + j] != sum;
		}
	}
	tap_ok(!wrong, "whole numbers: %u elements not exact", wrong);
}

/* Compute C = A * B + C in place, as a residual connection of a model does. */
static void test_in_place(void)
{
	const struct shape s = { 66, 130, 128, 0, false, false, true, PINION_ACT_NONE };
	struct operands o = make(&s);
	struct pinion_gemm_args args = arguments(&s, &o);
	double worst = 0;

	memcpy(o.c.f, o.addend.f, sizeof(float) * s.m * s.n);
	args.addend = args.c;
	launch(&args);
	for (uint32_t i = 0; i < s.m; i++)
		for (uint32_t j = 0; j < s.n; j++)
			check_element(&s, &o, i, j, &worst);
	tap_ok(worst <= 1, "the addend is replaced by the result: error %.2g of its bound", worst);
}

int main(void)
{
	tap_plan(N_SHAPES + 2);
	kt_open("gemm");
	for (unsigned int i = 0; i < N_SHAPES; i++)
		test_shape(&shapes[i]);
	test_exact();
	test_in_place();
	kt_close();
	return tap_result();
}
