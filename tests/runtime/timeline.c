// SPDX-License-Identifier: MIT
/* Timelines in libpinion: jobs and the host wait for them and raise them; sharing; fences. */
#include <liburing.h>
#include <poll.h>

#include "rt.h"

static struct pinion_device *dev;
static struct pinion_queue *first, *second;
static struct pinion_buffer *buf;

static struct pinion_cmdbuf *fill(uint64_t pattern)
{
	struct pinion_cmdbuf *cb = rt_cmdbuf(dev);

	pinion_cmd_fill(cb, pinion_buffer_address(buf), 8, pattern, 8);
	return cb;
}

static void between_queues(struct pinion_timeline *a, struct pinion_timeline *b)
{
	struct pinion_sync waits[3] = { { a, 1 }, { b, 1 }, { a, 2 } };
	struct pinion_submit_options last = {
		.size = sizeof(last),
		.waits = waits,
		.nwaits = 3,
		.signal = { b, 10 },
	};
	struct pinion_submit_options raise = { .size = sizeof(raise), .signal = { a, 2 } };
	struct pinion_cmdbuf *cb_last = fill(22), *cb_first = fill(11);
	volatile uint64_t *word = pinion_buffer_map(buf);
	struct pinion_point done;

	*word = 0;
	RT(pinion_submit_sync(first, cb_last, &last, &done, &rt_err));
	RT(pinion_submit_sync(second, cb_first, &raise, NULL, &rt_err));
	tap_ok(!pinion_timeline_wait(a, 2, RT_LONG, &rt_err) && *word == 11,
	       "a job on the second queue raised it");
	tap_ok(pinion_wait(&done, RT_SOON, &rt_err) == -ETIME && *word == 11,
	       "two of three points are not enough");
	pinion_timeline_signal(b, 1);
	tap_ok(!pinion_wait(&done, RT_LONG, &rt_err) && *word == 22, "the host raised the third");
	tap_ok(pinion_timeline_value(b) == 10, "the job raised its timeline to 10");
	pinion_cmdbuf_free(cb_last);
	pinion_cmdbuf_free(cb_first);
}

static void host_waits(struct pinion_timeline *tl)
{
	tap_ok(pinion_timeline_wait(tl, 1000, 0, &rt_err) == -ETIME, "not reached: %s",
	       rt_err.text);
	tap_ok(pinion_timeline_wait(tl, 1000, RT_SOON, &rt_err) == -ETIME,
	       "not reached after a while either");
	pinion_timeline_signal(tl, 1000);
	tap_ok(!pinion_timeline_wait(tl, 1000, PINION_WAIT_FOREVER, &rt_err), "reached");
}

static void own_ring(struct pinion_timeline *tl)
{
	struct pinion_submit_options options = { .size = sizeof(options), .signal = { tl, 2000 } };
	struct pinion_cmdbuf *cb = fill(33);
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int i, res = 0;

	if (io_uring_queue_init(4, &ring, IORING_SETUP_SQE128))
		tap_bail("io_uring_queue_init");
	pinion_prep_timeline_wait(io_uring_get_sqe(&ring), tl, 2000);
	tap_ok(pinion_prep_submit_sync(ring.sq.sqes, first, cb, &options) == -EINVAL,
	       "a signal in an SQE of 64 bytes: EINVAL");
	pinion_prep_timeline_wait(ring.sq.sqes, tl, 2000);
	options.flags = PINION_SUBMIT_SQE128;
	tap_ok(!pinion_prep_submit_sync(io_uring_get_sqe(&ring), first, cb, &options),
	       "a signal in an SQE of 128 bytes");
	io_uring_submit(&ring);
	for (i = 0; i < 2; i++) {
		io_uring_wait_cqe(&ring, &cqe);
		res += cqe->res != 0;
		io_uring_cqe_seen(&ring, cqe);
	}
	tap_ok(!res && pinion_timeline_value(tl) == 2000, "the job and the wait for it complete");
	io_uring_queue_exit(&ring);
	pinion_cmdbuf_free(cb);
}

