/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Argument structs of the compute kernels that ship with Pinion, shared by the
 * kernels (firmware/kernels/NAME.c, built to NAME.elf, which holds the kernel
 * "NAME") and by the programs that launch them.
 *
 * Rules for all: addresses are virtual addresses of the job, 4-byte aligned;
 * matrices are row-major float unless said otherwise; ld* is the distance
 * between rows in elements; m, n, k, rows, cols >= 1; reserved members are
 * zero. Inputs and outputs do not overlap unless said otherwise. The grid that
 * a launch must have is stated per kernel; blocks past the end of the data do
 * nothing, so a larger grid is allowed. Arguments out of the ranges stated here
 * end in an illegal instruction where they could not be served. Batches hold the tokens of many
 * sentences one after the other: token matrices are T rows without padding,
 * and a table @starts of sentences + 1 rows says where each begins.
 */
#ifndef PINION_KERNELS_H
#define PINION_KERNELS_H

#include <stdint.h>

#define PINION_ARGS_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " has a hole or grew")

#define PINION_BLOCKS(count, per_block) (((count) + (per_block) - 1) / (per_block))

/* ------------------------------------------------------------------- gemm */

#define PINION_GEMM_TILE_M 128 /* rows of C per block */
#define PINION_GEMM_TILE_N 128 /* columns of C per block */

#define PINION_GEMM_F_TRANS_B (1u << 0) /* B is stored n x k */

#define PINION_ACT_NONE 0
#define PINION_ACT_RELU 1
#define PINION_ACT_TANH 2

/**
 * struct pinion_gemm_args - C = act(A * B + bias + addend)
 * @a: m x k
 * @b: k x n; with TRANS_B n x k
 * @c: m x n, written
 * @bias: n values added to every row, 0 = none
 * @addend: m x n with row distance @ldd, added before the activation, 0 =
 *	none; may be the same matrix as @c
 * @m: rows
 * @n: columns
 * @k: length of the sums
 * @lda: >= k
 * @ldb: >= n (TRANS_B: >= k)
 * @ldc: >= n
 * @ldd: >= n
 * @act: PINION_ACT_*
 * @flags: PINION_GEMM_F_*
 *
 * Kernel "gemm". Grid: x = PINION_BLOCKS(n, TILE_N), y = PINION_BLOCKS(m,
 * TILE_M), z = 1.
 */
struct pinion_gemm_args {
	uint64_t a;
	uint64_t b;
	uint64_t c;
	uint64_t bias;
	uint64_t addend;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t lda;
	uint32_t ldb;
	uint32_t ldc;
	uint32_t ldd;
	uint32_t act;
	uint32_t flags;
	uint32_t reserved;
};
PINION_ARGS_SIZE(struct pinion_gemm_args, 80);

/* ------------------------------------------------- embedding and positions */

/**
 * struct pinion_positions_args - sines and cosines of positions
 * @inv: half = cols / 2 frequencies
 * @out: rows x cols: out[p][j] = sin(p * inv[j]), out[p][half + j] = cos(p * inv[j])
 * @rows: positions, <= 4096
 * @cols: even, <= 1024
 *
 * Kernel "positions". Grid: x = rows. Absolute error <= 2e-6.
 */
struct pinion_positions_args {
	uint64_t inv;
	uint64_t out;
	uint32_t rows;
	uint32_t cols;
};
PINION_ARGS_SIZE(struct pinion_positions_args, 24);

#define PINION_GATHER_ROWS 32 /* rows per block */

/**
 * struct pinion_gather_args - out[t] = scale * table[ids[t]] + add[pos[t]]
 * @table: table_rows x cols, distance cols
 * @ids: rows indices (u32) into @table
 * @add: add_rows x cols, distance cols, 0 = none
 * @pos: rows indices (u32) into @add, not read if @add is 0
 * @out: rows x cols, distance cols
 * @rows: of the output
 * @cols: <= 1024
 * @table_rows: an index >= this gives a row of zeroes, never a read outside
 * @add_rows: likewise nothing is added
 * @scale: factor
 * @reserved: zero
 *
 * Kernel "gather". Grid: x = PINION_BLOCKS(rows, PINION_GATHER_ROWS).
 */
struct pinion_gather_args {
	uint64_t table;
	uint64_t ids;
	uint64_t add;
	uint64_t pos;
	uint64_t out;
	uint32_t rows;
	uint32_t cols;
	uint32_t table_rows;
	uint32_t add_rows;
	float scale;
	uint32_t reserved;
};
PINION_ARGS_SIZE(struct pinion_gather_args, 64);

/* ------------------------------------------------------------ rows: norms */

#define PINION_ROWS_PER_BLOCK 32 /* layernorm, softmax, l2norm, activation */

