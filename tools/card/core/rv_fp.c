// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Floating point with any rounding mode and any operand. The interpreter executes the common cases
 * itself and calls rv_fp() for all other cases.
 */
#include "rv_fp.h"
#include "rv_fp_round.h"

/* Keeps the compiler from moving arithmetic over a change of MXCSR. */
#define FENCE_FP(value) __asm__ volatile("" : "+x"(value))

static uint32_t flags_from_host(uint32_t mxcsr)
{
	return (mxcsr & 1 ? RV_NV : 0) | (mxcsr & 4 ? RV_DZ : 0) | (mxcsr & 8 ? RV_OF : 0) |
	       (mxcsr & 16 ? RV_UF : 0) | (mxcsr & 32 ? RV_NX : 0);
}

static uint32_t host_mode(uint32_t frm)
{
	static const uint32_t mode[4] = { 0x0000, 0x6000, 0x2000, 0x4000 };

	return MXCSR_DEFAULT | (frm < 4 ? mode[frm] : 0);
}

uint32_t rv_fp_enter(const struct rv_hart *hart)
{
	uint32_t saved = _mm_getcsr();

	_mm_setcsr(host_mode(hart->s.frm));
	return saved;
}

void rv_fp_sync(struct rv_hart *hart)
{
	hart->s.fflags |= flags_from_host(_mm_getcsr());
	_mm_setcsr(host_mode(hart->s.frm));
}

void rv_fp_leave(struct rv_hart *hart, uint32_t saved)
{
	hart->s.fflags |= flags_from_host(_mm_getcsr());
	_mm_setcsr(saved);
}

struct operands {
	struct rv_state *s;
	uint32_t insn;
	uint32_t rm;	  /* rounding mode, RV_RNE to RV_RMM, never RV_DYN */
	uint64_t a, b, c; /* register values of rs1, rs2, rs3 */
	uint64_t x;	  /* integer rs1 */
};

enum arith { ADD, SUB, MUL, DIV, SQRT, FMA };

#define DEFINE_ARITH(type, name, root, fma)                       \
	static type name(enum arith what, type a, type b, type c) \
	{                                                         \
		type r;                                           \
                                                                  \
		FENCE_FP(a);                                      \
		FENCE_FP(b);                                      \
		FENCE_FP(c);                                      \
		switch (what) {                                   \
		case ADD:                                         \
			r = a + b;                                \
			break;                                    \
		case SUB:                                         \
			r = a - b;                                \
			break;                                    \
		case MUL:                                         \
			r = a * b;                                \
			break;                                    \
		case DIV:                                         \
			r = a / b;                                \
			break;                                    \
		case SQRT:                                        \
			r = root(a);                              \
			break;                                    \
		default:                                          \
			r = fma(a, b, c);                         \
			break;                                    \
		}                                                 \
		FENCE_FP(r);                                      \
		return r;                                         \
	}

DEFINE_ARITH(float, arith_s, sqrtf, fmaf)
DEFINE_ARITH(double, arith_d, sqrt, fma)

/* Compute in the host's mode for @o->rm. The host lacks RMM: it is rounded by rv_fp_round.c. */
static uint64_t arith(struct operands *o, enum arith what, bool is_double)
{
	double a, b, c;
	uint64_t r;

	if (what != FMA) /* only FMA has a third operand: the field has another meaning */
		o->c = is_double ? 0 : RV_BOX;
	if (what == SQRT)
		o->b = o->c;
	if (is_double)
		a = as_double(o->a), b = as_double(o->b), c = as_double(o->c);
	else
		a = unbox(o->a), b = unbox(o->b), c = unbox(o->c);
	/* A square root never lies half-way between two numbers, so RMM makes no difference. */
	if (o->rm == RV_RMM && what != SQRT)
		return rv_round_rmm(o->s, (enum rv_wide)what, a, b, c, is_double);
	if (is_double)
		r = result_d(arith_d(what, a, b, c));
	else
		r = result_s(arith_s(what, unbox(o->a), unbox(o->b), unbox(o->c)));
	if (what == FMA && r == (is_double ? RV_NAN_D : box_bits(RV_NAN_S)))
		fma_invalid(o->s, a, b);
	return r;
}

