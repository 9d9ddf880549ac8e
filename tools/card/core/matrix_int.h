/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What matrix.c asks of the host's vectors. */
#ifndef PINION_CARD_MATRIX_INT_H
#define PINION_CARD_MATRIX_INT_H

#include "matrix.h"

/*
 * One implementation. micro: add to the MR x NR tile at @c (@ldc elements from row to row) the
 * product of packed A (@k columns of MR) and packed B (@k rows of NR). transpose: read @k elements
 * of 8 rows, @ld elements apart; write them as @k rows of 8, @to_ld elements apart.
 */
struct matrix_ops {
	void (*micro)(uint32_t k, const float *a, const float *b, float *c, uint32_t ldc);
	void (*transpose)(uint32_t k, const float *from, uint32_t ld, float *to, uint32_t to_ld);
};

extern const struct matrix_ops matrix_ops[3]; /* by enum matrix_host */

#endif
