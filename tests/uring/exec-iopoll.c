// SPDX-License-Identifier: GPL-2.0-or-later
/* Polled queues, which do not interrupt, and IOPOLL rings, which look for completions. */
#include <poll.h>
#include <pthread.h>

#include "polled.h"

#define DEPTH 32

/* Some kernels pass a command of a polling ring to a file that cannot be polled. */
static void wait_on_file(struct rig *rig)
{
	struct io_uring_sqe *sqe = rig_sqe(rig, 0, 0);
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	memset(sqe->cmd, 0, sizeof(struct pinion_uring_wait));
	sqe->fd = tl;
	sqe->off = PINION_URING_WAIT;
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -EOPNOTSUPP,
			 "a wait by the timeline's file, from a ring that polls\n");
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

static void other_modes(struct rig *rig)
{
	struct drm_pinion_queue_create args = {
		.flags = DRM_PINION_QUEUE_POLLED,
		.entries = 4,
		.priority = 1,
		.irq_count = 1,
	};
	int polled = rig->queue, plain = rig_queue(rig->fd, 4);
	struct io_uring ring;

	ksft_test_result(try_queue(rig->fd, &args) == -EINVAL,
			 "a polled queue has no interrupts to moderate\n");
	args = (struct drm_pinion_queue_create){ .flags = 1u << 31, .entries = 4, .priority = 1 };
	ksft_test_result(try_queue(rig->fd, &args) == -EINVAL, "unknown flags\n");
	rig->queue = plain;
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -EOPNOTSUPP,
			 "an ordinary queue, from a ring that polls\n");
	rig->queue = polled;
	rig_sqe(rig, 0, 0)->off = PINION_URING_WAIT;
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -EOPNOTSUPP,
			 "a wait for a timeline, from a ring that polls\n");
	wait_on_file(rig);
	ring = rig->ring;
	if (io_uring_queue_init(8, &rig->ring, IORING_SETUP_CQE32))
		ksft_exit_fail_msg("io_uring\n");
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EOPNOTSUPP,
			 "a polled queue, from a ring that does not\n");
	io_uring_queue_exit(&rig->ring);
	rig->ring = ring;
	close(plain);
}

static void jobs(struct rig *rig)
{
	unsigned int i, good = 0;
	uint64_t seen = 0;

	for (i = 0; i < 200; i++)
		good += polled_works(rig);
	ksft_test_result(good == 200, "%u of 200 jobs, one at a time\n", good);
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 4096, 0x77, 1);
	rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
	ksft_test_result(!polled_wait(rig).res && rig_all(rig->data, 4096, 0x77),
			 "a job does its work\n");
	for (good = i = 0; i < 100 * DEPTH; i++) {
		struct done done;

		if (i % DEPTH == 0) {
			for (unsigned int k = 0; k < DEPTH; k++)
				rig_sqe(rig, 0, 0);
			io_uring_submit_and_wait(&rig->ring, i / DEPTH % DEPTH);
		}
		done = polled_wait(rig);
		if (i % DEPTH == 0)
			seen = 0;
		good += !done.res && done.end && !(seen >> (rig->mark - done.mark) & 1);
		seen |= 1ull << (rig->mark - done.mark);
	}
	ksft_test_result(good == 100 * DEPTH, "batches: %u of %u, each once\n", good, 100 * DEPTH);
}

/* The number of interrupts of all queues since the driver was bound. */
static unsigned long interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long sum = 0;
	char line[4096], *at, *end;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "-q"))
			for (at = strchr(line, ':') + 1;; at = end) {
				sum += strtoul(at, &end, 10);
				if (end == at)
					break;
			}
	if (!file)
		ksft_exit_fail_msg("/proc/interrupts: %s\n", strerror(errno));
	fclose(file);
	return sum;
}

static void no_interrupts(struct rig *rig)
{
	unsigned long before = interrupts();
	unsigned int i, good = 0;

	for (i = 0; i < 100; i++)
		good += polled_works(rig);
	ksft_test_result(good == 100 && interrupts() == before, "%lu interrupts for 100 jobs\n",
			 interrupts() - before);
}

