// SPDX-License-Identifier: MIT
/* Buffers in device and host memory are zero at first, mapped, copied by the card, and freed. */
#include "rt.h"

#define BYTES (3u << 20)

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;

static bool all_zero(const unsigned char *p, size_t bytes)
{
	return !p[0] && !memcmp(p, p + 1, bytes - 1);
}

static void zeroed(uint32_t flags, const char *name)
{
	struct pinion_buffer *host = rt_host(dev, BYTES), *buf;

	/* The second round gets memory that the first round has written. */
	for (int round = 0; round < 2; round++) {
		RT(pinion_buffer_create(dev, BYTES, flags, &buf, &rt_err));
		memset(pinion_buffer_map(host), 0xff, BYTES);
		pinion_cmdbuf_reset(cb);
		pinion_cmd_copy(cb, pinion_buffer_address(host), pinion_buffer_address(buf), BYTES);
		pinion_cmd_fill(cb, pinion_buffer_address(buf), BYTES, 0x5a, 1);
		if (rt_run(queue, cb))
			tap_bail("%s", rt_err.text);
		if (!all_zero(pinion_buffer_map(host), BYTES))
			break;
		pinion_buffer_free(buf);
		buf = NULL;
	}
	tap_ok(!buf, "%s memory comes zeroed", name);
	pinion_buffer_free(buf);
	pinion_buffer_free(host);
}

static void through_the_card(void)
{
	struct pinion_buffer *from = rt_host(dev, BYTES), *to = rt_host(dev, BYTES), *card;
	uint32_t *data = pinion_buffer_map(from);

	RT(pinion_buffer_create(dev, BYTES, PINION_BUFFER_DEVICE, &card, &rt_err));
	for (size_t i = 0; i < BYTES / 4; i++)
		data[i] = i * 2654435761u;
	pinion_cmdbuf_reset(cb);
	pinion_cmd_copy(cb, pinion_buffer_address(card), pinion_buffer_address(from), BYTES);
	pinion_cmd_copy(cb, pinion_buffer_address(to), pinion_buffer_address(card), BYTES);
	tap_ok(!rt_run(queue, cb) && !memcmp(pinion_buffer_map(to), data, BYTES),
	       "%u bytes through device memory and back", BYTES);
	tap_ok(!pinion_buffer_map(card), "device memory without the flag cannot be mapped");
	pinion_buffer_free(card);
	pinion_buffer_free(to);
	pinion_buffer_free(from);
}

static void mappable(void)
{
	const uint32_t flags = PINION_BUFFER_DEVICE | PINION_BUFFER_MAPPABLE;
	struct pinion_buffer *host = rt_host(dev, 4096), *card;
	uint64_t *map;

	RT(pinion_buffer_create(dev, 4096, flags, &card, &rt_err));
	map = pinion_buffer_map(card);
	if (tap_ok(map != NULL, "mappable device memory is mapped"))
		map[1] = 0x123456789abcdef0;
	pinion_cmdbuf_reset(cb);
	pinion_cmd_copy(cb, pinion_buffer_address(host), pinion_buffer_address(card), 4096);
	pinion_cmd_fill(cb, pinion_buffer_address(card), 8, 77, 8);
	tap_ok(!rt_run(queue, cb) && map && map[0] == 77 &&
		       ((uint64_t *)pinion_buffer_map(host))[1] == 0x123456789abcdef0,
	       "processor and card see each other's writes");
	pinion_buffer_free(card);
	pinion_buffer_free(host);
}

static void refused(void)
{
	struct pinion_device_info info;
	struct pinion_buffer *buf;

	pinion_device_info(dev, &info);
	tap_ok(pinion_buffer_create(dev, info.memory_bytes + 1, PINION_BUFFER_DEVICE, &buf,
				    &rt_err) == -ENOSPC,
	       "%s", rt_err.text);
	tap_ok(pinion_buffer_create(dev, 4096, 0, &buf, &rt_err) == -EINVAL, "%s", rt_err.text);
}

static void given_back(void)
{
	struct pinion_device_info before, after;
	struct pinion_buffer *buf[64];

	pinion_device_info(dev, &before);
	for (int round = 0; round < 4; round++) {
		for (unsigned int i = 0; i < 64; i++)
			RT(pinion_buffer_create(dev, 4096 << i % 6, PINION_BUFFER_DEVICE, &buf[i],
						&rt_err));
		for (unsigned int i = 0; i < 64; i++)
			pinion_buffer_free(buf[(i * 7) % 64]);
	}
	pinion_device_info(dev, &after);
	/* The kernel may keep page tables that it allocated for the buffers. */
	tap_ok(after.memory_free + (64 << 10) >= before.memory_free,
	       "memory comes back: %lld bytes less",
	       (long long)(before.memory_free - after.memory_free));
}

static void freed_is_gone(void)
{
	struct pinion_buffer *buf = rt_host(dev, 4096);
	uint64_t va = pinion_buffer_address(buf);
	int ret;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, va + 4096, 8, 1, 8);
	ret = rt_run(queue, cb);
	tap_ok(ret == -EFAULT, "beyond the end: %s", rt_err.text);
	RT(pinion_queue_reset(queue, &rt_err));
	pinion_buffer_free(buf);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, va, 8, 1, 8);
	ret = rt_run(queue, cb);
	tap_ok(ret == -EFAULT && rt_err.va == va, "after it was freed: %s", rt_err.text);
	RT(pinion_queue_reset(queue, &rt_err));
}

int main(void)
{
	tap_plan(12);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	zeroed(PINION_BUFFER_DEVICE, "device");
	zeroed(PINION_BUFFER_HOST, "host");
	zeroed(PINION_BUFFER_HOST | PINION_BUFFER_WC, "write-combined host");
	through_the_card();
	mappable();
	refused();
	given_back();
	freed_is_gone();
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
	return tap_result();
}
