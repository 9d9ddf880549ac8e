/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of a few values at once, step by step: an instruction never waits for the one before
 * it, which on a core that keeps order, or on an interpreter of one, is most of the time.
 */
#ifndef KERNEL_LANES_H
#define KERNEL_LANES_H

#include "pinion_math.h"

#define LANES 4

#define EACH_LANE(j) _Pragma("clang loop unroll(full)") for (uint32_t j = 0; j < LANES; j++)

/* The bits of t = x / ln 2 + this end in n + 127: the exponent of 2^n. */
#define LANES_SHIFT (12582912.0f + 127.0f)

/* x = n ln 2 + r; @x becomes e^r - 1, @two_n becomes 2^n. For -87 <= x <= 87. */
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
 * e to the power of x <= 0: relative error <= 4e-7 down to -20 and little more below; what is
 * smaller than e^-87 is e^-87. NaN gives that, too: the caller looks for it.
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

/* tanh |x| = (e^2|x| - 1) / (e^2|x| + 1): relative error <= 4e-7. Not for NaN. */
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
