// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * softmax(scale * Q K^T) V. A block computes one head of one sentence. It handles the sentence's
 * queries in chunks of CHUNK rows, because the scores of all queries would not fit the scratchpad.
 */
#include "kernel_util.h"

#define TOKENS PINION_ATTENTION_MAX_TOKENS
#define HEAD   PINION_ATTENTION_MAX_HEAD
#define CHUNK  32

/* SCRATCH_KV holds the keys, later the values; SCRATCH_Q the chunk's queries, later its result. */
#define SCRATCH_KV  0
#define SCRATCH_Q   (SCRATCH_KV + TOKENS * HEAD * 4)
#define SCRATCH_S   (SCRATCH_Q + CHUNK * HEAD * 4)
#define SCRATCH_END (SCRATCH_S + CHUNK * TOKENS * 4)

static void load(const struct pinion_attention_args *t, uint32_t to, uint64_t from, uint32_t row,
		 uint32_t head, uint32_t rows)
{
	uint64_t first = from + ((uint64_t)row * t->ld + head * t->head_cols) * 4;

	pinion_tile_copy(pinion_scratch(to), HEAD * 4, pinion_ptr(first), t->ld * 4ull, rows,
			 t->head_cols * 4);
}

static void scores(uint32_t rows, uint32_t tokens, uint32_t cols)
{
	struct pinion_matmul mm __attribute__((aligned(8))) = {
		.a = SCRATCH_Q,
		.b = SCRATCH_KV,
		.c = SCRATCH_S,
		.m = (uint16_t)rows,
		.n = (uint16_t)tokens,
		.k = (uint16_t)cols,
		.type = PINION_MATMUL_FP32,
		.flags = PINION_MATMUL_F_TRANS_B,
		.lda = HEAD,
		.ldb = HEAD,
		.ldc = TOKENS,
	};

	pinion_matmul(&mm);
}

static void weigh_values(uint32_t rows, uint32_t tokens, uint32_t cols)
{
	struct pinion_matmul mm __attribute__((aligned(8))) = {
		.a = SCRATCH_S,
		.b = SCRATCH_KV,
		.c = SCRATCH_Q,
		.m = (uint16_t)rows,
		.n = (uint16_t)cols,
		.k = (uint16_t)tokens,
		.type = PINION_MATMUL_FP32,
		.lda = TOKENS,
		.ldb = HEAD,
		.ldc = HEAD,
	};

	pinion_matmul(&mm);
}

/* Compute the result of @rows queries, from row @from of the sentence that begins at row @first. */
static void chunk(const struct pinion_attention_args *t, uint32_t head, uint32_t first,
		  uint32_t tokens, uint32_t from, uint32_t rows)
{
	float *s = pinion_scratch(SCRATCH_S);
	uint64_t out = t->out + ((uint64_t)(first + from) * t->ldo + head * t->head_cols) * 4;

	load(t, SCRATCH_Q, t->q, first + from, head, rows);
	load(t, SCRATCH_KV, t->k, first, head, tokens);
	scores(rows, tokens, t->head_cols);
	for (uint32_t i = 0; i < rows; i++)
		row_softmax(s + i * TOKENS, s + i * TOKENS, tokens, t->scale);
	load(t, SCRATCH_KV, t->v, first, head, tokens);
	weigh_values(rows, tokens, t->head_cols);
	pinion_tile_copy(pinion_ptr(out), t->ldo * 4ull, pinion_scratch(SCRATCH_Q), HEAD * 4, rows,
			 t->head_cols * 4);
}

PINION_KERNEL(attention, struct pinion_attention_args, SCRATCH_END,
	      PINION_IN(struct pinion_attention_args, q),
	      PINION_IN(struct pinion_attention_args, k),
	      PINION_IN(struct pinion_attention_args, v),
	      PINION_OUT(struct pinion_attention_args, out),
	      PINION_IN(struct pinion_attention_args, starts),
	      PINION_VALUE(struct pinion_attention_args, sentences),
	      PINION_VALUE(struct pinion_attention_args, heads),
	      PINION_VALUE(struct pinion_attention_args, head_cols),
	      PINION_VALUE(struct pinion_attention_args, ld),
	      PINION_VALUE(struct pinion_attention_args, ldo),
	      PINION_VALUE(struct pinion_attention_args, scale))
{
	const uint32_t *starts = u32_ptr(args->starts);
	uint32_t first, tokens;

	if (x >= args->heads || y >= args->sentences)
		return;
	first = starts[y];
	tokens = starts[y + 1] - first;
	require(tokens <= TOKENS && args->head_cols - 1 < HEAD);
	for (uint32_t from = 0; from < tokens; from += CHUNK)
		chunk(args, x, first, tokens, from, min_u32(CHUNK, tokens - from));
}
