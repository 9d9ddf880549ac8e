/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernels of this directory share. */
#ifndef KERNEL_UTIL_H
#define KERNEL_UTIL_H

#include "pinion_kernel.h"
#include "pinion_kernels.h"
#include "pinion_math.h"

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline const uint32_t *u32_ptr(uint64_t va)
{
	return (const uint32_t *)(uintptr_t)va;
}

/* The rows [*begin, *end) that block @block of @per rows has; none past the end of the data. */
static inline void block_rows(uint32_t block, uint32_t per, uint32_t rows, uint32_t *begin,
			      uint32_t *end)
{
	uint64_t first = (uint64_t)block * per;

	*begin = first < rows ? (uint32_t)first : rows;
	*end = *begin + min_u32(per, rows - *begin);
}

static inline void apply_relu(float *out, const float *in, uint32_t n)
{
#pragma clang loop unroll_count(8)
	for (uint32_t i = 0; i < n; i++)
		out[i] = __builtin_fmaxf(in[i], 0.0f);
}

static inline void apply_tanh(float *out, const float *in, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = pinion_tanhf(in[i]);
}

/* Four sums hide nothing on an interpreter, but halve the rounding error of one long chain. */
static inline float row_sum(const float *x, uint32_t n)
{
	float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	uint32_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		s0 += x[i] + x[i + 4];
		s1 += x[i + 1] + x[i + 5];
		s2 += x[i + 2] + x[i + 6];
		s3 += x[i + 3] + x[i + 7];
	}
	for (; i < n; i++)
		s0 += x[i];
	return (s0 + s1) + (s2 + s3);
}

/* Sum of (x - mean)^2. */
static inline float row_square_sum(const float *x, uint32_t n, float mean)
{
	float s[4] = { 0 };
	uint32_t i;

	for (i = 0; i + 4 <= n; i += 4) {
#pragma clang loop unroll(full)
		for (uint32_t j = 0; j < 4; j++) {
			float d = x[i + j] - mean;

			s[j] = __builtin_fmaf(d, d, s[j]);
		}
	}
	for (; i < n; i++)
		s[0] = __builtin_fmaf(x[i] - mean, x[i] - mean, s[0]);
	return (s[0] + s[1]) + (s[2] + s[3]);
}

static inline float row_max(const float *x, uint32_t n)
{
	float max = x[0];

#pragma clang loop unroll_count(8)
	for (uint32_t i = 1; i < n; i++)
		max = __builtin_fmaxf(max, x[i]);
	return max;
}

static inline void row_scale(float *out, const float *x, uint32_t n, float by)
{
#pragma clang loop unroll_count(8)
	for (uint32_t i = 0; i < n; i++)
		out[i] = x[i] * by;
}

/* out = exp(scale * x) / sum, without overflow; out may be x. */
static inline void row_softmax(float *out, const float *x, uint32_t n, float scale)
{
	float max = scale * x[0], sum = 0;

#pragma clang loop unroll_count(8)
	for (uint32_t i = 1; i < n; i++)
		max = __builtin_fmaxf(max, scale * x[i]);
	for (uint32_t i = 0; i < n; i++) {
		float e = pinion_expf(__builtin_fmaf(scale, x[i], -max));

		out[i] = e;
		sum += e;
	}
	row_scale(out, out, n, 1.0f / sum);
}

#endif /* KERNEL_UTIL_H */
