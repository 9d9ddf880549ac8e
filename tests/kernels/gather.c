// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that gather is exact, as each element is one product or one fused multiply-add, and that
 * an index out of range stands for a row of zeroes.
 */
#include "kt.h"

struct shape {
	uint32_t rows, cols, table, add;
	float scale;
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 0, 1 },	    { 33, 512, 100, 0, 1 }, { 70, 17, 9, 0, 3 },
	{ 64, 256, 1000, 128, 16 }, { 31, 1023, 50, 3, 1 },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static float wanted(const struct shape *s, const float *table, const float *add, uint32_t id,
		    uint32_t pos, uint32_t j)
{
	float value = id < s->table ? table[(size_t)id * s->cols + j] : 0;

	return s->add && pos < s->add ? fmaf(value, s->scale, add[(size_t)pos * s->cols + j])
				      : value * s->scale;
}

static void test_shape(const struct shape *s)
{
	struct kt_buf table = kt_randoms((size_t)s->table * s->cols);
	struct kt_buf add = kt_randoms((size_t)s->add * s->cols);
	struct kt_buf ids = kt_floats(s->rows), pos = kt_floats(s->rows);
	struct kt_buf out = kt_floats((size_t)(s->rows + 1) * s->cols);
	struct pinion_gather_args args = {
		.table = table.va,
		.ids = ids.va,
		.add = s->add ? add.va : 0,
		.pos = pos.va,
		.out = out.va,
		.rows = s->rows,
		.cols = s->cols,
		.table_rows = s->table,
		.add_rows = s->add,
		.scale = s->scale,
	};
	uint32_t *id = (uint32_t *)ids.f, *at = (uint32_t *)pos.f, wrong = 0;

	/* Every eighth index is out of range, in some cases far out. */
	for (uint32_t i = 0; i < s->rows; i++) {
		id[i] = i % 8 == 5 ? s->table + kt_random_u32() % 2 * 0x7fffff00
				   : kt_random_u32() % s->table;
		at[i] = i % 8 == 6 ? ~0u : kt_random_u32() % (s->add + 1);
	}
	kt_launch(&args, sizeof(args), PINION_BLOCKS(s->rows, PINION_GATHER_ROWS) + 1, 1, 1);
	for (uint32_t i = 0; i < s->rows; i++)
		for (uint32_t j = 0; j < s->cols; j++)
			wrong += out.f[(size_t)i * s->cols + j] !=
				 wanted(s, table.f, add.f, id[i], at[i], j);
	tap_ok(!wrong && out.f[(size_t)s->rows * s->cols] == KT_GUARD,
	       "%u rows of %u from %u and %u by %g: %u wrong", s->rows, s->cols, s->table, s->add,
	       s->scale, wrong);
}

int main(void)
{
	tap_plan(N_SHAPES);
	kt_open("gather");
	for (unsigned int i = 0; i < N_SHAPES; i++)
		test_shape(&shapes[i]);
	kt_close();
	return tap_result();
}
