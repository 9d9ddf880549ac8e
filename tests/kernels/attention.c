// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares attention with results in double precision. With |q|, |k| and |v| at most 1, the error
 * of a score is at most cols * eps * cols * scale, and the relative error of a weight twice that.
 * The sums add (tokens + 32) eps. Weights and their sum are both off by as much, so that with
 * scale = 1 / sqrt(cols) the bound is eps * (4 * cols^1.5 + 2 * tokens + 64).
 */
#include "kt.h"

struct shape {
	uint32_t heads, cols, sentences, most;
	bool packed; /* q, k and v are column ranges of one matrix */
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 1, false },	{ 8, 64, 20, 40, true },  { 2, 128, 3, 128, false },
	{ 3, 5, 50, 7, false }, { 4, 127, 6, 100, true },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

struct problem {
	const struct shape *s;
	uint32_t ld, ldo, tokens;
	float scale;
	const float *q, *k, *v;
	const float *out;
	const uint32_t *starts;
};

static double dot(const struct problem *p, const float *a, const float *b)
{
	double sum = 0;

	for (uint32_t j = 0; j < p->s->cols; j++)
		sum += (double)a[j] * b[j];
	return sum;
}

/* Check the result of one query of one head; the sentence has the rows from @first to @end - 1. */
static void check_query(const struct problem *p, uint32_t head, uint32_t row, uint32_t first,
			uint32_t end, double *worst)
{
	uint32_t c = p->s->cols, shift = head * c;
	double weight[PINION_ATTENTION_MAX_TOKENS], max = -INFINITY, sum = 0;

	for (uint32_t t = first; t < end; t++) {
		weight[t - first] = p->scale * dot(p, p->q + (size_t)row * p->ld + shift,
						   p->k + (size_t)t * p->ld + shift);
		max = fmax(max, weight[t - first]);
	}
	for (uint32_t t = 0; t < end - first; t++)
		sum += weight[t] = exp(weight[t] - max);
	for (uint32_t j = 0; j < c; j++) {
		double want = 0;

		for (uint32_t t = first; t < end; t++)
			want += weight[t - first] / sum * p->v[(size_t)t * p->ld + shift + j];
		kt_error(worst, p->out[(size_t)row * p->ldo + shift + j], want,
			 KT_EPS * (4 * pow(c, 1.5) + 2 * (end - first) + 64));
	}
}

static struct kt_buf make_starts(const struct shape *s)
{
	struct kt_buf starts = kt_floats(s->sentences + 1);
	uint32_t *at = (uint32_t *)starts.f;

	at[0] = 0;
	/* The first sentence is the longest one, and some sentences are empty. */
	for (uint32_t i = 0; i < s->sentences; i++)
		at[i + 1] = at[i] + (i ? kt_random_u32() % (s->most + 1) : s->most);
	return starts;
}

static double worst_error(const struct problem *p)
{
	const uint32_t *at = p->starts;
	double worst = 0;

	for (uint32_t i = 0; i < p->s->sentences; i++)
		for (uint32_t row = at[i]; row < at[i + 1]; row++)
			for (uint32_t h = 0; h < p->s->heads; h++)
				check_query(p, h, row, at[i], at[i + 1], &worst);
	return worst;
}

static void test_shape(const struct shape *s)
{
	struct kt_buf starts = make_starts(s);
	const uint32_t *at = (const uint32_t *)starts.f;
	uint32_t width = s->heads * s->cols, tokens = at[s->sentences];
	struct problem p = { .s = s,
			     .ld = s->packed ? 3 * width : width,
			     .ldo = width + 1,
			     .tokens = tokens,
			     .scale = 1 / sqrtf(s->cols),
			     .starts = at };
	struct kt_buf all = kt_randoms((size_t)tokens * 3 * width);
	struct kt_buf out = kt_floats((size_t)tokens * p.ldo);
	size_t step = s->packed ? width : (size_t)tokens * width;
	struct pinion_attention_args args = {
		.q = all.va,
		.k = all.va + step * 4,
		.v = all.va + step * 8,
		.out = out.va,
		.starts = starts.va,
		.sentences = s->sentences,
		.heads = s->heads,
		.head_cols = s->cols,
		.ld = p.ld,
		.ldo = p.ldo,
		.scale = p.scale,
	};
	double worst;

	p.q = all.f;
	p.k = all.f + step;
	p.v = all.f + 2 * step;
	p.out = out.f;
	kt_launch(&args, sizeof(args), s->heads + 1, s->sentences + 1, 1);
	worst = worst_error(&p);
	tap_ok(worst <= 1 && kt_guarded(out.f, tokens, width, p.ldo),
	       "%u heads of %u, %u sentences to %u tokens: error %.2g of its bound", s->heads,
	       s->cols, s->sentences, s->most, worst);
}

static void test_refused(void)
{
	struct kt_buf x = kt_randoms(200), starts = kt_floats(2);
	struct pinion_attention_args args = {
		.q = x.va,
		.k = x.va,
		.v = x.va,
		.out = x.va,
		.starts = starts.va,
		.sentences = 1,
		.heads = 1,
		.head_cols = 1,
		.ld = 1,
		.ldo = 1,
		.scale = 1,
	};
	uint32_t *at = (uint32_t *)starts.f;

	at[0] = 0;
	at[1] = PINION_ATTENTION_MAX_TOKENS + 1;
	tap_ok(kt_refused(&args, sizeof(args), 1, 1, 1), "a sentence too long is refused");
	at[0] = 2;
	at[1] = 1;
	tap_ok(kt_refused(&args, sizeof(args), 1, 1, 1), "starts that decrease are refused");
}

int main(void)
{
	tap_plan(N_SHAPES + 3);
	kt_open("attention");
	for (unsigned int i = 0; i < N_SHAPES; i++)
		test_shape(&shapes[i]);
	test_refused();
	test_shape(&shapes[0]);
	kt_close();
	return tap_result();
}
