// SPDX-License-Identifier: MIT
/* Submitting: the SQE, the bounds of the queue, refusals, faults in words, results kept. */
#include <errno.h>
#include <liburing.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime_mock.h"
#include "tap.h"

#define ENTRIES 4u

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb, *empty;
static struct pinion_error err;

static int wait_for(uint64_t seq)
{
	struct pinion_point point = { queue, seq };

	return pinion_wait(&point, 0, &err);
}

static void the_sqe(void)
{
	unsigned int enters = mock.enters;
	struct pinion_point point;

	tap_ok(!pinion_submit(queue, cb, &point, &err) && point.queue == queue && point.seq == 1,
	       "submit");
	tap_ok(mock.enters == enters + 1, "one system call");
	tap_ok(mock.last.cmd_op == PINION_URING_EXEC && mock.last.addr && mock.last.len == 8 &&
		       mock.last.fd == 0 && mock.last.flags == IOSQE_FIXED_FILE,
	       "one SQE on file 0");
	tap_ok(pinion_wait(&point, 0, &err) == -ETIME, "not complete: %s", err.text);
	tap_ok(!pinion_point_timestamp(&point), "no timestamp yet");
	mock_complete(0, 777);
	enters = mock.enters;
	tap_ok(!pinion_wait(&point, PINION_WAIT_FOREVER, &err) && mock.enters == enters,
	       "complete, seen without a system call");
	tap_ok(pinion_point_timestamp(&point) == 777, "device time");
	tap_ok(pinion_cmd_barrier(cb) == -EBUSY, "no recording after it was submitted");
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -EBUSY, "%s", err.text);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_barrier(cb);
	tap_ok(!pinion_submit(queue, empty, NULL, NULL) && !mock.last.addr && !mock.last.len,
	       "an empty job; point and error may be NULL");
	mock_complete(0, 1);
}

static void full(void)
{
	struct pinion_point last;

	for (unsigned int i = 0; i < ENTRIES; i++)
		pinion_submit(queue, cb, &last, &err);
	tap_ok(mock.jobs == ENTRIES, "%u jobs in flight", mock.jobs);
	tap_ok(pinion_submit(queue, cb, NULL, &err) == -EAGAIN, "%s", err.text);
	tap_ok(mock.jobs == ENTRIES, "the kernel was not asked");
	mock_complete(0, 1);
	tap_ok(!pinion_submit(queue, cb, &last, &err), "one complete, one more goes");
	while (mock.jobs)
		mock_complete(0, 1);
	tap_ok(!pinion_wait(&last, 0, &err) && !wait_for(last.seq - 1), "all complete");
	tap_ok(wait_for(last.seq + 1) == -EINVAL && wait_for(0) == -EINVAL, "%s", err.text);
}

static void refusals(void)
{
	struct pinion_point point;

	mock.refuse = -ESHUTDOWN;
	tap_ok(pinion_submit(queue, cb, &point, &err) == -ESHUTDOWN &&
		       strstr(err.text, "pinion_queue_reset"),
	       "%s", err.text);
	mock.refuse = -ENODEV;
	tap_ok(pinion_submit(queue, cb, &point, &err) == -ENODEV, "%s", err.text);
	mock.refuse = 0;
	mock.submit_error = -EINTR;
	tap_ok(!pinion_submit(queue, cb, &point, &err), "an interrupted system call is repeated");
	mock_complete(0, 1);
	mock.submit_error = -ENOMEM;
	tap_ok(pinion_submit(queue, cb, &point, &err) == -ENOMEM, "%s", err.text);
	tap_ok(!pinion_submit(queue, cb, &point, &err) && mock.jobs == 1,
	       "and its SQE is not submitted later");
	mock_complete(0, 1);
	tap_ok(!pinion_wait(&point, 0, &err), "the job after it completes");
}

static void faults(void)
{
	struct pinion_point first, second;

	mock.fault = (struct pinion_queue_fault){ .status = PINION_STATUS_PAGE_FAULT,
						  .packet = 2,
						  .va = 0x1234000,
						  .pc = 0x10,
						  .access = PINION_ACCESS_WRITE,
						  .core = 3 };
	pinion_submit(queue, cb, &first, &err);
	pinion_submit(queue, cb, &second, &err);
	mock_complete(-EFAULT, 5);
	mock_complete(-ECANCELED, 6);
	pinion_queue_reset(queue, &err);
	memset(&mock.fault, 0, sizeof(mock.fault));
	tap_ok(pinion_wait(&first, 0, &err) == -EFAULT && mock.resets == 1 &&
		       strstr(err.text, "page fault: write at 0x1234000 by core 3 in 0x10 (job ") &&
		       strstr(err.text, ", packet 2)"),
	       "kept across a reset: %s", err.text);
	tap_ok(err.status == PINION_STATUS_PAGE_FAULT && err.seq == first.seq && err.packet == 2 &&
		       err.core == 3 && err.pc == 0x10 && err.va == 0x1234000,
	       "every field");
	tap_ok(pinion_wait(&second, 0, &err) == -ECANCELED && err.seq == second.seq &&
		       !err.status && err.core == ~0u,
	       "%s", err.text);
	pinion_submit(queue, cb, &first, &err);
	mock_complete(-EIO, 5);
	tap_ok(pinion_wait(&first, 0, &err) == -EIO, "without a record: %s", err.text);
}

