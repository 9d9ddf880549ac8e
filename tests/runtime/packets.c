// SPDX-License-Identifier: MIT
/* All packets other than LAUNCH do on the card what they should. */
#include "rt.h"

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_buffer *buf;
static unsigned char *map;
static uint64_t va;

static void copy_2d(void)
{
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < 4096; i++)
		map[i] = i * 7;
	pinion_cmdbuf_reset(cb);
	pinion_cmd_copy_2d(cb, va + 8192, 100, va, 64, 33, 20);
	tap_ok(!rt_run(queue, cb), "2-D copy");
	for (unsigned int row = 0; row < 20; row++) {
		wrong += !!memcmp(map + 8192 + 100 * row, map + 64 * row, 33);
		for (unsigned int gap = 33; gap < 100; gap++)
			wrong += map[8192 + 100 * row + gap] != 0;
	}
	tap_ok(!wrong, "20 rows of 33 bytes, and nothing between them");
}

static void fills(void)
{
	const uint64_t pattern = 0x1122334455667788;
	unsigned int wrong = 0;

	for (unsigned int width = 1; width <= 8; width *= 2) {
		memset(map, 0, 4096);
		pinion_cmdbuf_reset(cb);
		pinion_cmd_fill(cb, va + width, 24 * width, pattern, width);
		wrong += !!rt_run(queue, cb);
		for (unsigned int i = 0; i < 26; i++)
			wrong += !!memcmp(map + width * i,
					  i && i < 25 ? &pattern : &(uint64_t){ 0 }, width);
	}
	tap_ok(!wrong, "fills of 1, 2, 4 and 8 bytes");
}

static void timestamps(void)
{
	uint64_t *stamp = (uint64_t *)map;
	struct pinion_point point;
	uint64_t end;

	memset(map, 0, 4096);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_timestamp(cb, va);
	pinion_cmd_fill(cb, va + 4096, 4096, 1, 1);
	pinion_cmd_barrier(cb);
	pinion_cmd_timestamp(cb, va + 8);
	RT(pinion_submit(queue, cb, &point, &rt_err));
	RT(pinion_wait(&point, RT_LONG, &rt_err));
	end = pinion_point_timestamp(&point);
	tap_ok(stamp[0] && stamp[0] <= stamp[1] && stamp[1] <= end,
	       "device times in order: %llu, %llu, end of the job %llu",
	       (unsigned long long)stamp[0], (unsigned long long)stamp[1], (unsigned long long)end);
}

static void semaphores(void)
{
	volatile uint64_t *word = (uint64_t *)map;

	memset(map, 0, 4096);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_signal(cb, va, 5);
	pinion_cmd_wait(cb, va, 5);
	pinion_cmd_wait(cb, va, 4);
	pinion_cmd_signal(cb, va, 3);
	pinion_cmd_signal(cb, va + 8, 9);
	tap_ok(!rt_run(queue, cb) && word[0] == 5 && word[1] == 9,
	       "a semaphore rises, never falls, and lets pass what it has reached");
}

static void nothing(void)
{
	pinion_cmdbuf_reset(cb);
	tap_ok(!rt_run(queue, cb), "an empty command buffer is a job");
}

/* After an error of recording, the command buffer is refused at submission and never runs. */
static void sticky(void)
{
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, va, 3, 0, 2);
	pinion_cmd_barrier(cb);
	tap_ok(rt_run(queue, cb) == -EINVAL, "%s", rt_err.text);
	pinion_cmdbuf_reset(cb);
	tap_ok(!rt_run(queue, cb) && pinion_cmd_barrier(cb) == -EBUSY &&
		       rt_run(queue, cb) == -EBUSY,
	       "%s", rt_err.text);
}

int main(void)
{
	tap_plan(8);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	buf = rt_host(dev, 16384);
	map = pinion_buffer_map(buf);
	va = pinion_buffer_address(buf);
	copy_2d();
	fills();
	timestamps();
	semaphores();
	nothing();
	sticky();
	pinion_buffer_free(buf);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
