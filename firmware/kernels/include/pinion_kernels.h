/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Argument structs of the compute kernels that ship with Pinion, for the kernels and for the
 * programs that launch them. firmware/kernels/NAME.c is built to NAME.elf, which holds the kernel
 * "NAME".
 *
 * Rules for all kernels:
 *
 * - Addresses are virtual addresses of the job, aligned to 4 bytes.
 * - Matrices are row-major float unless the member says otherwise. ld* is the distance from one row
 *   to the next in elements.
 * - m, n, k, rows and cols are >= 1, and reserved members are zero.
 * - Inputs and outputs do not overlap unless the member says that they may.
 * - Each struct says which grid a launch must have. The grid may be larger: blocks beyond the end
 *   of the data do nothing.
 * - An argument out of its range, if the kernel cannot compute with it, ends in an illegal
 *   instruction.
 * - A batch holds the tokens of many sentences one after the other, without padding: a token matrix
 *   has T rows, and @starts, a table of sentences + 1 row numbers, says where each sentence begins.
 */
#ifndef PINION_KERNELS_H
#define PINION_KERNELS_H

#include <stdint.h>

#define PINION_ARGS_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " has padding or another size than it had")

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
 * @a: address of A, m x k
 * @b: address of B, k x n; with TRANS_B n x k
 * @c: address of C, m x n, written
 * @bias: address of n values added to every row; 0: no bias
 * @addend: address of an m x n matrix added before the activation; 0: none; may be @c itself
 * @m: number of rows of A and C
 * @n: number of columns of B and C
 * @k: number of columns of A, and of rows of B
 * @lda: row distance of A, >= k
 * @ldb: row distance of B, >= n; with TRANS_B >= k
 * @ldc: row distance of C, >= n
 * @ldd: row distance of @addend, >= n
 * @act: PINION_ACT_*
 * @flags: PINION_GEMM_F_*
 * @reserved: zero
 *
 * Kernel "gemm". Grid: x = PINION_BLOCKS(n, PINION_GEMM_TILE_N),
 * y = PINION_BLOCKS(m, PINION_GEMM_TILE_M), z = 1.
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
 * @inv: address of half = cols / 2 frequencies
 * @out: address of the result, rows x cols: out[p][j] = sin(p * inv[j]),
 *	out[p][half + j] = cos(p * inv[j])
 * @rows: number of positions, <= 4096
 * @cols: number of columns, even and <= 1024
 *
 * Kernel "positions". Grid: x = rows. The absolute error is <= 2e-6.
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
 * @table: address of the table, table_rows x cols, row distance cols
 * @ids: address of a row number of @table (u32) for each row of @out
 * @add: address of the summands, add_rows x cols, row distance cols; 0: nothing is added
 * @pos: address of a row number of @add (u32) for each row of @out; not read if @add is 0
 * @out: address of the result, rows x cols, row distance cols
 * @rows: number of rows of @out
 * @cols: number of columns of @table, @add and @out, <= 1024
 * @table_rows: number of rows of @table; a number in @ids >= @table_rows stands for a row of zeroes
 * @add_rows: number of rows of @add; for a number in @pos >= @add_rows nothing is added
 * @scale: factor of the rows of @table
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

#define PINION_ROWS_PER_BLOCK 32 /* rows per block of layernorm, softmax, l2norm, activation */

/**
 * struct pinion_layernorm_args - out = (x - mean) / sqrt(variance + eps) * gamma + beta
 * @x: address of the input, rows x cols
 * @gamma: address of cols factors
 * @beta: address of cols summands
 * @out: address of the result, rows x cols; may be @x itself
 * @rows: number of rows
 * @cols: number of columns, <= 1024; mean and (biased) variance are taken over a row
 * @ldx: row distance of @x, >= cols
 * @ldo: row distance of @out, >= cols
 * @eps: added to the variance, > 0
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
 * @x: address of the input, rows x cols
 * @out: address of the result, rows x cols; may be @x itself
 * @rows: number of rows
 * @cols: number of columns, <= 1024
 * @ldx: row distance of @x, >= cols
 * @ldo: row distance of @out, >= cols
 * @param: softmax: factor of x before the exponential; l2norm: lower limit of the sum of squares;
 *	activation: ignored
 * @op: activation: PINION_ACT_*; softmax and l2norm: zero
 *
 * Kernels "softmax" (exp(param * x) / sum over the row), "l2norm"
 * (x / sqrt(max(sum of squares, param))) and "activation".
 * Grid: x = PINION_BLOCKS(rows, PINION_ROWS_PER_BLOCK).
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

#define PINION_ATTENTION_MAX_TOKENS 128 /* tokens in a sentence */
#define PINION_ATTENTION_MAX_HEAD   128 /* columns of a head */

/**
 * struct pinion_attention_args - softmax(scale * Q K^T) V, per sentence and head
 * @q: address of the queries, T x (heads * head_cols)
 * @k: address of the keys, T x (heads * head_cols)
 * @v: address of the values, T x (heads * head_cols)
 * @out: address of the result, T x (heads * head_cols)
 * @starts: address of sentences + 1 row numbers (u32), not decreasing; sentence s has the rows from
 *	starts[s] to starts[s + 1] - 1: none, or up to PINION_ATTENTION_MAX_TOKENS
 * @sentences: number of sentences
 * @heads: number of heads; head h has head_cols columns from h * head_cols on
 * @head_cols: columns of a head, <= PINION_ATTENTION_MAX_HEAD
 * @ld: row distance of @q, @k and @v, >= heads * head_cols
 * @ldo: row distance of @out, >= heads * head_cols
 * @scale: factor of the scores
 *
 * Queries, keys and values are often three ranges of columns of one matrix.
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
 * @x: address of the input, T x cols, row distance cols
 * @starts: address of sentences + 1 row numbers (u32), not decreasing; sentence s has the rows from
 *	starts[s] to starts[s + 1] - 1
 * @out: address of the result, sentences x cols, row distance cols; zeroes for a sentence
 *	without rows
 * @sentences: number of sentences
 * @cols: number of columns, <= 1024
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

#define PINION_TOPK_MAX 128 /* largest k */

/**
 * struct pinion_topk_args - the @k largest values of each row
 * @x: address of the input, rows x cols
 * @values: address of rows x k values, written in descending order; equal ones by ascending index
 * @indices: address of rows x k numbers (u32), written: the column of each value
 * @rows: number of rows
 * @cols: number of columns, >= k
 * @ldx: row distance of @x, >= cols
 * @k: number of values per row, from 1 to PINION_TOPK_MAX
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
