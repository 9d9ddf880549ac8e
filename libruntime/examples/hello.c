// SPDX-License-Identifier: MIT
/* hello [vecadd.elf]: adds two vectors. cc hello.c $(pkg-config --cflags --libs pinion) */
#include <pinion.h>
#include <stdio.h>
#include <stdlib.h>

#define N	4096u
#define BYTES	(N * sizeof(float))
#define TRY(call) do { if (call) { fprintf(stderr, "hello: %s\n", err.text); exit(1); } } while (0)
struct vecadd_args { uint64_t a, b, c; uint32_t n, reserved; };	/* of the kernel, pinion_vecadd.h */

int main(int argc, char **argv)
{
	struct pinion_error err;
	struct pinion_device *dev;
	struct pinion_program *prog;
	struct pinion_buffer *host, *card;
	struct pinion_cmdbuf *cb;
	struct pinion_queue *queue;
	struct pinion_point done;

	TRY(pinion_device_open(NULL, &dev, &err));
	TRY(pinion_program_open(dev, argc > 1 ? argv[1] : "build/kernels/vecadd.elf", &prog, &err));
	TRY(pinion_buffer_create(dev, 3 * BYTES, PINION_BUFFER_HOST, &host, &err));
	TRY(pinion_buffer_create(dev, 3 * BYTES, PINION_BUFFER_DEVICE, &card, &err));
	TRY(pinion_cmdbuf_create(dev, 0, &cb, &err));
	TRY(pinion_queue_create(dev, NULL, &queue, &err));
	uint64_t from = pinion_buffer_address(host), to = pinion_buffer_address(card);
	float *v = pinion_buffer_map(host);	/* a, b, and later c */
	for (unsigned int i = 0; i < 2 * N; i++)
		v[i] = i;
	struct vecadd_args args = { .a = to, .b = to + BYTES, .c = to + 2 * BYTES, .n = N };
	pinion_cmd_copy(cb, to, from, 2 * BYTES); /* an error here is pinion_submit()'s, too */
	pinion_cmd_launch(cb, pinion_program_kernel(prog, "vecadd"), N / 1024, 1, 1, &args,
			  sizeof(args));
	pinion_cmd_copy(cb, from + 2 * BYTES, to + 2 * BYTES, BYTES);
	TRY(pinion_submit(queue, cb, &done, &err));
	TRY(pinion_wait(&done, PINION_WAIT_FOREVER, &err));
	printf("the card says %g + %g = %g\n", v[N - 1], v[2 * N - 1], v[3 * N - 1]);
}
