// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matrix engine: checks of an operation, and the blocking of a product into packed panels.
 * Splitting k does not change the result: C itself, in single precision, carries each element's sum
 * from one part to the next.
 */
#include <string.h>

#include "matrix_int.h"

#define MAX_DIM	    4096u
#define KNOWN_FLAGS (PINION_MATMUL_F_ACCUMULATE | PINION_MATMUL_F_TRANS_B)

void matrix_init(struct matrix *m)
{
	memset(m, 0, sizeof(*m));
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2"))
		m->host = MATRIX_AVX512;
	else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		m->host = MATRIX_AVX2;
	else
		m->host = MATRIX_SCALAR;
}

static bool bad_dim(uint32_t n)
{
	return n - 1 >= MAX_DIM;
}

static bool well_formed(const struct pinion_matmul *p)
{
	uint32_t b_columns = p->flags & PINION_MATMUL_F_TRANS_B ? p->k : p->n;

	if (p->type != PINION_MATMUL_FP32 || p->flags & ~KNOWN_FLAGS || p->reserved)
		return false;
	if (bad_dim(p->m) || bad_dim(p->n) || bad_dim(p->k) || (p->a | p->b | p->c) & 15)
		return false;
	return p->lda >= p->k && p->ldb >= b_columns && p->ldc >= p->n;
}

/* Whether @rows rows of @columns elements, @ld elements apart, at @offset end within @bytes. */
static bool fits(uint64_t offset, uint64_t rows, uint64_t columns, uint64_t ld, uint64_t bytes)
{
	return offset + ((rows - 1) * ld + columns) * sizeof(float) <= bytes;
}

static int check(const struct pinion_matmul *p, uint64_t bytes, uint64_t *tval)
{
	bool trans = p->flags & PINION_MATMUL_F_TRANS_B;

	if (!well_formed(p))
		return RV_CAUSE_ILLEGAL;
	if (!fits(p->a, p->m, p->k, p->lda, bytes)) {
		*tval = p->a;
		return RV_CAUSE_SCRATCHPAD_LOAD;
	}
	if (!fits(p->b, trans ? p->n : p->k, trans ? p->k : p->n, p->ldb, bytes)) {
		*tval = p->b;
		return RV_CAUSE_SCRATCHPAD_LOAD;
	}
	if (!fits(p->c, p->m, p->n, p->ldc, bytes)) {
		*tval = p->c;
		return RV_CAUSE_SCRATCHPAD_STORE;
	}
	return 0;
}

/* A product, with host pointers in place of offsets in the scratchpad. */
struct product {
	const struct matrix_ops *ops;
	const float *a, *b;
	float *c;
	float *strips; /* packed rows of A: [row / MR][k][MR] */
	float *panel;  /* packed columns of B: [k][NR] */
	float *tile;   /* a tile at the edge of C: [MR][NR] */
	uint32_t m, n, k, lda, ldb, ldc;
	bool trans;
};

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Pack up to 8 rows at @from side by side; rows beyond @rows are filled with zeroes. */
static void pack_rows(const struct product *p, const float *from, uint32_t ld, uint32_t rows,
		      uint32_t k, float *to, uint32_t to_ld)
{
	if (rows >= 8) {
		p->ops->transpose(k, from, ld, to, to_ld);
		return;
	}
	for (uint32_t kk = 0; kk < k; kk++)
		for (uint32_t i = 0; i < 8; i++)
			to[kk * to_ld + i] = i < rows ? from[i * ld + kk] : 0;
}

static void pack_a(const struct product *p, uint32_t row, uint32_t rows, uint32_t kk, uint32_t k)
{
	const float *from = p->a + row * p->lda + kk;

	for (uint32_t i = 0; i < rows; i += MATRIX_MR)
		pack_rows(p, from + i * p->lda, p->lda, rows - i, k, p->strips + i * k, MATRIX_MR);
}

static void pack_b(const struct product *p, uint32_t column, uint32_t kk, uint32_t k)
{
	uint32_t columns = least(p->n - column, MATRIX_NR);
	const float *from = p->b + kk * p->ldb + column;

	if (p->trans) {
		from = p->b + column * p->ldb + kk;
		for (uint32_t j = 0; j < MATRIX_NR; j += 8)
			pack_rows(p, from + j * p->ldb, p->ldb, columns > j ? columns - j : 0, k,
				  p->panel + j, MATRIX_NR);
		return;
	}
	for (uint32_t i = 0; i < k; i++, from += p->ldb) {
		float *to = p->panel + i * MATRIX_NR;

		if (columns == MATRIX_NR) {
			memcpy(to, from, MATRIX_NR * sizeof(float));
			continue;
		}
		memcpy(to, from, columns * sizeof(float));
		memset(to + columns, 0, (MATRIX_NR - columns) * sizeof(float));
	}
}

/* A tile that only partly belongs to C is computed in p->tile. */
static void edge_tile(const struct product *p, uint32_t k, const float *a, float *c, uint32_t rows,
		      uint32_t columns)
{
	for (uint32_t i = 0; i < rows; i++)
		memcpy(p->tile + i * MATRIX_NR, c + i * p->ldc, columns * sizeof(float));
	p->ops->micro(k, a, p->panel, p->tile, MATRIX_NR);
	for (uint32_t i = 0; i < rows; i++)
		memcpy(c + i * p->ldc, p->tile + i * MATRIX_NR, columns * sizeof(float));
}

