// SPDX-License-Identifier: GPL-2.0-or-later
/* Rounding in mode RMM; rv_fp_round.h explains how. */
#include "rv_fp_round.h"

typedef unsigned __int128 u128;

struct format {
	int digits;	/* binary digits of the significand */
	int emin, emax; /* exponents of the leading digit of normal numbers */
};

static const struct format formats[2] = { { 24, -126, 127 }, { 53, -1022, 1023 } };

/* @value / 2^@shift, rounded to nearest; ties go up. */
static u128 round_at(u128 value, int shift)
{
	if (shift > 126)
		return 0;
	return shift <= 0 ? value : (value + ((u128)1 << (shift - 1))) >> shift;
}

static uint64_t pack(const struct format *f, bool negative, uint64_t magnitude)
{
	if (f->digits == 53)
		return magnitude | (uint64_t)negative << 63;
	return box_bits((uint32_t)magnitude | (uint32_t)negative << 31);
}

/*
 * Round @significand * 2^@exp to format @f; the leading digit of @significand is bit 112. As RISC-V
 * requires, tininess is detected after rounding: a result is tiny if it would be below emin in a
 * format without a lower end.
 */
static uint64_t round_to(struct rv_state *s, const struct format *f, bool negative,
			 u128 significand, int exp)
{
	int top = exp + 112, shift = 113 - f->digits;
	bool carries = round_at(significand, shift) >> f->digits;
	bool tiny = top + carries < f->emin;
	uint64_t biased, r;

	if (top < f->emin)
		shift += f->emin - top;
	r = (uint64_t)round_at(significand, shift);
	if (shift > 126 || (u128)r << shift != significand)
		s->fflags |= RV_NX | (tiny ? RV_UF : 0);
	/* The leading digit of a normal number, and a carry out of it, add one to the exponent. */
	biased = top < f->emin ? 0 : (uint64_t)(top - f->emin);
	r += biased << (f->digits - 1);
	if (r >> (f->digits - 1) > (uint64_t)(f->emax - f->emin + 1)) {
		s->fflags |= RV_OF | RV_NX;
		r = (uint64_t)(f->emax - f->emin + 2) << (f->digits - 1);
	}
	return pack(f, negative, r);
}

static uint64_t narrow(struct rv_state *s, __float128 value, bool inexact, bool to_double)
{
	const struct format *f = &formats[to_double];
	u128 bits, fraction;
	int exp;

	memcpy(&bits, &value, sizeof(bits));
	fraction = bits & (((u128)1 << 112) - 1);
	exp = (int)(bits >> 112) & 0x7fff;
	if (exp == 0x7fff && fraction)
		return to_double ? RV_NAN_D : box_bits(RV_NAN_S);
	if (exp == 0x7fff)
		return pack(f, bits >> 127, (uint64_t)(f->emax - f->emin + 2) << (f->digits - 1));
	if (!exp)
		return pack(f, bits >> 127, 0);
	fraction |= (u128)1 << 112 | inexact;
	return round_to(s, f, bits >> 127, fraction, exp - 16383 - 112);
}

static __float128 compute(enum rv_wide what, __float128 a, __float128 b, __float128 c)
{
	switch (what) {
	case RV_WIDE_ADD:
		return a + b;
	case RV_WIDE_SUB:
		return a - b;
	case RV_WIDE_MUL:
		return a * b;
	case RV_WIDE_DIV:
		return a / b;
	case RV_WIDE_FMA:
		return a * b + c; /* the product is exact in quadruple precision */
	default:
		return a;
	}
}

/* Rounding toward zero, as here, gives an exact zero the sign that it has in RMM. */
uint64_t rv_round_rmm(struct rv_state *s, enum rv_wide what, double a, double b, double c,
		      bool to_double)
{
	volatile __float128 wa = a, wb = b, wc = c, r;
	uint32_t saved, after;

	saved = _mm_getcsr();
	_mm_setcsr((saved & ~(MXCSR_ROUND | MXCSR_FLAGS)) | MXCSR_ROUND);
	r = compute(what, wa, wb, wc);
	after = _mm_getcsr();
	_mm_setcsr(saved);
	s->fflags |= (after & 1 ? RV_NV : 0) | (after & 4 ? RV_DZ : 0);
	return narrow(s, r, after & 0x20, to_double);
}

uint64_t rv_round_rmm_int(struct rv_state *s, uint64_t value, bool is_signed, bool to_double)
{
	__float128 wide = is_signed ? (__float128)(int64_t)value : (__float128)value;

	return narrow(s, wide, false, to_double);
}
