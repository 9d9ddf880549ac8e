// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures the gemm kernel on the card model, from the packet to the last tile, and OpenBLAS on one
 * thread. The model runs its cores one after the other, on one thread as well.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pinion_kernels.h"
#include "tests/tap.h"
#include "tests/unit/cardrig.h"

#define N      1024u
#define ROUNDS 5

typedef void sgemm_fn(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
		      const float *a, int lda, const float *b, int ldb, float beta, float *c,
		      int ldc);

#define ROW_MAJOR 101
#define NO_TRANS  111

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Unset what OpenBLAS reads when it is loaded: most values would make it slower. */
static void forget_settings(void)
{
	static const char *const names[] = {
		"OPENBLAS_CORETYPE",
		"OPENBLAS_L2_SIZE",
		"OPENBLAS_BLOCK_FACTOR",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (getenv(names[i]))
			printf("%s is set, and ignored here\n", names[i]);
		unsetenv(names[i]);
	}
}

/* Load OpenBLAS so that it chooses its kernels by the processor, and not by the environment. */
static sgemm_fn *open_blas(void)
{
	void (*threads)(int);
	char *(*core)(void);
	void *lib;

	forget_settings();
	lib = dlopen("libopenblas.so.0", RTLD_NOW);
	threads = lib ? dlsym(lib, "openblas_set_num_threads") : NULL;
	core = lib ? dlsym(lib, "openblas_get_corename") : NULL;
	if (!threads || !core) {
		printf("no libopenblas.so.0: skipped\n");
		exit(4);
	}
	threads(1);
	printf("OpenBLAS uses its kernels for %s\n", core());
	return (sgemm_fn *)dlsym(lib, "cblas_sgemm");
}

struct problem {
	struct rig *rig;
	struct rig_kernel kernel;
	struct rig_buf a, b, c;
	float *want;
	sgemm_fn *sgemm;
};

static double time_blas(struct problem *p)
{
	double start = seconds();

	p->sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, N, N, N, 1, p->a.ptr, N, p->b.ptr, N, 0, p->want,
		 N);
	return seconds() - start;
}

static double time_card(struct problem *p)
{
	struct pinion_gemm_args args = {
		.a = p->a.va,
		.b = p->b.va,
		.c = p->c.va,
		.m = N,
		.n = N,
		.k = N,
		.lda = N,
		.ldb = N,
		.ldc = N,
	};
	double start = seconds();

	if (rig_launch(p->rig, &p->kernel, &args, N / PINION_GEMM_TILE_N, N / PINION_GEMM_TILE_M,
		       1))
		tap_bail("launch failed");
	return seconds() - start;
}

static struct problem prepare(void)
{
	struct problem p = { .sgemm = open_blas(), .rig = rig_new(NULL) };

	p.kernel = rig_load(p.rig, "build/kernels/gemm.elf", "gemm");
	p.a = rig_alloc(p.rig, N * N * 4, RIG_RW);
	p.b = rig_alloc(p.rig, N * N * 4, RIG_RW);
	p.c = rig_alloc(p.rig, N * N * 4, RIG_RW);
	p.want = malloc(N * N * 4);
	if (!p.want)
		tap_bail("no memory");
	for (uint32_t i = 0; i < N * N; i++) {
		((float *)p.a.ptr)[i] = (float)(i * 2654435761u % 15) - 7;
		((float *)p.b.ptr)[i] = (float)(i * 2246822519u % 13) - 6;
	}
	return p;
}

int main(void)
{
	struct problem p = prepare();
	double card = 1e9, blas = 1e9, flop = 2.0 * N * N * N;

	for (int i = 0; i < ROUNDS; i++) {
		double t = time_blas(&p);

		blas = t < blas ? t : blas;
		t = time_card(&p);
		card = t < card ? t : card;
	}
	/* The operands are small whole numbers, so that every order of summation is exact. */
	if (memcmp(p.want, p.c.ptr, N * N * 4))
		tap_bail("the card's product is wrong");
	printf("gemm_1024_card %.1f GFLOP/s\n", flop / card * 1e-9);
	printf("gemm_1024_openblas %.1f GFLOP/s\n", flop / blas * 1e-9);
	printf("gemm_1024_ratio %.3f of-openblas\n", blas / card);
	free(p.want);
	rig_free(p.rig);
	return 0;
}