static uint64_t convert_float(struct operands *o, bool to_double)
{
	double wide;
	float narrow;

	if (to_double) {
		narrow = unbox(o->a);
		FENCE_FP(narrow);
		wide = narrow;
		FENCE_FP(wide);
		return result_d(wide);
	}
	if (o->rm == RV_RMM)
		return rv_round_rmm(o->s, RV_WIDE_COPY, as_double(o->a), 0, 0, false);
	wide = as_double(o->a);
	FENCE_FP(wide);
	narrow = (float)wide;
	FENCE_FP(narrow);
	return result_s(narrow);
}

/* @kind is the field rs2 of the instruction: 0 int32, 1 uint32, 2 int64, 3 uint64. */
static uint64_t from_integer(struct operands *o, uint32_t kind, bool is_double)
{
	bool is_signed = !(kind & 1);
	uint64_t x = o->x;
	double d;
	float s;

	if (kind == 0)
		x = (uint64_t)(int32_t)x;
	else if (kind == 1)
		x = (uint32_t)x;
	if (o->rm == RV_RMM)
		return rv_round_rmm_int(o->s, x, is_signed, is_double);
	__asm__ volatile("" : "+r"(x));
	if (is_double) {
		d = is_signed ? (double)(int64_t)x : (double)x;
		FENCE_FP(d);
		return result_d(d);
	}
	s = is_signed ? (float)(int64_t)x : (float)x;
	FENCE_FP(s);
	return result_s(s);
}

static double to_integral(double value, uint32_t rm)
{
	switch (rm) {
	case RV_RNE:
		return roundeven(value);
	case RV_RTZ:
		return trunc(value);
	case RV_RDN:
		return floor(value);
	case RV_RUP:
		return ceil(value);
	default:
		return round(value);
	}
}

struct int_kind {
	double low, high;  /* a value with low <= value < high fits */
	uint64_t min, max; /* results for values that do not fit, as in a register */
};

static uint64_t to_integer(struct operands *o, uint32_t kind, bool is_double)
{
	static const struct int_kind kinds[4] = {
		{ -0x1p31, 0x1p31, (uint64_t)INT32_MIN, INT32_MAX },
		{ 0, 0x1p32, 0, UINT64_MAX },
		{ -0x1p63, 0x1p63, (uint64_t)INT64_MIN, INT64_MAX },
		{ 0, 0x1p64, 0, UINT64_MAX },
	};
	const struct int_kind *k = &kinds[kind];
	double value = is_double ? as_double(o->a) : unbox(o->a);
	uint32_t saved = _mm_getcsr();
	double whole = isnan(value) ? 0x1p70 : to_integral(value, o->rm);

	FENCE_FP(whole);
	_mm_setcsr(saved); /* drop to_integral()'s inexact flag: out of range is only invalid */
	if (whole < k->low || whole >= k->high) {
		o->s->fflags |= RV_NV;
		return whole < k->low ? k->min : k->max;
	}
	if (whole != value)
		o->s->fflags |= RV_NX;
	if (kind == 3)
		return (uint64_t)whole;
	return kind == 1 ? (uint64_t)(int32_t)(uint32_t)whole : (uint64_t)(int64_t)whole;
}

/* The class of @o's operand, one of ten bits; no arithmetic, as FCLASS must raise no flag. */
static uint64_t fclass(struct operands *o, bool is_double)
{
	unsigned int fraction_bits = is_double ? 52 : 23, max = is_double ? 0x7ff : 0xff, order;
	uint64_t bits = is_double ? o->a : float_bits(unbox(o->a));
	uint64_t fraction = bits & ((1ull << fraction_bits) - 1);
	uint64_t exponent = bits >> fraction_bits & max;

	if (exponent == max && fraction)
		return fraction >> (fraction_bits - 1) ? 1u << 9 : 1u << 8;
	order = exponent == max ? 0 : exponent ? 1 : fraction ? 2 : 3;
	return 1u << (bits >> (is_double ? 63 : 31) ? order : 7 - order);
}

