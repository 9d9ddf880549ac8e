// SPDX-License-Identifier: GPL-2.0-or-later
/* IORING_SETUP_CQE_MIXED: completions of jobs have 32 bytes, and the device time in them. */
#include <unistd.h>

#include "multishot.h"

#define JOBS 1000u

/**
 * struct mixed - completion of a ring in which completions have two sizes
 * @mark: user_data of the command
 * @res: result of the command
 * @wide: whether the completion has 32 bytes
 * @end: device time at which the job ended, if @wide
 */
struct mixed {
	uint64_t mark;
	int res;
	bool wide;
	uint64_t end;
};

/* liburing 2.3 knows one size of completions: to it, a wide completion is two completions. */
static struct mixed take(struct io_uring *ring)
{
	struct __kernel_timespec limit = { .tv_sec = 60 };
	struct io_uring_cqe *cqe;
	struct mixed mixed;
	bool filler;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(ring, &cqe, &limit);
		/* A wide completion does not fit into the last entry of the ring, which gets a
		 * filler. */
		filler = !ret && cqe->flags & IORING_CQE_F_SKIP;
		if (filler)
			io_uring_cq_advance(ring, 1);
	} while (ret == -EINTR || filler);
	if (ret)
		ksft_exit_fail_msg("waiting for a completion: %s\n", strerror(-ret));
	mixed = (struct mixed){
		.mark = cqe->user_data,
		.res = cqe->res,
		.wide = cqe->flags & IORING_CQE_F_32,
	};
	if (mixed.wide)
		mixed.end = cqe->big_cqe[0];
	io_uring_cq_advance(ring, mixed.wide ? 2 : 1);
	return mixed;
}

/* Run jobs, and between the jobs NOPs, which have no device time. */
static void run(struct rig *rig, const char *what)
{
	unsigned int i, good = 0, narrow = 0;
	struct mixed mixed;
	uint64_t last = 0;

	for (i = 0; i < JOBS; i++) {
		rig_sqe(rig, 0, 0);
		rig_submit(rig);
		mixed = take(&rig->ring);
		good += mixed.wide && !mixed.res && mixed.mark == rig->mark && mixed.end > last;
		last = mixed.end;
		if (i % 3)
			continue;
		io_uring_prep_nop(rig_sqe(rig, 0, 0));
		rig_submit(rig);
		narrow += !take(&rig->ring).wide;
	}
	ksft_test_result(good == JOBS, "%s: %u of %u jobs with a device time that grows\n", what,
			 good, JOBS);
	ksft_test_result(narrow == (JOBS + 2) / 3, "%s: completions of NOPs have 16 bytes\n", what);
}

static void refusals(struct rig *rig)
{
	struct mixed mixed;

	rig_sqe(rig, 4, 8);
	rig_submit(rig);
	mixed = take(&rig->ring);
	ksft_test_result(!mixed.wide && mixed.res == -EINVAL,
			 "a job that was not queued: 16 bytes\n");
}

int main(void)
{
	struct rig rig;
	int ret;

	rig_open(&rig, 8);
	io_uring_queue_exit(&rig.ring);
	ret = io_uring_queue_init(8, &rig.ring, IORING_SETUP_CQE_MIXED);
	if (ret == -EINVAL)
		ksft_exit_skip("this kernel's io_uring has no rings with completions of both sizes\n");
	if (ret)
		ksft_exit_fail_msg("io_uring: %s\n", strerror(-ret));
	ksft_print_header();
	ksft_set_plan(5);
	run(&rig, "plain");
	refusals(&rig);
	io_uring_queue_exit(&rig.ring);
	ret = io_uring_queue_init(8, &rig.ring,
				  IORING_SETUP_CQE_MIXED | IORING_SETUP_SINGLE_ISSUER |
					  IORING_SETUP_DEFER_TASKRUN);
	if (ret)
		ksft_exit_fail_msg("io_uring: %s\n", strerror(-ret));
	run(&rig, "task work deferred");
	rig_close(&rig);
	ksft_finished();
}