/**
 * struct pinion_layernorm_args - out = (x - mean) / sqrt(variance + eps) * gamma + beta
 * @x: rows x cols
 * @gamma: cols values
 * @beta: cols values
 * @out: rows x cols; may be @x itself
 * @rows: rows
 * @cols: <= 1024; mean and (biased) variance are over a row's columns
 * @ldx: >= cols
 * @ldo: >= cols
 * @eps: > 0
 * @reserved: zero
 *
 * Kernel "layernorm". Grid: x = PINION_BLOCKS(rows, PINION_ROWS_PER_BLOCK).
 */
struct pinion_layernorm_args {
	uint64_t x;
	uint64_t gamma;
	uint64_t beta;
	uint64_t out;
	uint32_t rows;
	uint32_t cols;
	uint32_t ldx;
	uint32_t ldo;
	float eps;
	uint32_t reserved;
};
PINION_ARGS_SIZE(struct pinion_layernorm_args, 56);

/**
 * struct pinion_rows_args - one operation on each row: softmax, l2norm, activation
 * @x: rows x cols
 * @out: rows x cols; may be @x itself
 * @rows: rows
 * @cols: <= 1024
 * @ldx: >= cols
 * @ldo: >= cols
 * @param: softmax: factor of x before the exponential. l2norm: smallest sum
 *	of squares. activation: ignored
 * @op: activation: PINION_ACT_*; else zero
 *
 * Kernels "softmax" (exp(param * x) / sum over the row), "l2norm"
 * (x / sqrt(max(sum of squares, param))) and "activation". Grid: x =
 * PINION_BLOCKS(rows, PINION_ROWS_PER_BLOCK).
 */
struct pinion_rows_args {
	uint64_t x;
	uint64_t out;
	uint32_t rows;
	uint32_t cols;
	uint32_t ldx;
	uint32_t ldo;
	float param;
	uint32_t op;
};
PINION_ARGS_SIZE(struct pinion_rows_args, 40);

/* -------------------------------------------------------------- sentences */

#define PINION_ATTENTION_MAX_TOKENS 128 /* of a sentence */
#define PINION_ATTENTION_MAX_HEAD   128 /* columns of a head */

/**
 * struct pinion_attention_args - softmax(scale * Q K^T) V, per sentence and head
 * @q: T x (heads * head_cols), row distance @ld; head h is columns h * head_cols ...
 * @k: likewise
 * @v: likewise (q, k, v are often three column ranges of one matrix)
 * @out: T x (heads * head_cols), row distance @ldo
 * @starts: sentences + 1 row numbers (u32), not decreasing; sentence s is the
 *	rows starts[s] .. starts[s + 1] - 1, at most MAX_TOKENS of them, maybe
 *	none
 * @sentences: sentences
 * @heads: heads
 * @head_cols: <= PINION_ATTENTION_MAX_HEAD
 * @ld: >= heads * head_cols
 * @ldo: likewise
 * @scale: factor of the scores
 *
 * Kernel "attention". Grid: x = heads, y = sentences.
 */
struct pinion_attention_args {
	uint64_t q;
	uint64_t k;
	uint64_t v;
	uint64_t out;
	uint64_t starts;
	uint32_t sentences;
	uint32_t heads;
	uint32_t head_cols;
	uint32_t ld;
	uint32_t ldo;
	float scale;
};
PINION_ARGS_SIZE(struct pinion_attention_args, 64);

/**
 * struct pinion_pool_args - mean of each sentence's rows
 * @x: T x cols, row distance cols
 * @starts: as in struct pinion_attention_args, any number of rows each
 * @out: sentences x cols, row distance cols; a sentence without rows gives zeroes
 * @sentences: sentences
 * @cols: <= 1024
 *
 * Kernel "pool". Grid: x = sentences.
 */
struct pinion_pool_args {
	uint64_t x;
	uint64_t starts;
	uint64_t out;
	uint32_t sentences;
	uint32_t cols;
};
PINION_ARGS_SIZE(struct pinion_pool_args, 32);

/* ----------------------------------------------------------------- search */

#define PINION_TOPK_MAX 128

/**
 * struct pinion_topk_args - the @k largest values of each row
 * @x: rows x cols
 * @values: rows x k, descending; equal values by ascending index
 * @indices: rows x k (u32), the columns they stand in
 * @rows: rows
 * @cols: >= k
 * @ldx: >= cols
 * @k: 1..PINION_TOPK_MAX
 *
 * Kernel "topk". Grid: x = rows. A NaN counts as smaller than every number.
 */
struct pinion_topk_args {
	uint64_t x;
	uint64_t values;
	uint64_t indices;
	uint32_t rows;
	uint32_t cols;
	uint32_t ldx;
	uint32_t k;
};
PINION_ARGS_SIZE(struct pinion_topk_args, 40);

#endif /* PINION_KERNELS_H */
