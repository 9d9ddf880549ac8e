// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers that are bound with SYNC: jobs wait for the fences in the reservation of a shared buffer,
 * and others wait for the jobs: poll(), sync_files of the dma-buf, vgem.
 */
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "../queue/userq.h"
#include "rig.h"
#include "vgem.h"

#define VA	0x80000000ull
#define BYTES	0x10000u
#define FOREVER INT64_MAX
#define READ	DRM_PINION_VM_BIND_READ
#define WRITE	DRM_PINION_VM_BIND_WRITE
#define SYNC	DRM_PINION_VM_BIND_SYNC

static struct rig rig;	 /* the address space with SYNC mappings */
static struct rig other; /* an address space without SYNC mappings */
static uint32_t buffer;	 /* a buffer of @rig, exported as @dmabuf */
static int dmabuf;
static int gate; /* a timeline that the test raises, with ids in both address spaces */
static uint32_t gate_id, other_gate_id;
static uint64_t gate_at; /* value that the next held job waits for */

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Submit an empty job, which waits for a value of the gate unless it is 0: its number, or -errno.
 */
static int64_t exec(int queue, uint64_t value)
{
	struct pinion_queue_exec args = {};
	int ret;

	if (value)
		args.waits[0] = (struct pinion_uring_point){ .value = value, .timeline = gate_id };
	ret = try_ioctl(queue, PINION_QUEUE_IOC_EXEC, &args);
	return ret ? ret : (int64_t)args.seq;
}

static int result_until(int queue, int64_t seq, uint64_t until)
{
	struct pinion_queue_wait args = { .seq = seq, .until_ns = until };
	int ret = try_ioctl(queue, PINION_QUEUE_IOC_WAIT, &args);

	return ret ? ret : args.result;
}

static int result(int queue, int64_t seq)
{
	return result_until(queue, seq, FOREVER);
}

/* Whether a job has not ended after 20 ms. */
static bool is_held(int queue, int64_t seq)
{
	return seq > 0 && result_until(queue, seq, now() + 20000000) == -ETIME;
}

/* Ask which of POLLIN (no writer) and POLLOUT (nobody) the dma-buf reports within @ms. */
static int ready(int events, int ms)
{
	struct pollfd pfd = { .fd = dmabuf, .events = events };

	return poll(&pfd, 1, ms) == 1 ? pfd.revents : 0;
}

/* A sync_file of the fences that somebody who uses the dma-buf as @flags say has to wait for. */
static int export(uint32_t flags)
{
	struct dma_buf_export_sync_file args = { .flags = flags, .fd = -1 };
	int ret = try_ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args);

	return ret ? ret : args.fd;
}

/* State of a sync_file: 1: signalled, 0: not yet, -errno: with an error. */
static int state(int fence, int ms)
{
	struct sync_file_info info = {};
	struct pollfd pfd = { .fd = fence, .events = POLLIN };

	poll(&pfd, 1, ms);
	if (ioctl(fence, SYNC_IOC_FILE_INFO, &info))
		ksft_exit_fail_msg("SYNC_IOC_FILE_INFO: %s\n", strerror(errno));
	return info.status;
}

static int try_sync(uint32_t flags)
{
	return try_map(rig.fd, buffer, 0, VA, BYTES, flags);
}

/* Add a fence to the buffer, as another driver would: it signals at a value of the gate. */
static void attach(uint32_t flags, uint64_t value)
{
	struct dma_buf_import_sync_file theirs = { .flags = flags };
	struct pinion_timeline_fence_export fence = { .value = value, .timeout_ms = 10000 };
	struct pinion_queue_exec job = {
		.waits[0] = { .value = value, .timeline = other_gate_id },
		.signal = { .value = value, .timeline = other_gate_id },
	};

	/* The gate can be exported as a job of the other address space raises it. */
	if (try_ioctl(other.queue, PINION_QUEUE_IOC_EXEC, &job) ||
	    try_ioctl(gate, PINION_TIMELINE_IOC_EXPORT_FENCE, &fence))
		ksft_exit_fail_msg("a fence: %s\n", strerror(errno));
	theirs.fd = fence.fd;
	if (try_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &theirs))
		ksft_exit_fail_msg("IMPORT_SYNC_FILE: %s\n", strerror(errno));
	close(fence.fd);
}

