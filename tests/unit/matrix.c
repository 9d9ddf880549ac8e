// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matrix engine: against a chain of fmaf() written down plainly, bit for bit on every
 * implementation that this host has; against double precision; every field out of range; and tile
 * copies through a hart.
 */
#include <math.h>
#include <string.h>

#include "matrix.h"
#include "tap.h"

#define SCRATCH	    (256u << 10)
#define BASE	    0x0001000000000000ull
#define MEMORY_VA   0x40000u
#define MEMORY_SIZE 0x8000u
#define DEVICE_VA   0x100000u /* reached through mmio() alone */

struct bench {
	struct matrix m;
	enum matrix_host best;
	uint64_t rng;
	_Alignas(64) uint8_t scratch[SCRATCH], expect[SCRATCH], before[SCRATCH];
	struct rv_hart hart;
	struct rv_cache cache;
	uint8_t memory[MEMORY_SIZE], device[RV_PAGE_SIZE];
};

static uint32_t random32(struct bench *t)
{
	t->rng = t->rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(t->rng >> 32);
}

static uint32_t below(struct bench *t, uint32_t n)
{
	return (uint32_t)((uint64_t)random32(t) * n >> 32);
}

static void fill(struct bench *t)
{
	float value;

	for (uint32_t i = 0; i < SCRATCH; i += 4) {
		value = (float)(int32_t)random32(t) * 0x1p-31f;
		memcpy(t->before + i, &value, 4);
	}
}

static void reference(struct bench *t, const struct pinion_matmul *p)
{
	const float *a = (float *)(t->before + p->a), *b = (float *)(t->before + p->b);
	float *c = (float *)(t->expect + p->c), sum;
	bool trans = p->flags & PINION_MATMUL_F_TRANS_B;

	memcpy(t->expect, t->before, SCRATCH);
	for (uint32_t i = 0; i < p->m; i++) {
		for (uint32_t j = 0; j < p->n; j++) {
			sum = p->flags & PINION_MATMUL_F_ACCUMULATE ? c[i * p->ldc + j] : 0;
			for (uint32_t k = 0; k < p->k; k++)
				sum = fmaf(a[i * p->lda + k],
					   trans ? b[j * p->ldb + k] : b[k * p->ldb + j], sum);
			c[i * p->ldc + j] = sum;
		}
	}
}

/* A random product whose operands lie side by side: A, B, C. False if it does not fit. */
static bool random_product(struct bench *t, struct pinion_matmul *p, uint32_t max)
{
	uint32_t rows_b, columns_b, end;

	*p = (struct pinion_matmul){
		.m = (uint16_t)(1 + below(t, max)),
		.n = (uint16_t)(1 + below(t, max)),
		.k = (uint16_t)(1 + below(t, 2 * max)),
		.flags = (uint8_t)below(t, 4),
	};
	rows_b = p->flags & PINION_MATMUL_F_TRANS_B ? p->n : p->k;
	columns_b = p->flags & PINION_MATMUL_F_TRANS_B ? p->k : p->n;
	p->lda = p->k + below(t, 9);
	p->ldb = columns_b + below(t, 9);
	p->ldc = p->n + below(t, 9);
	p->b = (p->m * p->lda * 4 + 15) & ~15u;
	p->c = (p->b + rows_b * p->ldb * 4 + 15) & ~15u;
	end = p->c + p->m * p->ldc * 4;
	return end <= SCRATCH;
}

static bool exact(struct bench *t, enum matrix_host host, uint32_t rounds)
{
	static const uint32_t sizes[] = { 3, 20, 70, 130 };
	struct pinion_matmul p;
	uint64_t tval;

	t->m.host = host;
	for (uint32_t i = 0; i < rounds; i++) {
		fill(t);
		while (!random_product(t, &p, sizes[i % 4]))
			;
		reference(t, &p);
		memcpy(t->scratch, t->before, SCRATCH);
		if (!matrix_multiply(&t->m, t->scratch, SCRATCH, &p, &tval) &&
		    !memcmp(t->scratch, t->expect, SCRATCH))
			continue;
		printf("# m %u n %u k %u ld %u %u %u flags %u\n", p.m, p.n, p.k, p.lda, p.ldb,
		       p.ldc, p.flags);
		return false;
	}
	return true;
}

