// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the accuracy tests of kernels through libpinion on the card of the machine. */
#include <pinion.h>

#include "kt.h"
#include "pinion_regs.h"

#define MAX_BUFFERS 512
#define EXIT_SKIP   4

static struct pinion_device *dev;
static struct pinion_program *prog;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static const struct pinion_kernel *kernel;
static struct pinion_buffer *buffers[MAX_BUFFERS];
static unsigned int nr_buffers;
static struct pinion_error err;

static void try(int ret, const char *what)
{
	if (ret < 0)
		tap_bail("%s: %s", what, err.text);
}

void kt_open(const char *name)
{
	char path[128], nodes[1][64];

	if (pinion_device_list(nodes, 1) < 1) {
		printf("# no card: skipped\n");
		exit(EXIT_SKIP);
	}
	snprintf(path, sizeof(path), "build/kernels/%s.elf", name);
	try(pinion_device_open(NULL, &dev, &err), "open");
	try(pinion_program_open(dev, path, &prog, &err), path);
	try(pinion_queue_create(dev, NULL, &queue, &err), "queue");
	try(pinion_cmdbuf_create(dev, 0, &cb, &err), "command buffer");
	kernel = pinion_program_kernel(prog, name);
	if (!kernel)
		tap_bail("%s: no kernel %s in it", path, name);
}

struct kt_buf kt_memory(size_t bytes)
{
	struct pinion_buffer *buf;

	if (nr_buffers == MAX_BUFFERS)
		tap_bail("too many buffers");
	try(pinion_buffer_create(dev, bytes, PINION_BUFFER_HOST, &buf, &err), "buffer");
	buffers[nr_buffers++] = buf;
	if (!pinion_buffer_map(buf))
		tap_bail("buffer cannot be mapped");
	return (struct kt_buf){ pinion_buffer_map(buf), pinion_buffer_address(buf) };
}

void kt_launch(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z)
{
	struct pinion_point done;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_launch(cb, kernel, x, y, z, args, bytes);
	try(pinion_submit(queue, cb, &done, &err), "submit");
	try(pinion_wait(&done, PINION_WAIT_FOREVER, &err), "wait");
}

bool kt_refused(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z)
{
	struct pinion_point done;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_launch(cb, kernel, x, y, z, args, bytes);
	try(pinion_submit(queue, cb, &done, &err), "submit");
	if (!pinion_wait(&done, PINION_WAIT_FOREVER, &err) ||
	    err.status != PINION_STATUS_ILLEGAL_INSN)
		return false;
	printf("# %s\n", err.text);
	try(pinion_queue_reset(queue, &err), "reset");
	return true;
}

void kt_close(void)
{
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	while (nr_buffers)
		pinion_buffer_free(buffers[--nr_buffers]);
	pinion_program_free(prog);
	pinion_device_close(dev);
}
