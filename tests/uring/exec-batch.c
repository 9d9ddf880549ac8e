// SPDX-License-Identifier: GPL-2.0-or-later
/* A submit of many commands rings the doorbell once, and the results come together. */
#include <pthread.h>
#include <unistd.h>

#include "rig.h"

#define DEPTH 32
#define SEM   (RIG_DATA_VA + 0x1000)

static void add(struct io_uring *ring, int queue, uint64_t va, uint32_t bytes, uint64_t mark)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, queue, NULL, bytes, 0);
	sqe->addr = va;
	sqe->cmd_op = PINION_URING_EXEC;
	sqe->user_data = mark;
	memset(sqe->cmd, 0, sizeof(struct pinion_uring_exec));
}

/* Reap @n completions: how many have the result @res and a user_data that is new, below 64. */
static unsigned int reap(struct io_uring *ring, unsigned int n, int res)
{
	struct __kernel_timespec limit = { .tv_sec = 60 };
	unsigned int i, good = 0;
	uint64_t seen = 0;

	for (i = 0; i < n; i++) {
		struct io_uring_cqe *cqe;

		if (io_uring_wait_cqe_timeout(ring, &cqe, &limit))
			break;
		good += cqe->res == res && !(seen >> cqe->user_data & 1);
		seen |= 1ull << cqe->user_data;
		io_uring_cqe_seen(ring, cqe);
	}
	return good;
}

static void two_queues(struct rig *rig, unsigned int flags, const char *name)
{
	int other = rig_queue(rig->fd, DEPTH);
	unsigned int i, round, good = 0;
	struct io_uring ring;

	if (io_uring_queue_init(64, &ring, flags))
		ksft_exit_fail_msg("io_uring: %s\n", name);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < DEPTH; i++)
			add(&ring, i % 2 ? other : rig->queue, 0, 0, i);
		io_uring_submit_and_wait(&ring, round % DEPTH);
		good += reap(&ring, DEPTH, 0);
	}
	ksft_test_result(good == 100 * DEPTH, "%s: batches over two queues: %u of %u\n", name, good,
			 100 * DEPTH);
	io_uring_queue_exit(&ring);
	close(other);
}

/* A job waits on the card for a job of the same submit, later and on another queue. */
static void dependent(struct rig *rig)
{
	int other = rig_queue(rig->fd, DEPTH);
	uint32_t wait_bytes;

	rig->bytes = 0;
	rig_sem(rig, PINION_PKT_WAIT, SEM, 1);
	wait_bytes = rig->bytes;
	rig_sem(rig, PINION_PKT_SIGNAL, SEM, 1);
	add(&rig->ring, rig->queue, RIG_VA, wait_bytes, 0);
	add(&rig->ring, rig->queue, 0, 0, 1);
	add(&rig->ring, rig->queue, 0, 0, 2);
	add(&rig->ring, other, RIG_VA + wait_bytes, rig->bytes - wait_bytes, 3);
	io_uring_submit(&rig->ring);
	ksft_test_result(reap(&rig->ring, 4, 0) == 4,
			 "a job that waits for one of the same submit\n");
	close(other);
}

static void refused(struct rig *rig)
{
	unsigned int i;

	for (i = 0; i < DEPTH; i++)
		add(&rig->ring, rig->queue, 0, i % 4 == 3 ? 8 : 0, i);
	io_uring_submit(&rig->ring);
	ksft_test_result(reap(&rig->ring, DEPTH, 0) == DEPTH - DEPTH / 4,
			 "commands that are refused in the midst of a batch\n");
}

/* A batch is larger than its queue: the doorbell is rung, and jobs that do not fit get EAGAIN. */
static void too_many(struct rig *rig)
{
	int small = rig_queue(rig->fd, 8);
	unsigned int i;

	for (i = 0; i < DEPTH; i++)
		add(&rig->ring, small, 0, 0, i);
	io_uring_submit(&rig->ring);
	i = reap(&rig->ring, DEPTH, 0);
	ksft_test_result(i >= 8 && i <= DEPTH, "a batch larger than the queue: %u ran\n", i);
	close(small);
}

static void close_at_once(struct rig *rig)
{
	unsigned int round, i, good = 0;

	for (round = 0; round < 20; round++) {
		int queue = rig_queue(rig->fd, DEPTH);

		for (i = 0; i < DEPTH; i++)
			add(&rig->ring, queue, 0, 0, i);
		io_uring_submit(&rig->ring);
		close(queue);
		good += reap(&rig->ring, DEPTH, 0);
	}
	ksft_test_result(good == 20 * DEPTH, "the queue is closed while its batch is in flight\n");
}

static void *other_ring(void *arg)
{
	struct rig *rig = arg;
	unsigned int round, i;
	struct io_uring ring;
	uintptr_t good = 0;

	if (io_uring_queue_init(64, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN))
		ksft_exit_fail_msg("io_uring of a thread\n");
	for (round = 0; round < 200; round++) {
		for (i = 0; i < DEPTH; i++)
			add(&ring, rig->queue, 0, 0, i);
		io_uring_submit_and_wait(&ring, DEPTH);
		good += reap(&ring, DEPTH, 0);
	}
	io_uring_queue_exit(&ring);
	return (void *)good;
}

static void two_rings(struct rig *rig)
{
	pthread_t threads[2];
	uintptr_t good = 0;
	void *result;
	size_t i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, other_ring, rig))
			ksft_exit_fail_msg("a thread\n");
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &result);
		good += (uintptr_t)result;
	}
	ksft_test_result(good == 2 * 200 * DEPTH, "two rings on one queue: %zu of %u\n",
			 (size_t)good, 2 * 200 * DEPTH);
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 64);
	ksft_print_header();
	ksft_set_plan(8);
	two_queues(&rig, 0, "plain ring");
	two_queues(&rig, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "deferred");
	two_queues(&rig, IORING_SETUP_SQPOLL, "SQPOLL");
	dependent(&rig);
	refused(&rig);
	too_many(&rig);
	close_at_once(&rig);
	two_rings(&rig);
	rig_close(&rig);
	ksft_finished();
}