/* The first job waits, so that all jobs are in the ring before the bad job runs. */
static void faults(struct rig *rig)
{
	unsigned int i, good = 0, bad = 0, canceled = 0;

	rig_hang(rig);
	rig_sqe(rig, 0x900000000, 8);
	for (i = 0; i < 6; i++)
		rig_sqe(rig, 0, 0);
	rig_submit(rig);
	rig_unhang(rig);
	for (i = 0; i < 8; i++) {
		int res = polled_wait(rig).res;

		good += !res;
		bad += res == -EFAULT;
		canceled += res == -ECANCELED;
	}
	ksft_test_result(good == 1 && bad == 1, "a job that fails, after one that does not\n");
	ksft_test_result(canceled == 6, "jobs behind a job that fails are cancelled\n");
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -ESHUTDOWN &&
				 rig_fault(rig).status == PINION_STATUS_PAGE_FAULT,
			 "after a job that fails the queue is stopped\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) && polled_works(rig),
			 "the queue works after a reset\n");
}

/* Jobs are issued by the ring's task, by io_uring's workers, by SQPOLL, and in a chain. */
static void ways_in(struct rig *rig)
{
	struct io_uring ring;
	unsigned int i, good = 0;

	for (i = 0; i < 200; i++) {
		rig_sqe(rig, 0, 0)->flags = IOSQE_ASYNC;
		rig_submit(rig);
		good += !polled_wait(rig).res;
	}
	ksft_test_result(good == 200, "%u of 200 from io_uring's workers\n", good);
	for (i = 0; i < 8; i++)
		rig_sqe(rig, 0, 0)->flags = i < 7 ? IOSQE_IO_LINK | IOSQE_ASYNC : 0;
	rig_submit(rig);
	ksft_test_result(polled_reap(rig, 8, 0) == 8, "a chain\n");
	ring = rig->ring;
	polled_ring(&rig->ring, IORING_SETUP_SQPOLL);
	for (good = i = 0; i < 20; i++) {
		for (unsigned int k = 0; k < DEPTH; k++)
			rig_sqe(rig, 0, 0);
		rig_submit(rig);
		good += polled_reap(rig, DEPTH, 0);
	}
	ksft_test_result(good == 20 * DEPTH, "%u of %u from a ring with SQPOLL\n", good,
			 20 * DEPTH);
	io_uring_queue_exit(&rig->ring);
	polled_ring(&rig->ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
	for (i = 0; i < DEPTH; i++)
		rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(polled_reap(rig, DEPTH, 0) == DEPTH,
			 "jobs from a ring with DEFER_TASKRUN\n");
	io_uring_queue_exit(&rig->ring);
	rig->ring = ring;
}

/* A worker must not retry for ever while the queue is full. */
static void full(struct rig *rig)
{
	int mine = rig->queue;
	unsigned int i, taken = 0, refused = 0;

	rig->queue = polled_queue(rig->fd, 4);
	rig_hang(rig);
	for (i = 1; i < DEPTH; i++)
		rig_sqe(rig, 0, 0)->flags = i & 1 ? IOSQE_ASYNC : 0;
	rig_submit(rig);
	for (i = 0; i < DEPTH - 4; i++)
		refused += polled_wait(rig).res == -EAGAIN;
	rig_unhang(rig);
	for (i = 0; i < 4; i++)
		taken += !polled_wait(rig).res;
	ksft_test_result(refused == DEPTH - 4 && taken == 4, "a full queue refuses %u of %u\n",
			 refused, DEPTH);
	close(rig->queue);
	rig->queue = mine;
}

static void other_ring(struct rig *rig, struct io_uring *other)
{
	struct io_uring ring = rig->ring;

	rig->ring = *other;
	*other = ring;
}

/* A ring that polls may find a completion of the second ring, which must get it. */
static void two_rings(struct rig *rig)
{
	unsigned int i, good = 0;
	struct io_uring other;

	polled_ring(&other, 0);
	for (i = 0; i < 100; i++) {
		rig_sqe(rig, 0, 0);
		rig_submit(rig);
		other_ring(rig, &other);
		good += polled_works(rig);
		other_ring(rig, &other);
		good += !polled_wait(rig).res;
	}
	ksft_test_result(good == 200, "two rings on one queue: %u of 200\n", good);
	io_uring_queue_exit(&other);
}

static void *racer(void *arg)
{
	struct rig rig = *(struct rig *)arg;
	unsigned int n = rig_times(200, 5000), i, k;
	uintptr_t wrong = 0;

	polled_ring(&rig.ring, 0);
	for (i = 0; i < n; i++) {
		for (k = 0; k < 8; k++)
			rig_sqe(&rig, 0, 0)->flags = i % 16 == 3 ? IOSQE_ASYNC : 0;
		rig_submit(&rig);
		/* Every twentieth time the ring is closed while the jobs are in flight. */
		if (i % 20 == 19) {
			io_uring_queue_exit(&rig.ring);
			polled_ring(&rig.ring, 0);
			continue;
		}
		for (k = 0; k < 8; k++) {
			int res = polled_wait(&rig).res;

			wrong += res && res != -EAGAIN;
		}
	}
	io_uring_queue_exit(&rig.ring);
	return (void *)wrong;
}

static void race(struct rig *rig)
{
	pthread_t threads[4];
	uintptr_t wrong = 0;
	void *result;
	int i;

	for (i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, racer, rig))
			ksft_exit_fail_msg("a thread\n");
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		wrong += (uintptr_t)result;
	}
	ksft_test_result(!wrong && polled_works(rig),
			 "four threads on one queue, rings coming and going\n");
}

