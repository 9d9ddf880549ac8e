/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single and double precision on the host's SSE unit, which rounds and raises flags as RISC-V
 * requires, with two exceptions: the NaN that it produces, and the fifth rounding mode (RMM). Flags
 * accumulate in MXCSR until rv_fp_sync() moves them to the hart.
 */
#ifndef PINION_CARD_RV_FP_H
#define PINION_CARD_RV_FP_H

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "rv_int.h"

#define RV_NAN_S 0x7fc00000u
#define RV_NAN_D 0x7ff8000000000000ull
#define RV_BOX	 0xffffffff00000000ull

#define MXCSR_DEFAULT 0x1f80u /* exceptions masked, round to nearest, no flag */
#define MXCSR_FLAGS   0x3fu
#define MXCSR_ROUND   0x6000u

/* Set the host's floating point to its default before a callback of the owner, and back after. */
static inline uint32_t rv_fp_lend(void)
{
	uint32_t mxcsr = _mm_getcsr();

	_mm_setcsr(MXCSR_DEFAULT);
	return mxcsr;
}

static inline void rv_fp_reclaim(uint32_t mxcsr)
{
	_mm_setcsr(mxcsr);
}

static inline float as_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double as_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline uint64_t double_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline bool boxed(uint64_t f)
{
	return f >> 32 == UINT32_MAX;
}

/* The single in register value @f; a value that is not NaN-boxed reads as the canonical NaN. */
static inline float unbox(uint64_t f)
{
	return as_float(boxed(f) ? (uint32_t)f : RV_NAN_S);
}

static inline uint64_t box_bits(uint32_t bits)
{
	return RV_BOX | bits;
}

/* The register value for a result: any NaN becomes the canonical NaN. */
static inline uint64_t result_s(float value)
{
	return RV_BOX | (unlikely(value != value) ? RV_NAN_S : float_bits(value));
}

static inline uint64_t result_d(double value)
{
	return unlikely(value != value) ? RV_NAN_D : double_bits(value);
}

/*
 * Called when a fused multiply-add gave a NaN. Infinity times zero plus a quiet NaN is invalid on
 * RISC-V, but raises no flag on the host.
 */
static inline void fma_invalid(struct rv_state *s, double a, double b)
{
	if ((isinf(a) && b == 0) || (isinf(b) && a == 0))
		s->fflags |= RV_NV;
}

static inline float host_fma_s(float a, float b, float c)
{
	__asm__("vfmadd231ss %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
	return c;
}

static inline double host_fma_d(double a, double b, double c)
{
	__asm__("vfmadd231sd %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
	return c;
}

static inline bool is_snan_s(float value)
{
	return value != value && !(float_bits(value) & (1u << 22));
}

static inline bool is_snan_d(double value)
{
	return value != value && !(double_bits(value) & (1ull << 51));
}

/* Minimum, or maximum if @max is set. -0 is less than +0; a number is preferred to a NaN. */
static inline uint64_t min_max_s(struct rv_state *s, float a, float b, bool max)
{
	if (is_snan_s(a) || is_snan_s(b))
		s->fflags |= RV_NV;
	if (a != a)
		return result_s(b);
	if (b != b)
		return result_s(a);
	if (a == b)
		return box_bits(!!signbit(a) == max ? float_bits(b) : float_bits(a));
	return box_bits((a < b) == max ? float_bits(b) : float_bits(a));
}

static inline uint64_t min_max_d(struct rv_state *s, double a, double b, bool max)
{
	if (is_snan_d(a) || is_snan_d(b))
		s->fflags |= RV_NV;
	if (a != a)
		return result_d(b);
	if (b != b)
		return result_d(a);
	if (a == b)
		return !!signbit(a) == max ? double_bits(b) : double_bits(a);
	return (a < b) == max ? double_bits(b) : double_bits(a);
}

/* _mm_ucomieq_ss() is of no use: with gcc before 13, a NaN is equal to everything. */
static inline bool less_s(float a, float b)
{
	return _mm_comigt_ss(_mm_set_ss(b), _mm_set_ss(a));
}

static inline bool less_eq_s(float a, float b)
{
	return _mm_comige_ss(_mm_set_ss(b), _mm_set_ss(a));
}

static inline bool less_d(double a, double b)
{
	return _mm_comigt_sd(_mm_set_sd(b), _mm_set_sd(a));
}

static inline bool less_eq_d(double a, double b)
{
	return _mm_comige_sd(_mm_set_sd(b), _mm_set_sd(a));
}

#endif