static void writers(int before)
{
	uint64_t at = ++gate_at;
	int64_t seq = exec(rig.queue, at), later;
	int fence = export(DMA_BUF_SYNC_READ);

	ksft_test_result(seq > 0 && !ready(POLLIN, 20) && !ready(POLLOUT, 0) && !state(fence, 0),
			 "others wait for a job that may write the buffer\n");
	later = exec(before, 0);
	ksft_test_result(is_held(before, later), "so do jobs of another queue\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(ready(POLLIN, 10000) == POLLIN && ready(POLLOUT, 10000) == POLLOUT &&
				 state(fence, 10000) == 1 && !result(rig.queue, seq) &&
				 !result(before, later),
			 "until the job has ended\n");
	close(fence);
}

static void readers(void)
{
	uint64_t at = ++gate_at;
	int64_t seq;

	if (try_unmap(rig.fd, VA, BYTES) || try_sync(READ | SYNC))
		ksft_exit_fail_msg("VM_BIND: %s\n", strerror(errno));
	seq = exec(rig.queue, at);
	ksft_test_result(seq > 0 && ready(POLLIN, 10000) == POLLIN && !ready(POLLOUT, 20),
			 "only writers wait for a job that may only read the buffer\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(ready(POLLOUT, 10000) == POLLOUT && !result(rig.queue, seq),
			 "until that job has ended\n");
	at = ++gate_at;
	attach(DMA_BUF_SYNC_READ, at);
	seq = exec(rig.queue, 0);
	ksft_test_result(!result(rig.queue, seq), "a job that reads does not wait for readers\n");
	rig_timeline_raise(gate, at);
	if (try_sync(READ | WRITE | SYNC))
		ksft_exit_fail_msg("VM_BIND: %s\n", strerror(errno));
}

static void waits(uint32_t flags, const char *what)
{
	uint64_t at = ++gate_at;
	int64_t seq, behind;

	attach(flags, at);
	seq = exec(rig.queue, 0);
	behind = exec(rig.queue, 0);
	ksft_test_result(is_held(rig.queue, seq), "a job waits for %s\n", what);
	rig_timeline_raise(gate, at);
	ksft_test_result(!result(rig.queue, seq) && !result(rig.queue, behind),
			 "the job runs after %s, and the job behind it\n", what);
}

static void uring(void)
{
	struct pinion_exec_buffer vector[2] = {};
	uint64_t at = ++gate_at;
	struct io_uring_sqe *sqe;

	attach(DMA_BUF_SYNC_WRITE, at);
	rig_sqe(&rig, 0, 0);
	rig_submit(&rig);
	sqe = rig_sqe(&rig, (uintptr_t)vector, 2);
	((struct pinion_uring_exec *)sqe->cmd)->flags = PINION_EXEC_VECTOR;
	rig_submit(&rig);
	ksft_test_result(!ready(POLLIN, 20), "io_uring: jobs wait\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!rig_wait(&rig).res && !rig_wait(&rig).res &&
				 ready(POLLOUT, 10000) == POLLOUT,
			 "io_uring: jobs run, and the buffer is free\n");
	sqe = rig_sqe(&rig, 0, 0);
	((struct pinion_uring_exec *)sqe->cmd)->flags = 8;
	rig_submit(&rig);
	ksft_test_result(rig_wait(&rig).res == -EINVAL, "io_uring: unknown flags\n");
}

/* A job that fails, and one that is lost, end for others, too. */
static void errors(void)
{
	uint64_t at = ++gate_at;
	int queue = rig_queue(rig.fd, 4), fence;

	exec(queue, at);
	fence = export(DMA_BUF_SYNC_READ);
	close(queue);
	ksft_test_result(state(fence, 10000) == -ECANCELED && ready(POLLOUT, 10000) == POLLOUT,
			 "a queue that is closed does not hold the buffer back\n");
	close(fence);
	rig_timeline_raise(gate, at);
}

/* vgem draws into the buffer. */
static void vgem(void)
{
	struct vgem_attach draw = { .flags = VGEM_WRITE };
	int card = system("modprobe -q -d \"$PINION_MODULES\" vgem") ? -1 : drmOpen("vgem", NULL);
	struct vgem_signal end = {};
	uint64_t at = ++gate_at;
	int64_t seq;

	if (card < 0) {
		rig_skip(4, "no vgem in this kernel");
		return;
	}
	if (try_import(card, dmabuf, &draw.handle))
		ksft_exit_fail_msg("vgem does not import the buffer\n");
	ksft_test_result(!try_ioctl(card, VGEM_ATTACH, &draw), "vgem draws\n");
	seq = exec(rig.queue, 0);
	ksft_test_result(is_held(rig.queue, seq), "a job waits for vgem\n");
	end.fence = draw.out_fence;
	ksft_test_result(!try_ioctl(card, VGEM_SIGNAL, &end) && !result(rig.queue, seq),
			 "the job runs when vgem has drawn\n");
	seq = exec(rig.queue, at);
	ksft_test_result(try_ioctl(card, VGEM_ATTACH, &draw) == -EBUSY, "vgem waits for a job\n");
	rig_timeline_raise(gate, at);
	result(rig.queue, seq);
	close(card);
}

