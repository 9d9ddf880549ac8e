// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings and queues are closed with jobs in flight, and threads race for one queue. */
#include <pthread.h>
#include <unistd.h>

#include "rig.h"

static int same_queue_works(struct rig *rig)
{
	rig->bytes = 0;
	return rig_run(rig).res;
}

static void new_ring(struct rig *rig)
{
	int ret = io_uring_queue_init(256, &rig->ring, IORING_SETUP_CQE32);

	if (ret)
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(-ret));
}

/* Run jobs in a ring with these flags, and close the ring with two jobs in flight. */
static void ring_kind(struct rig *rig, unsigned int flags, const char *what)
{
	struct io_uring mine = rig->ring;
	unsigned int i, wrong = 0;
	int ret;

	ret = io_uring_queue_init(64, &rig->ring, flags | IORING_SETUP_CQE32);
	if (ret)
		ksft_exit_fail_msg("%s: io_uring_queue_init: %s\n", what, strerror(-ret));
	for (i = 0; i < 64; i++) {
		rig_sqe(rig, 0, 0);
		if (i % 8 == 7)
			rig_submit(rig);
	}
	for (i = 0; i < 64; i++) {
		ret = rig_wait(rig).res;
		wrong += ret && ret != -EAGAIN;
	}
	rig_hang(rig);
	rig_hang(rig);
	io_uring_queue_exit(&rig->ring);
	rig->ring = mine;
	rig_unhang(rig);
	ksft_test_result(!wrong && !same_queue_works(rig), "a ring with %s\n", what);
}

static void ring_kinds(struct rig *rig)
{
	struct io_uring mine;

	ring_kind(rig, IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN");
	ring_kind(rig, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
	ring_kind(rig, IORING_SETUP_SQPOLL, "SQPOLL");
	mine = rig->ring;
	if (io_uring_queue_init(8, &rig->ring, IORING_SETUP_IOPOLL))
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(errno));
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EOPNOTSUPP, "a ring with IOPOLL: not yet\n");
	io_uring_queue_exit(&rig->ring);
	rig->ring = mine;
}

static void ring_exit(struct rig *rig)
{
	int i;

	for (i = 0; i < 3; i++)
		rig_hang(rig);
	io_uring_queue_exit(&rig->ring);
	ksft_test_result(true, "a ring ends with three jobs in flight\n");
	new_ring(rig);
	rig_unhang(rig);
	ksft_test_result(!same_queue_works(rig),
			 "jobs of a ring that ended drain, and the queue takes jobs from another ring\n");
}

static void ring_exit_registered(struct rig *rig)
{
	struct io_uring_sqe *sqe;
	int fds[1];

	fds[0] = rig_queue(rig->fd, 4);
	if (io_uring_register_files(&rig->ring, fds, 1))
		ksft_exit_fail_msg("register_files: %s\n", strerror(errno));
	close(fds[0]);
	rig_hang(rig);
	sqe = rig_sqe(rig, 0, 0);
	sqe->fd = 0;
	sqe->flags = IOSQE_FIXED_FILE;
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res, "a queue that only the ring knows\n");
	io_uring_queue_exit(&rig->ring);
	new_ring(rig);
	rig_unhang(rig);
	ksft_test_result(!same_queue_works(rig), "the ring ends, the other queue goes on\n");
}

static void close_with_jobs(struct rig *rig)
{
	int mine = rig->queue, i, canceled = 0;

	rig->queue = rig_queue(rig->fd, 4);
	for (i = 0; i < 4; i++)
		rig_hang(rig);
	close(rig->queue);
	/* Pending commands hold the queue file: closing the ring releases the file. */
	io_uring_queue_exit(&rig->ring);
	rig->queue = mine;
	new_ring(rig);
	for (i = 0; i < 4; i++)
		canceled += !same_queue_works(rig);
	ksft_test_result(canceled == 4,
			 "a queue closed with hanging jobs is stopped; others go on\n");
}

static void *racer(void *arg)
{
	struct rig rig = *(struct rig *)arg;
	unsigned int n = rig_times(300, 5000), i, k, wrong = 0;

	new_ring(&rig);
	for (i = 0; i < n; i++) {
		for (k = 0; k < 4; k++)
			rig_sqe(&rig, 0, 0)->flags = k & 1 ? IOSQE_ASYNC : 0;
		rig_submit(&rig);
		/* Every tenth time the ring is closed while the jobs are in flight. */
		if (i % 10 == 9) {
			io_uring_queue_exit(&rig.ring);
			new_ring(&rig);
			continue;
		}
		for (k = 0; k < 4; k++) {
			int res = rig_wait(&rig).res;

			wrong += res && res != -EAGAIN;
		}
	}
	io_uring_queue_exit(&rig.ring);
	return (void *)(uintptr_t)wrong;
}

static void race(struct rig *rig)
{
	pthread_t threads[4];
	uintptr_t wrong = 0;
	void *ret;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, racer, rig);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &ret);
		wrong += (uintptr_t)ret;
	}
	ksft_test_result(!wrong && !rig_fault(rig).status,
			 "four threads on one queue, rings coming and going\n");
	ksft_test_result(!same_queue_works(rig), "after the race the queue still works\n");
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(11);
	rig_open(&rig, 16);
	ring_kinds(&rig);
	ring_exit(&rig);
	ring_exit_registered(&rig);
	close_with_jobs(&rig);
	race(&rig);
	rig_close(&rig);
	ksft_finished();
}