static void test_exact(struct bench *t)
{
	static const char *const names[] = { "fmaf()", "AVX2", "AVX-512" };

	for (enum matrix_host host = MATRIX_SCALAR; host <= MATRIX_AVX512; host++) {
		if (host > t->best)
			tap_ok(true, "%s # SKIP this host has it not", names[host]);
		else
			tap_ok(exact(t, host, host == MATRIX_SCALAR ? 60 : 400),
			       "%s gives the bits of a plain chain", names[host]);
	}
	t->m.host = t->best;
}

/* The error of a chain of k roundings: at most k * 2^-24 times the sum of magnitudes. */
static void test_double(struct bench *t)
{
	struct pinion_matmul p = {
		.b = 65536,
		.c = 131072,
		.m = 128,
		.n = 128,
		.k = 128,
		.lda = 128,
		.ldb = 128,
		.ldc = 128,
	};
	const float *a, *b, *c;
	double sum, size, worst = 0;
	uint64_t tval;

	fill(t);
	memcpy(t->scratch, t->before, SCRATCH);
	matrix_multiply(&t->m, t->scratch, SCRATCH, &p, &tval);
	a = (float *)t->scratch, b = (float *)(t->scratch + p.b), c = (float *)(t->scratch + p.c);
	for (uint32_t i = 0; i < p.m; i++) {
		for (uint32_t j = 0; j < p.n; j++) {
			sum = size = 0;
			for (uint32_t k = 0; k < p.k; k++) {
				sum += (double)a[i * 128 + k] * b[k * 128 + j];
				size += fabs((double)a[i * 128 + k] * b[k * 128 + j]);
			}
			worst = fmax(worst, fabs(c[i * 128 + j] - sum) / size);
		}
	}
	tap_ok(worst <= p.k * 0x1p-24, "within the bound of double precision (%.3g of %.3g)", worst,
	       p.k * 0x1p-24);
}

static int multiply(struct bench *t, struct pinion_matmul p, uint64_t *tval)
{
	return matrix_multiply(&t->m, t->scratch, SCRATCH, &p, tval);
}

static const struct pinion_matmul good_product = {
	.a = 0,
	.b = 4096,
	.c = 8192,
	.m = 16,
	.n = 16,
	.k = 16,
	.lda = 16,
	.ldb = 16,
	.ldc = 16,
};

static void test_fields(struct bench *t)
{
	struct pinion_matmul p;
	uint64_t tval = 0;

	tap_ok(!multiply(t, good_product, &tval), "a small product");
#define BAD(field, value, cause, text)                                  \
	do {                                                            \
		p = good_product;                                       \
		p.field = (value);                                      \
		memcpy(t->before, t->scratch, SCRATCH);                 \
		tap_ok(multiply(t, p, &tval) == (cause) &&              \
			       !memcmp(t->before, t->scratch, SCRATCH), \
		       text);                                           \
	} while (0)
	BAD(type, PINION_MATMUL_BF16, RV_CAUSE_ILLEGAL, "bf16 is not there yet");
	BAD(type, PINION_MATMUL_INT8, RV_CAUSE_ILLEGAL, "int8 is not there yet");
	BAD(flags, 4, RV_CAUSE_ILLEGAL, "unknown flag");
	BAD(reserved, 1, RV_CAUSE_ILLEGAL, "reserved field");
	BAD(m, 0, RV_CAUSE_ILLEGAL, "m = 0");
	BAD(n, 4097, RV_CAUSE_ILLEGAL, "n = 4097");
	BAD(k, 0, RV_CAUSE_ILLEGAL, "k = 0");
	BAD(lda, 15, RV_CAUSE_ILLEGAL, "rows of A overlap");
	BAD(ldb, 15, RV_CAUSE_ILLEGAL, "rows of B overlap");
	BAD(ldc, 15, RV_CAUSE_ILLEGAL, "rows of C overlap");
	BAD(a, 8, RV_CAUSE_ILLEGAL, "A is not aligned");
	BAD(a, SCRATCH - 1008, RV_CAUSE_SCRATCHPAD_LOAD, "A ends outside");
	BAD(b, 0xfffffff0, RV_CAUSE_SCRATCHPAD_LOAD, "B wraps around 32 bits");
	BAD(c, SCRATCH, RV_CAUSE_SCRATCHPAD_STORE, "C begins at the end");
	tap_ok(tval == SCRATCH, "tval is the offset");
	BAD(lda, 0xffffffff, RV_CAUSE_SCRATCHPAD_LOAD, "A's rows are far apart");
	BAD(ldc, 0x10000001, RV_CAUSE_SCRATCHPAD_STORE, "C's rows are far apart");
#undef BAD
}

