/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inner loops that matrix_host.c has for each kind of host vectors. */
#ifndef PINION_CARD_MATRIX_INT_H
#define PINION_CARD_MATRIX_INT_H

#include "matrix.h"

/**
 * struct matrix_ops - inner loops for one kind of host vectors
 * @micro: add the product of packed A (@k columns of MATRIX_MR elements) and packed B (@k rows of
 *	MATRIX_NR elements) to the tile at @c, whose rows are @ldc elements apart
 * @transpose: read @k elements of each of 8 rows that are @ld elements apart; write @k rows of 8
 *	elements that are @to_ld elements apart
 */
struct matrix_ops {
	void (*micro)(uint32_t k, const float *a, const float *b, float *c, uint32_t ldc);
	void (*transpose)(uint32_t k, const float *from, uint32_t ld, float *to, uint32_t to_ld);
};

extern const struct matrix_ops matrix_ops[3]; /* by enum matrix_host */

#endif
