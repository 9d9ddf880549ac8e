// SPDX-License-Identifier: MIT
/*
 * Programs on the card: each block of a launch runs once, arguments arrive as given, globals can be
 * written, and several programs run side by side.
 */
#include "rt.h"

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_program *prog;

static void grid(uint32_t x, uint32_t y, uint32_t z)
{
	struct pinion_buffer *buf = rt_host(dev, 16ul * x * y * z);
	struct probe_args args = { pinion_buffer_address(buf), x | y << 16 };
	uint64_t *out = pinion_buffer_map(buf);
	unsigned int wrong = 0;
	uint64_t cores = 0;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_launch(cb, pinion_program_kernel(prog, "where"), x, y, z, &args, sizeof(args));
	/* The command buffer has its own copy of the arguments. */
	memset(&args, 0, sizeof(args));
	if (rt_run(queue, cb))
		printf("# %s\n", rt_err.text);
	for (uint64_t b = 0; b < (uint64_t)x * y * z; b++) {
		uint64_t expect = 1 + b % x + 1000 * (b / x % y) + 1000000 * (b / x / y);

		wrong += out[2 * b] != expect;
		cores |= 1ull << (out[2 * b + 1] & 63);
	}
	tap_ok(!wrong, "grid %u x %u x %u: each block ran once, on %d cores", x, y, z,
	       __builtin_popcountll(cores));
	pinion_buffer_free(buf);
}

static void many_launches(void)
{
	struct pinion_buffer *buf = rt_host(dev, 4096);
	uint64_t *out = pinion_buffer_map(buf);
	unsigned int wrong = 0;

	pinion_cmdbuf_reset(cb);
	for (uint64_t i = 0; i < 500; i++) {
		struct probe_args args = { pinion_buffer_address(buf) + 8 * i, 1000 + i };

		pinion_cmd_launch(cb, pinion_program_kernel(prog, "store"), 1, 1, 1, &args,
				  sizeof(args));
	}
	if (rt_run(queue, cb))
		printf("# %s\n", rt_err.text);
	for (uint64_t i = 0; i < 500; i++)
		wrong += out[i] != 1000 + i;
	tap_ok(!wrong, "500 launches in one command buffer, each with its arguments");
	pinion_buffer_free(buf);
}

static void globals(void)
{
	struct pinion_program *second = rt_probe(dev);
	struct pinion_buffer *buf = rt_host(dev, 4096);
	uint64_t *out = pinion_buffer_map(buf);

	rt_launch(cb, prog, "count", pinion_buffer_address(buf), 5);
	rt_run(queue, cb);
	tap_ok(out[0] == 5, "a global counts to %llu", (unsigned long long)out[0]);
	rt_run(queue, cb);
	tap_ok(out[0] == 10, "a command buffer runs again, the global lives on");
	rt_launch(cb, second, "count", pinion_buffer_address(buf), 3);
	rt_run(queue, cb);
	tap_ok(out[0] == 3, "a second program of the same file has its own");
	pinion_program_free(second);
	pinion_buffer_free(buf);
}

static void refused(void)
{
	unsigned char garbage[64] = "\177ELF";
	struct pinion_program *bad;

	tap_ok(pinion_program_load(dev, garbage, sizeof(garbage), &bad, &rt_err) == -ENOEXEC, "%s",
	       rt_err.text);
	tap_ok(pinion_program_open(dev, "/proc/self/exe", &bad, &rt_err) == -ENOEXEC, "%s",
	       rt_err.text);
	tap_ok(pinion_program_open(dev, "/nonexistent", &bad, &rt_err) == -ENOENT, "%s",
	       rt_err.text);
}

int main(void)
{
	tap_plan(11);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	prog = rt_probe(dev);
	tap_ok(pinion_program_kernel(prog, "where") && !pinion_program_kernel(prog, "nothing") &&
		       pinion_kernel_args_bytes(pinion_program_kernel(prog, "store")) ==
			       sizeof(struct probe_args),
	       "kernels by name");
	grid(1, 1, 1);
	grid(7, 5, 3);
	grid(4000, 1, 1);
	many_launches();
	globals();
	refused();
	pinion_program_free(prog);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
