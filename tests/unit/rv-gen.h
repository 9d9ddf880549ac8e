/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random programs for the processors, the same for the same seed. */
#ifndef PINION_TESTS_RV_GEN_H
#define PINION_TESTS_RV_GEN_H

#include <stdbool.h>
#include <stdint.h>

#define GEN_CODE_MAX 4096u /* bytes of one program */

/* Registers that programs keep for themselves. */
enum { GEN_SP = 2, GEN_PTR = 9, GEN_FCSR = 30, GEN_LOOP = 31 };

struct gen {
	uint64_t rng;
	bool rv64;
	uint8_t code[GEN_CODE_MAX];
	uint32_t size;		/* bytes */
	uint32_t count;		/* instructions */
	uint32_t fixups[64][3]; /* forward jumps: at instruction, offset in code, base */
	uint32_t nr_fixups;
};

uint64_t gen_random(struct gen *g);

/* A number that is likely to be an edge of something, integer or floating. */
uint64_t gen_interesting(struct gen *g);

/*
 * Is f[@reg] one that programs keep singles in (else doubles)? The split keeps them from reading a
 * double as a single, where the oracle does not know NaN-boxing.
 */
bool gen_holds_single(uint32_t reg);

/*
 * Write a program: @n random instructions, run x31 times over, then fcsr to x30. Data is reached
 * through x2 and x9, which should point into the middle of some.
 */
void gen_program(struct gen *g, uint32_t n);

#endif
