/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elementary functions of LANES values at once. Each step is done for all values before the next
 * step, so that an instruction does not need the result of the one right before it: a core that
 * executes in order would spend most of its time waiting for such results.
 */
#ifndef KERNEL_LANES_H
#define KERNEL_LANES_H

#include "pinion_math.h"

#define LANES 4

#define EACH_LANE(j) _Pragma("clang loop unroll(full)") for (uint32_t j = 0; j < LANES; j++)

/* The low bits of x / ln 2 + LANES_SHIFT are n + 127, the exponent field of the float 2^n. */
#define LANES_SHIFT (12582912.0f + 127.0f)

/* With x = n ln 2 + r, set @x to e^r - 1 and @two_n to 2^n. For -87 <= x <= 87. */
static inline void lanes_reduce(float x[LANES], float two_n[LANES])
{
	float r[LANES], p[LANES];

	EACH_LANE(j)
	two_n[j] = __builtin_fmaf(x[j], 1.44269504f, LANES_SHIFT);
	EACH_LANE(j)
	r[j] = two_n[j] - LANES_SHIFT;
	EACH_LANE(j)
	r[j] = __builtin_fmaf(r[j], -0.693147182f, x[j]);
	EACH_LANE(j)
	p[j] = __builtin_fmaf(0.00138144671f, r[j], 0.00836878041f);
	EACH_LANE(j)
	p[j] = __builtin_fmaf(p[j], r[j], 0.0416683942f);
	EACH_LANE(j)
	p[j] = __builtin_fmaf(p[j], r[j], 0.166665201f);
	EACH_LANE(j)
	p[j] = __builtin_fmaf(p[j], r[j], 0.499999934f);
	EACH_LANE(j)
	p[j] *= r[j];
	EACH_LANE(j)
	x[j] = __builtin_fmaf(p[j], r[j], r[j]);
	EACH_LANE(j)
	two_n[j] = pinion_from_bits(pinion_to_bits(two_n[j]) << 23);
}

/*
 * e to the power of x, for x <= 0. The relative error is at most 4e-7 for x >= -20 and little more
 * below. For x < -87 and for NaN the result is e^-87: the caller must check for NaN.
 */
static inline void lanes_exp_below_zero(float x[LANES])
{
	float two_n[LANES];

	EACH_LANE(j)
	x[j] = __builtin_fmaxf(x[j], -87.0f);
	lanes_reduce(x, two_n);
	EACH_LANE(j)
	x[j] = __builtin_fmaf(x[j], two_n[j], two_n[j]);
}

/* tanh |x| = (e^2|x| - 1) / (e^2|x| + 1), with a relative error of at most 4e-7. Not for NaN. */
static inline void lanes_tanh(float x[LANES])
{
	float e[LANES], two_n[LANES];

	EACH_LANE(j)
	e[j] = __builtin_fminf(__builtin_fabsf(x[j] + x[j]), 20.0f);
	lanes_reduce(e, two_n);
	EACH_LANE(j)
	e[j] = __builtin_fmaf(e[j], two_n[j], two_n[j] - 1.0f);
	EACH_LANE(j)
	x[j] = __builtin_copysignf(e[j] / (e[j] + 2.0f), x[j]);
}

static inline void apply_tanh(float *out, const float *in, uint32_t n)
{
	float x[LANES];
	uint32_t i;

	for (i = 0; i + LANES <= n; i += LANES) {
		EACH_LANE(j)
		x[j] = in[i + j];
		if ((x[0] + x[1]) + (x[2] + x[3]) == (x[0] + x[1]) + (x[2] + x[3])) {
			lanes_tanh(x);
			EACH_LANE(j)
			out[i + j] = x[j];
		} else { /* a NaN, or infinities of both signs */
			for (uint32_t j = 0; j < LANES; j++)
				out[i + j] = pinion_tanhf(in[i + j]);
		}
	}
	for (; i < n; i++)
		out[i] = pinion_tanhf(in[i]);
}

#endif /* KERNEL_LANES_H */