enum target { ILLEGAL, TO_F, TO_X };

static enum target rounded(struct operands *o, uint32_t funct5, bool is_double, uint64_t *r)
{
	uint32_t rs2 = o->insn >> 20 & 31;

	switch (funct5) {
	case 0x00:
	case 0x01:
	case 0x02:
	case 0x03:
		*r = arith(o, (enum arith)(ADD + funct5), is_double);
		return TO_F;
	case 0x0b:
		if (rs2)
			return ILLEGAL;
		*r = arith(o, SQRT, is_double);
		return TO_F;
	case 0x08:
		if (rs2 != !is_double)
			return ILLEGAL;
		*r = convert_float(o, is_double);
		return TO_F;
	case 0x18:
		if (rs2 > 3)
			return ILLEGAL;
		*r = to_integer(o, rs2, is_double);
		return TO_X;
	default: /* 0x1a */
		if (rs2 > 3)
			return ILLEGAL;
		*r = from_integer(o, rs2, is_double);
		return TO_F;
	}
}

static bool has_rounding_mode(uint32_t funct5)
{
	return funct5 <= 3 || funct5 == 0x08 || funct5 == 0x0b || funct5 == 0x18 || funct5 == 0x1a;
}

/* Multiply-adds differ only in signs. Flipping a NaN's sign is harmless: results are canonical. */
static enum target fused(struct operands *o, bool is_double, uint64_t *r)
{
	uint64_t sign = is_double ? 1ull << 63 : 1u << 31;
	uint32_t which = o->insn >> 2 & 3; /* MADD MSUB NMSUB NMADD */

	if (!is_double) {
		o->a = box_bits(float_bits(unbox(o->a)));
		o->c = box_bits(float_bits(unbox(o->c)));
	}
	if (which & 2)
		o->a ^= sign;
	if (which == 1 || which == 3)
		o->c ^= sign;
	*r = arith(o, FMA, is_double);
	return TO_F;
}

static enum target in_mode(struct operands *o, uint32_t funct5, bool is_double, uint64_t *r)
{
	uint32_t saved = _mm_getcsr();
	enum target target;

	_mm_setcsr((saved & ~MXCSR_ROUND) | (host_mode(o->rm) & MXCSR_ROUND));
	if ((o->insn & 0x7f) == RV_OP_FP)
		target = rounded(o, funct5, is_double, r);
	else
		target = fused(o, is_double, r);
	_mm_setcsr((_mm_getcsr() & ~MXCSR_ROUND) | (saved & MXCSR_ROUND));
	return target;
}

int rv_fp(struct rv_hart *hart, uint32_t insn)
{
	struct rv_state *s = &hart->s;
	struct operands o = {
		.s = s,
		.insn = insn,
		.rm = insn >> 12 & 7,
		.a = s->f[insn >> 15 & 31],
		.b = s->f[insn >> 20 & 31],
		.c = s->f[insn >> 27],
		.x = s->x[insn >> 15 & 31],
	};
	uint32_t fmt = insn >> 25 & 3, funct5 = insn >> 27, rd = insn >> 7 & 31;
	enum target target = ILLEGAL;
	uint64_t r = 0;

	if (fmt > 1)
		return RV_CAUSE_ILLEGAL;
	if ((insn & 0x7f) != RV_OP_FP || has_rounding_mode(funct5)) {
		if (o.rm == RV_DYN)
			o.rm = s->frm;
		if (o.rm <= RV_RMM)
			target = in_mode(&o, funct5, fmt, &r);
	} else if (funct5 == 0x1c && o.rm == 1 && !(insn >> 20 & 31)) {
		r = fclass(&o, fmt);
		target = TO_X;
	}
	if (target == ILLEGAL)
		return RV_CAUSE_ILLEGAL;
	if (target == TO_F)
		s->f[rd] = r;
	else
		s->x[rd ? rd : 32] = r;
	return 0;
}
