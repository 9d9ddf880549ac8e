// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that activation computes relu exactly, tanh with a relative error of at most 4e-7, and
 * handles special values.
 */
#include "kt.h"

#define N    100000
#define COLS 1000

static const float special[] = { 0.0f,	-0.0f,	INFINITY, -INFINITY, 1e-40f, -1e-40f, 1e-20f,
				 88.0f, -88.0f, 3e38f,	  -3e38f,    0.6f,   -0.6f,   9.02f };

#define N_SPECIAL (sizeof(special) / sizeof(special[0]))

static struct kt_buf in, out;

static void run(uint32_t op)
{
	struct pinion_rows_args args = {
		.x = in.va,
		.out = out.va,
		.rows = N / COLS,
		.cols = COLS,
		.ldx = COLS,
		.ldo = COLS,
		.op = op,
	};

	kt_launch(&args, sizeof(args), PINION_BLOCKS(N / COLS, PINION_ROWS_PER_BLOCK) + 1, 1, 1);
}

int main(void)
{
	uint32_t wrong = 0;
	double worst = 0;

	tap_plan(4);
	kt_open("activation");
	in = kt_randoms(N);
	out = kt_floats(N);
	for (uint32_t i = 0; i < N; i++)
		in.f[i] *= i % 3 ? 12.0f : 0.7f;
	memcpy(in.f, special, sizeof(special));
	in.f[N_SPECIAL] = NAN;

	run(PINION_ACT_NONE);
	for (uint32_t i = 0; i < N; i++)
		wrong += out.f[i] != in.f[i] && i != N_SPECIAL;
	tap_ok(!wrong && isnan(out.f[N_SPECIAL]), "PINION_ACT_NONE copies");

	run(PINION_ACT_RELU);
	wrong = 0;
	for (uint32_t i = 0; i < N; i++)
		wrong += i != N_SPECIAL && out.f[i] != (in.f[i] > 0 ? in.f[i] : 0);
	tap_ok(!wrong, "relu is exact");

	run(PINION_ACT_TANH);
	for (uint32_t i = 0; i < N; i++)
		if (i != N_SPECIAL)
			kt_error(&worst, out.f[i], tanh(in.f[i]),
				 4e-7 * fabs(tanh(in.f[i])) + 1e-45);
	tap_ok(worst <= 1, "tanh: error %.2g of its bound", worst);
	tap_ok(isnan(out.f[N_SPECIAL]), "tanh of NaN");
	kt_close();
	return tap_result();
}