/* What is bound without SYNC, and what is bound no more. */
static void without(void)
{
	uint64_t at = ++gate_at;
	struct pinion_queue_exec args = { .waits[0] = { .value = at, .timeline = other_gate_id } };
	uint32_t theirs;

	if (try_import(other.fd, dmabuf, &theirs) ||
	    try_map(other.fd, theirs, 0, VA, BYTES, READ | WRITE) ||
	    try_ioctl(other.queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("a job of the other address space: %s\n", strerror(errno));
	ksft_test_result(ready(POLLOUT, 10000) == POLLOUT, "nobody waits without SYNC\n");
	rig_timeline_raise(gate, at);
	if (try_unmap(rig.fd, VA, BYTES))
		ksft_exit_fail_msg("UNMAP: %s\n", strerror(errno));
	at = ++gate_at;
	exec(rig.queue, at);
	ksft_test_result(ready(POLLOUT, 10000) == POLLOUT, "nor for a buffer that is unmapped\n");
	rig_timeline_raise(gate, at);
}

static void refusals(void)
{
	struct drm_pinion_queue_create user = { .entries = 4,
						.priority = 1,
						.flags = DRM_PINION_QUEUE_USER };
	uint32_t theirs = rig_bo(other.fd, BYTES, DRM_PINION_BO_HOST);
	struct pinion_queue_exec args = {};
	int i;

	if (userq_policy("on"))
		ksft_exit_fail_msg("user_submission: %s\n", strerror(errno));
	ksft_test_result(try_queue(rig.fd, &user) == -EBUSY,
			 "no user-mode queue in an address space with SYNC\n");
	ksft_test_result(!try_queue(other.fd, &user) &&
				 try_map(other.fd, theirs, 0, 2 * VA, BYTES, READ | SYNC) == -EBUSY,
			 "no SYNC in an address space with a user-mode queue\n");
	close(user.fd);
	ksft_test_result(!try_map(other.fd, theirs, 0, 2 * VA, BYTES, READ | SYNC),
			 "the user-mode queue is closed: SYNC\n");
	ksft_test_result(try_sync(SYNC) == -EINVAL &&
				 try_map(rig.fd, 0, 0, VA, BYTES,
					 READ | SYNC | DRM_PINION_VM_BIND_SPARSE) == -EINVAL,
			 "SYNC alone, or of no memory\n");
	for (i = 0; i < 3; i++)
		args.waits[i] = (struct pinion_uring_point){ .value = 0, .timeline = gate_id };
	ksft_test_result(try_ioctl(rig.queue, PINION_QUEUE_IOC_EXEC, &args) == -EINVAL,
			 "a job with SYNC waits for two points of timelines at most\n");
}

int main(void)
{
	struct drm_pinion_timeline_import import = {};
	int before;

	rig_open(&rig, 16);
	rig_open(&other, 16);
	before = rig_queue(rig.fd, 4);
	gate = rig_timeline(rig.fd, 0, &gate_id);
	import.fd = gate;
	if (try_ioctl(other.fd, DRM_IOCTL_PINION_TIMELINE_IMPORT, &import))
		ksft_exit_fail_msg("TIMELINE_IMPORT: %s\n", strerror(errno));
	other_gate_id = import.timeline;
	buffer = rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST);
	dmabuf = try_export(rig.fd, buffer);
	ksft_print_header();
	ksft_set_plan(26);
	ksft_test_result(dmabuf >= 0 && !try_sync(READ | WRITE | SYNC), "bind with SYNC\n");
	writers(before);
	readers();
	waits(DMA_BUF_SYNC_WRITE, "a writer");
	waits(DMA_BUF_SYNC_READ, "a reader");
	uring();
	errors();
	vgem();
	without();
	refusals();
	close(before);
	close(dmabuf);
	close(gate);
	rig_close(&other);
	rig_close(&rig);
	ksft_finished();
}