static void old_results(void)
{
	struct pinion_point failed, good, last;

	pinion_submit(queue, cb, &failed, &err);
	mock_complete(-ECANCELED, 1);
	pinion_submit(queue, cb, &good, &err);
	mock_complete(0, 1);
	for (unsigned int i = 0; i < 4 * ENTRIES - 2; i++) {
		pinion_submit(queue, cb, &last, &err);
		mock_complete(0, 1);
	}
	tap_ok(pinion_wait(&failed, 0, &err) == -ECANCELED,
	       "the last 4 * entries results are kept");
	mock.automatic = true;
	pinion_submit(queue, cb, &last, &err);
	tap_ok(pinion_wait(&failed, 0, &err) == -ESTALE, "%s", err.text);
	pinion_submit(queue, cb, &last, &err);
	tap_ok(!pinion_wait(&good, 0, &err), "older success is still known");
	mock.automatic = false;
}

/* One completion is late while newer jobs come and go: it is not lost, nor taken for another's. */
static void late_completion(void)
{
	struct pinion_point late, other;
	unsigned int passed = 0;

	pinion_submit(queue, cb, &late, &err);
	while (!pinion_submit(queue, cb, &other, &err) && passed < 100) {
		mock_complete_newest(0, 1);
		passed += !pinion_wait(&other, 0, &err);
	}
	tap_ok(passed == 4 * ENTRIES - 1, "%u jobs pass a late one, then: %s", passed, err.text);
	tap_ok(pinion_wait(&late, 0, &err) == -ETIME, "the late one is not complete");
	mock_complete(-ECANCELED, 1);
	tap_ok(pinion_wait(&late, 0, &err) == -ECANCELED, "then it is, with its own result");
	tap_ok(!pinion_submit(queue, cb, &other, &err) && pinion_wait(&other, 0, &err) == -ETIME,
	       "and a new one is not");
	mock_complete(0, 1);
}

static void own_ring(void)
{
	struct io_uring_sqe sqe;

	memset(&sqe, 0xff, sizeof(sqe));
	tap_ok(!pinion_prep_submit(&sqe, queue, cb) && sqe.opcode == IORING_OP_URING_CMD &&
		       sqe.fd == pinion_queue_fd(queue) && sqe.cmd_op == PINION_URING_EXEC &&
		       sqe.addr && sqe.len == 8 && !sqe.user_data && !sqe.flags &&
		       !sqe.file_index && !sqe.buf_index && !sqe.rw_flags && !sqe.ioprio,
	       "every field of the SQE");
	tap_ok(pinion_cmd_barrier(cb) == -EBUSY && pinion_prep_submit(&sqe, queue, cb) == -EBUSY,
	       "an error of the recording");
}

static int in_child(void)
{
	struct pinion_point point = { queue, 1 };
	struct pinion_device_info info;
	struct pinion_buffer *buf;
	int ok = pinion_submit(queue, empty, &point, &err) == -EPERM && err.text[0] &&
		 pinion_wait(&point, 0, NULL) == -EPERM && pinion_cmd_barrier(empty) == -EPERM &&
		 pinion_queue_reset(queue, NULL) == -EPERM &&
		 pinion_device_info(dev, &info) == -EPERM &&
		 pinion_buffer_create(dev, 1, PINION_BUFFER_HOST, &buf, NULL) == -EPERM;
	unsigned int calls = mock.calls;

	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return ok && calls == mock.calls;
}

static void forked(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!in_child());
	waitpid(pid, &status, 0);
	tap_ok(WIFEXITED(status) && !WEXITSTATUS(status),
	       "a child is refused and asks nothing of the driver");
	tap_ok(!pinion_submit(queue, empty, NULL, &err), "the parent goes on");
	mock_complete(0, 1);
}

static bool refused_options(size_t size, uint32_t entries, uint32_t priority, uint64_t reserved)
{
	struct {
		struct pinion_queue_options known;
		uint64_t more;
	} o = { { .size = size,
		  .entries = entries,
		  .priority = priority,
		  .reserved = { reserved } },
		reserved };
	struct pinion_queue *other;
	int ret = pinion_queue_create(dev, &o.known, &other, &err);

	if (!ret)
		pinion_queue_close(other);
	else
		printf("# %d: %s\n", ret, err.text);
	return ret;
}

static void options(void)
{
	const size_t size = sizeof(struct pinion_queue_options);

	tap_ok(refused_options(0, 0, 0, 0), "a size of 0");
	tap_ok(refused_options(size, 1 << 20, 0, 0), "too many entries");
	tap_ok(refused_options(size, 0, PINION_PRIORITY_HIGH, 0),
	       "a priority without the right to it");
	tap_ok(refused_options(size, 0, 9, 0), "no such priority");
	tap_ok(refused_options(size, 0, 0, 1), "a reserved field");
	tap_ok(!refused_options(size + 8, 0, 0, 0),
	       "a newer caller that wants nothing new is fine");
	tap_ok(!refused_options(sizeof(size_t), ~0u, ~0u, 1),
	       "an older caller's struct is filled up");
	mock.entries = 3;
	tap_ok(refused_options(size, 3, 0, 0), "a driver that makes queues of 3 entries");
	mock.entries = 0;
}

int main(void)
{
	struct pinion_queue_options small = { .size = sizeof(small), .entries = ENTRIES };

	tap_plan(47);
	dev = mock_device();
	options();
	tap_ok(!pinion_queue_create(dev, &small, &queue, &err), "create");
	pinion_cmdbuf_create(dev, 0, &cb, &err);
	pinion_cmdbuf_create(dev, 0, &empty, &err);
	pinion_cmd_barrier(cb);
	the_sqe();
	full();
	refusals();
	faults();
	old_results();
	late_completion();
	own_ring();
	forked();
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_cmdbuf_free(empty);
	pinion_device_close(dev);
	tap_ok(!mock.bos && !mock.bound, "nothing is left");
	return tap_result();
}
