// SPDX-License-Identifier: GPL-2.0-or-later
/* A program waits for a timeline: by ioctl, by poll() and by io_uring's WAIT. */
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define NEVER UINT64_MAX
#define WAITS 64

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int try_wait(int tl, uint64_t value, uint64_t until)
{
	struct pinion_timeline_wait args = { .value = value, .until_ns = until };

	return try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &args);
}

static bool readable(int tl, int ms)
{
	struct pollfd pfd = { .fd = tl, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1 && pfd.revents == POLLIN;
}

/* Submit a job that raises the timeline @id to @value, in a 128-byte SQE. */
static void raise_by_job(struct rig *rig, uint32_t id, uint64_t value)
{
	rig_sqe_long(rig, 0, 0)->signal = (struct pinion_uring_point){ .value = value,
								       .timeline = id };
	rig_submit(rig);
}

static struct io_uring_sqe *sqe_wait(struct rig *rig, int file, uint32_t id, uint64_t value,
				     uint64_t mark)
{
	struct io_uring_sqe *sqe = rig_sqe(rig, 0, 0);
	struct pinion_uring_wait *wait = (void *)sqe->cmd;

	sqe->fd = file;
	sqe->off = PINION_URING_WAIT;
	sqe->user_data = mark;
	*wait = (struct pinion_uring_wait){ .value = value, .timeline = id };
	return sqe;
}

static void *raiser(void *arg)
{
	usleep(20000);
	rig_timeline_raise(*(int *)arg, 3);
	return NULL;
}

static void ioctl_waits(struct rig *rig)
{
	uint64_t start = now_ns();
	pthread_t thread;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 1, &id);

	ksft_test_result(!try_wait(tl, 1, 0), "WAIT for a value that is reached\n");
	ksft_test_result(try_wait(tl, 2, 0) == -ETIME, "WAIT without waiting: ETIME\n");
	ksft_test_result(try_wait(tl, 2, start + 10000000) == -ETIME &&
				 now_ns() >= start + 10000000,
			 "WAIT for 10 ms: ETIME, not before\n");
	raise_by_job(rig, id, 2);
	ksft_test_result(!try_wait(tl, 2, NEVER), "a job raises it\n");
	rig_wait(rig);
	pthread_create(&thread, NULL, raiser, &tl);
	ksft_test_result(!try_wait(tl, 3, NEVER), "another thread raises it\n");
	pthread_join(thread, NULL);
	ksft_test_result(try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, NULL) == -EFAULT,
			 "bad pointer: EFAULT\n");
	ksft_test_result(try_ioctl(tl, PINION_QUEUE_IOC_RESET, NULL) == -ENOTTY,
			 "unknown: ENOTTY\n");
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

static void polls(struct rig *rig)
{
	uint64_t value = 5;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 1, &id);

	ksft_test_result(!readable(tl, 0), "poll() without a value says nothing\n");
	try_ioctl(tl, PINION_TIMELINE_IOC_ARM, &value);
	rig_timeline_raise(tl, 4);
	ksft_test_result(!readable(tl, 0), "4 is not 5\n");
	raise_by_job(rig, id, 5);
	ksft_test_result(readable(tl, 60000), "a job raises it to 5: POLLIN\n");
	rig_wait(rig);
	value = 6;
	try_ioctl(tl, PINION_TIMELINE_IOC_ARM, &value);
	ksft_test_result(!readable(tl, 0), "armed for 6\n");
	value = 2;
	try_ioctl(tl, PINION_TIMELINE_IOC_ARM, &value);
	ksft_test_result(readable(tl, 0), "armed for a value of the past\n");
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

static void uring_arguments(struct rig *rig)
{
	struct io_uring_sqe *sqe;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 1, &id), bad;

	sqe_wait(rig, tl, id, 1, 1);
	rig_submit(rig);
	bad = rig_wait(rig).res == -EINVAL;
	sqe = rig_sqe(rig, RIG_VA, 0);
	sqe->fd = tl;
	sqe->off = PINION_URING_WAIT;
	memset(sqe->cmd, 0, 16);
	rig_submit(rig);
	bad += rig_wait(rig).res == -EINVAL;
	sqe = rig_sqe(rig, 0, 0);
	sqe->fd = tl;
	memset(sqe->cmd, 0, 16);
	rig_submit(rig);
	bad += rig_wait(rig).res == -EINVAL;
	ksft_test_result(bad == 3,
			 "an id or an address on the timeline's file, EXEC on it: EINVAL\n");
	sqe_wait(rig, rig->queue, 0, 0, 1);
	rig_submit(rig);
	bad = rig_wait(rig).res == -ENOENT;
	sqe_wait(rig, rig->queue, id + 1, 0, 1);
	rig_submit(rig);
	bad += rig_wait(rig).res == -ENOENT;
	ksft_test_result(bad == 2, "unknown timelines on the queue's file: ENOENT\n");
	sqe_wait(rig, rig->queue, id, 1, 1);
	sqe_wait(rig, tl, 0, 1, 1);
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res && !rig_wait(rig).res, "reached already: 0\n");
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

