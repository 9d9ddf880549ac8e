// SPDX-License-Identifier: GPL-2.0-or-later
/* The inner loops of the matrix engine, for the vectors that hosts have. */
#include <immintrin.h>
#include <math.h>

#include "matrix_int.h"

#define MR MATRIX_MR
#define NR MATRIX_NR

static void scalar_micro(uint32_t k, const float *a, const float *b, float *c, uint32_t ldc)
{
	for (uint32_t kk = 0; kk < k; kk++, a += MR, b += NR)
		for (uint32_t i = 0; i < MR; i++)
			for (uint32_t j = 0; j < NR; j++)
				c[i * ldc + j] = fmaf(a[i], b[j], c[i * ldc + j]);
}

static void scalar_transpose(uint32_t k, const float *from, uint32_t ld, float *to, uint32_t to_ld)
{
	for (uint32_t kk = 0; kk < k; kk++)
		for (uint32_t i = 0; i < 8; i++)
			to[kk * to_ld + i] = from[i * ld + kk];
}

/* A quarter of a tile: 8 accumulators, as all of a tile's do not fit AVX2's 16 registers. */
__attribute__((target("avx2,fma"))) static void avx2_quarter(uint32_t k, const float *a,
							     const float *b, float *c, uint32_t ldc)
{
	__m256 acc[4][2], row[2];

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 2; j++)
			acc[i][j] = _mm256_loadu_ps(c + i * ldc + 8 * j);
	for (uint32_t kk = 0; kk < k; kk++, a += MR, b += NR) {
		row[0] = _mm256_load_ps(b);
		row[1] = _mm256_load_ps(b + 8);
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++) {
			__m256 ai = _mm256_broadcast_ss(a + i);

			acc[i][0] = _mm256_fmadd_ps(ai, row[0], acc[i][0]);
			acc[i][1] = _mm256_fmadd_ps(ai, row[1], acc[i][1]);
		}
	}
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 2; j++)
			_mm256_storeu_ps(c + i * ldc + 8 * j, acc[i][j]);
}

static void avx2_micro(uint32_t k, const float *a, const float *b, float *c, uint32_t ldc)
{
	for (uint32_t i = 0; i < MR; i += 4)
		for (uint32_t j = 0; j < NR; j += 16)
			avx2_quarter(k, a + i, b + j, c + i * ldc + j, ldc);
}

__attribute__((target("avx2"))) static void transpose_8x8(const float *from, uint32_t ld, float *to,
							  uint32_t to_ld)
{
	__m256 r[8], t[8], s[8];

	for (int i = 0; i < 8; i++)
		r[i] = _mm256_loadu_ps(from + i * ld);
	for (int i = 0; i < 8; i += 2) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
	}
	for (int i = 0; i < 8; i += 4) {
		s[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
		s[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
		s[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
		s[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
	}
	for (int i = 0; i < 4; i++) {
		_mm256_storeu_ps(to + i * to_ld, _mm256_permute2f128_ps(s[i], s[i + 4], 0x20));
		_mm256_storeu_ps(to + (i + 4) * to_ld,
				 _mm256_permute2f128_ps(s[i], s[i + 4], 0x31));
	}
}

static void avx2_transpose(uint32_t k, const float *from, uint32_t ld, float *to, uint32_t to_ld)
{
	uint32_t kk = 0;

	for (; kk + 8 <= k; kk += 8)
		transpose_8x8(from + kk, ld, to + kk * to_ld, to_ld);
	scalar_transpose(k - kk, from + kk, ld, to + kk * to_ld, to_ld);
}

__attribute__((target("avx512f"))) static void avx512_micro(uint32_t k, const float *a,
							    const float *b, float *c, uint32_t ldc)
{
	__m512 acc[MR][2], row[2];

#pragma GCC unroll 8
	for (uint32_t i = 0; i < MR; i++) {
		acc[i][0] = _mm512_loadu_ps(c + i * ldc);
		acc[i][1] = _mm512_loadu_ps(c + i * ldc + 16);
	}
	for (uint32_t kk = 0; kk < k; kk++, a += MR, b += NR) {
		row[0] = _mm512_load_ps(b);
		row[1] = _mm512_load_ps(b + 16);
#pragma GCC unroll 8
		for (uint32_t i = 0; i < MR; i++) {
			__m512 ai = _mm512_set1_ps(a[i]);

			acc[i][0] = _mm512_fmadd_ps(ai, row[0], acc[i][0]);
			acc[i][1] = _mm512_fmadd_ps(ai, row[1], acc[i][1]);
		}
	}
#pragma GCC unroll 8
	for (uint32_t i = 0; i < MR; i++) {
		_mm512_storeu_ps(c + i * ldc, acc[i][0]);
		_mm512_storeu_ps(c + i * ldc + 16, acc[i][1]);
	}
}

const struct matrix_ops matrix_ops[3] = {
	[MATRIX_SCALAR] = { scalar_micro, scalar_transpose },
	[MATRIX_AVX2] = { avx2_micro, avx2_transpose },
	[MATRIX_AVX512] = { avx512_micro, avx2_transpose },
};
