// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modes of submission, each set up for its best performance: a ring has a single submitter and
 * runs task work when the submitter waits, and the files and the ring itself are registered.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "modes.h"

#define RING_FLAGS     (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)
#define NVME_FLAGS     (RING_FLAGS | IORING_SETUP_SQE128 | IORING_SETUP_CQE32)
#define IOPOLL_FLAGS   (RING_FLAGS | IORING_SETUP_IOPOLL)
#define SQPOLL_FLAGS   (IORING_SETUP_SQPOLL | IORING_SETUP_SINGLE_ISSUER)
#define SQPOLL_IDLE_MS 2
#define NVME_NODE      "/dev/ng0n1"
#define NVME_FLUSH     0x00
#define PACKETS_VA     0x10000000ull

void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void need_mode(const struct mode *mode, bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s: %s: %s\n", mode->name, what, strerror(errno));
	exit(mode->peer ? PEER_FAILED : 1);
}

static int ring_prepare(struct lane *lane)
{
	struct io_uring_params params = {
		.flags = lane->mode->flags,
		.sq_thread_idle = lane->mode->flags & IORING_SETUP_SQPOLL ? SQPOLL_IDLE_MS : 0,
	};
	int ret = lane->mode->open ? lane->mode->open(lane) : 0;

	if (ret)
		return ret;
	errno = -io_uring_queue_init_params(LANE_DEPTH, &lane->ring, &params);
	need(!errno, "io_uring");
	ret = lane->mode->open ? io_uring_register_files(&lane->ring, lane->files, lane->nqueues)
			       : 0;
	need(!ret, "registering files");
	need(io_uring_register_ring_fd(&lane->ring) == 1, "registering the ring");
	return 0;
}

/* Each SQE counts for one command, which is its user_data. */
static void ring_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&lane->ring);

		lane->mode->fill(lane, sqe);
		sqe->user_data = 1;
	}
	ret = wait ? io_uring_submit_and_wait(&lane->ring, wait) : io_uring_submit(&lane->ring);
	errno = -ret;
	need_mode(lane->mode, ret >= 0, "io_uring_enter()");
}

static unsigned int ring_reap(struct lane *lane)
{
	struct io_uring_cqe *cqe;
	unsigned int head, taken = 0, n = 0;

	io_uring_for_each_cqe(&lane->ring, head, cqe)
	{
		errno = cqe->res < 0 ? -cqe->res : EIO; /* a positive result is a status of NVMe */
		need_mode(lane->mode, !cqe->res, "a command");
		n += cqe->user_data;
		taken++;
	}
	io_uring_cq_advance(&lane->ring, taken);
	return n;
}

/* Submit without liburing, as io_uring_submit() would also poll for results. */
static void polled_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	struct io_uring_sq *sq = &lane->ring.sq;
	unsigned int i, mask = *sq->kring_mask, tail = *sq->ktail;
	int ret;

	for (i = 0; i < n; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&lane->ring);

		lane->mode->fill(lane, sqe);
		sqe->user_data = 1;
	}
	/* A newer liburing creates rings without an array: the place of an SQE is its index. */
	for (; sq->sqe_head != sq->sqe_tail; sq->sqe_head++, tail++)
		if (sq->array)
			sq->array[tail & mask] = sq->sqe_head & mask;
	io_uring_smp_store_release(sq->ktail, tail);
	ret = io_uring_enter(lane->ring.enter_ring_fd, n, 0, IORING_ENTER_REGISTERED_RING, NULL);
	errno = -ret;
	need(ret == (int)n, "io_uring_enter()");
	/* The kernel does not poll while the ring holds completions that were not taken. */
	while (lane->waited < wait) {
		ret = io_uring_enter(lane->ring.enter_ring_fd, 0, 1,
				     IORING_ENTER_REGISTERED_RING | IORING_ENTER_GETEVENTS, NULL);
		errno = -ret;
		need(ret >= 0 || ret == -EINTR, "io_uring_enter()");
		lane->waited += ring_reap(lane);
	}
}

static unsigned int polled_reap(struct lane *lane)
{
	unsigned int n = lane->waited + ring_reap(lane);

	lane->waited = 0;
	return n;
}

