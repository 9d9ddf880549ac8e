// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C = act(A * B + bias + addend). A block computes one tile of C in the scratchpad: the tile begins
 * as bias + addend, the matrix engine adds A * B in steps of TILE_K, and the activation function is
 * applied. So the block writes its tile to memory once.
 */
#include <stdbool.h>

#include "kernel_util.h"

#define TILE_M PINION_GEMM_TILE_M
#define TILE_N PINION_GEMM_TILE_N
#define TILE_K 128

#define SCRATCH_C   0
#define SCRATCH_A   (SCRATCH_C + TILE_M * TILE_N * 4)
#define SCRATCH_B   (SCRATCH_A + TILE_M * TILE_K * 4)
#define SCRATCH_END (SCRATCH_B + TILE_N * TILE_K * 4)

struct tile {
	uint32_t row, col, rows, cols;
};

static inline uint64_t at(uint64_t base, uint64_t row, uint32_t ld, uint32_t col)
{
	return base + (row * ld + col) * 4;
}

/* Add the bias to each row of the tile, as the product of a column of ones and the bias. */
static void add_bias(const struct pinion_gemm_args *g, const struct tile *t)
{
	struct pinion_matmul mm __attribute__((aligned(8))) = {
		.a = SCRATCH_A,
		.b = SCRATCH_B,
		.c = SCRATCH_C,
		.m = (uint16_t)t->rows,
		.n = (uint16_t)t->cols,
		.k = 1,
		.type = PINION_MATMUL_FP32,
		.flags = PINION_MATMUL_F_ACCUMULATE,
		.lda = 1,
		.ldb = TILE_N,
		.ldc = TILE_N,
	};
	float *ones = pinion_scratch(SCRATCH_A);

	for (uint32_t i = 0; i < t->rows; i++)
		ones[i] = 1.0f;
	pinion_tile_copy(pinion_scratch(SCRATCH_B), 0, pinion_ptr(g->bias) + t->col, 0, 1,
			 t->cols * 4);
	pinion_matmul(&mm);
}

/* Fill the tile with bias + addend. Return: false if there is neither; the tile is not written. */
static bool begin_tile(const struct pinion_gemm_args *g, const struct tile *t)
{
	void *c = pinion_scratch(SCRATCH_C);

	if (g->addend) {
		pinion_tile_copy(c, TILE_N * 4, (void *)at(g->addend, t->row, g->ldd, t->col),
				 g->ldd * 4ull, t->rows, t->cols * 4);
		if (g->bias)
			add_bias(g, t);
		return true;
	}
	if (g->bias)
		pinion_tile_copy(c, TILE_N * 4, pinion_ptr(g->bias) + t->col, 0, t->rows,
				 t->cols * 4);
	return g->bias;
}

static void load_operands(const struct pinion_gemm_args *g, const struct tile *t, uint32_t k0,
			  uint32_t k)
{
	pinion_tile_copy(pinion_scratch(SCRATCH_A), TILE_K * 4,
			 (void *)at(g->a, t->row, g->lda, k0), g->lda * 4ull, t->rows, k * 4);
	if (g->flags & PINION_GEMM_F_TRANS_B)
		pinion_tile_copy(pinion_scratch(SCRATCH_B), TILE_K * 4,
				 (void *)at(g->b, t->col, g->ldb, k0), g->ldb * 4ull, t->cols,
				 k * 4);
	else
		pinion_tile_copy(pinion_scratch(SCRATCH_B), TILE_N * 4,
				 (void *)at(g->b, k0, g->ldb, t->col), g->ldb * 4ull, k,
				 t->cols * 4);
}

static void multiply(const struct pinion_gemm_args *g, const struct tile *t, bool accumulate)
{
	bool trans = g->flags & PINION_GEMM_F_TRANS_B;
	struct pinion_matmul mm __attribute__((aligned(8))) = {
		.a = SCRATCH_A,
		.b = SCRATCH_B,
		.c = SCRATCH_C,
		.m = (uint16_t)t->rows,
		.n = (uint16_t)t->cols,
		.type = PINION_MATMUL_FP32,
		.lda = TILE_K,
		.ldb = trans ? TILE_K : TILE_N,
		.ldc = TILE_N,
	};

	for (uint32_t k0 = 0; k0 < g->k; k0 += TILE_K) {
		mm.k = (uint16_t)min_u32(TILE_K, g->k - k0);
		mm.flags = (uint8_t)((accumulate ? PINION_MATMUL_F_ACCUMULATE : 0) |
				     (trans ? PINION_MATMUL_F_TRANS_B : 0));
		load_operands(g, t, k0, mm.k);
		pinion_matmul(&mm);
		accumulate = true;
	}
}

static void activate(uint32_t act, const struct tile *t)
{
	if (act == PINION_ACT_NONE)
		return;
	for (uint32_t i = 0; i < t->rows; i++) {
		float *c = (float *)pinion_scratch(SCRATCH_C) + i * TILE_N;

		if (act == PINION_ACT_RELU)
			apply_relu(c, c, t->cols);
		else
			apply_tanh(c, c, t->cols);
	}
}

PINION_KERNEL(gemm, struct pinion_gemm_args, SCRATCH_END, PINION_IN(struct pinion_gemm_args, a),
	      PINION_IN(struct pinion_gemm_args, b), PINION_OUT(struct pinion_gemm_args, c),
	      PINION_IN(struct pinion_gemm_args, bias), PINION_IN(struct pinion_gemm_args, addend),
	      PINION_VALUE(struct pinion_gemm_args, m), PINION_VALUE(struct pinion_gemm_args, n),
	      PINION_VALUE(struct pinion_gemm_args, k), PINION_VALUE(struct pinion_gemm_args, lda),
	      PINION_VALUE(struct pinion_gemm_args, ldb),
	      PINION_VALUE(struct pinion_gemm_args, ldc),
	      PINION_VALUE(struct pinion_gemm_args, ldd),
	      PINION_VALUE(struct pinion_gemm_args, act),
	      PINION_VALUE(struct pinion_gemm_args, flags))
{
	struct tile t;
	uint32_t end;

	block_rows(y, TILE_M, args->m, &t.row, &end);
	t.rows = end - t.row;
	block_rows(x, TILE_N, args->n, &t.col, &end);
	t.cols = end - t.col;
	if (!t.rows || !t.cols)
		return;
	multiply(args, &t, begin_tile(args, &t));
	activate(args->act, &t);
	pinion_tile_copy((void *)at(args->c, t.row, args->ldc, t.col), args->ldc * 4ull,
			 pinion_scratch(SCRATCH_C), TILE_N * 4, t.rows, t.cols * 4);
}
