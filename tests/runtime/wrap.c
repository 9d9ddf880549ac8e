// SPDX-License-Identifier: MIT
/* Memory of the caller becomes a buffer. */
#include <sys/mman.h>

#include "rt.h"

#define BYTES (64u << 10)

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;

static int fill(struct pinion_buffer *buf, uint8_t value)
{
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, pinion_buffer_address(buf), BYTES, value, 1);
	return rt_run(queue, cb);
}

int main(void)
{
	unsigned char *mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);
	struct pinion_buffer *buf, *other;

	tap_plan(9);
	dev = rt_device();
	queue = rt_queue(dev, 4);
	cb = rt_cmdbuf(dev);
	RT(pinion_buffer_wrap(dev, mem, BYTES, 0, &buf, &rt_err));
	tap_ok(pinion_buffer_map(buf) == mem && pinion_buffer_bytes(buf) == BYTES, "wrap");
	tap_ok(!fill(buf, 0x61) && mem[0] == 0x61 && mem[BYTES - 1] == 0x61, "the card writes it");
	tap_ok(pinion_buffer_export(buf, &rt_err) == -EPERM, "%s", rt_err.text);
	pinion_buffer_free(buf);
	tap_ok(mem[0] == 0x61, "freed: the memory is still the caller's");
	RT(pinion_buffer_wrap(dev, mem, BYTES, PINION_BUFFER_READONLY, &buf, &rt_err));
	tap_ok(fill(buf, 0x62) == -EFAULT && mem[0] == 0x61, "%s", rt_err.text);
	pinion_buffer_free(buf);
	tap_ok(pinion_buffer_wrap(dev, mem + 1, BYTES, 0, &other, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	tap_ok(pinion_buffer_wrap(dev, mem, 0, 0, &other, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_buffer_wrap(dev, mem, BYTES, 1, &other, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	munmap(mem, BYTES);
	tap_ok(pinion_buffer_wrap(dev, mem, BYTES, 0, &other, &rt_err) == -EFAULT, "%s",
	       rt_err.text);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
