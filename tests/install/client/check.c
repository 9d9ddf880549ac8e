// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check PROGRAM KERNEL: runs a compute kernel of Documentation/kernels.rst on 3,000 floats from 0
 * to 2,999, with 3 as its last argument, and prints the last result.
 */
#include <pinion.h>
#include <stdio.h>
#include <stdlib.h>

#define N 3000u
#define TRY(call)                                                 \
	do {                                                      \
		if (call) {                                       \
			fprintf(stderr, "check: %s\n", err.text); \
			exit(1);                                  \
		}                                                 \
	} while (0)

int main(int argc, char **argv)
{
	struct {
		uint64_t x;
		uint32_t n;
		float by;
	} args = { .n = N, .by = 3 };
	const struct pinion_kernel *kernel;
	struct pinion_device *dev;
	struct pinion_program *prog;
	struct pinion_buffer *buf;
	struct pinion_cmdbuf *cb;
	struct pinion_queue *queue;
	struct pinion_error err;
	struct pinion_point done;
	float *v;

	if (argc != 3)
		return 2;
	TRY(pinion_device_open(NULL, &dev, &err));
	TRY(pinion_program_open(dev, argv[1], &prog, &err));
	kernel = pinion_program_kernel(prog, argv[2]);
	if (!kernel) {
		fprintf(stderr, "check: %s has no kernel %s\n", argv[1], argv[2]);
		return 1;
	}
	TRY(pinion_buffer_create(dev, N * sizeof(*v), PINION_BUFFER_HOST, &buf, &err));
	TRY(pinion_cmdbuf_create(dev, 0, &cb, &err));
	TRY(pinion_queue_create(dev, NULL, &queue, &err));
	v = pinion_buffer_map(buf);
	for (unsigned int i = 0; i < N; i++)
		v[i] = i;
	args.x = pinion_buffer_address(buf);
	pinion_cmd_launch(cb, kernel, (N + 1023) / 1024, 1, 1, &args, sizeof(args));
	TRY(pinion_submit(queue, cb, &done, &err));
	TRY(pinion_wait(&done, PINION_WAIT_FOREVER, &err));
	printf("%s: %g\n", argv[2], v[N - 1]);
	return 0;
}
