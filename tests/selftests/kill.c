// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes are killed with jobs in flight, some of which never end: all memory comes back. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../queue/userq.h"

#define VRAM_VA 0x80000000ull

/* jal x0, 0: a compute kernel that never returns */
#define ENDLESS 0x0000006f

static void launch_endless(struct rig *rig, uint32_t blocks)
{
	struct pinion_pkt_launch *launch;

	*(uint32_t *)(rig->data + 64) = ENDLESS;
	rig->bytes = 0;
	launch = rig_packet(rig, PINION_PKT_LAUNCH, sizeof(*launch));
	launch->entry = RIG_DATA_VA + 64;
	launch->args = RIG_DATA_VA;
	launch->grid[0] = blocks;
	launch->grid[1] = 1;
	launch->grid[2] = 1;
	rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
}

static void copy_much(struct rig *rig)
{
	int i;

	rig->bytes = 0;
	for (i = 0; i < 16; i++)
		rig_copy(rig, VRAM_VA + (4 << 20), VRAM_VA, 4 << 20);
	for (i = 0; i < 6; i++)
		rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
}

/* A job and a bind that wait for a point which nobody raises, and a sync_file of the job. */
static void wait_for_nobody(struct rig *rig)
{
	struct drm_pinion_vm_bind_op op = { .op = DRM_PINION_VM_BIND_UNMAP,
					    .va = VRAM_VA,
					    .size = 4096 };
	struct drm_pinion_vm_bind bind = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(op),
		.count = 1,
		.ops = (uintptr_t)&op,
		.wait_value = 1,
	};
	struct pinion_timeline_fence_export fence = { .value = 2, .timeout_ms = 10000 };
	struct pinion_uring_exec128 *exec;
	uint32_t id;
	int timeline = rig_timeline(rig->fd, 0, &id);

	bind.wait_timeline = id;
	rig_long_ring(rig, 16);
	exec = rig_sqe_long(rig, 0, 0);
	exec->waits[0] = (struct pinion_uring_point){ .value = 1, .timeline = id };
	exec->signal = (struct pinion_uring_point){ .value = 2, .timeline = id };
	rig_submit(rig);
	if (try_ioctl(timeline, PINION_TIMELINE_IOC_EXPORT_FENCE, &fence) ||
	    try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bind))
		ksft_exit_fail_msg("a fence and a bind: %s\n", strerror(errno));
}

/* The queue is not closed: the process is killed with it. */
static void user_queue(struct rig *rig)
{
	static struct userq uq;

	userq_open(&uq, rig->fd, 4, 0);
	userq_hang(&uq, rig);
}

static void child(unsigned int i, int ready)
{
	struct rig rig;

	rig_open(&rig, 8);
	rig_map(rig.fd, rig_bo(rig.fd, 8 << 20, DRM_PINION_BO_DEVICE), VRAM_VA, 8 << 20);
	if (i % 5 == 0)
		rig_hang(&rig);
	else if (i % 5 == 1)
		launch_endless(&rig, 1);
	else if (i % 5 == 2)
		user_queue(&rig);
	else if (i % 5 == 3)
		wait_for_nobody(&rig);
	copy_much(&rig);
	if (write(ready, "", 1) != 1)
		_exit(1);
	pause();
}

static bool kill_one(unsigned int i)
{
	int fds[2], status;
	pid_t pid;
	char c;

	if (pipe(fds))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = fork();
	if (!pid)
		child(i, fds[1]);
	close(fds[1]);
	if (read(fds[0], &c, 1) != 1)
		ksft_exit_fail_msg("the child did not get as far as its jobs\n");
	close(fds[0]);
	usleep(i % 7 * 1000);
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* A process allocates and copies while a kernel of another process never leaves the cores. */
static bool beside_endless(void)
{
	struct rig busy, rig;
	bool ok;

	rig_open(&busy, 4);
	launch_endless(&busy, 4 * PINION_MAX_CORES);
	rig_open(&rig, 4);
	rig_map(rig.fd, rig_bo(rig.fd, 8 << 20, DRM_PINION_BO_DEVICE), VRAM_VA, 8 << 20);
	rig.bytes = 0;
	rig_copy(&rig, VRAM_VA + (4 << 20), VRAM_VA, 4 << 20);
	ok = !rig_run(&rig).res;
	rig_close(&rig);
	rig_close(&busy);
	return ok;
}

static uint64_t memory_free(void)
{
	int fd = rig_open_node();
	uint64_t bytes = rig_info(fd).memory_free;

	close(fd);
	return bytes;
}

int main(void)
{
	unsigned int n = rig_times(20, 10000), i, killed = 0;
	uint64_t before, after;
	struct rig rig;

	before = memory_free();
	ksft_print_header();
	ksft_set_plan(4);
	for (i = 0; i < n; i++) {
		killed += kill_one(i);
		rig_progress(i + 1, n);
	}
	ksft_test_result(killed == n, "%u processes killed with jobs in flight\n", killed);
	ksft_test_result(beside_endless(),
			 "buffers and copies beside an endless kernel on every core\n");
	after = rig_free_settled(before);
	ksft_test_result(after == before, "device memory free: %llu before, %llu after\n",
			 (unsigned long long)before, (unsigned long long)after);
	rig_open(&rig, 4);
	rig.bytes = 0;
	ksft_test_result(!rig_run(&rig).res, "a fresh job passes\n");
	rig_close(&rig);
	ksft_finished();
}