static void test_good_fields(struct bench *t)
{
	struct pinion_matmul p = good_product;
	uint64_t tval = 0;

	p.a = SCRATCH - 1024;
	tap_ok(!multiply(t, p, &tval), "A ends with the scratchpad");
	p = good_product;
	p.m = 1;
	p.lda = p.ldc = 0xffffffff;
	tap_ok(!multiply(t, p, &tval), "a single row has no distance");
}

static void *page(void *opaque, uint64_t va, enum rv_access access)
{
	struct bench *t = opaque;

	(void)access;
	return va - MEMORY_VA < MEMORY_SIZE ? t->memory + (va - MEMORY_VA) : NULL;
}

static int mmio(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access)
{
	struct bench *t = opaque;

	if (va < DEVICE_VA || va - DEVICE_VA + len > RV_PAGE_SIZE)
		return access == RV_WRITE ? RV_CAUSE_STORE_PAGE : RV_CAUSE_LOAD_PAGE;
	if (access == RV_WRITE)
		memcpy(t->device + (va - DEVICE_VA), buf, len);
	else
		memcpy(buf, t->device + (va - DEVICE_VA), len);
	return 0;
}

/* One custom-0 instruction on the descriptor at scratchpad offset @at. */
static int custom(struct bench *t, uint32_t insn, uint64_t at, uint64_t *tval)
{
	uint64_t work = 0;

	t->hart.s.x[10] = BASE + at;
	return matrix_custom(&t->m, &t->hart, insn | 10 << 15 | PINION_INSN_OPCODE, tval, &work);
}

static int tcopy(struct bench *t, struct pinion_tcopy p, uint64_t *tval)
{
	memcpy(t->scratch + 1024, &p, sizeof(p));
	return custom(t, PINION_INSN_TCOPY << 12, 1024, tval);
}

static bool copied(struct bench *t, const uint8_t *from, const uint8_t *to, uint32_t from_pitch,
		   uint32_t to_pitch, uint32_t rows, uint32_t bytes)
{
	(void)t;
	for (uint32_t i = 0; i < rows; i++)
		if (memcmp(from + i * from_pitch, to + i * to_pitch, bytes))
			return false;
	return true;
}

static void test_tcopy(struct bench *t)
{
	uint64_t tval = 0;

	for (uint32_t i = 0; i < MEMORY_SIZE; i++)
		t->memory[i] = (uint8_t)random32(t);
	for (uint32_t i = 0; i < RV_PAGE_SIZE; i++)
		t->device[i] = (uint8_t)random32(t);
	tap_ok(!tcopy(t, (struct pinion_tcopy){ MEMORY_VA + 7, BASE + 4096, 20, 1000, 1111, 1024 },
		      &tval) &&
		       copied(t, t->memory + 7, t->scratch + 4096, 1111, 1024, 20, 1000),
	       "a tile into the scratchpad, rows across pages");
	tap_ok(!tcopy(t, (struct pinion_tcopy){ BASE + 4096, MEMORY_VA + 3, 9, 100, 0, 128 },
		      &tval) &&
		       copied(t, t->scratch + 4096, t->memory + 3, 0, 128, 9, 100),
	       "one row repeated");
	tap_ok(!tcopy(t, (struct pinion_tcopy){ DEVICE_VA + 5, BASE + 8192, 3, 700, 800, 700 },
		      &tval) &&
		       copied(t, t->device + 5, t->scratch + 8192, 800, 700, 3, 700),
	       "from what is not memory");
	tap_ok(!tcopy(t, (struct pinion_tcopy){ BASE + 4096, DEVICE_VA, 1, 4096, 0, 0 }, &tval) &&
		       copied(t, t->scratch + 4096, t->device, 0, 0, 1, 4096),
	       "to what is not memory");
}

