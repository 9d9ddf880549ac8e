/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls by which the accuracy tests run compute kernels. kt_rig.c implements the calls for a card
 * model in this process, kt_pinion.c for the card of the machine, through libpinion.
 *
 * The tests compare with results in double precision. Each bound on an error is proven, or its
 * constant is given.
 */
#ifndef PINION_KT_H
#define PINION_KT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pinion_kernels.h"
#include "tests/tap.h"

#define KT_EPS	 0x1p-24  /* rounding error of one fp32 operation */
#define KT_GUARD 12345.0f /* value of memory that a kernel must not write */

/**
 * struct kt_buf - memory that test and card share, filled with KT_GUARD
 * @f: address of the memory for the test
 * @va: virtual address of the same memory for the card
 */
struct kt_buf {
	float *f;
	uint64_t va;
};

/* Implemented by kt_rig.c and kt_pinion.c. An error outside the kernel under test ends the test. */
void kt_open(const char *kernel);
struct kt_buf kt_memory(size_t bytes);
void kt_close(void);
void kt_launch(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z);

/* Whether the launch fails with an illegal instruction, and the queue works again afterwards. */
bool kt_refused(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z);

/* State of the random numbers, which are the same in every run. */
static uint64_t kt_seed = 0x9e3779b97f4a7c15;

static inline uint32_t kt_random_u32(void)
{
	kt_seed ^= kt_seed << 13;
	kt_seed ^= kt_seed >> 7;
	kt_seed ^= kt_seed << 17;
	return (uint32_t)(kt_seed >> 32);
}

/* A random number in [-1, 1). */
static inline float kt_random(void)
{
	return (float)((int32_t)kt_random_u32() >> 8) * 0x1p-23f;
}

static inline struct kt_buf kt_floats(size_t n)
{
	struct kt_buf buf = kt_memory((n ? n : 1) * 4);

	for (size_t i = 0; i < n; i++)
		buf.f[i] = KT_GUARD;
	return buf;
}

static inline struct kt_buf kt_randoms(size_t n)
{
	struct kt_buf buf = kt_floats(n);

	for (size_t i = 0; i < n; i++)
		buf.f[i] = kt_random();
	return buf;
}

/* Raise @worst to the error of @got as a fraction of its bound; NaN counts as infinitely wrong. */
static inline void kt_error(double *worst, double got, double want, double bound)
{
	double part = got == want ? 0 : fabs(got - want) / bound;

	if (!(part <= *worst))
		*worst = isnan(part) ? INFINITY : part;
}

/* Whether columns @cols to @ld - 1 of each row still hold KT_GUARD. */
static inline bool kt_guarded(const float *f, size_t rows, size_t cols, size_t ld)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = cols; j < ld; j++)
			if (f[i * ld + j] != KT_GUARD)
				return false;
	return true;
}

#endif /* PINION_KT_H */
