// SPDX-License-Identifier: MIT
/* Jobs end early by pinion_cancel() or at their deadline. */
#include <time.h>

#include "rt.h"

static struct pinion_device *dev;
static struct pinion_buffer *buf;
static struct pinion_cmdbuf *waits, *empty;

static uint64_t in(uint64_t ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * RT_MS + ts.tv_nsec + ns;
}

static void cancelled(struct pinion_queue *queue, const char *kind)
{
	struct pinion_point first, second;

	RT(pinion_submit(queue, waits, &first, &rt_err));
	RT(pinion_submit(queue, empty, &second, &rt_err));
	tap_ok(pinion_wait(&first, RT_SOON, &rt_err) == -ETIME && !pinion_cancel(&first, &rt_err) &&
		       pinion_wait(&first, RT_LONG, &rt_err) == -ECANCELED,
	       "%s: %s", kind, rt_err.text);
	tap_ok(!pinion_wait(&second, RT_LONG, &rt_err), "the job behind it");
	tap_ok(pinion_cancel(&first, &rt_err) == -ENOENT &&
		       pinion_cancel(&second, &rt_err) == -ENOENT,
	       "%s", rt_err.text);
	second.seq++;
	tap_ok(pinion_cancel(&second, &rt_err) == -EINVAL, "%s", rt_err.text);
}

static void over(struct pinion_queue *queue, const char *kind)
{
	struct pinion_submit_options options = { .size = sizeof(options) };
	struct pinion_point first, second;

	options.deadline_ns = in(RT_SOON);
	RT(pinion_submit_sync(queue, waits, &options, &first, &rt_err));
	options.deadline_ns = in(RT_LONG);
	RT(pinion_submit_sync(queue, empty, &options, &second, &rt_err));
	tap_ok(pinion_wait(&first, RT_LONG, &rt_err) == -ETIMEDOUT, "%s: %s", kind, rt_err.text);
	tap_ok(!pinion_wait(&second, RT_LONG, &rt_err), "a job that meets its deadline");
}

/* A cancelled job has its result at once, while the card still works on the job before it. */
static void behind(struct pinion_queue *queue)
{
	struct pinion_point first, second;

	RT(pinion_submit(queue, waits, &first, &rt_err));
	RT(pinion_submit(queue, empty, &second, &rt_err));
	RT(pinion_cancel(&second, &rt_err));
	tap_ok(pinion_wait(&second, RT_LONG, &rt_err) == -ECANCELED &&
		       pinion_wait(&first, 0, &rt_err) == -ETIME,
	       "a job behind a running one is cancelled at once");
	RT(pinion_cancel(&first, &rt_err));
	tap_ok(pinion_wait(&first, RT_LONG, &rt_err) == -ECANCELED,
	       "the running job is cancelled after it");
}

int main(void)
{
	struct pinion_queue_options polled = { .size = sizeof(polled),
					       .flags = PINION_QUEUE_POLLED };
	struct pinion_queue *queue;

	tap_plan(14);
	dev = rt_device();
	buf = rt_host(dev, 4096);
	waits = rt_cmdbuf(dev);
	empty = rt_cmdbuf(dev);
	pinion_cmd_wait(waits, pinion_buffer_address(buf), 1);
	RT(pinion_queue_create(dev, NULL, &queue, &rt_err));
	cancelled(queue, "cancelled");
	over(queue, "late");
	behind(queue);
	pinion_queue_close(queue);
	RT(pinion_queue_create(dev, &polled, &queue, &rt_err));
	cancelled(queue, "polled");
	over(queue, "polled");
	pinion_queue_close(queue);
	pinion_cmdbuf_free(empty);
	pinion_cmdbuf_free(waits);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return tap_result();
}
