/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Round to nearest, ties to the larger magnitude (RMM), a mode that the host lacks. The result is
 * computed in quadruple precision and rounded to odd, which keeps the information that something
 * was discarded; then it is rounded a second time, in integers, to the format wanted.
 */
#ifndef PINION_CARD_RV_FP_ROUND_H
#define PINION_CARD_RV_FP_ROUND_H

#include "rv_fp.h"

enum rv_wide {
	RV_WIDE_ADD,
	RV_WIDE_SUB,
	RV_WIDE_MUL,
	RV_WIDE_DIV,
	RV_WIDE_FMA = 5, /* the numbering of the operations in rv_fp.c */
	RV_WIDE_COPY,
};

/* rv_fp_round.c; both return a register value and add to the flags of @s. */
uint64_t rv_round_rmm(struct rv_state *s, enum rv_wide what, double a, double b, double c,
		      bool to_double);
uint64_t rv_round_rmm_int(struct rv_state *s, uint64_t value, bool is_signed, bool to_double);

#endif
