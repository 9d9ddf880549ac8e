// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures the instructions per second of one compute core of the model on one thread. The core
 * runs compiled C code, in memory that it reaches directly as compute kernels reach device memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rv.h"

#define MEMORY_SIZE (64 * RV_PAGE_SIZE)
#define DATA_OFFSET (32 * RV_PAGE_SIZE)
#define BASE	    0x10000u
#define RETURN_PC   0xfffff000u
#define ROUNDS	    20000u
#define REPEATS	    3

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "core-speed: %s: %s\n", path, what);
	exit(1);
}

static void load(uint8_t *memory, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(memory, 1, DATA_OFFSET, file) : 0;

	if (!size || size == DATA_OFFSET)
		fail("cannot be loaded", path);
	fclose(file);
}

/* CPU time of this process, so that other work of the machine does not count. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Million instructions per second, the best of REPEATS runs. */
static double measure(struct rv_hart *hart, const char *path)
{
	double best = 0;

	for (int i = 0; i < REPEATS; i++) {
		struct rv_stop stop;
		uint64_t count;
		double start, rate;

		rv_reset(hart);
		hart->s.pc = BASE;
		hart->s.x[1] = RETURN_PC;
		hart->s.x[2] = BASE + MEMORY_SIZE;
		hart->s.x[10] = BASE + DATA_OFFSET;
		hart->s.x[11] = ROUNDS;
		start = seconds();
		count = rv_run(hart, UINT64_MAX / 2, &stop);
		rate = (double)count / (seconds() - start) * 1e-6;
		if (stop.reason != RV_STOP_RETURN)
			fail("did not return", path);
		best = rate > best ? rate : best;
	}
	return best;
}

int main(void)
{
	static const struct {
		const char *name, *path;
	} runs[] = {
		{ "core_integer", "build/tests/bench-data/integer.bin" },
		{ "core_branchy", "build/tests/bench-data/branchy.bin" },
		{ "core_float", "build/tests/bench-data/float.bin" },
	};
	uint8_t *memory = aligned_alloc(RV_PAGE_SIZE, MEMORY_SIZE);
	struct rv_cache *cache = malloc(sizeof(*cache));
	struct rv_hart hart = { 0 };

	if (!memory || !cache)
		fail("no memory", "start");
	rv_init(&hart, cache, RV_ISA_COMPUTE, 0);
	hart.ret_pc = RETURN_PC;
	hart.window = (struct rv_window){ .base = BASE, .size = MEMORY_SIZE, .host = memory };
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		load(memory, runs[i].path);
		rv_flush(&hart);
		printf("%s %.1f Minstr/s\n", runs[i].name, measure(&hart, runs[i].path));
	}
	free(cache);
	free(memory);
	return 0;
}