/* Waits complete in the order of their values, not in the order of their submission. */
static void uring_order(struct rig *rig)
{
	uint64_t last = 0, i, wrong = 0;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	for (i = 0; i < WAITS; i++) {
		uint64_t value = 1 + i * 37 % WAITS;

		sqe_wait(rig, i & 1 ? tl : rig->queue, i & 1 ? 0 : id, value, value);
	}
	rig_submit(rig);
	try_timeline_destroy(rig->fd, id);
	for (i = 1; i <= WAITS; i++) {
		struct done done;

		rig_timeline_raise(tl, i);
		done = rig_wait(rig);
		wrong += done.res || done.mark != last + 1;
		last = done.mark;
	}
	ksft_test_result(!wrong, "%d waits, the lowest value first, with the id gone\n", WAITS);
	close(tl);
}

/* An EXEC is linked to a WAIT, and runs when the WAIT has completed. */
static void linked(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	struct io_uring_sqe *sqe;
	uint32_t id, own;
	int tl = rig_timeline(rig->fd, 0, &id), after = rig_timeline(rig->fd, 0, &own);

	sqe_wait(rig, tl, 0, 1, 1)->flags = IOSQE_IO_LINK;
	sqe = rig_sqe(rig, 0, 0);
	/* Kernels before 6.15 copy a linked SQE only when it runs, unless a worker runs it. */
	sqe->flags = IOSQE_ASYNC;
	exec = (void *)sqe->cmd;
	memset(exec, 0, sizeof(*exec));
	exec->exec.flags = PINION_EXEC_SQE128;
	exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = own };
	rig_submit(rig);
	ksft_test_result(!rig_timeline_value(after), "an EXEC linked to a WAIT does not begin\n");
	rig_timeline_raise(tl, 1);
	ksft_test_result(!rig_wait(rig).res && !rig_wait(rig).res && rig_timeline_value(after) == 1,
			 "an EXEC linked to a WAIT runs when the value is reached\n");
	try_timeline_destroy(rig->fd, id);
	try_timeline_destroy(rig->fd, own);
	close(tl);
	close(after);
}

/* A ring with pending waits is closed; raising the timeline later finds none of the waits. */
static void ring_ends(struct rig *rig)
{
	unsigned int n = rig_times(20, 1000), i, k;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	for (i = 0; i < n; i++) {
		for (k = 0; k < WAITS; k++)
			sqe_wait(rig, tl, 0, 1 + i + k % 4, k);
		rig_submit(rig);
		if (i & 1)
			rig_timeline_raise(tl, i + 2);
		rig_long_ring(rig, 256);
	}
	rig_timeline_raise(tl, NEVER);
	ksft_test_result(rig_timeline_value(tl) == NEVER, "%u rings ended with %d waits each\n", n,
			 WAITS);
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

/* A timeline takes PINION_TIMELINE_WAITERS waits, and refuses the next. */
static void crowd(struct rig *rig)
{
	unsigned int i, good = 0;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	rig_long_ring(rig, PINION_TIMELINE_WAITERS);
	for (i = 0; i < PINION_TIMELINE_WAITERS; i++)
		sqe_wait(rig, tl, 0, 1 + i % 7, i);
	rig_submit(rig);
	sqe_wait(rig, tl, 0, 1, i);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EBUSY, "one more than may wait for a timeline\n");
	rig_timeline_raise(tl, 7);
	for (i = 0; i < PINION_TIMELINE_WAITERS; i++)
		good += !rig_wait(rig).res;
	sqe_wait(rig, tl, 0, 8, i);
	rig_submit(rig);
	rig_timeline_raise(tl, 8);
	ksft_test_result(good == i && !rig_wait(rig).res,
			 "%u waits complete, and a new wait is taken\n", good);
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(21);
	rig_open(&rig, 16);
	rig_long_ring(&rig, 256);
	ioctl_waits(&rig);
	polls(&rig);
	uring_arguments(&rig);
	uring_order(&rig);
	linked(&rig);
	ring_ends(&rig);
	crowd(&rig);
	rig_close(&rig);
	ksft_finished();
}
