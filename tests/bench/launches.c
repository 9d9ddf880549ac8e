// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures short kernels, from the submission of their command buffer to the end of the wait:
 * command buffers of 1,000 and of a million launches that do nothing, and a product of a vector
 * and a matrix as in language models.
 */
#include <pinion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pinion_kernels.h"
#include "tests/runtime/kernels/probe.h"

#define TURNS	     11u
#define MILLION	     1000000u
#define LAUNCH_BYTES 64u  /* bytes of one launch in a command buffer: packet and arguments */
#define N	     288u /* vector length in stories15M, the smallest model in common use */

static struct pinion_device *dev;
static struct pinion_queue *queue;
static const char *kernels;
static struct pinion_error err;

static void need(int ret, const char *what)
{
	if (!ret)
		return;
	fprintf(stderr, "launches: %s: %s\n", what, err.text);
	exit(1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double run(struct pinion_cmdbuf *cb)
{
	struct pinion_point done;
	double start = seconds();

	need(pinion_submit(queue, cb, &done, &err), "submit");
	need(pinion_wait(&done, PINION_WAIT_FOREVER, &err), "wait");
	return seconds() - start;
}

/* Run @turns times and print each time. A run before, which does not count, warms the card up. */
static void print_turns(const char *name, struct pinion_cmdbuf *cb, unsigned int turns,
			double scale, const char *unit)
{
	unsigned int i;

	run(cb);
	for (i = 0; i < turns; i++)
		printf("%s %.6g %s\n", name, run(cb) * scale, unit);
	pinion_cmdbuf_free(cb);
}

static struct pinion_program *load(const char *name)
{
	struct pinion_program *prog;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", kernels, name);
	need(pinion_program_open(dev, path, &prog, &err), path);
	return prog;
}

static struct pinion_cmdbuf *record_empty(const struct pinion_program *prog, unsigned int launches)
{
	const struct pinion_kernel *empty = pinion_program_kernel(prog, "empty");
	struct probe_args args = { 0 };
	struct pinion_cmdbuf *cb;
	unsigned int i;

	need(pinion_cmdbuf_create(dev, (size_t)launches * LAUNCH_BYTES, &cb, &err),
	     "command buffer");
	for (i = 0; i < launches; i++)
		pinion_cmd_launch(cb, empty, 1, 1, 1, &args, sizeof(args));
	return cb;
}

static uint64_t device_floats(size_t count)
{
	struct pinion_buffer *buf;

	need(pinion_buffer_create(dev, count * 4, PINION_BUFFER_DEVICE, &buf, &err), "buffer");
	return pinion_buffer_address(buf);
}

static struct pinion_cmdbuf *record_gemm(const struct pinion_program *prog)
{
	struct pinion_gemm_args args = {
		.a = device_floats(N),
		.b = device_floats(N * N),
		.c = device_floats(N),
		.m = 1,
		.n = N,
		.k = N,
		.lda = N,
		.ldb = N,
		.ldc = N,
	};
	struct pinion_cmdbuf *cb;

	need(pinion_cmdbuf_create(dev, 0, &cb, &err), "command buffer");
	pinion_cmd_launch(cb, pinion_program_kernel(prog, "gemm"),
			  PINION_BLOCKS(N, PINION_GEMM_TILE_N), 1, 1, &args, sizeof(args));
	return cb;
}

int main(int argc, char **argv)
{
	struct pinion_program *probe, *gemm;

	kernels = argc > 1 ? argv[1] : "build/kernels";
	need(pinion_device_open(NULL, &dev, &err), "open");
	need(pinion_queue_create(dev, NULL, &queue, &err), "queue");
	probe = load("test/probe.elf");
	gemm = load("gemm.elf");
	print_turns("launch_1000_us", record_empty(probe, 1000), TURNS, 1e6, "us");
	print_turns("gemm_m1_n288_us", record_gemm(gemm), TURNS, 1e6, "us");
	print_turns("launch_1m_s", record_empty(probe, MILLION), 1, 1, "s");
	pinion_program_free(gemm);
	pinion_program_free(probe);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return 0;
}