static void imported(struct pinion_timeline *tl)
{
	struct pinion_device *other = rt_device();
	struct pinion_timeline *theirs;
	struct pinion_vm *vm;

	tap_ok(!pinion_timeline_import(other, NULL, pinion_timeline_fd(tl), &theirs, &rt_err) &&
		       pinion_timeline_value(theirs) == 2000,
	       "imported into another device");
	pinion_timeline_signal(theirs, 3000);
	tap_ok(pinion_timeline_value(tl) == 3000,
	       "raising the imported timeline raises the original");
	pinion_timeline_free(theirs);
	RT(pinion_vm_create(other, &vm, &rt_err));
	tap_ok(pinion_timeline_create(dev, vm, 0, &theirs, &rt_err) == -EINVAL &&
		       pinion_timeline_import(other, vm, pinion_device_fd(other), &theirs,
					      &rt_err) == -EINVAL,
	       "another device's address space, a file that is no timeline: %s", rt_err.text);
	tap_ok(!pinion_timeline_import(other, vm, pinion_timeline_fd(tl), &theirs, &rt_err),
	       "into an address space of the caller's");
	pinion_timeline_free(theirs);
	pinion_vm_free(vm);
	pinion_device_close(other);
}

static void refused(struct pinion_timeline *tl)
{
	struct pinion_sync waits[4] = { { tl, 1 }, { tl, 1 }, { tl, 1 }, { tl, 1 } };
	struct pinion_submit_options options = {
		.size = sizeof(options),
		.waits = waits,
		.nwaits = 4,
	};
	struct pinion_cmdbuf *cb = rt_cmdbuf(dev);
	struct pinion_queue_options in_vm = { .size = sizeof(in_vm) };
	struct pinion_queue *queue;
	struct pinion_vm *vm;

	tap_ok(pinion_submit_sync(first, cb, &options, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	options.nwaits = 1;
	options.reserved[0] = 1;
	tap_ok(pinion_submit_sync(first, cb, &options, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	options.reserved[0] = 0;
	RT(pinion_vm_create(dev, &vm, &rt_err));
	in_vm.vm = vm;
	RT(pinion_queue_create(dev, &in_vm, &queue, &rt_err));
	tap_ok(pinion_submit_sync(queue, cb, &options, NULL, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	pinion_queue_close(queue);
	pinion_vm_free(vm);
	tap_ok(!pinion_submit_sync(first, cb, NULL, NULL, &rt_err), "without options");
	pinion_cmdbuf_free(cb);
}

static void fences(struct pinion_timeline *from, struct pinion_timeline *to)
{
	struct pinion_sync gate = { .value = 1 };
	struct pinion_sync raise = { from, pinion_timeline_value(from) + 1 };
	struct pinion_submit_options options = {
		.size = sizeof(options),
		.signal = raise,
		.waits = &gate,
		.nwaits = 1,
	};
	uint64_t value = pinion_timeline_value(to) + 1;
	struct pinion_cmdbuf *cb = rt_cmdbuf(dev);
	struct pollfd pfd = { .events = POLLIN };

	tap_ok(pinion_timeline_export_fence(from, 1, 10001, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_timeline_import_fence(to, value, pinion_timeline_fd(from), &rt_err) == -EBADF,
	       "%s", rt_err.text);
	tap_ok(pinion_timeline_export_fence(from, raise.value, 10000, &rt_err) == -EINVAL,
	       "no job raises the timeline: %s", rt_err.text);
	RT(pinion_timeline_create(dev, NULL, 0, &gate.timeline, &rt_err));
	RT(pinion_submit_sync(first, cb, &options, NULL, &rt_err));
	pfd.fd = pinion_timeline_export_fence(from, raise.value, 10000, &rt_err);
	tap_ok(pfd.fd >= 0 && !poll(&pfd, 1, 10) &&
		       !pinion_timeline_import_fence(to, value, pfd.fd, &rt_err) &&
		       pinion_timeline_wait(to, value, 0, &rt_err) == -ETIME,
	       "a fence out and in");
	pinion_timeline_signal(gate.timeline, 1);
	tap_ok(poll(&pfd, 1, 10000) == 1 && !pinion_timeline_wait(to, value, RT_LONG, &rt_err),
	       "signals with the job that raises its point");
	close(pfd.fd);
	pinion_timeline_free(gate.timeline);
	pinion_cmdbuf_free(cb);
}

int main(void)
{
	struct pinion_timeline *a, *b;

	tap_plan(23);
	dev = rt_device();
	buf = rt_host(dev, 4096);
	RT(pinion_queue_create(dev, NULL, &first, &rt_err));
	RT(pinion_queue_create(dev, NULL, &second, &rt_err));
	RT(pinion_timeline_create(dev, NULL, 0, &a, &rt_err));
	RT(pinion_timeline_create(dev, NULL, 0, &b, &rt_err));
	between_queues(a, b);
	host_waits(a);
	own_ring(a);
	imported(a);
	refused(a);
	fences(a, b);
	pinion_timeline_free(a);
	pinion_timeline_free(b);
	pinion_queue_close(first);
	pinion_queue_close(second);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return tap_result();
}