static int open_pinion(struct lane *lane)
{
	uint32_t vector = mode_commands(lane->mode);
	struct drm_pinion_queue_create args = {
		.flags = lane->mode->polls ? DRM_PINION_QUEUE_POLLED : 0,
		.entries = (vector > 1 ? LANE_VECTORS : LANE_DEPTH) * vector,
		.priority = 1,
	};
	unsigned int i;
	int ret;

	lane->node = rig_open_node();
	for (i = 0; i < lane->nqueues; i++) {
		ret = try_queue(lane->node, &args);
		if (ret)
			return ret;
		lane->files[i] = args.fd;
	}
	return 0;
}

static int open_nvme(struct lane *lane)
{
	unsigned int i;

	for (i = 0; i < lane->nqueues; i++) {
		lane->files[i] = open(NVME_NODE, O_RDWR | O_CLOEXEC);
		if (lane->files[i] < 0)
			return -errno;
	}
	return 0;
}

static void fill_command(struct lane *lane, struct io_uring_sqe *sqe, uint32_t op)
{
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, lane->queue, NULL, 0, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->cmd_op = op;
}

static void fill_exec(struct lane *lane, struct io_uring_sqe *sqe)
{
	fill_command(lane, sqe, PINION_URING_EXEC);
	sqe->addr = lane->addr;
	sqe->len = lane->bytes;
	memset(sqe->cmd, 0, sizeof(struct pinion_uring_exec));
	if (lane->spread)
		lane->queue = (lane->queue + 1) % lane->nqueues;
}

/* A job of several empty command buffers. */
static void fill_vector(struct lane *lane, struct io_uring_sqe *sqe)
{
	static const struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS];
	struct pinion_uring_exec *exec = (struct pinion_uring_exec *)sqe->cmd;

	fill_exec(lane, sqe);
	exec->flags = PINION_EXEC_VECTOR;
	sqe->addr = (uintptr_t)buffers;
	sqe->len = lane->mode->vector;
}

static void fill_flush(struct lane *lane, struct io_uring_sqe *sqe)
{
	struct nvme_uring_cmd *cmd = (struct nvme_uring_cmd *)sqe->cmd;

	fill_command(lane, sqe, NVME_URING_CMD_IO);
	*cmd = (struct nvme_uring_cmd){ .opcode = NVME_FLUSH, .nsid = 1 };
}

static void fill_nop(struct lane *lane, struct io_uring_sqe *sqe)
{
	(void)lane;
	io_uring_prep_nop(sqe);
}

/* Submit by ioctl, always to the first queue. */
static void ioctl_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	struct pinion_queue_exec exec = { .addr = lane->addr, .len = lane->bytes };
	struct pinion_queue_wait args = { .seq = lane->taken + wait, .until_ns = INT64_MAX };

	while (n--)
		need(!ioctl(lane->files[0], PINION_QUEUE_IOC_EXEC, &exec), "EXEC");
	if (!wait)
		return;
	need(!ioctl(lane->files[0], PINION_QUEUE_IOC_WAIT, &args), "WAIT");
	errno = -args.result;
	need(!args.result, "a job");
	lane->waited = args.seq;
}

static unsigned int ioctl_reap(struct lane *lane)
{
	unsigned int n = lane->waited - lane->taken;

	lane->taken = lane->waited;
	return n;
}

static int call_prepare(struct lane *lane)
{
	(void)lane;
	return 0;
}

static void call_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	(void)lane, (void)wait;
	while (n--)
		syscall(SYS_getppid);
}

/* A system call is complete when it returns. */
static unsigned int call_reap(struct lane *lane)
{
	return lane->inflight;
}

#define RING .prepare = ring_prepare, .submit = ring_submit, .reap = ring_reap