/* Add to C the product of the packed rows of A and the packed panel of B. */
static void multiply_panel(const struct product *p, uint32_t row, uint32_t rows, uint32_t column,
			   uint32_t k)
{
	uint32_t columns = least(p->n - column, MATRIX_NR);

	for (uint32_t i = 0; i < rows; i += MATRIX_MR) {
		float *c = p->c + (row + i) * p->ldc + column;
		uint32_t tile_rows = least(rows - i, MATRIX_MR);

		if (tile_rows == MATRIX_MR && columns == MATRIX_NR)
			p->ops->micro(k, p->strips + i * k, p->panel, c, p->ldc);
		else
			edge_tile(p, k, p->strips + i * k, c, tile_rows, columns);
	}
}

static void multiply(const struct product *p)
{
	uint32_t k, rows;

	for (uint32_t kk = 0; kk < p->k; kk += k) {
		k = least(p->k - kk, MATRIX_KC);
		for (uint32_t row = 0; row < p->m; row += rows) {
			rows = least(p->m - row, MATRIX_MC);
			pack_a(p, row, rows, kk, k);
			for (uint32_t column = 0; column < p->n; column += MATRIX_NR) {
				pack_b(p, column, kk, k);
				multiply_panel(p, row, rows, column, k);
			}
		}
	}
}

int matrix_multiply(struct matrix *m, void *scratchpad, uint64_t bytes,
		    const struct pinion_matmul *p, uint64_t *tval)
{
	float *base = scratchpad;
	float *packed = (float *)(((uintptr_t)m->packed + 63) & ~(uintptr_t)63);
	struct product product = {
		.ops = &matrix_ops[m->host],
		.a = base + p->a / sizeof(float),
		.b = base + p->b / sizeof(float),
		.c = base + p->c / sizeof(float),
		.strips = packed,
		.panel = packed + MATRIX_MC * MATRIX_KC,
		.tile = packed + MATRIX_MC * MATRIX_KC + MATRIX_KC * MATRIX_NR,
		.m = p->m,
		.n = p->n,
		.k = p->k,
		.lda = p->lda,
		.ldb = p->ldb,
		.ldc = p->ldc,
		.trans = p->flags & PINION_MATMUL_F_TRANS_B,
	};
	int cause = check(p, bytes, tval);

	if (cause)
		return cause;
	if (!(p->flags & PINION_MATMUL_F_ACCUMULATE))
		for (uint32_t i = 0; i < p->m; i++)
			memset(product.c + i * p->ldc, 0, p->n * sizeof(float));
	multiply(&product);
	return 0;
}

/* Turn an address into an offset in the scratchpad; false, with *@tval set, if it is not in it. */
static bool in_scratchpad(const struct rv_hart *hart, uint64_t va, uint64_t bytes, uint64_t *offset,
			  uint64_t *tval)
{
	*offset = va - hart->window.base;
	if (!(va & 7) && *offset < hart->window.size && hart->window.size - *offset >= bytes)
		return true;
	*tval = va;
	return false;
}

static int execute_matmul(struct matrix *m, struct rv_hart *hart, uint64_t offset, uint64_t *tval,
			  uint64_t *work)
{
	struct pinion_matmul p;
	uint64_t where = 0;
	int cause;

	memcpy(&p, (uint8_t *)hart->window.host + offset, sizeof(p));
	cause = matrix_multiply(m, hart->window.host, hart->window.size, &p, &where);
	if (cause == RV_CAUSE_SCRATCHPAD_LOAD || cause == RV_CAUSE_SCRATCHPAD_STORE)
		*tval = hart->window.base + where;
	if (!cause)
		*work += (uint64_t)p.m * p.n * p.k / 64;
	return cause;
}

static int execute_tcopy(struct rv_hart *hart, uint64_t offset, uint64_t *tval, uint64_t *work)
{
	struct pinion_tcopy p;
	int cause;

	memcpy(&p, (uint8_t *)hart->window.host + offset, sizeof(p));
	if (!p.rows || !p.row_bytes || (uint64_t)p.rows * p.row_bytes > PINION_TCOPY_MAX ||
	    (p.rows > 1 && p.dst_pitch < p.row_bytes))
		return RV_CAUSE_ILLEGAL;
	for (uint64_t i = 0; i < p.rows; i++) {
		cause = rv_copy(hart, p.dst + i * p.dst_pitch, p.src + i * p.src_pitch, p.row_bytes,
				tval);
		if (cause)
			return cause;
	}
	*work += p.rows * (16 + p.row_bytes / 16);
	return 0;
}

int matrix_custom(struct matrix *m, struct rv_hart *hart, uint32_t insn, uint64_t *tval,
		  uint64_t *work)
{
	uint32_t funct3 = insn >> 12 & 7, rs1 = insn >> 15 & 31;
	bool reserved = insn >> 20 || insn >> 7 & 31; /* funct7, rs2 and rd must be zero */
	uint64_t offset, at = hart->s.x[rs1];

	if (reserved || funct3 > PINION_INSN_TCOPY)
		return RV_CAUSE_ILLEGAL;
	if (!in_scratchpad(hart, at,
			   funct3 == PINION_INSN_MATMUL ? sizeof(struct pinion_matmul)
							: sizeof(struct pinion_tcopy),
			   &offset, tval))
		return RV_CAUSE_SCRATCHPAD_LOAD;
	if (funct3 == PINION_INSN_MATMUL)
		return execute_matmul(m, hart, offset, tval, work);
	return execute_tcopy(hart, offset, tval, work);
}
