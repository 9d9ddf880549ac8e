// SPDX-License-Identifier: MIT
/* Several command buffers as one job. */
#include <liburing.h>

#include "rt.h"

#define COUNT PINION_SUBMIT_BUFFERS

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_buffer *buf;
static struct pinion_cmdbuf *cbs[COUNT];

/* Each command buffer copies the word of the one before it, so the last word tells the order. */
static void record_all(void)
{
	uint64_t at = pinion_buffer_address(buf);
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		cbs[i] = rt_cmdbuf(dev);
		if (i)
			pinion_cmd_copy(cbs[i], at + 8 * i, at + 8 * (i - 1), 8);
		else
			pinion_cmd_fill(cbs[i], at, 8, 0x1234, 8);
	}
}

static void works(void)
{
	const uint64_t *word = pinion_buffer_map(buf);
	struct pinion_point point, after;

	RT(pinion_submit_vector(queue, cbs, COUNT, NULL, &point, &rt_err));
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err) && word[COUNT - 1] == 0x1234,
	       "%u command buffers in order", COUNT);
	RT(pinion_submit_vector(queue, cbs, 1, NULL, &after, &rt_err));
	tap_ok(!pinion_wait(&after, RT_LONG, &rt_err) && after.seq == point.seq + 1,
	       "a vector counts as one job; a vector of one");
	tap_ok(pinion_cmd_fill(cbs[7], pinion_buffer_address(buf), 8, 1, 8) == -EBUSY,
	       "every command buffer of a vector is in use");
}

static void with_points(void)
{
	struct pinion_timeline *before, *behind;
	struct pinion_submit_options options = { .size = sizeof(options), .nwaits = 1 };
	struct pinion_sync wait = { .value = 1 };
	struct pinion_point point;

	RT(pinion_timeline_create(dev, NULL, 0, &before, &rt_err));
	RT(pinion_timeline_create(dev, NULL, 0, &behind, &rt_err));
	wait.timeline = before;
	options.waits = &wait;
	options.signal = (struct pinion_sync){ behind, 5 };
	memset(pinion_buffer_map(buf), 0, COUNT * 8);
	RT(pinion_submit_vector(queue, cbs, 3, &options, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_SOON, &rt_err) == -ETIME && !pinion_timeline_value(behind),
	       "a vector waits for its point");
	pinion_timeline_signal(before, 1);
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err) && pinion_timeline_value(behind) == 5,
	       "a vector raises its point");
	pinion_timeline_free(before);
	pinion_timeline_free(behind);
}

static void fails(void)
{
	struct pinion_cmdbuf *bad = rt_cmdbuf(dev), *three[3] = { cbs[0], cbs[1], bad };
	struct pinion_point point;

	pinion_cmd_fill(bad, 0x900000000, 8, 1, 8);
	RT(pinion_submit_vector(queue, three, 3, NULL, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -EFAULT &&
		       strstr(rt_err.text, "command buffer 2, packet 0"),
	       "%s", rt_err.text);
	RT(pinion_queue_reset(queue, &rt_err));
	pinion_cmdbuf_free(bad);
}

/* In the caller's own io_uring: a vector that waits is cancelled, and the one behind it runs. */
static void own_ring(void)
{
	struct pinion_submit_entry entries[3];
	struct pinion_cmdbuf *waits = rt_cmdbuf(dev), *three[3] = { cbs[0], cbs[1], waits };
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int i, res[3] = { 0 };

	memset(pinion_buffer_map(buf), 0, COUNT * 8);
	pinion_cmd_wait(waits, pinion_buffer_address(buf) + 2048, 1);
	if (io_uring_queue_init(4, &ring, 0))
		tap_bail("io_uring_queue_init");
	for (i = 0; i < 2; i++) {
		sqe = io_uring_get_sqe(&ring);
		RT(pinion_prep_submit_vector(sqe, queue, three, 3 - i, NULL, entries));
		sqe->user_data = i + 1;
		io_uring_submit(&ring);
	}
	sqe = io_uring_get_sqe(&ring);
	pinion_prep_cancel(sqe, queue, 1);
	io_uring_submit(&ring);
	for (i = 0; i < 3; i++) {
		io_uring_wait_cqe(&ring, &cqe);
		res[cqe->user_data] = cqe->res;
		io_uring_cqe_seen(&ring, cqe);
	}
	tap_ok(!res[0] && res[1] == -ECANCELED && !res[2], "in a ring of the caller's: %d %d %d",
	       res[0], res[1], res[2]);
	tap_ok(pinion_prep_submit_vector(sqe, queue, three, 0, NULL, entries) == -EINVAL &&
		       pinion_prep_submit_vector(sqe, queue, three, COUNT + 1, NULL, entries) ==
			       -EINVAL,
	       "no command buffer, and too many");
	io_uring_queue_exit(&ring);
	pinion_cmdbuf_free(waits);
}

static void refused(void)
{
	struct pinion_queue_options small = { .size = sizeof(small), .entries = 4 };
	struct pinion_queue *four;

	tap_ok(pinion_submit_vector(queue, cbs, 0, NULL, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	tap_ok(pinion_submit_vector(queue, cbs, COUNT + 1, NULL, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	RT(pinion_queue_create(dev, &small, &four, &rt_err));
	tap_ok(pinion_submit_vector(four, cbs, 5, NULL, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	pinion_queue_close(four);
}

int main(void)
{
	unsigned int i;

	tap_plan(11);
	dev = rt_device();
	buf = rt_host(dev, 4096);
	RT(pinion_queue_create(dev, NULL, &queue, &rt_err));
	record_all();
	works();
	with_points();
	fails();
	own_ring();
	refused();
	for (i = 0; i < COUNT; i++)
		pinion_cmdbuf_free(cbs[i]);
	pinion_queue_close(queue);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return tap_result();
}
