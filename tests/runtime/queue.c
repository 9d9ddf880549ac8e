// SPDX-License-Identifier: MIT
/* A queue that is full, waits that time out, jobs that wait for the CPU, and closing under load. */
#include "rt.h"

#define ENTRIES 4u

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_buffer *buf;
static volatile uint64_t *word;

/* Record into @cb a wait for @word[0] >= 1, so that its jobs run until the CPU writes the word. */
static void record_wait(void)
{
	__atomic_store_n(&word[0], 0, __ATOMIC_SEQ_CST);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_wait(cb, pinion_buffer_address(buf), 1);
}

static void let_go(void)
{
	__atomic_store_n(&word[0], 1, __ATOMIC_SEQ_CST);
}

static void timeouts(void)
{
	struct pinion_point point;

	record_wait();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(pinion_wait(&point, 0, &rt_err) == -ETIME, "a look: %s", rt_err.text);
	tap_ok(pinion_wait(&point, RT_SOON, &rt_err) == -ETIME, "%s", rt_err.text);
	tap_ok(pinion_queue_reset(queue, &rt_err) == -EBUSY, "%s", rt_err.text);
	let_go();
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err), "the processor lets it go");
	tap_ok(pinion_point_timestamp(&point) != 0, "it has a device time");
}

static void full(void)
{
	struct pinion_point point[ENTRIES + 1];
	unsigned int failed = 0;

	record_wait();
	for (unsigned int i = 0; i < ENTRIES; i++)
		RT(pinion_submit(queue, cb, &point[i], &rt_err));
	tap_ok(pinion_submit(queue, cb, &point[ENTRIES], &rt_err) == -EAGAIN, "%s", rt_err.text);
	let_go();
	RT(pinion_wait(&point[0], RT_LONG, &rt_err));
	tap_ok(!pinion_submit(queue, cb, &point[ENTRIES], &rt_err), "room again");
	for (unsigned int i = 0; i <= ENTRIES; i++)
		failed += !!pinion_wait(&point[i], PINION_WAIT_FOREVER, &rt_err);
	tap_ok(!failed && point[ENTRIES].seq == point[0].seq + ENTRIES, "all complete");
}

/* Submit many more jobs than the queue has entries, and wait only when it is full. */
static void streaming(void)
{
	struct pinion_point point = { 0 };
	unsigned int submitted = 0, waits = 0;

	let_go();
	pinion_cmdbuf_reset(cb);
	pinion_cmd_barrier(cb);
	while (submitted < 1000) {
		struct pinion_point next;
		int ret = pinion_submit(queue, cb, &next, &rt_err);

		if (ret == -EAGAIN) {
			RT(pinion_wait(&point, RT_LONG, &rt_err));
			waits++;
			continue;
		}
		RT(ret);
		point = next;
		submitted++;
	}
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err), "%u jobs, %u times full", submitted, waits);
}

static void closing(void)
{
	struct pinion_queue *busy = rt_queue(dev, ENTRIES);
	struct pinion_cmdbuf *fine = rt_cmdbuf(dev);

	record_wait();
	RT(pinion_submit(busy, cb, NULL, &rt_err));
	RT(pinion_submit(busy, cb, NULL, &rt_err));
	pinion_queue_close(busy);
	pinion_cmd_barrier(fine);
	tap_ok(!rt_run(queue, fine), "a queue is closed over its jobs, another runs on");
	pinion_cmdbuf_free(fine);
}

static void refused(void)
{
	struct pinion_queue_options options = { .size = sizeof(options), .entries = 1 << 20 };
	struct pinion_queue *none;

	tap_ok(pinion_queue_create(dev, &options, &none, &rt_err) == -EINVAL, "%s", rt_err.text);
	options.entries = 3;
	RT(pinion_queue_create(dev, &options, &none, &rt_err));
	tap_ok(pinion_queue_fd(none) >= 0, "three entries become four");
	pinion_queue_close(none);
}

int main(void)
{
	tap_plan(12);
	dev = rt_device();
	queue = rt_queue(dev, ENTRIES);
	cb = rt_cmdbuf(dev);
	buf = rt_host(dev, 4096);
	word = pinion_buffer_map(buf);
	timeouts();
	full();
	streaming();
	closing();
	refused();
	let_go();
	pinion_buffer_free(buf);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