const struct mode modes[] = {
	{ .name = "nvme_flush",
	  .peer = true,
	  .device = true,
	  RING,
	  .flags = NVME_FLAGS,
	  .open = open_nvme,
	  .fill = fill_flush },
	{ .name = "exec_uring",
	  .device = true,
	  RING,
	  .flags = RING_FLAGS,
	  .open = open_pinion,
	  .fill = fill_exec },
	{ .name = "exec_vec64",
	  .device = true,
	  .vector = 64,
	  RING,
	  .flags = RING_FLAGS,
	  .open = open_pinion,
	  .fill = fill_vector },
	{ .name = "exec_iopoll",
	  .device = true,
	  .polls = true,
	  .prepare = ring_prepare,
	  .submit = polled_submit,
	  .reap = polled_reap,
	  .flags = IOPOLL_FLAGS,
	  .open = open_pinion,
	  .fill = fill_exec },
	{ .name = "exec_user_poll",
	  .device = true,
	  .polls = true,
	  .prepare = user_prepare,
	  .submit = user_submit,
	  .reap = user_reap,
	  .finish = user_finish },
	{ .name = "exec_user_lib",
	  .device = true,
	  .polls = true,
	  .prepare = library_prepare,
	  .submit = library_submit,
	  .reap = library_reap,
	  .finish = library_finish },
	{ .name = "exec_ioctl",
	  .device = true,
	  .prepare = open_pinion,
	  .submit = ioctl_submit,
	  .reap = ioctl_reap },
	{ .name = "exec_sqpoll",
	  .device = true,
	  .polled = true,
	  RING,
	  .flags = SQPOLL_FLAGS,
	  .open = open_pinion,
	  .fill = fill_exec },
	{ .name = "nop", RING, .flags = RING_FLAGS, .fill = fill_nop },
	{ .name = "getppid", .prepare = call_prepare, .submit = call_submit, .reap = call_reap },
};

const unsigned int nmodes = sizeof(modes) / sizeof(modes[0]);

const struct mode *mode_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < nmodes && strcmp(modes[i].name, name); i++)
		;
	errno = EINVAL;
	need(i < nmodes, name);
	return &modes[i];
}

int lane_open(struct lane *lane, const struct mode *mode, unsigned int nqueues)
{
	int ret;

	*lane = (struct lane){
		.mode = mode,
		.node = -1,
		.nqueues = nqueues,
		.ring = { .ring_fd = -1 },
	};
	memset(lane->files, 0xff, sizeof(lane->files));
	ret = mode->prepare(lane);
	if (ret)
		lane_close(lane);
	return ret;
}

void lane_close(struct lane *lane)
{
	unsigned int i;

	if (lane->mode->finish)
		lane->mode->finish(lane);
	if (lane->ring.ring_fd >= 0) {
		/* The kernel frees a ring some time after its exit: let go of the queues now. */
		if (lane->mode->open)
			io_uring_unregister_files(&lane->ring);
		io_uring_queue_exit(&lane->ring);
	}
	for (i = 0; i < lane->nqueues; i++)
		if (lane->files[i] >= 0)
			close(lane->files[i]);
	if (lane->node >= 0)
		close(lane->node);
}

void lane_add_packets(struct lane *lane, uint32_t packets)
{
	uint32_t bo, i, bytes = packets * sizeof(struct pinion_pkt);
	struct pinion_pkt *mem;

	if (lane->node < 0)
		return;
	bo = rig_bo(lane->node, bytes, DRM_PINION_BO_HOST);
	mem = rig_mmap(lane->node, bo, bytes);
	for (i = 0; i < packets; i++)
		mem[i] = (struct pinion_pkt){ .op = PINION_PKT_NOP, .bytes = sizeof(*mem) };
	munmap(mem, bytes);
	rig_map(lane->node, bo, PACKETS_VA, bytes);
	rig_bo_close(lane->node, bo);
	lane->addr = PACKETS_VA;
	lane->bytes = bytes;
}

void lane_step(struct lane *lane, unsigned int depth, unsigned int batch)
{
	unsigned int after = lane->inflight + batch;
	unsigned int wait = after + batch > depth ? after + batch - depth : 0;

	lane->mode->submit(lane, batch, wait);
	lane->inflight = after;
	lane->inflight -= lane->mode->reap(lane);
}

void lane_drain(struct lane *lane)
{
	while (lane->inflight) {
		lane->mode->submit(lane, 0, lane->inflight);
		lane->inflight -= lane->mode->reap(lane);
	}
}
