/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions for kernels, without a library, tables or branches on the common path. The
 * error bounds hold for rounding to nearest even, the mode in which a block starts.
 */
#ifndef PINION_MATH_H
#define PINION_MATH_H

#include <stdint.h>

static inline float pinion_from_bits(uint32_t bits)
{
	union {
		uint32_t u;
		float f;
	} pun = { .u = bits };

	return pun.f;
}

static inline uint32_t pinion_to_bits(float x)
{
	union {
		uint32_t u;
		float f;
	} pun = { .f = x };

	return pun.u;
}

/**
 * pinion_expf() - compute e to the power of x
 * @x: any value; NaN gives NaN
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 to x / ln 2 leaves n in the low bits.
 *
 * Return: e^x with a relative error <= 1.5e-7 for -87 <= x <= 88; zero for x < -87; infinity for
 * x > 88.7.
 */
static inline float pinion_expf(float x)
{
	const float shift = 12582912.0f;
	float t, n, r, p;

	if (x < -87.0f)
		return 0.0f;
	if (x > 88.7f)
		return __builtin_inff();
	t = __builtin_fmaf(x, 1.44269504f, shift);
	n = t - shift;
	r = __builtin_fmaf(n, -0.693145752f, x);
	r = __builtin_fmaf(n, -1.42860677e-6f, r);
	p = __builtin_fmaf(0.00138144671f, r, 0.00836878041f);
	p = __builtin_fmaf(p, r, 0.0416683942f);
	p = __builtin_fmaf(p, r, 0.166665201f);
	p = __builtin_fmaf(p, r, 0.499999934f);
	p = __builtin_fmaf(p * r, r, r) + 1.0f;
	/* n + 127 may be 128 while the result is still finite: scale in two steps. */
	return p * pinion_from_bits((pinion_to_bits(t) + 126) << 23) * 2.0f;
}

/**
 * pinion_tanhf() - compute the hyperbolic tangent
 * @x: any value; NaN gives NaN
 *
 * Return: tanh x with a relative error <= 4e-7.
 */
static inline float pinion_tanhf(float x)
{
	float a = __builtin_fabsf(x), z = x * x, p;

	if (a < 0.6f) {
		p = __builtin_fmaf(-0.00590586868f, z, 0.0208053848f);
		p = __builtin_fmaf(p, z, -0.0537866837f);
		p = __builtin_fmaf(p, z, 0.133319582f);
		p = __builtin_fmaf(p, z, -0.333332993f);
		return __builtin_fmaf(p * z, x, x);
	}
	/* For a > 9.02 the result rounds to 1. The formula gives 1 for an infinite a, too. */
	p = 1.0f - 2.0f / (pinion_expf(2.0f * a) + 1.0f);
	return __builtin_copysignf(p, x);
}

/**
 * pinion_sincosf() - compute sine and cosine of an angle
 * @x: angle in radians, |x| <= 2^30
 * @sine: out: sine of @x
 * @cosine: out: cosine of @x
 *
 * The absolute error is <= 1e-7, even for a large @x: the computation is in double precision.
 */
static inline void pinion_sincosf(float x, float *sine, float *cosine)
{
	const double shift = 6755399441055744.0;
	double d = x, n, r, z, s, c;
	union {
		double d;
		uint64_t u;
	} t;

	t.d = __builtin_fma(d, 0.63661977236758134, shift);
	n = t.d - shift;
	r = __builtin_fma(n, -1.5707963267948966, d);
	r = __builtin_fma(n, -6.123233995736766e-17, r);
	z = r * r;
	s = __builtin_fma(-2.505210838544172e-8, z, 2.7557319223985893e-6);
	s = __builtin_fma(s, z, -1.984126984126984e-4);
	s = __builtin_fma(s, z, 8.333333333333333e-3);
	s = __builtin_fma(s, z, -0.16666666666666666);
	s = __builtin_fma(s * z, r, r);
	c = __builtin_fma(2.08767569878681e-9, z, -2.7557319223985888e-7);
	c = __builtin_fma(c, z, 2.48015873015873e-5);
	c = __builtin_fma(c, z, -1.3888888888888889e-3);
	c = __builtin_fma(c, z, 4.1666666666666664e-2);
	c = __builtin_fma(c, z, -0.5);
	c = __builtin_fma(c, z, 1.0);
	*sine = (float)(t.u & 1 ? c : s);
	*cosine = (float)(t.u & 1 ? s : c);
	if (t.u & 2)
		*sine = -*sine;
	if ((t.u + 1) & 2)
		*cosine = -*cosine;
}

#endif /* PINION_MATH_H */
