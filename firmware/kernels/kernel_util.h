/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions shared by the kernels of this directory. */
#ifndef KERNEL_UTIL_H
#define KERNEL_UTIL_H

#include "pinion_kernel.h"
#include "pinion_kernels.h"
#include "pinion_math.h"
#include "kernel_lanes.h"

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Trap unless @good: arguments out of range end in a fault record, not in a wrong result. */
static inline void require(int good)
{
	if (!good)
		__builtin_trap();
}

static inline const uint32_t *u32_ptr(uint64_t va)
{
	return (const uint32_t *)(uintptr_t)va;
}

/* Set [*begin, *end) to the rows of block @block, of @per rows a block; empty beyond row @rows. */
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

#define SUMS 8

/*
 * Return: the total of SUMS partial sums. With partial sums an addition need not wait for the one
 * before, and the rounding error is smaller.
 */
static inline float sum_up(const float s[SUMS])
{
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

static inline float row_sum(const float *x, uint32_t n)
{
	float s[SUMS] = { 0 };
	uint32_t i;

	for (i = 0; i + SUMS <= n; i += SUMS) {
#pragma clang loop unroll(full)
		for (uint32_t j = 0; j < SUMS; j++)
			s[j] += x[i + j];
	}
	for (; i < n; i++)
		s[0] += x[i];
	return sum_up(s);
}

/* Return: the sum of (x - mean)^2. */
static inline float row_square_sum(const float *x, uint32_t n, float mean)
{
	float s[SUMS] = { 0 }, d[SUMS];
	uint32_t i;

	for (i = 0; i + SUMS <= n; i += SUMS) {
#pragma clang loop unroll(full)
		for (uint32_t j = 0; j < SUMS; j++)
			d[j] = x[i + j] - mean;
#pragma clang loop unroll(full)
		for (uint32_t j = 0; j < SUMS; j++)
			s[j] = __builtin_fmaf(d[j], d[j], s[j]);
	}
	for (; i < n; i++)
		s[0] = __builtin_fmaf(x[i] - mean, x[i] - mean, s[0]);
	return sum_up(s);
}

static inline void row_scale(float *out, const float *x, uint32_t n, float by)
{
#pragma clang loop unroll_count(8)
	for (uint32_t i = 0; i < n; i++)
		out[i] = x[i] * by;
}

/* Return: the largest scale * x, or NaN if any x is NaN, which fmaxf() would ignore. */
static inline float row_max_scaled(const float *x, uint32_t n, float scale)
{
	float max[LANES], last;
	uint32_t ordered = 1, i;

	EACH_LANE(j)
	max[j] = -__builtin_inff();
	for (i = 0; i + LANES <= n; i += LANES) {
		EACH_LANE(j)
		{
			max[j] = __builtin_fmaxf(max[j], scale * x[i + j]);
			ordered &= x[i + j] == x[i + j];
		}
	}
	last = __builtin_fmaxf(__builtin_fmaxf(max[0], max[1]), __builtin_fmaxf(max[2], max[3]));
	for (; i < n; i++) {
		last = __builtin_fmaxf(last, scale * x[i]);
		ordered &= x[i] == x[i];
	}
	return ordered ? last : __builtin_nanf("");
}

/* Set out to exp(scale * x - max). Return: the sum of out. */
static inline float row_exp(float *out, const float *x, uint32_t n, float scale, float max)
{
	float sum[LANES] = { 0 }, e[LANES];
	uint32_t i;

	for (i = 0; i + LANES <= n; i += LANES) {
		EACH_LANE(j)
		e[j] = __builtin_fmaf(scale, x[i + j], -max);
		lanes_exp_below_zero(e);
		EACH_LANE(j)
		{
			out[i + j] = e[j];
			sum[j] += e[j];
		}
	}
	for (; i < n; i++) {
		out[i] = pinion_expf(__builtin_fmaf(scale, x[i], -max));
		sum[0] += out[i];
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out = exp(scale * x) / sum, without overflow; out may be x. A NaN makes the whole row NaN. */
static inline void row_softmax(float *out, const float *x, uint32_t n, float scale)
{
	float max = row_max_scaled(x, n, scale), sum;

	sum = row_exp(out, x, n, scale, max);
	row_scale(out, out, n, (max == max ? 1.0f : max) / sum);
}

#endif /* KERNEL_UTIL_H */
