// SPDX-License-Identifier: MIT
/* Polled queues: jobs, time-outs, a full queue, faults, threads, and an io_uring of the caller. */
#include <liburing.h>
#include <pthread.h>

#include "small.h"

#define THREADS 4u
#define ROUNDS	200u

static struct pinion_queue *polled_queue(uint32_t entries)
{
	struct pinion_queue_options options = {
		.size = sizeof(options),
		.entries = entries,
		.flags = PINION_QUEUE_POLLED,
	};
	struct pinion_queue *polled;

	RT(pinion_queue_create(dev, &options, &polled, &rt_err));
	return polled;
}

static void options(void)
{
	struct pinion_queue_options o = { .size = sizeof(o), .flags = PINION_QUEUE_USER << 1 };
	struct pinion_queue *other;

	tap_ok(pinion_queue_create(dev, &o, &other, &rt_err) == -EINVAL, "flags: %s", rt_err.text);
	o.flags = PINION_QUEUE_POLLED;
	o.irq_count = 1;
	tap_ok(pinion_queue_create(dev, &o, &other, &rt_err) == -EINVAL, "%s", rt_err.text);
	o.flags = 0;
	o.irq_count = 8;
	o.irq_us = 100;
	tap_ok(!pinion_queue_create(dev, &o, &other, &rt_err) && !rt_run(other, cb),
	       "a queue whose completions share interrupts");
	pinion_queue_close(other);
}

static void fault(void)
{
	struct pinion_point point;

	small_fault();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -EFAULT &&
		       strstr(rt_err.text, "0x7000dead0000"),
	       "%s", rt_err.text);
	pinion_cmdbuf_reset(cb);
	tap_ok(pinion_submit(queue, cb, &point, &rt_err) == -ESHUTDOWN, "%s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err) && !rt_run(queue, cb), "reset");
}

static void *submitter(void *arg)
{
	struct pinion_cmdbuf *mine = rt_cmdbuf(dev);
	uintptr_t failed = 0;
	unsigned int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		struct pinion_error err;
		struct pinion_point point;
		int ret;

		while ((ret = pinion_submit(queue, mine, &point, &err)) == -EAGAIN)
			;
		failed += ret || pinion_wait(&point, i & 1 ? RT_LONG : PINION_WAIT_FOREVER, &err);
	}
	pinion_cmdbuf_free(mine);
	return (void *)failed;
}

static void threads(void)
{
	pthread_t thread[THREADS];
	uintptr_t failed = 0;
	void *result;
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, submitter, NULL))
			tap_bail("a thread");
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &result);
		failed += (uintptr_t)result;
	}
	tap_ok(!failed, "%u threads on one queue", THREADS);
}

static int through(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int res;

	pinion_prep_submit(io_uring_get_sqe(ring), queue, cb);
	io_uring_submit(ring);
	while (io_uring_wait_cqe(ring, &cqe))
		;
	res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

static void own_ring(void)
{
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, IORING_SETUP_IOPOLL))
		tap_bail("a ring with IOPOLL");
	tap_ok(!through(&ring), "through a ring that polls");
	io_uring_queue_exit(&ring);
	if (io_uring_queue_init(8, &ring, 0))
		tap_bail("a ring");
	tap_ok(through(&ring) == -EOPNOTSUPP, "not through one that does not");
	io_uring_queue_exit(&ring);
}

int main(void)
{
	tap_plan(15);
	small_open();
	options();
	queue = polled_queue(ENTRIES);
	small_jobs();
	small_stream();
	fault();
	threads();
	own_ring();
	pinion_queue_close(queue);
	small_close();
	return tap_result();
}
