/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accuracy tests of the compute kernels: a few calls over what runs them. kt_rig.c runs them on a
 * card model in this process, kt_pinion.c through libpinion on the card of the machine.
 *
 * A bound in these tests is a proven one, or states its constant; references are in double
 * precision.
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
#define KT_GUARD 12345.0f /* what a kernel must leave alone */

/* Memory for test and card, filled with KT_GUARD; @f begins at @va. */
struct kt_buf {
	float *f;
	uint64_t va;
};

/* kt_rig.c, kt_pinion.c: problems of their own end the program. */
void kt_open(const char *kernel);
struct kt_buf kt_memory(size_t bytes);
void kt_close(void);
void kt_launch(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z);

/* The launch must fail with an illegal instruction, and the queue serve again afterwards. */
bool kt_refused(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z);

/* Numbers in [-1, 1), the same in every run. */
static uint64_t kt_seed = 0x9e3779b97f4a7c15;

static inline uint32_t kt_random_u32(void)
{
	kt_seed ^= kt_seed << 13;
	kt_seed ^= kt_seed >> 7;
	kt_seed ^= kt_seed << 17;
	return (uint32_t)(kt_seed >> 32);
}

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

/* The largest error as a part of its bound; not a number counts as infinitely wrong. */
static inline void kt_error(double *worst, double got, double want, double bound)
{
	double part = got == want ? 0 : fabs(got - want) / bound;

	if (!(part <= *worst))
		*worst = isnan(part) ? INFINITY : part;
}

/* Columns @cols.. of rows of @ld must still hold KT_GUARD. */
static inline bool kt_guarded(const float *f, size_t rows, size_t cols, size_t ld)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = cols; j < ld; j++)
			if (f[i * ld + j] != KT_GUARD)
				return false;
	return true;
}

#endif /* PINION_KT_H */
