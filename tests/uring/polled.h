/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Polled queues and IOPOLL rings, for the tests. */
#ifndef PINION_URING_POLLED_H
#define PINION_URING_POLLED_H

#include <unistd.h>

#include "rig.h"

static inline int polled_queue(int fd, uint32_t entries)
{
	struct drm_pinion_queue_create args = {
		.flags = DRM_PINION_QUEUE_POLLED,
		.entries = entries,
		.priority = 1,
	};
	int ret = try_queue(fd, &args);

	if (ret)
		ksft_exit_fail_msg("QUEUE_CREATE: %s\n", strerror(-ret));
	return args.fd;
}

static inline void polled_ring(struct io_uring *ring, unsigned int flags)
{
	int ret = io_uring_queue_init(256, ring, IORING_SETUP_IOPOLL | IORING_SETUP_CQE32 | flags);

	if (ret)
		ksft_exit_fail_msg("a ring with IOPOLL: %s\n", strerror(-ret));
}

/* Open a rig whose queue is polled and whose ring polls. */
static inline void polled_open(struct rig *rig, uint32_t entries)
{
	rig_open(rig, 2);
	close(rig->queue);
	rig->queue = polled_queue(rig->fd, entries);
	io_uring_queue_exit(&rig->ring);
	polled_ring(&rig->ring, 0);
}

/* Wait for one completion; io_uring has no time limit for rings that poll. */
static inline struct done polled_wait(struct rig *rig)
{
	struct io_uring_cqe *cqe;
	struct done done;
	int ret;

	do
		ret = io_uring_wait_cqe(&rig->ring, &cqe);
	while (ret == -EINTR);
	if (ret)
		ksft_exit_fail_msg("waiting for a completion: %s\n", strerror(-ret));
	done = (struct done){
		.mark = cqe->user_data,
		.res = cqe->res,
		.end = cqe->big_cqe[0],
	};
	io_uring_cqe_seen(&rig->ring, cqe);
	return done;
}

/* Wait for @n completions: how many have the result @res. */
static inline unsigned int polled_reap(struct rig *rig, unsigned int n, int res)
{
	unsigned int good = 0;

	while (n--)
		good += polled_wait(rig).res == res;
	return good;
}

/* Whether an empty job passes. */
static inline bool polled_works(struct rig *rig)
{
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	return !polled_wait(rig).res;
}

#endif
