// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of a table by index, scaled, plus rows of a second table: in a language model the embeddings
 * of tokens and of their positions.
 */
#include <stdbool.h>

#include "kernel_util.h"

static void scale_row(float *out, const float *row, uint32_t n, float scale)
{
	if (scale == 1.0f)
		pinion_tile_copy(out, 0, row, 0, 1, n * 4);
	else
		row_scale(out, row, n, scale);
}

static void scale_add_row(float *out, const float *row, const float *add, uint32_t n, float scale)
{
#pragma clang loop unroll_count(4)
	for (uint32_t i = 0; i < n; i++)
		out[i] = __builtin_fmaf(row[i], scale, add[i]);
}

static void zero_row(float *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = 0.0f;
}

static void gather_row(const struct pinion_gather_args *g, uint32_t row)
{
	float *out = pinion_ptr(g->out) + (uint64_t)row * g->cols;
	uint32_t id = u32_ptr(g->ids)[row];
	uint32_t pos = g->add ? u32_ptr(g->pos)[row] : g->add_rows;
	const float *from = pinion_ptr(g->table) + (uint64_t)id * g->cols;
	const float *add = pinion_ptr(g->add) + (uint64_t)pos * g->cols;
	bool has_add = g->add && pos < g->add_rows;

	if (id < g->table_rows && has_add)
		scale_add_row(out, from, add, g->cols, g->scale);
	else if (id < g->table_rows)
		scale_row(out, from, g->cols, g->scale);
	else if (has_add)
		scale_row(out, add, g->cols, 1.0f);
	else
		zero_row(out, g->cols);
}

PINION_KERNEL(gather, struct pinion_gather_args, 0, PINION_IN(struct pinion_gather_args, table),
	      PINION_IN(struct pinion_gather_args, ids), PINION_IN(struct pinion_gather_args, add),
	      PINION_IN(struct pinion_gather_args, pos), PINION_OUT(struct pinion_gather_args, out),
	      PINION_VALUE(struct pinion_gather_args, rows),
	      PINION_VALUE(struct pinion_gather_args, cols),
	      PINION_VALUE(struct pinion_gather_args, table_rows),
	      PINION_VALUE(struct pinion_gather_args, add_rows),
	      PINION_VALUE(struct pinion_gather_args, scale))
{
	uint32_t row, end;

	block_rows(x, PINION_GATHER_ROWS, args->rows, &row, &end);
	for (; row < end; row++)
		gather_row(args, row);
}