/* A job raises a timeline, and its waiter is woken although no ring polls. */
static void timelines(struct rig *rig)
{
	struct pinion_timeline_wait wait = { .value = 5, .until_ns = ~0ull >> 1 };
	struct pinion_uring_exec128 *exec;
	struct io_uring ring = rig->ring;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	polled_ring(&rig->ring, IORING_SETUP_SQE128);
	exec = rig_sqe_long(rig, 0, 0);
	exec->signal = (struct pinion_uring_point){ .timeline = id, .value = 5 };
	rig_submit(rig);
	ksft_test_result(!try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &wait),
			 "a timeline's waiter is woken though nobody polls\n");
	ksft_test_result(!polled_wait(rig).res,
			 "the completion of the job that woke the waiter is there\n");
	io_uring_queue_exit(&rig->ring);
	rig->ring = ring;
	close(tl);
}

/* poll() says whether the queue is full at the moment; it does not wait on a polled queue. */
static void poll_file(struct rig *rig)
{
	int mine = rig->queue, tries;
	struct pollfd pollfd = { .events = POLLOUT };

	rig->queue = pollfd.fd = polled_queue(rig->fd, 2);
	rig_hang(rig);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(poll(&pollfd, 1, 0) == 0, "poll(): full\n");
	rig_unhang(rig);
	for (tries = 0; tries < 6000 && poll(&pollfd, 1, 0) == 0; tries++)
		usleep(10000);
	ksft_test_result(pollfd.revents == POLLOUT,
			 "poll(): writable again, before anybody reaped\n");
	ksft_test_result(polled_reap(rig, 2, 0) == 2,
			 "the completions are there when poll() says writable\n");
	close(rig->queue);
	rig->queue = mine;
}

int main(void)
{
	struct rig rig;

	polled_open(&rig, 64);
	ksft_print_header();
	ksft_set_plan(26);
	other_modes(&rig);
	jobs(&rig);
	no_interrupts(&rig);
	faults(&rig);
	ways_in(&rig);
	full(&rig);
	two_rings(&rig);
	race(&rig);
	timelines(&rig);
	poll_file(&rig);
	rig_close(&rig);
	ksft_finished();
}
