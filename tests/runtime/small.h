/* SPDX-License-Identifier: MIT */
/* Checks that every kind of queue must pass, for queues of a few entries. */
#ifndef RUNTIME_SMALL_H
#define RUNTIME_SMALL_H

#include "rt.h"

#define ENTRIES	    4u
#define SMALL_TESTS 6u /* number of checks in small_jobs() and small_stream() together */

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_buffer *buf;
static volatile uint64_t *word;

static void small_open(void)
{
	dev = rt_device();
	cb = rt_cmdbuf(dev);
	buf = rt_host(dev, 4096);
	word = pinion_buffer_map(buf);
}

static void small_close(void)
{
	pinion_buffer_free(buf);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
}

/* Make the jobs of @cb wait for small_go(). */
static void small_hold(void)
{
	__atomic_store_n(&word[0], 0, __ATOMIC_SEQ_CST);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_wait(cb, pinion_buffer_address(buf), 1);
}

static void small_go(void)
{
	__atomic_store_n(&word[0], 1, __ATOMIC_SEQ_CST);
}

/* Make the jobs of @cb fault, by a write to an address where nothing is mapped. */
static void small_fault(void)
{
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, 0x7000dead0000, 8, 1, 8);
}

static void small_jobs(void)
{
	struct pinion_point point[ENTRIES + 1];
	unsigned int i, failed = 0;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, pinion_buffer_address(buf) + 8, 8, 7, 8);
	word[1] = 0;
	tap_ok(!rt_run(queue, cb) && word[1] == 7, "a job");
	small_hold();
	for (i = 0; i < ENTRIES; i++)
		RT(pinion_submit(queue, cb, &point[i], &rt_err));
	tap_ok(pinion_submit(queue, cb, &point[ENTRIES], &rt_err) == -EAGAIN, "%s", rt_err.text);
	tap_ok(pinion_wait(&point[0], 0, &rt_err) == -ETIME, "a look: %s", rt_err.text);
	tap_ok(pinion_wait(&point[0], RT_SOON, &rt_err) == -ETIME, "%s", rt_err.text);
	small_go();
	for (i = 0; i < ENTRIES; i++)
		failed += !!pinion_wait(&point[i], PINION_WAIT_FOREVER, &rt_err);
	tap_ok(!failed && pinion_point_timestamp(&point[0]), "all complete");
}

/* Submit many more jobs than the queue has entries, and wait only when it is full. */
static void small_stream(void)
{
	struct pinion_point point = { 0 }, first = { 0 };
	unsigned int i, failed = 0;

	pinion_cmdbuf_reset(cb);
	for (i = 0; i < 1000; i++) {
		int ret;

		while ((ret = pinion_submit(queue, cb, &point, &rt_err)) == -EAGAIN)
			failed += !!pinion_wait(&point, RT_LONG, &rt_err);
		failed += !!ret;
		if (!i)
			first = point;
	}
	tap_ok(!failed && !pinion_wait(&point, RT_LONG, &rt_err) &&
		       !pinion_wait(&first, 0, &rt_err),
	       "1000 jobs in a stream");
}

#endif
