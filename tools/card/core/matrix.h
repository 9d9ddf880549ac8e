/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix engine of a compute core, which executes the custom-0 instructions: products of
 * matrices (MATMUL) and copies of tiles (TCOPY).
 *
 * A product is the same to the bit on every host: each element is one chain of fused multiply-adds
 * in the order of increasing k, so neither the blocking nor the width of the host's vectors
 * matters.
 */
#ifndef PINION_CARD_MATRIX_H
#define PINION_CARD_MATRIX_H

#include <stdint.h>

#include "pinion_packet.h"
#include "rv.h"

#define MATRIX_MR 8u   /* rows of a micro tile */
#define MATRIX_NR 32u  /* columns of a micro tile */
#define MATRIX_MC 128u /* rows of A packed at a time */
#define MATRIX_KC 256u /* depth packed at a time */

enum matrix_host {
	MATRIX_SCALAR,
	MATRIX_AVX2,
	MATRIX_AVX512,
};

/* Work space, which holds nothing between two instructions and is never saved. */
struct matrix {
	enum matrix_host host;
	float packed[MATRIX_MC * MATRIX_KC + MATRIX_KC * MATRIX_NR + MATRIX_MR * MATRIX_NR + 16];
};

/**
 * matrix_init() - choose the best implementation that the host has
 * @m: uninitialised memory of the owner
 */
void matrix_init(struct matrix *m);

/**
 * matrix_multiply() - execute a MATMUL on the scratchpad
 * @m: engine; the host's floating point must be in its default state
 * @scratchpad: host address, 16-byte aligned
 * @bytes: size of the scratchpad, below 4 GiB
 * @p: the operation; every field is checked
 * @tval: on RV_CAUSE_SCRATCHPAD_*, set to the offset of the operand that does not fit
 *
 * Return: 0, RV_CAUSE_ILLEGAL (bad field) or RV_CAUSE_SCRATCHPAD_LOAD or _STORE
 */
int matrix_multiply(struct matrix *m, void *scratchpad, uint64_t bytes,
		    const struct pinion_matmul *p, uint64_t *tval);

/**
 * matrix_custom() - execute a custom-0 instruction: MATMUL or TCOPY
 * @m: engine of the core
 * @hart: the core; its window is the scratchpad
 * @insn: the instruction, 32 bits
 * @tval: out: the address that is wrong, if the cause is about an address
 * @work: increased by the cost of the instruction, as a number of plain instructions
 *
 * To be called from rv_bus.custom. A TCOPY that faults may have copied some of its bytes.
 *
 * Return: 0 or enum rv_cause
 */
int matrix_custom(struct matrix *m, struct rv_hart *hart, uint32_t insn, uint64_t *tval,
		  uint64_t *work);

#endif