static void test_bad_tcopy(struct bench *t)
{
	uint64_t tval = 0;

	tap_ok(tcopy(t, (struct pinion_tcopy){ MEMORY_VA + MEMORY_SIZE - 64, BASE, 1, 100, 0, 0 },
		     &tval) == RV_CAUSE_LOAD_PAGE &&
		       tval == MEMORY_VA + MEMORY_SIZE,
	       "the first byte that is not there");
	tap_ok(tcopy(t, (struct pinion_tcopy){ BASE, 0x5000, 1, 100, 0, 0 }, &tval) ==
			       RV_CAUSE_STORE_PAGE &&
		       tval == 0x5000,
	       "a destination that is not there");
	tap_ok(tcopy(t, (struct pinion_tcopy){ MEMORY_VA, BASE, 1u << 20, 2, 0, 2 }, &tval) ==
		       RV_CAUSE_ILLEGAL,
	       "more than the limit");
	tap_ok(tcopy(t, (struct pinion_tcopy){ MEMORY_VA, BASE, 0, 2, 0, 2 }, &tval) ==
		       RV_CAUSE_ILLEGAL,
	       "no rows");
	tap_ok(tcopy(t, (struct pinion_tcopy){ MEMORY_VA, BASE, 2, 8, 0, 7 }, &tval) ==
		       RV_CAUSE_ILLEGAL,
	       "rows that overwrite each other");
}

static void test_custom(struct bench *t)
{
	uint64_t tval = 0;

	tap_ok(custom(t, 2 << 12, 0, &tval) == RV_CAUSE_ILLEGAL, "unknown custom-0 function");
	tap_ok(custom(t, 1 << 7, 0, &tval) == RV_CAUSE_ILLEGAL, "rd is not x0");
	tap_ok(custom(t, 1 << 20, 0, &tval) == RV_CAUSE_ILLEGAL, "rs2 is not x0");
	tap_ok(custom(t, 1u << 31, 0, &tval) == RV_CAUSE_ILLEGAL, "funct7 is not zero");
	tap_ok(custom(t, 0, SCRATCH - 32, &tval) == RV_CAUSE_SCRATCHPAD_LOAD &&
		       tval == BASE + SCRATCH - 32,
	       "descriptor ends outside");
	tap_ok(custom(t, 0, 4, &tval) == RV_CAUSE_SCRATCHPAD_LOAD, "descriptor is not aligned");
	tap_ok(custom(t, 0, 0ull - 8, &tval) == RV_CAUSE_SCRATCHPAD_LOAD, "descriptor lies before");
}

int main(void)
{
	struct bench *t = aligned_alloc(64, (sizeof(*t) + 63) & ~(size_t)63);

	if (!t)
		tap_bail("out of memory");
	memset(t, 0, sizeof(*t));
	t->rng = 2;
	matrix_init(&t->m);
	t->best = t->m.host;
	rv_init(&t->hart, &t->cache, RV_ISA_COMPUTE, 0);
	t->hart.bus = (struct rv_bus){ .opaque = t, .page = page, .mmio = mmio };
	t->hart.window = (struct rv_window){ BASE, SCRATCH, t->scratch };
	tap_plan(3 + 1 + 20 + 9 + 7);
	test_exact(t);
	test_double(t);
	test_fields(t);
	test_good_fields(t);
	test_tcopy(t);
	test_bad_tcopy(t);
	test_custom(t);
	free(t);
	return tap_result();
}
