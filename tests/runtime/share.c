// SPDX-License-Identifier: MIT
/* Buffers are exported and imported as dma-bufs, and two buffers may share a GEM handle. */
#include <fcntl.h>

#include "rt.h"

#define BYTES 8192u

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;

static int fill(struct pinion_buffer *buf, uint8_t value)
{
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, pinion_buffer_address(buf), BYTES, value, 1);
	return rt_run(queue, cb);
}

static void to_another_device(void)
{
	struct pinion_device *other = rt_device();
	struct pinion_buffer *ours = rt_host(dev, BYTES), *theirs;
	uint8_t *seen;
	int fd = pinion_buffer_export(ours, &rt_err);

	tap_ok(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC, "export, close-on-exec");
	tap_ok(!pinion_buffer_import(other, fd, 0, &theirs, &rt_err) &&
		       pinion_buffer_bytes(theirs) == BYTES,
	       "import by another open device");
	close(fd);
	seen = pinion_buffer_map(theirs);
	tap_ok(!fill(ours, 0x41) && seen[BYTES - 1] == 0x41, "it sees what our card writes");
	pinion_buffer_free(ours);
	tap_ok(seen[0] == 0x41, "and keeps the memory");
	pinion_buffer_free(theirs);
	pinion_device_close(other);
}

/*
 * The kernel gives the same handle each time the same memory is imported. Freeing one buffer must
 * not close the handle that another buffer has.
 */
static void own_export(void)
{
	struct pinion_buffer *a = rt_host(dev, BYTES), *b, *c;
	int fd = pinion_buffer_export(a, &rt_err);

	RT(pinion_buffer_import(dev, fd, 0, &b, &rt_err));
	RT(pinion_buffer_import(dev, fd, PINION_BUFFER_UNBOUND, &c, &rt_err));
	tap_ok(pinion_buffer_address(a) != pinion_buffer_address(b) && !pinion_buffer_address(c),
	       "own export: another address");
	tap_ok(!fill(b, 0x42) && *(uint8_t *)pinion_buffer_map(a) == 0x42, "and the same memory");
	pinion_buffer_free(a);
	tap_ok(!fill(b, 0x43) && *(uint8_t *)pinion_buffer_map(b) == 0x43,
	       "one freed, the other stays");
	pinion_buffer_free(b);
	tap_ok(*(uint8_t *)pinion_buffer_map(c) == 0x43, "and the third");
	pinion_buffer_free(c);
	close(fd);
}

static void refused(void)
{
	struct pinion_buffer *buf;
	int file = open("/proc/self/exe", O_RDONLY), ends[2];

	tap_ok(pinion_buffer_import(dev, file, 0, &buf, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(!pipe(ends) && pinion_buffer_import(dev, ends[0], 0, &buf, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	tap_ok(pinion_buffer_import(dev, -1, 0, &buf, &rt_err) == -EBADF, "%s", rt_err.text);
	tap_ok(pinion_buffer_import(dev, file, 1, &buf, &rt_err) == -EINVAL, "%s", rt_err.text);
	close(file);
}

int main(void)
{
	tap_plan(12);
	dev = rt_device();
	queue = rt_queue(dev, 4);
	cb = rt_cmdbuf(dev);
	to_another_device();
	own_export();
	refused();
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
