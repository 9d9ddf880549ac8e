// SPDX-License-Identifier: MIT
/* hello PROGRAM.elf: adds two vectors on the card. cc hello.c $(pkg-config --cflags --libs pinion) */
#include <pinion.h>
#include <stdio.h>
#include <stdlib.h>

#define N	4096u

struct vecadd_args { uint64_t a, b, c; uint32_t n, reserved; };	/* as in firmware/kernels/vecadd.c */

static struct pinion_error err;
#define TRY(call)	do { if (call) { fprintf(stderr, "%s\n", err.text); exit(1); } } while (0)

int main(int argc, char **argv)
{
	struct pinion_device *dev;
	struct pinion_program *prog;
	struct pinion_buffer *mem;
	struct pinion_cmdbuf *cb;
	struct pinion_queue *queue;
	struct pinion_point done;

	TRY(pinion_device_open(NULL, &dev, &err));
	TRY(pinion_program_open(dev, argc > 1 ? argv[1] : "build/kernels/vecadd.elf", &prog, &err));
	TRY(pinion_buffer_create(dev, 3 * N * sizeof(float), PINION_BUFFER_HOST, &mem, &err));
	float *a = pinion_buffer_map(mem), *b = a + N, *c = b + N;
	uint64_t va = pinion_buffer_address(mem), size = N * sizeof(float);

	for (unsigned int i = 0; i < N; i++)
		a[i] = i, b[i] = 2 * i;
	TRY(pinion_cmdbuf_create(dev, 0, &cb, &err));
	struct vecadd_args args = { va, va + size, va + 2 * size, N, 0 };
	pinion_cmd_launch(cb, pinion_program_kernel(prog, "vecadd"), N / 1024, 1, 1, &args, sizeof(args));
	TRY(pinion_queue_create(dev, NULL, &queue, &err));
	TRY(pinion_submit(queue, cb, &done, &err));
	TRY(pinion_wait(&done, PINION_WAIT_FOREVER, &err));
	printf("%g + %g = %g, computed by the card\n", a[N - 1], b[N - 1], c[N - 1]);
	return c[N - 1] != a[N - 1] + b[N - 1];
}
